"""One person in one conversation, and turns of theirs built by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from flows.engine.turn import ConversationState, Turn, conversation_key
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Contact, FieldValue
from messages.effects import ChangeConsent, Effect, OutgoingMessage, OutgoingText, Send
from messages.errors import StaleVersion
from messages.inbound import Action, ConversationReference, InboundEvent, Scope, Sender, TextReceived
from storage.port import Store
from storage.records import Committed, JournalEntry, Loaded

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def says(text: str) -> Send:
    """A reply of the bot."""
    return Send(OutgoingMessage(id=f"m_{text}", parts=(OutgoingText(text),)))


@dataclass(frozen=True)
class Talk:
    """A person's side of a conversation with a bot."""

    user: str = "ana"
    bot: str = "wellbeing"
    channel: str = "teams"
    group: str = ""
    page: str = ""
    surface: str = ""
    of_bot: str = "28:bot"
    received: bytes = b""

    @property
    def reference(self) -> ConversationReference:
        return ConversationReference(
            channel=self.channel,
            conversation=self.group or f"a:{self.user}",
            user=self.user,
            bot=self.page or self.of_bot,
            page=self.page,
            surface=self.surface,
            service_url="https://channel.example/",
            scope=Scope.GROUP if self.group else Scope.PERSONAL,
        )

    @property
    def key(self) -> str:
        return conversation_key(self.reference)

    async def load(self, store: Store, event_id: str = "", *, evidence: str = "") -> Loaded:
        return await store.load(self.bot, self.reference, event_id, evidence=evidence)

    def turn(
        self,
        loaded: Loaded,
        event_id: str,
        *effects: Effect,
        consent: Mapping[str, Membership] | None = None,
        fields: Mapping[str, FieldValue] | None = None,
        action: Action | None = None,
        at: datetime = NOW,
        acted_at: datetime | None = None,
        lowered: Mapping[str, datetime] | None = None,
        raised: Mapping[str, datetime] | None = None,
        state: Mapping[str, object] | None = None,
    ) -> JournalEntry:
        """A turn decided on `loaded`: the effects, memberships to change, fields of the contact to set."""
        turn_id = f"turn-{event_id}"
        contact = loaded.contact or Contact(
            id=f"c_{turn_id}_1", identities=(self.reference.account,), name=self.user.title(), created_at=at
        )
        if fields:
            contact = msgspec.structs.replace(contact, fields={**contact.fields, **fields})
        if self.reference.account not in contact.identities:
            contact = msgspec.structs.replace(contact, identities=(*contact.identities, self.reference.account))
        before = loaded.state or ConversationState(key=self.key, reference=self.reference)
        after = msgspec.structs.replace(before, contact=contact.id, last_event_at=at, **(state or {}))
        changes = tuple(
            ChangeConsent(
                self.change(loaded, contact.id, subject, membership, event_id=event_id, at=at, acted_at=acted_at)
            )
            for subject, membership in (consent or {}).items()
        )
        return JournalEntry(
            turn=turn_id,
            bot=self.bot,
            conversation=self.key,
            contact=contact.id,
            at=at,
            event=InboundEvent(
                event_id, self.reference, Sender(self.user), action or TextReceived("hello"), received=self.received
            ),
            outcome=Turn(
                state=after, contact=contact, effects=(*changes, *effects), lowered=lowered or {}, raised=raised or {}
            ),
            memberships=loaded.memberships,
            lowered=loaded.lowered,
            raised=loaded.raised,
            state_before=loaded.state,
            contact_before=loaded.contact,
            evidence=loaded.evidence,
        )

    def change(
        self,
        loaded: Loaded,
        contact: str,
        subject: str,
        after: Membership,
        *,
        event_id: str,
        at: datetime = NOW,
        acted_at: datetime | None = None,
    ) -> ConsentChange:
        """The person's own act: a press with all that a ledger row tells of it."""
        return ConsentChange(
            contact=contact,
            subject=subject,
            before=loaded.memberships.get(subject, Membership.NONE),
            after=after,
            at=at,
            source=SourceKind.BUTTON,
            actor=contact,
            detail="détail",
            revision=3,
            message="welcome",
            button="welcome/1",
            label="Yes please",
            text="Would you like tips, Zoë?\nYes please",
            purpose="One tip a week",
            channel=self.channel,
            conversation=self.key,
            event_id=event_id,
            turn=f"turn-{event_id}",
            acted_at=acted_at,
        )

    async def take(self, store: Store, event_id: str, *effects: Effect, **more: object) -> Committed:
        """Load, decide, commit."""
        loaded = await self.load(store, event_id)
        return await store.commit(self.turn(loaded, event_id, *effects, **more))  # type: ignore[arg-type]

    async def take_until_committed(self, store: Store, event_id: str, *effects: Effect, **more: object) -> Committed:
        """Load, decide, commit; again when somebody else was first."""
        while True:
            try:
                return await self.take(store, event_id, *effects, **more)
            except StaleVersion:
                continue
