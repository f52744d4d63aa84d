"""What a server doesn't hear of: claims whose answer was lost, a store that is away, parts that were not sent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from messages.errors import StoreError
from messages.inbound import PushDue
from messages.pushes import PushState, RunState
from runtime import app
from storage.records import Committed, JournalEntry
from storage.redis.store import RedisStore
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import RunningBot, running_bot, words
from tests.runtime.test_pushes import FAST, PUSHED, begin, by_state, opt_in, over, tips
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database


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
    async with running_bot(tmp_path, PUSHED, push=FAST, store=url) as running:
        yield running


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
