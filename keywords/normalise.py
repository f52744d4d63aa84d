"""The form in which words are compared."""

import re
import unicodedata

_LIMIT = 4096
"""How many characters of a message are looked at; no keyword is nearly as long."""

_MENTION = re.compile(r"<at[^>]*>.*?</at>", re.IGNORECASE | re.DOTALL)

_APOSTROPHES = frozenset("'’‘ʼ`´＇")

# Arabic short vowels and the tatweel change how a word looks, not which word it is.
_DROPPED = frozenset(map(chr, (*range(0x064B, 0x0653), 0x0670, 0x0640)))


class _Table(dict[int, int | str | None]):
    """What becomes of each character; filled in as characters turn up."""

    def __missing__(self, code: int) -> int | str | None:
        character = chr(code)
        category = unicodedata.category(character)
        becomes: int | str | None = code
        if character in _APOSTROPHES:
            becomes = "'"
        elif character in _DROPPED or category in ("Cf", "Cs") or 0xFE00 <= code <= 0xFE0F:
            becomes = None
        elif category[0] in "PSZC":
            becomes = " "
        self[code] = becomes
        return becomes


_TABLE = _Table()
_ASCII = "".join("'" if c in "'`" else c if c.isalnum() else " " for c in map(chr, range(128))).lower()


def normalise(text: str) -> str:
    """Return the form of a message or keyword in which it is compared with others.

    Unicode NFKC and case folding; mentions (`<at>Bot</at>`), zero-width and direction marks, variation selectors and
    Arabic vowel signs dropped; every run of blanks, punctuation and symbols becomes one blank, but an apostrophe within
    a word stays. What is made of symbols alone (👍) stays as it is. Normalising twice changes nothing more.
    """
    text = text[:_LIMIT]
    if "<" in text and "</" in text:
        text = _MENTION.sub(" ", text)
    if text.isascii():
        words = text.translate(_ASCII)
        if "'" not in words:
            joined = " ".join(words.split())
            return joined or " ".join(text.split())
    else:
        words = _fold(text)
    joined = " ".join([bare for word in words.split() if (bare := word.strip("'"))])
    return joined or " ".join(_symbols(text).split())


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_TABLE)
    again = unicodedata.normalize("NFKC", folded)
    return folded if again == folded else _fold(again)


def _symbols(text: str) -> str:
    """Keep a message of symbols comparable: without variation selectors and invisible marks."""
    kept = (c for c in unicodedata.normalize("NFKC", text) if _TABLE[ord(c)] is not None)
    return "".join(kept).casefold()
