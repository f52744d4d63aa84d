"""`assent store copy`."""

import json
import sqlite3
from pathlib import Path

from messages.inbound import TextReceived
from tests.cli.running import Run
from tests.cli.talking import Talk
from tests.cli.test_ops import opted_in
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database


async def _people(folder: Path) -> None:
    async with Talk(folder) as talk:
        for user in ("ana", "bob"):
            await opted_in(talk, user)
        await talk.act(TextReceived("hello"))


@needs_redis
async def test_a_store_moves_to_redis_and_back(assent: Run, tmp_path: Path) -> None:
    await _people(tmp_path)
    redis = empty_database(5)

    there = assent("store", "copy", "sqlite:///assent.db", redis)
    back = assent("store", "copy", redis, "sqlite:///back.db")

    for done in (there, back):
        assert done.returncode == 0, done.stderr
        assert "Copied and compared. The target's ledger is sound: 2 rows." in done.stdout
    shown = [
        json.loads(assent("--store", url, "conversation", "show", "teams:a:ana", "--json").stdout)
        for url in ("sqlite:///assent.db", redis, "sqlite:///back.db")
    ]
    for each in shown:
        for row in each["deliveries"]:
            del row["sequence"]  # each store's own
    assert shown[0] == shown[1] == shown[2]


async def test_a_copy_into_a_store_that_holds_something_is_refused(assent: Run, tmp_path: Path) -> None:
    await _people(tmp_path)
    (tmp_path / "other").mkdir()
    await _people(tmp_path / "other")
    refused = assent("store", "copy", "sqlite:///assent.db", "sqlite:///other/assent.db")
    assert refused.returncode == 1
    assert "the target holds bots already" in refused.stderr


async def test_a_copy_of_a_store_that_is_served_is_refused(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await talk.store.acquire_server_lease()
        refused = assent("store", "copy", "sqlite:///assent.db", "sqlite:///copy.db")
    assert refused.returncode != 0
    assert "serv" in refused.stderr


async def test_a_tampered_ledger_is_told_after_the_copy(assent: Run, tmp_path: Path) -> None:
    await _people(tmp_path)
    with sqlite3.connect(tmp_path / "assent.db") as connection:
        connection.execute("DROP TRIGGER ledger_rows_keep_their_facts")
        connection.execute("UPDATE ledger SET before = 'opted_out' WHERE sequence = 2")
    told = assent("store", "copy", "sqlite:///assent.db", "sqlite:///copy.db")
    assert told.returncode == 1
    assert "the target's ledger has faults (1)" in told.stderr


def test_a_source_that_is_not_there_is_named(assent: Run) -> None:
    refused = assent("store", "copy", "sqlite:///gone.db", "sqlite:///copy.db")
    assert refused.returncode == 1
    assert "there is no store at gone.db" in refused.stderr
