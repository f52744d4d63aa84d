"""Whatever is thrown at the doors: a plain 4xx, and nothing changes."""

import hashlib
import hmac
import io
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from tests.runtime.harness import APP_SECRET, RunningBot, payload, running_bot


@pytest.fixture
async def bot(tmp_path: Path):
    async with running_bot(tmp_path) as running:
        await running.says("hello")
        await running.standin.wait_for(1)
        yield running


def dump(folder: Path) -> list[tuple[object, ...]]:
    """Everything the store holds about people and their conversations."""
    connection = sqlite3.connect(folder / "bot.db")
    listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    tables = [name for (name,) in listed if name not in {"heartbeat", "outbox"}]
    found = [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
    assert len(tables) > 5
    connection.close()
    return found


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


GARBAGE = {
    "empty": b"",
    "broken": b'{"type": "message"',
    "not an object": b'["message"]',
    "a number": b"1",
    "null": b"null",
    "not UTF-8": b'{"type": "message", "id": "\xff"}',
    "lone surrogate": b'{"type": "message", "id": "1", "text": "\\ud800"}',
    "deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a long number": b'{"type": ' + b"9" * 100_000 + b"}",
    "NaN": b'{"type": NaN}',
    "text": b"hello",
}

WRONG = {
    "no fields": {},
    "no ids": {"type": "message", "text": "stop"},
    "type is a number": {"type": 1},
    "from is text": {"type": "message", "from": "ana", "conversation": {"id": "a:ana"}},
    "conversation is a list": {"type": "message", "from": {"id": "29:ana"}, "conversation": []},
    "ids are numbers": {"type": "message", "from": {"id": 1}, "conversation": {"id": 2}, "id": 3, "text": "stop"},
    "ids are empty": {"type": "message", "from": {"id": ""}, "conversation": {"id": ""}, "id": "", "text": "stop"},
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
@pytest.mark.parametrize("path", ["/api/messages", "/webhooks/workplace"])
async def test_garbage(bot: RunningBot, tmp_path: Path, path: str, body: bytes) -> None:
    before = dump(tmp_path)
    status, answer = await bot.post(path, body, signed(body))
    assert 400 <= status < 500
    assert answer["error"]
    assert "Traceback" not in answer["error"]
    assert dump(tmp_path) == before


@pytest.mark.parametrize("activity", WRONG.values(), ids=WRONG.keys())
async def test_an_activity_of_the_wrong_shape(bot: RunningBot, tmp_path: Path, activity: object) -> None:
    before = dump(tmp_path)
    status, answer = await bot.post("/api/messages", orjson.dumps(activity))
    assert 400 <= status < 500
    assert answer["error"]
    assert dump(tmp_path) == before


async def test_a_body_of_ten_megabytes(bot: RunningBot, tmp_path: Path) -> None:
    before = dump(tmp_path)
    body = orjson.dumps({"type": "message", "text": "x" * 10_000_000})
    for path in ("/api/messages", "/webhooks/workplace"):
        async with bot.http.post(bot.url + path, data=io.BytesIO(body), headers=signed(body)) as response:
            assert response.status == 413
            assert "larger than" in (await response.json())["error"]
    assert dump(tmp_path) == before


async def test_a_body_of_unknown_length(bot: RunningBot, tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"x" * 10_000

    before = dump(tmp_path)
    async with bot.http.post(f"{bot.url}/api/messages", data=endless()) as response:
        assert response.status == 413
    assert dump(tmp_path) == before


async def test_a_webhook_with_another_signature(bot: RunningBot, tmp_path: Path) -> None:
    before = dump(tmp_path)
    event = {
        "sender": {"id": "ana"},
        "recipient": {"id": "page"},
        "timestamp": 1,
        "postback": {"mid": "m", "title": "x", "payload": payload("yes")},
    }
    status, answer = await bot.messenger(event, secret="another secret")
    assert status == 401
    assert answer["error"]
    assert dump(tmp_path) == before
    assert await bot.metric('assent_payloads_rejected_total{channel="workplace",reason="401"}') == 1


@pytest.mark.parametrize("path", ["/", "/api", "/api/messages/more", "/bots/nobody/api/messages", "/webhooks/telegram"])
async def test_an_unknown_address(bot: RunningBot, path: str) -> None:
    status, answer = await bot.post(path, b"{}")
    assert status == 404
    assert answer["error"]


async def test_a_wrong_method(bot: RunningBot) -> None:
    async with bot.http.delete(f"{bot.url}/api/messages") as response:
        assert response.status == 405


async def test_the_bot_answers_on(bot: RunningBot) -> None:
    for body in GARBAGE.values():
        await bot.post("/api/messages", body)
    assert (await bot.presses(payload("yes")))[0] == 200
    assert await bot.memberships() == {"tips": "opted_in"}
