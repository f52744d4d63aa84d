"""Ops find a conversation, see why it went as it did, follow it and take it along; people stay masked."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec

from messages.codec import RecordDecoder, encode
from messages.effects import OutgoingText
from messages.inbound import ButtonPressed, ConversationStarted, TextReceived
from storage.records import DeliveryStatus, JournalEntry
from tests.cli.running import MAY_UNMASK, ROOT, Run
from tests.cli.talking import Talk

TOLD = ("Ana", "29:ana", "my dog is ill", "020 7946 0958", "7305.25")


async def talked(folder: Path) -> None:
    """Ana opts in, tells her age, says what nothing answers, and stops; Ben says hello, and can't be reached."""
    async with Talk(folder) as talk:
        rows = await talk.act(ConversationStarted())
        part = rows[0].message.parts[0]
        assert isinstance(part, OutgoingText)
        await talk.act(ButtonPressed(payload=part.buttons[0].payload, label="Yes please"))
        await talk.act(TextReceived("my dog is ill, call 020 7946 0958"))
        await talk.act(TextReceived("age"))
        await talk.act(TextReceived("7305.25"))
        await talk.act(TextReceived("STOP"))
        await talk.act(TextReceived("hello"), user="ben", status=DeliveryStatus.FAILED, reason="403 blocked by Ben")
        await talk.act(ButtonPressed(payload="a1:forged"), user="eve")


def keys(assent: Run, *filters: str) -> list[str]:
    done = assent("conversation", "list", *filters, "--json")
    assert done.returncode == 0, done.stderr
    return [row["state"]["key"].rpartition(":")[2] for row in json.loads(done.stdout)]


async def test_a_conversation_is_found_by_what_is_known_of_it(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    listed = json.loads(assent("conversation", "list", "--json").stdout)
    contact = listed[0]["contact"]["id"]
    assert keys(assent, "--contact", contact) == ["ana"]
    assert keys(assent, "--contact", "BE") == ["ben"]
    assert keys(assent, "--channel", "teams") == ["ana", "ben", "eve"]
    assert keys(assent, "--channel", "workplace") == []
    assert keys(assent, "--segment", "tips") == ["ana"]
    assert keys(assent, "--segment", "*") == ["ana"]
    mistyped = assent("conversation", "list", "--segment", "tipps")
    assert (mistyped.returncode, "Did you mean `tips`?" in mistyped.stderr) == (1, True)
    assert assent("conversation", "list", "--channel", "slack").returncode == 2
    assert keys(assent, "--keyword", "Stop!") == ["ana"]
    assert keys(assent, "--keyword", "") == ["ana"]
    assert keys(assent, "--keyword", "start") == []
    assert keys(assent, "--error") == ["eve"]
    assert keys(assent, "--failed") == keys(assent, "--undelivered") == ["ben"]
    assert keys(assent, "--since", "1h") == keys(assent, "--until", "2999-01-01") == ["ana", "ben", "eve"]
    assert keys(assent, "--since", "2999-01-01") == keys(assent, "--until", "1h") == []
    assert keys(assent, "--segment", "tips", "--failed") == []
    refused = assent("conversation", "list", "--since", "yesterday")
    assert refused.returncode == 2
    assert "'yesterday' is not a time; write 7d" in refused.stderr


async def test_a_terminal_without_our_letters_shows_question_marks(tmp_path: Path) -> None:
    await talked(tmp_path)
    for arguments in (("show", "teams:a:ana", "--trace"), ("list",)):
        shown = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli.main", "--store", f"sqlite:///{tmp_path}/assent.db"),
            *("conversation", *arguments),
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await shown.communicate()
        assert (shown.returncode, err) == (0, b"")
        assert b"teams:a:ana" in out
        assert b"?" in out


async def test_nothing_tells_who_somebody_is_unless_it_may_be_seen(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    for command in (
        ("conversation", "list"),
        ("conversation", "list", "--json"),
        ("conversation", "show", "teams:a:ana", "--trace"),
        ("conversation", "show", "teams:a:ana", "--json"),
    ):
        shown = assent(*command).stdout
        assert "••••" in shown
        assert [told for told in TOLD if told in shown.replace("teams:a:ana", "")] == []
    refused = assent("conversation", "show", "teams:a:ana", "--unmask")
    assert refused.returncode == 1
    assert "ana may not see people's words and names" in refused.stderr
    assert "privacy.may_unmask" in refused.stderr
    assert json.loads(assent("audit", "list", "--json").stdout) == []


async def test_unmasking_is_recorded(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    shown = assent("conversation", "show", "teams:a:ana", "--unmask", variables=MAY_UNMASK).stdout
    assert "my dog is ill, call 020 7946 0958" in shown
    assent("conversation", "show", "teams:a:ben", "--unmask", "--json", variables=MAY_UNMASK)
    (first, second) = json.loads(assent("audit", "list", "--json").stdout)
    assert (first["actor"], first["action"], first["target"]) == ("ana", "unmask", "teams:a:ana")
    assert second["target"] == "teams:a:ben"
    assert "teams:a:ana" not in assent("audit", "list", "--target", "teams:a:ben").stdout


async def test_the_trace_says_why(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    shown = assent("conversation", "show", "teams:a:ana", "--trace").stdout
    for words in (
        "· welcome hi of revision 1",
        "· pressed hi/1 · hi of revision 1",
        "· consent tips: none → opted_in",
        "memberships before: none; changed: tips none → opted_in",
        "· nothing matched: the default reply",
        "· taken for the quick reply Age",
        "· stored the answer in age · age of revision 1",
        "· a consent word stop: stop",
        "1 attempt",
    ):
        assert words in shown
    failed = assent("conversation", "show", "teams:a:ben", "--trace").stdout
    assert "the channel answered: 403 blocked by ••••" in failed


async def test_what_is_wrong_with_a_turn_is_said_in_its_place(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    with sqlite3.connect(tmp_path / "assent.db") as connection:
        connection.execute("UPDATE journal SET record = CAST(substr(record, 1, 60) AS BLOB) WHERE number = 3")
    shown = assent("conversation", "show", "teams:a:ana")
    assert shown.returncode == 0
    before, found, after = shown.stdout.partition("! row 3 of the journal: a record can't be read: ")
    assert found
    assert "(added the bot)" in before
    assert "the person is now out of everything pushed" in after
    assert keys(assent, "--error") == ["ana", "eve"]
    replayed = assent("replay", "teams:a:ana")
    assert replayed.returncode == 1
    assert "row 3 of the journal: a record can't be read" in replayed.stdout
    assert "6 turns run again, 5 the same, to the byte, 1 can't be run" in replayed.stdout
    assert assent("conversation", "export", "teams:a:ana", "--out", "shown.assent").returncode == 0
    viewed = assent("conversation", "view", "shown.assent").stdout
    assert "! turn 3 of shown.assent: it could not be read when this was exported, so nothing of it is here" in viewed


def alter(folder: Path, number: int, change: Callable[[JournalEntry], JournalEntry]) -> None:
    """Write a recorded turn anew, as a fault would have left it."""
    with sqlite3.connect(folder / "assent.db") as connection:
        (record,) = connection.execute("SELECT record FROM journal WHERE number = ?", (number,)).fetchone()
        altered = encode(change(RecordDecoder[JournalEntry](JournalEntry)(record)))
        connection.execute("UPDATE journal SET record = ? WHERE number = ?", (altered, number))


async def test_odd_turns_are_named_and_the_rest_is_drawn(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    replace = msgspec.structs.replace
    alter(tmp_path, 2, lambda entry: replace(entry, outcome=replace(entry.outcome, rules=9)))
    alter(tmp_path, 3, lambda entry: replace(entry, at=entry.at - timedelta(days=1)))
    alter(tmp_path, 4, lambda entry: replace(entry, outcome=replace(entry.outcome, revision=8)))
    alter(tmp_path, 5, lambda entry: replace(entry, erased=True))
    shown = assent("conversation", "show", "teams:a:ana").stdout
    for words in (
        "(added the bot)",
        "! recorded by rules 9, which a later version has; this one knows ",
        "! the clock went backwards here: the turn before was at ",
        "! revision 8, which this turn was taken on, is missing",
        "  erased",
        "the person is now out of everything pushed",
    ):
        _, found, shown = shown.partition(words)
        assert found, words
    odd = json.loads(assent("conversation", "show", "teams:a:ana", "--json").stdout)["odd"]
    assert [each["problem"].split(",")[0].split(" here")[0] for each in odd] == [
        "recorded by rules 9",
        "the clock went backwards",
        "revision 8",
    ]
    replayed = assent("replay", "teams:a:ana", "--json")
    told = json.loads(replayed.stdout)
    assert (replayed.returncode, told["turns"], told["faults"], told["erased"]) == (1, 6, 2, 1)


async def test_turns_are_followed_as_they_happen(tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await talk.act(TextReceived("first"))
        following = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli.main", "--store", f"sqlite:///{tmp_path}/assent.db"),
            *("conversation", "tail", "teams:a:ana", "--unmask"),
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", "ASSENT_AUTHOR": "ana", **MAY_UNMASK},
            stdout=asyncio.subprocess.PIPE,
        )
        assert following.stdout is not None
        await following.stdout.readuntil(b"first")
        await talk.act(TextReceived("elsewhere"), user="ben")
        await talk.act(TextReceived("second"))
        shown = await following.stdout.readuntil(b"second")
        following.send_signal(signal.SIGINT)
        assert await following.wait() == 0
        shown += await following.stdout.read()
        assert b"elsewhere" not in shown
        assert b"delivered" not in shown
        assert [row.target for row in await talk.store.audit("small")] == ["teams:a:ana"]


async def test_a_recording_is_taken_along_and_run_again(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    refused = assent("conversation", "export", "teams:a:ana", "--unmask", "--out", "bug.assent")
    assert refused.returncode == 1
    assert not (tmp_path / "bug.assent").exists()
    done = assent("conversation", "export", "teams:a:ana", "--unmask", "--out", "bug.assent", variables=MAY_UNMASK)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "bug.assent").stat().st_mode & 0o077 == 0
    (row,) = json.loads(assent("audit", "list", "--json").stdout)
    assert (row["action"], row["target"]) == ("export unmasked", "teams:a:ana")
    (tmp_path / "assent.db").unlink()
    replayed = assent("replay", "bug.assent")
    assert (replayed.returncode, replayed.stdout) == (0, "6 turns run again, all the same, to the byte\n")
    viewed = assent("conversation", "view", "bug.assent").stdout
    assert "my dog is ill" in viewed
    assert "delivered" not in viewed
    golden = assent("replay", "bug.assent", "--as-test")
    assert golden.returncode == 0
    assert "says: my dog is ill, call 020 7946 0958" in golden.stdout


async def test_a_masked_recording_is_for_the_eye(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    assert assent("conversation", "export", "teams:a:ana", "--out", "shown.assent").returncode == 0
    shown = assent("conversation", "view", "shown.assent", "--trace").stdout
    assert "the person is now out of everything pushed" in shown
    assert [told for told in TOLD if told in shown.replace("teams:a:ana", "")] == []
    for arguments in (("replay", "shown.assent"), ("replay", "shown.assent", "--as-test")):
        refused = assent(*arguments)
        assert refused.returncode == 1
        assert "it is masked, so it can be shown and not run again" in refused.stderr


async def test_a_conversation_that_is_not_there_is_said(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    for command in ("show", "tail", "export"):
        more = ("--out", "x") if command == "export" else ()
        refused = assent("conversation", command, "teams:a:nobody", *more)
        assert refused.returncode == 1
        assert "teams:a:nobody" in refused.stderr
    assert "'nothing.assent' does not exist" in assent("conversation", "view", "nothing.assent").stderr
