"""Given a file and people, these counts, these members, these rows of the ledger; whatever breaks in between, once."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.port import NotFound, Profile
from audiences.imports.report import report_of
from audiences.imports.run import Importer
from messages.addresses import Handle
from messages.consent import ALL, Membership, SourceKind
from messages.contact import Identity
from messages.errors import JobLost, RateLimited
from messages.import_rows import Reason
from messages.inbound import ConversationReference
from storage.audience_records import ImportJob, ImportState
from storage.port import Store
from storage.stores import open_store
from tests.audiences.imports.queued import list_queued
from tests.storage.contract.audiences.people import BOT, contact, known, on_teams
from tests.storage.contract.subjects import SUBJECTS
from tests.storage.talk import Talk

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADDED, OUT = Membership.ADDED, Membership.OPTED_OUT


class Clock:
    """A clock that stands, until it is told otherwise."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


class Staffbook:
    """A directory of a few people; asks to wait once, and remembers whom it was asked for."""

    name = "teams"

    def __init__(self, **people: str) -> None:
        self.people = {f"{name}@example.org": user for name, user in people.items()}
        self.asked: list[str] = []

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        raise NotImplementedError(reference)

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        self.asked.append(handle.key)
        if len(self.asked) == 1:
            raise RateLimited("slowly", 0.001)
        if handle.key.startswith("left"):
            return NotFound(Reason.LEFT)
        user = self.people.get(handle.key)
        if user is None:
            return NotFound(Reason.UNKNOWN)
        return Profile(Identity("teams", user), name=user.title(), email=handle.key)


@pytest.fixture(params=SUBJECTS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(request.param(tmp_path))
    await store.open()
    yield store
    await store.close()


async def start(store: Store, text: str, _: Path, name: str = "i_1", segment: str = "tips") -> ImportJob:
    return await list_queued(store, text, name, segment)


def importer(store: Store, worker: str = "w1", clock: Clock | None = None, **more: object) -> Importer:
    ids = iter(range(1, 1_000_000))
    return Importer(
        store,
        worker,
        clock=clock or Clock(),
        new_id=lambda: f"c_{worker}_{next(ids)}",
        **more,  # type: ignore[arg-type]
    )


async def finished(store: Store, job: ImportJob, **more: object) -> ImportJob:
    runs = importer(store, **more)  # type: ignore[arg-type]
    claimed = await runs.claim(bot=BOT, job=job.id)
    assert claimed is not None
    return await runs.run(claimed)


async def failures(store: Store, job: ImportJob) -> list[tuple[int, str, Reason]]:
    return [(row.line, row.value, row.reason) for row in await store.failed_rows(BOT, job.id)]


async def test_each_row_comes_to_what_the_report_says(store: Store, tmp_path: Path) -> None:
    await known(store, "ana", "bob", "cy")
    await Talk("dee").take(store, "e1", consent={"tips": OUT})
    dee = (await Talk("dee").load(store)).contact
    assert dee is not None
    lines = [
        "E-mail",
        "ana@example.org",
        "BOB@example.org ",
        "x@@y",
        "",
        "nobody@example.org",
        "ana@example.org",
        dee.id,
    ]
    job = await finished(store, await start(store, "\r\n".join(lines), tmp_path))
    assert job.state is ImportState.COMPLETED_WITH_ERRORS
    assert (job.total, job.done, job.added, job.unchanged, job.failed) == (6, 6, 2, 0, 4)
    assert await failures(store, job) == [
        (4, "x@@y", Reason.MALFORMED),
        (6, "nobody@example.org", Reason.UNKNOWN),
        (7, "ana@example.org", Reason.DUPLICATE),
        (8, dee.id, Reason.UNKNOWN),
    ]
    rows = {row.change.contact: row.change for row in await store.ledger(BOT) if row.change.after is ADDED}
    assert {who: (row.detail, row.source, row.actor) for who, row in rows.items()} == {
        "c-ana": ("i_1:2", SourceKind.CSV, "ann"),
        "c-bob": ("i_1:3", SourceKind.CSV, "ann"),
    }
    assert [part async for part in store.import_file(BOT, job.id)] == []


async def test_a_dry_run_says_what_the_real_one_comes_to_and_does_nothing(store: Store) -> None:
    """Whom the directory finds is counted as added, and made by the real one alone."""
    await known(store, "ana", "bob", "cy", "gone")
    await Talk("dee").take(store, "e1", consent={"tips": OUT})
    await Talk("eve").take(store, "e2", consent={ALL: OUT})
    by_name = {person.contact.name: person.contact for person in await store.people(BOT)}
    dee, eve = by_name["Dee"], by_name["Eve"]
    await store.edit_contact(BOT, replace(dee, external_id="D1"))
    await store.edit_contact(BOT, replace(eve, external_id="E1"))
    await finished(store, await list_queued(store, "cy@example.org", "i_0"))
    await store.erase_contact(BOT, "c-gone", actor="ann", at=NOW)
    lines = [
        *("ana@example.org", "x@@y", "D1", "E1", "cy@example.org", "gone@example.org", "ANA@example.org", "left@x.org"),
        *("kim@example.org", "lee@example.org", "lees@example.org", "dees@example.org", "nobody@example.org"),
    ]
    people = {"kim": "kim", "lee": "lee", "dees": "dee"}
    before = await kept(store)
    asked = await list_queued(store, "\n".join(lines), "i_dry", dry_run=True)
    dry = await finished(store, asked, directory=Staffbook(**people))
    assert await kept(store) == before
    real = await finished(store, await list_queued(store, "\n".join(lines)), directory=Staffbook(**people))
    assert (dry.added, dry.unchanged, dry.failed) == (real.added, real.unchanged, real.failed) == (3, 1, 9)
    assert (dry.state, dry.total, dry.done, dry.looking_up) == (real.state, real.total, real.done, real.looking_up)
    assert await store.failed_rows(BOT, dry.id) == await store.failed_rows(BOT, real.id)


async def test_a_dry_run_counts_somebody_once_whom_the_directory_knows_by_two_addresses(store: Store) -> None:
    """Whether the one whom the store knows, or one who would be made."""
    await store.add_contact(BOT, replace(contact("ana"), identities=on_teams("A1")))
    text = "ana@example.org\nanas@example.org\nkim@example.org\n" + "".join(f"no{n}@x.org\n" for n in range(6))
    text += "kims@example.org\n"
    book = Staffbook(anas="A1", kim="K1", kims="K1")
    before = await kept(store)
    asked = await list_queued(store, text, "i_dry", dry_run=True)
    dry = await finished(store, asked, directory=book)
    assert await kept(store) == before
    assert (dry.added, dry.unchanged, dry.failed) == (2, 2, 6)


async def kept(store: Store) -> tuple[object, ...]:
    """What an import may change."""
    return await store.people(BOT), await store.ledger(BOT)


async def test_the_same_file_again_finds_everybody_there(store: Store, tmp_path: Path) -> None:
    await known(store, "ana", "bob")
    text = "ana@example.org\nbob@example.org\n"
    await finished(store, await start(store, text, tmp_path))
    again = await finished(store, await start(store, text, tmp_path, "i_2"))
    assert (again.state, again.added, again.unchanged) == (ImportState.COMPLETED, 0, 2)
    assert len(await store.ledger(BOT)) == 2


async def test_who_opted_out_stays_out(store: Store, tmp_path: Path) -> None:
    (ana,) = await known(store, "ana")
    await store.edit_contact(BOT, replace(ana.contact, identities=on_teams("ana")))
    await Talk("ana").take(store, "e1", consent={"tips": OUT})
    job = await finished(store, await start(store, "ana@example.org\n", tmp_path))
    assert await failures(store, job) == [(1, "ana@example.org", Reason.OPTED_OUT)]
    assert await store.memberships(BOT, "c-ana") == {"tips": OUT}


async def test_a_file_that_is_no_list_changes_nothing_and_says_why(store: Store, tmp_path: Path) -> None:
    await known(store, "ana")
    text = "ana@example.org\n" * 50 + "ana@example.org,Ana\n"
    job = await finished(store, await start(store, text, tmp_path))
    assert job.state is ImportState.FAILED
    assert "line 51, column 2" in job.reason
    assert (job.done, list(await store.ledger(BOT))) == (0, [])
    assert await store.memberships(BOT, "c-ana") == {}


async def test_the_report_tells_line_value_reason_and_what_to_do(store: Store, tmp_path: Path) -> None:
    job = await finished(store, await start(store, "=1+1@example.org\nx@@y\n", tmp_path))
    text = b"".join([part async for part in report_of(store, BOT, job.id)]).decode("utf-8-sig")
    head, first, second, _ = text.split("\r\n")
    assert head == '"line","value","outcome","reason","what to do"'
    assert first.startswith('"1","\'=1+1@example.org","failed","unknown"')
    assert second.startswith('"2","x@@y","failed","malformed: ')


async def test_the_directory_finds_who_is_not_known(store: Store, tmp_path: Path) -> None:
    await known(store, "ana")
    book = Staffbook(eve="29:eve", ana2="29:ana2")
    text = "eve@example.org\nleft@example.org\nana@example.org\nnobody@example.org\n"
    job = await finished(store, await start(store, text, tmp_path), directory=book)
    assert (job.added, job.failed, job.looking_up) == (2, 2, 0)
    assert await failures(store, job) == [
        (2, "left@example.org", Reason.LEFT),
        (4, "nobody@example.org", Reason.UNKNOWN),
    ]
    eve = (await Talk("29:eve").load(store)).contact
    assert eve is not None
    assert (eve.email, eve.source, eve.subscribed_at) == ("eve@example.org", "csv", None)
    assert await store.memberships(BOT, eve.id) == {"tips": ADDED}
    assert "ana@example.org" not in book.asked


async def test_who_was_erased_is_not_brought_back(store: Store, tmp_path: Path) -> None:
    await known(store, "ana")
    await store.erase_contact(BOT, "c-ana", actor="mia", at=NOW)
    job = await finished(store, await start(store, "ana@example.org\n", tmp_path), directory=Staffbook(ana="29:ana"))
    assert (job.added, job.failed) == (0, 1)
    assert await failures(store, job) == [(1, "", Reason.ERASED)]
    assert list(await store.people(BOT)) == []


async def test_a_job_that_is_cancelled_keeps_what_it_took(store: Store, tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(30)]
    await known(store, *names)
    job = await start(store, "".join(f"{name}@example.org\n" for name in names), tmp_path)
    cancelled: list[ImportJob] = []

    class Stops(Importer):
        async def _take_step(self, job: ImportJob, *more: object, **maximum: object) -> ImportJob:
            if job.done == 10 and not cancelled:
                cancelled.append(await store.cancel_import(BOT, job.id, NOW))
            return await super()._take_step(job, *more, **maximum)  # type: ignore[arg-type]

    runs = Stops(store, "w1", clock=Clock(), new_id=str, window=10, step=5)
    claimed = await runs.claim()
    assert claimed is not None
    ended = await runs.run(claimed)
    assert ended.state is ImportState.CANCELLED
    assert 10 <= ended.added < 30
    assert len(await store.ledger(BOT, limit=100)) == ended.added
    assert await store.frozen(BOT, f"import:{job.id}:10") is None


class Dies(Exception):
    """Stands for the end of a process."""


async def broken_off(store: Store, job: ImportJob, steps: int, clock: Clock, window: int) -> None:
    """Run a job until so many steps were told of, then leave it lying."""
    left = [steps]

    def told(_: ImportJob) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Dies

    runs = importer(store, f"dies-{steps}", clock, on_progress=told, window=window, step=3)
    claimed = await runs.claim(bot=BOT, job=job.id)
    assert claimed is not None
    with pytest.raises(Dies):
        await runs.run(claimed)


@pytest.mark.parametrize("steps", [0, 1, 2, 4, 5, 7])
async def test_whoever_goes_on_takes_no_row_twice(store: Store, tmp_path: Path, steps: int) -> None:
    names = [f"p{number}" for number in range(20)]
    await known(store, *names)
    lines = [f"{name}@example.org" for name in reversed(names)] + ["p3@example.org", "who@example.org", "x@@y"]
    job = await start(store, "\n".join(lines), tmp_path)
    clock = Clock()
    await broken_off(store, job, steps, clock, window=8)
    clock.at += timedelta(minutes=5)
    ended = await finished(store, job, worker="w2", clock=clock, window=8, step=3)
    assert (ended.total, ended.done, ended.added, ended.unchanged, ended.failed) == (23, 23, 20, 0, 3)
    assert len(await store.ledger(BOT, limit=100)) == 20
    assert len(await store.failed_rows(BOT, job.id)) == 3
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_a_worker_that_was_thought_dead_takes_nothing_more(store: Store, tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(9)]
    await known(store, *names)
    job = await start(store, "".join(f"{name}@example.org\n" for name in names), tmp_path)
    slow = importer(store, "slow")
    claimed = await slow.claim()
    assert claimed is not None
    later = Clock()
    later.at += timedelta(hours=1)
    ended = await finished(store, job, worker="w2", clock=later)
    assert ended.added == 9
    with pytest.raises(JobLost):
        await slow.run(claimed)
    assert len(await store.ledger(BOT, limit=100)) == 9


values = st.lists(
    st.sampled_from([*(f"p{number}@example.org" for number in range(6)), "P1@Example.org", "who@example.org", "@"]),
    min_size=1,
    max_size=25,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values, st.lists(st.integers(0, 6), max_size=3), st.integers(1, 9))
async def test_any_file_broken_off_anywhere_ends_as_in_one_go(
    store: Store, tmp_path: Path, lines: Sequence[str], breaks: Sequence[int], window: int
) -> None:
    number = len(await store.imports(BOT, limit=10_000))
    if not number:
        await known(store, *(f"p{each}" for each in range(6)))
    text = "\n".join(["value", *lines])
    whole = await finished(
        store, await start(store, text, tmp_path, f"i_{number:04}a", f"s{number}a"), window=window, step=3
    )
    job = await start(store, text, tmp_path, f"i_{number:04}b", f"s{number}b")
    clock = Clock()
    for steps in breaks:
        try:
            await broken_off(store, job, steps, clock, window)
        except (AssertionError, pytest.fail.Exception):
            break  # it had ended before
        clock.at += timedelta(minutes=5)
    found = await store.import_job(BOT, job.id)
    assert found is not None
    clock.at += timedelta(minutes=5)
    claimed = await importer(store, "last", clock).claim(bot=BOT, job=job.id)
    parted = found if claimed is None else await importer(store, "last", clock, window=window, step=3).run(claimed)
    assert (parted.total, parted.done, parted.added, parted.unchanged, parted.failed) == (
        whole.total, whole.done, whole.added, whole.unchanged, whole.failed,
    )  # fmt: skip
    assert await failures(store, parted) == await failures(store, whole)
