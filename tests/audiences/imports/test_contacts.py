"""A file of contacts: what it makes and changes, what of it fails, and that it touches no consent."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from audiences import contacts
from audiences.imports.report import report_of
from audiences.imports.run import LEASE, Importer
from audiences.jobs import cancel_job
from audiences.who import find_contact
from consent.merging import merge_people
from messages.consent import Membership
from messages.contact import Identity
from messages.errors import BadInput, JobLost
from messages.import_rows import Reason
from storage.audience_records import ImportJob, ImportState
from storage.port import Store
from storage.stores import open_store
from tests.audiences.imports.queued import ANN, NOW, contacts_queued
from tests.storage.contract.audiences.people import AT, BOT, contact, known, on_teams
from tests.storage.contract.subjects import SUBJECTS
from tests.storage.talk import Talk

OUT, IN = Membership.OPTED_OUT, Membership.OPTED_IN
FILE = (
    "\ufeffemail;first_name;external_id;tags;field.age;field.vip\r\n"
    'ana@example.org;Ana;E1;"vip, new";41;yes\r\n'
    "\r\n"
    "bo@example.org;Robert;;;;\r\n"
)


@pytest.fixture(params=SUBJECTS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(request.param(tmp_path))
    await store.open()
    yield store
    await store.close()


def importer(store: Store, worker: str = "w1", *, later: timedelta = timedelta(), **more: object) -> Importer:
    return Importer(store, worker, clock=lambda: NOW + later, new_id=str, **more)  # type: ignore[arg-type]


async def finished(store: Store, job: ImportJob, worker: str = "w1", **more: object) -> ImportJob:
    runs = importer(store, worker, **more)  # type: ignore[arg-type]
    claimed = await runs.claim(bot=BOT, job=job.id)
    assert claimed is not None
    return await runs.run(claimed)


async def imported(store: Store, text: str | bytes, job: str = "i_1", **more: object) -> ImportJob:
    return await finished(store, await contacts_queued(store, text, job, **more))


async def failures(store: Store, job: str = "i_1") -> list[tuple[int, str, Reason, str]]:
    return [(row.line, row.value, row.reason, row.detail) for row in await store.failed_rows(BOT, job)]


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    return job.added, job.changed, job.unchanged, job.failed


async def test_a_file_makes_and_changes_contacts(store: Store) -> None:
    await known(store, "bo")
    types = {"vip": "yes_no", "age": "number"}
    job = await imported(store, FILE, types=types)
    assert (job.state, counts(job)) == (ImportState.COMPLETED, (1, 1, 0, 0))
    ana = (await find_contact(store, BOT, "E1")).contact
    assert (ana.given_name, ana.tags, ana.fields, ana.source) == (
        "Ana",
        {"vip", "new"},
        {"age": 41, "vip": True},
        "csv",
    )
    again = await imported(store, FILE, "i_2", types=types)
    assert counts(again) == (0, 0, 2, 0)
    assert [(row.action, row.target, row.detail) for row in await store.audit(BOT)] == [
        ("import", "job i_1", "of contacts"),
        ("import", "job i_2", "of contacts"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name\nAna\n", "line 1: no column says who the people are"),
        ("email,shoes\na@example.org,4\n", "line 1, column 2: 'shoes' is no column that contacts have"),
        (
            "email,nmae\na@example.org,4\n",
            "line 1, column 2: 'nmae' is no column that contacts have. Did you mean `name`",
        ),
        ("email,E-Mail\na@example.org,b@example.org\n", "line 1, column 2: a column before this one is email too"),
        ("email,field.age:shoes\na@example.org,1\n", "line 1, column 2: 'field.age:shoes' is no title"),
        ('email,name\na@example.org,"Ana\n', "line 2: this row is no CSV"),
        ("email,name\n", "the file has no rows"),
        ("%PDF-1.7\n", "line 1, byte 1: this is a PDF document"),
    ],
)
async def test_a_file_that_is_none_is_refused_before_anything_is_done(tmp_path: Path, text: str, problem: str) -> None:
    store = open_store(f"sqlite:///{tmp_path}/assent.db")
    await store.open()
    job = await imported(store, text)
    assert (job.state, job.reason[: len(problem)], job.done) == (ImportState.FAILED, problem, 0)
    assert await store.people(BOT) == []
    await store.close()


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        (
            "email,name\na@example.org\n",
            (2, "", Reason.INVALID, "the row has another number of cells (1) than there are titles (2)"),
        ),
        ("email,name\nfoo,Ana\n", (2, "foo", Reason.MALFORMED, "email: 'foo' is not an email address")),
        ("email,name\n,Ana\n", (2, "", Reason.MALFORMED, "it has neither an e-mail address nor an external id")),
        ("external_id,email\nE1,x@@y\n", (2, "E1", Reason.INVALID, "email: there is more than one @")),
        (
            "email,time_zone\nb@example.org,Paris\n",
            (2, "b@example.org", Reason.INVALID, "time_zone: 'Paris' is not a time zone"),
        ),
        ("email,name\n\n\nb@example.org,B\nB@example.org,C\n", (5, "B@example.org", Reason.DUPLICATE, "of line 4")),
        ("id,name\nc-nobody,B\n", (2, "c-nobody", Reason.UNKNOWN, "no contact has this id")),
        ("email,external_id\nana@example.org,E9\n", (2, "E9", Reason.TAKEN, "the email")),
    ],
)
async def test_a_row_that_fails_is_named_by_its_line_and_the_others_go_on(
    store: Store, text: str, failed: tuple[int, str, Reason, str]
) -> None:
    await known(store, "ana")
    await store.add_contact(BOT, contact("eve", external_id="E9"))
    rows = text.count("\n")
    columns = text.count(",", 0, text.index("\n"))
    job = await imported(store, f"{text}last@example.org{',' * columns}\n" if text.startswith("email") else text)
    assert job.state is ImportState.COMPLETED_WITH_ERRORS
    assert failed in await failures(store)
    if text.startswith("email"):
        assert (await find_contact(store, BOT, "last@example.org")).contact.id == f"c_i_1_{rows + 1}"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("phone", "3.36E+10"),
        ("phone", "3,36E+10"),
        ("phone", "3.36e+10"),
        ("phone", "33612345678.0"),
        ("phone", "########"),
        ("external_id", "1.00234E+11"),
        ("external_id", "1E+05"),
    ],
)
async def test_a_number_that_a_spreadsheet_rewrote_fails_with_its_place(store: Store, column: str, value: str) -> None:
    job = await imported(store, f"email;{column}\nana@example.org;{value}\n")
    ((line, _, reason, detail),) = await failures(store)
    assert (counts(job), line, reason) == ((0, 0, 0, 1), 2, Reason.INVALID)
    assert detail.startswith(f"{column}: a spreadsheet rewrote this number")
    with pytest.raises(BadInput, match=f"^{column}: a spreadsheet"):
        contacts.set_details({column: value})


@pytest.mark.parametrize("hint", ["sep=;\r\n", '"sep=;"\n', "\ufeffSEP=;\n", "sep=;;;\n"])
async def test_the_line_that_tells_excel_the_separator_is_no_row(store: Store, hint: str) -> None:
    await imported(store, f"{hint}email;first_name\r\nana@example.org;Ana, of sales, here\r\nfoo;Bo\n")
    assert [row.contact.given_name for row in await store.people(BOT)] == ["Ana, of sales, here"]
    assert [row[0] for row in await failures(store)] == [4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    ("titles", "separator"),
    [
        ("E-Mail-Adresse;Vorname;Nachname;Sprache", ";"),
        ("Courriel\tPrénom\tNom de famille\tLangue", "\t"),
        ("Correo electrónico,Nombre,Apellidos,Idioma", ","),
        ("e-mail,First Name,SURNAME,preferred language", ","),
    ],
)
async def test_files_as_programs_write_them(tmp_path: Path, encoding: str, titles: str, separator: str) -> None:
    store = open_store(f"sqlite:///{tmp_path}/assent.db")
    await store.open()
    text = f"{titles}\r\n" + separator.join(("zoe@example.org", "Zoë", "Müller", "fr")) + "\r\n"
    job = await imported(store, text.encode(encoding))
    (zoe,) = await store.people(BOT)
    first = zoe.contact.given_name or zoe.contact.name
    assert (counts(job), first, zoe.contact.family_name, zoe.contact.language) == ((1, 0, 0, 0), "Zoë", "Müller", "fr")
    await store.close()


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(store: Store) -> None:
    await known(store, "bo", "cy")
    text = "email,name\nnew@example.org,N\nbo@example.org,Other\ncy@example.org,Cy\nNEW@example.org,N\nx@@y,X\n"
    before = await store.people(BOT)
    job = await imported(store, text, dry_run=True)
    assert counts(job) == (1, 1, 1, 2)
    assert [(line, reason) for line, _, reason, _ in await failures(store)] == [
        (5, Reason.DUPLICATE),
        (6, Reason.MALFORMED),
    ]
    assert await store.people(BOT) == before


async def test_an_external_id_counts_before_an_address_and_an_account_tells_who_it_is(store: Store) -> None:
    await store.add_contact(BOT, replace(contact("ana", external_id="E7"), identities=on_teams("29:ana"), email=""))
    job = await imported(store, "external_id,email,name\nE7,ana@new.example,Ana Lima\n")
    assert counts(job) == (0, 1, 0, 0)
    job = await imported(store, "accounts,name\nteams:29:ana,Ana L.\nteams:29:zed,Zed\n", "i_2")
    assert counts(job) == (1, 1, 0, 0)
    ana, zed = [person.contact for person in await store.people(BOT)]
    assert (ana.email, ana.name, zed.identities) == ("ana@new.example", "Ana L.", (Identity("teams", "29:zed"),))
    job = await imported(store, "email,accounts\nana@new.example,teams:29:other\n", "i_3")
    assert await failures(store, "i_3") == [
        (2, "ana@new.example", Reason.INVALID, "accounts: a file gives no account to somebody who is known")
    ]


async def test_what_a_channel_told_and_nobody_may_write_is_left_as_it_is(store: Store) -> None:
    """A row that says what is there already changes nothing, even where staff could not say it."""
    odd = replace(contact("ana"), name="Ana  Lima", time_zone="Mars/Base", fields={"size": 4.0, "note": "a\nb"})
    await store.add_contact(BOT, odd)
    text = 'email,name,first_name,time_zone,field.size,field.note\nana@example.org,Ana  Lima,Ana,Mars/Base,4.0,"a\nb"\n'
    job = await imported(store, text)
    assert counts(job) == (0, 0, 1, 0)
    (person,) = await store.people(BOT)
    assert person.contact == replace(odd, version=1)


async def test_no_file_changes_how_anybody_stands(store: Store) -> None:
    """Opted out, stopped, merged: a file of contacts that names them leaves memberships and ledger as they are."""
    await Talk("out").take(store, "e1", consent={"tips": OUT})
    await Talk("stop").take(store, "e2", consent={"*": OUT})
    await Talk("in").take(store, "e3", consent={"tips": IN})
    who = {name: (await find_contact(store, BOT, f"teams {name}")).contact for name in ("out", "stop", "in")}
    before = {name: await store.memberships(BOT, one.id) for name, one in who.items()}
    rows = [row.sequence for row in await store.ledger(BOT)]
    text = "accounts,name,tags\n" + "".join(f"teams:{name},New {name},vip\n" for name in who)
    for number in range(2):
        job = await imported(store, text, f"i_{number}")
        assert counts(job) == ((0, 3, 0, 0) if not number else (0, 0, 3, 0))
    assert {name: await store.memberships(BOT, one.id) for name, one in who.items()} == before
    assert [row.sequence for row in await store.ledger(BOT)] == rows
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_no_file_brings_back_who_was_erased(store: Store) -> None:
    await known(store, "ana", "eve")
    queued = await contacts_queued(store, "email,name\nana@example.org,Ana\nbo@example.org,Bo\n")
    await store.erase_contact(BOT, "c-ana", actor="mia", at=AT)
    job = await finished(store, queued)
    assert counts(job) == (1, 0, 0, 1)
    assert await failures(store) == [(2, "", Reason.ERASED, "")]
    job = await imported(store, "external_id,email\nE5,ana@example.org\n", "i_2")
    assert (counts(job), await failures(store, "i_2")) == ((0, 0, 0, 1), [(2, "", Reason.ERASED, "")])
    assert "ana@example.org" not in {person.contact.email for person in await store.people(BOT)}


async def test_a_row_of_somebody_merged_changes_who_took_them_over(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/assent.db")
    await store.open()
    ana, bob = await known(store, "ana", "bob")
    queued = await contacts_queued(store, "email,name\nbob@example.org,Robert\n")
    outcome = merge_people(ana.contact, {"tips": OUT}, bob.contact, {}, at=AT, actor="ann")
    await store.merge_contacts(BOT, replace(outcome.kept, external_id="E1"), outcome.gone, outcome.changes)
    job = await finished(store, queued)
    assert job.done == 1
    assert [person.contact.id for person in await store.people(BOT)] in (["c-ana"], ["c-ana", "c_i_1_2"])
    await store.close()


async def test_a_row_that_may_mean_several_fails_alone(store: Store) -> None:
    await known(store, "ana")
    await store.add_contact(BOT, replace(contact("bob"), email="ana@example.org"))
    job = await imported(store, "email,name\nnew@example.org,New\nana@example.org,Ana B\n")
    assert counts(job) == (1, 0, 0, 1)
    assert await failures(store) == [(3, "ana@example.org", Reason.AMBIGUOUS, "2 contacts have it")]


PEOPLE = 23
MANY = "email,external_id,name\n" + "".join(f"p{n}@example.org,X{n},Person {n}\n" for n in range(PEOPLE)) + "bad@@,,\n"


@pytest.mark.parametrize("steps", range(1, 9))
async def test_broken_off_anywhere_it_comes_to_the_same(store: Store, steps: int) -> None:
    """A worker stops behind any step; another goes on with the row after the last: everybody once, the same counts."""
    await known(store, *(f"p{n}" for n in range(0, PEOPLE, 2)))
    job = await contacts_queued(store, MANY)

    class Killed(Exception):
        pass

    left = steps

    def told(_: ImportJob) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Killed

    first = importer(store, "w1", on_progress=told, window=7, step=3)
    claimed = await first.claim(bot=BOT, job=job.id)
    assert claimed is not None
    with pytest.raises(Killed):
        await first.run(claimed)
    assert await importer(store, "w2").claim(bot=BOT, job=job.id) is None
    job = await finished(store, job, "w2", later=LEASE * 2, window=7, step=3)
    assert (job.state, job.done, counts(job)) == (ImportState.COMPLETED_WITH_ERRORS, PEOPLE + 1, (11, 12, 0, 1))
    people = [person.contact for person in await store.people(BOT)]
    assert sorted(one.external_id for one in people) == sorted(f"X{n}" for n in range(PEOPLE))
    assert await failures(store) == [(25, "bad@@", Reason.MALFORMED, "email: there is more than one @")]
    with pytest.raises(JobLost):
        await first.run(claimed)


async def test_cancelled_it_takes_no_more_and_is_not_resumed(store: Store) -> None:
    job = await contacts_queued(store, MANY)
    first = importer(store, "w1", window=7, step=3)
    claimed = await first.claim(bot=BOT, job=job.id)
    assert claimed is not None
    asked = await cancel_job(store, BOT, job.id, ANN, NOW)
    assert (asked.state, asked.cancelling) == (ImportState.RUNNING, True)
    ended = await first.run(replace(claimed, cancelling=True))
    assert (ended.state, ended.done) == (ImportState.CANCELLED, 0)
    assert await importer(store, "w2", later=LEASE * 2).claim(bot=BOT, job=job.id) is None
    assert await store.people(BOT) == []


async def test_one_whose_worker_died_is_cancelled_at_once(store: Store) -> None:
    job = await contacts_queued(store, MANY)
    assert await importer(store).claim(bot=BOT, job=job.id) is not None
    asked = await cancel_job(store, BOT, job.id, ANN, NOW + LEASE * 2)
    assert asked.state is ImportState.CANCELLED
    assert [part async for part in store.import_file(BOT, job.id)] == []


async def test_the_report_of_contacts_says_what_to_do(store: Store) -> None:
    await imported(store, "email,phone\n=cmd@example.org,3.36E+10\n")
    text = b"".join([part async for part in report_of(store, BOT, "i_1")]).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["line"], row["value"], row["outcome"]) == ("2", "'=cmd@example.org", "failed")
    assert row["what to do"].startswith("Correct the value")
