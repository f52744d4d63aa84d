"""What is read page by page goes on where the page before ended: it never sorts the rest again."""

import sqlite3
from pathlib import Path

import pytest

from storage.sqlite import journal, transfer
from storage.sqlite.store import SqliteStore
from storage.transfer import Kind

PAGES = {"journal": journal._PAGE, **{kind.value: query for kind, query in transfer._EXPORT.items()}}


@pytest.mark.parametrize("query", PAGES.values(), ids=PAGES)
async def test_no_page_sorts(tmp_path: Path, query: str) -> None:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    await store.close()
    with sqlite3.connect(tmp_path / "assent.db") as connection:
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", (1, 1, 1)))
    assert "TEMP B-TREE" not in plan
    assert "SCAN" not in plan


def test_every_kind_is_looked_at() -> None:
    """What pushes are copied by reads the runs of a bot as a whole, and their pushes by the port."""
    assert set(PAGES) == {"journal", *Kind} - {Kind.BROADCASTS, Kind.RUNS, Kind.PUSHES}
