"""A sequence on a real server: each step once to who is still in, none to who stopped, several at once, replayable."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from flows.compile import CompiledRevisions
from messages.pushes import PushState
from replay.recorded import sources_of
from replay.rerun import Rerun
from runtime.clock import now
from storage.enrolments import Enrolment, EnrolmentState
from tests.runtime.harness import FLOW, RunningBot, running_bot, words
from tests.runtime.test_pushes import FAST
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

SEQUENCES = """sequences:
  course:
    name: Sleep course
    purpose: Two messages.
    steps:
      - {id: one, wait: 1h, message: first}
      - {id: two, wait: 1h, message: second}
      - {id: away, wait: 1h, message: third, if: "tag:never"}
  briefing:
    name: Briefing
    purpose: One message.
    steps:
      - {id: one, wait: 1h, message: fourth}
fields:
"""
MESSAGES = """  first: {parts: [{text: Step one.}]}
  second: {parts: [{text: Step two.}]}
  third: {parts: [{text: Step three.}]}
  fourth: {parts: [{text: The news.}]}
  joined: {parts: [{text: You are in.}]}
  sorry:"""
TAUGHT = (
    FLOW.replace("fields:\n", SEQUENCES)
    .replace("  sorry:", MESSAGES)
    .replace(
        "keywords:\n",
        'keywords:\n  - {is: teach me, opt_in: "sequence:course", message: joined}\n'
        '  - {is: tell me, opt_in: "sequence:briefing", message: joined}\n',
    )
)
HOUR = timedelta(hours=1)
STEPS = ("Step one.", "Step two.", "Step three.", "The news.")


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningBot]:
    store = "" if request.param == "sqlite" else f"{empty_database(7)}?shards=3"
    async with running_bot(tmp_path, TAUGHT, push=FAST, store=store) as running:
        yield running


async def say(bot: RunningBot, text: str, people: Iterable[str]) -> None:
    answers = await asyncio.gather(*(bot.says(text, user) for user in people))
    assert {status for status, _ in answers} == {200}


async def enrolled(
    bot: RunningBot, sequence: str, until: Callable[[list[Enrolment]], bool], people: int
) -> list[Enrolment]:
    """Return a sequence's people once they are as a test wants them."""
    async with asyncio.timeout(30):
        while True:
            found = list(await bot.server.store.enrolments("demo", sequence))
            if len(found) == people and until(found):
                return found
            await asyncio.sleep(0.05)


async def an_hour_passes(bot: RunningBot, sequence: str) -> None:
    """Let everybody's next step be due: as if what it waits for had been an hour earlier."""
    async with asyncio.timeout(30):
        while pending := [
            each
            for each in await bot.server.store.enrolments("demo", sequence)
            if each.state is EnrolmentState.ACTIVE and each.due is not None and each.due > now()
        ]:
            earlier = [replace(each, base=now() - HOUR, due=now()) for each in pending]
            await bot.server.store.save_enrolments("demo", earlier)


def anything(found: list[Enrolment]) -> bool:
    return bool(found)


def steps_sent(bot: RunningBot) -> Counter[tuple[str, str]]:
    """Who got which step how often: the stand-in's own book."""
    said = ((each.conversation, words(each)) for each in bot.standin.deliveries)
    return Counter((who.removeprefix("a:"), text) for who, text in said if text in STEPS)


async def test_each_step_goes_once_to_who_is_still_in(bot: RunningBot) -> None:
    people = ["ana", "ben", "cem", "dee"]
    await say(bot, "teach me", people)
    found = await enrolled(bot, "course", anything, 4)
    assert {(each.step, each.generation) for each in found} == {("one", 1)}
    await an_hour_passes(bot, "course")
    await enrolled(bot, "course", lambda all_of: all(each.had == ("one",) for each in all_of), 4)
    await say(bot, "STOP", ["dee"])
    await an_hour_passes(bot, "course")
    through = await enrolled(
        bot, "course", lambda all_of: all(each.had == ("one", "two") or each.ended_at for each in all_of), 4
    )
    await bot.server.pusher.close(10)
    assert steps_sent(bot) == Counter(
        {**{(who, "Step one."): 1 for who in people}, **{(who, "Step two."): 1 for who in people if who != "dee"}}
    )
    assert sum(each.state is EnrolmentState.LEFT for each in through) == 1
    await an_hour_passes(bot, "course")
    await enrolled(bot, "course", lambda all_of: all(each.ended_at for each in all_of), 4)
    counts = await bot.server.store.enrolment_counts("demo")
    assert counts == {("course", EnrolmentState.DONE): 3, ("course", EnrolmentState.LEFT): 1}
    assert not any(text == "Step three." for _, text in steps_sent(bot)), "nobody met the step's condition"
    await replays(bot, people)


async def test_several_sequences_go_on_at_once_and_no_keyword_ends_one(bot: RunningBot) -> None:
    await say(bot, "teach me", ["ana"])
    await say(bot, "tell me", ["ana"])
    await enrolled(bot, "course", anything, 1)
    await enrolled(bot, "briefing", anything, 1)
    await say(bot, "hello", ["ana"])
    await an_hour_passes(bot, "briefing")
    await enrolled(bot, "briefing", lambda all_of: all_of[0].state is EnrolmentState.DONE, 1)
    await an_hour_passes(bot, "course")
    await enrolled(bot, "course", lambda all_of: all_of[0].had == ("one",), 1)
    await bot.server.pusher.close(10)
    assert steps_sent(bot) == Counter({("ana", "The news."): 1, ("ana", "Step one."): 1})
    rows = await bot.server.store.pushes("demo", run="course/1/one")
    (ledger,) = await bot.server.store.ledger("demo", subject="sequence:course")
    assert [(row.state, row.subject_row) for row in rows] == [(PushState.SENT, ledger.sequence)]


async def replays(bot: RunningBot, people: Iterable[str]) -> None:
    rerun = Rerun(CompiledRevisions("demo", await sources_of(bot.server.store, "demo")))
    for user in people:
        for turn in await bot.server.store.journal_of("demo", f"teams:a:{user}"):
            assert rerun.check(turn) is None
