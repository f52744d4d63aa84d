"""A wait asks for consent again: when it is over, in its commit, and just before what it brings is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import cast

import pytest

from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.errors import TemporarilyFailed
from messages.inbound import Action, ConversationReference, InboundEvent, Scope, Sender, TextReceived
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from runtime.revisions import RevisionCache
from runtime.tasks.timers import TimerRunner
from runtime.turns import TurnWorker
from storage.port import Store
from storage.records import Committed, DeliveryStatus, JournalEntry, OutboxRow
from tests.runtime.outbox_house import Screen, Timeline
from tests.storage.contract.conftest import Opener

FLOW = """
assent: "1"
bot: b
name: B
segments: {tips: {name: Tips, purpose: One tip a day.}}
keywords:
  - {is: join, opt_in: tips, message: joined}
  - {is: leave, opt_out: tips, message: left}
  - {is: quick, opt_in: tips, message: quick}
  - {is: later, message: later}
  - {is: news, message: news}
default: sorry
messages:
  joined: {parts: [{text: "You're in."}, {wait: 2h}, {text: A tip.}]}
  quick: {parts: [{text: "You're in."}, {wait: 5s}, {text: A tip.}]}
  later: {parts: [{text: Wait.}, {wait: 2h}, {text: Here it is.}]}
  news: {parts: [{text: Wait.}, {wait: 5s}, {text: Here it is.}]}
  left: {parts: [{text: No more tips.}]}
  sorry: {parts: [{text: Pardon?}]}
"""
HERE = ConversationReference("screen", "here", "ana")
GROUP = ConversationReference("screen", "group", "ana", scope=Scope.GROUP)


Act = Callable[[], Awaitable[None]]


class Server:
    """One server on a store, with its timers and its outbox."""

    def __init__(self, store: Store, clock: Timeline) -> None:
        self.store = store
        self.clock = clock
        self.screen = Screen()
        self.screen.clock = clock
        self.metrics = Metrics()
        self.sender = OutboxSender(
            store,
            {("b", "screen"): self.screen},
            clock=clock,
            metrics=self.metrics,
            chance=lambda: 1.0,
            sleep=clock.sleep,
            poll_interval=3600,
        )
        self.worker = TurnWorker(
            store,
            RevisionCache(store),
            keys=[b"k" * 32],
            clock=clock,
            metrics=self.metrics,
            replies=self.replied,
        )
        self.timers = TimerRunner(store, self.worker.handle, clock)
        self.events = 0

    def replied(self, rows: Sequence[OutboxRow]) -> None:
        self.sender.add(rows)

    async def hears(self, action: Action, where: ConversationReference = HERE) -> None:
        self.clock.now += timedelta(seconds=1)
        self.events += 1
        event = InboundEvent(f"{where.conversation} {self.clock.now}", where, Sender("ana"), action, self.clock.now)
        await self.worker.handle("b", event)

    async def says(self, text: str, where: ConversationReference = HERE) -> None:
        await self.hears(TextReceived(text), where)

    async def waits_are_over(self) -> list[str]:
        """Let the time pass, and return what is shown then in the one-to-one conversation."""
        await self.sender.idle()
        before = len(self.screen.texts("here"))
        self.clock.now += timedelta(hours=3)
        assert await self.timers.fire_due()
        await self.sender.idle()
        return self.screen.texts("here")[before:]

    async def stands(self) -> dict[str, Membership]:
        loaded = await self.store.load("b", HERE, "")
        return dict(loaded.memberships)

    async def kinds(self) -> list[str]:
        """The trace of the last turn of the one-to-one conversation."""
        entry = (await self.store.journal("b", "screen:here"))[-1]
        return [step.kind for step in entry.outcome.trace]


@pytest.fixture
def clock() -> Timeline:
    return Timeline()


@pytest.fixture
async def server(store: Store, clock: Timeline) -> Server:
    await store.acquire_server_lease()
    await store.push("b", FLOW, author="ana", at=clock.now, expected_live=0)
    return Server(store, clock)


async def remove(server: Server) -> None:
    """Staff takes the person out of the segment."""
    loaded = await server.store.load("b", HERE, "")
    assert loaded.contact is not None
    before = loaded.memberships["tips"]
    change = ConsentChange(
        loaded.contact.id, "tips", before, Membership.NONE, server.clock.now, SourceKind.CONSOLE, "ops"
    )
    await server.store.change_consent("b", change)


STOPPED: dict[str, Callable[[Server], Awaitable[None]]] = {
    "STOP in a group": lambda server: server.says("STOP", GROUP),
    "left in a group": lambda server: server.says("leave", GROUP),
    "STOP and START again": lambda server: _all(server, "STOP", "START"),
    "left and joined again": lambda server: _all(server, "leave", "join"),
    "removed by staff": remove,
}


async def _all(server: Server, *texts: str) -> None:
    for text in texts:
        await server.says(text, GROUP)


@pytest.mark.parametrize("joins", ["join", "quick"])
@pytest.mark.parametrize("by", STOPPED)
async def test_who_lowered_consent_meanwhile_gets_no_more(server: Server, joins: str, by: str) -> None:
    await server.says(joins)
    await STOPPED[by](server)
    assert await server.waits_are_over() == []
    assert await server.kinds() == ["wait_ended"]
    assert server.metrics.registry.get_sample_value("assent_waits_ended_total", {"bot": "b"}) == 1


@pytest.mark.parametrize(("word", "said"), [("join", "A tip."), ("quick", "A tip."), ("later", "Here it is.")])
async def test_without_such_an_act_the_rest_is_said(server: Server, word: str, said: str) -> None:
    await server.says(word)
    await server.says("whatever", GROUP)
    assert await server.waits_are_over() == [said]


async def test_who_stopped_before_gets_answers_but_nothing_pushed(server: Server) -> None:
    await server.says("STOP")
    await server.says("news")
    await server.sender.idle()
    server.clock.now += timedelta(seconds=6)
    await server.timers.fire_due()
    await server.sender.idle()
    assert server.screen.texts("here")[-2:] == ["Wait.", "Here it is."]
    await server.says("later")
    assert await server.waits_are_over() == []


async def test_who_opted_in_after_a_stop_gets_what_they_chose(server: Server) -> None:
    await server.says("STOP")
    await server.says("join")
    assert await server.waits_are_over() == ["A tip."]
    await server.says("join")
    await server.says("STOP", GROUP)
    assert await server.waits_are_over() == []


async def test_a_wait_asks_after_a_restart_too(server: Server, open_another: Opener, clock: Timeline) -> None:
    await server.says("join")
    await server.says("STOP", GROUP)
    await server.sender.idle()
    await server.store.close()
    store = await open_another()
    again = Server(store, clock)
    assert await again.waits_are_over() == []
    assert (await again.stands())[ALL] is Membership.OPTED_OUT


async def test_what_waits_for_another_attempt_asks_again(server: Server) -> None:
    await server.says("join")
    await server.sender.idle()
    asked_again = asyncio.Event()
    stopped = asyncio.Event()

    async def sleep(seconds: float) -> None:
        del seconds
        asked_again.set()
        await stopped.wait()

    server.sender = OutboxSender(
        server.store, {("b", "screen"): server.screen}, clock=server.clock, metrics=server.metrics, chance=lambda: 1.0,
        sleep=sleep,
    )  # fmt: skip
    server.screen.failures = [TemporarilyFailed("busy")]
    server.clock.now += timedelta(hours=3)
    await server.timers.fire_due()
    await asked_again.wait()
    await server.says("STOP", GROUP)
    stopped.set()
    await server.sender.idle()
    (tip,) = await server.store.deliveries("b", "screen:here", status=DeliveryStatus.FAILED)
    assert tip.reason == "not sent: the person stopped meanwhile"
    assert "A tip." not in server.screen.texts("here")


class ActsBeforeCommit:
    """A store on which something happens just before the first commit."""

    def __init__(self, store: Store, act: Act) -> None:
        self._store = store
        self._act: Act | None = act

    async def commit(self, turn: JournalEntry) -> Committed:
        act, self._act = self._act, None
        if act is not None:
            await act()
        return await self._store.commit(turn)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


@pytest.mark.parametrize("by", ["STOP in a group", "removed by staff"])
async def test_an_act_between_the_decision_and_its_commit_wins(server: Server, by: str) -> None:
    await server.says("join")
    await server.sender.idle()
    server.clock.now += timedelta(hours=3)
    other = Server(cast("Store", ActsBeforeCommit(server.store, lambda: STOPPED[by](server))), server.clock)
    await other.timers.fire_due()
    await other.sender.idle()
    assert other.metrics.registry.get_sample_value("assent_stale_turns_total") == 1
    assert await server.kinds() == ["wait_ended"]
    assert "A tip." not in other.screen.shown
