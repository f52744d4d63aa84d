"""Text, JSON and values say the same, whatever is written."""

import json
from collections.abc import Callable
from typing import TypeVar

from hypothesis import example, given
from hypothesis import strategies as st

from filters.holds import holds
from filters.model import Condition, FieldNumber, InSegment, Order, Tag
from filters.parse import parse
from filters.person import Person
from filters.wire import read, write
from filters.words import show
from messages.errors import BadInput
from tests.filters.making import NOW, conditions, people

Given = TypeVar("Given")

TOKENS = [
    *("tag:vip", "segment:", "field.age", 'field."a b"', "completed", "product:x", "name", "language", "last_seen"),
    *("and", "or", "not", "(", ")", "is", "known", "unknown", ">=", "<", "=", "contains", "starts", "with", "at"),
    *("least", "within", "before", "on", "7d", "3", "days", "18", "-0.0", "2026-11-01", "2026-11-01T09:30+01:00"),
    *("yes", "fr", '"an"', '"', "\\", ":", "\n", "é", ".", "007", "AND", "Tag:Vip"),
]
pieces = st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join)
KEYS = [
    *("all", "any", "not", "tag", "segment", "field", "detail", "time", "completed", "item", "is", "known"),
    *("at_least", "contains", "within", "before", "date", "x"),
]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["7d", "name", "fr"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(conditions)
@example(FieldNumber("a", Order.IS, 5e-324))
@example(FieldNumber("a", Order.IS, -0.0))
@example(Tag("2026-11-01T09x"))
def test_text_comes_back_as_it_was(condition: Condition) -> None:
    assert parse(show(condition)) == condition


@given(conditions)
def test_json_comes_back_as_it_was(condition: Condition) -> None:
    assert read(json.loads(json.dumps(write(condition)))) == condition


@given(conditions)
def test_text_and_json_convert_both_ways(condition: Condition) -> None:
    text, value = show(condition), write(condition)
    assert show(read(value)) == text
    assert write(parse(text)) == value


@given(conditions, people)
def test_text_and_json_hold_for_the_same_people(condition: Condition, person: Person) -> None:
    answer = holds(condition, person, NOW)
    assert holds(parse(show(condition)), person, NOW) is answer
    assert holds(read(write(condition)), person, NOW) is answer


@given(st.text(max_size=60) | pieces)
@example('tag:"\\')
@example("field.")
@example('"\x1b[2J"')
@example('tag:"\\\x1b"')
@example('tag:a "\ud800"')
@example("last_seen on 0001-01-01T00:00+01:00")
@example("field.a is ²")
@example("last_seen within 999999999h")
def test_any_text_is_read_or_refused_with_its_column(text: str) -> None:
    answer = _answer(parse, text)
    if isinstance(answer, BadInput):
        assert "column " in answer.place
        assert answer.remedy
        assert str(answer).isprintable()
    else:
        assert parse(show(answer)) == answer


@given(json_values)
def test_any_json_is_read_or_refused_with_its_path(value: object) -> None:
    answer = _answer(read, value)
    if isinstance(answer, BadInput):
        assert answer.place.startswith("$")
        assert answer.remedy
        assert str(answer).isprintable()
    else:
        assert read(write(answer)) == answer


@given(st.integers(1, 200))
def test_what_text_can_nest_json_can_nest_too(depth: int) -> None:
    text, value = "not " * depth + "segment:press", write(InSegment("press"))
    for _ in range(depth):
        value = {"not": value}
    assert _refused(parse, text) is _refused(read, value) is (depth > 50)


@given(st.integers(1, 120))
def test_alternating_nests_are_counted_alike(depth: int) -> None:
    text, value = "tag:a", write(Tag("a"))
    for level in range(depth):
        word, key = ("and", "all") if level % 2 else ("or", "any")
        text = f"tag:a {word} " + (f"({text})" if word == "and" else text)
        value = {key: [{"tag": "a"}, value]}
    assert _refused(parse, text) is _refused(read, value) is (depth // 2 > 50)


def _refused(reads: Callable[[Given], Condition], given_: Given) -> bool:
    return isinstance(_answer(reads, given_), BadInput)


def _answer(reads: Callable[[Given], Condition], given_: Given) -> Condition | BadInput:
    try:
        return reads(given_)
    except BadInput as refused:
        return refused
