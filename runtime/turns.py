"""Takes one event through a turn: verify, load, decide, commit."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from adapters.port import TurnAnswer
from consent.membership import is_too_far_ahead
from flows.engine import trace
from flows.engine.take_turn import take_turn
from flows.engine.turn import (
    UNWRITTEN,
    ConversationState,
    IdSource,
    OfferedReply,
    Snapshot,
    Turn,
    conversation_key,
    faulted_turn,
)
from flows.revision import Revision
from messages.codec import fingerprint
from messages.contact import Contact
from messages.effects import WORK, Answer, StartTimer
from messages.errors import AlreadySeen, AssentError, EventDeferred, StaleVersion
from messages.inbound import (
    MAKES_A_CONTACT,
    ButtonPressed,
    ButtonRef,
    ConversationStarted,
    EffectDone,
    InboundEvent,
    PushDue,
    Scope,
    TimerFired,
    Unhandled,
)
from runtime.accounts import Accounts
from runtime.clock import Clock, TurnIds, perf_counter
from runtime.metrics import Metrics, UnusedEvents
from runtime.push_events import take_receipt
from runtime.revisions import FilterCache, RevisionCache, TurnStore
from runtime.turn_limit import TurnQueue, Unavailable
from segment_buttons.payload import BY_NUMBER, FORM, NEWER, RefusedPayload, form_of, verify
from storage.continuity import RaisingRefused
from storage.ledger import stood_on
from storage.port import BUTTONS_BY_DIGEST
from storage.records import Committed, JournalEntry, Loaded, OutboxRow

log = structlog.get_logger("assent.turn")

_TRIES = 20


class Refusal(Protocol):
    """Why nothing may be pushed to people of a bot, or opt them in; empty when it may:
    `runtime.tasks.store_memory` says more.
    """

    async def __call__(self, bot: str, *, look: bool = False) -> str: ...


async def _nothing_is_refused(bot: str, *, look: bool = False) -> str:
    del bot, look
    return ""


class NewerForm(Unavailable, EventDeferred):
    """A button's payload is in a form that a later version made. A server that reads it may get it next time."""


class TurnWorker:
    """Runs turns. Those of one conversation run one after another; a version compare in the store covers the rest.

    `replies` gets those of each commit, `acknowledged` hears that the ledger grew, and `took` of each turn that was
    committed. `keys`: the first signs the buttons, all of them verify. `refusal` tells why nothing may be pushed, or
    raise consent.
    """

    def __init__(
        self,
        store: TurnStore,
        revisions: RevisionCache,
        *,
        keys: Sequence[bytes],
        clock: Clock,
        metrics: Metrics,
        replies: Callable[[Sequence[OutboxRow]], None] = lambda _: None,
        acknowledged: Callable[[], None] = lambda: None,
        timer_started: Callable[[], None] = lambda: None,
        took: Callable[[JournalEntry], None] = lambda _: None,
        refusal: Refusal = _nothing_is_refused,
    ) -> None:
        self._store = store
        self._filters = FilterCache(store)
        self._accounts = Accounts(store, clock=clock)
        self._revisions = revisions
        self._keys = tuple(keys)
        self._clock = clock
        self._metrics = metrics
        self._replies = replies
        self._acknowledged = acknowledged
        self._timer_started = timer_started
        self._took = took
        self._refusal = refusal
        self._turn_ids = TurnIds()
        self._log_turns = structlog.get_logger().is_enabled_for(logging.DEBUG)
        self._queue = TurnQueue()

    async def handle(self, bot: str, event: InboundEvent) -> TurnAnswer:
        """Take one event through a turn; return once it is durable.

        Raises StoreError when the store fails, NewerForm for a payload of a later version, Unavailable when the bot has
        no live revision or the conversation is changed from elsewhere without end.
        """
        began = perf_counter()
        outcome = "failed"
        try:
            if isinstance(event.action, TimerFired | EffectDone | PushDue) and (reason := await self._refusal(bot)):
                raise Unavailable(reason, retry_after=30)
            receipt = event.action.receipt if isinstance(event.action, Unhandled) else None
            if receipt is not None and await take_receipt(self._store, bot, event, receipt, self._clock()):
                outcome = "seen"
                return TurnAnswer(seen=True)
            async with self._queue.place((bot, conversation_key(event.reference))):
                answer = await self._take(bot, self._verified(bot, event))
            if answer.skipped and not isinstance(event.action, PushDue):
                UnusedEvents(self._metrics, bot, event.reference.channel).skipped(
                    str(event.action.__struct_config__.tag)
                )
            outcome = "seen" if answer.seen else "skipped" if answer.skipped else "committed"
            return answer
        finally:
            self._metrics.turn(event.reference.channel, outcome, perf_counter() - began)

    def _verified(self, bot: str, event: InboundEvent) -> InboundEvent:
        """Check a pressed button's signature and note the outcome in the event, so that replay needs no key."""
        action = event.action
        if not isinstance(action, ButtonPressed):
            return event
        button: ButtonRef | None = None
        fault = ""
        try:
            button = verify(action.payload, bot, self._keys)
        except RefusedPayload as refusal:
            fault = refusal.reason
        return msgspec.structs.replace(event, action=msgspec.structs.replace(action, button=button, fault=fault))

    def _refuse_newer(self, event: InboundEvent) -> None:
        action = event.action
        if isinstance(action, ButtonPressed) and action.fault == NEWER:
            form = form_of(action.payload)
            self._metrics.newer_forms.inc(event.reference.channel)
            reason = f"a button's payload has form {form}, this version reads up to {FORM}: a newer server must take it"
            raise NewerForm(reason, retry_after=30)

    async def _take(self, bot: str, event: InboundEvent) -> TurnAnswer:
        """Take an event, or answer it as before; one that has another's id is taken under an id of its own."""
        try:
            return await self._taken(bot, event)
        except AlreadySeen as seen:
            if (other := self._another(event, seen.fingerprint)) is None:
                return TurnAnswer(seen=True, answer=seen.answer)
        return await self._take(bot, other)

    async def _taken(self, bot: str, event: InboundEvent) -> TurnAnswer:
        pressed = event.action.button if isinstance(event.action, ButtonPressed) else None
        turn_id = self._turn_ids.new()
        faulted = False
        for attempt in range(_TRIES):
            event, loaded = await self._loaded(bot, event, pressed.evidence if pressed else "")
            if loaded.seen:
                raise AlreadySeen(event.event_id, loaded.seen_answer, loaded.seen_fingerprint)
            if (without_turn := _without_turn(loaded, event)) is not None:
                return without_turn
            self._refuse_newer(event)
            event = _addressed(event, loaded)
            snapshot = await self._snapshot(bot, event, pressed, loaded)
            now = self._clock()
            if faulted:
                turn = faulted_turn(snapshot, event, turn_id, UNWRITTEN)
            else:
                turn = self._decided(snapshot, event, turn_id, now)
            try:
                entry = _entry(snapshot, event, turn_id, now, loaded, turn)
                committed = await self._written(entry)
            except StaleVersion:
                self._metrics.stale.inc()
                await asyncio.sleep(0 if attempt < 3 else 0.005 * attempt)
            except AssentError:
                raise
            except Exception as error:  # what was decided can't be written: a fault of the engine, as in `_decided`
                if faulted:
                    raise
                self._engine_failed(snapshot, turn_id, error)
                faulted = True
            else:
                return self._done(entry, committed)
        raise Unavailable(f"conversation {conversation_key(event.reference)} is changed from elsewhere all the time")

    async def _loaded(self, bot: str, event: InboundEvent, evidence: str) -> tuple[InboundEvent, Loaded]:
        """Return what the turn needs, and the event under the keys that its turn is to be kept by."""
        reference = event.reference
        loaded = await self._store.load(bot, reference, event.event_id, evidence=evidence)
        if loaded.contact is not None or loaded.seen or reference.earlier is reference:
            return event, loaded
        return await self._accounts.known_before(bot, event, evidence, loaded)

    def _another(self, event: InboundEvent, seen: str) -> InboundEvent | None:
        """Return the event under an id of its own, if what came before under its id said something else; None for a
        redelivery.
        """
        if seen in ("", said := fingerprint(event)):
            return None
        self._metrics.reused_ids.inc(event.reference.channel)
        log.warning("event id reused", channel=event.reference.channel, event_id=event.event_id)
        return msgspec.structs.replace(event, event_id=f"{event.event_id}~{said}")

    async def _written(self, entry: JournalEntry) -> Committed:
        """Commit. What raises consent is tried again if the store was only away, and has all that is remembered."""
        try:
            return await self._store.commit(entry)
        except RaisingRefused:
            if await self._refusal(entry.bot):
                raise
            return await self._store.commit(entry)

    async def _snapshot(self, bot: str, event: InboundEvent, pressed: ButtonRef | None, loaded: Loaded) -> Snapshot:
        live = await self._revisions.live(bot, loaded.live)
        if live is None and await self._refusal(bot, look=True):
            live = self._revisions.last_live(bot)  # the store lost it: who wants out is still heard
        if live is None:
            raise Unavailable(f"bot {bot} has no live revision that can be used; push one", retry_after=30)
        state = loaded.state or ConversationState(key=conversation_key(event.reference), reference=event.reference)
        contact = loaded.contact or Contact(id="", identities=())
        revisions = await self._others(bot, live, state, pressed)
        if isinstance(event.action, PushDue):
            revisions = {**revisions, **await self._pushed(bot, live, event.action)}
        filters = await self._filters.asked_by(bot, (live, *revisions.values()))
        return Snapshot(
            bot=bot,
            state=state,
            contact=contact,
            memberships=loaded.memberships,
            lowered=loaded.lowered,
            raised=loaded.raised,
            live=live,
            revisions=revisions,
            evidence=loaded.evidence,
            filters=filters.texts,
            last_seen=await self._last_seen(bot, contact) if filters.last_seen else None,
            stood_on=await stood_on(self._store, bot, state, event),
            payload_form=min(self._store.forms, FORM) if self._store.forms >= BUTTONS_BY_DIGEST else BY_NUMBER,
            signing_key=self._keys[0],
        )

    async def _pushed(self, bot: str, live: Revision, push: PushDue) -> Mapping[int, Revision]:
        """Return the revision that a push says a message of. Raises Unavailable: without it nothing is decided."""
        if live.digest.startswith(push.digest):
            return {}
        found = await self._revisions.named(bot, push.digest)
        if found is None:
            raise Unavailable(f"revision {push.revision} of run {push.push.run} can't be used", retry_after=30)
        return {found.number: found}

    async def _last_seen(self, bot: str, contact: Contact) -> datetime | None:
        known = await self._store.person(bot, contact.id) if contact.id else None
        return known.last_seen if known is not None else None

    async def _others(
        self, bot: str, live: Revision, state: ConversationState, pressed: ButtonRef | None
    ) -> Mapping[int, Revision]:
        """Return the other revisions that this turn needs."""
        named: list[ButtonRef | OfferedReply] = [*state.offered]
        if pressed is not None:
            named.append(pressed)
        numbers = {each.revision for each in named if not each.digest}
        if state.run is not None:
            numbers.add(state.run.revision)
        numbers.discard(live.number)
        digests = {each.digest for each in named if each.digest and not live.digest.startswith(each.digest)}
        if not numbers and not digests:
            return {}
        found = [await self._revisions.get(bot, number) for number in numbers]
        found += [await self._revisions.named(bot, digest) for digest in digests]
        return {revision.number: revision for revision in found if revision is not None}

    def _decided(self, snapshot: Snapshot, event: InboundEvent, turn_id: str, now: datetime) -> Turn:
        """Decide. A fault of the engine itself becomes a turn that says so, or the channel would send the event again
        and again; it is logged as an error and counted.
        """
        try:
            return take_turn(snapshot, event, now, IdSource(turn_id))
        except Exception as error:  # noqa: BLE001  # the outermost boundary of a turn
            self._engine_failed(snapshot, turn_id, error)
            return faulted_turn(snapshot, event, turn_id)

    def _engine_failed(self, snapshot: Snapshot, turn_id: str, error: Exception) -> None:
        self._metrics.crashed.inc()
        log.error("the engine failed", bot=snapshot.bot, conversation=snapshot.state.key, turn=turn_id, exc_info=error)

    def _done(self, entry: JournalEntry, committed: Committed) -> TurnAnswer:
        self._metrics.count(entry)
        if committed.outbox:
            self._replies(committed.outbox)
        if committed.ledger:
            self._acknowledged()
        self._took(entry)
        answer: str | None = None
        for effect in entry.outcome.effects:
            if isinstance(effect, Answer):
                answer = effect.text
            elif isinstance(effect, (StartTimer, *WORK)):
                self._timer_started()
        _log_faults(entry)
        self._compare_clocks(entry)
        if self._log_turns:
            log.debug("turn", bot=entry.bot, conversation=entry.conversation, turn=entry.turn)
        return TurnAnswer(answer=answer)

    def _compare_clocks(self, entry: JournalEntry) -> None:
        """Tell of an act that its channel dates further in the future than clocks may differ."""
        event = entry.event
        if event.sent_at is None or event.server_clock or not is_too_far_ahead(event.sent_at, entry.at):
            return
        channel = event.reference.channel
        self._metrics.not_believed.inc(channel)
        log.warning(
            "time not believed: the channel's clock is ahead of this one",
            conversation=entry.conversation,
            turn=entry.turn,
            channel=channel,
        )


def _without_turn(loaded: Loaded, event: InboundEvent) -> TurnAnswer | None:
    """Return the answer where there is nothing to decide: its person was erased since its timer, or a push, was due,
    or nobody whom the bot knows acts in it.
    """
    if isinstance(event.action, PushDue):
        return TurnAnswer(skipped=True) if loaded.contact is None else None
    if loaded.state is None and isinstance(event.action, TimerFired | EffectDone):
        return TurnAnswer(seen=True)
    if loaded.state is None and not _begins_a_conversation(event):
        return TurnAnswer(skipped=True)
    return None


def _addressed(event: InboundEvent, loaded: Loaded) -> InboundEvent:
    """Return an event that does not say where replies go with the address that the conversation had before."""
    before = loaded.state.reference.service_url if loaded.state is not None else ""
    if event.reference.service_url or not before:
        return event
    return msgspec.structs.replace(event, reference=msgspec.structs.replace(event.reference, service_url=before))


def _begins_a_conversation(event: InboundEvent) -> bool:
    """Tell whether an event makes a contact of a stranger: a person speaks, or adds the bot for themselves."""
    if isinstance(event.action, ConversationStarted):
        return event.reference.scope is Scope.PERSONAL
    return isinstance(event.action, MAKES_A_CONTACT)


def _entry(
    snapshot: Snapshot, event: InboundEvent, turn_id: str, now: datetime, loaded: Loaded, turn: Turn
) -> JournalEntry:
    return JournalEntry(
        turn=turn_id, bot=snapshot.bot, conversation=snapshot.state.key, contact=turn.contact.id, at=now,
        event=event, outcome=turn,
        revision_digest=snapshot.live.digest,
        memberships=loaded.memberships,
        lowered=loaded.lowered, raised=loaded.raised,
        state_before=loaded.state,
        contact_before=loaded.contact,
        evidence=loaded.evidence,
        filters=snapshot.filters,
        last_seen_before=snapshot.last_seen,
        stood_on=snapshot.stood_on,
    )  # fmt: skip


def _log_faults(entry: JournalEntry) -> None:
    """Tell of faults in the flow, and of presses that were refused."""
    for step in entry.outcome.trace:
        if step.notice or step.kind == trace.PRESS_REFUSED:
            log.warning(
                "fault in the flow" if step.notice else "press refused", bot=entry.bot, conversation=entry.conversation,
                turn=entry.turn, kind=step.kind, message=step.message, revision=step.revision,
                **({} if step.notice else {"reason": step.detail}),
            )  # fmt: skip
