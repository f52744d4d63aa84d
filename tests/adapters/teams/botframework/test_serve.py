"""`teams.middleware`: a team's own Bot Framework code around the turns of a served bot."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import orjson
import pytest

from adapters.teams.settings import Teams
from config.settings import Bot, Settings
from config.settings import Server as ServerSettings
from messages.errors import BadSettings
from messages.settings import Secret
from runtime.app import started
from standin.server import StandIn
from storage.port import Store
from tests.adapters.teams.botframework import teams_own
from tests.runtime.harness import FLOW, KEY, ROOT, RunningBot, payload, running_bot, words
from tests.runtime.process import ServerProcess

SAMPLE = "examples.botframework.welcome_bot:make"
ADDED = {"type": "conversationUpdate", "membersAdded": [{"id": "29:ana"}, {"id": "28:demo"}]}
SORRY = "I did not understand."


def code(name: str, **more: Any) -> Teams:
    return Teams(middleware=f"{teams_own.HERE}:{name}", **more)


async def heard(store: Store) -> list[tuple[str, int]]:
    """What was recorded: the kind of each act, and how many activities the team's code answered with."""
    page = await store.journal("demo", "teams:a:ana")
    return [(entry.event.action.__struct_config__.tag, len(entry.event.answered or ())) for entry in page]


async def test_a_stock_bot_runs_under_assent_serve(tmp_path: Path) -> None:
    """A bot as Microsoft's samples have them, by the setting alone, in a real server; all of it replays."""
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        server = ServerProcess(tmp_path, FLOW, standin.url, KEY, ASSENT_BOTS__DEMO__TEAMS__MIDDLEWARE=SAMPLE)
        await server.start()
        person: Any = RunningBot(SimpleNamespace(port=int(server.url.rsplit(":", 1)[1])), standin, http)  # type: ignore[arg-type]
        count = 0
        for said, answers in (
            (person.activity(**ADDED), ["Hello and welcome!"]),
            (person.activity(text="echo one"), ["1: you said “one”"]),
            (person.activity(text="my name is Ana"), ["I'll remember that."]),
            (person.activity(text="echo two"), ["2: Ana said “two”"]),
            (person.activity(text="Yes", value={"assent": payload("yes")}), ["You are in: Tips. Type STOP to leave."]),
            (person.activity(text="fail"), [SORRY, "The bot encountered an error or bug."]),
        ):
            assert (await person.teams(said))[0] == 200
            count += len(answers)
            assert (await person.replies(count))[-len(answers) :] == answers
        assert (await person.says("STOP"))[0] == 200
        assert "no more messages" in (await person.replies(count + 1))[-1].lower()
        assert await server.stop() == 0
    assert "all the same, to the byte" in replayed(server.store)


def replayed(store: str) -> str:
    """Run every recorded turn again, by the command."""
    command = [sys.executable, "-m", "cli.main", "--store", store, "replay", "--all"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


async def test_an_activity_that_comes_again_is_answered_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path, teams=Teams(middleware=SAMPLE)) as bot:
        again = bot.activity(text="echo one")
        for _ in range(3):
            assert await bot.teams(again) == (200, None)
        await bot.says("hello")
        assert (await bot.replies(2))[0] == "1: you said “one”"
        assert len(bot.standin.deliveries) == 2


async def test_code_that_blocks_holds_up_neither_a_stop_nor_the_server(tmp_path: Path) -> None:
    async with running_bot(tmp_path, teams=code("blocking", middleware_timeout=0.1)) as bot:
        assert await bot.says("hello") == (200, None)  # its thread sleeps on
        assert await bot.says("STOP") == (200, None)
        assert (await bot.memberships())["*"] == "opted_out"
        assert (await bot.get("/healthz"))[0] == 200
        assert "Late." not in await bot.replies(2)


async def test_no_middleware_takes_a_no_away_or_raises_consent(tmp_path: Path) -> None:
    async with running_bot(tmp_path, teams=code("meddler")) as bot:
        teams_own.PAYLOADS.clear()
        await bot.says("hello")
        (asked,) = await bot.replies(1)
        assert "Win a phone!" not in asked  # the words beside a consent button are those that were proved
        assert "Press here" not in asked
        assert teams_own.PAYLOADS
        for said in ("weather", "sun", "snow", "swallow"):
            assert await bot.says(said) == (200, None)
            assert await bot.memberships() == {}
        await bot.says("STOP")
        assert await bot.memberships() == {"*": "opted_out"}
        await bot.says("sun")
        assert await bot.memberships() == {"*": "opted_out"}
        assert await bot.says("copy") == (200, None)  # a signed button is refused, the turn is taken
        assert [kind for kind, _ in await heard(bot.server.store)] == ["text"] * 8


async def test_words_that_middleware_made_are_answered(tmp_path: Path) -> None:
    async with running_bot(tmp_path, teams=code("meddler")) as bot:
        await bot.says("rain")
        assert "tip" in (await bot.replies(1))[0].lower()


async def test_what_a_team_pushes_asks_consent_and_is_recorded(tmp_path: Path) -> None:
    async with running_bot(tmp_path, teams=code("remembering")) as bot:
        await bot.says("hello")
        await bot.replies(2)
        adapter, reference = teams_own.ADAPTERS[-1], teams_own.REFERENCES[-1]
        team: Any = bot.server.channels["demo"].open["teams"].sender

        async def remind(context: Any) -> None:
            await context.send_activity("A reminder.")

        await team.run(adapter.continue_conversation(reference, remind))
        assert (await bot.replies(3))[-1] == "A reminder."
        await bot.says("STOP")
        await bot.replies(4)
        await team.run(adapter.continue_conversation(reference, remind))
        assert await heard(bot.server.store) == [("text", 0), ("team_spoke", 1), ("text", 0), ("team_spoke", 1)]
        await bot.server.outbox.idle()
        assert [words(sent) for sent in bot.standin.deliveries].count("A reminder.") == 1


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("no_such_package.bot:make", "there is no module no_such_package.bot"),
        (f"{teams_own.HERE}:nothing", "has no function nothing"),
        (f"{teams_own.HERE}:NOT_CALLABLE", "has no function NOT_CALLABLE"),
        (f"{teams_own.HERE}:broken", "failed with ZeroDivisionError at "),
        (f"{teams_own.HERE}:no_bot", "returned a str, which has no `on_turn`"),
    ],
)
async def test_what_cannot_be_loaded_ends_the_start_with_a_reason(tmp_path: Path, named: str, problem: str) -> None:
    with pytest.raises(BadSettings, match=r"bots\.demo\.teams\.middleware") as refusal:
        async with running_bot(tmp_path, teams=Teams(middleware=named)):
            pass
    assert problem in str(refusal.value)


LOADED = """
import asyncio, sys, pathlib
from tests.runtime.harness import running_bot
from adapters.teams.settings import Teams
from config.settings import Bot, Settings
from config.settings import Server as ServerSettings
from messages.errors import BadSettings
{before}
async def run():
    try:
        async with running_bot(pathlib.Path(sys.argv[1]), teams=Teams(middleware={middleware!r})) as bot:
            await bot.says("hello")
    except BadSettings as refusal:
        print(refusal)
asyncio.run(run())
print(sum(name.startswith(("botbuilder", "botframework", "msrest")) for name in sys.modules))
"""


def lines_of(tmp_path: Path, middleware: str, before: str = "") -> list[str]:
    """Serve in another process; return what it says, the number of botbuilder's modules last."""
    script = LOADED.format(middleware=middleware, before=before)
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip().splitlines()


def test_botbuilder_is_loaded_where_the_setting_asks_for_it_alone(tmp_path: Path) -> None:
    assert lines_of(tmp_path, "")[-1] == "0"
    assert int(lines_of(tmp_path, SAMPLE)[-1]) > 100


def test_without_botbuilder_the_setting_says_what_to_install(tmp_path: Path) -> None:
    first = " ".join(lines_of(tmp_path, SAMPLE, "sys.modules['botbuilder'] = None"))
    assert "botbuilder is not installed" in first
    assert "pip install 'assent[botframework]'" in first
    assert "bots.demo.teams.middleware" in first


async def test_each_bot_has_code_of_its_own(tmp_path: Path) -> None:
    """Two bots of one server: what one answers, and how long it blocks, is nothing to the other."""
    names = {"demo": "anna", "other": "blocking"}
    bots = {
        bot: Bot(teams=code(name, middleware_timeout=0.1 if bot == "other" else 5.0)) for bot, name in names.items()
    }
    flows = {bot: tmp_path / f"{bot}.yaml" for bot in names}
    for bot, file in flows.items():
        file.write_text(FLOW.replace("bot: demo", f"bot: {bot}"))
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        settings = Settings(
            store=f"sqlite:///{tmp_path / 'bots.db'}",
            server=ServerSettings(port=0),
            button_keys=(Secret(KEY),),
            connector=standin.url,
            bots=bots,
        )
        async with started(settings, flow=flows["other"]):
            pass
        async with started(settings, flow=flows["demo"]) as running:
            both = RunningBot(running, standin, http)
            for bot in ("other", "demo"):
                said = orjson.dumps(both.activity(text="hello"))
                assert await both.post(f"/bots/{bot}/api/messages", said) == (200, None)
            assert "I am Anna." in await both.replies(3)
