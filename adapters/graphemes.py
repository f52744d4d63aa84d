"""What a reader sees as one character: grapheme clusters, after Unicode's annex 29, by the standard library's tables.

A cluster is a letter with its marks, a flag, a family of emoji joined to one picture, a Hangul syllable, CR LF. Left
out of the annex: prepended marks (a handful of Arabic and Indic signs), which stand as clusters of their own here.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

_JOINER: Final = "\u200d"
_HANGUL_LEAD: Final = range(0x1100, 0x1160)
_HANGUL_VOWEL: Final = range(0x1160, 0x11A8)
_HANGUL_TAIL: Final = range(0x11A8, 0x1200)
_HANGUL_SYLLABLE: Final = range(0xAC00, 0xD7A4)
_FLAG_LETTER: Final = range(0x1F1E6, 0x1F200)
_SKIN_TONE: Final = range(0x1F3FB, 0x1F400)
_TAG: Final = range(0xE0020, 0xE0080)
_VIRAMA: Final = 9
"""The combining class of the sign that joins two Indic consonants."""


def clusters(text: str) -> Iterator[str]:
    """Yield the grapheme clusters of `text`, in order; joined they are `text` again."""
    if text.isascii() and "\r" not in text:
        yield from text
        return
    start = 0
    flags = 0
    for at in range(1, len(text)):
        before, here = text[at - 1], text[at]
        flags = flags + 1 if ord(before) in _FLAG_LETTER else 0
        if not _holds(before, here, flags):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _holds(before: str, here: str, flags: int) -> bool:
    """Whether no border lies between two neighbours; `flags` counts the flag letters that end with `before`."""
    if before in "\r\n" or here in "\r\n":
        return before == "\r" and here == "\n"
    code = ord(here)
    if code in _FLAG_LETTER:
        return flags % 2 == 1
    return code >= 0x300 and (_extends(here) or _joined(before, here) or _same_syllable(ord(before), code))


def _extends(here: str) -> bool:
    """Whether it is a mark, a joiner, a skin tone or a tag: what never stands alone."""
    marks = unicodedata.category(here) in {"Mn", "Mc", "Me"} or here in "\u200c\u200d"
    return marks or ord(here) in _SKIN_TONE or ord(here) in _TAG


def _joined(before: str, here: str) -> bool:
    if before == _JOINER:
        return unicodedata.category(here) == "So"
    return unicodedata.combining(before) == _VIRAMA and unicodedata.category(here) == "Lo"


def _same_syllable(before: int, here: int) -> bool:
    if here in _HANGUL_LEAD:
        return before in _HANGUL_LEAD
    if here in _HANGUL_VOWEL:
        open_syllable = before in _HANGUL_SYLLABLE and (before - 0xAC00) % 28 == 0
        return before in _HANGUL_LEAD or before in _HANGUL_VOWEL or open_syllable
    if here in _HANGUL_SYLLABLE:
        return before in _HANGUL_LEAD
    return here in _HANGUL_TAIL and (before in _HANGUL_VOWEL or before in _HANGUL_TAIL or before in _HANGUL_SYLLABLE)
