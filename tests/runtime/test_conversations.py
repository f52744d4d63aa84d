"""Whole conversations over HTTP: an event in, the change durable, the reply at the channel."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from flows.engine import trace
from tests.runtime.harness import KEY, RunningBot, payload, running_bot


@pytest.fixture
async def bot(tmp_path: Path):
    async with running_bot(tmp_path) as running:
        yield running


def now_ms() -> int:
    return int(time.time() * 1000)


def postback(user: str, pressed: str, mid: str) -> dict[str, object]:
    return {
        "sender": {"id": user},
        "recipient": {"id": "page"},
        "timestamp": now_ms(),
        "postback": {"mid": mid, "title": "pressed", "payload": pressed},
    }


def text(user: str, said: str, mid: str) -> dict[str, object]:
    return {
        "sender": {"id": user},
        "recipient": {"id": "page"},
        "timestamp": now_ms(),
        "message": {"mid": mid, "text": said},
    }


async def test_a_press_in_teams_opts_in_and_sends_the_chosen_reply(bot: RunningBot) -> None:
    await bot.says("hello")
    status, _ = await bot.presses(payload("yes"))
    assert status == 200
    assert await bot.memberships() == {"tips": "opted_in"}
    assert (await bot.replies(3))[-1] == "You are in: Tips. Type STOP to leave."


async def test_a_press_on_a_card_in_messenger_opts_in_and_out(bot: RunningBot) -> None:
    await bot.messenger(postback("ana", payload("card-yes"), "m1"))
    assert await bot.memberships(channel="workplace") == {"news": "opted_in"}
    await bot.messenger(postback("ana", payload("card-no"), "m2"))
    assert await bot.memberships(channel="workplace") == {"news": "opted_out"}
    assert await bot.replies(2) == ["You are in: News. Type STOP to leave.", "You are out of News."]


async def test_the_ledger_holds_the_words_that_were_seen(bot: RunningBot) -> None:
    """The buttons come from the message that the stand-in got, as a person's would."""
    await bot.says("hello")
    sent = await bot.standin.wait_for(1)
    pressed = next(
        button["value"]["assent"]
        for delivery in sent
        for attachment in delivery.body.get("attachments", [])
        for button in attachment["content"].get("buttons", [])
        if button["title"] == "Yes please"
    )
    activity = bot.activity(text="Yes please", value={"assent": pressed}, replyToId=sent[0].id)
    await bot.teams(activity)
    (row,) = await bot.server.store.ledger("demo")
    change = row.change
    assert (change.subject, change.before, change.after, change.source) == ("tips", "none", "opted_in", "button")
    assert "One short tip every Monday?" in change.text
    assert (change.purpose, change.label) == ("One short tip every Monday.", "Yes please")
    assert (change.revision, change.message, change.button) == (1, "hello", "yes")
    assert str(activity["id"]) in change.event_id
    assert change.actor == change.contact
    assert change.conversation == "teams:a:ana"


async def test_stop_ends_everything_and_is_confirmed_once(bot: RunningBot) -> None:
    await bot.presses(payload("yes"))
    await bot.presses(payload("card-yes"))
    await bot.says("Stop!")
    assert await bot.memberships() == {"tips": "opted_out", "news": "opted_out", "*": "opted_out"}
    assert len(await bot.replies(3)) == 3


async def test_a_redelivery_changes_nothing_and_is_not_answered_again(bot: RunningBot) -> None:
    activity = bot.activity(text="pressed", value={"assent": payload("yes")})
    for _ in range(3):
        assert (await bot.teams(activity))[0] == 200
    await bot.says("hello")
    await bot.standin.wait_for(2)
    assert len(await bot.server.store.ledger("demo")) == 1
    assert await bot.metric('assent_turns_total{channel="teams",outcome="seen"}') == 2


async def test_a_batch_with_a_redelivery_in_it(bot: RunningBot) -> None:
    one, two = postback("ana", payload("yes"), "m1"), postback("ben", payload("yes"), "m2")
    await bot.messenger(one, two, one)
    await bot.messenger(two)
    assert len(await bot.replies(2)) == 2
    assert len(await bot.server.store.ledger("demo")) == 2


async def test_sixty_four_presses_race_and_leave_one_state(bot: RunningBot) -> None:
    """In one conversation each: opt-in against opt-out, from two channels' worth of copies."""
    chance = random.Random(7)
    presses = ["yes", "no"] * 32
    chance.shuffle(presses)
    answers = await asyncio.gather(*(bot.presses(payload(pressed)) for pressed in presses))
    assert {status for status, _ in answers} == {200}
    conversation = await bot.server.store.conversation("demo", "teams:a:ana")
    assert conversation is not None
    rows = await bot.server.store.ledger("demo", limit=1000)
    assert [row.change.before for row in rows[1:]] == [row.change.after for row in rows[:-1]]
    assert (await bot.server.store.verify_ledger("demo")).differences == ()
    late = int(await bot.metric('assent_late_acts_total{channel="teams"}'))
    assert len(await bot.replies(64 - late)) == 64 - late


async def test_presses_race_from_several_conversations_of_one_person(bot: RunningBot) -> None:
    group = {"id": "19:team", "conversationType": "groupChat", "isGroup": True}
    await bot.says("hello")
    presses = [
        bot.presses(payload(button), **({"conversation": group} if number % 2 else {}))
        for number, button in enumerate(["yes", "no"] * 16)
    ]
    assert {status for status, _ in await asyncio.gather(*presses)} == {200}
    assert (await bot.server.store.verify_ledger("demo")).differences == ()
    contacts = {row.change.contact for row in await bot.server.store.ledger("demo", limit=1000)}
    assert len(contacts) == 1


@pytest.mark.parametrize(
    ("pressed", "reason"),
    [
        (payload("yes", key="another key altogether"), "forged"),
        (payload("yes")[:-1] + ("A" if payload("yes")[-1] != "A" else "B"), "forged"),
        (payload("yes", bot="other"), "foreign"),
        ("a1:demo:1:yes", "unsigned"),
        (payload("yes", revision=99), "unknown revision"),
        (payload("nothing"), "unknown button"),
    ],
)
async def test_a_payload_that_is_not_ours_changes_nothing_and_is_counted(
    bot: RunningBot, pressed: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _ = await bot.presses(pressed)
    assert status == 200
    assert await bot.memberships() == {}
    assert await bot.metric(f'assent_presses_refused_total{{reason="{reason}"}}') == 1
    assert pressed not in capsys.readouterr().err


async def test_a_wait_goes_on_by_itself(bot: RunningBot) -> None:
    await bot.says("slow")
    assert await bot.replies(2) == ["One moment.", "Here it is."]


async def test_replies_keep_their_order(bot: RunningBot) -> None:
    await asyncio.gather(*(bot.presses(payload("yes" if number % 2 else "no")) for number in range(40)))
    journal = await bot.server.store.journal("demo", "teams:a:ana")
    expected = [
        "You are in" if entry.event.action.button.button == "yes" else "You are out"  # type: ignore[union-attr]
        for entry in journal
        if all(step.kind != trace.LATE for step in entry.outcome.trace)
    ]
    replies = await bot.replies(len(expected))
    assert [reply[: len(wanted)] for reply, wanted in zip(replies, expected, strict=True)] == expected


async def test_every_recorded_turn_replays_exactly(bot: RunningBot) -> None:
    from flows.engine.take_turn import take_turn
    from flows.engine.turn import ConversationState, IdSource, Snapshot
    from messages.codec import encode
    from messages.contact import Contact

    for said in ("hello", "ask", "blue", "what?", "stop", "start"):
        await bot.says(said)
    await bot.presses(payload("yes"))
    journal = await bot.server.store.journal("demo", "teams:a:ana")
    live = await bot.server.revisions.get("demo", 1)
    assert live is not None
    for entry in journal:
        snapshot = Snapshot(
            bot="demo",
            state=entry.state_before or ConversationState(key=entry.conversation, reference=entry.event.reference),
            contact=entry.contact_before or Contact(id="", identities=()),
            memberships=entry.memberships,
            lowered=entry.lowered,
            raised=entry.raised,
            live=live,
            evidence=entry.evidence,
            signing_key=KEY.encode(),
        )
        assert encode(take_turn(snapshot, entry.event, entry.at, IdSource(entry.turn))) == encode(entry.outcome)
    assert len(journal) == 7
