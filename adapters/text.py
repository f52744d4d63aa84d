"""Text made to fit where it is shown: split at a border a reader would choose, shortened, safe for a terminal."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from unicodedata import category

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


ELLIPSIS: Final = "…"
_SENTENCE_ENDS: Final = frozenset(".!?…。！？؟۔।")
_IDEOGRAPHIC_ENDS: Final = frozenset("。！？")
_NO_BREAK: Final = frozenset("\u00a0\u2007\u202f")


def length(text: str) -> int:
    """Return how many UTF-16 code units `text` takes."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str, limit: int, measure: Callable[[str], int] = length) -> list[str]:
    """Return `text` in pieces of at most `limit`, in order. `limit` has room for one character at least.

    A seam lies at the end of a paragraph, else of a line, a sentence, a word, and inside a word only where there is
    nothing better; in a grapheme cluster only if that alone is over the limit. The white space at a seam goes; every
    other character stays. No piece is blank: blank text has no pieces.
    """
    if text.isspace() or not text:
        return []
    if measure(text) <= limit:
        return [text]
    pieces: list[str] = []
    rest = _parts(text, limit, measure)
    while rest:
        cut = _cut(rest, limit, measure)
        piece = "".join(_stripped(rest[:cut], head=bool(pieces), tail=cut < len(rest)))
        if piece and not piece.isspace():
            pieces.append(piece)
        rest = _stripped(rest[cut:], head=True, tail=False)
    return pieces


def split_end(text: str, limit: int) -> tuple[str, str]:
    """Return `text` in two: the end, of at most `limit`, and what comes before it (empty when all fits).

    The end begins at the best border that leaves it short enough: a paragraph, else a line, a sentence, a word; at the
    first of several. White space at the seam goes, and at both ends of the text.
    """
    text = text.strip()
    if length(text) <= limit:
        return "", text
    parts = _parts(text, limit, length)
    room = limit
    first = len(parts)
    while first and (room := room - length(parts[first - 1])) >= 0:
        first -= 1
    while first and parts[first - 1].isspace():
        first -= 1
    strengths = [_strength(parts, at) for at in range(first, len(parts))]
    best = max(strengths)
    cut = first + strengths.index(best) if best else first
    return "".join(_stripped(parts[:cut], head=False, tail=True)), "".join(
        _stripped(parts[cut:], head=True, tail=False)
    )


def shorten(text: str, limit: int) -> str:
    """Return `text` if it fits, else as much of its head as fits with an ellipsis."""
    if length(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - 1
    for cluster in clusters(text):
        room -= length(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS


def _parts(text: str, limit: int, measure: Callable[[str], int]) -> list[str]:
    """What is not to be cut: the clusters, and of one that alone is over the limit, the characters."""
    parts: list[str] = []
    for cluster in clusters(text):
        parts.extend([cluster] if measure(cluster) <= limit else cluster)
    return parts


def _stripped(parts: list[str], *, head: bool, tail: bool) -> list[str]:
    start, end = 0, len(parts)
    while head and start < end and parts[start].isspace():
        start += 1
    while tail and end > start and parts[end - 1].isspace():
        end -= 1
    return parts[start:end]


def _cut(parts: Sequence[str], limit: int, measure: Callable[[str], int]) -> int:
    """Return how many of `parts` make the next piece."""
    room = limit
    maximum = 0
    for part in parts:
        room -= measure(part)
        if room < 0:
            break
        maximum += 1
    if maximum == len(parts):
        return maximum
    minimum = maximum // 3
    borders = [_strength(parts, at) for at in range(maximum + 1)]
    for strength in (4, 3, 2, 1):
        floor = minimum if strength > 1 else 0
        for at in range(maximum, floor, -1):
            if borders[at] >= strength:
                return at
    return maximum


def _strength(parts: Sequence[str], at: int) -> int:
    """How good a seam before `parts[at]` is: 4 ends a paragraph, 3 a line, 2 a sentence, 1 a word, 0 none of them."""
    if at == 0:
        return 0
    before, here = parts[at - 1], parts[at]
    if here[0] in "\r\n" and before[-1] not in "\r\n":
        blank_line = at + 1 < len(parts) and parts[at + 1][0] in "\r\n"
        return 4 if blank_line else 3
    if here.isspace() and here not in _NO_BREAK and not before.isspace():
        return 2 if before[-1] in _SENTENCE_ENDS else 1
    if before in _IDEOGRAPHIC_ENDS and here not in _IDEOGRAPHIC_ENDS:
        return 2
    return 0


_JOINERS = "\u200c\u200d"
"""Used within words of some scripts, and within emoji."""


def printable(text: str) -> str:
    """Return text that can't steer the terminal: what is no visible character is shown as one replacement sign."""
    if text.isprintable():
        return text
    return "".join(c if c == "\n" or is_shown(c) else "\ufffd" for c in text)


def is_shown(character: str) -> bool:
    """Tell whether a terminal shows a character as itself: also blanks, of which French has a narrow one before `?` and
    Japanese a wide one.
    """
    return character.isprintable() or character in _JOINERS or category(character) == "Zs"
