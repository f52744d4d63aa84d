"""What a server doesn't hear of: claims whose answer was lost, a store that is away, parts that were not sent."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from config.settings import Push
from messages.errors import StoreError
from messages.inbound import PushDue
from messages.pushes import PushState, RunState
from runtime import app
from standin.deliveries import Fault
from storage.push_port import PUSHES
from storage.records import Committed, JournalEntry
from storage.redis.store import RedisStore
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import RunningBot, running_bot, words
from tests.runtime.test_pushes import CONTENT, FAST, PUSHED, TIP, begin, by_state, opt_in, over, status_of, tips
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import _server, empty_database


class Losing:
    """A store whose answer to a claim is lost, for the conversations in `lost`, once each."""

    lost: set[str]

    async def commit(self, entry: JournalEntry) -> Committed:
        committed: Committed = await super().commit(entry)  # type: ignore[misc]
        if isinstance(entry.event.action, PushDue) and entry.conversation in self.lost:
            self.lost.discard(entry.conversation)
            raise StoreError("the answer was lost")
        return committed


class LosingSqlite(Losing, SqliteStore): ...


class LosingRedis(Losing, RedisStore): ...


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningBot]:
    url = "" if request.param == "sqlite" else f"{empty_database(7)}?shards=3"
    store: Any = LosingRedis(url) if url else LosingSqlite(tmp_path / "bot.db")
    store.lost = set()
    monkeypatch.setattr(app, "open_store", lambda _: store)
    async with running_bot(tmp_path, TWO_PARTS, push=Push(rate=2000, first_rate=2000, cap=1), store=url) as running:
        yield running


SECOND = "And a walk."
TWO_PARTS = PUSHED.replace("  sorry:", f"  long: {{parts: [{{text: {TIP}}}, {{text: {SECOND}}}]}}\n  sorry:")
LONG = replace(CONTENT, message="long")


async def test_a_claim_whose_answer_was_lost_is_unknown_and_holds_up_nobody(bot: RunningBot) -> None:
    people = [f"p{number}" for number in range(6)]
    await opt_in(bot, people)
    bot.server.store.lost |= {"teams:a:p1", "teams:a:p4"}  # type: ignore[attr-defined]
    await begin(bot)
    status = await over(bot)
    assert status.state is RunState.FINISHED
    assert by_state(status) == {"sent": 4, "unknown": 2}
    assert set(tips(bot.standin.deliveries)) == {"a:p0", "a:p2", "a:p3", "a:p5"}
    rows = await bot.server.store.pushes("demo", run="r1", states=[PushState.UNKNOWN])
    assert {row.conversation for row in rows} == {"teams:a:p1", "teams:a:p4"}
    sent = bot.standin.log.count
    assert (await bot.says("STOP", "p1"))[0] == 200
    (reply,) = (await bot.standin.wait_for(sent + 1))[sent:]
    assert reply.conversation == "a:p1"
    assert not words(reply).startswith("Drink water.")
    assert await bot.server.store.pending() == []


SLOW = 1300
"""Milliseconds that a channel takes for what comes before the message: longer than a consent counts as fresh."""


async def test_a_stop_while_the_conversation_is_made_anew_is_heard(bot: RunningBot) -> None:
    """Consent is asked right before the message's own request, however long what comes before it took."""
    await opt_in(bot, ["ana"])
    before = bot.standin.log.count
    bot.standin.fail(Fault(status=404, code="ConversationNotFound", conversation="a:ana"))
    bot.standin.fail(Fault(delay_ms=SLOW))
    await begin(bot)
    await bot.standin.wait_for(before + 1)
    assert (await bot.says("STOP", "ana"))[0] == 200
    assert (await over(bot)).state is RunState.FINISHED
    assert by_state(await status_of(bot)) == {"skipped stopped everything": 1}
    assert tips(bot.standin.deliveries) == {}


async def test_a_stop_between_two_parts_keeps_the_second_back(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    before = bot.standin.log.count
    bot.standin.fail(Fault(delay_ms=SLOW))
    await begin(bot, content=LONG)
    await bot.standin.wait_for(before + 1)
    assert (await bot.says("STOP", "ana"))[0] == 200
    assert (await over(bot)).state is RunState.FINISHED
    assert by_state(await status_of(bot)) == {"unknown a part of it was sent": 1}
    assert SECOND not in [words(each) for each in bot.standin.deliveries]


async def test_a_message_of_which_a_part_was_sent_is_not_begun_anew(bot: RunningBot) -> None:
    await opt_in(bot, ["ana", "bob"])
    bot.standin.fail(Fault(conversation="a:ana"))
    bot.standin.fail(Fault(status=429, conversation="a:ana"))
    await begin(bot, content=LONG)
    assert (await over(bot)).state is RunState.FINISHED
    assert by_state(await status_of(bot)) == {"sent": 1, "unknown a part of it was sent": 1}
    assert tips(bot.standin.deliveries) == {"a:ana": 1, "a:bob": 1}
    (row,) = await bot.server.store.pushes("demo", run="r1", states=[PushState.UNKNOWN])
    assert len(row.channel_message_ids) == 1


async def test_a_run_does_not_reach_who_had_as_many_as_the_cap_allows(bot: RunningBot) -> None:
    capped = replace(CONTENT, cap_exempt=False)
    await opt_in(bot, ["ana"])
    await begin(bot, content=capped)
    assert by_state(await over(bot)) == {"sent": 1}
    await opt_in(bot, ["bob"])
    await begin(bot, "r2", content=capped)
    assert by_state(await over(bot, "r2")) == {"sent": 1, "skipped cap": 1}
    await begin(bot, "r3")
    assert by_state(await over(bot, "r3")) == {"sent": 2}
    assert tips(bot.standin.deliveries) == {"a:ana": 2, "a:bob": 2}


async def test_a_push_waits_behind_a_reply(bot: RunningBot) -> None:
    """The reply is tried again after a second; the push comes after it, in its own time."""
    await opt_in(bot, ["ana", "bob"])
    bot.standin.fail(Fault(status=503, conversation="a:ana"))
    assert (await bot.says("hm", "ana"))[0] == 200
    await begin(bot)
    assert by_state(await over(bot)) == {"sent": 2}
    to_ana = [words(each) for each in bot.standin.deliveries if each.conversation == "a:ana"]
    assert to_ana[-2] == "I did not understand."
    assert to_ana[-1].startswith(TIP)


@needs_redis
async def test_nothing_is_pushed_while_a_server_of_a_version_before_pushes_is_alive(tmp_path: Path) -> None:
    """It would take over what a server that is gone was sending, and send it again as a reply."""
    url = f"{empty_database(7)}?shards=1"

    def old(*command: object) -> None:
        with _server().client(7) as client:
            client.execute_command(command[0], "assent:{demo/0}:workers", *command[1:])

    async with running_bot(tmp_path, PUSHED, push=FAST, store=url) as bot:
        await opt_in(bot, ["ana"])
        old("ZADD", 9e15, "7-old-1")
        async with asyncio.timeout(60):
            while bot.server.store.forms >= PUSHES:  # noqa: ASYNC110  # it is seen when the lease is renewed
                await asyncio.sleep(0.05)
        await begin(bot)
        for _ in range(100):
            assert not (await status_of(bot)).counts
        old("ZREM", "7-old-1")
        assert by_state(await over(bot)) == {"sent": 1}
        assert tips(bot.standin.deliveries) == {"a:ana": 1}
