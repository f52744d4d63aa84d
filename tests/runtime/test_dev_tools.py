"""Programs of Microsoft on this machine, which talk to a bot under `--dev`, each from an address of its own."""

from pathlib import Path

import aiohttp
import pytest

from config.settings import Server, Settings
from runtime.app import started
from standin.server import StandIn
from tests.runtime.harness import FLOW, words

TOOLS = {
    # as the Bot Framework Emulator, the Microsoft 365 Agents Playground and Web Chat behind a local Direct Line send it
    "emulator": {"channelId": "emulator", "conversation": {"id": "81455480-4ebe|livechat"}},
    "playground": {
        "channelId": "msteams",
        "conversation": {"id": "3806094b", "conversationType": "personal", "tenantId": "00000000"},
    },
    "web chat": {"channelId": "webchat", "conversation": {"id": "6f2c"}},
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("host", "spelled"), [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "localhost"), ("::1", "[::1]")]
)
async def test_a_tool_is_answered_at_its_own_address(tmp_path: Path, tool: str, host: str, spelled: str) -> None:
    (tmp_path / "flow.yaml").write_text(FLOW)
    settings = Settings(store=f"sqlite:///{tmp_path / 'bot.db'}", server=Server(port=0))
    async with (
        StandIn("::1" if host == "::1" else "127.0.0.1") as server,
        started(settings, dev=True, flow=tmp_path / "flow.yaml") as bot,
        aiohttp.ClientSession() as http,
    ):
        activity = {
            "type": "message",
            "id": "1",
            "serviceUrl": f"http://{f'[{host}]' if ':' in host else host}:{server.url.rpartition(':')[2]}",
            "from": {"id": "9e32545a", "name": "User"},
            "recipient": {"id": "dad9ecf0", "name": "Bot"},
            "text": "well?",
            **TOOLS[tool],
        }
        async with http.post(f"http://127.0.0.1:{bot.port}/api/messages", json=activity) as answer:
            assert answer.status == 200
        assert [words(delivery) for delivery in await server.wait_for(1)] == ["I did not understand."]
