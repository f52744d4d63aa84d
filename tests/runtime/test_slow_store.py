"""A store that is slow: a channel is told to come again, and what it then gets is right."""

import asyncio
from pathlib import Path
from typing import Any

from config.settings import Server
from storage.records import DeliveryStatus
from tests.loop_time import pass_time, while_time_passes
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.locked import Locked

TOO_LONG = Server().turn_timeout + 1


async def in_hand(bot: RunningBot, count: int) -> None:
    """Return once so many turns are under way."""
    async with asyncio.timeout(60):
        while len(bot.server.turns) < count:  # noqa: ASYNC110  # a turn tells nobody that it began
            await asyncio.sleep(0.005)


async def in_hand_no_more(bot: RunningBot) -> None:
    """Return once no turn is under way."""
    async with asyncio.timeout(60):
        while len(bot.server.turns):  # noqa: ASYNC110  # nor that it ended, once its request was answered
            await asyncio.sleep(0.005)


async def too_late(bot: RunningBot, activity: object, count: int) -> tuple[int, Any]:
    """Post an activity whose turn, the `count`th under way, takes too long; return the answer."""
    asking = asyncio.create_task(bot.teams(activity))
    await in_hand(bot, count)
    pass_time(TOO_LONG)
    return await asking


async def test_a_request_is_not_kept_waiting_and_its_turn_is_done_all_the_same(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        pressed = bot.activity(text="pressed", value={"assent": payload("yes")})
        with Locked(tmp_path / "bot.db"):
            asking = asyncio.create_task(bot.http.post(f"{bot.url}/api/messages", json=pressed))
            await in_hand(bot, 1)
            pass_time(TOO_LONG)
            async with await asking as response:
                assert (response.status, response.headers["Retry-After"]) == (503, "5")
                assert "longer than 10 seconds" in (await response.json())["error"]
            assert await bot.memberships() == {}
        await in_hand_no_more(bot)
        assert await bot.memberships() == {"tips": "opted_in"}
        assert await bot.teams(pressed) == (200, None)
        assert await bot.replies(1) == ["You are in: Tips. Type STOP to leave."]
        assert await bot.metric('assent_turns_total{channel="teams",outcome="seen"}') == 1


async def test_what_is_repeated_while_its_turn_still_runs_waits_behind_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        pressed = bot.activity(text="pressed", value={"assent": payload("yes")})
        with Locked(tmp_path / "bot.db"):
            assert [(await too_late(bot, pressed, count))[0] for count in (1, 2, 3)] == [503] * 3
        assert (await bot.presses(payload("no")))[0] == 200
        assert await bot.memberships() == {"tips": "opted_out"}
        assert await bot.replies(2) == ["You are in: Tips. Type STOP to leave.", "You are out of Tips."]
        assert len(await bot.server.store.ledger("demo")) == 2


async def test_an_answer_that_came_too_late_is_given_to_the_repeat(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        action = {"type": "Action.Execute", "data": {"assent": payload("yes")}}
        pressed = bot.activity(type="invoke", name="adaptiveCard/action", value={"action": action})
        with Locked(tmp_path / "bot.db"):
            assert (await too_late(bot, pressed, 1))[0] == 503
        await in_hand_no_more(bot)
        status, answer = await bot.teams(pressed)
        assert status == 200
        assert answer["value"] == "Yes please ✓"


async def test_turns_are_bounded_however_long_the_store_takes(tmp_path: Path) -> None:
    async with running_bot(tmp_path, server=Server(max_turns=2)) as bot:
        with Locked(tmp_path / "bot.db"):
            waiting = [asyncio.create_task(bot.says("hello", user)) for user in ("ana", "ben")]
            await in_hand(bot, 2)
            for _ in range(5):
                async with bot.http.post(f"{bot.url}/api/messages", json=bot.activity(text="hello")) as response:
                    assert (response.status, response.headers["Retry-After"]) == (503, "2")
        assert [status for status, _ in await asyncio.gather(*waiting)] == [200, 200]
        assert (await bot.says("hello"))[0] == 200


async def test_turns_that_nobody_waits_for_any_more_count_until_they_end(tmp_path: Path) -> None:
    async with running_bot(tmp_path, server=Server(max_turns=2)) as bot:
        with Locked(tmp_path / "bot.db"):
            for count, user in enumerate(("ana", "ben"), 1):
                assert "longer than" in (await too_late(bot, bot.activity(user, text="hello"), count))[1]["error"]
            assert (await bot.says("hello", "eve"))[1]["error"] == "busy"
        await in_hand_no_more(bot)
        assert (await bot.says("hello", "eve"))[0] == 200
        assert len(await bot.replies(6)) == 6


async def test_health_is_told_in_time(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        with Locked(tmp_path / "bot.db"):
            status, text = await while_time_passes(asyncio.create_task(bot.get("/readyz")))
            assert (status, "does not answer" in text) == (503, True)
            assert (await bot.get("/healthz"))[0] == 200
            assert (await bot.get("/metrics"))[0] == 200
        assert (await bot.get("/readyz"))[0] == 200


async def test_turns_in_hand_are_finished_when_the_server_stops(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        with Locked(tmp_path / "bot.db"):
            pressed = bot.activity(text="pressed", value={"assent": payload("yes")})
            assert (await too_late(bot, pressed, 1))[0] == 503
    async with running_bot(tmp_path) as bot:
        assert await bot.memberships() == {"tips": "opted_in"}
        (row,) = await bot.server.store.deliveries("demo", "teams:a:ana")
        assert row.status is DeliveryStatus.DELIVERED
