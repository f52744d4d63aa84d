"""Limits of answers: what they hold back, what is said then, and what a push tells of them."""

import pytest

from flows.checks import check
from flows.diff import diff
from flows.engine.own_words import OWN_WORDS
from flows.engine.values import limit_words
from flows.limits import Rule, broken_limit
from flows.model.parts import QuestionPart
from flows.source import read_flow
from messages.contact import FieldValue
from tests.flows.files import HEAD


def question(kind: str, **limits: object) -> QuestionPart:
    return QuestionPart.model_validate({"question": "Well?", "field": "one", "type": kind, **limits})


@pytest.mark.parametrize(
    ("part", "value", "broken"),
    [
        (question("number", min="0", max="10"), 0, None),
        (question("number", min="0", max="10"), 10, None),
        (question("number", min="0", max="10"), -1, "min"),
        (question("number", min="0", max="10"), 10.000000001, "max"),
        (question("number", step="1"), 6.5, "step"),
        (question("number", step="1"), -3, None),
        (question("number", step="0.1"), 0.3, None),
        (question("number", min="1", step="2"), 7, None),
        (question("number", min="1", step="2"), 8, "step"),
        (question("number", min="5", step="2"), 2, "min"),
        (question("number", max="999999999999999"), 999999999999999, None),
        (question("date", min="2026-12-01", max="2026-12-31"), "2026-12-01", None),
        (question("date", min="2026-12-01", max="2026-12-31"), "2026-11-30", "min"),
        (question("date", min="2026-12-01", max="2026-12-31"), "2027-01-01", "max"),
        (question("text", min_length=3, max_length=5), "abc", None),
        (question("text", min_length=3, max_length=5), "ab", "min_length"),
        (question("text", min_length=3, max_length=5), "abcdef", "max_length"),
        (question("text", min="3"), "2", None),
        (question("email", max_length=3), "jo@example.org", None),
        (question("number", min="few", max="many", step="0"), 7, None),
    ],
)
def test_the_first_limit_that_an_answer_breaks(part: QuestionPart, value: FieldValue, broken: Rule | None) -> None:
    assert broken_limit(part, value) == broken


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "0.5"), ("de", "0,5"), ("fr-CH", "0,5"), ("ja", "0.5"), ("ar", "\u20660,5\u2069")],
)
def test_our_own_words_write_the_limit_as_the_language_does(language: str, written: str) -> None:
    said = limit_words(question("number", max="0.5"), "max", language, "en")
    assert said == f"{OWN_WORDS['retry_max_number'][language.partition('-')[0]]} {written}"


@pytest.mark.parametrize("rule", ["min", "max", "step"])
def test_a_number_has_words_of_ours_for_each_limit(rule: Rule) -> None:
    assert limit_words(question("number", min="1", max="1", step="1"), rule, "sv", "fi").endswith(" 1")


def flow(*lines: str) -> str:
    keys = "".join(f"        {line}\n" for line in lines)
    return f"{HEAD}messages:\n  hello:\n    parts:\n      - question: How many?\n        field: many\n{keys}"


def codes(*lines: str) -> list[str]:
    return [found.code for found in check(read_flow(flow(*lines), "flow.yaml"))]


@pytest.mark.parametrize(
    "retry",
    ["From 0 to 10.", "0-10, please.", "0–10", "{en: From 0 to 10, fr: De 0 à 10}", '"Up to {{ field.limit }}."'],
)
def test_a_retry_that_names_the_limits_is_no_finding(retry: str) -> None:
    found = codes("type: number", "min: 0", "max: 10", f"retry: {retry}")
    assert "limit-not-said" not in found


@pytest.mark.parametrize("retry", ["A number, please.", "From 0 to 100.", "{en: From 0 to 10, fr: Un nombre}"])
def test_a_retry_that_leaves_the_person_to_guess_is_found_in_each_language(retry: str) -> None:
    assert "limit-not-said" in codes("type: number", "min: 0", "max: 10", f"retry: {retry}")


def test_a_limit_with_a_text_of_its_own_need_not_be_in_retry() -> None:
    limits = ("type: number", "min: 0", "max: 10", "retry: A number from 0 on.")
    assert "limit-not-said" not in codes(*limits, "retry_for: {max: 10 is the most.}")


def test_without_retry_our_own_words_name_the_limit() -> None:
    assert codes("type: number", "min: 0", "max: 10") == []


def test_equal_limits_let_one_answer_pass() -> None:
    assert codes("type: number", "min: 7", "max: 7") == []


def test_a_push_tells_each_limit_and_text_that_changed() -> None:
    old = read_flow(flow("type: number", "max: 10", "retry_for: {max: Ten.}"), "flow.yaml").bot
    new = read_flow(flow("type: number", "min: 1", "max: 12", "retry_for: {max: Twelve., min: One.}"), "flow.yaml").bot
    assert [change.text.replace("*", "") for change in diff(old, new)] == [
        'the question "How many?" on hello: `min` is new: "1"',
        'the question "How many?" on hello: `max` is now "12" (it was "10")',
        'the question "How many?" on hello: `retry_for`: `min` is new: "One."',
        'the question "How many?" on hello: `retry_for`: `max` is now "Twelve." (it was "Ten.")',
    ]
