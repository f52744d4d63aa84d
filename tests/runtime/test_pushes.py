"""Runs of a real server to a stand-in of the channel: who may get it gets it once, and nobody else does."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from audiences.context import Context
from audiences.members import change_members
from config.settings import Push
from consent.membership import Act
from flows.compile import CompiledRevisions
from messages.consent import Membership, SourceKind
from messages.pushes import PushState, RunState
from replay.recorded import sources_of
from replay.rerun import Rerun
from runtime.clock import now
from staff.acting import Staff
from standin.deliveries import Delivery, Fault
from storage.push_records import BroadcastRecord, Bucket, RunRecord, RunStatus
from tests.runtime.harness import FLOW, RunningBot, payload, running_bot, words
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

PUSHED = FLOW.replace(
    "  sorry:",
    """  tip:
    parts:
      - text: Drink water.
        buttons: [{id: enough, label: Enough, opt_out: tips, reply: now_out}]
  sorry:""",
)
TIP = "Drink water."
CONTENT = BroadcastRecord("demo", "b1", "Tip", "tips", now(), "ops", message="tip", cap_exempt=True)
FAST = Push(rate=2000, first_rate=2000)


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningBot]:
    store = "" if request.param == "sqlite" else f"{empty_database(7)}?shards=3"
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store) as running:
        yield running


async def opt_in(bot: RunningBot, people: Iterable[str]) -> None:
    """Let people press `Yes please`; forget what they were answered."""
    people = list(people)
    for start in range(0, len(people), 50):
        some = people[start : start + 50]
        answers = await asyncio.gather(*(bot.presses(payload("yes", flow=PUSHED), user) for user in some))
        assert [status for status, _ in answers] == [200] * len(some)
    await bot.server.outbox.idle()


async def begin(bot: RunningBot, run: str = "r1", **how: object) -> RunRecord:
    """Plan a run for the members of `tips`, due now."""
    store = bot.server.store
    index = await bot.server.audiences.of("demo").catch_up()
    people = index.members("tips", now())
    info, _ = await store.revision("demo", 1) or (None, "")
    assert info is not None
    due = now()
    record = RunRecord(
        bot="demo",
        id=run,
        broadcast="b1",
        occurrence=f"now:{run}",
        family=run,
        content=CONTENT,
        created_at=due,
        created_by="ops",
        due=due,
        expires=due + timedelta(hours=1),
        revision=1,
        digest=info.digest,
        seed=run,
        planned=len(people),
        audience=people.serialize(),
        buckets=(Bucket(due, people.serialize()),) if people else (),
    )
    await store.add_run(msgspec.structs.replace(record, **how), RunState.PLANNED)
    bot.server.pusher.wake()
    return record


async def status_of(bot: RunningBot, run: str = "r1") -> RunStatus:
    found = await bot.server.store.run("demo", run)
    assert found is not None
    return found[1]


async def over(bot: RunningBot, run: str = "r1") -> RunStatus:
    """Return how a run stands once it goes no further."""
    async with asyncio.timeout(60):
        while True:
            status = await status_of(bot, run)
            if status.state not in (RunState.PLANNED, RunState.RUNNING):
                return status
            await asyncio.sleep(0.05)


def tips(deliveries: Iterable[Delivery]) -> Counter[str]:
    """Who got the tip how often: the stand-in's own book."""
    return Counter(each.conversation for each in deliveries if words(each).startswith(TIP))


def by_state(status: RunStatus) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (state, reason), count in status.counts.items():
        counts[f"{state.value} {reason}".rstrip()] += count
    return {name: count for name, count in counts.items() if count}


async def change(bot: RunningBot, state: RunState, among: RunState) -> None:
    await bot.server.store.change_run("demo", "r1", state, among=[among], at=now(), by="ops")


async def test_who_may_get_a_run_gets_it_once_whatever_happens_in_the_middle(bot: RunningBot) -> None:
    people = [f"p{number:03}" for number in range(300)]
    await opt_in(bot, people)
    before = bot.standin.log.count
    await begin(bot)
    await bot.standin.wait_for(before + 40)
    await change(bot, RunState.PAUSED, RunState.RUNNING)
    under_way = bot.server.pusher.under_way
    assert under_way <= FAST.concurrency
    await bot.server.pusher.close(10)
    at_pause = tips(bot.standin.deliveries)
    assert 0 < len(at_pause) < 250
    waiting = [user for user in people if f"a:{user}" not in at_pause]
    stopped, removed, pressed = waiting[-1], waiting[-2], waiting[-3]
    assert (await bot.says("STOP", stopped))[0] == 200
    assert (await bot.presses(payload("no", flow=PUSHED), pressed))[0] == 200
    store = bot.server.store
    found = await store.conversation("demo", f"teams:a:{removed}")
    assert found is not None
    results = await change_members(staff_of(bot), "tips", Act.REMOVE, [found.contact.id])
    assert [one.outcome for one in results.outcomes] == ["removed"]
    await bot.server.outbox.idle()
    assert tips(bot.standin.deliveries) == at_pause
    await change(bot, RunState.RUNNING, RunState.PAUSED)
    status = await over(bot)
    assert status.state is RunState.FINISHED
    got = tips(bot.standin.deliveries)
    assert got == Counter({f"a:{user}": 1 for user in people if user not in (stopped, removed, pressed)})
    assert by_state(status) == {
        "sent": 297,
        "skipped stopped everything": 1,
        "skipped opted out": 1,
        "skipped not a member": 1,
    }
    rows = {row.contact: row for row in await store.pushes("demo", run="r1")}
    assert len(rows) == 300
    for user in people[:5]:
        talk = await store.conversation("demo", f"teams:a:{user}")
        assert talk is not None
        row = rows[talk.contact.id]
        ledger = await store.ledger("demo", contact=talk.contact.id)
        assert (row.state, row.subject_row) == (PushState.SENT, ledger[-1].sequence)
        assert ledger[-1].change.after is Membership.OPTED_IN
    await replays(bot, [*people[:3], stopped, removed])


def staff_of(bot: RunningBot) -> Context:
    live = bot.server.revisions.last_live("demo")
    assert live is not None
    return Context(bot.server.store, "demo", live.bot, Staff("ops", SourceKind.CLI), now())


async def replays(bot: RunningBot, people: Iterable[str]) -> None:
    """All turns of people come out the same when they are run again."""
    store = bot.server.store
    rerun = Rerun(CompiledRevisions("demo", await sources_of(store, "demo")))
    for user in people:
        for turn in await store.journal_of("demo", f"teams:a:{user}"):
            assert rerun.check(turn) is None


async def test_a_run_sends_again_what_was_not_delivered_and_never_what_may_have_been(bot: RunningBot) -> None:
    people = [f"p{number}" for number in range(8)]
    await opt_in(bot, people)
    faults = {
        "p0": Fault(status=429, conversation="a:p0"),
        "p1": Fault(status=503, conversation="a:p1"),
        "p2": Fault(drop="after", conversation="a:p2"),
        "p3": Fault(status=500, conversation="a:p3"),
        "p4": Fault(status=403, code="ConversationBlockedByUser", conversation="a:p4"),
        "p5": Fault(status=400, conversation="a:p5"),
        "p6": Fault(status=502, conversation="a:p6"),
    }
    for fault in faults.values():
        bot.standin.fail(fault)
    await begin(bot)
    status = await over(bot)
    assert status.state is RunState.FINISHED
    assert by_state(status) == {
        "sent": 3,
        "unknown no answer": 2,
        "unknown ServiceError": 1,
        "failed unreachable": 1,
        "failed refused": 1,
    }
    assert tips(bot.standin.deliveries) == Counter({"a:p0": 1, "a:p1": 1, "a:p2": 1, "a:p7": 1})
    talk = await bot.server.store.conversation("demo", "teams:a:p4")
    assert talk is not None
    assert talk.state.unreachable


async def test_a_refused_token_holds_the_run_and_uses_nobody_up(bot: RunningBot) -> None:
    await opt_in(bot, [f"p{number}" for number in range(30)])
    bot.standin.fail(Fault(next=30, status=401))
    await begin(bot)
    status = await over(bot)
    assert status.state is RunState.HELD
    assert status.reason.startswith("Teams answered 401")
    bot.standin.faults.clear()
    await change(bot, RunState.RUNNING, RunState.HELD)
    assert by_state(await over(bot)) == {"sent": 30}
    assert set(tips(bot.standin.deliveries).values()) == {1}


async def test_a_stop_is_confirmed_at_once_beside_a_run_that_hangs(bot: RunningBot) -> None:
    """All slots of pushes are taken by a channel that does not answer; replies have slots of their own."""
    await opt_in(bot, [f"p{number}" for number in range(60)])
    await opt_in(bot, ["ana"])
    before = bot.standin.log.count
    bot.standin.fail(Fault(next=FAST.concurrency, delay_ms=3000))
    await begin(bot)
    await bot.standin.wait_for(before + FAST.concurrency)
    sent = bot.standin.log.count
    assert (await bot.says("STOP", "zoe"))[0] == 200
    async with asyncio.timeout(1):
        (reply,) = (await bot.standin.wait_for(sent + 1))[-1:]
    assert reply.conversation == "a:zoe"
    assert (await over(bot)).state is RunState.FINISHED


async def test_a_run_that_is_over_its_time_ends_and_says_who_did_not_get_it(bot: RunningBot) -> None:
    await opt_in(bot, ["ana", "bob"])
    await bot.says("ask", "ana")
    record = await begin(bot, content=msgspec.structs.replace(CONTENT, patience=1))
    assert (await over(bot)).state is RunState.FINISHED
    assert by_state(await status_of(bot)) == {"sent": 1, "skipped in a question": 1}
    assert record.planned == 2
