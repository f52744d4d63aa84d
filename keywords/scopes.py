"""Scopes of a stop beside the name of a segment: what means everything, and what a segment is called besides."""

import re
import unicodedata
from typing import Final

from keywords.phrases import single_words
from keywords.word import phrases

EVERYTHING: Final = frozenset(
    phrases(
        """
        everything, it all, all, all of it, all of them, all of this, all of these, all of that, all this,
        tout, toutes, tous, tout ça, tout cela, alles, todo, todos, todas, tutto, tutti, tutte, tudo, alle,
        wszystko, wszystkie, wszystkich, كل شيء, كلشي, كل شي, كل, جميع, सब, सब कुछ, सभी, sab, sab kuch, 一切
        """
    )
)
"""Scopes that mean everything where no name follows them: `tips and all`, but `all tips`."""

EVERY: Final = single_words(
    phrases(
        "all, any, every, tous, toutes, alle, allen, todos, todas, tutti, tutte, wszystkie, wszystkich, كل, جميع, सभी"
    )
)
"""Little words that make messages in general all there are, with a word of `AND` beside them: `and all messages`."""

AND: Final = single_words(phrases("and, plus, et, und, y, e, en, i, oraz, aur, और"))
"""Words that join what a stop is about."""


_SAYS_EVERYTHING = re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, EVERYTHING))})(?!\S)")


def says_everything(phrase: str) -> bool:
    """Tell whether a phrase that stops has a scope that means everything in it: `stop everything`."""
    return _SAYS_EVERYTHING.search(phrase) is not None


_KEPT: Final = frozenset(("news", "nouvelles"))
_SHORTEST: Final = 3


def numbers_of(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return a name with its first or its last word in the other number, where that is one plain *s* more or less:
    `walks` and `walk`, `conseils du lundi` and `conseil du lundi`.
    """
    found = []
    for at in dict.fromkeys((0, len(words) - 1)):
        other = _other_number(words[at])
        if other:
            found.append((*words[:at], other, *words[at + 1 :]))
    return found


def _other_number(word: str) -> str:
    if word in _KEPT or not all(unicodedata.name(letter, "").startswith("LATIN") for letter in word):
        return ""
    if word.endswith("s"):
        one = word[:-1]
        return one if len(one) >= _SHORTEST and one[-1] not in "ius" else ""
    return f"{word}s" if len(word) >= _SHORTEST and word[-1] not in "xyz" else ""
