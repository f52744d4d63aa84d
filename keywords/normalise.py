"""The form in which words are compared."""

import html
import re
import unicodedata

LIMIT = 4096
"""How many characters of a message are looked at; no keyword is nearly as long."""

_MENTION = re.compile(r"<at\b[^>]*>.*?</at>", re.IGNORECASE | re.DOTALL)
_ADDRESSED = re.compile(r"\A\s*(?:[@＠][^\W_][\w.-]*\s+)+(?=\S)")

_APOSTROPHES = frozenset("'’‘ʼ`´＇")

_DROPPED = frozenset(
    map(
        chr,
        (
            *range(0x064B, 0x0653),  # Arabic short vowels
            0x0640,  # tatweel
            0x0670,  # superscript alef
            0x034F,  # grapheme joiner
            0x115F,  # Hangul fillers
            0x1160,
            *range(0x180B, 0x1810),  # Mongolian variation selectors
            0x20E3,  # the keycap around 1️⃣
            *range(0xFE00, 0xFE10),  # variation selectors
            *range(0xE0100, 0xE01F0),
        ),
    )
)
"""Characters that change how a word looks, not which word it is."""

_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))


class _Table(dict[int, int | str | None]):
    """What becomes of each character; filled in as characters turn up."""

    def __missing__(self, code: int) -> int | str | None:
        character = chr(code)
        category = unicodedata.category(character)
        becomes: int | str | None = code
        if character in _APOSTROPHES:
            becomes = "'"
        elif character in _DROPPED or category in ("Cf", "Cs"):
            becomes = None
        elif category[0] in "PSZC":
            becomes = " "
        self[code] = becomes
        return becomes


_TABLE = _Table()
_OTHER_THAN_WORDS = re.compile(f"[^\\w\\s']|[_ʼ{''.join(_DROPPED)}]")
_ASCII = "".join("'" if c in "'`" else c if c.isalnum() else " " for c in map(chr, range(128))).lower()


def normalise(text: str) -> str:
    """Return the form of a message or keyword in which it is compared with others.

    Unicode NFKC and case folding; mentions (`<at>Bot</at>`, a leading `@bot`), zero-width and direction marks,
    variation selectors and Arabic vowel signs dropped; every run of blanks, punctuation and symbols becomes one blank,
    but an apostrophe within a word stays. What is made of symbols alone (👍) stays as it is, without its skin tone.
    Normalising twice changes nothing more. Only the first 4,096 characters count.
    """
    if len(text) > LIMIT:
        text = " ".join(text.split(None, LIMIT)[:LIMIT])[:LIMIT]
    if "<" in text and "</" in text:
        text = _MENTION.sub(" ", text)
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if "@" in text or "＠" in text:
        text = _ADDRESSED.sub("", text)
    if text.isascii():
        words = text.translate(_ASCII)
        if "'" not in words:
            return " ".join(words.split()) or " ".join(text.split())
    else:
        words = _fold(text)[:LIMIT]
    joined = " ".join([bare for word in words.split() if (bare := word.strip("'"))])
    return joined or " ".join(_symbols(text)[:LIMIT].split())


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if unicodedata.is_normalized("NFKC", folded) and not _OTHER_THAN_WORDS.search(folded):
        return folded
    folded = folded.translate(_TABLE)
    again = unicodedata.normalize("NFKC", folded)
    return folded if again == folded else _fold(again)


def _symbols(text: str) -> str:
    """Keep a message of symbols comparable: without variation selectors, skin tones and invisible marks."""
    kept = (c for c in unicodedata.normalize("NFKC", text) if _TABLE[ord(c)] is not None and c not in _SKIN_TONES)
    return "".join(kept).casefold()
