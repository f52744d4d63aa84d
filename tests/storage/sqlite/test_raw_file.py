"""What was erased is gone from the file itself, not only from what the tables show."""

import random
from pathlib import Path

import msgspec
import pytest

from messages.import_rows import Reason
from storage.audience_records import ImportRow, KeptAnswer
from storage.sqlite.store import SqliteStore
from tests.storage.contract.audiences.people import AT, adds, known, on_teams
from tests.storage.contract.audiences.test_erasing import FULL
from tests.storage.contract.audiences.test_imports import LATER, job, step
from tests.storage.erasing import BOT, QUIMBY
from tests.storage.talk import NOW, Talk, says
from tests.storage.told_apart import ALL_WORDS, HER, lived


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


async def test_the_raw_files_hold_nothing_that_staff_knew(store: SqliteStore, path: Path) -> None:
    """The contact, its details before they were edited, files, rows and answers that name it, one merged into it."""
    await known(store, *(f"user{number}" for number in range(60)))
    first = await store.add_contact(BOT, msgspec.structs.replace(FULL, id="c-1", identities=on_teams("quimby")))
    details = {"name": "Quimby the younger", "phone": "", "notes": ()}
    person = await store.edit_contact(BOT, msgspec.structs.replace(first.contact, **details))
    other = msgspec.structs.replace(FULL, id="c-2", email="old@quimby.example", external_id="", aad_object_id="")
    merged = (await store.add_contact(BOT, other)).contact
    kept = await store.merge_contacts(BOT, person.contact, merged, [])
    await store.change_many(BOT, adds([kept.number]))
    await job(store, "j1", b"quimby@example.org\n" * 40_000)
    assert await store.claim_import("w1", AT, LATER) is not None
    rows = [ImportRow(line, f"{line}@user.example", reason=Reason.UNKNOWN) for line in range(2000)]
    for line in range(0, 2000, 7):
        rows[line] = ImportRow(line, "Old@Quimby.example", reason=Reason.UNKNOWN, detail="quimby is not there")
    rows[1900] = ImportRow(1900, "quimby@example.org", waits=True)
    await store.apply_import(BOT, step(0, *rows))
    await store.end_import(BOT, "j1", "w1", at=LATER)
    await store.begin_request("t1", "k", "r", AT)
    await store.end_request("t1", "k", KeptAnswer("r", AT, 200, b'{"name": "Quimby"}' * 900))
    assert sum(left_in(path).values()) > 300
    await store.erase_contact(BOT, "c-1", actor="mia", at=LATER)
    assert not any(left_in(path).values())


async def test_the_raw_files_hold_no_detail_whichever_it_is(store: SqliteStore, path: Path) -> None:
    await lived(store)

    def left() -> list[str]:
        held = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file()).lower()
        return [word for word in ALL_WORDS if word.encode() in held]

    assert left() == list(ALL_WORDS)
    await store.erase_contact(BOT, HER.id, actor="mia", at=NOW)
    assert left() == []
