"""Answers as people type them, read as the type that the question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine.values import read_answer
from flows.model.parts import LONGEST_ANSWER
from messages.contact import FieldValue


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "7", 7),
        ("en", "7.", 7),
        ("en", "6.5!", 6.5),
        ("hi", "7।", 7),
        ("ja", "7。", 7),
        ("ar", "\u20667\u2069.", 7),
        ("de", "1.000.", 1000),
        ("en", " 6.5 ", 6.5),
        ("en", "6,5", 6.5),
        ("en", "1,000", 1000),
        ("en", "1,000.5", 1000.5),
        ("en", "-3", -3),
        ("en", "\u22123", -3),
        ("de", "6,5", 6.5),
        ("de", "1.000", 1000),
        ("de", "1.000,5", 1000.5),
        ("de", "1.5", 1.5),
        ("fr", "1 000", 1000),
        ("fr", "1\u202f000,5", 1000.5),
        ("fr", "1,000", 1.0),
        ("de-CH", "1'000", 1000),
        ("ar", "٦٫٥", 6.5),
        ("hi", "४२", 42),
        ("ja", "７", 7),
    ],
)
def test_numbers(language: str, text: str, value: FieldValue) -> None:
    read = read_answer("number", text, language)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", ["seven", "7 or 8", "nan", "inf", "1e5", "0x10", "1.000.5", "--1", "9" * 16, ""])
def test_what_is_no_number(text: str) -> None:
    assert read_answer("number", text, "de") is None


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "2024-03-01", "2024-03-01"),
        ("en", "2024-03-01.", "2024-03-01"),
        ("ja", "2024年3月1日。", "2024-03-01"),
        ("ar", "\u20662024-03-31\u2069.", "2024-03-31"),
        ("de", "1.3.2024.", "2024-03-01"),
        ("en", "2024/3/1", "2024-03-01"),
        ("de", "1.3.2024", "2024-03-01"),
        ("de", "01. 03. 2024", "2024-03-01"),
        ("fr", "01/03/2024", "2024-03-01"),
        ("en-GB", "01/03/2024", "2024-03-01"),
        ("en-US", "03/01/2024", "2024-03-01"),
        ("en", "25/12/2024", "2024-12-25"),
        ("en", "12/25/2024", "2024-12-25"),
        ("en", "05/05/2024", "2024-05-05"),
        ("ja", "2024年3月1日", "2024-03-01"),
        ("ar", "٢٠٢٤-٠٣-٠١", "2024-03-01"),
    ],
)
def test_dates(language: str, text: str, value: str) -> None:
    assert read_answer("date", text, language) == value


def test_a_date_that_could_be_two_is_asked_for_again() -> None:
    """English of no known country: 3 April, or 4 March?"""
    assert read_answer("date", "03/04/2024", "en") is None


@pytest.mark.parametrize("text", ["2024-02-30", "yesterday", "0000-01-01", "1.3.24", "2024-03", "12/25/2024x"])
def test_what_is_no_date(text: str) -> None:
    assert read_answer("date", text, "en") is None


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.org",
        "ana@example.org.",
        "\u2066ana@example.org\u2069",
        " <ana@example.org>",
        "mailto:ana.lima+x@mail.example.org",
    ],
)
def test_email_addresses(text: str) -> None:
    assert str(read_answer("email", text, "en")).endswith("example.org")


@pytest.mark.parametrize("text", ["ana", "ana@example", "a b@example.org", "@example.org", "a@@example.org", "a@.org"])
def test_what_is_no_email_address(text: str) -> None:
    assert read_answer("email", text, "en") is None


@pytest.mark.parametrize("kind", ["text", "email", "number", "date"])
def test_an_over_long_answer_is_none(kind: str) -> None:
    assert read_answer(kind, "1" * (LONGEST_ANSWER + 1), "en") is None


@given(
    st.sampled_from(["text", "email", "number", "date"]),
    st.text(),
    st.sampled_from(["en", "en-US", "de", "ar", "zh-Hant", ""]),
)
def test_any_text_is_a_value_or_none(kind: str, text: str, language: str) -> None:
    value = read_answer(kind, text, language)
    if kind == "text":
        assert value == (text.strip() or None)
    elif kind == "number":
        assert value is None or isinstance(value, int | float)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(["en", "de", "fr", "hi"]))
def test_every_whole_number_is_read_as_written(number: int, language: str) -> None:
    assert read_answer("number", str(number), language) == number


@given(st.dates(), st.sampled_from(["en", "en-US", "de", "ja"]))
def test_every_iso_date_is_read_as_written(day: object, language: str) -> None:
    assert read_answer("date", str(day), language) == str(day)
