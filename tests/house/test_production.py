"""`docs/production.md`, done as it says: from nothing to a server, and through back-up, restore and upgrade."""

import asyncio
import getpass
import hashlib
import hmac
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import orjson
import pytest

from adapters.teams.settings import Teams
from adapters.workplace.settings import Workplace
from config.load import load_settings
from standin.server import StandIn
from storage.stores import open_store
from tests.house.machine import Machine
from tests.house.test_house import ROOT
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer

PAGE = (ROOT / "docs" / "production.md").read_text()
APP_SECRET = "an app secret for the tests"
NAMED = ("Caddyfile", "nginx.conf", "compose.yaml", "assent.service", "assent@.service", "teams-app/manifest.json")


class Block(NamedTuple):
    """Commands of the page: under which heading, for which stores ("sqlite redis"), what is typed."""

    heading: str
    stores: str
    commands: str


def blocks() -> Iterator[Block]:
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        for stores, commands in re.findall(r"^```sh run *(.*)\n((?s:.*?))^```", section, re.MULTILINE):
            yield Block(section.partition("\n")[0], stores or "sqlite redis", commands)


class Operator:
    """Types what the page says, and writes to the bot between two headings."""

    def __init__(self, machine: Machine, standin: StandIn, http: aiohttp.ClientSession, store: str, url: str) -> None:
        self.machine, self.standin, self.http, self.store, self.url = machine, standin, http, store, url
        self.events = 0

    async def types(self, commands: str) -> str:
        return await asyncio.to_thread(self.machine.run, commands)

    async def follow(self, heading: str) -> str:
        """Type all that stands under a heading for this store; return what it printed."""
        found = [block for block in blocks() if block.heading == heading and self.store in block.stores]
        assert found, heading
        return "".join([await self.types(block.commands) for block in found])

    async def post(self, **event: object) -> int:
        """Send a person's event as Meta does."""
        self.events += 1
        messaging = {"sender": {"id": "ana"}, "recipient": {"id": "page"}, "timestamp": 1, **event}
        body = orjson.dumps({"object": "page", "entry": [{"id": "page", "time": 1, "messaging": [messaging]}]})
        signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        url = f"http://127.0.0.1:{self.machine.ports[3978]}/webhooks/workplace"
        async with self.http.post(url, data=body, headers={"X-Hub-Signature-256": f"sha256={signature}"}) as response:
            return response.status

    async def says(self, text: str) -> int:
        return await self.post(message={"mid": f"m{self.events}", "text": text})

    async def presses(self, label: str) -> int:
        async with asyncio.timeout(30):
            while (payload := _button([each.body for each in self.standin.deliveries], label)) is None:
                await self.standin.wait_for(len(self.standin.deliveries) + 1)
        return await self.post(postback={"mid": f"m{self.events}", "title": label, "payload": payload})

    async def pushed_by(self) -> str:
        store = open_store(self.url)
        await store.open()
        try:
            live = await store.live("wellbeing")
            return live.author if live else ""
        finally:
            await store.close()

    async def standings(self) -> list[str]:
        """Return what the ledger says, row by row."""
        store = open_store(self.url)
        await store.open()
        try:
            return [row.change.after.value for row in await store.ledger("wellbeing")]
        finally:
            await store.close()


def _button(value: object, label: str) -> str | None:
    if isinstance(value, dict):
        if value.get("title") == label and "payload" in value:
            return str(value["payload"])
        value = list(value.values())
    if isinstance(value, list):
        return next((found for each in value if (found := _button(each, label)) is not None), None)
    return None


@pytest.fixture
def machine(tmp_path: Path, assent: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "machine", assent.parent.parent)
    yield machine
    machine.close()


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def operator(request: pytest.FixtureRequest, machine: Machine, tmp_path: Path) -> AsyncIterator[Operator]:
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        redis = RedisServer(tmp_path / "redis") if request.param == "redis" else None
        if redis is not None:
            redis.start()
        url = f"{redis.url}/0" if redis is not None else machine.here("sqlite:////var/lib/assent/assent.db")
        operator = Operator(machine, standin, http, request.param, url)
        await operator.follow("Install")
        await operator.follow("Settings and keys")
        machine.set(
            ASSENT_CONNECTOR=standin.url,
            ASSENT_BOTS__WELLBEING__WORKPLACE__PAGES="page",
            ASSENT_BOTS__WELLBEING__WORKPLACE__APP_SECRET=APP_SECRET,
            ASSENT_BOTS__WELLBEING__WORKPLACE__ACCESS_TOKEN="a token",
            ASSENT_BOTS__WELLBEING__WORKPLACE__VERIFY_TOKEN="a word",
            ASSENT_CONSOLE__PORT=str(machine.ports[3980]),
            **({"ASSENT_STORE": url} if redis is not None else {"ASSENT_SERVER__PORT": str(machine.ports[3978])}),
        )
        yield operator
        await asyncio.to_thread(machine.close)
        if redis is not None:
            redis.stop()


@pytest.mark.timeout(600)  # some twenty processes, one after the other
async def test_from_nothing_through_the_life_of_a_server(operator: Operator) -> None:
    machine = operator.machine
    assert "no live revision that can be used: wellbeing" in await operator.follow("Start")
    assert await operator.says("hi") == 503
    assert "revision 1 is live" in await operator.follow("The first flow")
    assert await operator.pushed_by() == getpass.getuser()
    assert await operator.says("hi") == 200
    assert await operator.presses("Yes please") == 200
    assert await operator.presses("Tell me more") == 200
    assert await operator.standings() == ["opted_in"]
    assert '"id":"tips"' in (await operator.follow("A token for the API")).replace(" ", "")
    for file in ("checkout/crm.token", "etc/assent/env"):
        assert (machine.root / file).stat().st_mode & 0o007 == 0
    if operator.store == "sqlite":
        assert await operator.follow("Back-up")
        assert await operator.says("stop") == 200
        assert len(await operator.standings()) > 1
        told = await operator.types(next(block.commands for block in blocks() if block.heading == "Restore"))
        assert "these rows are missing" in told
        assert await operator.standings() == ["opted_in"]  # the stop is what a restore loses
        assert await operator.presses("Keep me posted") == 503
        *_, accept = (block.commands for block in blocks() if block.heading == "Restore")
        assert "Accepted." in await operator.types(accept)
        assert await operator.says("stop") == 200
    assert "the ledger is sound" in await operator.follow("Upgrade")
    assert await operator.says("hi") == 200


def test_files_that_the_page_names_are_there() -> None:
    named = set(re.findall(r"examples/[\w./@-]*\w", PAGE)) | {f"examples/production/{name}" for name in NAMED}
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    assert [name for name in NAMED if name not in PAGE] == []


def test_every_command_is_run_or_needs_what_a_test_has_not() -> None:
    """A new block has to say `run`, or stand here with what it needs."""
    others = re.findall(r"^```sh((?: install)?)\n((?s:.*?))^```", PAGE, re.MULTILINE)
    needs = re.compile(r"pip install|docker compose|zip|redis-cli")
    assert [commands for _, commands in others if not needs.search(commands)] == []


def test_every_variable_of_the_example_is_a_setting(tmp_path: Path) -> None:
    """Those that are only proposed as well."""
    lines = (ROOT / "examples/production/assent.env").read_text().splitlines()
    named = dict(re.findall(r'^(?:# )?(ASSENT_\w+)="?([^"\n]*)"?$', "\n".join(lines), re.MULTILINE))
    assert len(named) > 10
    for name in [name for name in named if name.endswith("_FILE")]:
        secret = tmp_path / name
        secret.write_text("a secret of the tests")
        named[name] = str(secret)
    settings = load_settings(named)
    assert settings.bot("wellbeing").of("workplace", Workplace).pages
    assert settings.bot("wellbeing").of("teams", Teams).app_password.reveal() == "a secret of the tests"


@pytest.mark.parametrize("unit", ["assent.service", "assent@3978.service"])
def test_systemd_takes_the_units(unit: str, tmp_path: Path) -> None:
    """But for the program and the user, which this machine lacks."""
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("no systemd-analyze on this machine")
    text = (ROOT / "examples/production" / unit.replace("3978", "")).read_text()
    text = text.replace("/opt/assent/.venv/bin/assent", "/bin/true").replace("=assent\n", "=root\n")
    (tmp_path / unit).write_text(text)
    done = subprocess.run([analyze, "verify", tmp_path / unit], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"(?i)unknown|invalid|failed|missing", done.stderr), done.stderr
