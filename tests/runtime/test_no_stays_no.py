"""What people do in an order that nobody meant, over HTTP, on a server of each kind of store: out stays out."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.merging import merge_people
from messages.consent import Membership
from tests.runtime.harness import FLOW, RunningBot, payload, running_bot
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

OUT_OF_TIPS = {"tips": "opted_out", "*": "opted_out"}


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningBot]:
    store = "" if request.param == "sqlite" else f"{empty_database(4)}?lease=0.4"
    async with running_bot(tmp_path, store=store) as running:
        yield running


def messaging(what: dict[str, Any], ago: float = 0) -> dict[str, Any]:
    at = int((time.time() - ago) * 1000)
    return {"sender": {"id": "ana"}, "recipient": {"id": "page"}, "timestamp": at, **what}


def postback(button: str, mid: str) -> dict[str, Any]:
    return {"postback": {"mid": mid, "title": "pressed", "payload": payload(button)}}


async def subscribed(bot: RunningBot) -> set[str]:
    """Return what anybody is in."""
    store = bot.server.store
    memberships = [await store.memberships("demo", person.contact.id) for person in await store.people("demo")]
    return {subject for one in memberships for subject, state in one.items() if state is Membership.OPTED_IN}


async def test_what_is_delivered_again_after_an_erasure(bot: RunningBot) -> None:
    pressed = bot.activity(text="pressed", value={"assent": payload("yes")})
    on_messenger = messaging(postback("yes", "m1"))
    await bot.teams(pressed)
    await bot.messenger(on_messenger)
    for person in await bot.server.store.people("demo"):
        await bot.server.store.erase_contact("demo", person.contact.id, actor="ann", at=datetime.now(UTC))
    assert (await bot.teams(pressed))[0] == 200
    assert (await bot.teams({**pressed, "id": "sent again"}))[0] == 200
    assert (await bot.messenger(on_messenger))[0] == 200
    assert len(await bot.server.store.people("demo")) == 2
    assert await subscribed(bot) == set()


async def test_two_contacts_become_one_and_the_no_of_the_other_channel_holds(bot: RunningBot) -> None:
    press = bot.activity(text="pressed", value={"assent": payload("yes")})
    await bot.teams({**press, "id": "first"})
    await bot.messenger(messaging({"message": {"mid": "m1", "text": "hello"}}))
    ana, other = [each.contact for each in await bot.server.store.people("demo")]
    ours, theirs = [await bot.server.store.memberships("demo", each.id) for each in (ana, other)]
    plan = merge_people(ana, ours, other, theirs, at=datetime.now(UTC), actor="ann")
    await bot.server.store.merge_contacts("demo", plan.kept, plan.gone, plan.changes)
    await bot.messenger(messaging({"message": {"mid": "m2", "text": "STOP"}}))
    assert await bot.memberships() == OUT_OF_TIPS
    await bot.teams({**press, "id": "second"})
    await bot.messenger(messaging(postback("yes", "m3"), ago=30))
    assert await bot.memberships() == OUT_OF_TIPS
    assert await subscribed(bot) == set()


async def test_a_push_and_a_rollback_between_a_press_and_its_redelivery(bot: RunningBot, tmp_path: Path) -> None:
    press = bot.activity(text="pressed", value={"assent": payload("yes")})
    await bot.teams(press)
    await bot.says("stop")
    store = bot.server.store
    for live, text in enumerate((FLOW.replace("One short tip every Monday?", "Two tips a week?"), FLOW), 1):
        pushed = await store.push("demo", text, author="ann", at=datetime.now(UTC), expected_live=live)
        await bot.teams(press)
        await bot.teams({**press, "id": f"under another id {pushed.number}"})
        assert await bot.memberships() == OUT_OF_TIPS
    await bot.presses(payload("no"))
    await bot.presses(payload("yes"))
    assert await bot.memberships() == {"tips": "opted_in", "*": "opted_out"}


async def test_a_stop_between_two_yeses_of_other_ids(bot: RunningBot) -> None:
    """Each is a message of its own; the second one was pressed before the stop."""
    await bot.teams(bot.activity(text="pressed", value={"assent": payload("yes")}))
    second = bot.activity(text="pressed", value={"assent": payload("yes")})
    await bot.says("stop")
    await bot.teams(second)
    await bot.teams({**second, "id": "and again"})
    assert await bot.memberships() == OUT_OF_TIPS


async def test_an_old_invoke_that_repeats_after_a_stop_is_answered_with_how_things_are(bot: RunningBot) -> None:
    """Payloads of the first form; the client sends the press again under a new id, within two minutes and later."""
    action = {"action": {"type": "Action.Execute", "data": {"assent": payload("yes")}}}
    press = bot.activity(type="invoke", name="adaptiveCard/action", replyToId="card", value=action)
    _, first = await bot.teams(press)
    assert "✓" in first["value"]
    await bot.says("stop")
    at = (datetime.now(UTC) - timedelta(seconds=3)).isoformat()
    for number, when in enumerate((press["timestamp"], press["timestamp"], at)):
        status, answer = await bot.teams({**press, "id": f"again {number}", "timestamp": when})
        assert (status, "Nothing was changed" in answer["value"]) == (200, True)
    assert await bot.memberships() == OUT_OF_TIPS
    assert len(await bot.server.store.ledger("demo")) == 3
