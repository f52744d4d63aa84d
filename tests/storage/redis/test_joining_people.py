"""Two contacts that prove to be one person, in Redis: joined within a shard, left apart across shards."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from structlog.testing import capture_logs

from messages.addresses import Handle, HandleKind
from messages.consent import Membership
from runtime.metrics import Metrics
from runtime.tasks.profiles import Merger
from storage.port import Store
from storage.stores import open_store
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.talk import NOW, Talk

pytestmark = needs_redis

PROOF = Handle(HandleKind.AAD, "a-1")
BOT = Talk().bot


@pytest.fixture(params=[1, 3], ids=["1 shard", "3 shards"])
def shards(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
async def store(shards: int) -> AsyncIterator[Store]:
    opened = open_store(f"{empty_database(3)}?shards={shards}")
    await opened.open()
    yield opened
    await opened.close()


async def test_they_are_joined_where_the_store_can(store: Store, shards: int) -> None:
    names = [f"user{number}" for number in range(8)]
    for number, name in enumerate(names):
        consent = Membership.OPTED_OUT if number % 2 else Membership.OPTED_IN
        await Talk(name).take(store, f"e{number}", consent={"tips": consent})
    contacts = {person.contact.id: person for person in await store.people(BOT)}
    first = next(iter(contacts.values())).contact
    await store.edit_contact(BOT, msgspec.structs.replace(first, aad_object_id="A-1"))
    merger = Merger(store, clock=lambda: NOW, metrics=Metrics())
    with capture_logs() as logs:
        for _ in range(2):
            for contact in contacts:
                await merger.join(BOT, contact, [PROOF])
    left = await store.people(BOT)
    refused = [line["why"] for line in logs if line["log_level"] == "warning"]
    if shards == 1:
        assert (len(left), refused) == (1, [])
        assert await store.memberships(BOT, left[0].contact.id) == {"tips": Membership.OPTED_OUT}
    else:
        assert 1 < len(left) < len(names)
        assert len(refused) == len(left) - 1, "each pair is told of once"
        assert all("Copy the store into one with a single shard" in why for why in refused)
    assert (await store.verify_ledger(BOT)).differences == ()
