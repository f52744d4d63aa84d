"""Our own words: there in every language that we know stop words of, plain, and without marketing."""

import re

import pytest

from flows.engine.own_words import OWN_WORDS, own_words
from tests.keywords.words import WORDS

LANGUAGES = sorted({word.language for word in WORDS} | {"pt-BR", "zh-Hant"})


@pytest.mark.parametrize("kind", OWN_WORDS)
def test_every_text_is_there_in_every_language_of_the_stop_words(kind: str) -> None:
    assert sorted(OWN_WORDS[kind]) == LANGUAGES
    assert len(set(OWN_WORDS[kind].values())) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("stopped", ["START"]), ("started", ["STOP"]), ("help", ["STOP", "START"]), ("still_off", ["START"])],
)
def test_consent_texts_name_the_word_that_turns_it_round(kind: str, words: list[str]) -> None:
    assert all(re.findall(r"(?:STOP|START)\b", text) == words for text in OWN_WORDS[kind].values())


@pytest.mark.parametrize("kind", OWN_WORDS)
def test_nothing_is_sold(kind: str) -> None:
    for text in OWN_WORDS[kind].values():
        assert "http" not in text
        assert "{" not in text
        assert "!" not in text


@pytest.mark.parametrize(
    ("language", "fallback", "expected"),
    [
        ("fr", "en", "fr"),
        ("pt-PT", "en", "pt"),
        ("pt-BR", "en", "pt-BR"),
        ("pt-br", "en", "pt-BR"),
        ("zh-CN", "en", "zh"),
        ("zh-TW", "en", "zh-Hant"),
        ("zh_TW", "en", "zh-Hant"),
        ("pt_BR", "en", "pt-BR"),
        ("zh-HK", "en", "zh-Hant"),
        ("zh-MO", "en", "zh-Hant"),
        ("zh-Hant", "en", "zh-Hant"),
        ("zh-Hant-TW", "en", "zh-Hant"),
        ("sv", "zh-tw", "zh-Hant"),
        ("sv", "de-AT", "de"),
        ("sv", "fi", "en"),
        ("", "", "en"),
    ],
)
def test_a_language_that_we_do_not_speak_falls_back(language: str, fallback: str, expected: str) -> None:
    assert own_words("help", language, fallback) == OWN_WORDS["help"][expected]


@pytest.mark.parametrize("kind", ["retry_date", "retry_email"])
def test_what_runs_from_left_to_right_is_isolated_in_arabic(kind: str) -> None:
    """After Arabic letters the digits of a date would be shown from the right: day, month, year turned round."""
    assert re.findall("\u2066([^\u2066\u2069]+)\u2069", OWN_WORDS[kind]["ar"]) in (["2024-03-31"], ["name@example.org"])


@pytest.mark.parametrize("kind", OWN_WORDS)
def test_french_has_no_breakable_blank_before_its_marks(kind: str) -> None:
    assert not re.search(" [:;?!]", OWN_WORDS[kind]["fr"])
