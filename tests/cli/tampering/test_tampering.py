"""Whoever changes a store behind our back is found out, by each command, and nobody else is accused.

`CASES` is the book: what is done to whom, and whose conversations must be named with which words.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from messages.codec import RecordDecoder, encode
from messages.inbound import TextReceived
from replay.tampering import check_conversation, check_journal
from storage.erase import erased_entry
from storage.records import JournalEntry
from storage.stores import copy_store
from tests.cli.running import Run
from tests.cli.tampering.raw import Raw, RawRedis, RawSqlite
from tests.cli.tampering.story import ASKS, PRESSES_YES, SAYS_STOP, SAYS_THANKS, TURNS, key_of, lived, opened
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

_decode = RecordDecoder[JournalEntry](JournalEntry)


def other_words(record: bytes) -> bytes:
    entry = _decode(record)
    event = msgspec.structs.replace(entry.event, action=TextReceived("I never said that"))
    return encode(msgspec.structs.replace(entry, event=event))


def an_hour_later(record: bytes) -> bytes:
    entry = _decode(record)
    return encode(msgspec.structs.replace(entry, at=entry.at + timedelta(hours=1)))


def mark_as_erased(raw: Raw, user: str) -> None:
    """Take a STOP away as erasing would, but for the erasing."""

    def edit(record: bytes) -> bytes:
        raw.keep_digest(user, SAYS_STOP, sha256(record).hexdigest())
        return encode(erased_entry(_decode(record), key_of(user)))

    raw.edit(user, SAYS_STOP, edit)


class Case(NamedTuple):
    """What is done to `a`, and maybe `b`; which words must be said of whose conversation."""

    name: str
    do: Callable[[Raw, str, str], None]
    of_a: str
    of_b: str = ""
    shown: bool = True
    """Whether the conversation alone tells it."""


MISSING = f"turn {{}} of {TURNS} is missing"
ALTERED = f"turn {{}} of {TURNS} is not what was committed"
CASES = (
    Case("press deleted", lambda raw, a, _: raw.delete(a, PRESSES_YES), MISSING.format(2)),
    Case("stop deleted", lambda raw, a, _: raw.delete(a, SAYS_STOP), MISSING.format(4)),
    Case("first deleted", lambda raw, a, _: raw.delete(a, 1), MISSING.format(1)),
    Case("last deleted", lambda raw, a, _: raw.delete(a, SAYS_THANKS), MISSING.format(5)),
    Case("end cut off, count and link too", lambda raw, a, _: raw.cut_end(a), "a later turn is missing"),
    Case(
        "press given to another",
        lambda raw, a, b: raw.give(a, PRESSES_YES, b),
        MISSING.format(2),
        "it was given to another person",
    ),
    Case("number -1", lambda raw, a, _: raw.renumber(a, PRESSES_YES), "it was moved"),
    Case("time beside the record", lambda raw, a, _: raw.set_time(a, ASKS), "time|its row was altered", shown=False),
    Case("words in a record", lambda raw, a, _: raw.edit(a, ASKS, other_words), ALTERED.format(3)),
    Case("time in a record", lambda raw, a, _: raw.edit(a, ASKS, an_hour_later), ALTERED.format(3)),
    Case(
        "record of another's press",
        lambda raw, a, b: raw.copy(a, PRESSES_YES, b),
        "",
        "it was given to another person: its record is of conversation",
    ),
    Case("link removed", lambda raw, a, _: raw.unlink(a, ASKS), ALTERED.format(4)),
    Case("last link removed", lambda raw, a, _: raw.unlink(a, SAYS_THANKS), "its end was altered"),
    Case("conversation given away", lambda raw, a, b: raw.set_contact(a, b), "it was given to another person: it is"),
    Case("ledger row removed", lambda raw, a, _: raw.drop_row(a, "*"), "the ledger has no row of what it did: *"),
    Case("marked as erased", lambda raw, a, _: mark_as_erased(raw, a), "no erasure of"),
    Case("turn invented", lambda raw, a, _: raw.invent(a), f"it is turn 6, and the conversation had {TURNS}"),
    Case("conversation removed", lambda raw, a, _: raw.drop_conversation(a), "no such turn is there", shown=False),
)


def users_of(number: int) -> tuple[str, str]:
    return f"a{number:02}", f"b{number:02}"


class Store(NamedTuple):
    url: str
    raw: Raw


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store(f"sqlite:///{tmp_path / 'assent.db'}", RawSqlite(tmp_path / "assent.db"))
    url = empty_database(6)
    return Store(url, RawRedis(url))


def problems(told: str) -> dict[str, list[str]]:
    """What JSON of a command says, by conversation."""
    found: dict[str, list[str]] = {}
    for each in json.loads(told):
        found.setdefault(each["conversation"], []).append(each["problem"])
    return found


async def test_each_is_found_by_each_command(assent: Run, tmp_path: Path, store: Store) -> None:
    users = [user for number in range(len(CASES)) for user in users_of(number)]
    await lived(tmp_path, store.url, users)
    run = lambda *arguments: assent("--store", store.url, *arguments)  # noqa: E731
    sound = run("ledger", "verify")
    turns = len(users) * TURNS
    assert (sound.returncode, sound.stderr) == (0, "")
    assert f"the journal is sound: {turns} turns of {len(users)} conversations\n" in sound.stdout
    assert run("replay", "--all").stdout == f"{turns} turns run again, all the same, to the byte\n"

    accused: dict[str, str] = {}
    for number, case in enumerate(CASES):
        a, b = users_of(number)
        case.do(store.raw, a, b)
        accused |= {key_of(user): words for user, words in ((a, case.of_a), (b, case.of_b)) if words}

    verified = run("ledger", "verify", "--json")
    replayed = run("replay", "--all", "--json")
    assert (verified.returncode, replayed.returncode) == (1, 1)
    by_verify = problems(json.dumps(json.loads(verified.stdout)["demo"]["journal"]["problems"]))
    by_replay = problems(json.dumps(json.loads(replayed.stdout)["tampered"]))
    assert by_verify == by_replay
    assert by_verify.keys() == accused.keys()
    for key, words in accused.items():
        assert any(each in problem for problem in by_verify[key] for each in words.split("|")), (key, by_verify[key])
    doctor = run("doctor")
    assert doctor.returncode == 1
    assert f"the journal has {sum(map(len, by_verify.values()))} differences" in doctor.stdout
    plain = run("ledger", "verify").stderr
    assert all(f"demo: {key}" in plain for key in accused)
    await are_told_by_themselves(store)


async def are_told_by_themselves(store: Store) -> None:
    """What `conversation show` tells of one conversation."""
    handle = await opened(store.url)
    for number, case in enumerate(CASES):
        for user, words in zip(users_of(number), (case.of_a, case.of_b), strict=True):
            if case.shown or not words:
                told = [each.problem for each in await check_conversation(handle, "demo", key_of(user))]
                assert any(words in problem for problem in told) if words else told == [], (case.name, user, told)
    await handle.close()


async def test_show_draws_no_press_of_somebody_else(assent: Run, tmp_path: Path, store: Store) -> None:
    await lived(tmp_path, store.url, ("ana", "bob"))
    store.raw.give("ana", PRESSES_YES, "bob")
    shown = assent("--store", store.url, "conversation", "show", key_of("bob"))
    assert "it was given to another person: its record is of conversation teams:a:ana" in shown.stdout
    assert shown.stdout.count("You are in: Tips.") == 1, "that of bob's own press"
    assert MISSING.format(2) in assent("--store", store.url, "conversation", "show", key_of("ana")).stdout
    replayed = assent("--store", store.url, "replay", key_of("ana"))
    assert (replayed.returncode, MISSING.format(2) in replayed.stdout) == (1, True)


async def test_the_text_of_a_revision(assent: Run, tmp_path: Path, store: Store) -> None:
    await lived(tmp_path, store.url, ("ana",))
    store.raw.edit_revision()
    problem = "the text of revision 1 of demo is not what its digest says"
    for command in (("ledger", "verify"), ("replay", "--all"), ("doctor",), ("conversation", "show", key_of("ana"))):
        done = assent("--store", store.url, *command)
        assert problem in done.stdout + done.stderr, command


async def test_what_is_missing_stays_missing_in_a_copy(tmp_path: Path, store: Store) -> None:
    await lived(tmp_path, store.url, ("ana", "bob", "cleo"))
    store.raw.delete("ana", PRESSES_YES)
    store.raw.delete("bob", SAYS_THANKS)
    for target in (
        f"sqlite:///{tmp_path / 'copy.db'}",
        *([empty_database(7)] if store.url.startswith("redis") else []),
    ):
        source, copied = await opened(store.url), await opened(target)
        await copy_store(source, copied, "source", lambda *_: None)
        found = {(each.conversation, each.problem) for each in (await check_journal(copied, "demo")).problems}
        await source.close()
        await copied.close()
        assert {key for key, _ in found} == {key_of("ana"), key_of("bob")}
        assert any(MISSING.format(2) in problem for _, problem in found)
        assert any(MISSING.format(5) in problem for _, problem in found)
