"""Takes one event through a turn: verify, load, decide, commit."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from adapters.port import TurnAnswer
from flows.engine.snapshot import Snapshot
from flows.engine.state import ConversationState, conversation_key
from flows.engine.take_turn import take_turn
from flows.engine.turn import TraceStep, Turn
from flows.revision import Revision
from messages.contact import Contact, Identity
from messages.effects import Answer, StartTimer
from messages.errors import AlreadySeen, AssentError, StaleVersion
from messages.ids import IdSource
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent
from runtime.clock import Clock, TurnIds
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from segment_buttons.payload import RefusedPayload, verify
from storage.port import Turns
from storage.records import Committed, JournalEntry, Loaded, TurnCommit

log = structlog.get_logger("assent.turn")

_TRIES = 20


class Unavailable(AssentError):
    """The turn can't be taken now; the channel should send the event again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: int = 5) -> None:
        self.retry_after = retry_after
        super().__init__(reason)


class TurnWorker:
    """Runs turns. Those of one conversation run one after another; a version compare in the store covers the rest.

    `committed` hears of each commit, e.g. the outbox. `keys`: the first signs the buttons, all of them verify.
    """

    def __init__(
        self,
        store: Turns,
        revisions: RevisionCache,
        *,
        keys: Sequence[bytes],
        clock: Clock,
        metrics: Metrics,
        committed: Callable[[Committed], None] = lambda _: None,
        timer_started: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._revisions = revisions
        self._keys = tuple(keys)
        self._clock = clock
        self._metrics = metrics
        self._committed = committed
        self._timer_started = timer_started
        self._turn_ids = TurnIds()
        self._log_turns = structlog.get_logger().is_enabled_for(logging.DEBUG)
        self._tails: dict[tuple[str, str], asyncio.Future[None]] = {}

    @property
    def waiting(self) -> int:
        """How many conversations have turns in hand."""
        return len(self._tails)

    async def handle(self, bot: str, event: InboundEvent) -> TurnAnswer:
        """Take one event through a turn; return once it is durable.

        Raises StoreError when the store fails, Unavailable when the bot has no live revision or the conversation is
        changed from elsewhere without end.
        """
        key = (bot, conversation_key(event.reference))
        before = self._tails.get(key)
        mine = self._tails[key] = asyncio.get_running_loop().create_future()
        try:
            if before is not None:
                await asyncio.shield(before)
            with self._metrics.turn(event) as outcome:
                answer = await self._take(bot, event)
                outcome.seen = answer.seen
                return answer
        finally:
            if before is not None and not before.done():
                before.add_done_callback(lambda _: mine.set_result(None))
            else:
                mine.set_result(None)
            if self._tails.get(key) is mine:
                del self._tails[key]

    async def _take(self, bot: str, event: InboundEvent) -> TurnAnswer:
        event = self._verified(bot, event)
        pressed = event.action.button if isinstance(event.action, ButtonPressed) else None
        turn_id = self._turn_ids.new()
        for attempt in range(_TRIES):
            loaded = await self._store.load(
                bot, event.reference, event.event_id, evidence=pressed.evidence if pressed else ""
            )
            if loaded.seen:
                return TurnAnswer(seen=True, answer=loaded.seen_answer)
            commit = await self._decide(bot, event, pressed, loaded, turn_id)
            try:
                committed = await self._store.commit(commit)
            except StaleVersion:
                self._metrics.stale.inc()
                await asyncio.sleep(0 if attempt < 3 else 0.005 * attempt)
                continue
            except AlreadySeen as seen:
                return TurnAnswer(seen=True, answer=seen.answer)
            return self._done(commit, committed)
        raise Unavailable(f"conversation {conversation_key(event.reference)} is changed from elsewhere all the time")

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
            self._refused(bot, event, fault)
        return msgspec.structs.replace(event, action=msgspec.structs.replace(action, button=button, fault=fault))

    def _refused(self, bot: str, event: InboundEvent, reason: str) -> None:
        self._metrics.presses_refused.labels(reason).inc()
        log.warning("press refused", bot=bot, conversation=conversation_key(event.reference), reason=reason)

    async def _decide(
        self, bot: str, event: InboundEvent, pressed: ButtonRef | None, loaded: Loaded, turn_id: str
    ) -> TurnCommit:
        key = conversation_key(event.reference)
        state = loaded.state or ConversationState(key=key, reference=event.reference)
        contact = loaded.contact or Contact(id="", identities=())
        live = await self._revision(bot, loaded.live)
        snapshot = Snapshot(
            bot=bot,
            state=state,
            contact=contact,
            memberships=loaded.memberships,
            live=live,
            revisions=await self._others(bot, live, state, pressed),
            evidence=loaded.evidence,
            signing_key=self._keys[0],
        )
        if pressed is not None:
            revision = snapshot.revision(pressed.revision)
            if revision is None or pressed.button not in revision.buttons:
                self._refused(bot, event, "unknown revision" if revision is None else "unknown button")
        now = self._clock()
        turn = self._turn(snapshot, event, turn_id, now)
        entry = JournalEntry(
            turn=turn_id,
            bot=bot,
            conversation=key,
            contact=turn.contact.id,
            at=now,
            event=event,
            outcome=turn,
            revision_digest=live.digest,
            memberships=loaded.memberships,
            state_before=loaded.state,
            contact_before=loaded.contact,
            evidence=loaded.evidence,
        )
        return TurnCommit(
            bot=bot,
            entry=entry,
            expected_state_version=loaded.state.version if loaded.state else 0,
            expected_contact_version=loaded.contact.version if loaded.contact else 0,
        )

    def _turn(self, snapshot: Snapshot, event: InboundEvent, turn_id: str, now: datetime) -> Turn:
        """Decide. A fault of the engine itself is kept as a turn that did nothing, or the channel would send the event
        again and again; it is logged as an error and counted.
        """
        try:
            return take_turn(snapshot, event, now, IdSource(turn_id))
        except Exception:  # the outermost boundary of a turn
            self._metrics.crashed.inc()
            log.exception("the engine failed", bot=snapshot.bot, conversation=snapshot.state.key, turn=turn_id)
            contact = snapshot.contact
            if not contact.id:
                identity = Identity(event.reference.channel, event.reference.user)
                contact = Contact(id=IdSource(turn_id).new("c"), identities=(identity,))
            step = TraceStep(kind="engine_fault", detail="see the log", notice=True)
            state = msgspec.structs.replace(snapshot.state, contact=contact.id)
            return Turn(state=state, contact=contact, trace=(step,), revision=snapshot.live.number)

    async def _revision(self, bot: str, number: int) -> Revision:
        revision = self._revisions.kept(bot, number) or (await self._revisions.get(bot, number) if number else None)
        if revision is None:
            raise Unavailable(f"bot {bot} has no live revision; push one", retry_after=30)
        return revision

    async def _others(
        self, bot: str, live: Revision, state: ConversationState, pressed: ButtonRef | None
    ) -> Mapping[int, Revision]:
        """Return the other revisions that this turn needs."""
        wanted = {offered.revision for offered in state.offered}
        if pressed is not None:
            wanted.add(pressed.revision)
        if state.run is not None:
            wanted.add(state.run.revision)
        wanted.discard(live.number)
        if not wanted:
            return {}
        found = {number: await self._revisions.get(bot, number) for number in wanted}
        return {number: revision for number, revision in found.items() if revision is not None}

    def _done(self, commit: TurnCommit, committed: Committed) -> TurnAnswer:
        entry = commit.entry
        outcome = entry.outcome
        self._metrics.count(entry)
        self._committed(committed)
        answer: str | None = None
        for effect in outcome.effects:
            if isinstance(effect, Answer):
                answer = effect.text
            elif isinstance(effect, StartTimer):
                self._timer_started()
        for step in outcome.trace:
            if step.notice:
                log.warning(
                    "fault in the flow",
                    bot=commit.bot,
                    conversation=entry.conversation,
                    turn=entry.turn,
                    kind=step.kind,
                    message=step.message,
                    revision=step.revision,
                )
        if self._log_turns:
            log.debug("turn", bot=commit.bot, conversation=entry.conversation, turn=entry.turn, at=str(entry.at))
        return TurnAnswer(answer=answer)
