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


_SPELLING: dict[int, str | None] = {
    **dict.fromkeys(range(0x0300, 0x0370)),  # accents
    **dict.fromkeys(range(0x0653, 0x0656)),  # Arabic hamza and madda
    **dict.fromkeys(map(ord, " '")),
    ord("ł"): "l",
    ord("ø"): "o",
    ord("ى"): "ي",
    ord("ة"): "ه",
}


def plain(normalised: str) -> str:
    """Return a normalised text in the form in which consent words are compared: as it is typed in haste.

    Accents, hamza, blanks and apostrophes do not count, so that `Désabonnér`, `S T O P` and `un-subscribe` are words
    that stop. Signs that make another letter of a syllable (Devanagari, kana) stay.
    """
    if normalised.isascii():
        return normalised.replace(" ", "").replace("'", "")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", normalised).translate(_SPELLING))


def _builtin() -> dict[str, ReservedWord]:
    found: dict[str, ReservedWord] = {}
    for word in WORDS:
        found.setdefault(
            plain(normalise(word.text)), ReservedWord(word.kind, word.strength, word.text, language=word.language)
        )
    return found


_BUILTIN = _builtin()


def _longest(words: Iterable[str]) -> int:
    """How long a normalised text can be that is one of these words, typed with a blank after each letter."""
    return 2 * max(map(len, words))


_LONGEST = _longest(_BUILTIN)


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
        self._words = {key: word for key, word in _BUILTIN.items() if word.strength == "strong" and word.kind == "stop"}
        for text, segment, rule in segments:
            self._add(ReservedWord("stop", "strong", text, segment=segment, rule=rule))
        kinds: tuple[tuple[Kind, Iterable[str]], ...] = (("stop", stop), ("start", start), ("help", help_words))
        for kind, texts in kinds:
            for text in texts:
                self._add(ReservedWord(kind, "strong", text))
        for key, word in _BUILTIN.items():
            self._words.setdefault(key, word)
        self._longest = _longest(self._words)

    def _add(self, word: ReservedWord) -> None:
        if key := plain(normalise(word.word)):
            self._words.setdefault(key, word)

    def match(self, normalised: str) -> ReservedWord | None:
        """Return the consent word that a message consists of, after `keywords.normalise`, or None."""
        if len(normalised) > self._longest:
            return None
        return self._words.get(plain(normalised))


def reserved(normalised: str) -> ReservedWord | None:
    """Return the built-in word that a normalised text consists of, or None."""
    return _BUILTIN.get(plain(normalised)) if len(normalised) <= _LONGEST else None
