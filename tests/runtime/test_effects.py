"""What turns leave is done after their commits: at least once, under one key, and what comes of it is a turn."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.port import TurnAnswer
from flows.engine import trace
from messages.contact import FieldValue
from messages.effects import Call, Notify
from messages.errors import StoreError
from messages.inbound import EffectDone, InboundEvent
from runtime.tasks.effects import EffectWorker, GiveUp, TryAgain, outcome_event
from storage.work import Work, WorkState, work_of
from tests.runtime.scene import Scene


class Books:
    """Does every kind: keeps under which keys it was asked, and answers as it is told."""

    def __init__(self, *, has_outcome: bool, lasts: int = 3) -> None:
        self.has_outcome = has_outcome
        self.lasts = lasts
        self.keys: list[str] = []
        self.answers: list[Exception | Mapping[str, FieldValue]] = []

    async def do(self, work: Work) -> Mapping[str, FieldValue] | None:
        self.keys.append(work.id)
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, Exception):
            raise answer
        return answer

    def is_over(self, work: Work, now: datetime) -> bool:
        del now
        return work.attempts >= self.lasts


class Place:
    """A scene whose person's turns left work, and a worker."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.calls, self.hooks = Books(has_outcome=True), Books(has_outcome=False)
        self.away = 0

    def worker(self) -> EffectWorker:
        kinds = {Call: self.calls, Notify: self.hooks}
        scene = self.scene
        return EffectWorker(
            scene.store, self._handle, kinds, clock=scene.clock, chance=lambda: 0.0, metrics=scene.metrics
        )

    async def _handle(self, bot: str, event: InboundEvent) -> TurnAnswer:
        if self.away:
            self.away -= 1
            raise StoreError("away")
        return await self.scene.worker.handle(bot, event)

    async def leaves(self, *effects: Call | Notify) -> None:
        await self.scene.says("hello")
        (entry, *_) = await self.scene.journal()
        await self.scene.store.add_work("demo", [work_of(effect, entry) for effect in effects])

    async def outcomes(self) -> list[EffectDone]:
        acts = [entry.event.action for entry in await self.scene.journal()]
        return [act for act in acts if isinstance(act, EffectDone)]


async def test_an_outcome_is_a_turn_and_then_the_row_is_gone(scene: Scene) -> None:
    place = Place(scene)
    await place.leaves(Call("f_1", "roster"))
    place.calls.answers = [{"mine": "yes"}]
    assert await place.worker().do_due() == 1
    assert await place.outcomes() == [EffectDone("f_1", {"mine": "yes"})]
    last = (await scene.journal())[-1]
    assert [step.kind for step in last.outcome.trace] == [trace.STALE_OUTCOME], "nobody waits for it: nothing is said"
    assert last.outcome.effects == ()
    assert await scene.store.work_counts("demo") == {}


async def test_it_is_tried_again_later_and_later_under_the_same_key(scene: Scene) -> None:
    place = Place(scene)
    await place.leaves(Call("f_1", "roster"))
    place.calls.answers = [TryAgain("503"), TryAgain("503", after=9), {}]
    worker = place.worker()
    await worker.do_due()
    assert await worker.do_due() == 0
    scene.clock.now += timedelta(seconds=1)
    await worker.do_due()
    scene.clock.now += timedelta(seconds=8)
    assert await worker.do_due() == 0, "the service asked for nine seconds"
    scene.clock.now += timedelta(seconds=1)
    await worker.do_due()
    assert place.calls.keys == ["f_1", "f_1", "f_1"]
    assert await place.outcomes() == [EffectDone("f_1")]


async def test_what_a_run_waits_for_ends_in_a_fault(scene: Scene) -> None:
    place = Place(scene)
    place.calls.lasts = 1
    await place.leaves(Call("f_1", "roster"), Call("f_2", "roster"))
    place.calls.answers = [TryAgain("503"), GiveUp("404")]
    await place.worker().do_due()
    assert sorted(done.fault for done in await place.outcomes()) == ["404", "503"]
    assert await scene.store.dead_work("demo") == []


async def test_what_nobody_waits_for_is_given_up_for_staff_to_see(scene: Scene) -> None:
    place = Place(scene)
    await place.leaves(Notify("f_1", "crm", "hand_over"), Notify("f_2", "crm", "hand_over"))
    place.hooks.answers = [GiveUp("400")]
    worker = place.worker()
    while await worker.do_due():
        pass
    (dead,) = await scene.store.dead_work("demo")
    assert (dead.id, dead.reason, dead.state) == ("f_1", "400", WorkState.DEAD)
    assert place.hooks.keys == ["f_1", "f_2"], "the one behind it went on"
    assert await scene.store.work_again("demo", "f_1", scene.clock())
    await worker.do_due()
    assert place.hooks.keys == ["f_1", "f_2", "f_1"]
    assert await place.outcomes() == []


async def test_a_server_that_died_between_the_act_and_its_mark_does_it_again_and_it_counts_once(scene: Scene) -> None:
    place = Place(scene)
    await place.leaves(Call("f_1", "roster"))
    place.calls.answers = [{"mine": "yes"}, {"mine": "no"}]
    (taken,) = await scene.store.take_work(scene.clock(), scene.clock() + timedelta(seconds=60))
    done = await place.calls.do(taken)
    await scene.worker.handle("demo", outcome_event(taken, done or {}, ""))
    worker = place.worker()
    assert await worker.do_due() == 0, "the dead server's lease"
    scene.clock.now += timedelta(seconds=60)
    await worker.do_due()
    assert place.calls.keys == ["f_1", "f_1"]
    assert await place.outcomes() == [EffectDone("f_1", {"mine": "yes"})], "the second outcome is a seen event"
    assert await scene.store.work_counts("demo") == {}


async def test_an_outcome_that_cant_be_taken_is_brought_again(scene: Scene) -> None:
    place = Place(scene)
    await place.leaves(Call("f_1", "roster"))
    place.away = 1
    worker = place.worker()
    await worker.do_due()
    assert await place.outcomes() == []
    scene.clock.now += timedelta(seconds=1)
    await worker.do_due()
    assert await place.outcomes() == [EffectDone("f_1")]


async def test_a_fault_of_one_kind_holds_no_other_up(scene: Scene) -> None:
    place = Place(scene)
    await place.leaves(Call("f_1", "roster"), Notify("f_2", "crm", "hand_over"))
    place.calls.answers = [ZeroDivisionError()]
    await place.worker().do_due()
    assert place.hooks.keys == ["f_2"]
    waiting = await scene.store.take_work(scene.clock() + timedelta(hours=1), scene.clock())
    assert [(work.id, work.reason) for work in waiting] == [("f_1", "ZeroDivisionError")]
