"""A payload that a later version made is put off until a server comes that reads it; words stay words."""

from pathlib import Path

import pytest

from messages.inbound import ButtonRef
from segment_buttons.payload import sign
from tests.runtime.harness import KEY, RunningBot, payload, running_bot

NEWER = "a5:demo:0123456789abcdef:no:-tips:AAAAAAAAAAAAAAAAAAAAAA"
LOOKS_ALIKE = ("a5: is that my seat?", "a5:demo is that my seat?", "a5:other:x:y:z:AAAAAAAAAAAAAAAAAAAAAA", "a5:demo:x")


@pytest.fixture
async def bot(tmp_path: Path):
    async with running_bot(tmp_path) as running:
        yield running


def postback(user: str, pressed: str, mid: str) -> dict[str, object]:
    return {
        "sender": {"id": user},
        "recipient": {"id": "page"},
        "timestamp": 1,
        "postback": {"mid": mid, "title": "pressed", "payload": pressed},
    }


def stop(user: str, mid: str) -> dict[str, object]:
    return {
        "sender": {"id": user},
        "recipient": {"id": "page"},
        "timestamp": 1,
        "message": {"mid": mid, "text": "STOP"},
    }


async def test_in_teams_it_is_answered_503_with_a_time_and_counted(bot: RunningBot) -> None:
    await bot.says("hello")
    for activity in (
        bot.activity(text="No thanks", value={"assent": NEWER}),
        bot.activity(value={"assent": NEWER}),
        bot.activity(text=NEWER),
        bot.activity(
            type="invoke",
            name="adaptiveCard/action",
            value={"action": {"type": "Action.Execute", "data": {"assent": NEWER}}},
        ),
    ):
        status, answer = await bot.teams(activity)
        assert status == 503
        assert "newer server" in answer["error"]
    assert await bot.metric('assent_newer_forms_total{channel="teams"}') == 4
    assert len(await bot.replies(2)) == 2, "the answer to hello, and nothing else"
    assert await bot.memberships() == {}


async def test_nobody_in_a_batch_waits_for_another_s(bot: RunningBot) -> None:
    batch = [stop("ana", "m1"), postback("ben", NEWER, "m2"), stop("cleo", "m3"), stop("ben", "m4")]
    for _ in range(2):  # sent again, the others' acts are known
        assert (await bot.messenger(*batch))[0] == 503
    for user in ("ana", "ben", "cleo"):
        assert (await bot.memberships(user, "workplace"))["*"] == "opted_out"
    assert len(await bot.replies(3)) == 3
    assert await bot.metric('assent_turns_total{channel="workplace",outcome="seen"}') == 3


async def test_one_that_another_server_took_is_known(bot: RunningBot) -> None:
    """The newer server committed it and its answer was lost; the channel sends it here again."""
    await bot.teams(activity := bot.activity(text="hello"))
    pressed = bot.activity(text="No thanks", value={"assent": NEWER})
    assert (await bot.teams(pressed | {"id": activity["id"]}))[0] in (200, 503)


@pytest.mark.parametrize("text", LOOKS_ALIKE)
async def test_words_that_look_alike_are_words(bot: RunningBot, text: str) -> None:
    assert (await bot.says(text))[0] == 200
    assert await bot.replies(1) == ["I did not understand."]
    chip = {
        "sender": {"id": "ana"},
        "recipient": {"id": "page"},
        "timestamp": 1,
        "message": {"mid": "m1", "text": "stop", "quick_reply": {"payload": text}},
    }
    if not text.startswith("a5:other"):
        assert (await bot.messenger(chip))[0] == 200
        assert (await bot.memberships(channel="workplace"))["*"] == "opted_out"


async def test_the_form_before_is_taken_beside_the_new_one(bot: RunningBot) -> None:
    await bot.presses(payload("yes"))
    revision = await bot.server.store.live("demo")
    assert revision is not None
    leaves = ButtonRef("demo", 0, "no", "ab" * 16, revision.digest[:32], "-tips")
    await bot.presses(sign(leaves, KEY.encode()))
    assert await bot.memberships() == {"tips": "opted_out"}
