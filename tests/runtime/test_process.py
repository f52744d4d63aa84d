"""The server as a process: how it starts, refuses to start, and stops."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from standin.deliveries import Fault
from standin.server import StandIn
from storage.records import DeliveryStatus
from storage.stores import open_store
from tests.runtime.harness import FLOW, KEY, payload, words
from tests.runtime.process import ServerProcess


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        yield running


@pytest.fixture
async def server(tmp_path: Path, standin: StandIn) -> ServerProcess:
    return ServerProcess(tmp_path, FLOW, standin.url, KEY)


async def press(server: ServerProcess, number: int, user: str = "ana") -> int:
    activity = {
        "type": "message",
        "id": f"activity-{number}",
        "timestamp": datetime.now(UTC).isoformat(),
        "channelId": "msteams",
        "serviceUrl": "http://127.0.0.1:1",
        "from": {"id": f"29:{user}"},
        "recipient": {"id": "28:demo"},
        "conversation": {"id": f"a:{user}", "conversationType": "personal"},
        "value": {"assent": payload("yes" if number % 2 else "no")},
    }
    async with aiohttp.ClientSession() as http, http.post(f"{server.url}/api/messages", json=activity) as response:
        return response.status


async def test_it_says_what_it_did_and_where_it_listens(server: ServerProcess, tmp_path: Path) -> None:
    first = await server.start()
    assert [line.split(" is ")[-1] for line in first[:-1]] == ["live as revision 1 of demo"]
    assert first[-1].startswith("Serving demo on http://127.0.0.1:")
    assert await server.stop() == 0
    second = await server.start()
    assert second[0].endswith("is live already, as revision 1 of demo")
    await server.stop()
    (tmp_path / "flow.yaml").write_text(FLOW.replace("I did not understand.", "Pardon?"))
    third = await server.start()
    assert "differs from revision 1 of demo, which stays live" in third[0]
    await server.stop()


async def test_on_sigterm_it_sends_what_it_has_promised(server: ServerProcess, standin: StandIn) -> None:
    """The connector is slow, so the replies are still on their way when the signal comes."""
    await server.start()
    standin.fail(Fault(next=100, delay_ms=300))
    assert [await press(server, number) for number in (1, 2, 3)] == [200, 200, 200]
    assert await server.stop() == 0
    assert [words(each).split(".")[0] for each in standin.deliveries] == [
        "You are in: Tips",
        "You are out of Tips",
        "You are in: Tips",
    ]
    store = open_store(server.store)
    await store.open()
    rows = await store.deliveries("demo", "teams:a:ana")
    assert [row.status for row in rows] == [DeliveryStatus.DELIVERED] * 3
    await store.close()


async def test_what_the_channel_does_not_take_is_kept_for_the_next_start(tmp_path: Path, standin: StandIn) -> None:
    server = ServerProcess(tmp_path, FLOW, standin.url, KEY, ASSENT_SERVER__GRACE="3600")
    await server.start()
    standin.fail(Fault(next=1, status=429, retry_after=3600))
    await press(server, 1)
    await press(server, 2, "ben")
    await standin.wait_for(1)
    assert await server.stop() == 0
    store = open_store(server.store)
    await store.open()
    (row,) = await store.deliveries("demo", "teams:a:ana")
    assert (row.status, row.attempts) == (DeliveryStatus.PENDING, 1)
    await store.close()


async def test_two_servers_do_not_share_a_store(server: ServerProcess) -> None:
    await server.start()
    log = server.log.read_text()
    second = ServerProcess(server.log.parent, FLOW, "http://127.0.0.1:1", KEY)
    await second.launch()
    assert await second.ended() != 0
    told = server.log.read_text().removeprefix(log)
    assert "serves this database already" in told
    assert "Traceback" not in told
    assert await press(server, 1) == 200
    assert await server.stop() == 0


@pytest.mark.parametrize(
    ("environment", "arguments", "told"),
    [
        ({"ASSENT_SERVER__HOST": "0.0.0.0"}, (), "nothing would prove who writes to it"),
        ({"ASSENT_SERVER__HOST": "0.0.0.0"}, ("--dev",), "--dev works on loopback only"),
        ({"ASSENT_BUTTON_KEYS": "short"}, (), "fewer than 16 characters"),
    ],
)
async def test_it_refuses_to_start_where_it_would_not_be_safe(
    tmp_path: Path, environment: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    server = ServerProcess(tmp_path, FLOW, "http://127.0.0.1:1", KEY, **environment)
    await server.launch(*arguments)
    assert await server.ended() != 0
    said = server.log.read_text()
    assert told in said
    assert "Traceback" not in said
