"""Words are the same however they are typed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywords.normalise import normalise


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
    ],
)
def test_two_ways_to_write_one_word(typed: str, same: str) -> None:
    assert normalise(typed) == normalise(same)


def test_vowel_signs_that_make_another_word_stay() -> None:
    assert normalise("रोकें") == "रोकें"
    assert normalise("ガ") != normalise("カ")


def test_a_message_of_symbols_is_a_keyword_too() -> None:
    assert normalise("👍\ufe0f") == normalise("👍") != normalise("👎")


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=20), st.sampled_from(' !.,;:?\u200b…«»"()'))
def test_what_stands_around_a_word_does_not_count(word: str, mark: str) -> None:
    assert normalise(f"{mark}{word}{mark}") == normalise(word)


def test_a_very_long_text_is_cheap() -> None:
    started = time.process_time()
    normalise("ß" * 1_000_000)
    assert time.process_time() - started < 0.5
