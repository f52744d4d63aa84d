"""A yes made before the no and delivered after it, through both webhooks; ids that come again."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.harness import RunningBot, payload, running_bot


@pytest.fixture
async def bot(tmp_path: Path):
    async with running_bot(tmp_path) as running:
        yield running


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def messaging(what: dict[str, Any], seconds_ago: float = 0, user: str = "ana", **more: Any) -> dict[str, Any]:
    at = int((time.time() - seconds_ago) * 1000)
    return {"sender": {"id": user}, "recipient": {"id": "page"}, "timestamp": at, **what, **more}


def says(text: str, mid: str) -> dict[str, Any]:
    return {"message": {"mid": mid, "text": text}}


def pressed(button: str, mid: str) -> dict[str, Any]:
    return {"postback": {"mid": mid, "title": "pressed", "payload": payload(button)}}


OUT_OF_TIPS = {"tips": "opted_out", "*": "opted_out"}


async def test_late_presses_and_words_in_teams(bot: RunningBot) -> None:
    await bot.presses(payload("yes"))
    await bot.says("stop")
    await bot.replies(2)
    await bot.presses(payload("yes"), timestamp=ago(60))
    await bot.teams(bot.activity(text="START", timestamp=ago(60)))
    status, answer = await bot.teams(
        bot.activity(
            type="invoke",
            name="adaptiveCard/action",
            timestamp=ago(60),
            value={"action": {"type": "Action.Execute", "data": {"assent": payload("yes")}}},
        )
    )
    assert (status, "Nothing was changed" in answer["value"]) == (200, True)
    assert await bot.memberships() == OUT_OF_TIPS
    assert await bot.metric('assent_late_acts_total{channel="teams"}') == 3
    assert len(bot.standin.deliveries) == 2


async def test_late_presses_and_words_in_messenger(bot: RunningBot) -> None:
    await bot.messenger(messaging(pressed("yes", "m1")))
    await bot.messenger(messaging(says("STOP", "m2")))
    await bot.replies(2)
    await bot.messenger(messaging(pressed("yes", "m3"), 60), messaging(says("START", "m4"), 60))
    assert await bot.memberships(channel="workplace") == OUT_OF_TIPS
    assert len(bot.standin.deliveries) == 2


async def test_the_time_decides_and_not_the_order_in_a_batch(bot: RunningBot) -> None:
    await bot.messenger(messaging(pressed("yes", "m1"), 60))
    await bot.messenger(messaging(says("STOP", "m2"), 30), messaging(pressed("yes", "m3"), 40))
    assert await bot.memberships(channel="workplace") == OUT_OF_TIPS
    await bot.messenger(messaging(pressed("yes", "m4"), 10), messaging(says("STOP", "m5"), 20))
    assert (await bot.memberships(channel="workplace"))["tips"] == "opted_out"
    await bot.messenger(messaging(pressed("yes", "m6")))
    assert (await bot.memberships(channel="workplace"))["tips"] == "opted_in"


async def test_a_stop_of_2099_is_as_old_as_its_receipt(bot: RunningBot) -> None:
    await bot.teams(bot.activity(text="stop", timestamp="2099-01-01T00:00:00Z"))
    await bot.says("start")
    assert (await bot.memberships())["*"] == "opted_in"


async def test_a_yes_from_before_a_stop_is_late_where_both_are_dated_in_our_future(bot: RunningBot) -> None:
    await bot.presses(payload("yes"), timestamp=ago(-30))
    await bot.teams(bot.activity(text="stop", timestamp=ago(-100)))
    await bot.presses(payload("yes"), timestamp=ago(-60))
    await bot.teams(bot.activity(text="START", timestamp=ago(-70)))
    await bot.messenger(messaging(says("STOP", "m1"), -100), messaging(pressed("yes", "m2"), -60))
    assert await bot.memberships() == OUT_OF_TIPS
    assert await bot.memberships(channel="workplace") == {"*": "opted_out"}
    await bot.presses(payload("yes"), timestamp=ago(-120))
    assert (await bot.memberships())["tips"] == "opted_in"
    assert await bot.metric('assent_late_acts_total{channel="teams"}') == 2
    assert await bot.metric('assent_times_not_believed_total{channel="teams"}') == 0


async def test_a_yes_of_2099_has_no_time_and_is_counted(bot: RunningBot) -> None:
    await bot.presses(payload("yes"), timestamp="2099-01-01T00:00:00Z")
    assert await bot.memberships() == {"tips": "opted_in"}
    await bot.says("stop")
    await bot.presses(payload("yes"), timestamp="2099-01-01T00:00:00Z")
    assert await bot.memberships() == OUT_OF_TIPS
    assert await bot.metric('assent_times_not_believed_total{channel="teams"}') == 2


async def test_without_any_time_a_yes_counts_where_nobody_said_no_today(bot: RunningBot) -> None:
    await bot.presses(payload("yes"), timestamp=None)
    assert await bot.memberships() == {"tips": "opted_in"}
    await bot.teams(bot.activity(text="stop", timestamp=None))
    await bot.presses(payload("yes"), timestamp=None)
    assert await bot.memberships() == OUT_OF_TIPS


async def test_an_erased_person_is_not_brought_back_by_what_they_did_before(bot: RunningBot) -> None:
    await bot.presses(payload("yes"))
    (person,) = await bot.server.store.people("demo")
    await bot.server.store.erase_contact("demo", person.contact.id, actor="ann", at=datetime.now(UTC))
    await bot.presses(payload("yes"), timestamp=ago(60))
    assert await bot.memberships() == {}
    await bot.presses(payload("yes"))
    assert await bot.memberships() == {"tips": "opted_in"}


async def test_another_event_under_a_seen_id_is_taken(bot: RunningBot) -> None:
    await bot.messenger(messaging(pressed("yes", "m1")))
    assert (await bot.messenger(messaging(says("STOP", "m1"))))[0] == 200
    assert await bot.memberships(channel="workplace") == OUT_OF_TIPS
    await bot.messenger(messaging(says("STOP", "m1"), 5))
    await bot.messenger(messaging(pressed("yes", "m1"), 5))
    assert await bot.memberships(channel="workplace") == OUT_OF_TIPS
    await bot.messenger(messaging(pressed("yes", "m1"), user="ben"))
    assert await bot.memberships("ben", channel="workplace") == {"tips": "opted_in"}
    assert await bot.metric('assent_reused_event_ids_total{channel="workplace"}') == 3
    assert await bot.metric('assent_turns_total{channel="workplace",outcome="seen"}') == 2


async def test_other_metadata_makes_no_other_event(bot: RunningBot) -> None:
    activity = bot.activity(text="pressed", value={"assent": payload("yes")})
    await bot.teams(activity)
    await bot.teams({**activity, "timestamp": ago(1), "locale": "fr-FR", "from": {"id": "29:ana", "name": "A. Lima"}})
    assert await bot.metric('assent_turns_total{channel="teams",outcome="seen"}') == 1
