"""Accounts with channel and page are written once every server finds them: till then nobody becomes two people."""

import pytest

from messages.contact import Identity
from messages.inbound import InboundEvent, Sender, TextReceived
from storage.port import FIRST, FORMS, Store
from storage.records import Loaded
from tests.storage.accounts import load_for
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.test_forms import House, house, server, settled
from tests.storage.talk import Talk

pytestmark = needs_redis
__all__ = ["house"]

BEFORE = Talk("42", bot="b", channel="workplace", of_bot="p1")
NEW = Talk("42", bot="b", channel="workplace", page="p1")


async def load(store: Store, talk: Talk) -> tuple[InboundEvent, Loaded]:
    event = InboundEvent("f2", talk.reference, Sender(talk.user), TextReceived("hi"))
    return await load_for(store, "b", event)


async def test_beside_an_older_server_people_are_kept_as_it_keeps_them(house: House) -> None:
    store = await server(house)
    house[1].starts()
    await settled(store, FIRST)
    event, loaded = await load(store, NEW)
    assert event.reference == BEFORE.reference
    assert loaded.contact is None
    await store.commit(BEFORE.turn(loaded, "f2"))
    house[1].leaves()
    await settled(store, FORMS)
    _, again = await load(store, NEW)
    assert again.seen


@pytest.mark.parametrize("joins_later", [True, False])
async def test_who_was_met_under_one_key_is_known_under_the_other(house: House, joins_later: bool) -> None:
    store = await server(house)
    if not joins_later:
        house[1].starts()
        await settled(store, FIRST)
    await (NEW if joins_later else BEFORE).take(store, "f1")
    if joins_later:
        house[1].starts()
        await settled(store, FIRST)
    else:
        house[1].leaves()
        await settled(store, FORMS)
    event, loaded = await load(store, NEW)
    assert event.reference == NEW.reference
    assert loaded.contact is not None
    assert Identity("workplace", "p1:42" if joins_later else "42") in loaded.contact.identities
