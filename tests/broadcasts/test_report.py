"""What is told of a run afterwards, and that a recount notices what was tampered with."""

import contextlib
import csv
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from audiences.context import Context
from broadcasts.report import COLUMNS, report, verify_run
from flows.source.read import read_flow
from messages.consent import Membership, SourceKind
from messages.pushes import PushState, RunState
from staff.acting import Staff
from storage.audience_records import Role
from storage.port import Store
from storage.stores import open_store
from tests.runtime.harness import FLOW
from tests.storage.contract.subjects import SUBJECTS
from tests.storage.sending import BOT, change, known_members, number_of, push, run_of, skips
from tests.storage.talk import NOW, Talk

FILE = "sqlite:///{}/assent.db"


@contextlib.asynccontextmanager
async def pushed(url: str) -> AsyncIterator[tuple[Store, Context]]:
    """A run to four people: Ana has it, Bo opted out, Cy waits, Dee is compared with."""
    store = open_store(url)
    await store.open()
    try:
        people = await known_members(store, "ana", "bo", "cy", "dee")
        run = run_of(people, skipped={"holdout": [people[3]]})
        await store.add_run(run, RunState.RUNNING)
        await push(store, "ana")
        (row,) = await store.pushes(BOT, run="r1")
        await store.end_push(BOT, msgspec.structs.replace(row, state=PushState.SENT, sent_at=NOW))
        await Talk("bo").take(store, "bo leaves", consent={"tips": Membership.OPTED_OUT})
        await push(store, "bo", skips("opted out"))
        flow = read_flow(FLOW, "flow.yaml").bot
        yield store, Context(store, BOT, flow, Staff("mia", SourceKind.CLI, role=Role.OPS), NOW)
    finally:
        await store.close()


@pytest.mark.parametrize("store", SUBJECTS[:2])
async def test_everybody_of_a_run_has_a_line(store: object, tmp_path: Path) -> None:
    async with pushed(store(tmp_path)) as (_, context):  # type: ignore[operator]
        run, parts = await report(context, "r1", masked=False)
        text = b"".join([part async for part in parts]).decode("utf-8-sig")
        lines = list(csv.reader(text.splitlines()))
        assert tuple(lines[0]) == COLUMNS
        told = [(line[3], line[4]) for line in lines[1:]]
        assert told == [("sent", ""), ("skipped", "opted out"), ("waiting", ""), ("skipped", "holdout")]
        assert len(told) == run.planned
        (_, hidden) = await report(context, "r1", masked=True)
        masked = b"".join([part async for part in hidden]).decode("utf-8-sig")
        place = COLUMNS.index("conversation")
        assert next(csv.reader(text.splitlines()[1:2]))[place] == Talk("ana").key
        assert next(csv.reader(masked.splitlines()[1:2]))[place] == "••••"


@pytest.mark.parametrize("store", SUBJECTS[:2])
async def test_a_run_that_is_as_it_was_counted_verifies(store: object, tmp_path: Path) -> None:
    async with pushed(store(tmp_path)) as (opened, context):  # type: ignore[operator]
        found = await verify_run(context, "r1")
        assert (found.problems, found.people, found.consents, found.turns) == ((), 4, 1, 1)
        await change(opened, RunState.CANCELLED)
        assert (await verify_run(context, "r1")).problems == ()


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("UPDATE run_counts SET count = 5 WHERE state = 'sent'", "sent: the counter says 5, the rows 1"),
        ("DELETE FROM pushes WHERE state = 'skipped'", "skipped, opted out: the counter says 1, the rows 0"),
        ("UPDATE pushes SET state = 'failed' WHERE state = 'sent'", "failed: the counter says 0, the rows 1"),
        ("UPDATE pushes SET subject_row = 99 WHERE state = 'sent'", "the ledger has no row 99 about tips"),
        ("UPDATE pushes SET subject_row = 0 WHERE state = 'sent'", "do not allow the message"),
        ("UPDATE runs SET state = 'finished'", "it is finished, and 1 people wait"),
    ],
)
async def test_a_recount_notices_what_was_tampered_with(damage: str, problem: str, tmp_path: Path) -> None:
    url = FILE.format(tmp_path)
    async with pushed(url) as (_, context):
        with contextlib.closing(sqlite3.connect(tmp_path / "assent.db")) as connection, connection:
            connection.execute(damage)
        found = await verify_run(context, "r1")
        assert any(problem in each for each in found.problems), found.problems


async def test_a_consent_that_ended_before_the_claim_is_noticed(tmp_path: Path) -> None:
    async with pushed(FILE.format(tmp_path)) as (store, context):
        assert await number_of(store, "ana") == 1
        await Talk("ana").take(store, "ana leaves", consent={"tips": Membership.OPTED_OUT})
        assert (await verify_run(context, "r1")).problems == (), "what was sent before it stays allowed"
        with contextlib.closing(sqlite3.connect(tmp_path / "assent.db")) as connection, connection:
            connection.execute("UPDATE pushes SET claimed_at = claimed_at + 3600000 WHERE state = 'sent'")
        found = await verify_run(context, "r1")
        assert any("took the consent away before" in each for each in found.problems), found.problems
