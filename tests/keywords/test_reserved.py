"""Stop, start and help, in every language at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywords.builtin import WORDS, Word
from keywords.normalise import normalise
from keywords.reserved import ReservedWord, ReservedWords, plain, reserved
from tests.keywords.everyday import EVERYDAY

LANGUAGES = {"en", "fr", "es", "de", "it", "pt", "nl", "pl", "ar", "hi", "ja", "zh"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("kind", ["stop", "start", "help"])
def test_every_language_has_its_words(language: str, kind: str) -> None:
    assert [word for word in WORDS if word.language == language and word.kind == kind]


def test_every_word_says_where_it_is_from() -> None:
    assert [word for word in WORDS if not word.source] == []


def match(typed: str) -> ReservedWord | None:
    return ReservedWords().match(normalise(typed))


def test_a_word_means_one_thing() -> None:
    meanings: dict[str, set[tuple[str, str]]] = {}
    for word in WORDS:
        meanings.setdefault(plain(normalise(word.text)), set()).add((word.kind, word.strength))
    assert {text: found for text, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", sorted(EVERYDAY))
def test_no_word_is_an_everyday_answer_in_any_language(language: str) -> None:
    """Soft words too: outside of a question that expects them, they stop everything."""
    taken = {answer: found.word for answer in EVERYDAY[language] if (found := match(answer))}
    assert taken == {}


STRONG = [word for word in WORDS if word.kind == "stop" and word.strength == "strong"]


@pytest.mark.parametrize("word", STRONG, ids=lambda word: word.text)
def test_every_strong_word_stops_however_it_is_typed(word: Word) -> None:
    spellings = (
        word.text,
        word.text.upper(),
        f"\u202b« {word.text}! »\u202c",
        plain(normalise(word.text)),
        word.text.replace(" ", "-"),
        ".".join(word.text) if word.text.isascii() else word.text,
        f"<at>Well Being</at>&nbsp;{word.text}",
    )
    for typed in spellings:
        found = match(typed)
        assert found is not None, typed
        assert (found.kind, found.strength, found.segment) == ("stop", "strong", ""), typed


NOISE = st.text(st.sampled_from(' \n\t.!?,;:-_*~"«»()…\u200b\u200d\ufeff\u202a\ufe0f🙏'), max_size=4)


@given(st.sampled_from(STRONG), NOISE, NOISE, st.data())
def test_noise_around_and_within_a_strong_word_does_not_count(
    word: Word, before: str, after: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(word.text)))
    within = data.draw(st.sampled_from(["", "\u200b", "\u2060", "\ufe0f"]))
    found = match(f"{before}{word.text[:at]}{within}{word.text[at:]}{after}")
    assert found is not None
    assert (found.kind, found.strength) == ("stop", "strong")


@given(st.text(max_size=200))
def test_any_text_is_looked_up_without_trouble(text: str) -> None:
    found = match(text)
    assert found is None or plain(normalise(found.word)) == plain(normalise(text))


@pytest.mark.parametrize(
    "typed",
    [
        "Arrête!",
        "désabonnez moi",
        "Désabonnér",
        "cancelar inscriçao",
        "REZYGNUJE",
        "الغاء الإشتراك",
        "أيقاف",
        "un-subscribe",
    ],
)
def test_a_strong_word_in_a_hasty_spelling_stops(typed: str) -> None:
    found = match(typed)
    assert found is not None
    assert (found.kind, found.strength) == ("stop", "strong")


@pytest.mark.parametrize("word", WORDS, ids=lambda word: f"{word.language} {word.text}")
def test_a_builtin_word_does_in_every_bot_what_the_list_says(word: Word) -> None:
    found = match(word.text)
    assert found is not None
    assert (found.kind, found.strength) == (word.kind, word.strength)
    assert reserved(normalise(word.text)) == found


@pytest.mark.parametrize(
    "typed", ["stop it", "please stop", "don't stop", "stop tips", "unstoppable", "stop " * 500, "yes", ""]
)
def test_only_a_whole_message_stops(typed: str) -> None:
    assert match(typed) is None


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


def test_a_builders_word_wins_over_what_is_not_strong() -> None:
    words = ReservedWords(segments=[("cancel", "tips", 2)], help_words=["end"], stop=["help"])
    cancel, end, help_word = words.match("cancel"), words.match("end"), words.match("help")
    assert cancel is not None
    assert cancel.segment == "tips"
    assert end is not None
    assert end.kind == "help"
    assert help_word is not None
    assert help_word.kind == "stop"


def test_a_builder_cannot_take_a_strong_word_away() -> None:
    words = ReservedWords(start=["stop"], help_words=["unsubscribe"], segments=[("stop", "tips", 0)])
    for text in ("stop", "unsubscribe"):
        found = words.match(text)
        assert found is not None
        assert (found.kind, found.segment) == ("stop", "")
