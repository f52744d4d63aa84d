"""What was exported reads back without loss, whatever people are called and whatever is kept of them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from audiences.exports import all_columns, export_people
from audiences.imports.run import Importer
from messages.contact import Contact, Identity
from messages.import_rows import harmless, unguarded
from storage.audience_records import ImportJob
from storage.port import Store
from storage.stores import open_store
from tests.audiences.imports.queued import NOW, contacts_queued, list_queued
from tests.examples import examples
from tests.storage.contract.audiences.people import AT, BOT

ODD = st.sampled_from(
    ["=1+1", "'=x", "''@", "+33 6 12", "-", "@a", "a,=b", 'say "hi"', "a;b", "Zoë", "=", "\uff1d", "'"]
)
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
LINES = st.lists(ODD | WORDS, min_size=1, max_size=3).map(" ".join)
TAGS = st.frozensets(ODD | WORDS | st.just("a, b"), max_size=4)
FIELDS = st.dictionaries(
    st.sampled_from(["age", "vip", "team", "born"]),
    st.integers(-(10**14), 10**14) | st.floats(-1e6, 1e6).map(lambda n: round(n, 6)) | st.booleans() | LINES,
    max_size=4,
)


def people(draw: st.DrawFn) -> list[Contact]:
    return [
        Contact(
            id=f"c-{number}",
            identities=(Identity("teams", f"29:u{number}"),) if draw(st.booleans()) else (),
            email=f"p{number}@example.org",
            external_id=draw(st.sampled_from(["", f"E{number}", f"=E{number}", f"'+{number}"])),
            name=draw(st.just("") | LINES),
            given_name=draw(st.just("") | LINES),
            phone=draw(st.sampled_from(["", "+33 6 12 34 56 78", "06.12.34.56.78"])),
            language=draw(st.sampled_from(["", "fr", "pt-BR"])),
            time_zone=draw(st.sampled_from(["", "Europe/Paris"])),
            tags=draw(TAGS),
            fields={name: value for name, value in draw(FIELDS).items() if value != ""},
            created_at=AT,
        )
        for number in range(draw(st.integers(1, 4)))
    ]


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[list[Store]]:
    made: list[Store] = []
    yield made
    for store in made:
        await store.close()


async def opened(stores: list[Store], folder: Path) -> Store:
    store = open_store(f"sqlite:///{folder}/{len(stores)}.db")
    await store.open()
    stores.append(store)
    return store


async def exported(store: Store, columns: list[str] | None = None) -> bytes:
    numbers = [person.number for person in await store.people(BOT)]
    chosen = columns or await all_columns(store, BOT, numbers)
    return b"".join([part async for part in export_people(store, BOT, numbers, chosen)])


async def taken(store: Store, job: ImportJob) -> ImportJob:
    importer = Importer(store, "w", clock=lambda: NOW + timedelta(seconds=1), new_id=str)
    claimed = await importer.claim(bot=BOT, job=job.id)
    assert claimed is not None
    return await importer.run(claimed)


@examples(40, HealthCheck.function_scoped_fixture)
@given(known=st.composite(people)())
async def test_an_export_reads_back_without_loss(stores: list[Store], tmp_path: Path, known: list[Contact]) -> None:
    """Into an empty store: the same bytes again. Into the same store: everything is unchanged."""
    first, second = await opened(stores, tmp_path), await opened(stores, tmp_path)
    for person in known:
        await first.add_contact(BOT, person)
    file = await exported(first)
    job = await taken(first, await contacts_queued(first, file))
    assert (job.added, job.changed, job.unchanged, job.failed) == (0, 0, len(known), 0), await first.failed_rows(
        BOT, "i_1"
    )
    made = await taken(second, await contacts_queued(second, file))
    assert (made.added, made.failed) == (len(known), 0), await second.failed_rows(BOT, "i_1")
    assert await exported(second) == file
    for before, after in zip(await first.people(BOT), await second.people(BOT), strict=True):
        assert (after.contact.tags, after.contact.external_id) == (before.contact.tags, before.contact.external_id)


@given(text=st.text(st.sampled_from("'=+-@ ,;\t\r\n|\"ab\u00a0\uff1d"), max_size=12))
def test_what_guards_a_text_from_being_a_formula_is_taken_away_again(text: str) -> None:
    assert unguarded(harmless(text)) == text


async def test_a_list_of_several_columns_is_read_by_the_one_that_names_people(
    stores: list[Store], tmp_path: Path
) -> None:
    store = await opened(stores, tmp_path)
    await store.add_contact(BOT, Contact(id="c1", identities=(), email="ana@example.org", name="=Ana", created_at=AT))
    await store.add_contact(BOT, Contact(id="c2", identities=(), external_id="=E2", name="Bo", created_at=AT))
    file = await exported(store, ["name", "email", "external_id"])
    job = await taken(store, await list_queued(store, file))
    assert (job.total, job.added, job.failed) == (2, 2, 0)
