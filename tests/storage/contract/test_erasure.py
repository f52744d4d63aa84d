"""The right to be forgotten: what tells of a person goes from everywhere, what proves consent stays."""

import msgspec
import pytest

from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Identity
from messages.inbound import Unhandled
from storage.port import Store
from storage.records import AuditRow, Erased
from storage.transfer import JournalRecord, Kind
from tests.storage.erasing import BOT, IN, OTHER, OUT, QUIMBY, Person, all_of, as_text, erase, everything, lived_in
from tests.storage.talk import MINUTE, NOW, Talk, says

NOTHING = Erased(turns=0, conversations=0, replies=0, ledger_rows=0)


@pytest.fixture
async def contact(store: Store) -> str:
    """Two people lived in the store; the id of the one to be erased."""
    return await lived_in(store)


async def test_an_unknown_contact_is_none(store: Store) -> None:
    assert await erase(store, "c_nobody") is None
    assert list(await store.audit(BOT)) == []


async def test_nothing_of_theirs_is_left(store: Store, contact: str) -> None:
    assert "quimby" in as_text(await everything(store, BOT))
    assert await erase(store, contact) == Erased(turns=8, conversations=2, replies=8, ledger_rows=10)
    for kind, records in (await everything(store, BOT)).items():
        assert "quimby" not in as_text(records), kind


async def test_what_ops_looks_at_tells_nothing_either(store: Store, contact: str) -> None:
    await erase(store, contact)
    seen = [
        await store.conversations(BOT),
        await store.contact(BOT, contact),
        await store.ledger(BOT),
        (await store.follow_memberships(BOT, ())).rows,
        await store.ignored(BOT),
        await store.pending(),
        await store.due_timers(NOW + 99 * MINUTE),
        await store.members(BOT, "tips"),
        await store.audit(BOT),
        await store.journal_page(BOT),
        [await store.journal_of(BOT, key) for key in await store.conversations_of(BOT, contact)],
    ]
    assert "quimby" not in as_text(seen)
    for talk in QUIMBY.talks:
        assert await store.conversation(BOT, talk.key) is None
        assert list(await store.journal(BOT, talk.key)) == []
        assert list(await store.deliveries(BOT, talk.key)) == []


async def test_each_turn_leaves_an_entry_that_says_so(store: Store, contact: str) -> None:
    before = [entry for talk in QUIMBY.talks for entry in await store.journal(BOT, talk.key)]
    await erase(store, contact)
    names = await store.conversations_of(BOT, contact)
    assert names == [f"erased:{contact}/1", f"erased:{contact}/2"]
    after = [entry for name in names for entry in await store.journal(BOT, name)]
    assert [(each.turn, each.at, each.memberships) for each in after] == [
        (each.turn, each.at, each.memberships) for each in before
    ]
    assert all(each.erased and each.contact == contact for each in after)
    assert {each.event.action for each in after} == {Unhandled("erased")}
    for name in names:
        summary = await store.conversation(BOT, name)
        assert summary is not None
        assert (summary.contact.id, summary.turns, summary.pending, summary.failed) == (contact, 4, 0, 0)


async def test_the_turns_stay_in_their_place_in_the_journal(store: Store, contact: str) -> None:
    before = await all_of(store, BOT, Kind.JOURNAL)
    await erase(store, contact)
    after = await all_of(store, BOT, Kind.JOURNAL)
    assert [turn_of(record) for record in after] == [turn_of(record) for record in before]


def turn_of(record: object) -> tuple[str, int]:
    assert isinstance(record, JournalRecord)
    return record.turn, record.at


async def test_the_ledger_keeps_its_facts_and_stays_whole(store: Store, contact: str) -> None:
    before = await store.verify_ledger(BOT)
    rows = await store.ledger(BOT, contact=contact)
    bare = [
        msgspec.structs.replace(row.change, detail="", label="", text="", conversation="", event_id="") for row in rows
    ]
    await erase(store, contact)
    assert [row.change for row in await store.ledger(BOT, contact=contact)] == bare
    after = await store.verify_ledger(BOT)
    assert after == before
    assert after.differences == ()


async def test_memberships_stand_and_staff_can_change_them(store: Store, contact: str) -> None:
    await erase(store, contact)
    change = ConsentChange(contact, "vip", Membership.NONE, Membership.ADDED, NOW, SourceKind.CONSOLE, "mia")
    await store.change_consent(BOT, change)
    assert [member.id for member in await store.members(BOT, "vip")] == [contact]
    out = ConsentChange(contact, "tips", OUT, IN, NOW, SourceKind.CONSOLE, "mia")
    await store.change_consent(BOT, out)
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_others_are_left_alone(store: Store, contact: str) -> None:
    before = await seen_of(store, OTHER)
    await erase(store, contact)
    assert await seen_of(store, OTHER) == before


async def seen_of(store: Store, person: Person) -> list[object]:
    seen: list[object] = []
    for talk in person.talks:
        seen += [await talk.load(store, person.event(turn, talk), evidence=person.digest(turn)) for turn in range(4)]
        seen += [await store.conversation(BOT, talk.key), await store.journal(BOT, talk.key)]
        seen.append(await store.deliveries(BOT, talk.key))
        seen.append([message for message in await store.ignored(BOT) if message.conversation == talk.key])
        seen.append([row for row in await store.pending() if row.conversation == talk.key])
        seen.append([due for due in await store.due_timers(NOW + 9 * MINUTE) if due.conversation == talk.key])
    seen.append(await store.ledger(BOT, contact=await person.contact_id(store)))
    return seen


async def test_it_is_on_record_who_did_it(store: Store, contact: str) -> None:
    await erase(store, contact)
    (row,) = await store.audit(BOT, target=contact)
    assert (row.actor, row.action, row.at) == ("mia", "erase", NOW + MINUTE)
    assert row.detail == "turns: 8, conversations: 2, replies: 8, rows of the ledger: 10"


async def test_what_was_done_to_their_conversations_stays_on_record_under_the_new_name(
    store: Store, contact: str
) -> None:
    row = await store.add_audit(AuditRow(0, BOT, NOW, "mia", "unmask", QUIMBY.alone.key, "as root"))
    other = await store.add_audit(AuditRow(0, BOT, NOW, "mia", "unmask", OTHER.alone.key))
    await erase(store, contact)
    renamed = msgspec.structs.replace(row, target=f"erased:{contact}/1")
    first, second, _ = await store.audit(BOT)
    assert (first, second) == (renamed, other)
    assert await store.audit(BOT, target=renamed.target) == [renamed]
    assert list(await store.audit(BOT, target=QUIMBY.alone.key)) == []


async def test_doing_it_again_changes_nothing(store: Store, contact: str) -> None:
    await erase(store, contact)
    before = await everything(store, BOT)
    assert await erase(store, contact) == NOTHING
    assert await everything(store, BOT) == before
    assert len(await store.audit(BOT)) == 1


async def test_who_writes_again_is_a_stranger(store: Store, contact: str) -> None:
    await erase(store, contact)
    for talk in QUIMBY.talks:
        loaded = await talk.load(store, QUIMBY.event(0, talk), evidence=QUIMBY.digest(0))
        assert (loaded.state, loaded.contact, loaded.memberships) == (None, None, {})
        assert (loaded.evidence, loaded.seen) == (None, False)
    await QUIMBY.alone.take(store, "new", says("welcome"), consent={"tips": IN})
    new = await QUIMBY.contact_id(store)
    assert new != contact
    summary = await store.conversation(BOT, QUIMBY.alone.key)
    assert summary is not None
    assert (summary.contact.id, summary.turns, summary.pending) == (new, 1, 1)
    assert (await store.verify_ledger(BOT)).differences == ()
    assert [member.id for member in await store.members(BOT, "tips")] == [new]


async def test_a_second_life_is_erased_like_the_first(store: Store, contact: str) -> None:
    await erase(store, contact)
    await QUIMBY.alone.take(store, "second life", says("quimby"), fields={"city": "quimbyville"})
    new = await QUIMBY.contact_id(store)
    assert await erase(store, new) == Erased(turns=1, conversations=1, replies=1, ledger_rows=0)
    assert await store.conversations_of(BOT, new) == [f"erased:{new}/1"]
    assert len(await store.conversations_of(BOT, contact)) == 2
    assert "quimby" not in as_text(await everything(store, BOT))


async def test_all_accounts_of_theirs_become_a_stranger_s(store: Store, contact: str) -> None:
    """Also one that hashes into another shard than the first."""
    others = [Identity("workplace", f"quimby {number}") for number in range(6)]
    loaded = await QUIMBY.alone.load(store)
    turn = QUIMBY.alone.turn(loaded, "more accounts")
    known = turn.outcome.contact
    merged = msgspec.structs.replace(known, identities=(*known.identities, *others))
    outcome = msgspec.structs.replace(turn.outcome, contact=merged)
    entry = msgspec.structs.replace(turn, outcome=outcome)
    await store.commit(entry)
    talks = [Talk(one.user, channel=one.channel) for one in others]
    assert [(await talk.load(store)).contact for talk in talks] == [(await QUIMBY.alone.load(store)).contact] * 6

    await erase(store, contact)

    assert "quimby" not in as_text(await everything(store, BOT))
    for number, talk in enumerate(talks):
        assert (await talk.load(store)).contact is None
        await talk.take(store, f"again {number}", consent={"tips": IN})
    assert (await store.verify_ledger(BOT)).differences == ()
