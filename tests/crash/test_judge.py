"""The judge of the crash tests finds what was done wrong: a good run, spoilt in one way after another."""

import asyncio
import copy
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from standin.server import StandIn
from tests.crash.acts import ACTS, FLOW, KEY
from tests.crash.crowd import Crowd
from tests.crash.findings import Findings
from tests.crash.history import History
from tests.crash.judge import judge
from tests.runtime.process import ServerProcess

PERSON = "user-0"


@dataclass
class Run:
    """What is left of a run."""

    database: Path
    history: History
    log: Path

    def write(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return asyncio.run(_play(tmp_path_factory.mktemp("good")))


async def _play(folder: Path) -> Run:
    history = History()
    async with StandIn(keep=1, on_delivery=history.replies_of(0)) as standin:
        server = ServerProcess(folder, FLOW, standin.url, KEY)
        crowd = Crowd([server], 1, random.Random(1), history)
        await server.start()
        people = asyncio.create_task(crowd.run())
        await crowd.acknowledged(2 * len(ACTS))
        crowd.finish()
        await people
        assert await server.stop() == 0
    return Run(folder / "server.db", history, server.log)


@pytest.fixture
def run(good: Run, tmp_path: Path) -> Run:
    """A copy to be spoilt."""
    log = tmp_path / "server.log"
    return Run(
        Path(shutil.copy(good.database, tmp_path)), copy.deepcopy(good.history), Path(shutil.copy(good.log, log))
    )


async def _judged(run: Run, *, repeats: bool = True) -> Findings:
    return await judge(f"sqlite:///{run.database}", run.history, [run.log], repeats=repeats)


async def test_a_good_run(run: Run) -> None:
    assert (await _judged(run, repeats=False)).broken() == []


def lose_an_act(run: Run) -> None:
    run.history.acknowledged[PERSON] += 1
    run.history.acts[PERSON].append(run.history.acts[PERSON][-1] + 5)


def lose_a_turn(run: Run) -> None:
    run.write("DELETE FROM journal WHERE number = 3")


def lose_a_reply(run: Run) -> None:
    del run.history.replies[3]


def lose_the_last_reply(run: Run) -> None:
    del run.history.replies[-1]


def leave_a_reply(run: Run) -> None:
    run.write("UPDATE outbox SET status = 'pending' WHERE sequence = 3")


def change_a_membership(run: Run) -> None:
    run.write("UPDATE memberships SET state = 'none' WHERE subject = 'tips'")


def swap_replies(run: Run) -> None:
    replies = run.history.replies
    replies[3], replies[4] = replies[4], replies[3]


def repeat_a_reply_in_silence(run: Run) -> None:
    run.history.replies.insert(4, run.history.replies[3])


def repeat_a_reply_late(run: Run) -> None:
    run.write("UPDATE outbox SET ambiguous = 1")
    run.history.replies.insert(6, run.history.replies[3])


def contradict(run: Run) -> None:
    run.history.replies[1] = msgspec.structs.replace(run.history.replies[1], text="You are mistaken. Reply #1.")


def answer_500(run: Run) -> None:
    run.history.requests[0] = msgspec.structs.replace(run.history.requests[0], status=500)


def log_an_error(run: Run) -> None:
    run.log.write_text('{"event": "a send failed", "level": "error"}\n')


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lose_an_act, "lost"),
        (lose_a_turn, "lost"),
        (lose_a_reply, "disorder"),
        (lose_the_last_reply, "disorder"),
        (leave_a_reply, "undelivered"),
        (change_a_membership, "ledger"),
        (swap_replies, "disorder"),
        (repeat_a_reply_in_silence, "unsaid"),
        (repeat_a_reply_late, "disorder"),
        (contradict, "disorder"),
        (answer_500, "refused"),
        (log_an_error, "faults"),
    ],
)
async def test_a_run_that_was_spoilt(run: Run, spoil: Callable[[Run], None], kind: str) -> None:
    spoil(run)
    assert getattr(await _judged(run), kind) != []


async def test_a_repeat_that_is_on_record_is_allowed_where_something_happened(run: Run) -> None:
    run.write("UPDATE outbox SET ambiguous = 1")
    run.history.replies.insert(4, run.history.replies[3])
    assert (await _judged(run, repeats=True)).broken() == []
    assert (await _judged(run, repeats=False)).broken() != []
