"""The form in which words are compared."""

import html
import re
import unicodedata
from typing import Literal, NamedTuple

import msgspec

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


Kind = Literal["stop", "start", "help"]
Strength = Literal["strong", "soft"]

TWILIO = "Twilio default opt-out, opt-in and help keywords"
FCC = "47 CFR 64.1200(a)(10), the words that are a revocation in themselves"
AWS = "AWS End User Messaging, required opt-out keywords"
AWS_FRENCH = "AWS End User Messaging, French compliance keywords for Canada"
TELNYX = "Telnyx default opt-out keywords"
PROXY = "Twilio Proxy opt-out keywords"
REVOCATION = "CompliancePoint, examples of a valid revocation"
OURS = "ours"


class Language(NamedTuple):
    """The lists of one language. Each list is text, with commas between the phrases.

    Words are written with all their accents; spellings that differ in accents or hyphens are listed once.
    """

    language: str
    strong: tuple[tuple[str, str], ...]
    """Phrases that stop, and nothing else: source and phrases."""
    soft: tuple[tuple[str, str], ...]
    """Words that stop, and may be an answer: source and phrases."""
    start: tuple[tuple[Strength, str, str], ...]
    """Words that allow messages again: strength, source and phrases."""
    help: tuple[tuple[Strength, str, str], ...]
    """Words that ask for help: strength, source and phrases."""
    frames: str
    """Strong phrases with a slot for what is wanted no more (`no more {what}`), one for messages in general alone (`I
    don't want {messages}`), a gap for words of politeness (`melden Sie mich ~ ab`), or parts (`<stop> <send> me`)."""
    request: str
    """Words that ask for it: please. A soft word may stand beside them."""
    polite: str
    """Thanks, greetings, and when: thank you, now."""
    scope: str
    """What a stop is about, in general: everything, me."""
    nouns: str
    """What is sent, in general: messages. Can fill a frame."""
    channels: str
    """The same, named by the way it comes or what is paid for: emails, subscription. `I don't want emails` may answer a
    question, so these don't fill `{messages}`."""
    topics: str
    """What is sent, unless a segment is named so: newsletter. Can fill a frame."""
    asides: str
    """The same, where it may also be said of something else, and so fills no frame: tips, reminders."""
    determiners: str
    """Little words that may stand before these: all of your."""
    parts: tuple[tuple[str, str], ...] = ()
    """Names of closed lists, and their phrases: what may stand at `<name>` in a frame, or be missing at `<name?>`."""


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
    """For a segment's word: its position in the flow's `unsubscribe.segments`; -1 where the flow has none for it."""
    further: tuple[str, ...] = ()
    """Segments that the message names besides `segment`."""


def phrases(listed: str) -> tuple[str, ...]:
    """Return the phrases of a list."""
    return tuple(filter(None, map(str.strip, " ".join(listed.split()).split(","))))
