"""What a push asks of many people at once."""

from consent.membership import Act
from messages.consent import ALL, Membership
from messages.inbound import ConversationReference
from storage.addresses import MAX_TARGETS, ConsentRow, PushTarget
from storage.port import Store
from tests.storage.contract.audiences.people import BOT, adds, contact, everybody
from tests.storage.contract.audiences.test_merging import merged, two
from tests.storage.talk import NOW, Talk

IN, OUT, ADDED, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED, Membership.NONE


async def targets(store: Store, subject: str = "tips") -> dict[str, PushTarget]:
    numbers = [person.number for person in (await everybody(store)).values()]
    return {one.contact: one for one in await store.push_targets(BOT, numbers, subject)}


async def test_all_that_a_push_asks_is_told_in_the_order_asked(store: Store) -> None:
    zoned = await store.add_contact(BOT, contact("zoe", time_zone="Asia/Tokyo", aad_object_id="A-1"))
    for name, consent in (("ana", {"tips": IN}), ("bo", {"tips": OUT, ALL: OUT}), ("cy", {"news": IN})):
        await Talk(name).take(store, f"e-{name}", consent=consent)
    await Talk("ana").take(store, "e-again")
    people = {person.contact.name: person.number for person in (await everybody(store)).values()}
    asked = [people["Cy"], 9_999, people["Zoe"], people["Ana"], people["Bo"]]
    found = await store.push_targets(BOT, asked, "tips")
    assert [one.number for one in found] == [number for number in asked if number != 9_999]
    cy, zoe, ana, bo = found
    rows = {(row.change.contact, row.change.subject): row.sequence for row in await store.ledger(BOT)}
    assert ana.subject == ConsentRow(IN, rows[ana.contact, "tips"])
    assert (bo.subject, bo.everything) == (
        ConsentRow(OUT, rows[bo.contact, "tips"]),
        ConsentRow(OUT, rows[bo.contact, ALL]),
    )
    assert (cy.subject, cy.everything, ana.everything) == (ConsentRow(), ConsentRow(), ConsentRow())
    (address,) = ana.addresses
    assert (address.key, address.reference, address.version) == (Talk("ana").key, Talk("ana").reference, 2)
    loaded = (await Talk("ana").load(store)).contact
    assert loaded is not None
    assert (ana.contact, ana.version, ana.is_gone) == (loaded.id, loaded.version, False)
    assert (zoe.contact, zoe.time_zone, zoe.addresses) == (zoned.contact.id, "Asia/Tokyo", ())
    assert await store.push_targets("other", asked, "tips") == []
    assert await store.push_targets(BOT, [], "tips") == []


async def test_staff_s_changes_for_many_are_told_with_the_row_they_stand_on(store: Store) -> None:
    people = [await store.add_contact(BOT, contact(name)) for name in ("ana", "bo")]
    numbers = [person.number for person in people]
    await store.change_many(BOT, adds(numbers))
    rows = {row.change.contact: row.sequence for row in await store.ledger(BOT)}
    for person, found in zip(people, await store.push_targets(BOT, numbers, "tips"), strict=True):
        assert found.subject == ConsentRow(ADDED, rows[person.contact.id])
    await store.change_many(BOT, adds(numbers[:1], act=Act.REMOVE))
    last = (await store.ledger(BOT, contact=people[0].contact.id))[-1].sequence
    assert (await store.push_targets(BOT, numbers, "tips"))[0].subject == ConsentRow(NONE, last)


async def test_who_is_gone_says_who_took_over_and_nothing_else(store: Store) -> None:
    ana, bo = await two(store)
    await merged(store, ana, bo)
    await Talk("eve").take(store, "e9", consent={"tips": IN})
    eve = (await Talk("eve").load(store)).contact
    assert eve is not None
    await store.erase_contact(BOT, eve.id, actor="ann", at=NOW)
    found = await targets(store)
    assert [(found[one].is_gone, found[one].merged_into) for one in (ana.id, bo.id, eve.id)] == [
        (False, ""),
        (True, ana.id),
        (True, ""),
    ]
    assert (found[bo.id].addresses, found[eve.id].addresses, found[eve.id].accounts) == ((), (), ())
    assert [one.key for one in found[ana.id].addresses] == [Talk("bo").key]


async def test_who_was_never_met_is_written_to_first_where_the_channel_allows_it(store: Store) -> None:
    await store.add_contact(BOT, contact("zoe", aad_object_id="A-1"))
    await store.add_contact(BOT, contact("yan"))
    found = await targets(store)
    first = found["c-zoe"].address_on("teams")
    assert first is not None
    assert (first.reference, first.key, first.version) == (ConversationReference("teams", "", "A-1"), "teams:A-1", 0)
    assert found["c-zoe"].address_on("workplace") is None
    assert found["c-yan"].address_on("teams") is None


async def test_a_thousand_are_asked_about_at_once(store: Store) -> None:
    people = [await store.add_contact(BOT, contact(f"p{n}")) for n in range(3)]
    numbers = [people[n % 3].number for n in range(MAX_TARGETS)]
    assert [one.number for one in await store.push_targets(BOT, numbers, "tips")] == numbers
