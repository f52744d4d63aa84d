"""Two people and a bot on a real worker and a real store: whatever they do, and staff, and builders who push."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from hypothesis import strategies as st

from consent.membership import Change, change
from flows.compile import RevisionSource
from flows.engine.turn import as_decided
from messages.codec import encode
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.effects import ChangeConsent, Send
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationReference,
    InboundEvent,
    Scope,
    Sender,
    TextReceived,
    TimerFired,
)
from replay.recorded import Unreadable, read_turns
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from runtime.tasks.timers import timer_event
from runtime.turns import TurnWorker
from segment_buttons.payload import sign
from storage.audience_records import SegmentKind, SegmentRecord
from storage.port import Store
from storage.records import JournalEntry, RecordedTurn
from tests.flows.engine.any_acts import Fires, PressesSent, Says, StaffActs, Step
from tests.flows.engine.any_acts import steps as any_steps
from tests.flows.engine.any_bot import FILTERS, revisions
from tests.flows.engine.conversation import BEGIN, KEY, buttons_in

BOT = "care"
PEOPLE = ("ana", "ben")

_LATER = timedelta(days=400)


@dataclass(frozen=True)
class Push:
    """Builders make another revision live."""

    source: str


@dataclass(frozen=True)
class Act:
    """A person does something; `copies`: how often the channel sends it, at once."""

    person: str
    step: Step
    copies: int


_busy_steps: st.SearchStrategy[Step] = st.one_of(
    any_steps.filter(bool).map(lambda steps: steps[0]),
    st.integers(0, 6).map(PressesSent),
    st.integers(0, 6).map(PressesSent),
    st.sampled_from(("hi", "menu", "join", "Sales", "no tips", "stop", "come back")).map(TextReceived).map(Says),
)
acts = st.lists(
    st.builds(Act, st.sampled_from(PEOPLE), _busy_steps, st.sampled_from((1, 1, 1, 2))), min_size=3, max_size=12
)


_ASKS = {
    "text": "Shall we, {{ contact.first_name }}?",
    "buttons": [
        {"label": "Yes please", "opt_in": "tips", "reply": "m1"},
        {"label": "No", "opt_out": "tips", "reply": "m2"},
        {"label": "More", "message": "m3"},
    ],
}


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Flow files of bots of every shape; most of them ask for consent first."""
    values = draw(revisions()).bot.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if draw(st.sampled_from((True, True, False))):
        values["default"] = "m0"
        values["messages"]["m0"]["parts"].insert(0, _ASKS)
    return orjson.dumps(values).decode()


class Life:
    """What happens to one bot. `taken` counts the turns, copies of an event left out."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self.store = store
        self.taken = 0
        self._scope = scope
        self._now = BEGIN
        self._events = 0
        self._worker = TurnWorker(store, RevisionCache(store), keys=[KEY], clock=self._clock, metrics=Metrics())

    def _clock(self) -> datetime:
        self._now += timedelta(milliseconds=17)
        return self._now

    async def go(self, story: Sequence[Push | Act]) -> None:
        for name, text in FILTERS.items():
            made = SegmentRecord(BOT, name, name, SegmentKind.FILTER, BEGIN, "staff", filter=text)
            await self.store.save_segment(made)
        for each in story:
            if isinstance(each, Push):
                await self._push(each.source)
            elif isinstance(each.step, StaffActs):
                await self._staff(each.person, each.step)
            elif (event := await self._event(each.person, each.step)) is not None:
                answers = [self._worker.handle(BOT, event) for _ in range(each.copies)]
                self.taken += sum(not (answer.seen or answer.skipped) for answer in await asyncio.gather(*answers))

    async def _push(self, source: str) -> None:
        live = await self.store.live(BOT)
        number = live.number if live else 0
        await self.store.push(BOT, source, author="mia", at=self._clock(), expected_live=number)

    def _reference(self, person: str) -> ConversationReference:
        place = f"a:{person}" if self._scope is Scope.PERSONAL else "19:all"
        return ConversationReference("teams", place, person, scope=self._scope)

    async def _event(self, person: str, step: Step) -> InboundEvent | None:
        """What a step comes to; None when there is nothing to press, or no timer runs."""
        match step:
            case Says(ButtonPressed(button=ref) as action) if ref is not None:
                return self._made(person, ButtonPressed(sign(ref, KEY), wants_answer=action.wants_answer))
            case Says(action):
                return self._made(person, action)
            case PressesSent(back):
                rows = await self.store.pending()
                payloads = [button.payload for row in rows for button in buttons_in(row.message) if button.payload]
                if not payloads:
                    return None
                return self._made(person, ButtonPressed(payloads[back % len(payloads)], wants_answer=True))
            case Fires(which):
                timers = await self.store.due_timers(self._now + _LATER)
                timer = timers[which % len(timers)] if timers else None
                self._now = max(self._now, timer.due) if timer else self._now
                return timer_event(timer) if timer else None
            case _:
                return None

    def _made(self, person: str, action: Action) -> InboundEvent:
        self._events += 1
        return InboundEvent(
            event_id=f"event-{self._events}",
            reference=self._reference(person),
            sender=Sender(person, name=person.title(), locale="fr" if person == "ben" else "en-GB"),
            action=TimerFired(f"{action.timer}-{self._events}") if isinstance(action, TimerFired) else action,
            sent_at=self._now,
            received=orjson.dumps({"id": self._events}),
        )

    async def _staff(self, person: str, step: StaffActs) -> None:
        loaded = await self.store.load(BOT, self._reference(person), "")
        before = loaded.memberships.get(step.segment, Membership.NONE)
        outcome = change(step.act, step.segment, before, loaded.memberships.get(ALL, Membership.NONE))
        if isinstance(outcome, Change) and loaded.contact is not None:
            written = ConsentChange(loaded.contact.id, *outcome, self._clock(), SourceKind.CSV, "staff")
            await self.store.change_consent(BOT, written)

    async def recorded(self) -> list[RecordedTurn]:
        """The journal, in small pages."""
        turns: list[RecordedTurn] = []
        page = await self.store.journal_page(BOT, limit=3)
        while page.turns:
            turns += page.turns
            page = await self.store.journal_page(BOT, page.position, limit=3)
        return turns

    async def pushed(self) -> dict[int, RevisionSource]:
        """The revisions as they were pushed."""
        found: dict[int, RevisionSource] = {}
        for info in await self.store.history(BOT):
            stored = await self.store.revision(BOT, info.number)
            assert stored is not None
            found[info.number] = RevisionSource(info.number, info.digest, stored[1])
        return found


async def check_against_store(life: Life, recorded: Sequence[RecordedTurn]) -> list[JournalEntry]:
    """Check that the journal tells what the live run left: replies, states, the ledger. Return its entries."""
    entries, unreadable = read_turns(recorded)
    assert unreadable == list[Unreadable]()
    assert len(entries) == life.taken
    effects = [effect for entry in entries for effect in entry.outcome.effects]
    pending = await life.store.pending(limit=100_000)
    assert _records(row.message for row in pending) == _records(e.message for e in effects if isinstance(e, Send))
    ledger = await life.store.ledger(BOT, limit=100_000)
    by_turns = _records(row.change for row in ledger if row.change.turn)
    assert by_turns == _records(e.change for e in effects if isinstance(e, ChangeConsent))
    for conversation, entry in {entry.conversation: entry for entry in entries}.items():
        summary = await life.store.conversation(BOT, conversation)
        assert summary is not None
        assert encode(as_decided(summary.state)) == encode(as_decided(entry.outcome.state))
    return entries


def _records(values: Iterable[object]) -> list[bytes]:
    return sorted(map(encode, values))
