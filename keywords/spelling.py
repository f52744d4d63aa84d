"""Spellings of haste: which letters count as the same, and how a message is cut into words.

What is folded here is folded in the lists and in messages. Accents are another matter, and go one way: an accent left
out is haste, an accent that was typed is meant (`Paré` is not Portuguese *pare*). So a listed word is looked up under
each spelling that leaves out some of its accents, and a message as it was typed.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

from keywords.normalise import LIMIT, normalise

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
