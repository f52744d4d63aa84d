"""The right to be forgotten: what tells of a person goes from everywhere, what proves consent stays."""

import asyncio
import contextlib
from dataclasses import replace

import msgspec
import pytest

from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Identity
from messages.effects import KeepEvidence
from messages.errors import StaleVersion, TakenOver
from messages.inbound import Unhandled
from storage.port import Store
from storage.records import AuditRow, DeliveryStatus, Erased
from storage.transfer import JournalRecord, Kind
from tests.storage.contract.conftest import Opener
from tests.storage.erasing import IN, OUT, Person, all_of, as_text, everything
from tests.storage.talk import MINUTE, NOW, Talk, says

BOT = "wellbeing"
QUIMBY = Person("quimby", 1)
OTHER = Person("mathilda", 2)
NOTHING = Erased(turns=0, conversations=0, replies=0, ledger_rows=0)


@pytest.fixture
async def contact(store: Store) -> str:
    """Two people lived in the store; the id of the one to be erased."""
    await QUIMBY.live(store)
    await OTHER.live(store)
    return await QUIMBY.contact_id(store)


async def erase(store: Store, contact: str) -> Erased | None:
    return await store.erase_contact(BOT, contact, actor="mia", at=NOW + MINUTE)


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
        (await store.follow_ledger(BOT, ())).rows,
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


async def test_a_turn_under_way_goes_stale(store: Store, open_another: Opener, contact: str) -> None:
    server = await open_another()
    known, new = QUIMBY.alone, Talk("quimby", group="19:elsewhere")
    turns = [each.turn(await each.load(server), f"under way {each.key}", says("quimby")) for each in (known, new)]
    await erase(store, contact)
    for turn in turns:
        with pytest.raises(StaleVersion):
            await server.commit(turn)
    assert "quimby" not in as_text(await everything(store, BOT))


async def test_all_accounts_of_theirs_become_a_stranger_s(store: Store, contact: str) -> None:
    """Also one that hashes into another shard than the first."""
    others = [Identity("workplace", f"quimby {number}") for number in range(6)]
    loaded = await QUIMBY.alone.load(store)
    turn = QUIMBY.alone.turn(loaded, "more accounts")
    known = turn.entry.outcome.contact
    merged = msgspec.structs.replace(known, identities=(*known.identities, *others))
    outcome = msgspec.structs.replace(turn.entry.outcome, contact=merged)
    entry = msgspec.structs.replace(turn.entry, outcome=outcome)
    await store.commit(replace(turn, entry=entry))
    talks = [Talk(one.user, channel=one.channel) for one in others]
    assert [(await talk.load(store)).contact for talk in talks] == [(await QUIMBY.alone.load(store)).contact] * 6

    await erase(store, contact)

    assert "quimby" not in as_text(await everything(store, BOT))
    for number, talk in enumerate(talks):
        assert (await talk.load(store)).contact is None
        await talk.take(store, f"again {number}", consent={"tips": IN})
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_a_reply_that_is_just_sent_leaves_no_trace(store: Store, contact: str) -> None:
    (row, *_) = await store.deliveries(BOT, QUIMBY.alone.key, status=DeliveryStatus.PENDING)
    await erase(store, contact)
    sent = msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED, channel_message_ids=("quimby",), sent=1)
    with contextlib.suppress(TakenOver):  # a store may say so: the row is not this server's any more
        await store.record_delivery(sent)
    await store.mark_unreachable(BOT, QUIMBY.alone.key, "quimby is away", NOW + MINUTE)
    assert row.sequence not in [each.sequence for each in await store.pending()]
    assert "quimby" not in as_text(await everything(store, BOT))


async def test_a_reply_that_waits_for_another_attempt_is_not_sent(
    store: Store, open_another: Opener, contact: str
) -> None:
    await store.acquire_server_lease()
    (row, *_) = await store.deliveries(BOT, QUIMBY.alone.key, status=DeliveryStatus.PENDING)
    for each in await store.mine():
        await store.may_send(each)
    waits = msgspec.structs.replace(row, attempts=1, reason="429", next_attempt_at=NOW + MINUTE)
    await store.record_delivery(waits)
    await store.may_send(waits)
    assert await erase(await open_another(), contact) is not None
    await store.take_over()
    with pytest.raises(TakenOver):
        await store.may_send(waits)


async def test_words_that_went_are_kept_again_for_whoever_sees_them_next(
    store: Store, open_another: Opener, contact: str
) -> None:
    """A server that knew them to be stored hears that they are not any more."""
    server = await open_another()
    namesake = Talk("quimby", channel="workplace")
    shown = KeepEvidence("f" * 16, "Tips, Quimby?")
    await namesake.take(server, "before", shown)
    await erase(store, contact)
    assert (await namesake.load(server, evidence=shown.digest)).evidence is None
    await namesake.take(server, "between")
    await namesake.take(server, "after", shown)
    assert (await namesake.load(server, evidence=shown.digest)).evidence == shown.text


async def test_whoever_writes_while_they_are_erased_becomes_a_stranger(
    store: Store, open_another: Opener, contact: str
) -> None:
    """Wherever erasing falls between their turns, no turn goes to the one who was erased, and none is lost."""
    servers = [await open_another() for _ in range(3)]

    async def writes(server: Store, number: int) -> None:
        talk = Talk("quimby", group=f"19:{number}")
        for turn in range(8):
            after = (IN, OUT)[turn % 2]
            await talk.take_until_committed(server, f"{number} {turn}", says("quimby"), consent={f"s{number}": after})

    async with asyncio.TaskGroup() as group:
        for number, server in enumerate(servers):
            group.create_task(writes(server, number))
        group.create_task(erase(store, contact))

    names = await store.conversations_of(BOT, contact)
    assert all(name.startswith(f"erased:{contact}/") for name in names)
    entries = [entry for entry in await all_of(store, BOT, Kind.JOURNAL) if isinstance(entry, JournalRecord)]
    of_them = [entry for entry in entries if entry.conversation in names]
    assert len(entries) == 16 + 24
    assert "quimby" not in as_text(of_them)
    assert len(of_them) >= 8
    assert (await store.verify_ledger(BOT)).differences == ()
    assert [row.target for row in await store.audit(BOT)] == [contact]
