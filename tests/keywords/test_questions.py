"""What asks about one's own subscriptions: whole messages, in every language, and none of the consent words."""

import pytest

from keywords.covers import LISTS
from keywords.normalise import phrases
from keywords.reserved import question_asked, reserved

WORDS = [(kind, word) for lists in LISTS for kind in ("subscriptions", "why") for word in phrases(getattr(lists, kind))]


@pytest.mark.parametrize(("kind", "word"), WORDS)
def test_a_word_of_the_lists_asks_and_is_no_consent_word(kind: str, word: str) -> None:
    assert question_asked(word) == question_asked(f"{word.upper()}?") == kind
    assert reserved(word) is None


def test_every_language_has_both() -> None:
    assert len(LISTS) == 12
    assert [lists.language for lists in LISTS if not (lists.subscriptions and lists.why)] == []


@pytest.mark.parametrize(
    "text", ["", "?", "why not", "cancel all my subscriptions", "stop subscriptions", "warum nicht"]
)
def test_anything_else_asks_nothing(text: str) -> None:
    assert question_asked(text) == ""


def test_it_may_be_asked_politely() -> None:
    assert question_asked("My subscriptions, please!") == "subscriptions"
