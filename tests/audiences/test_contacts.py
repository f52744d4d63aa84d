"""Contacts as staff finds, makes, changes, merges, imports and exports them."""

import io
import json
import zipfile
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from audiences import contacts
from audiences.contact_values import checked_detail, field_value
from audiences.exports import everything_held, export_people, export_person
from audiences.who import find_contact
from flows.model.bot import Bot
from flows.source.read import read_flow
from messages.consent import Membership
from messages.contact import Identity
from messages.errors import BadInput, Conflict
from messages.import_rows import Reason
from messages.pushes import RunState
from storage.audience_records import ImportRow
from storage.port import Store
from tests.audiences.conftest import ANN
from tests.cli.running import SMALL
from tests.storage.contract.audiences.people import AT, BOT, contact, known, on_teams
from tests.storage.contract.audiences.test_imports import claimed, step
from tests.storage.sending import known_member, push, run_of, skips
from tests.storage.talk import Talk

OUT, IN = Membership.OPTED_OUT, Membership.OPTED_IN


@pytest.fixture
def flow() -> Bot:
    """A flow whose field `age` is a number."""
    return read_flow(SMALL, "small.yaml").bot


def ids() -> Callable[[], str]:
    made = iter(range(1, 1000))
    return lambda: f"c_new_{next(made)}"


async def test_a_contact_needs_something_that_tells_who_it_is(store: Store) -> None:
    with pytest.raises(BadInput, match="nothing says who this is"):
        await contacts.create_contact(store, BOT, "c1", contacts.set_details({"name": "Ana"}), (), ANN, AT)
    change = contacts.set_details({"email": "ana@example.org", "first_name": "Ana", "time_zone": "Europe/Paris"})
    person = await contacts.create_contact(store, BOT, "c1", change, [Identity("teams", "29:a")], ANN, AT)
    assert (person.contact.given_name, person.contact.source) == ("Ana", "cli")
    assert [(row.action, row.target) for row in await store.audit(BOT)] == [("create_contact", "c1")]


@pytest.mark.parametrize(
    ("word", "text", "problem"),
    [
        ("email", "ana", "is not an email address"),
        ("email", "a@@b", "more than one @"),
        ("external_id", "a@b.example", "is not a valid external id"),
        ("time_zone", "Paris", "is not a time zone"),
        ("avatar", "javascript:alert(1)", "is not a web address"),
        ("name", "x" * 501, "at most 500 characters"),
        ("shoe_size", "40", "there is no 'shoe_size'"),
    ],
)
def test_a_detail_that_can_not_be_is_refused_by_name(word: str, text: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        contacts.set_details({word: text})


@pytest.mark.parametrize(
    ("name", "kind", "text", "value"),
    [
        ("age", "", "41", 41),
        ("age", "text", "41", 41),
        ("born", "date", "1985-04-01", "1985-04-01"),
        ("vip", "yes_no", "Yes", True),
        ("vip", "yes_no", "no", False),
        ("team", "", "Sales", "Sales"),
        ("sum", "number", "2.5", 2.5),
        ("team", "", "", None),
    ],
)
def test_fields_have_types(flow: Bot, name: str, kind: str, text: str, value: object) -> None:
    assert field_value(flow, name, text, kind) == value


@pytest.mark.parametrize(("name", "kind", "text"), [("age", "", "old"), ("vip", "yes_no", "maybe"), ("d", "date", "x")])
def test_a_value_of_another_type_is_refused_by_field(flow: Bot, name: str, kind: str, text: str) -> None:
    with pytest.raises(BadInput, match=rf"fields\.{name}"):
        field_value(flow, name, text, kind)


async def test_somebody_is_found_by_whatever_names_them(store: Store) -> None:
    await store.add_contact(BOT, replace(contact("ana", external_id="E7"), identities=on_teams("29:ana")))
    for who in ("c-ana", "Ana@example.org", "E7", "teams 29:ana", " ana@example.org "):
        assert (await find_contact(store, BOT, who)).contact.id == "c-ana"
    with pytest.raises(BadInput, match=r"no contact 'bob@example\.org'"):
        await find_contact(store, BOT, "bob@example.org")
    await store.add_contact(BOT, replace(contact("bob"), email="ana@example.org"))
    with pytest.raises(BadInput, match=r"2 contacts have this address.*c-ana"):
        await find_contact(store, BOT, "ana@example.org")


async def test_changes_are_recorded_by_what_and_not_by_value(store: Store) -> None:
    await known(store, "ana")
    change = contacts.together(contacts.set_details({"phone": "123"}), contacts.set_fields({"age": 41}))
    await contacts.edit_contact(store, BOT, "c-ana", change, ANN, AT, "edit_contact", "phone, field age")
    await contacts.edit_contact(store, BOT, "c-ana", contacts.change_tags(["vip"], []), ANN, AT, "tag_contact")
    await contacts.edit_contact(store, BOT, "c-ana", contacts.add_note(AT, "ann", "likes tea"), ANN, AT, "note_contact")
    again = await contacts.edit_contact(store, BOT, "c-ana", contacts.change_tags(["vip"], []), ANN, AT, "tag_contact")
    assert (again.contact.tags, again.contact.fields, again.contact.notes[0].text) == (
        {"vip"},
        {"age": 41},
        "likes tea",
    )
    rows = [(row.action, row.detail) for row in await store.audit(BOT)]
    assert rows == [("edit_contact", "phone, field age"), ("tag_contact", ""), ("note_contact", "")]


async def test_merging_keeps_the_stricter_consent(store: Store) -> None:
    await Talk("ana").take(store, "e1", consent={"tips": IN, "news": IN})
    await Talk("bo").take(store, "e2", consent={"tips": OUT})
    ana, bo = [await find_contact(store, BOT, f"teams {name}") for name in ("ana", "bo")]
    try:
        merged = await contacts.merge_contacts(store, BOT, ana, bo, ANN, AT)
    except BadInput as refusal:
        assert "different shards" in str(refusal)  # noqa: PT017  # a store of several shards may keep them apart
        return
    assert merged.contact.id == ana.contact.id
    assert await store.memberships(BOT, ana.contact.id) == {"tips": OUT, "news": IN}
    assert (await Talk("bo").load(store)).contact == merged.contact
    assert (await store.verify_ledger(BOT)).differences == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [("phone", "+33 6 12 34 56 78"), ("phone", "06.12.34.56.78"), ("external_id", "12E3"), ("external_id", "7.0")],
)
def test_numbers_as_people_write_them_are_kept(column: str, value: str) -> None:
    assert checked_detail(column, value) == value


@pytest.mark.parametrize(
    "spelling", ["ana@example.org", "ANA@EXAMPLE.ORG", " ana@example.org ", "Ana <ana@example.org>"]
)
async def test_nobody_is_made_twice_with_one_address(store: Store, spelling: str) -> None:
    await known(store, "ana", "bob")
    email = contacts.set_details({"email": spelling})
    with pytest.raises(Conflict, match="contact c-ana's"):
        await contacts.create_contact(store, BOT, "c9", email, (), ANN, AT)
    with pytest.raises(Conflict, match="contact c-ana's"):
        await contacts.edit_contact(store, BOT, "c-bob", email, ANN, AT, "edit_contact")
    assert len(await store.people(BOT)) == 2


async def test_members_are_written_so_that_a_spreadsheet_runs_nothing(store: Store) -> None:
    await store.add_contact(
        BOT, replace(contact("ana"), name='=HYPERLINK("http://evil.example","x")', fields={"vip": True})
    )
    (ana,) = await store.people(BOT)
    parts = [part async for part in export_people(store, BOT, [ana.number, 999], ["name", "email", "field.vip"])]
    text = b"".join(parts).decode("utf-8-sig")
    assert text == (
        '"name","email","field.vip"\r\n"\'=HYPERLINK(""http://evil.example"",""x"")","ana@example.org","yes"\r\n'
    )
    with pytest.raises(BadInput, match="there is no column 'shoes'"):
        _ = [part async for part in export_people(store, BOT, [], ["shoes"])]


async def test_a_person_gets_all_that_is_held_about_them(store: Store) -> None:
    talk = Talk("ana")
    await talk.take(store, "e1", consent={"tips": IN})
    found = await find_contact(store, BOT, "teams ana")
    note = contacts.add_note(AT, "ann", "<script>alert(1)</script>")
    person = await contacts.edit_contact(store, BOT, found.contact.id, note, ANN, AT, "note_contact")
    packed = zipfile.ZipFile(io.BytesIO(await export_person(store, BOT, person, AT)))
    held = json.loads(packed.read("person.json"))
    page = packed.read("person.html").decode()
    assert held["memberships"] == {"tips": "opted_in"}
    assert [row["change"]["subject"] for row in held["consent"]] == ["tips"]
    assert [each["conversation"] for each in held["conversations"]] == [talk.key]
    assert [(each["conversation"], each["last_act"]) for each in held["addresses"]] == [
        (talk.key, "2026-11-23T09:00:00Z")
    ]
    assert [len(each["turns"]) for each in held["conversations"]] == [1]
    assert [row["action"] for row in held["audit"]] == ["note_contact"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


async def test_a_person_gets_what_became_of_their_pushes(store: Store) -> None:
    number = await known_member(store, "ana")
    await store.add_run(run_of([number]), RunState.RUNNING)
    await push(store, "ana", skips("cap"))
    found = await find_contact(store, BOT, "teams ana")
    held = await everything_held(store, BOT, found, AT)
    assert [(row["run"], row["state"], row["reason"], row["subject"]) for row in held["pushes"]] == [
        ("r1", "skipped", "cap", "tips")
    ]


async def test_a_person_gets_no_row_of_an_import_that_names_somebody_else(store: Store) -> None:
    person = await store.add_contact(BOT, contact("ana", external_id="E7"))
    values = ("E7", "Ana@example.org", "E77", "mariana@example.org", "joanna+ana@example.org", "x.E7@other.example")
    await claimed(store)
    rows = (ImportRow(line, value, reason=Reason.UNKNOWN) for line, value in enumerate(values, 1))
    await store.apply_import(BOT, step(0, *rows))
    held = await everything_held(store, BOT, person, AT)
    assert [row["value"] for row in held["failed_import_rows"]] == ["E7", "Ana@example.org"]
