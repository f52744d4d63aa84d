"""The version before and this one: on one Redis at once, on one SQLite file one after the other.

Whatever either sent can be pressed at the other, or the press is put off; none is swallowed.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from replay.tampering import check_journal
from segment_buttons.payload import form_of
from storage.port import Store
from storage.stores import open_store
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.server import RedisServer
from tests.upgrade.before import install_before
from tests.upgrade.servers import LEASE, Server

pytestmark = pytest.mark.timeout(600)

NEWER = "a5:demo:0123456789abcdef:no:-tips:AAAAAAAAAAAAAAAAAAAAAA"
YES, NO = "Yes please", "No thanks"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_before(tmp_path_factory.mktemp("before"))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def standing(url: str, user: str) -> tuple[dict[str, str], str]:
    """How somebody stands, folded from the ledger, and the words in the last row."""
    store = await opened(url)
    try:
        conversation = await store.conversation("demo", f"teams:a:{user}")
        assert conversation is not None
        rows = await store.ledger("demo", contact=conversation.contact.id)
        return {row.change.subject: str(row.change.after) for row in rows}, rows[-1].change.text if rows else ""
    finally:
        await store.close()


async def rows_of(url: str, user: str) -> list[tuple[str, str, str]]:
    """Contact, subject and membership of each row that somebody's conversation in Messenger left."""
    store = await opened(url)
    try:
        rows = [row.change for row in await store.ledger("demo", limit=1000)]
        return [(row.contact, row.subject, str(row.after)) for row in rows if user in row.conversation]
    finally:
        await store.close()


async def opened(url: str) -> Store:
    store = open_store(url)
    await store.open()
    return store


async def is_whole(url: str) -> bool:
    store = await opened(url)
    try:
        assert (await check_journal(store, "demo")).problems == []
        return (await store.verify_ledger("demo")).differences == ()
    finally:
        await store.close()


@needs_redis
async def test_a_person_of_messenger_stays_one_and_stays_out(
    before: Path, tmp_path: Path, stack: AsyncExitStack
) -> None:
    """Names of accounts are written in a new form as well."""
    redis = stack.enter_context(RedisServer(tmp_path / "redis"))
    url = f"{redis.url}/0?lease={LEASE}"
    older = await stack.enter_async_context(Server(before, url, tmp_path / "older"))
    newer = await stack.enter_async_context(Server(None, url, tmp_path / "newer"))
    await older.start()
    await newer.start()
    payloads = await older.asks("ana")

    assert await newer.taps("eve", payloads[YES]) == 200
    assert await older.writes("eve", "STOP") == 200
    assert await newer.taps("eve", payloads[YES], ago=timedelta(hours=1)) == 200
    assert await newer.taps("eve", NEWER) == 503
    await older.stop()
    await newer.asks_in_form("cleo", 2)
    assert await newer.taps("eve", payloads[YES], ago=timedelta(hours=1)) == 200
    rows = await rows_of(url, "eve")
    assert len({contact for contact, _, _ in rows}) == 1
    written = {row[1:] for row in rows}
    assert written == {("tips", "opted_in"), ("tips", "opted_out"), ("*", "opted_out")}
    assert len(rows) == 3, "a yes of before the no leaves no row"
    assert await newer.taps("eve", payloads[YES]) == 200
    rows = await rows_of(url, "eve")
    assert len({contact for contact, _, _ in rows}) == 1
    assert rows[-1][1:] == ("tips", "opted_in"), "a yes of after the no"
    assert await is_whole(url)


@needs_redis
async def test_on_one_redis(before: Path, tmp_path: Path, stack: AsyncExitStack) -> None:
    redis = stack.enter_context(RedisServer(tmp_path / "redis"))
    url = f"{redis.url}/0?lease={LEASE}"
    older = await stack.enter_async_context(Server(before, url, tmp_path / "older"))
    newer = await stack.enter_async_context(Server(None, url, tmp_path / "newer"))
    await older.start()
    await newer.start()

    from_older = await older.asks("ana")
    assert await newer.presses("ana", from_older[YES]) == 200
    assert await standing(url, "ana") == ({"tips": "opted_in"}, f"One short tip every Monday?\n{YES}")

    from_newer = await newer.asks("ben")
    assert {form_of(payload) for payload in from_newer.values()} == {1}, "the older one reads no other"
    assert await older.presses("ben", from_newer[NO]) == 200
    assert await standing(url, "ben") == ({"tips": "opted_out"}, f"One short tip every Monday?\n{NO}")

    assert await older.posts("ben", text="STOP") == 200
    assert await newer.presses("ben", from_newer[YES], ago=timedelta(hours=1)) == 200
    assert (await standing(url, "ben"))[0] == {"tips": "opted_out", "*": "opted_out"}, "a yes of before the no"
    assert await newer.presses("ben", NEWER) == 503

    await older.stop()
    by_digest = await newer.asks_in_form("cleo", 2)
    assert await newer.presses("cleo", by_digest[YES]) == 200
    assert await standing(url, "cleo") == ({"tips": "opted_in"}, f"One short tip every Monday?\n{YES}")
    assert await newer.presses("ana", from_older[NO]) == 200
    assert (await standing(url, "ana"))[0] == {"tips": "opted_out"}

    await older.start()
    again = await newer.asks_in_form("dan", 1)
    assert await older.presses("dan", again[YES]) == 200
    assert await newer.presses("dan", again[NO]) == 200
    assert (await standing(url, "dan"))[0] == {"tips": "opted_out"}
    assert await older.posts("cleo", text="STOP") == 200
    assert (await standing(url, "cleo"))[0] == {"tips": "opted_out", "*": "opted_out"}
    assert await is_whole(url)


async def test_on_one_sqlite_file_one_after_the_other(before: Path, tmp_path: Path, stack: AsyncExitStack) -> None:
    url = f"sqlite:///{tmp_path / 'assent.db'}"
    older = await stack.enter_async_context(Server(before, url, tmp_path / "older"))
    newer = await stack.enter_async_context(Server(None, url, tmp_path / "newer"))

    await older.start()
    from_older = await older.asks("ana")
    assert await older.presses("ana", from_older[YES]) == 200
    await older.stop()

    await newer.start()
    assert await newer.presses("ana", from_older[NO]) == 200
    assert await standing(url, "ana") == ({"tips": "opted_out"}, f"One short tip every Monday?\n{NO}")
    by_digest = await newer.asks("ana")
    assert {form_of(payload) for payload in by_digest.values()} == {2}, "no other server can be there"
    assert await newer.presses("ana", by_digest[YES]) == 200
    await newer.stop()

    assert "install the newer version again" in await older.refuses_to_start()

    await newer.start()
    assert await newer.presses("ana", by_digest[NO]) == 200
    assert (await standing(url, "ana"))[0] == {"tips": "opted_out"}
    assert await is_whole(url)
