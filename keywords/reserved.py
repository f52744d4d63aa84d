"""Words that are about consent: the built-in ones, and those a builder adds."""

import unicodedata
from collections.abc import Iterable

import msgspec

from keywords.builtin import WORDS, Kind, Strength
from keywords.normalise import normalise


class ReservedWord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A consent word that a message consists of."""

    kind: Kind
    strength: Strength
    word: str
    """As the list, or the builder, writes it."""
    language: str = ""
    """Of a built-in word; empty for a builder's."""
    segment: str = ""
    """The segment that the word stops; empty for everything."""
    rule: int = -1
    """For a segment's word: its position in the flow's `unsubscribe.segments`."""


def without_accents(text: str) -> str:
    """Return `text` as it is typed on a keyboard without accents; scripts other than Latin are left alone."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain if plain.isascii() else text


def _builtin() -> dict[str, ReservedWord]:
    found: dict[str, ReservedWord] = {}
    for strength in ("strong", "soft"):
        for word in WORDS:
            if word.strength != strength:
                continue
            key = normalise(word.text)
            for form in (key, without_accents(key)):
                found.setdefault(form, ReservedWord(word.kind, word.strength, word.text, word.language))
    return found


BUILTIN = _builtin()
"""The built-in words by their normalised form."""


class ReservedWords:
    """The consent words of one revision: the built-in ones and the builder's. A builder can add, never take away.

    `segments` pairs each word with the segment that it stops and the position of its rule.
    """

    def __init__(
        self,
        *,
        stop: Iterable[str] = (),
        start: Iterable[str] = (),
        help_words: Iterable[str] = (),
        segments: Iterable[tuple[str, str, int]] = (),
    ) -> None:
        self._words = {key: word for key, word in BUILTIN.items() if word.strength == "strong" and word.kind == "stop"}
        for text, segment, rule in segments:
            self._add(ReservedWord("stop", "strong", text, segment=segment, rule=rule))
        kinds: tuple[tuple[Kind, Iterable[str]], ...] = (("stop", stop), ("start", start), ("help", help_words))
        for kind, texts in kinds:
            for text in texts:
                self._add(ReservedWord(kind, "strong", text))
        for key, word in BUILTIN.items():
            self._words.setdefault(key, word)

    def _add(self, word: ReservedWord) -> None:
        if key := normalise(word.word):
            self._words.setdefault(key, word)

    def match(self, normalised: str) -> ReservedWord | None:
        """Return the consent word that a message consists of, after `keywords.normalise`, or None."""
        return self._words.get(normalised)


def reserved(normalised: str) -> ReservedWord | None:
    """Return the built-in word that a normalised text consists of, or None."""
    return BUILTIN.get(normalised)
