"""What every store does alike where two stores once differed, aggregate by aggregate."""

from datetime import timedelta

import msgspec
import pytest

from consent.membership import Act
from messages.addresses import Handle, HandleKind
from messages.errors import BadInput, Conflict, StaleVersion, UnreadableRecord, WasErased
from messages.import_rows import Reason
from storage.audience_records import ApiToken, ImportRow, KeptAnswer, Role
from storage.continuity import RaisingRefused
from storage.port import Store
from storage.records import DeliveryStatus, JournalEntry
from tests.storage.contract.audiences.people import AT, BOT, adds, contact, known, on_teams
from tests.storage.contract.audiences.test_imports import claimed, file, job, step
from tests.storage.contract.audiences.test_segments import VIPS
from tests.storage.contract.conftest import Opener
from tests.storage.contract.test_turns import ServiceTalk
from tests.storage.damage import damage
from tests.storage.talk import MINUTE, NOW, Talk, says

ANA, BEN = Talk("ana"), Talk("ben")
SERVICE = ServiceTalk(whose="ana")
"""It has a conversation with Ana, whom it is not: with several shards, what each says there is kept apart."""


async def test_what_two_people_share_through_their_channel_hinders_no_edit(store: Store) -> None:
    """A channel may tell one directory id of two people; an edit is refused for what the person did not have before."""
    for talk in (ANA, BEN):
        entry = (await taken(store, talk, aad_object_id="0A-1", external_id="E-7")).outcome.contact
        assert entry.external_id == "E-7"
    (found,) = await store.find_people(BOT, [Handle(HandleKind.EXTERNAL_ID, "E-7")])
    assert len(found) == 2
    for person in await store.people_numbered(BOT, found):
        tagged = msgspec.structs.replace(person.contact, tags=frozenset({"vip"}))
        assert (await store.edit_contact(BOT, tagged)).contact.tags == {"vip"}


async def taken(store: Store, talk: Talk, **facts: str) -> JournalEntry:
    """A turn in which the channel tells something of the person."""
    turn = talk.turn(await talk.load(store), f"told-{talk.user}")
    told = msgspec.structs.replace(turn.outcome.contact, **facts)
    entry = msgspec.structs.replace(turn, outcome=msgspec.structs.replace(turn.outcome, contact=told))
    await store.commit(entry)
    return entry


WORDS = "the {} is contact c-ana's. Change that contact, or merge the two if they are one person"


@pytest.mark.parametrize(
    ("theirs", "what"),
    [
        ({"external_id": "E-7"}, "external id 'E-7'"),
        ({"aad_object_id": "0A-1"}, "directory id '0a-1'"),
        ({"identities": on_teams("29:ana")}, "account 'teams 29:ana'"),
        ({"email": "Ana@example.org"}, "e-mail address 'ana@example.org'"),
    ],
)
async def test_whose_a_handle_is_is_said_in_the_same_words(store: Store, theirs: dict[str, object], what: str) -> None:
    await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), **theirs))
    bob = await store.add_contact(BOT, contact("bob"))
    for change, whom in ((store.add_contact, contact("cy")), (store.edit_contact, bob.contact)):
        with pytest.raises(Conflict) as refusal:
            await change(BOT, msgspec.structs.replace(whom, **theirs), unique_address=True)
        assert (refusal.value.contact, str(refusal.value)) == ("c-ana", WORDS.format(what))


async def test_what_was_an_erased_person_s_is_refused_in_the_same_words(store: Store) -> None:
    await store.add_contact(BOT, contact("ana"))
    await store.erase_contact(BOT, "c-ana", actor="mia", at=NOW)
    ben = await store.add_contact(BOT, contact("ben"))
    again = msgspec.structs.replace(contact("ana"), id="c-again")
    edited = msgspec.structs.replace(ben.contact, email="ana@example.org")
    words = []
    for change, whom in ((store.add_contact, again), (store.edit_contact, edited)):
        with pytest.raises(WasErased) as refusal:
            await change(BOT, whom)
        words.append(str(refusal.value))
    assert words[0].startswith("this person had their data erased")
    assert words[1].startswith("this handle belonged to somebody who was erased")


async def test_a_contact_that_cannot_be_read_is_not_taken_for_none(open_another: Opener, url: str) -> None:
    store = await open_another()
    (ana,) = await known(store, "ana")
    damage(url, "contact", BOT, "c-ana")
    with pytest.raises(UnreadableRecord):
        await store.person(BOT, "c-ana")
    with pytest.raises(UnreadableRecord):
        await store.edit_contact(BOT, ana.contact)
    with pytest.raises(Conflict):
        await store.add_contact(BOT, msgspec.structs.replace(contact("ana"), email="other@example.org"))


async def test_a_bot_that_was_only_asked_about_is_none(store: Store) -> None:
    await known(store, "ana")
    assert await store.people("typo") == []
    assert await store.contact("typo", "c-ana") is None
    assert await store.live("typo") is None
    assert list(await store.all_bots()) == [BOT]


async def test_a_segment_that_is_not_there_cannot_be_deleted(store: Store) -> None:
    version = await store.segments_version(BOT)
    with pytest.raises(StaleVersion):
        await store.delete_segment(BOT, "nothing", version=0)
    assert await store.segments_version(BOT) == version
    saved = await store.save_segment(VIPS)
    await store.delete_segment(BOT, saved.id, version=saved.version)
    with pytest.raises(StaleVersion):
        await store.delete_segment(BOT, saved.id, version=saved.version)


async def test_an_import_has_an_id_of_its_own(store: Store) -> None:
    first = await job(store, "j1")
    with pytest.raises(BadInput, match="there is an import j1 already"):
        await store.add_import(msgspec.structs.replace(first, file_name="other.csv"), file(b"x"))
    assert await store.import_job(BOT, "j1") == first
    assert b"".join([part async for part in store.import_file(BOT, "j1")]) == b"ana@example.org\n"


async def test_rows_that_add_nobody_are_taken_where_nothing_may_raise_consent(store: Store) -> None:
    (ana,) = await known(store, "ana")
    await claimed(store)
    failed = step(0, ImportRow(1, "nobody", reason=Reason.UNKNOWN))
    adding = step(1, ImportRow(2, "ana@example.org", ana.number))
    store.hold("the store is being compared")
    assert (await store.apply_import(BOT, failed)).done == 1
    with pytest.raises(RaisingRefused):
        await store.apply_import(BOT, adding)
    assert (await store.apply_import(BOT, failed)).done == 1
    store.hold("")
    done = await store.apply_import(BOT, adding)
    store.hold("the store is being compared")
    assert await store.apply_import(BOT, adding) == done


async def test_tokens_come_by_time_whenever_they_were_kept(store: Store) -> None:
    def token(name: str, minutes: int) -> ApiToken:
        return ApiToken(name, name, Role.OPS, f"digest-{name}", AT + timedelta(minutes=minutes), "ann")

    for each in (token("late", 9), token("b", 1), token("a", 1)):
        await store.add_token(each)
    assert [each.id for each in await store.tokens()] == ["a", "b", "late"]
    with pytest.raises(BadInput):
        await store.add_token(msgspec.structs.replace(token("a", 5), digest="another"))
    with pytest.raises(BadInput):
        await store.add_token(msgspec.structs.replace(token("c", 5), digest="digest-a"))
    known_token = await store.token_with("digest-a")
    assert known_token is not None
    assert known_token.id == "a"
    assert len(await store.tokens()) == 3


async def test_an_answer_is_kept_from_when_it_was_given(store: Store) -> None:
    await store.begin_request("t", "k", "asked", AT)
    given = KeptAnswer("asked", AT + 5 * MINUTE, 200, b"{}")
    await store.end_request("t", "k", given)
    await store.prune(AT + 4 * MINUTE, timedelta())
    assert await store.begin_request("t", "k", "asked", AT + 6 * MINUTE) == given
    await store.prune(AT + 9 * MINUTE, timedelta())
    assert await store.begin_request("t", "k", "asked", AT + 9 * MINUTE) is None


async def test_a_conversation_has_had_its_turns_though_they_were_forgotten(store: Store) -> None:
    for number in range(3):
        await ANA.take(store, f"e{number}", at=NOW + number * MINUTE)
    assert await store.prune_journal(before=NOW + MINUTE) == 1
    shown = await store.conversation(ANA.bot, ANA.key)
    assert shown is not None
    assert shown.turns == 3
    assert (await store.conversations(ANA.bot))[0].turns == 3
    assert len(await store.journal(ANA.bot, ANA.key)) == 2


async def test_what_several_people_said_in_one_conversation_comes_in_the_order_of_time(store: Store) -> None:
    """The service account and Ana are people of their own, whose records may be kept apart."""
    assert SERVICE.key == ANA.key
    order = [SERVICE, ANA, SERVICE, ANA, ANA, SERVICE]
    for number, talk in enumerate(order):
        await talk.take(store, f"e{number}", says(f"r{number}"), at=NOW + number * MINUTE)
    turns = [f"turn-e{number}" for number in range(6)]
    assert [entry.turn for entry in await store.journal(BOT, ANA.key)] == turns
    assert [entry.turn for entry in await store.journal(BOT, ANA.key, limit=4)] == turns[:4]
    for number in range(6):
        rest = await store.journal(BOT, ANA.key, after=turns[number], limit=3)
        assert [entry.turn for entry in rest] == turns[number + 1 : number + 4]
    records = [each.record for each in await store.journal_of(BOT, ANA.key)]
    assert [turn.encode() in record for turn, record in zip(turns, records, strict=True)] == [True] * 6
    assert [each.record for each in await store.journal_of(BOT, ANA.key, after=2, limit=3)] == records[2:5]
    assert [each.record for each in await store.journal_of(BOT, ANA.key, latest=True, limit=4)] == records[2:]
    replies = await store.deliveries(BOT, ANA.key)
    assert [row.message.id for row in replies] == [f"m_r{number}" for number in range(6)]
    assert [row.message.id for row in await store.deliveries(BOT, ANA.key, limit=2)] == ["m_r0", "m_r1"]


async def test_the_tenth_reply_goes_out_behind_the_ninth(store: Store, open_another: Opener) -> None:
    """By whatever server, in whatever pages it reads them, and also where an earlier one ends last."""
    names = [f"m_{number}" for number in range(1, 13)]
    await ANA.take(store, "e0", *(says(str(number)) for number in range(1, 7)))
    for number in range(7, 13):
        await ANA.take(store, f"e{number}", says(str(number)))
    other = await open_another()
    pages, after = [], 0
    while page := await other.pending(after=after, limit=5):
        pages += page
        after = page[-1].sequence
    assert [row.message.id for row in pages] == names
    rows = await store.deliveries(BOT, ANA.key)
    assert [row.message.id for row in rows] == names
    waits = msgspec.structs.replace(rows[0], attempts=1, next_attempt_at=NOW + MINUTE)
    await store.record_delivery(waits)
    done = replace_status(rows[8])
    await store.record_delivery(done)
    left = [row.message.id for row in await store.pending()]
    assert left == [name for name in names if name != "m_9"]
    assert [row.message.id for row in await store.mine()] in (left, [])


def replace_status(row: object) -> object:
    return msgspec.structs.replace(row, status=DeliveryStatus.DELIVERED, delivered_at=NOW)  # type: ignore[type-var]


async def test_rows_that_staff_made_for_many_lose_what_is_personal_like_any_other(store: Store) -> None:
    people = [one.number for one in await known(store, "ana", "ben")]
    await store.change_many(BOT, adds(people))
    await store.change_many(BOT, adds(people, "news", details=["job:2", "job:3"]))
    await store.change_many(BOT, adds(people, act=Act.REMOVE))
    before = await store.verify_ledger(BOT)
    erased = await store.erase_contact(BOT, "c-ana", actor="mia", at=NOW)
    assert erased is not None
    assert erased.ledger_rows == 3
    theirs, others = [await store.ledger(BOT, contact=name) for name in ("c-ana", "c-ben")]
    assert [(row.erased, row.change.detail, row.change.acted_at) for row in theirs] == [(True, "", None)] * 3
    assert [(row.erased, row.change.detail) for row in others] == [
        (False, "by hand"), (False, "job:3"), (False, "by hand"),
    ]  # fmt: skip
    assert [row.change.subject for row in theirs] == ["tips", "news", "tips"]
    assert await store.verify_ledger(BOT) == before
    assert (await store.erase_contact(BOT, "c-ana", actor="mia", at=NOW)) is not None
    assert len(await store.audit(BOT, target="c-ana")) == 1
