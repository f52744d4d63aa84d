"""The words of the filter language: how values are written in it, and conditions as text."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from filters.model import (
    NAMED,
    And,
    AnyKnown,
    Completed,
    Condition,
    Detail,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldKnown,
    FieldNumber,
    FieldText,
    FieldYesNo,
    Named,
    Not,
    Or,
    Order,
    TextOrder,
    TimeCompared,
    TimeKnown,
    TimeWithin,
    When,
)

JOINING = ("and", "or", "not")
BEGINNINGS = (*NAMED, "field", "completed", *Detail, *When, "not")
"""Words that a condition may begin with."""

SIGNS = {
    "=": "is",
    "!=": "is_not",
    ">=": Order.AT_LEAST,
    "<=": Order.AT_MOST,
    "<": Order.BEFORE,
    ">": Order.AFTER,
}
COMPARING = {
    "on": "is",
    "contains": TextOrder.CONTAINS,
    "since": Order.AT_LEAST,
    "until": Order.AT_MOST,
    "before": Order.BEFORE,
    "after": Order.AFTER,
    "below": Order.BEFORE,
    "above": Order.AFTER,
    "within": "within",
}
"""Comparisons that are one word; `is`, `is not`, `starts with`, `at least`, `at most`, `not within` are read apart."""

NUMBER_SIGNS = {
    Order.IS: "is",
    Order.IS_NOT: "is not",
    Order.AT_LEAST: ">=",
    Order.AT_MOST: "<=",
    Order.BEFORE: "<",
    Order.AFTER: ">",
}
DATE_WORDS = {
    Order.IS: "is",
    Order.IS_NOT: "is not",
    Order.AT_LEAST: "since",
    Order.AT_MOST: "until",
    Order.BEFORE: "before",
    Order.AFTER: "after",
}
TEXT_WORDS = {
    TextOrder.IS: "is",
    TextOrder.IS_NOT: "is not",
    TextOrder.CONTAINS: "contains",
    TextOrder.STARTS_WITH: "starts with",
}

_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,400})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


def number_of(text: str) -> int | float | None:
    """Read a number, without an exponent and with a dot; None where it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def number_text(number: float) -> str:
    """Write a number; equal ones alike."""
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def day_of(text: str) -> date | None:
    """Read a day, `2026-11-23`; None for what does not look like one. Raises ValueError for a day that never was."""
    return date.fromisoformat(text) if _DAY.fullmatch(text) else None


def moment_of(text: str) -> datetime | None:
    """Read a moment with its zone, `2026-11-23T09:30Z` or `…+01:00`, into UTC; None for what does not look like one.

    Raises ValueError for one without a zone, or that never was.
    """
    if not _MOMENT.fullmatch(text):
        return None
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError(f"`{text}` does not say its zone; write `{text}Z` for UTC")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"`{text}` is outside the years 1 to 9999 in UTC") from None


def time_text(at: date | datetime) -> str:
    """Write a day, or a moment in UTC."""
    return at.isoformat().replace("+00:00", "Z")


_PLAIN = re.compile(r"[^\W\d][\w.@+-]*")
_WORDS: dict[type, str] = {kind: word for word, kind in NAMED.items()}


def show(condition: Condition) -> str:
    """Write a condition as text."""
    match condition:
        case And(conditions=several):
            return " and ".join(_inside(one, (And, Or)) for one in several)
        case Or(conditions=several):
            return " or ".join(_inside(one, (Or,)) for one in several)
        case Not(condition=inner):
            return "not " + _inside(inner, (And, Or))
    if isinstance(condition, Named):
        return f"{_WORDS[type(condition)]}:{_name(condition.name)}"
    return _LEAVES[type(condition)](condition)


def _inside(condition: Condition, kinds: tuple[type, ...]) -> str:
    shown = show(condition)
    return f"({shown})" if isinstance(condition, kinds) else shown


def _completed(condition: Completed) -> str:
    return f"completed {condition.kind}:{_name(condition.item)}"


def _detail(condition: DetailText) -> str:
    return f"{condition.detail} {TEXT_WORDS[condition.order]} {_quoted(condition.text)}"


def _compared(condition: TimeCompared) -> str:
    return f"{condition.when} {DATE_WORDS[condition.order]} {time_text(condition.at)}"


def _within(condition: TimeWithin) -> str:
    return f"{condition.when} {'within' if condition.within else 'not within'} {condition.amount}{condition.unit}"


def _text(condition: FieldText) -> str:
    return f"{_field(condition.field)} {TEXT_WORDS[condition.order]} {_quoted(condition.text)}"


def _number(condition: FieldNumber) -> str:
    return f"{_field(condition.field)} {NUMBER_SIGNS[condition.order]} {number_text(condition.number)}"


def _date(condition: FieldDate) -> str:
    return f"{_field(condition.field)} {DATE_WORDS[condition.order]} {condition.day.isoformat()}"


def _yes_no(condition: FieldYesNo) -> str:
    return f"{_field(condition.field)} is {'yes' if condition.yes else 'no'}"


def _known(subject: str, condition: FieldKnown | DetailKnown | TimeKnown | AnyKnown) -> str:
    return f"{subject} is {'known' if condition.known else 'unknown'}"


def _field(name: str) -> str:
    return f"field.{_name(name)}"


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in JOINING else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


_LEAVES: dict[type, Callable[[Any], str]] = {
    AnyKnown: lambda condition: _known(condition.of, condition),
    Completed: _completed,
    DetailText: _detail,
    DetailKnown: lambda condition: _known(condition.detail, condition),
    TimeCompared: _compared,
    TimeWithin: _within,
    TimeKnown: lambda condition: _known(condition.when, condition),
    FieldText: _text,
    FieldNumber: _number,
    FieldDate: _date,
    FieldYesNo: _yes_no,
    FieldKnown: lambda condition: _known(_field(condition.field), condition),
}
