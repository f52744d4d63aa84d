"""Sentences of a reader who did not know the lists: what stops, what is offered a stop, and what does neither."""

import unicodedata

import pytest

from keywords.normalise import normalise
from keywords.reserved import ReservedWords, holds_strong_word, reserved
from tests.keywords.sentences import sentences

SENTENCES = sentences("second_reading")
STOPS = {key: said for key, said in SENTENCES.items() if key.endswith(" stop")}
OFFERED = {key: said for key, said in SENTENCES.items() if key.endswith(" offer")}
ORDINARY = {key: said for key, said in SENTENCES.items() if key.endswith(" ordinary")}
NO_STARTS = {key: said for key, said in SENTENCES.items() if key.endswith(" no start")}


def kind(sentence: str) -> str:
    found = reserved(sentence)
    return found.kind if found else ""


@pytest.mark.parametrize("language", STOPS)
def test_a_plain_stop_is_heard(language: str) -> None:
    assert [said for said in STOPS[language] if kind(said) != "stop"] == []


@pytest.mark.parametrize("language", OFFERED)
def test_a_stop_put_as_a_question_is_offered_one(language: str) -> None:
    assert [said for said in OFFERED[language] if kind(said) or not holds_strong_word(said)] == []


@pytest.mark.parametrize("language", [*ORDINARY, *NO_STARTS])
def test_an_ordinary_message_is_no_consent_word(language: str) -> None:
    assert [said for said in SENTENCES[language] if kind(said)] == []


@pytest.mark.parametrize("language", SENTENCES)
def test_how_it_is_encoded_and_framed_changes_nothing(language: str) -> None:
    changed = [
        typed
        for said in SENTENCES[language]
        for found in [reserved(said)]
        for typed in {
            unicodedata.normalize("NFD", said),
            unicodedata.normalize("NFKC", said),
            normalise(said),
            normalise(normalise(said)),
            f"\u200f{said}\u200e",
            f"\u2067{said}\u2069",
            said.replace(" ", "\u200b \u200b"),
            said.replace(" ", "\u00a0"),
            said.replace(" ", "\n"),
            f"“{said}”",
            f"{said} 🙏🏽",
            said.upper(),
        }
        if reserved(typed) != found
    ]
    assert changed == []


NAMED = ReservedWords(
    names=[
        ("tips", "tips"),
        ("Conseils du lundi", "tips"),
        ("conseils", "tips"),
        ("Novedades", "tips"),
        ("Neuigkeiten", "tips"),
        ("月曜のヒント", "tips"),
        ("每周提示", "tips"),
        ("نصائح الاثنين", "tips"),
        ("सोमवार सुझाव", "tips"),
        ("Wskazówki", "tips"),
        ("Menu", "menu"),
    ]
)


@pytest.mark.parametrize(
    "said",
    [
        "stop tips",
        "only stop tips",
        "no more tips please",
        "Arrêtez les conseils du lundi",
        "désabonnez-moi des Conseils du lundi",
        "no quiero más Novedades",
        "darme de baja de Novedades",
        "bitte keine Neuigkeiten mehr",
        "月曜のヒントを停止してください",
        "退订每周提示",
        "إلغاء الاشتراك في نصائح الاثنين",
        "सोमवार सुझाव बंद करें",
        "stop wskazówki",
    ],
)
def test_a_stop_that_names_a_segment_stops_that_one(said: str) -> None:
    found = NAMED.match(said)
    assert found is not None
    assert (found.kind, found.segment) == ("stop", "tips")


@pytest.mark.parametrize(
    "said",
    ["je veux plus de conseils", "Plus de conseils", "stop everything but tips", "stop tips, keep menu", "no tips"],
)
def test_a_segment_named_otherwise_stops_nothing(said: str) -> None:
    assert NAMED.match(said) is None
