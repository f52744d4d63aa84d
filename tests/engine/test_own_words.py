"""Our own words: there in every language that we know stop words of, plain, and without marketing."""

import re

import pytest

from flows.engine.own_words import OWN_WORDS, own_words
from keywords.builtin import WORDS

LANGUAGES = sorted({word.language for word in WORDS})


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
    [("fr", "en", "fr"), ("pt-BR", "en", "pt"), ("sv", "de-AT", "de"), ("sv", "fi", "en"), ("", "", "en")],
)
def test_a_language_that_we_do_not_speak_falls_back(language: str, fallback: str, expected: str) -> None:
    assert own_words("help", language, fallback) == OWN_WORDS["help"][expected]
