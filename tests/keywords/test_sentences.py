"""Whole sentences of people who want out, and of people who don't.

Written and judged as a careful reader of each language would, not by a native speaker.
"""

import pytest

from keywords.covers import LISTS
from keywords.normalise import normalise, phrases, words_apart
from keywords.phrases import single_words
from keywords.reserved import ReservedWords, after_no, reserved
from tests.examples import some
from tests.keywords.ordinary import EVERYWHERE, ordinary
from tests.keywords.sentences import sentences

STOPS = sentences("stops")
NEGATIONS = sentences("negations")
ORDINARY = ordinary()
POLITE = {lists.language: [*phrases(lists.request)[:3], *phrases(lists.polite)[:3]] for lists in LISTS}

BOT = ReservedWords(
    names=[("tips", "tips"), ("Monday tips", "tips"), ("news", "news"), ("Event news", "news")], called=["Well Being"]
)


def heard(sentence: str) -> tuple[str, str] | None:
    found = reserved(sentence)
    return None if found is None else (found.kind, found.word)


@pytest.mark.parametrize("language", sorted(STOPS))
def test_who_wants_out_is_heard(language: str) -> None:
    deaf = [sentence for sentence in STOPS[language] if (heard(sentence) or ("", ""))[0] != "stop"]
    assert deaf == []


@pytest.mark.parametrize("language", sorted(STOPS))
def test_politeness_in_front_and_behind_changes_nothing(language: str) -> None:
    blank = "" if language in {"ja", "zh"} else " "
    strong = [
        sentence
        for sentence in STOPS[language]
        if (found := reserved(sentence)) and found.strength == "strong" and after_no(sentence) == sentence
    ]
    deaf = [
        typed
        for sentence in strong
        for word in POLITE[language]
        for typed in (f"{word}{blank}{sentence}", f"{sentence}{blank}{word}", f"{sentence.upper()}!!! {word}")
        if (heard(typed) or ("", ""))[0] != "stop"
    ]
    assert deaf == []


@pytest.mark.parametrize("language", sorted(ORDINARY))
def test_an_ordinary_message_stops_starts_and_helps_nothing(language: str) -> None:
    taken = {sentence: found for sentence in ORDINARY[language] if (found := heard(sentence))}
    assert taken == {}


@pytest.mark.parametrize("language", sorted(ORDINARY))
def test_nor_does_it_in_a_bot_with_segments_and_a_name(language: str) -> None:
    taken = {sentence: found.word for sentence in ORDINARY[language] if (found := BOT.match(sentence))}
    assert taken == {}


def test_numbers_dates_names_and_marks_are_no_consent_words() -> None:
    assert {said: found for said in EVERYWHERE if (found := heard(said))} == {}


def test_the_corpus_is_large() -> None:
    assert sum(map(len, ORDINARY.values())) > 9000
    assert min(map(len, ORDINARY.values())) > 150


_FAIR = {
    ("fr", "ne"),  # `ne m'écrivez plus` is the longer form of `m'écrivez plus`
    ("fr", "jamais"),  # `ne m'écrivez plus jamais`: never again
    ("ar", "أبدا"),  # `لا ترسل أبدا`: never send
    ("nl", "of"),  # also the English of: `of alles stopzetten` is no sentence
}


@pytest.mark.parametrize("language", sorted(NEGATIONS))
def test_a_negation_or_a_question_word_makes_it_no_stop(language: str) -> None:
    blank = "" if language in {"ja", "zh"} else " "
    strong = next(lists for lists in LISTS if lists.language == language).strong
    stops = ["stop", "unsubscribe me", *(text for _, texts in strong for text in phrases(texts))]
    taken = [
        typed
        for word in NEGATIONS[language]
        if (language, word) not in _FAIR
        for stop in some(stops)
        for typed in (f"{word}{blank}{stop}", f"{stop}{blank}{word}", f"please {word} {stop}")
        if heard(typed)
    ]
    assert taken == []


def test_no_filler_is_a_negation_in_any_language() -> None:
    negations = {normalise(word) for words in NEGATIONS.values() for word in words}
    allowed = {("en", "of"), ("ar", "من")}  # of: Dutch or; من: from, and who
    fillers = {
        (lists.language, form)
        for lists in LISTS
        for texts in (lists.request, lists.polite, lists.scope, lists.nouns, lists.topics, lists.determiners)
        for text in phrases(texts)
        for form in (single_words([text]) or {normalise(text)})
        if form in negations
    }
    assert fillers - allowed == set()


def test_the_length_of_what_is_looked_at_is_bounded() -> None:
    for sentence in ("stop", "不要再发"):
        assert reserved(sentence + (" " if words_apart(sentence) else "") + "x" * 5000) is None
