"""Answers as values: what a person types, read as the type that a question asks for."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from flows.engine.own_words import own_words
from flows.engine.rendering import Voice, is_consent_word
from flows.engine.turn import speaks
from flows.limits import Rule
from flows.model.parts import LONGEST_ANSWER, Choice, QuestionPart
from keywords.normalise import normalise
from keywords.reserved import core
from messages.contact import FieldValue
from messages.effects import OutgoingButton
from segment_buttons.payload import BY_NUMBER

_EMAIL = re.compile(r"[^\s@<>\"(),:;]{1,64}@(?:[^\s@<>\"(),:;.]{1,63}\.){1,8}[^\s@<>\"(),:;.]{2,63}")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:([ '.,])[0-9]{3})(?:\1[0-9]{3}){0,3}")
_DATE_FROM_YEAR = re.compile(r"([0-9]{4})\s?[-/.年년]\s?([0-9]{1,2})\s?[-/.月월]\s?([0-9]{1,2})\s?[日일.]?")
_DATE_TO_YEAR = re.compile(r"([0-9]{1,2})\s?([-/.])\s?([0-9]{1,2})\s?\2\s?([0-9]{4})")

_CLOSING = " .!。．！।۔"
"""Marks that close a sentence."""
_DIRECTION_MARKS = dict.fromkeys((0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_MARKED = frozenset({"number", "date", "email"})
"""Kinds of answers in which such marks mean nothing."""

_COMMA_GROUPS = ("en", "hi", "ja", "zh", "ko", "he", "th")
"""Languages that write 1,000.5 for a thousand and a half; the others may write 1.000,5."""


def read_answer(kind: str, text: str, language: str) -> FieldValue | None:
    """Return what `text` is as an answer of `kind`, or None when it is none.

    text    anything but blanks.
    email   one address.
    number  `7`, `6.5`, `6,5`, `1,000` or `1.000` by the language, with any script's digits: int, or float if it has
            decimals.
    date    `2024-03-01`, `2024/3/1`, `2024年3月1日`, `1.3.2024`, `01/03/2024`; the day stands before the month, in
            American English behind it, and in English of no known country a date that could be both is no answer.
            Kept as `2024-03-01`.

    What closes a sentence (`7.`) does not count in these, nor do marks of direction.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_ANSWER:
        return None
    if kind in _MARKED:
        text = text.translate(_DIRECTION_MARKS).rstrip(_CLOSING)
    return _KINDS[kind](text, language)


def _text(text: str, _: str) -> FieldValue | None:
    return text


def _email(text: str, _: str) -> FieldValue | None:
    address = text.removeprefix("mailto:").strip("<>")
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) else None


def _number(text: str, language: str) -> FieldValue | None:
    text = plain_digits(text).replace("\u2212", "-").replace("\u066b", ".").replace("\u066c", "")
    text = re.sub(r"[\s\u00a0\u202f]+", " ", text).replace("’", "'")
    if len(text) > 40:
        return None
    decimal = _decimal_mark(language)
    whole, point, decimals = text.partition(decimal)
    if point and (grouped := _GROUPED.fullmatch(whole)) and grouped[1] != decimal:
        return _to_number(f"{_ungrouped(whole)}.{decimals}")
    grouped = _GROUPED.fullmatch(text)
    if grouped and grouped[1] != decimal:
        return _to_number(_ungrouped(text))
    return _to_number(text.replace(",", ".")) if text.count(",") <= 1 else None


def _decimal_mark(language: str) -> str:
    return "." if any(speaks(language, one) for one in _COMMA_GROUPS) else ","


def limit_words(part: QuestionPart, rule: Rule, language: str, fallback: str) -> str:
    """Return our own words for an answer that breaks a limit, with the limit as it is written in the language."""
    written = str(getattr(part, rule))
    if part.type == "number":
        written = written.replace(".", _decimal_mark(language))
    if speaks(language, "ar"):
        written = f"\u2066{written}\u2069"
    return f"{own_words(f'retry_{rule}_{part.type}', language, fallback)} {written}"


def _ungrouped(text: str) -> str:
    return re.sub("[ '.,]", "", text)


def _to_number(text: str) -> FieldValue | None:
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _date(text: str, language: str) -> FieldValue | None:
    text = plain_digits(text)
    if len(text) > 40:
        return None
    if found := _DATE_FROM_YEAR.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if not (found := _DATE_TO_YEAR.fullmatch(text)):
        return None
    first, separator, second, year = found.groups()
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if speaks(language, "en-US"):
        return month_first
    if language.casefold() == "en" and separator == "/":
        both = day_first and month_first and day_first != month_first
        return None if both else day_first or month_first
    return day_first


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def plain_digits(text: str) -> str:
    """Return `text` with the digits of any script as 0 to 9, and wide letters as narrow ones."""
    if text.isascii():
        return text
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in narrow)


_KINDS: dict[str, Callable[[str, str], FieldValue | None]] = {
    "text": _text,
    "email": _email,
    "number": _number,
    "date": _date,
    "choice": _text,
}


def offered_choices(part: QuestionPart, voice: Voice) -> tuple[OutgoingButton, ...]:
    """Return the choices as quick replies. They carry no signed payload; one whose label is a consent word must come
    back as a press, because typed it would be heard as that word.
    """
    if part.type != "choice":
        return ()
    labels = [_label(choice, voice) for choice in part.choices]
    known = voice.work.snapshot.payload_form != BY_NUMBER  # a server of before does not know such a press
    return tuple(OutgoingButton(label, by_payload=known and is_consent_word(label, voice.work)) for label in labels)


def read_choice(part: QuestionPart, text: str, voice: Voice) -> str | None:
    """Return the value of the choice that `text` names: by what is shown, in any language, by value, or by number.

    Words that only ask for it don't count: `Quit, please` is the choice `Quit`.
    """
    if len(text) > LONGEST_ANSWER:
        return None
    said = normalise(text)
    found = _named(part, said, voice)
    return found if found is not None else _named(part, core(said), voice)


def _named(part: QuestionPart, said: str, voice: Voice) -> str | None:
    for choice in part.choices:
        if said in _forms(choice) or said == normalise(_label(choice, voice)):
            return choice.value if isinstance(choice, Choice) else choice
    number = plain_digits(said)
    if number.isdecimal() and len(number) < 4 and 1 <= int(number) <= len(part.choices):
        chosen = part.choices[int(number) - 1]
        return chosen.value if isinstance(chosen, Choice) else chosen
    return None


def _label(choice: str | Choice, voice: Voice) -> str:
    if isinstance(choice, str):
        return voice.words(choice) or choice
    return voice.words(choice.label) or choice.value


def _forms(choice: str | Choice) -> set[str]:
    if isinstance(choice, str):
        return {normalise(choice)}
    labels = [choice.label] if isinstance(choice.label, str) else choice.label.values()
    return {normalise(choice.value), *map(normalise, labels)}
