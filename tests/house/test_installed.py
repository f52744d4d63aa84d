"""What is installed runs: from a wheel, without the checkout, on each store."""

import asyncio
import importlib.metadata
import os
import re
import signal
import subprocess
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import aiohttp
import pytest

from standin.deliveries import Delivery
from standin.server import StandIn
from tests.house.test_house import PACKAGES, ROOT, TOP_LEVEL
from tests.runtime.harness import FLOW
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'assent.db'}"
        return
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield f"{server.url}/0"
    server.stop()


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", *TOP_LEVEL], cwd=ROOT, capture_output=True, check=True, text=True)
    with ZipFile(wheel) as packed:
        assert sorted(set(listed.stdout.split()) - set(packed.namelist())) == []


def test_it_is_the_wheel_that_is_tried(assent: Path, tmp_path: Path) -> None:
    asked = [assent.parent / "python", "-c", "import storage; print(storage.__file__)"]
    found = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.startswith(str(assent.parent.parent))


def test_the_lock_for_running_has_all_that_is_imported() -> None:
    code = [path.read_text() for name in PACKAGES for path in (ROOT / name.replace(".", "/")).glob("*.py")]
    imported = {found for text in code for found in re.findall(r"^ *(?:from|import) (\w+)", text, re.MULTILINE)}
    owners = importlib.metadata.packages_distributions()
    wanted = {owner.lower().replace("_", "-") for name in imported for owner in owners.get(name, ())} - {"assent"}
    locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert wanted
    assert sorted(wanted - locked) == []
    assert "pytest" not in locked


async def test_it_checks_saves_pushes_serves_and_takes_a_press(assent: Path, store: str, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "bot.yaml").write_text(FLOW)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "ASSENT_STORE": store, "ASSENT_SERVER__PORT": "0"}

    async def run(*arguments: str) -> str:
        done = await asyncio.create_subprocess_exec(
            assent, *arguments, cwd=folder, env=environment, stdout=PIPE, stderr=STDOUT
        )
        printed = (await done.communicate())[0].decode()
        assert done.returncode == 0, printed
        return printed

    await run("flow", "check", "bot.yaml")
    await run("flow", "save", "bot.yaml")
    await run("flow", "push", "-m", "first", "--yes")
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        served = {**environment, "ASSENT_CONNECTOR": standin.url, "PYTHONUNBUFFERED": "1"}
        server = await asyncio.create_subprocess_exec(
            assent, "serve", "--dev", cwd=folder, env=served, stdout=PIPE, stderr=STDOUT
        )
        assert server.stdout is not None
        line = await server.stdout.readuntil(b"\n")
        while not line.startswith(b"Serving"):
            line = await server.stdout.readuntil(b"\n")
        url = line.decode().split()[-1]
        await _post(http, url, standin, 1, text="hello")
        (greeting,) = await standin.wait_for(1)
        await _post(http, url, standin, 2, **_pressed(greeting, "Yes please"))
        await standin.wait_for(2)
        server.send_signal(signal.SIGTERM)
        await server.communicate()
        assert server.returncode == 0
    assert '"opted_in"' in await run("ledger", "show", "--json")
    await run("ledger", "verify")


def _pressed(delivery: Delivery, label: str) -> dict[str, Any]:
    """What Teams sends when somebody presses the button of a hero card that has these words."""
    for attachment in delivery.body["attachments"]:
        for button in attachment["content"].get("buttons", ()):
            if button["title"] == label:
                return {"text": button.get("text"), "value": button["value"]}
    raise AssertionError(f"no button {label}")


async def _post(http: aiohttp.ClientSession, url: str, standin: StandIn, number: int, **more: object) -> None:
    activity = {
        "type": "message",
        "id": f"activity-{number}",
        "channelId": "msteams",
        "serviceUrl": standin.url,
        "from": {"id": "29:ana", "name": "Ana"},
        "recipient": {"id": "28:demo"},
        "conversation": {"id": "a:ana", "conversationType": "personal", "tenantId": "t"},
        **more,
    }
    async with http.post(f"{url}/api/messages", json=activity) as response:
        assert response.status == 200


def test_time_zones_are_the_pinned_ones_whatever_the_system_has(assent: Path, tmp_path: Path) -> None:
    """The system's Paris is Tokyo, here."""
    zones = tmp_path / "zones" / "Europe"
    zones.mkdir(parents=True)
    with (files("tzdata") / "zoneinfo" / "Asia" / "Tokyo").open("rb") as tokyo:
        (zones / "Paris").write_bytes(tokyo.read())
    script = (
        "from cli.main import cli; import zoneinfo, datetime; cli.main(['doctor', '--help'], standalone_mode=False);"
        "print(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Paris')).utcoffset())"
    )
    shown = subprocess.run(
        [assent.parent / "python", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONTZPATH": str(tmp_path / "zones")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines()[-1] == "2:00:00"
