"""The page about filters says what holds."""

import json
import re
from pathlib import Path

import pytest

from filters.model import DEEPEST, LONGEST, LONGEST_VALUE, Detail, Kind
from filters.parse import parse
from filters.wire import read, write
from filters.words import BEGINNINGS, COMPARING, SIGNS, show

PAGE = (Path(__file__).parents[2] / "docs" / "filters.md").read_text()
EXAMPLES = [line for block in re.findall(r"```filter\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
PROSE = PAGE.partition("## Grammar")[0]
ROWS = re.findall(r"^\| `(.+?)` \| `(\{.+\})` \|$", PAGE, re.MULTILINE)
(GRAMMAR,) = re.findall(r"```ebnf\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_filter(example: str) -> None:
    condition = parse(example)
    assert parse(show(condition)) == condition


@pytest.mark.parametrize(("text", "value"), ROWS)
def test_every_row_of_the_table_says_the_same_twice(text: str, value: str) -> None:
    assert write(parse(text)) == json.loads(value)
    assert show(read(json.loads(value))) == text


def test_every_condition_has_an_example() -> None:
    begun = {re.split(r"[:. ]", example)[0] for example in EXAMPLES}
    assert begun >= {
        "tag",
        "segment",
        "channel",
        "talked_with",
        "event",
        "opted_out",
        "sequence",
        "topic",
        "completed",
        "field",
        "last_seen",
        "subscribed",
    }
    assert [detail for detail in Detail if f"`{detail}`" not in PROSE] == []


def test_the_grammar_has_every_word() -> None:
    said = set(re.findall(r'"([^"]+)"', GRAMMAR))
    wanted = {*BEGINNINGS, *COMPARING, *SIGNS, *Kind, "and", "or", "is", "known", "unknown"} - {"field"}
    assert wanted - said == set()


def test_the_limits_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"at most {LONGEST:,} characters, with at most {DEEPEST} `not` and parentheses open at once" in text
    assert f"at most {LONGEST_VALUE} characters" in text
