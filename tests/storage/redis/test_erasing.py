"""What was erased is gone from Redis itself, and an attempt that broke off is finished by the next."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis import Redis

from messages.errors import OwnershipLost
from storage.erase import bare_entry
from storage.port import Store
from storage.records import Erased
from storage.stores import open_store
from tests.storage.erasing import BOT, OTHER, QUIMBY, lived_in
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.talk import NOW
from tests.storage.told_apart import ALL_WORDS, HER, lived

pytestmark = needs_redis


@pytest.fixture(params=[1, 3])
def url(request: pytest.FixtureRequest) -> str:
    return f"{empty_database(5)}?shards={request.param}"


@pytest.fixture
def raw(url: str) -> Iterator[Redis]:
    """A client behind the store's back. What it dumps is not compressed."""
    with Redis.from_url(url.partition("?")[0]) as client:
        client.config_set("rdbcompression", "no")
        yield client
        client.config_set("rdbcompression", "yes")


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = open_store(url)
    await store.open()
    await lived_in(store)
    yield store
    await store.close()


@pytest.fixture
async def another(store: Store, url: str) -> AsyncIterator[Store]:
    """A handle on the same store, as another process has it."""
    another = open_store(url)
    await another.open()
    yield another
    await another.close()


def keys_with(raw: Redis, word: bytes) -> list[bytes]:
    """Return the keys that have the word in them, or in what they hold as it goes into a snapshot."""
    return [key for key in raw.scan_iter() if word in key.lower() or word in (raw.dump(key) or b"").lower()]


async def test_no_key_and_no_value_has_a_word_of_theirs(store: Store, raw: Redis) -> None:
    contact = await QUIMBY.contact_id(store)
    assert len(keys_with(raw, b"quimby")) > 10
    await store.erase_contact(BOT, contact, actor="mia", at=NOW)
    assert keys_with(raw, b"quimby") == []
    assert len(keys_with(raw, b"mathilda")) > 10


async def test_no_key_and_no_value_has_a_detail_whichever_it_is(store: Store, raw: Redis) -> None:
    await lived(store)
    assert [word for word in ALL_WORDS if not keys_with(raw, word.encode())] == []
    await store.erase_contact(BOT, HER.id, actor="mia", at=NOW)
    assert [word for word in ALL_WORDS if keys_with(raw, word.encode())] == []


async def test_records_that_can_t_be_read_are_replaced_too(store: Store, raw: Redis) -> None:
    contact = await QUIMBY.contact_id(store)
    (journal,) = raw.scan_iter(f"*journal:{QUIMBY.alone.key}")
    raw.hset(journal, "2", "quimby")
    raw.hset(journal.replace(b"journal", b"conversation"), "state", "quimby")
    (of_contact,) = raw.scan_iter(f"*:contact:{contact}")
    raw.hset(of_contact, "record", "quimby")
    erased = await store.erase_contact(BOT, contact, actor="mia", at=NOW)
    assert erased == Erased(turns=8, conversations=2, replies=8, ledger_rows=10)
    assert keys_with(raw, b"quimby") == []
    name = f"erased:{contact}/1"
    assert (await store.journal(BOT, name))[1] == bare_entry(turn="", bot=BOT, contact=contact, name=name, at=NOW)


async def test_a_server_hears_when_it_looks_that_what_it_was_to_send_is_gone(store: Store, another: Store) -> None:
    """Also of a reply that it has not tried to send yet."""
    await store.acquire_server_lease()
    await store.take_over()
    rows = {row.conversation: row for row in await store.mine()}
    mine, others = rows[QUIMBY.alone.key], rows[OTHER.alone.key]
    for row in (mine, others):
        await store.may_send(row)
    await another.erase_contact(BOT, await QUIMBY.contact_id(another), actor="mia", at=NOW)
    await store.take_over()
    with pytest.raises(OwnershipLost):
        await store.may_send(mine)
    await store.may_send(others)


async def test_an_erasure_that_nobody_heard_of_is_put_on_record_by_the_next(store: Store, raw: Redis) -> None:
    contact = await QUIMBY.contact_id(store)
    erased = await store.erase_contact(BOT, contact, actor="mia", at=NOW)
    (of_contact,) = raw.scan_iter(f"*:contact:{contact}")
    raw.hset(of_contact, "erased", "8 2 8 10")  # as it stands until the audit row is written
    assert await store.erase_contact(BOT, contact, actor="bo", at=NOW) == erased
    assert [row.actor for row in await store.audit(BOT, target=contact)] == ["mia", "bo"]
    again = await store.erase_contact(BOT, contact, actor="bo", at=NOW)
    assert again == Erased(turns=0, conversations=0, replies=0, ledger_rows=0)
    assert len(await store.audit(BOT, target=contact)) == 2
