"""Stop, start and help, in every language at once."""

import pytest

from keywords.builtin import WORDS
from keywords.normalise import normalise
from keywords.reserved import BUILTIN, ReservedWords, without_accents

LANGUAGES = {"en", "fr", "es", "de", "it", "pt", "nl", "pl", "ar", "hi", "ja", "zh"}

EVERYDAY = [
    "yes",
    "no",
    "ok",
    "okay",
    "maybe",
    "thanks",
    "hello",
    "hi",
    "bye",
    "more",
    "less",
    "good",
    "bad",
    "on",
    "off",
    "oui",
    "non",
    "merci",
    "bonjour",
    "salut",
    "plus",
    "moins",
    "peut-être",
    "bien",
    "d'accord",
    "sí",
    "si",
    "no",
    "gracias",
    "hola",
    "vale",
    "bueno",
    "más",
    "menos",
    "quizás",
    "claro",
    "alto",
    "bajo",
    "ja",
    "nein",
    "danke",
    "hallo",
    "mehr",
    "weniger",
    "vielleicht",
    "gut",
    "bitte",
    "doch",
    "halt",
    "an",
    "aus",
    "sì",
    "no",
    "grazie",
    "ciao",
    "più",
    "meno",
    "forse",
    "bene",
    "va",
    "bene",
    "sim",
    "não",
    "obrigado",
    "olá",
    "mais",
    "menos",
    "talvez",
    "bom",
    "ja",
    "nee",
    "bedankt",
    "hoi",
    "meer",
    "minder",
    "misschien",
    "goed",
    "tak",
    "nie",
    "dzięki",
    "cześć",
    "więcej",
    "mniej",
    "może",
    "dobrze",
    "نعم",
    "لا",
    "شكرا",
    "مرحبا",
    "ربما",
    "हाँ",
    "नहीं",
    "धन्यवाद",
    "नमस्ते",
    "शायद",
    "はい",
    "いいえ",
    "ありがとう",
    "こんにちは",
    "もっと",
    "是",
    "不",
    "不是",
    "好",
    "谢谢",
    "你好",
    "更多",
    "可以",
]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("kind", ["stop", "start", "help"])
def test_every_language_has_its_words(language: str, kind: str) -> None:
    assert [word for word in WORDS if word.language == language and word.kind == kind]


def test_every_word_says_where_it_is_from() -> None:
    assert [word for word in WORDS if not word.source] == []


def test_a_word_means_one_thing() -> None:
    kinds: dict[str, set[str]] = {}
    for word in WORDS:
        kinds.setdefault(normalise(word.text), set()).add(word.kind)
    assert {text: found for text, found in kinds.items() if len(found) > 1} == {}


def test_no_strong_word_is_an_everyday_answer_in_any_language() -> None:
    strong = {key for key, word in BUILTIN.items() if word.strength == "strong"}
    assert (
        sorted(strong & {form for word in EVERYDAY for form in (normalise(word), without_accents(normalise(word)))})
        == []
    )


@pytest.mark.parametrize("word", [word for word in WORDS if word.kind == "stop" and word.strength == "strong"], ids=str)
def test_every_strong_word_stops_however_it_is_typed(word: object) -> None:
    text = word.text  # type: ignore[attr-defined]
    for typed in (text, text.upper(), f" {text}! ", without_accents(text)):
        found = ReservedWords().match(normalise(typed))
        assert found is not None, typed
        assert (found.kind, found.strength) == ("stop", "strong"), typed


@pytest.mark.parametrize("typed", ["stop it", "please stop", "don't stop", "stop tips", "unstoppable", "yes"])
def test_only_a_whole_message_stops(typed: str) -> None:
    assert ReservedWords().match(normalise(typed)) is None


def test_a_builder_adds_words() -> None:
    words = ReservedWords(stop=["Leave me alone"], start=["come back"], help_words=["rules"])
    assert [found and found.kind for found in map(words.match, ("leave me alone", "come back", "rules"))] == [
        "stop",
        "start",
        "help",
    ]


def test_a_builder_ties_words_to_a_segment() -> None:
    found = ReservedWords(segments=[("stop tips", "tips", 0)]).match("stop tips")
    assert found is not None
    assert (found.kind, found.segment, found.rule) == ("stop", "tips", 0)


def test_a_builder_cannot_take_a_strong_word_away() -> None:
    words = ReservedWords(start=["stop"], help_words=["unsubscribe"], segments=[("stop", "tips", 0)])
    for text in ("stop", "unsubscribe"):
        found = words.match(text)
        assert found is not None
        assert (found.kind, found.segment) == ("stop", "")
