"""`assent replay`: the same again, or what is otherwise; and what a push would have changed."""

import json
import sqlite3
from pathlib import Path

import pytest

from messages.effects import OutgoingText
from messages.inbound import ButtonPressed, ConversationStarted, TextReceived
from tests.cli.running import MAY_UNMASK, SMALL, Run, small_flow
from tests.cli.talking import Talk
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

OPT_IN = "{label: LABEL, opt_in: tips, reply: in}"


async def talked(folder: Path, people: int = 3) -> None:
    """People add the bot and opt in; the first one says something too."""
    async with Talk(folder) as talk:
        for number in range(people):
            rows = await talk.act(ConversationStarted(), user=f"user{number}")
            part = rows[0].message.parts[0]
            assert isinstance(part, OutgoingText)
            await talk.act(ButtonPressed(payload=part.buttons[0].payload, label="Yes please"), user=f"user{number}")
        await talk.act(TextReceived("what?"), user="user0")


def saved(assent: Run, folder: Path, text: str) -> None:
    (folder / "draft.yaml").write_text(text.replace("LABEL", "Yes please"))
    assert assent("flow", "save", "draft.yaml").returncode == 0


async def test_everything_comes_out_the_same(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    before = (tmp_path / "assent.db").read_bytes()
    for arguments in (("--all",), ("--all", "--jobs", "1"), ("--since", "1h")):
        done = assent("replay", *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "7 turns run again, all the same, to the byte\n", "")
    one = assent("replay", "teams:a:user1")
    assert (one.returncode, one.stdout) == (0, "2 turns run again, all the same, to the byte\n")
    assert "0 turns run again" in assent("replay", "--since", "2999-01-01").stdout
    assert (tmp_path / "assent.db").read_bytes() == before


async def test_a_press_that_would_do_nothing_comes_first(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    assert "small has no draft" in assent("replay", "--against", "draft").stderr
    saved(assent, tmp_path, SMALL.replace(OPT_IN, "{label: LABEL, message: in}"))
    shown = assent("replay", "--against", "draft").stdout
    head, title, first, *_ = shown.splitlines()
    assert head == "3 of 3 conversations would have gone differently on draft (7 turns of 3 people)"
    assert (title, first.split("  ")[-1]) == (
        "Acts of consent",
        "would no longer be opted in to *tips*: button *Yes please* on *hi*",
    )
    assert "3 people, 3 turns" in first
    assert "e.g. teams:a:user0 turn " in shown
    assert "- consent: tips none → opted_in by button Yes please" in shown
    told = json.loads(assent("replay", "--against", "draft", "--json").stdout)
    assert (told["people"], told["conversations"], told["different_conversations"]) == (3, 3, 3)
    (lost, *_) = told["groups"]
    assert (lost["kind"], lost["certain"], lost["people"], lost["turns"]) == ("lost", True, 3, 3)
    recorded, draft = lost["examples"][0]["recorded"], lost["examples"][0]["draft"]
    assert ([act["after"] for act in recorded["acts"]], draft["acts"]) == (["opted_in"], [])
    assert "0 of 3 conversations" in assent("replay", "--against", "1").stdout
    assert "has no revision '7'" in assent("replay", "--against", "7").stderr


@needs_redis
async def test_a_preview_on_redis_begins_where_it_is_told_to(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    redis = empty_database(5)
    assert assent("store", "copy", "sqlite:///assent.db", redis).returncode == 0
    for since, told in (("2999-01-01", "0 of 0 conversations "), ("1h", "0 of 3 conversations ")):
        shown = assent("--store", redis, "replay", "--against", "1", "--since", since)
        assert shown.stdout.startswith(told)


async def test_whose_revision_is_missing_is_left_out_of_a_preview_and_named(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    saved(assent, tmp_path, SMALL.replace("You are out of Tips.", "Bye."))
    assert assent("flow", "push", "--yes").returncode == 0
    with sqlite3.connect(tmp_path / "assent.db") as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("DELETE FROM revisions WHERE number = 1")
    head, *named = assent("replay", "--against", "draft").stdout.splitlines()
    assert head.startswith("0 of 0 conversations ")
    assert named.pop(0) == "3 people are left out, of whom something is missing or erased"
    assert [(line.split(": turn ")[0], line.split(": ")[-1]) for line in named] == [
        (f"teams:a:user{number}", "revision 1 is missing") for number in range(3)
    ]


async def test_what_a_push_changed_since_is_named_as_such(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    saved(assent, tmp_path, SMALL.replace(OPT_IN, "{label: LABEL, message: in}"))
    assert "before the live revision" not in assent("replay", "--against", "draft").stdout
    assert assent("flow", "push", "--yes").returncode == 0
    shown = assent("replay", "--against", "2").stdout
    assert shown.startswith("3 of 3 conversations would have gone differently on revision 2 (7 turns of 3 people)\n")
    assert "\n7 of these turns were taken before the live revision, so what it changed is told too; --since" in shown
    assert "before the live revision" not in assent("replay", "--against", "1").stdout


async def test_one_conversation_is_shown_on_both_sides_and_masked(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    saved(assent, tmp_path, SMALL.replace("One short tip every Monday?", "Tips, {{ contact.first_name }}?"))
    shown = assent("replay", "teams:a:user0", "--against", "draft").stdout
    assert "    + says: Tips, ••••?" in shown
    assert "can't be told from here: they would first read other words in *hi*" in shown
    assert shown.splitlines()[-1] == "3 steps: 2 differ, 1 can't be told from here"
    told = json.loads(assent("replay", "teams:a:user0", "--against", "draft", "--json").stdout)
    assert [(step["certain"], step["differs"]) for step in told["steps"]] == [(True, True), (True, True), (False, True)]
    assert told["steps"][2]["doubt"]["cause"] == "reply"
    whole = assent("replay", "teams:a:user0", "--against", "draft", "--unmask", variables=MAY_UNMASK)
    assert "says: Tips, User0?" in whole.stdout
    assert "unmask" in assent("audit", "list").stdout
    assert "has no conversation 'nobody'" in assent("replay", "nobody", "--against", "draft").stderr


async def test_a_push_shows_it_and_asks(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    saved(
        assent, tmp_path, SMALL.replace("You are out of Tips.", "Bye.").replace(OPT_IN, "{label: LABEL, message: in}")
    )
    refused = assent("flow", "push", "--preview", typed="n\n")
    assert refused.returncode == 1
    asked = refused.stdout.index("Push this live as the next revision of small?")
    assert refused.stdout.index("would no longer be opted in to *tips*") < asked
    assert "nothing was changed" in refused.stderr
    assert "revision 2 of small is live" in assent("flow", "push", "--preview", "--yes").stdout


def test_it_says_how_it_is_called(assent: Run, tmp_path: Path) -> None:
    small_flow(tmp_path)
    for arguments in ((), ("teams:a:1", "--all"), ("--as-test", "--all")):
        refused = assent("replay", *arguments)
        assert refused.returncode == 2
        assert "[CONVERSATION|FILE]" in refused.stderr


@pytest.mark.parametrize("name", ["bug.assent", "folder", "long" * 1200])
async def test_what_is_no_conversation_and_no_file(assent: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    await talked(tmp_path, people=1)
    refused = assent("replay", name)
    assert refused.returncode == 1
    assert f"small has no conversation '{name}', and no file has that name" in refused.stderr


async def test_looking_at_everybody_unmasked_is_recorded(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    assert assent("replay", "--all", "--unmask").returncode == 1
    assert assent("replay", "--all", "--unmask", variables=MAY_UNMASK).returncode == 0
    (row,) = json.loads(assent("audit", "list", "--json").stdout)
    assert (row["actor"], row["target"]) == ("ana", "*")
    assert json.loads(assent("audit", "list", "--target", "teams:a:user1", "--json").stdout) == [row]
    assert "no row of the audit is about that" in assent("audit", "list", "--after", "1").stdout
