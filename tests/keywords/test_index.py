"""The builder's keywords: `is` before `contains`, then the builder's order."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywords.index import KeywordIndex
from keywords.normalise import normalise


def rule(index: KeywordIndex, text: str) -> int | None:
    found = index.match(normalise(text))
    return None if found is None else found.rule


def test_is_means_the_whole_message() -> None:
    index = KeywordIndex([("hi", 0)], [])
    assert rule(index, "Hi!") == 0
    assert rule(index, "hi there") is None


def test_contains_means_a_word_or_phrase_in_it() -> None:
    index = KeywordIndex([], [("sleep", 0), ("talk to someone", 1)])
    assert rule(index, "I can't sleep, can you?") == 0
    assert rule(index, "may I TALK to someone?") == 1
    assert rule(index, "sleepless in the talk to") is None


@pytest.mark.parametrize(
    ("keyword", "text"), [("睡眠", "我的睡眠不好"), ("ねむい", "とてもねむいです"), ("นอน", "ฉันนอนไม่หลับ")]
)
def test_scripts_without_blanks_match_anywhere(keyword: str, text: str) -> None:
    assert rule(KeywordIndex([], [(keyword, 3)]), text) == 3


@pytest.mark.parametrize("text", ["我的wifi密码", "WiFi の パスワード", "ใช้wifiไม่ได้"])
def test_a_word_stands_amid_a_script_without_blanks(text: str) -> None:
    assert rule(KeywordIndex([], [("wifi", 0)]), text) == 0


def test_a_phrase_does_not_reach_across_other_words() -> None:
    assert rule(KeywordIndex([], [("talk me", 0)]), "talk睡眠me") is None


def test_is_wins_over_an_earlier_contains() -> None:
    assert rule(KeywordIndex([("sleep", 1)], [("sleep", 0)]), "sleep") == 1


def test_the_earlier_rule_wins() -> None:
    assert rule(KeywordIndex([], [("sleep", 2), ("tired", 1)]), "tired from no sleep") == 1
    assert rule(KeywordIndex([("hi", 5), ("HI", 4)], []), "hi") == 4


def test_the_word_is_told_as_the_builder_wrote_it() -> None:
    found = KeywordIndex([("Hello", 0)], []).match("hello")
    assert found is not None
    assert found.word == "Hello"


words = st.text(st.sampled_from("ab 睡眠"), min_size=1, max_size=4).filter(normalise)


@given(st.lists(st.tuples(words, st.integers(0, 9))), st.lists(st.tuples(words, st.integers(0, 9))), st.text("ab 睡眠"))
def test_it_finds_what_a_plain_search_finds(
    is_words: list[tuple[str, int]], contains: list[tuple[str, int]], text: str
) -> None:
    typed = normalise(text)
    spaced = re.sub("([睡眠]+)", r" \1 ", typed).replace("  ", " ")
    exact = [number for word, number in is_words if normalise(word) == typed]
    within = [
        number
        for word, number in contains
        if (normalise(word) in typed if not word.isascii() else f" {normalise(word)} " in f" {spaced} ")
    ]
    assert rule(KeywordIndex(is_words, contains), text) == (min(exact) if exact else min(within, default=None))


def test_time_does_not_grow_with_the_number_of_rules() -> None:
    """Counted in steps of the interpreter, not in seconds."""

    def steps(rules: int) -> int:
        index = KeywordIndex([], [(f"about subject{n}", n) for n in range(rules)])
        counted = 0

        def count(*_: object) -> object:
            nonlocal counted
            counted += 1
            return count

        sys.settrace(count)
        try:
            index.match("would you tell me about subject9 please")
        finally:
            sys.settrace(None)
        return counted

    assert steps(10_000) == steps(10)
