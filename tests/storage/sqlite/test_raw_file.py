"""What was erased is gone from the file itself, not only from what the tables show."""

import random
from pathlib import Path

import pytest

from storage.sqlite.store import SqliteStore
from tests.storage.erasing import BOT, QUIMBY
from tests.storage.talk import NOW, Talk, says


def left_in(path: Path) -> dict[str, int]:
    """How often the name is found in each file of the database."""
    files = [file for file in path.parent.iterdir() if file.is_file()]
    return {file.name: file.read_bytes().lower().count(b"quimby") for file in files}


@pytest.mark.parametrize("chance", range(3))
async def test_the_raw_files_hold_no_word_of_theirs(store: SqliteStore, path: Path, chance: int) -> None:
    """Their rows were moved about by those of many others, as pages filled up, and some were deleted before."""
    dice = random.Random(chance)
    others = [Talk(f"user {number}") for number in range(60)]
    crowd = [(other, turn) for turn in range(4) for other in others]
    dice.shuffle(crowd)
    for other, turn in crowd[:120]:
        await other.take(store, f"{other.user} {turn}", says("x" * dice.randrange(2000)), fields={"n": "y" * turn * 99})
    await QUIMBY.live(store)
    for other, turn in crowd[120:]:
        await other.take(store, f"{other.user} {turn}", says("x" * dice.randrange(2000)), fields={"n": "y" * turn * 99})
        if not dice.randrange(9):
            await QUIMBY.alone.take(
                store,
                f"event {turn} {other.user}",
                says("quimby " * dice.randrange(900)),
                fields={"n": "quimby" * turn},
            )
    await store.prune(NOW, NOW - NOW)
    assert left_in(path)["assent.db-wal"] > 0
    await store.erase_contact(BOT, await QUIMBY.contact_id(store), actor="mia", at=NOW)
    assert not any(left_in(path).values())
