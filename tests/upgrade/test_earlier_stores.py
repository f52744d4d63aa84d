"""Stores that the version before made, as it left them: what is in them is read, proven and added to."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from consent.membership import Act
from messages.addresses import Handle, HandleKind
from messages.consent import Membership
from messages.effects import StartTimer
from replay.tampering import check_journal
from storage.audience_records import Changed, ImportState
from storage.port import Store
from storage.stores import compare_stores, copy_store, open_store
from storage.transfer import Kind
from tests.storage.contract.audiences.people import AT, BOT, adds
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.talk import MINUTE, NOW, Talk, says

MADE_BY = "c76d470"
STORES = Path(__file__).parent / "stores"
IN, OUT, ADDED = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED
ANA, BEN = Talk("ana"), Talk("ben")


def a_file(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "assent.db", isolation_level=None)) as connection:
        connection.executescript((STORES / f"{MADE_BY}.sql").read_text())
    return f"sqlite:///{folder}/assent.db"


def a_redis(_: Path) -> str:
    url = empty_database(2)
    with closing(Redis.from_url(url)) as client:
        for key, (content,) in ((key, list(kinds.items())) for key, kinds in _dump().items()):
            _put(client, key, *content)
    return f"{url}?shards=2"


def _dump() -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = json.loads((STORES / f"{MADE_BY}.redis.json").read_text())
    return kept


def _put(client: Any, key: str, kind: str, content: Any) -> None:
    plain = bytes.fromhex
    match kind:
        case "hash":
            client.hset(key, mapping={plain(field): plain(value) for field, value in content.items()})
        case "string":
            client.set(key, plain(content))
        case "set":
            client.sadd(key, *map(plain, content))
        case "list":
            client.rpush(key, *map(plain, content))
        case "zset":
            client.zadd(key, {plain(member): score for member, score in content.items()})
        case _:
            for entry, words in content:
                client.execute_command("XADD", key, entry, *map(plain, words))


@pytest.fixture(params=[pytest.param(a_file, id="sqlite"), pytest.param(a_redis, id="redis", marks=needs_redis)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(request.param(tmp_path))
    await opened.open()
    yield opened
    await opened.close()


async def test_what_was_said_agreed_and_done_is_there(store: Store) -> None:
    loaded = await ANA.load(store, "e2", evidence="a" * 16)
    assert (loaded.live, dict(loaded.memberships), loaded.evidence) == (1, {"tips": IN}, "Tips?\nYes")
    assert (loaded.seen, loaded.seen_answer) == (True, "ok")
    assert loaded.contact is not None
    assert loaded.contact.fields == {"pet": "Rex"}
    assert dict((await BEN.load(store)).memberships) == {"tips": OUT}
    assert await store.memberships(BOT, "c-di") == {"tips": ADDED, "press": ADDED}
    assert [entry.turn for entry in await store.journal(BOT, ANA.key)] == ["turn-e1", "turn-e2"]
    assert sorted(row.message.id for row in await store.pending()) == ["m_hello", "m_hi"]
    assert [timer.timer for timer in await store.due_timers(NOW + MINUTE)] == ["t1"]
    assert [message.text for message in await store.ignored(BOT)] == ["cats?"]
    assert [segment.id for segment in await store.segments(BOT)] == ["vips"]
    assert [(job.id, job.state) for job in await store.imports(BOT)] == [("j1", ImportState.COMPLETED_WITH_ERRORS)]
    assert [row.value for row in await store.failed_rows(BOT, "j1")] == ["nobody"]
    assert [token.id for token in await store.tokens()] == ["k1"]
    assert [row.action for row in await store.audit(BOT)] == ["unmask", "erase"]
    assert list(await store.all_bots()) == [BOT]


async def test_it_is_proven(store: Store) -> None:
    report = await store.verify_ledger(BOT)
    assert (report.rows, report.differences) == (8, ())
    assert (await check_journal(store, BOT)).problems == []


async def test_who_was_erased_stays_so(store: Store) -> None:
    rows = await store.ledger(BOT, contact="c-cy")
    assert [(row.change.subject, row.erased, row.change.detail) for row in rows] == [
        ("tips", True, ""),
        ("news", True, ""),
    ]
    address = Handle(HandleKind.EMAIL, "cy@example.org")
    assert await store.erased_handles(BOT, [address]) == {address}
    assert await store.person(BOT, "c-cy") is None


async def test_life_goes_on(store: Store) -> None:
    await ANA.take(store, "e9", says("bye"), StartTimer("t9", NOW), consent={"tips": OUT}, at=NOW + 9 * MINUTE)
    (di,) = [person for person in await store.people(BOT) if person.contact.id == "c-di"]
    assert list(await store.change_many(BOT, adds([di.number], act=Act.REMOVE, at=AT + MINUTE))) == [Changed.CHANGED]
    assert (await store.erase_contact(BOT, "c-di", actor="mia", at=AT + 2 * MINUTE)) is not None
    report = await store.verify_ledger(BOT)
    assert (report.rows, report.differences) == (10, ())
    assert (await check_journal(store, BOT)).problems == []


async def test_all_of_it_can_be_copied(store: Store, tmp_path: Path) -> None:
    target = open_store(f"sqlite:///{tmp_path}/copy.db")
    await target.open()
    await copy_store(store, target, "before", lambda *_: None)
    compared = await compare_stores(store, target, lambda *_: None)
    assert {each.kind for each in compared} == set(Kind)
    assert [each for each in compared if not each.is_same] == []
    await target.close()
