"""A running server takes a push from another process: at once, without a restart, and no event is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from messages.inbound import ButtonPressed
from storage.stores import open_store
from tests.cli.spawner import Spawner
from tests.runtime.harness import FLOW, RunningBot, payload, running_bot, words


@pytest.fixture
async def bot(tmp_path: Path):
    async with running_bot(tmp_path) as running:
        yield running


Assent = Callable[..., Awaitable[str]]


@pytest.fixture
def assent(spawner: Spawner, tmp_path: Path) -> Assent:
    """Runs `assent` as a builder does, in a process of its own, on the store of the running server."""

    async def run(*arguments: str) -> str:
        done = await asyncio.to_thread(
            spawner.run,
            ["--store", f"sqlite:///{tmp_path / 'bot.db'}", *arguments],
            folder=tmp_path,
            variables={},
            streams=tmp_path,
            typed="",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


async def push(assent: Assent, folder: Path, old: str, new: str) -> None:
    """Save and push the demo flow with one thing changed."""
    file = folder / "next.yaml"
    assert old in FLOW
    file.write_text(FLOW.replace(old, new))
    await assent("flow", "save", str(file))
    await assent("flow", "push", "--yes")


async def test_the_next_event_is_answered_by_the_new_revision(bot: RunningBot, assent: Assent, tmp_path: Path) -> None:
    await bot.says("what?")
    await push(assent, tmp_path, "I did not understand.", "Say that again?")
    await bot.says("what?")
    assert await bot.replies(2) == ["I did not understand.", "Say that again?"]


async def test_a_draft_that_is_only_saved_changes_nothing(bot: RunningBot, assent: Assent, tmp_path: Path) -> None:
    file = tmp_path / "next.yaml"
    file.write_text(FLOW.replace("I did not understand.", "Say that again?"))
    await assent("flow", "save", str(file))
    await bot.says("what?")
    assert await bot.replies(1) == ["I did not understand."]


async def test_an_old_button_does_what_its_message_said_after_fifty_revisions(bot: RunningBot) -> None:
    """Each revision turns the button's words and its reply around."""
    store = bot.server.store
    for number in range(50):
        live = await store.live("demo")
        assert live is not None
        source = FLOW.replace("You are in: Tips", f"You are in, {number}: Tips").replace(
            "opt_in: tips, reply: now_in", "opt_out: tips, reply: now_out"
        )
        await store.push("demo", source, author="ana", at=live.pushed_at, expected_live=live.number)
    await bot.presses(payload("yes", revision=1))
    assert await bot.memberships() == {"tips": "opted_in"}
    assert await bot.replies(1) == ["You are in: Tips. Type STOP to leave."]
    await bot.presses(payload("yes", revision=51))
    assert await bot.memberships() == {"tips": "opted_out"}


async def test_an_open_question_is_finished_on_its_own_revision(
    bot: RunningBot, assent: Assent, tmp_path: Path
) -> None:
    await bot.says("ask")
    await push(assent, tmp_path, "Noted: {{ field.team }}", "Written down: {{ field.team }}")
    await bot.says("blue")
    await bot.says("ask")
    await bot.says("green")
    assert await bot.replies(4) == ["Which team?", "Noted: blue", "Which team?", "Written down: green"]


async def test_pushes_under_load_lose_no_event_and_mix_no_revisions(bot: RunningBot, tmp_path: Path) -> None:
    """Every turn is answered by one whole revision: the one it was recorded with."""
    done = asyncio.Event()
    statuses: list[int] = []
    more = asyncio.Semaphore(0)

    async def person(name: str) -> None:
        while not done.is_set():
            statuses.append((await bot.says("what?", name))[0])
            more.release()

    async def answers(count: int) -> None:
        for _ in range(count):
            await more.acquire()

    people = [asyncio.create_task(person(f"p{number}")) for number in range(8)]
    elsewhere = open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    await elsewhere.open()
    for number in range(1, 4):
        await answers(20)
        source = FLOW.replace("I did not understand.", f"Revision {number + 1} does not understand.")
        await elsewhere.push("demo", source, author="ana", at=datetime.now(UTC), expected_live=number)
    await elsewhere.close()
    await answers(30)
    done.set()
    await asyncio.gather(*people)
    assert set(statuses) == {200}
    await bot.standin.wait_for(len(statuses))
    assert len(bot.standin.deliveries) == len(statuses)
    for number in range(8):
        journal = await bot.server.store.journal("demo", f"teams:a:p{number}", limit=100_000)
        told = [words(delivery) for delivery in bot.standin.deliveries if delivery.conversation == f"a:p{number}"]
        wanted = [
            "I did not understand."
            if entry.outcome.revision == 1
            else f"Revision {entry.outcome.revision} does not understand."
            for entry in journal
        ]
        assert told == wanted
    assert {entry.outcome.revision for entry in journal} >= {1, 4}


async def test_a_confirmation_in_a_group_goes_to_the_person_alone(bot: RunningBot) -> None:
    group = {"id": "19:team@thread", "conversationType": "groupChat", "isGroup": True}
    await bot.presses(payload("yes"), conversation=group)
    created, confirmed = await bot.standin.wait_for(2)
    assert created.kind == "conversation"
    assert created.body["members"] == [{"id": "29:ana"}]
    assert confirmed.conversation != "19:team@thread"
    assert "You are in" in words(confirmed)


async def test_an_invoke_is_answered_at_once_and_again_when_it_is_repeated(bot: RunningBot) -> None:
    action = {"type": "Action.Execute", "title": "Yes please", "data": {"assent": payload("yes")}}
    invoke = bot.activity(type="invoke", name="adaptiveCard/action", value={"action": action, "trigger": "manual"})
    first = await bot.teams(invoke)
    assert first == (
        200,
        {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Yes please ✓"},
    )
    assert await bot.teams(invoke) == first
    assert await bot.memberships() == {"tips": "opted_in"}
    (entry,) = await bot.server.store.journal("demo", "teams:a:ana")
    assert isinstance(entry.event.action, ButtonPressed)


async def test_health_readiness_and_metrics(bot: RunningBot) -> None:
    assert (await bot.get("/healthz"))[0] == 200
    assert (await bot.get("/readyz"))[0] == 200
    await bot.presses(payload("yes"))
    await bot.says("stop")
    await bot.standin.wait_for(2)
    assert await bot.metric('assent_turns_total{channel="teams",outcome="committed"}') == 2
    assert (
        await bot.metric('assent_consent_changes_total{bot="demo",segment="tips",source="button",to="opted_in"}') == 1
    )
    assert await bot.metric('assent_keyword_stops_total{bot="demo"}') >= 1
    assert await bot.metric("assent_live_revision") == 1
    assert await bot.metric("assent_turn_seconds_count") == 2
    _, text = await bot.get("/metrics")
    for name in ("assent_outbox_depth", "assent_outbox_age_seconds", "assent_payloads_rejected_total"):
        assert name in text


async def test_logs_hold_no_words_names_or_payloads(bot: RunningBot, capfd: pytest.CaptureFixture[str]) -> None:
    from runtime.logs import configure

    configure("info", "json")
    canary = "CANARYWORD"
    await bot.says(canary, user=canary.lower())
    await bot.presses(payload("yes", key=f"{canary} is another key"))
    await bot.says("stop")
    await bot.post("/api/messages", orjson.dumps({"type": "message", "text": canary}))
    await bot.standin.wait_for(3)
    logged = capfd.readouterr().err
    assert "press refused" in logged
    assert canary not in logged.replace(f"a:{canary.lower()}", "")
    assert "a1:demo" not in logged
