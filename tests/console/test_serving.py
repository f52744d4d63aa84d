"""`assent serve` serves the API beside the channels, and `assent token` says who may use it."""

import json
import re
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from cli.main import cli
from config.settings import Console, Settings
from config.settings import Server as ServerSettings
from console.application import console_beside
from messages.errors import BadInput, BadSettings
from runtime.app import started
from staff.tokens import digest_of
from tests.runtime.harness import FLOW


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a store with a bot."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.yaml").write_text(FLOW)
    url = f"sqlite:///{tmp_path}/assent.db"
    assert CliRunner().invoke(cli, ["--store", url, "flow", "save", "flow.yaml"]).exit_code == 0
    return url


def said(store: str, *words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(cli, ["--store", store, "token", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_secret_is_shown_once_and_kept_nowhere(store: str, tmp_path: Path) -> None:
    secret = said(store, "create", "--name", "crm", "--role", "ops", "--bot", "demo", "--expires", "90d").strip()
    assert re.fullmatch(r"assent_[\w-]{43}", secret)
    (token,) = json.loads(said(store, "list", "--json"))
    assert (token["name"], token["role"], token["bots"], token["revoked_at"]) == ("crm", "ops", ["demo"], None)
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert secret.encode() not in raw
    assert digest_of(secret).encode() in raw
    assert "is revoked" in said(store, "revoke", token["id"])
    assert json.loads(said(store, "list", "--json"))[0]["revoked_at"]
    said(store, "create", "--name", "crm", "--role", "viewer")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["create", "--name", " ", "--role", "ops"], "a name has 1 to 100 visible characters"),
        (["create", "--name", "x", "--role", "ops", "--bot", "none"], "no bot `none`"),
        (["revoke", "t_none"], "no token `t_none`"),
    ],
)
def test_what_can_not_be_is_refused(store: str, words: list[str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        said(store, *words)
    assert json.loads(said(store, "list", "--json")) == []


@pytest.mark.parametrize("when", ["yesterday", "2020-01-01", "0d", "99999w9"])
def test_an_end_is_to_come(store: str, when: str) -> None:
    done = CliRunner().invoke(
        cli, ["--store", store, "token", "create", "--name", "x", "--role", "ops", "--expires", when]
    )
    assert done.exit_code == 2


def test_a_name_is_one_tokens(store: str) -> None:
    said(store, "create", "--name", "crm", "--role", "ops")
    with pytest.raises(BadInput, match="there is a token called"):
        said(store, "create", "--name", "crm", "--role", "ops")


def _settings(tmp_path: Path, **console: object) -> Settings:
    return Settings(
        store=f"sqlite:///{tmp_path}/assent.db",
        server=ServerSettings(port=0, grace=0.5),
        console=Console(**console),
    )


@pytest.mark.parametrize("listen", ["on", "off"])
async def test_the_api_is_served_beside_the_channels_if_asked_for(tmp_path: Path, monkeypatch, listen: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.yaml").write_text(FLOW)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = _settings(tmp_path, listen=listen, port=port)
    async with started(settings, flow=tmp_path / "flow.yaml", beside=console_beside), ClientSession() as session:
        if listen == "off":
            with pytest.raises(OSError, match="Cannot connect"):
                await session.get(f"http://127.0.0.1:{port}/api/v1/")
            return
        async with session.get(f"http://127.0.0.1:{port}/api/v1/") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_a_port_that_is_taken_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.yaml").write_text(FLOW)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = _settings(tmp_path, listen="on", port=taken.getsockname()[1])
        with pytest.raises(BadSettings, match="cannot listen on"):
            async with started(settings, flow=tmp_path / "flow.yaml", beside=console_beside):
                pass
