"""Erasing takes what staff knew too, and no list brings the person back."""

from datetime import timedelta

import msgspec
import pytest

from messages.addresses import Handle, HandleKind, handles_of
from messages.consent import Membership
from messages.contact import Note
from messages.errors import WasErased
from messages.import_rows import Reason
from storage.audience_records import Changed, FailedRow, ImportRow, KeptAnswer
from storage.port import Store
from storage.sqlite.store import SqliteStore
from storage.stores import compare_stores, copy_store
from tests.storage.contract.audiences.people import AT, BOT, adds, all_rows, contact, everybody, known, on_teams
from tests.storage.contract.audiences.test_imports import LATER, claimed, step
from tests.storage.erasing import as_text, everything
from tests.storage.talk import NOW, Talk

FULL = contact(
    "quimby",
    external_id="quimby-7",
    aad_object_id="0a-quimby",
    phone="+44 quimby",
    given_name="quimby",
    family_name="von quimby",
    avatar="https://pictures.example/quimby.png",
    fields={"city": "quimbyville"},
    notes=(Note(AT, "ann", "quimby likes tips"),),
)
ERASED_AT = AT + timedelta(hours=1)


async def erase(store: Store) -> None:
    assert await store.erase_contact(BOT, FULL.id, actor="mia", at=ERASED_AT) is not None


@pytest.fixture
async def full(store: Store) -> Store:
    """A store that knows somebody from everywhere: as a contact, from imports, from answers of the API."""
    person = await store.add_contact(BOT, msgspec.structs.replace(FULL, identities=on_teams("quimby")))
    await known(store, "ana")
    await store.change_many(BOT, adds([person.number]))
    await claimed(store)
    await store.apply_import(
        BOT,
        step(
            0,
            ImportRow(1, "Quimby@example.org", person.number, Reason.DUPLICATE, "of line 0"),
            ImportRow(2, "Mr Quimby <quimby@EXAMPLE.org>", reason=Reason.UNKNOWN),
            ImportRow(3, "quimby-7", reason=Reason.UNKNOWN),
            ImportRow(4, "ana@example.org", reason=Reason.UNKNOWN),
        ),
    )
    await store.end_import(BOT, "j1", "w1", at=LATER)
    await store.begin_request("t1", "k", "r", AT)
    await store.end_request("t1", "k", KeptAnswer("r", AT, 200, b'{"name": "Quimby"}'))
    return store


async def test_nothing_of_theirs_is_left(full: Store) -> None:
    assert "quimby" in as_text(await everything(full, BOT)).replace(FULL.id, "")
    await erase(full)
    for kind, records in (await everything(full, BOT)).items():
        assert "quimby" not in as_text(records).replace(FULL.id, ""), kind
    assert [row.value for row in await full.failed_rows(BOT, "j1")] == ["", "", "", "ana@example.org"]
    assert await full.begin_request("t1", "k", "other", AT) is None
    assert await full.person(BOT, FULL.id) is None
    assert [person.contact.id for person in await full.people(BOT)] == ["c-ana"]
    assert (await everybody(full))[FULL.id].is_gone
    assert (await full.verify_ledger(BOT)).differences == ()


async def test_the_ledger_keeps_who_by_a_name_that_tells_nobody(full: Store) -> None:
    before = await all_rows(full)
    await erase(full)
    assert await all_rows(full) == before
    assert [row.change.contact for row in await full.ledger(BOT)] == [FULL.id]


async def test_staff_can_not_bring_them_back(full: Store) -> None:
    await erase(full)
    handles = handles_of(msgspec.structs.replace(FULL, identities=on_teams("quimby")))
    other = Handle(HandleKind.EMAIL, "ana@example.org")
    assert await full.erased_handles(BOT, [*handles, other]) == handles
    for back in ({"email": FULL.email}, {"external_id": FULL.external_id}, {"identities": on_teams("quimby")}):
        with pytest.raises(WasErased):
            await full.add_contact(BOT, msgspec.structs.replace(contact("new"), **back))
    ana = await full.person(BOT, "c-ana")
    assert ana is not None
    with pytest.raises(WasErased):
        await full.edit_contact(BOT, msgspec.structs.replace(ana.contact, external_id=FULL.external_id))


async def test_they_come_back_by_themselves_and_staff_adds_them_nowhere(full: Store) -> None:
    await erase(full)
    talk = Talk("quimby")
    await talk.take(full, "e1")
    back = (await talk.load(full)).contact
    assert back is not None
    assert back.id != FULL.id
    person = await full.person(BOT, back.id)
    assert person is not None
    assert list(await full.change_many(BOT, adds([person.number]))) == [Changed.ERASED]
    await claimed(full, "j2")
    after = await full.apply_import(BOT, step(0, ImportRow(1, "quimby", person.number), name="j2"))
    assert (after.added, after.failed) == (0, 1)
    assert [row.reason for row in await full.failed_rows(BOT, "j2")] == [Reason.ERASED]
    await talk.take(full, "e2", consent={"tips": Membership.OPTED_IN}, at=NOW)
    assert (await talk.load(full)).memberships == {"tips": Membership.OPTED_IN}


async def test_rows_that_come_later_do_not_name_them_again(full: Store) -> None:
    """A file that was read before still names them."""
    await claimed(full, "j2")
    await full.apply_import(BOT, step(0, ImportRow(1, "quimby@example.org", waits=True), name="j2"))
    (person,) = [person for person in await full.people(BOT) if person.contact.id == FULL.id]
    await erase(full)
    assert [row.value for row in await full.waiting_rows(BOT, "j2")] == [""]
    after = await full.apply_import(
        BOT,
        step(
            1,
            ImportRow(2, "QUIMBY@example.org", person.number),
            ImportRow(3, "quimby-7", reason=Reason.UNKNOWN, detail="nobody is called quimby-7"),
            ImportRow(4, "Quimby <quimby@example.org> Jr", reason=Reason.MALFORMED),
            ImportRow(5, "quimby@example.org", waits=True),
            ImportRow(6, "quimby-70", reason=Reason.UNKNOWN, detail="said so"),
            ImportRow(7, "ana@example.org", waits=True),
            name="j2",
        ),
    )
    assert (after.added, after.failed, after.looking_up) == (0, 5, 2)
    assert list(await full.failed_rows(BOT, "j2")) == [
        *(FailedRow(line, "", Reason.ERASED) for line in (2, 3, 4, 5)),
        FailedRow(6, "quimby-70", Reason.UNKNOWN, "said so"),
    ]
    assert [row.line for row in await full.waiting_rows(BOT, "j2")] == [1, 7]


async def test_who_is_called_alike_keeps_their_rows(store: Store) -> None:
    person = await store.add_contact(BOT, contact("ana", external_id="7"))
    await claimed(store)
    values = ("7", "77", "bob7@example.org", "diana@example.org", "ana@example.org.nz")
    await store.apply_import(
        BOT, step(0, *(ImportRow(line, value, reason=Reason.UNKNOWN) for line, value in enumerate(values)))
    )
    await store.erase_contact(BOT, person.contact.id, actor="mia", at=ERASED_AT)
    assert [row.value for row in await store.failed_rows(BOT, "j1", after=-1)] == ["", *values[1:]]


async def test_a_copy_remembers_them_too(full: Store, tmp_path: object) -> None:
    await erase(full)
    copy = SqliteStore(tmp_path / "copy.db")  # type: ignore[operator]
    await copy.open()
    await copy_store(full, copy, "source", lambda *_: None)
    assert all(each.is_same for each in await compare_stores(full, copy, lambda *_: None))
    with pytest.raises(WasErased):
        await copy.add_contact(BOT, msgspec.structs.replace(contact("new"), email=FULL.email))
    assert list(await copy.failed_rows(BOT, "j1")) == list(await full.failed_rows(BOT, "j1"))
    (ended,) = await copy.imports(BOT)
    assert ended.failed == 4
    await copy.close()
