"""What is decided on somebody's consent is committed only while that consent holds, also when staff changed it, who
raise no version of a contact.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from consent.membership import Act
from flows.engine.trace import CONDITION
from flows.engine.turn import TraceStep
from messages.consent import ALL, Membership
from messages.errors import StaleVersion
from messages.inbound import PushDue
from messages.pushes import PushRef
from storage.port import Store
from storage.records import JournalEntry, Loaded
from tests.storage.contract.audiences.people import BOT, adds
from tests.storage.talk import MINUTE, NOW, Talk, says

ANA = Talk("ana")
IN, OUT, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.NONE
PUSH = PushDue(PushRef("tips/1/first"), "tips", "weekly", 1, "0123", due=NOW, expires=NOW + MINUTE)


def pushed(loaded: Loaded) -> JournalEntry:
    return ANA.turn(loaded, "push", says("a tip"), action=PUSH)


def branched(loaded: Loaded) -> JournalEntry:
    """A turn that asked a condition, and changes nobody's consent."""
    turn = ANA.turn(loaded, "asked", says("for members"))
    step = TraceStep(kind=CONDITION, detail="tips is added")
    return msgspec.structs.replace(turn, outcome=msgspec.structs.replace(turn.outcome, trace=(step,)))


async def number(store: Store) -> int:
    loaded = await ANA.load(store)
    assert loaded.contact is not None
    found = await store.person(BOT, loaded.contact.id)
    assert found is not None
    return found.number


BEFORE: list[Any] = [
    pytest.param({}, Act.ADD, id="added"),
    pytest.param({"tips": IN}, Act.REMOVE, id="removed"),
    pytest.param({"tips": IN, "news": IN}, Act.REMOVE, id="removed, and another membership stays"),
]


@pytest.mark.parametrize("decided", [pushed, branched])
@pytest.mark.parametrize(("before", "act"), BEFORE)
async def test_what_staff_changed_meanwhile_refuses_it(
    store: Store, before: Mapping[str, Membership], act: Act, decided: Any
) -> None:
    await ANA.take(store, "e1", consent=before)
    loaded = await ANA.load(store)
    await store.change_many(BOT, adds([await number(store)], act=act))

    with pytest.raises(StaleVersion):
        await store.commit(decided(loaded))

    assert [row.message.id for row in await store.pending()] == []
    await store.commit(decided(await ANA.load(store)))


@pytest.mark.parametrize("decided", [pushed, branched])
@pytest.mark.parametrize("consent", [{"tips": OUT}, {ALL: OUT}, {"tips": NONE}], ids=str)
async def test_an_own_act_in_another_conversation_refuses_it(
    store: Store, consent: Mapping[str, Membership], decided: Any
) -> None:
    await ANA.take(store, "e1", consent={"tips": IN})
    loaded = await ANA.load(store)
    await Talk("ana", group="19:team").take(store, "e2", consent=consent)

    with pytest.raises(StaleVersion):
        await store.commit(decided(loaded))


async def test_a_state_that_became_another_one_refuses_it_where_the_subject_is_the_same(store: Store) -> None:
    await ANA.take(store, "e1")
    await store.change_many(BOT, adds([await number(store)]))
    loaded = await ANA.load(store)
    decided = pushed(loaded)
    otherwise = msgspec.structs.replace(decided, memberships={"tips": IN})

    with pytest.raises(StaleVersion):
        await store.commit(otherwise)

    await store.commit(decided)


async def test_a_reply_that_asked_nothing_is_not_held_up_by_staff(store: Store) -> None:
    await ANA.take(store, "e1")
    loaded = await ANA.load(store)
    await store.change_many(BOT, adds([await number(store)]))
    await store.commit(ANA.turn(loaded, "e2", says("hello")))
    assert [row.message.id for row in await store.pending()] == ["m_hello"]


async def test_a_push_is_no_act_of_the_person(store: Store) -> None:
    await ANA.take(store, "e1", at=NOW - MINUTE)
    await store.commit(pushed(await ANA.load(store)))
    found = await store.people_numbered(BOT, [await number(store)])
    assert [person.last_seen for person in found] == [NOW - MINUTE]
