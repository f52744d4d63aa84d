"""Whether one text says what another does, as far as a program can tell: by the words they share."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_SHORT = 4
_STEM = 5


def says(text: str, meaning: str, share: float) -> bool:
    """Tell whether `text` has at least `share` of the telling words of `meaning`; true when it has none to say."""
    wanted = _telling(meaning)
    return not wanted or len(wanted & _telling(text)) >= share * len(wanted)


def _telling(text: str) -> frozenset[str]:
    """Return the beginnings of the longer words; for scripts without spaces, pairs of neighbouring characters."""
    found: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if any(_has_no_spaces(character) for character in word):
            found.update(word[start : start + 2] for start in range(max(1, len(word) - 1)))
        elif len(word) >= _SHORT:
            found.add(word[:_STEM])
    return frozenset(found)


def _has_no_spaces(character: str) -> bool:
    """Tell whether a character is of a script that writes words without spaces: Chinese, Japanese, Thai, Khmer, Lao."""
    return "\u3040" <= character <= "\u9fff" or "\u0e00" <= character <= "\u0eff" or "\u1780" <= character <= "\u17ff"
