"""Counters against books of the test's own: `planned` is the sum over the states after every act, as rows say too."""

import msgspec
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from messages.errors import AlreadySeen, ConversationBusy, RunStopped
from messages.pushes import PushState, RunState
from storage.port import Store
from tests.examples import examples
from tests.storage.sending import (
    BOT,
    change,
    defers,
    known_members,
    number_of,
    push,
    push_due,
    run_of,
    skips,
    stands,
    waiting,
)
from tests.storage.talk import MINUTE, NOW, Talk

NAMES = ["ana", "bob", "cid"]
ENDS = {
    "sent": PushState.SENT,
    "failed": PushState.FAILED,
    "unknown": PushState.UNKNOWN,
    "back": PushState.DEFERRED,
}
ACTS = ["claim", "skip", "defer", *ENDS, "read", "pause", "go on", "again"]
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(NAMES)), max_size=25)


class Books:
    """A state by person, with what may follow on what in the words of the specification."""

    def __init__(self, store: Store, run: str, people: list[int]) -> None:
        self.store, self.run = store, run
        self.numbers = dict(zip(NAMES, people, strict=True))
        self.states = dict.fromkeys(NAMES, "waiting")
        self.attempts = dict.fromkeys(NAMES, 0)
        self.epoch, self.is_running = 1, True

    async def act(self, act: str, name: str) -> None:
        if act in ("claim", "skip", "defer"):
            await self.take(act, name)
        elif act in ENDS and self.states[name] != "waiting":
            await self.end(act, name)
        elif act == "read" and self.states[name] != "waiting":
            ids = [f"id-{self.run}-{name}"]
            told = await self.store.receive_receipt(BOT, Talk(name).key, PushState.READ, NOW + MINUTE, ids=ids)
            assert told == (self.states[name] == "sent")
            self.states[name] = "read" if told else self.states[name]
        elif act == "again":
            asked = [PushState.FAILED, PushState.UNKNOWN]
            again = [one for one, state in self.states.items() if state in asked]
            assert await self.store.send_again(BOT, self.run, asked, at=NOW) == len(again)
            self.states.update(dict.fromkeys(again, "deferred"))
        elif act in ("pause", "go on") and self.is_running is (act == "pause"):
            state = RunState.PAUSED if self.is_running else RunState.RUNNING
            self.epoch, self.is_running = (await change(self.store, state, self.run)).epoch, not self.is_running

    async def take(self, act: str, name: str) -> None:
        may = self.is_running and self.states[name] in ("waiting", "deferred")
        effects = {"claim": [], "skip": [skips()], "defer": [defers(0)]}[act]
        due = push_due(self.run, self.attempts[name] + 1, epoch=self.epoch)
        try:
            await push(self.store, name, *effects, due=due)
        except (AlreadySeen, RunStopped, ConversationBusy):
            assert not may
        else:
            assert may
            self.states[name] = {"claim": "sending", "skip": "skipped", "defer": "deferred"}[act]
            self.attempts[name] += 1

    async def end(self, act: str, name: str) -> None:
        (row,) = [row for row in await self.store.pushes(BOT, run=self.run) if row.number == self.numbers[name]]
        ids = (f"id-{self.run}-{name}",) if act == "sent" else ()
        ended = msgspec.structs.replace(row, state=ENDS[act], until=NOW, channel_message_ids=ids)
        await self.store.end_push(BOT, ended)
        if self.states[name] == "sending" or (self.states[name], act) == ("unknown", "sent"):
            self.states[name] = ENDS[act].value

    async def compare(self) -> None:
        sums = {"waiting": await waiting(self.store, self.run)}
        for (state, _), count in (await stands(self.store, self.run)).counts.items():
            sums[state.value] = sums.get(state.value, 0) + count
        own = list(self.states.values())
        assert {state: count for state, count in sums.items() if count} == {one: own.count(one) for one in set(own)}
        rows = [row.state.value for row in await self.store.pushes(BOT, run=self.run)]
        assert sorted(rows) == sorted(one for one in own if one != "waiting")


@given(steps=STEPS)
@examples(20, HealthCheck.function_scoped_fixture)
async def test_planned_is_the_sum_over_the_states_at_every_moment(store: Store, steps: list[tuple[str, str]]) -> None:
    runs = len(await store.runs(BOT))
    people = [await number_of(store, name) for name in NAMES] if runs else await known_members(store, *NAMES)
    await store.add_run(run_of(people, f"r{runs}"), RunState.RUNNING)
    books = Books(store, f"r{runs}", people)
    for act, name in steps:
        await books.act(act, name)
        await books.compare()
    for name, state in books.states.items():
        if state == "sending":
            await books.end("unknown", name)
