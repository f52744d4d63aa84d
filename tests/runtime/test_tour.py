"""The README's tour works: its payloads are taken, and their replies arrive."""

import hashlib
import hmac
from pathlib import Path

import aiohttp
import orjson
import pytest

from config.settings import APP_SECRET, Server, Settings
from runtime.app import started
from standin.screen import messenger_press
from standin.server import StandIn
from standin.shown import read_messenger
from tests.runtime.harness import RunningBot, words

ROOT = Path(__file__).parent.parent.parent
PAYLOADS = ROOT / "examples" / "payloads"
FIXTURES = ROOT.parent / "shared" / "fixtures" / "botframework"


@pytest.fixture
async def bot(tmp_path: Path):
    """`make run`, with a stand-in on a port of its own."""
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        settings = Settings(store=f"sqlite:///{tmp_path / 'assent.db'}", server=Server(port=0), connector=standin.url)
        async with started(settings, dev=True, flow=ROOT / "examples" / "wellbeing.yaml") as server:
            yield RunningBot(server, standin, http)


async def test_a_message_in_teams_is_answered(bot: RunningBot) -> None:
    status, _ = await bot.post("/api/messages", (PAYLOADS / "teams-message.json").read_bytes())
    assert status == 200
    assert "Would you like one short wellbeing tip" in words((await bot.standin.wait_for(2))[1])


async def test_a_third_partys_message_in_teams_is_answered(bot: RunningBot) -> None:
    file = FIXTURES / "OfficeDev__BotBuilder-MicrosoftTeams" / "SampleActivity2AtMentions.json"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    status, _ = await bot.post("/api/messages", file.read_bytes())
    assert status == 200
    (delivery,) = await bot.standin.wait_for(1)
    assert "I did not understand that" in words(delivery)


async def test_a_press_in_messenger_is_signed_counted_and_answered(bot: RunningBot) -> None:
    await signed(bot, (PAYLOADS / "messenger-message.json").read_bytes().strip())
    *_, asked = await bot.standin.wait_for(2)
    (button,) = [each for each in read_messenger(asked.body).pressable if each.label == "Yes please"]
    await signed(bot, orjson.dumps(messenger_press(asked, button, "press-1")))
    assert "You're signed up" in words((await bot.standin.wait_for(3))[-1])
    (conversation,) = await bot.server.store.conversations("wellbeing")
    (row,) = await bot.server.store.ledger("wellbeing", contact=conversation.contact.id)
    assert (row.change.subject, row.change.after, row.change.button) == ("tips", "opted_in", "hello-tips-yes")
    assert row.change.text.endswith("Yes please")


async def signed(bot: RunningBot, body: bytes) -> None:
    """Post a webhook as the README does."""
    digest = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    status, _ = await bot.post("/webhooks/workplace", body, {"X-Hub-Signature-256": f"sha256={digest}"})
    assert status == 200


def test_the_readme_uses_the_published_secret() -> None:
    assert f"-hmac {APP_SECRET} " in (ROOT / "README.md").read_text()
