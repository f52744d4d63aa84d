"""Half an emoji, NUL and other odd characters go through store, journal, ledger, outbox and logs."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.logs import configure
from tests.runtime.harness import RunningBot, running_bot
from tests.runtime.test_bad_input import signed

ODD = {
    "half an emoji": (rb"Par\ud83dis", "Par\ufffdis"),
    "the other half": (rb"Par\ude00is", "Par\ufffdis"),
    "an escape that JSON does not know": (rb"Par\pis", "Par\\pis"),
    "bytes that are no UTF-8": (b"Par\xffis", "Par\ufffdis"),
    "NUL": (rb"Par\u0000is", "Par\0is"),
    "a control character as it is": (b"Par\x01is", "Par\x01is"),
    "a noncharacter": (rb"Par\uffffis", "Par\uffffis"),
}


async def post(bot: RunningBot, odd: bytes, **fields: Any) -> bytes:
    """Post an activity with an odd text in place of QQQ."""
    body = orjson.dumps(bot.activity(**fields)).replace(b"QQQ", odd)
    assert (await bot.post("/api/messages", body))[0] == 200
    return body


@pytest.mark.parametrize(("sent", "read"), ODD.values(), ids=ODD)
async def test_an_odd_answer_is_stored_said_again_and_recorded(tmp_path: Path, sent: bytes, read: str) -> None:
    configure("debug", "json")
    async with running_bot(tmp_path) as bot:
        await bot.says("ask")
        named = {"id": "29:ana", "name": "QQQ Lima", "aadObjectId": "QQQ"}
        body = await post(bot, sent, text="QQQ", **{"from": named}, locale="QQQ", summary="QQQ")
        noted = (await bot.replies(2))[1]
        entry = (await bot.server.store.journal("demo", "teams:a:ana"))[-1]
    assert entry.outcome.contact.fields == {"team": read}
    assert entry.event.received == body
    assert noted.startswith("Noted: Par")


FIELDS = ["summary", "replyToId", "name", "localTimezone", "id", "speak"]


@pytest.mark.parametrize("sent", [sent for sent, _ in ODD.values()], ids=ODD)
async def test_an_odd_field_beside_a_stop_loses_nothing(tmp_path: Path, sent: bytes) -> None:
    async with running_bot(tmp_path) as bot:
        for number, field in enumerate(FIELDS):
            whole = bot.activity(f"u{number}", text="STOP")
            body = orjson.dumps({**whole, field: "QQQ"}).replace(b"QQQ", sent)
            assert (await bot.post("/api/messages", body))[0] == 200
            assert (await bot.memberships(f"u{number}"))["*"] == "opted_out"
        stops = [row.change for row in await bot.server.store.ledger("demo") if row.change.subject == "*"]
    assert [change.detail for change in stops] == ["STOP"] * len(FIELDS)


@pytest.mark.parametrize("sent", [sent for sent, _ in ODD.values()], ids=ODD)
async def test_a_neighbour_in_a_batch_loses_nothing(tmp_path: Path, sent: bytes) -> None:
    async with running_bot(tmp_path) as bot:
        places = {"recipient": {"id": "page"}, "timestamp": 1_764_500_000_000}
        odd = {**places, "sender": {"id": "ben"}, "message": {"mid": "m-1", "text": "QQQ"}}
        stop = {**places, "sender": {"id": "ana"}, "message": {"mid": "m-2", "text": "STOP"}}
        body = orjson.dumps({"object": "page", "entry": [{"id": "page", "time": 1, "messaging": [odd, stop]}]})
        body = body.replace(b"QQQ", sent)
        assert (await bot.post("/webhooks/workplace", body, signed(body)))[0] == 200
        (change,) = [row.change for row in await bot.server.store.ledger("demo") if row.change.subject == "*"]
    assert change.detail == "STOP"
