"""The words of the filter language, and how values are written in it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from segments.filters.kinds import Detail, Order, TextOrder, When
from segments.filters.model import NAMED

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
