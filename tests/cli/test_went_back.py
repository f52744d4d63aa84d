"""What commands tell of a store that went back: doctor, verify, accept-loss; and checkpoints of the ledger."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from messages.consent import ConsentChange, Membership, SourceKind
from runtime.clock import now
from runtime.tasks.memory_file import MemoryFile, RememberedRow
from storage.stores import open_store
from tests.cli.running import Run
from tests.cli.talking import Talk
from tests.cli.test_ops import opted_in
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

URL = "sqlite:///assent.db"


async def remembered(folder: Path) -> None:
    """Write what a server would remember of the store in a folder."""
    store = open_store(f"sqlite:///{folder / 'assent.db'}")
    await store.open()
    rows = [RememberedRow(mark, now()) for bot in await store.bots() for mark in await store.heads(bot)]
    identity = await store.identity()
    await store.close()
    MemoryFile(folder / "assent.db.memory").write(identity.id, URL, rows, identity.mark)


async def stop(folder: Path, subject: str) -> None:
    """Have the first person opt out of something, as another process does."""
    store = open_store(f"sqlite:///{folder / 'assent.db'}")
    await store.open()
    (bot,) = await store.bots()
    person, *_ = await store.people(bot)
    before = (await store.memberships(bot, person.contact.id)).get(subject, Membership.NONE)
    change = ConsentChange(
        person.contact.id, subject, before, Membership.OPTED_OUT, now(), SourceKind.KEYWORD, person.contact.id
    )
    await store.change_consent(bot, change)
    await store.close()


async def went_back(folder: Path) -> None:
    """Two people opt in, and a back-up is made; one stops, and the back-up is restored."""
    async with Talk(folder) as talk:
        for user in ("ana", "bob"):
            await opted_in(talk, user)
    shutil.copy(folder / "assent.db", folder / "saved.db")  # no process has it open
    await stop(folder, "*")
    await stop(folder, "tips")
    await remembered(folder)
    shutil.copy(folder / "saved.db", folder / "assent.db")


async def test_a_restored_file_is_told_of_until_it_is_accepted(assent: Run, tmp_path: Path) -> None:
    await went_back(tmp_path)
    doctor, verify = assent("doctor"), assent("ledger", "verify")
    assert (doctor.returncode, verify.returncode) == (1, 1)
    assert "was acknowledged, and is missing from the ledger" in doctor.stdout
    assert "assent store accept-loss" in doctor.stdout
    assert "was acknowledged, and is missing from the ledger" in verify.stderr

    assert assent("segment", "add", "tips", "c_nobody").returncode == 1
    assert "lacks rows" in assent("segment", "add", "tips", "c_nobody").stderr
    refused = assent("store", "accept-loss")
    assert refused.returncode == 1
    assert "rows 3 to 4 are missing" in refused.stdout

    done = assent("store", "accept-loss", "--yes", author="eve")
    assert done.returncode == 0, done.stderr
    assert "Accepted" in done.stdout
    verify = assent("ledger", "verify")
    assert verify.returncode == 0, verify.stderr
    assert "rows 3 to 4 are missing from the ledger: accepted" in verify.stdout
    assert "by eve" in verify.stdout
    audit = json.loads(assent("audit", "list", "--json").stdout)
    assert [(row["actor"], row["action"]) for row in audit if row["action"] == "accept_loss"] == [
        ("eve", "accept_loss")
    ]
    assert assent("store", "accept-loss", "--yes").stdout == "Nothing is missing.\n"

    await stop(tmp_path, "news")
    rows = json.loads(assent("ledger", "show", "--json").stdout)
    assert rows[-1]["sequence"] > 4
    assert assent("ledger", "verify").returncode == 0


async def test_a_store_that_has_everything(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
    await remembered(tmp_path)
    assert assent("ledger", "verify").returncode == 0
    assert "missing" not in assent("doctor").stdout
    assert assent("store", "accept-loss", "--yes").stdout == "Nothing is missing.\n"


async def test_what_is_held_is_shown_until_staff_let_it_go_on(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
    assert assent("broadcast", "create", "Tip", "--to", "tips", "--text", "Hello").returncode == 0
    schedule = ("--rule", "FREQ=DAILY", "--from", "2027-01-01T09:00", "--yes", "--accept-repeats")
    assert assent("broadcast", "schedule", "tip", *schedule).returncode == 0
    shutil.copy(tmp_path / "assent.db", tmp_path / "saved.db")
    store = open_store(f"sqlite:///{tmp_path / 'assent.db'}")
    await store.open()
    await store.raise_mark(0)
    await store.close()
    await remembered(tmp_path)
    assert "it is older than it was" not in assent("doctor").stdout
    shutil.copy(tmp_path / "saved.db", tmp_path / "assent.db")
    assert "it is older than it was" in assent("doctor").stdout

    store = open_store(f"sqlite:///{tmp_path / 'assent.db'}")
    await store.open()
    (bot,) = await store.bots()
    (broadcast,) = await store.broadcasts(bot)
    await store.save_broadcast(msgspec.structs.replace(broadcast, held="the store went back"))
    await store.close()
    assert "held: the store went back" in assent("broadcast", "list").stdout
    assert "assent broadcast resume-schedule tip" in " ".join(assent("doctor").stdout.split())
    assert assent("broadcast", "resume-schedule", "tip").returncode == 0
    assert "FREQ=DAILY" in assent("broadcast", "list").stdout
    assert "resume-schedule" not in assent("doctor").stdout


@needs_redis
async def test_what_a_command_writes_is_remembered_before_it_ends(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
    file = MemoryFile(tmp_path / "assent.db.memory")
    (row,) = json.loads(assent("ledger", "show", "--json").stdout)
    ana = row["change"]["contact"]
    assert assent("segment", "create", "Events").returncode == 0
    assert file.read() is None
    await remembered(tmp_path)
    before = file.read()
    added = assent("segment", "add", "events", ana)
    after = file.read()
    assert added.returncode == 0, added.stderr
    assert before is not None
    assert after is not None
    assert [row.mark.sequence for row in after.rows] == [
        before.rows[-1].mark.sequence,
        before.rows[-1].mark.sequence + 1,
    ]
    store = open_store(f"sqlite:///{tmp_path / 'assent.db'}")
    await store.open()
    assert await store.is_there(after.rows[-1].mark)
    await store.close()


async def test_a_copy_is_not_held_against_its_source(assent: Run, tmp_path: Path) -> None:
    """A store with an open loss is not copied: the copy would show no sign of it."""
    await went_back(tmp_path)
    redis = empty_database(5)
    assert assent("store", "accept-loss", "--yes").returncode == 0
    copied = assent("store", "copy", URL, redis)
    assert copied.returncode == 0, copied.stderr
    assert assent("--store", redis, "ledger", "verify").returncode == 0


async def test_a_store_with_missing_rows_is_not_copied(assent: Run, tmp_path: Path) -> None:
    await went_back(tmp_path)
    assert assent("store", "accept-loss").returncode == 1  # puts it on record
    refused = assent("store", "copy", URL, "sqlite:///other.db")
    assert refused.returncode == 1
    assert "missing from the ledger" in refused.stderr


# -- checkpoints


async def checkpointed(assent: Run, folder: Path) -> str:
    """Two people opt in; return the public key that signed the checkpoint in `head.json`."""
    async with Talk(folder) as talk:
        for user in ("ana", "bob"):
            await opted_in(talk, user)
    made = assent("ledger", "checkpoint", "--out", "head.json")
    assert made.returncode == 0, made.stderr
    return made.stderr.strip().removeprefix("public key: ")


async def test_a_ledger_that_goes_on_is_as_in_its_checkpoint(assent: Run, tmp_path: Path) -> None:
    key = await checkpointed(assent, tmp_path)
    assert (tmp_path / "assent-checkpoint.key").stat().st_mode & 0o777 == 0o600
    await stop(tmp_path, "news")
    verified = assent("ledger", "verify", "--against", "head.json", "--key", key)
    assert verified.returncode == 0, verified.stderr
    assert f"row 2 is as in the checkpoint, signed by key {key}" in verified.stdout
    assert assent("ledger", "checkpoint").stderr == f"public key: {key}\n"


async def test_a_rewritten_and_a_shortened_ledger(assent: Run, tmp_path: Path) -> None:
    """Rewritten by somebody who knows how rows are hashed: the ledger is sound by itself, and another one."""
    key = await checkpointed(assent, tmp_path)
    (tmp_path / "assent.db").rename(tmp_path / "true.db")
    async with Talk(tmp_path) as talk:
        for user in ("ana", "eve"):
            await opted_in(talk, user)
    assert assent("ledger", "verify").returncode == 0
    rewritten = assent("ledger", "verify", "--against", "head.json", "--key", key)
    assert rewritten.returncode == 1
    assert "row 2 has another hash than in the checkpoint" in rewritten.stderr

    (tmp_path / "assent.db").unlink()
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
    shortened = assent("ledger", "verify", "--against", "head.json", "--key", key)
    assert shortened.returncode == 1
    assert "row 2 of the checkpoint is missing: the ledger ends with row 1" in shortened.stderr


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda made: made["checkpoint"].update(at="2020-01-01T00:00:00+00:00"), "its signature does not fit"),
        (lambda made: made["checkpoint"]["rows"][0].update(hash="ab" * 32), "its signature does not fit"),
        (lambda made: made.update(signature="zz"), "is not a checkpoint"),
        (lambda made: made.pop("key"), "is not a checkpoint"),
    ],
)
async def test_a_forged_checkpoint(assent: Run, tmp_path: Path, change: object, problem: str) -> None:
    await checkpointed(assent, tmp_path)
    made = json.loads((tmp_path / "head.json").read_text())
    change(made)  # type: ignore[operator]  # each changes what it is given
    (tmp_path / "head.json").write_text(json.dumps(made))
    refused = assent("ledger", "verify", "--against", "head.json")
    assert refused.returncode == 1
    assert problem in refused.stderr


async def test_a_checkpoint_of_another_key(assent: Run, tmp_path: Path) -> None:
    await checkpointed(assent, tmp_path)
    (tmp_path / "assent-checkpoint.key").unlink()
    assent("ledger", "checkpoint")
    refused = assent("ledger", "verify", "--against", "head.json")
    assert refused.returncode == 1
    assert "was signed by key" in refused.stderr
    (tmp_path / "assent-checkpoint.key").write_text("rubbish")
    assert "holds no private key" in assent("ledger", "checkpoint").stderr


async def test_erasing_leaves_the_checkpoint_as_it_was(assent: Run, tmp_path: Path) -> None:
    await checkpointed(assent, tmp_path)
    contact = json.loads(assent("ledger", "show", "--json").stdout)[0]["change"]["contact"]
    assert assent("contact", "erase", contact, "--yes").returncode == 0
    assert assent("ledger", "verify", "--against", "head.json").returncode == 0
