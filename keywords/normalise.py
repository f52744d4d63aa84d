"""The form in which words are compared, and spellings of haste: which letters count as the same."""

import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
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
    subscriptions: str = ""
    """Words that ask what one is signed up for. They are no consent words: a flow's own keywords come first."""
    why: str = ""
    """Words that ask why a message came."""
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


_TRADITIONAL = (
    "訂閱發傳訊簡給這個煩請謝們機關閉廣單對電郵馬現別結幫復還無沒為麼"
    "嗎誰裡時條續開進終斷擾銷啟動資號碼聯絡係從來過輸讓讀寫擋繼內務將絕刪騷願勞駕趕緊盡優貼貴繫"
)
_SIMPLIFIED = (
    "订阅发传讯简给这个烦请谢们机关闭广单对电邮马现别结帮复还无没为么"
    "吗谁里时条续开进终断扰销启动资号码联络系从来过输让读写挡继内务将绝删骚愿劳驾赶紧尽优贴贵系"
)

_SAME: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "'\u0621\u093c")),  # apostrophe, Arabic hamza on its own, Devanagari nukta
    **dict.fromkeys(range(0x0653, 0x0656)),  # Arabic madda and hamza above and below
    **dict(zip(map(ord, _TRADITIONAL), _SIMPLIFIED, strict=True)),
    **{code: chr(code + 0x60) for code in range(0x3041, 0x3097)},  # hiragana as katakana
    ord("ı"): "i",  # Turkish keyboards
    ord("ی"): "ي",  # Farsi and Urdu keyboards
    ord("ى"): "ي",
    ord("ے"): "ي",
    ord("ک"): "ك",
    ord("ہ"): "ه",
    ord("ھ"): "ه",
    ord("ة"): "ه",
    ord("ۃ"): "ه",
    ord("ٱ"): "ا",
    ord("ँ"): "ं",
    ord("œ"): "oe",
}

_ONE_OF_MANY = re.compile(f"[{''.join(map(chr, _SAME))}]")
_HALF_NASAL = re.compile("[ङञणनम]्(?=[क-ह])")
_DOTTED_I = re.compile("i\u0307")

_NO_BLANKS = "\u3005\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
_TOKEN = re.compile(f"[{_NO_BLANKS}]|[^\\s{_NO_BLANKS}]+")
_UNSPACED = re.compile(f"[{_NO_BLANKS}]")

_DEVANAGARI = re.compile("[\u0900-\u097f]")
_MARKED = re.compile("[\u0600-\u097f]")

_SPELLED = re.compile(r"(?<!\S)[^\W\d_] [^\W\d_] [^\W\d_](?!\S)")
_LONG_RUN = re.compile(r"(.)\1{2,}")

_STROKES = {"ł": "l", "ø": "o"}
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
_MAX_ACCENTS = 5


def tokens(normalised: str) -> tuple[str, ...]:
    """Cut a normalised text into words, Chinese and Japanese into characters, in the letters that words are compared
    in. Three or more single letters in a row are one word: `s t o p`.
    """
    letters_alike = same_letters(normalised)
    words = letters_alike.split() if letters_alike.isascii() else _TOKEN.findall(letters_alike)
    if not _SPELLED.search(letters_alike):
        return tuple(words)
    joined: list[str] = []
    for spelled, run in itertools.groupby(words, _is_letter):
        letters = list(run)
        joined += ["".join(letters)] if spelled and len(letters) > 2 else letters
    return tuple(joined)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha() and not _UNSPACED.match(word)


def same_letters(normalised: str) -> str:
    """Return a text with each letter as the one that stands for it and for those typed in its place."""
    if normalised.isascii():
        return normalised.replace("'", "")
    opened = unicodedata.normalize("NFD", _DOTTED_I.sub("i", normalised)) if _has_marks(normalised) else normalised
    folded = opened.translate(_SAME) if _ONE_OF_MANY.search(opened) else opened
    if _DEVANAGARI.search(folded):
        folded = _HALF_NASAL.sub("ं", folded).replace("िये", "िए")
    return unicodedata.normalize("NFC", folded)


def _has_marks(text: str) -> bool:
    return _MARKED.search(text) is not None or "\u0307" in unicodedata.normalize("NFD", text)


@cache
def spellings(token: str) -> tuple[str, ...]:
    """Return the ways to type a listed word: with all its accents, or with any of them left out."""
    if token.isascii():
        return (token,)
    opened = unicodedata.normalize("NFD", token)
    marks = [at for at, c in enumerate(opened) if "\u0300" <= c <= "\u036f" or c in _STROKES]
    if not marks:
        return (token,)
    kept = (
        itertools.product((True, False), repeat=len(marks)) if len(marks) <= _MAX_ACCENTS else [(False,) * len(marks)]
    )
    found = {token: None, "".join(_UMLAUTS.get(c, c) for c in token): None}
    for choice in kept:
        dropped = {at for at, stays in zip(marks, choice, strict=True) if not stays}
        typed = "".join(_STROKES.get(c, "") if at in dropped else c for at, c in enumerate(opened))
        found[unicodedata.normalize("NFC", typed)] = None
    return tuple(found)


def as_typed(token: str) -> tuple[str, ...]:
    """Return a word of a message, and without the letters that were held down: `stoppp`, `stooop`."""
    if not _LONG_RUN.search(token):
        return (token,)
    return token, _LONG_RUN.sub(r"\1", token), _LONG_RUN.sub(r"\1\1", token)


def words_apart(normalised: str) -> bool:
    """Tell whether a text is written with blanks between words."""
    return not _UNSPACED.search(normalised)


def cut_each(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return listed phrases normalised and cut, words with blanks between; also with blanks for its apostrophes, since
    people type `s il vous plait`. Thousands of phrases are cheap, since they are folded together.
    """
    normalised = _each(normalise, texts)
    cuts: list[tuple[str, ...]] = [(cut,) for cut in _each(_cut, normalised)]
    apart = [at for at, text in enumerate(normalised) if "'" in text]
    for at, cut in zip(apart, _each(_cut, [normalised[at].replace("'", " ") for at in apart]), strict=True):
        cuts[at] = (*cuts[at], cut)
    return cuts


def ways_to_type(cut: str) -> tuple[str, ...]:
    """Return a listed phrase, cut, with all its accents and with any of them left out."""
    if cut.isascii():
        return (cut,)
    return tuple(map(" ".join, itertools.product(*map(spellings, cut.split(" ")))))


_BETWEEN = " qzxq "
"""Stands between phrases that are folded together, and stays as it is."""
_TOGETHER = 40
_MARKUP = re.compile("[<&@＠]")


def _each(change: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """Return what becomes of each text, all changed together where that comes to the same."""
    changed: list[str] = []
    for at in range(0, len(texts), _TOGETHER):
        batch = texts[at : at + _TOGETHER]
        joined = _BETWEEN.join(batch)
        together = [] if len(joined) > LIMIT or _MARKUP.search(joined) else change(joined).split(_BETWEEN)
        changed += together if len(together) == len(batch) else map(change, batch)
    return changed


def _cut(normalised: str) -> str:
    return " ".join(tokens(normalised))
