"""Every built-in word, one by one."""

from typing import NamedTuple

from keywords.covers import LISTS
from keywords.normalise import Kind, Language, Strength, phrases


class Word(NamedTuple):
    """A built-in word: what it does, how strongly, in which language, and who says so."""

    text: str
    kind: Kind
    strength: Strength
    language: str
    source: str


def words_of(lists: Language) -> tuple[Word, ...]:
    """Return the words of a language that stop, start or help by themselves."""
    return (
        *(Word(text, "stop", "strong", lists.language, by) for by, texts in lists.strong for text in phrases(texts)),
        *(Word(text, "stop", "soft", lists.language, by) for by, texts in lists.soft for text in phrases(texts)),
        *(Word(text, "start", how, lists.language, by) for how, by, texts in lists.start for text in phrases(texts)),
        *(Word(text, "help", how, lists.language, by) for how, by, texts in lists.help for text in phrases(texts)),
    )


WORDS: tuple[Word, ...] = tuple(word for lists in LISTS for word in words_of(lists))
