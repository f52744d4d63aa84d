"""A button that is not ours, or is not any more, does nothing; that the person pressed *Stop* on it counts."""

import asyncio
from pathlib import Path

import pytest

from tests.runtime.harness import RunningBot, payload, running_bot

REFUSED = {
    "forged": payload("no")[:-4] + "AAAA",
    "signed by a key that is gone": payload("no", key="another key, of before"),
    "of another bot": payload("no", bot="other"),
    "of nobody": "a1:demo:1:no::",
}


async def press(bot: RunningBot, how: str, pressed: str, label: str) -> None:
    """Press a button in one of the forms that bring its words along."""
    if how == "messageBack":
        await bot.teams(bot.activity(text=label, value={"assent": pressed}, replyToId="1"))
    elif how == "Action.Execute":
        action = {"type": "Action.Execute", "title": label, "data": {"assent": pressed}}
        await bot.teams(bot.activity(type="invoke", name="adaptiveCard/action", value={"action": action}))
    else:
        event = {"sender": {"id": "ana"}, "recipient": {"id": "page"}, "timestamp": 1_764_500_000_000}
        await bot.messenger({**event, "postback": {"mid": f"m-{label}", "title": label, "payload": pressed}})


@pytest.mark.parametrize("pressed", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("how", ["messageBack", "Action.Execute", "postback"])
async def test_a_refused_button_called_stop_stops(tmp_path: Path, pressed: str, how: str) -> None:
    async with running_bot(tmp_path) as bot:
        await press(bot, how, pressed, "Stop")
        (row,) = [row for row in await bot.server.store.ledger("demo") if row.change.subject == "*"]
        assert row.change.after == "opted_out"
        assert row.change.detail == "Stop"


@pytest.mark.parametrize("label", ["Yes please", "Start", "Cancel", "bus stop", ""])
async def test_a_refused_button_of_any_other_name_changes_nothing(tmp_path: Path, label: str) -> None:
    async with running_bot(tmp_path) as bot:
        for pressed in REFUSED.values():
            await press(bot, "messageBack", pressed, label)
        assert await bot.server.store.ledger("demo") == []
        await asyncio.wait_for(bot.replies(len(REFUSED)), 60)
