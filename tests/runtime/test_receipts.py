"""What a channel tells later of a push that it took: delivered, read; never back."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from messages.pushes import PushState
from runtime.clock import now
from standin.deliveries import Fault
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.test_pushes import FAST, PUSHED, begin, opt_in, over, status_of
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningBot]:
    store = "" if request.param == "sqlite" else f"{empty_database(8)}?shards=2"
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store, pages=("page",)) as running:
        yield running


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


async def state_of(bot: RunningBot) -> PushState:
    (row,) = await bot.server.store.pushes("demo", run="r1")
    return row.state


async def test_messenger_tells_that_a_push_was_delivered_and_read(bot: RunningBot) -> None:
    who = {"sender": {"id": "ana"}, "recipient": {"id": "page"}}
    postback = {"mid": "m-1", "title": "Yes", "payload": payload("yes", flow=PUSHED)}
    await bot.messenger({**who, "timestamp": ms(now()), "postback": postback})
    await bot.server.outbox.idle()
    await begin(bot)
    await over(bot)
    assert await state_of(bot) is PushState.SENT
    early, late = ms(now() - timedelta(minutes=5)), ms(now() + timedelta(seconds=1))
    await bot.messenger({**who, "timestamp": late, "delivery": {"watermark": early}})
    assert await state_of(bot) is PushState.SENT
    delivery = {**who, "timestamp": late + 1, "delivery": {"watermark": late, "mids": [7]}}
    for _ in range(2):
        assert (await bot.messenger(delivery))[0] == 200
        assert await state_of(bot) is PushState.DELIVERED
    await bot.messenger({**who, "timestamp": late + 2, "read": {"watermark": late}})
    assert await state_of(bot) is PushState.READ
    await bot.messenger({**who, "timestamp": late + 3, "delivery": {"watermark": late}})
    assert await state_of(bot) is PushState.READ


async def test_teams_tells_that_a_push_was_read(bot: RunningBot) -> None:
    await opt_in(bot, ["ana"])
    await begin(bot)
    await over(bot)
    (row,) = await bot.server.store.pushes("demo", run="r1")
    (shown,) = row.channel_message_ids
    receipt = {"type": "event", "name": "application/vnd.microsoft.readReceipt", "value": {"lastReadMessageId": shown}}
    assert (await bot.teams(bot.activity("ana", **receipt)))[0] == 200
    assert await state_of(bot) is PushState.READ


async def test_an_echo_shows_that_a_push_arrived_of_which_nobody_knew(bot: RunningBot) -> None:
    """The connection broke after the request was taken; Meta tells of the page's own words all the same."""
    who = {"sender": {"id": "ana"}, "recipient": {"id": "page"}}
    postback = {"mid": "m-1", "title": "Yes", "payload": payload("yes", flow=PUSHED)}
    await bot.messenger({**who, "timestamp": ms(now()), "postback": postback})
    await bot.server.outbox.idle()
    bot.standin.fail(Fault(drop="after"))
    await begin(bot)
    await over(bot)
    assert await state_of(bot) is PushState.UNKNOWN
    sent = bot.standin.deliveries[-1].body["message"]
    turns = len(await bot.server.store.journal("demo", "workplace:page:ana"))
    own = {"sender": {"id": "page"}, "recipient": {"id": "ana"}, "timestamp": ms(now())}
    others = {"mid": "m-2", "is_echo": True, "text": "Hello", "metadata": "assent-push:another"}
    assert (await bot.messenger({**own, "message": others}))[0] == 200
    assert await state_of(bot) is PushState.UNKNOWN
    for _ in range(2):
        echo = {**own, "message": {**sent, "mid": "m-3", "is_echo": True, "app_id": 7}}
        assert (await bot.messenger(echo))[0] == 200
        (row,) = await bot.server.store.pushes("demo", run="r1")
        assert (row.state, row.reason, row.channel_message_ids) == (PushState.SENT, "", ("m-3",))
    assert (await status_of(bot)).counts == {(PushState.SENT, ""): 1}
    assert len(await bot.server.store.journal("demo", "workplace:page:ana")) == turns
