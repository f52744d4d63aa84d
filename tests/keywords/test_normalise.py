"""Words are the same however they are typed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keywords.normalise import LIMIT, normalise
from tests.steps import calls_of


@pytest.mark.parametrize(
    "typed",
    [
        "stop",
        "STOP",
        " Stop ",
        "stop!!!",
        "«Stop»",
        "ＳＴＯＰ",
        "st\u200bop",
        "\u202estop\u202c",
        "<at>Well Being</at> stop",
        "stop 🙏",
        "<at>Well Being</at>&nbsp;stop",
        "@wellbeing stop",
        "@well @being  Stop.",
        "s\ufe0ftop\u3164",
        "“stop.”",
    ],
)
def test_stop_is_stop(typed: str) -> None:
    assert normalise(typed) == "stop"


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("opt-out", "opt out"),
        ("Don’t", "don't"),
        ("'quoted'", "quoted"),
        ("tell  me\n more", "tell me more"),
        ("إِيقَاف", "إيقاف"),
        ("ا\u0640يقاف", "ايقاف"),
        ("STRASSE", "straße"),
        ("cafe\u0301", "café"),
        ("停止。", "停止"),
        ("1️⃣", "1"),
        ("👍🏽", "👍"),
        ("ask me@example.org", "ask me example org"),
        ("@sales", "sales"),
    ],
)
def test_two_ways_to_write_one_word(typed: str, same: str) -> None:
    assert normalise(typed) == normalise(same)


def test_vowel_signs_that_make_another_word_stay() -> None:
    assert normalise("रोकें") == "रोकें"
    assert normalise("ガ") != normalise("カ")


def test_a_message_of_symbols_is_a_keyword_too() -> None:
    assert normalise("👍\ufe0f") == normalise("👍") != normalise("👎")


PIECES = [
    "<at>",
    "</at>",
    "@",
    "＠",
    "&#64;",
    "&amp;",
    "&nbsp;",
    "'",
    "’",
    "ﷺ",
    "İ",
    "ß",
    "👍🏽",
    "1️⃣",
    "ـ",
    "\u0301",
    "\ud800",
]
"""What normalising takes away or makes into something else, once."""


@given(st.text() | st.lists(st.sampled_from([*PIECES, "a", "_", " ", "睡"]), max_size=12).map("".join))
@example("ﷺ" * LIMIT)
@example("don't " * LIMIT)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=20), st.sampled_from(' !.,;:?\u200b…«»"()'))
def test_what_stands_around_a_word_does_not_count(word: str, mark: str) -> None:
    assert normalise(f"{mark}{word}{mark}") == normalise(word)


@pytest.mark.parametrize("piece", ["ß", "ﷺ", "<at>", "a ", "@a ", "&nbsp;"])
def test_a_very_long_text_is_cheap(piece: str) -> None:
    """Only its beginning is looked at."""
    long, longer = (piece * (length // len(piece)) for length in (100_000, 1_000_000))
    assert len(normalise(longer)) <= LIMIT
    assert calls_of(lambda: normalise(longer)) == calls_of(lambda: normalise(long))


def test_a_word_with_something_far_behind_it_is_not_that_word() -> None:
    assert normalise("stop" + " " * 2 * LIMIT + "never") == "stop never"
