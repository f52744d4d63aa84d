"""What a store should hold, as plain dictionaries: the oracle that real stores are compared with."""

from dataclasses import dataclass, field

from messages.consent import Membership
from messages.effects import CancelTimer, ChangeConsent, Send, StartTimer
from messages.errors import AlreadySeen, PushConflict, StaleVersion
from storage.records import DeliveryStatus, JournalEntry

Row = tuple[str, str, Membership, Membership]
"""Contact, subject, before, after."""


@dataclass(eq=False)
class Reply:
    """A reply in the outbox."""

    conversation: str
    id: str
    status: DeliveryStatus = DeliveryStatus.PENDING


@dataclass
class Model:
    """One bot's share of a store."""

    versions: dict[str, int] = field(default_factory=dict)
    """Of conversations by key, and of contacts by id."""
    contact_of: dict[str, str] = field(default_factory=dict)
    """By conversation key, and by user."""
    fields: dict[str, dict[str, object]] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    turns: dict[str, list[str]] = field(default_factory=dict)
    ledger: list[Row] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    timers: set[str] = field(default_factory=set)
    live: int = 0
    draft: int = 0

    def memberships(self, contact: str) -> dict[str, Membership]:
        stand = {subject: after for who, subject, _, after in self.ledger if who == contact}
        return {subject: after for subject, after in stand.items() if after is not Membership.NONE}

    def commit(self, entry: JournalEntry) -> None:
        outcome = entry.outcome
        state_version = entry.state_before.version if entry.state_before else 0
        contact_version = entry.contact_before.version if entry.contact_before else 0
        key, contact, user = entry.conversation, outcome.contact.id, entry.event.reference.user
        if entry.event.event_id in self.seen:
            raise AlreadySeen(entry.event.event_id)
        if self.versions.get(key, 0) != state_version:
            raise StaleVersion(key)
        if self.versions.get(contact, 0) != contact_version:
            raise StaleVersion(contact)
        if self.contact_of.get(user, contact) != contact:
            raise StaleVersion(user)
        changes = [effect.change for effect in outcome.effects if isinstance(effect, ChangeConsent)]
        self.check(contact, [(change.contact, change.subject, change.before, change.after) for change in changes])
        self.seen.add(entry.event.event_id)
        self.versions[key] = state_version + 1
        if changes or outcome.contact != entry.contact_before:
            self.versions[contact] = contact_version + 1
        self.contact_of[key] = self.contact_of[user] = contact
        self.fields[contact] = dict(outcome.contact.fields)
        self.unreachable[key] = outcome.state.unreachable
        self.turns.setdefault(key, []).append(entry.turn)
        for effect in outcome.effects:
            match effect:
                case Send(message):
                    self.replies.append(Reply(key, message.id))
                case StartTimer(timer):
                    self.timers.add(timer)
                case CancelTimer(timer):
                    self.timers.discard(timer)

    def check(self, contact: str, rows: list[Row]) -> None:
        """Add the rows if each starts from what stands."""
        stand = self.memberships(contact)
        for _, subject, before, after in rows:
            if stand.get(subject, Membership.NONE) is not before:
                raise StaleVersion(subject)
            stand[subject] = after
        self.ledger += rows

    def change_by_staff(self, row: Row) -> None:
        self.check(row[0], [row])
        self.versions[row[0]] += 1

    def mark_unreachable(self, key: str, reason: str) -> None:
        if key in self.versions:
            self.versions[key] += 1
            self.unreachable[key] = reason
            for reply in self.replies:
                if reply.conversation == key and reply.status is DeliveryStatus.PENDING:
                    reply.status = DeliveryStatus.FAILED

    def push(self, expected_live: int) -> None:
        if expected_live != self.live:
            raise PushConflict(expected_live, self.live)
        self.live += 1

    def save_draft(self, expected_version: int | None) -> None:
        if expected_version not in (None, self.draft):
            raise StaleVersion("draft")
        self.draft += 1
