"""What raises the version of a contact, by which an edit that staff has open is refused, and what does not."""

from dataclasses import replace

import msgspec
import pytest

from consent.membership import Act
from messages.consent import Membership
from messages.errors import StaleVersion
from messages.import_rows import Reason
from storage.audience_records import Changed, ImportRow
from storage.port import Store
from tests.storage.contract.audiences.people import AT, BOT, adds, contact, known, on_teams
from tests.storage.contract.audiences.test_imports import claimed, step
from tests.storage.contract.audiences.test_merging import merged, two
from tests.storage.talk import MINUTE, NOW, Talk

IN, OUT, ADDED = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED
ANA = Talk("ana")


@pytest.mark.parametrize("act", [Act.ADD, Act.REMOVE])
async def test_an_open_edit_outlasts_what_staff_does_to_memberships(store: Store, act: Act) -> None:
    (ana,) = await known(store, "ana")
    if act is Act.REMOVE:
        await store.change_many(BOT, adds([ana.number]))
    for _ in range(2):  # the second changes nothing, and is kept as the time of an act
        await store.change_many(BOT, adds([ana.number], act=act))
    edited = await store.edit_contact(BOT, msgspec.structs.replace(ana.contact, phone="1"))
    assert edited.contact.version == ana.contact.version + 1 == 2
    assert await store.memberships(BOT, "c-ana") == ({"tips": ADDED} if act is Act.ADD else {})


async def test_an_open_edit_outlasts_an_import(store: Store) -> None:
    (ana,) = await known(store, "ana")
    await claimed(store)
    rows = [ImportRow(1, "ana@example.org", ana.number), ImportRow(2, "nobody", reason=Reason.UNKNOWN)]
    await store.apply_import(BOT, step(0, *rows))
    assert await store.memberships(BOT, "c-ana") == {"tips": ADDED}
    await store.edit_contact(BOT, msgspec.structs.replace(ana.contact, phone="1"))


async def test_a_turn_that_asks_no_consent_outlasts_what_staff_does(store: Store) -> None:
    ana = await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), identities=on_teams("ana")))
    decided = ANA.turn(await ANA.load(store), "e1", fields={"age": 41})
    await store.change_many(BOT, adds([ana.number]))
    await store.commit(decided)
    assert await store.memberships(BOT, "c-ana") == {"tips": ADDED}


async def test_a_yes_that_was_decided_before_staff_took_the_person_out_is_decided_again(store: Store) -> None:
    """Staff's act changed nothing, and yet lowered consent: whether the yes is younger has to be looked at."""
    ana = await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), identities=on_teams("ana")))
    yes = ANA.turn(await ANA.load(store), "e1", consent={"tips": IN})
    assert list(await store.change_many(BOT, adds([ana.number], act=Act.REMOVE))) == [Changed.UNCHANGED]
    with pytest.raises(StaleVersion):
        await store.commit(yes)
    assert await store.memberships(BOT, "c-ana") == {}
    await ANA.take(store, "e1", consent={"tips": IN}, at=AT + MINUTE)


async def test_a_merge_decided_before_staff_added_the_other_is_refused(store: Store) -> None:
    """Else a contact that is gone would be a member."""
    ana, bo = await two(store)
    person = await store.person(BOT, bo.id)
    assert person is not None
    await store.change_many(BOT, adds([person.number], "news"))
    with pytest.raises(StaleVersion):
        await merged(store, ana, bo)
    assert await store.memberships(BOT, bo.id) == {"tips": OUT, "news": ADDED}
    assert await store.memberships(BOT, ana.id) == {"tips": IN}


async def test_versions_are_compared_as_numbers(store: Store) -> None:
    """Also the tenth with the ninth, and one that is still to come."""
    (ana,) = await known(store, "ana")
    latest = ana.contact
    for number in range(2, 12):
        latest = (await store.edit_contact(BOT, msgspec.structs.replace(latest, phone=str(number)))).contact
        assert latest.version == number
    for version in (0, 1, 2, 9, 10, 12, 20, 100):
        with pytest.raises(StaleVersion):
            await store.edit_contact(BOT, msgspec.structs.replace(latest, version=version, phone="x"))
    assert await store.contact(BOT, "c-ana") == latest


async def test_versions_of_turns_are_compared_as_numbers(store: Store) -> None:
    for number in range(11):
        await ANA.take(store, f"e{number}", fields={"age": number})
    loaded = await ANA.load(store)
    assert loaded.contact is not None
    assert loaded.state is not None
    assert (loaded.contact.version, loaded.state.version) == (11, 11)
    for version in (0, 1, 2, 9, 10, 12, 100):
        for what in ("contact", "state"):
            other = msgspec.structs.replace(getattr(loaded, what), version=version)
            with pytest.raises(StaleVersion):
                await store.commit(ANA.turn(replace(loaded, **{what: other}), "late", fields={"age": 99}))
    await store.commit(ANA.turn(loaded, "e12", fields={"age": 12}, at=NOW + MINUTE))
