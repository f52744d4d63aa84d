"""What does not even speak HTTP well: a 4xx, and the server goes on."""

import asyncio
import zlib
from pathlib import Path

import pytest

from runtime.logs import configure
from tests.loop_time import while_time_passes
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.test_bad_input import dump

POST = b"POST /api/messages HTTP/1.1\r\nHost: assent\r\n"
RAW = {
    "no HTTP": b"HELLO\r\n\r\n",
    "no host": b"POST /api/messages HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -5\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    "no gzip": POST + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "an encoding nobody has": POST + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
    "a charset nobody has": POST + b"Content-Type: text/x; charset=klingon\r\nContent-Length: 2\r\n\r\n{}",
    "a header of 100 kB": POST + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "a NUL in a header": POST + b"X: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "a token that is no text": POST + b"Authorization: Bearer \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
    "a path that is no text": b"POST /bots/%ff%00/api/messages HTTP/1.1\r\nHost: assent\r\nContent-Length: 2\r\n\r\n{}",
    "a query that is no text": b"GET /webhooks/workplace?hub.mode=%ff HTTP/1.1\r\nHost: assent\r\n\r\n",
    "a protocol nobody has": POST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
}


async def answer_to(bot: RunningBot, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.server.port)
    writer.write(raw)
    async with asyncio.timeout(600):
        answer = await reader.read(100)
    writer.close()
    return answer


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
async def test_bytes_that_are_no_good_request(
    bot: RunningBot, tmp_path: Path, raw: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    configure("info", "json")
    before = dump(tmp_path)
    answer = await answer_to(bot, raw)
    assert answer.split(b" ")[1][:1] == b"4"
    assert dump(tmp_path) == before
    assert (await bot.presses(payload("yes")))[0] == 200
    assert "Traceback" not in capfd.readouterr().err


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        asking = asyncio.create_task(answer_to(bot, POST + b"Content-Length: 100\r\n\r\n{"))
        answer = await while_time_passes(asking)
        assert answer.split(b" ")[1] == b"408"


async def test_a_connection_that_breaks_off_leaves_no_trace(
    bot: RunningBot, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure("info", "json")
    before = dump(tmp_path)
    _, writer = await asyncio.open_connection("127.0.0.1", bot.server.port)
    writer.write(POST + b'Content-Length: 100\r\n\r\n{"type": "mess')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await bot.get("/healthz"))[0] == 200
    assert dump(tmp_path) == before
    assert '"level": "error"' not in capfd.readouterr().err


async def test_a_small_body_that_unpacks_to_a_huge_one(bot: RunningBot) -> None:
    packed = zlib.compress(b" " * 50_000_000, 9)
    status, answer = await bot.post("/api/messages", packed, {"Content-Encoding": "deflate"})
    assert status == 413
    assert "larger than" in answer["error"]
