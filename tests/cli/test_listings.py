"""Listings: the newest first in a table, the oldest first for programs; which conversations; what was ignored."""

import json
from pathlib import Path

import pytest

from adapters.text import is_shown
from cli.output import last_number, newest
from messages.effects import OutgoingText
from messages.inbound import ButtonPressed, ConversationStarted, TextReceived
from tests.cli.running import MAY_UNMASK, Run
from tests.cli.talking import Talk


async def opted_in(talk: Talk, user: str) -> None:
    (hello,) = await talk.act(ConversationStarted(), user=user)
    part = hello.message.parts[0]
    assert isinstance(part, OutgoingText)
    await talk.act(ButtonPressed(payload=part.buttons[0].payload, label="Yes please"), user=user)


@pytest.fixture
async def store(tmp_path: Path) -> Path:
    """Ben opts in, then Ana opts in and stops, then Ben is in no hurry; Eve only writes what nothing answers."""
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ben")
        await opted_in(talk, "ana")
        await talk.act(TextReceived("STOP"), user="ana")
        for words in ("Where is it?", "where is it", "lunch"):
            await talk.act(TextReceived(words), user="eve")
        await talk.act(TextReceived("WHERE is it!"), user="ben")
    return tmp_path


def first_column(assent: Run, *command: str) -> list[str]:
    done = assent(*command)
    assert done.returncode == 0, done.stderr
    return [line.split()[0] for line in done.stdout.splitlines()[1:] if line[0] != " "]


def test_tables_show_the_newest_first_and_programs_get_the_oldest_first(store: Path, assent: Run) -> None:
    assert first_column(assent, "ledger", "show") == ["4", "3", "2", "1"]
    assert first_column(assent, "ledger", "show", "--limit", "2") == ["4", "3"]
    assert first_column(assent, "ledger", "show", "--after", "0", "--limit", "2") == ["1", "2"]
    assert first_column(assent, "ledger", "show", "--segment", "*", "--limit", "1") == ["3"]
    rows = json.loads(assent("ledger", "show", "--json", "--limit", "3").stdout)
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    assert first_column(assent, "conversation", "list") == ["teams:a:ben", "teams:a:eve", "teams:a:ana"]
    assert first_column(assent, "conversation", "list", "--limit", "1") == ["teams:a:ben"]
    assert first_column(assent, "conversation", "list", "--after", "") == ["teams:a:ana", "teams:a:ben", "teams:a:eve"]
    assert first_column(assent, "contact", "list") == ["3", "2", "1"]
    assert first_column(assent, "contact", "list", "--filter", "channel:teams", "--limit", "2") == ["3", "2"]
    assert first_column(assent, "contact", "list", "--after", "1") == ["2", "3"]
    for user in ("ana", "ben"):
        assent("conversation", "show", f"teams:a:{user}", "--unmask", variables=MAY_UNMASK)
    assert first_column(assent, "audit", "list") == ["2", "1"]
    assert first_column(assent, "audit", "list", "--target", "teams:a:ana") == ["1"]
    assert "these are the newest 1: --limit shows more" in assent("audit", "list", "--limit", "1").stderr


async def test_the_newest_are_found_wherever_they_are() -> None:
    """Numbers with gaps, few that fit, and none."""
    for numbers in ([], [1], [7], list(range(1, 20)), [1, 2, 3, 5_000, 40_000], list(range(1, 30_000, 7))):

        async def read(after: int, count: int, numbers: list[int] = numbers) -> list[int]:
            return [number for number in numbers if number > after][:count]

        assert await last_number(read) == max(numbers, default=0)
        for limit in (1, 3, 50):
            found = await newest(read, int, max(numbers, default=0), limit)
            assert found == sorted(numbers, reverse=True)[:limit]


def test_conversations_by_how_their_people_stand(store: Path, assent: Run) -> None:
    def keys(*filters: str) -> list[str]:
        done = assent("conversation", "list", *filters, "--json")
        assert done.returncode == 0, done.stderr
        return [row["state"]["key"] for row in json.loads(done.stdout)]

    assert keys("--in", "tips") == ["teams:a:ben"]
    assert keys("--out-of", "tips") == ["teams:a:ana"]
    assert keys("--stopped") == ["teams:a:ana"]
    assert keys("--in", "tips", "--stopped") == []
    assert assent("segment", "create", "Teams people", "--id", "all", "--filter", "channel:teams").returncode == 0
    assert keys("--in", "all") == ["teams:a:ana", "teams:a:ben", "teams:a:eve"]
    assert "Did you mean `tips`?" in assent("conversation", "list", "--in", "tipps").stderr


def test_ignored_messages_are_grouped_counted_and_masked(store: Path, assent: Run) -> None:
    masked = assent("conversation", "ignored").stdout
    assert [line.split()[:2] for line in masked.splitlines()[1:]] == [["3", "2"], ["1", "1"]]
    assert "••••" in masked
    assert "where" not in masked.lower()
    shown = assent("conversation", "ignored", "--unmask", "--json", variables=MAY_UNMASK)
    groups = json.loads(shown.stdout)
    assert [(each["text"], each["count"], each["conversations"]) for each in groups] == [
        ("WHERE is it!", 3, 2),
        ("lunch", 1, 1),
    ]
    (row,) = json.loads(assent("audit", "list", "--json").stdout)
    assert (row["action"], row["target"]) == ("unmask", "*")
    assert assent("conversation", "ignored", "--unmask").returncode == 1
    assert "no message was ignored" in assent("conversation", "ignored", "--since", "2999-01-01").stdout


async def test_json_shows_no_character_that_steers_a_terminal(tmp_path: Path, assent: Run) -> None:
    odd = "a\u202eb\u2028c\x9b31m\u200f\U000e0041é\u200d日"
    async with Talk(tmp_path) as talk:
        await opted_in(talk, odd)
        await talk.act(TextReceived(odd), user=odd)
    for command in (
        ("conversation", "list"),
        ("conversation", "show", f"teams:a:{odd}"),
        ("conversation", "ignored"),
        ("contact", "list"),
        ("segment", "show", "tips"),
        ("audit", "list"),
    ):
        unmask = () if command[0] == "audit" else ("--unmask",)
        shown = assent(*command, *unmask, "--json", variables=MAY_UNMASK).stdout
        assert [character for character in shown if not is_shown(character) and character != "\n"] == [], command
        assert "a\\u202eb\\u2028c" in shown
        assert "\\udb40\\udc41é\u200d日" in shown
        assert odd in str(json.loads(shown)) or repr(odd)[1:-1] in str(json.loads(shown))
