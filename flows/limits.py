"""Limits of an answer: what its question lets pass beyond its type, by what is written in the flow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from flows.model.parts import QuestionPart
from messages.contact import FieldValue

Rule = Literal["min", "max", "step", "min_length", "max_length"]
"""A limit, by its key."""

LIMITS: Final[dict[str, tuple[Rule, ...]]] = {
    "text": ("min_length", "max_length"),
    "number": ("min", "max", "step"),
    "date": ("min", "max"),
}
"""The limits that each type of question can have, in the order in which an answer is held against them."""

RULES: Final[tuple[Rule, ...]] = ("min", "max", "step", "min_length", "max_length")
"""Every limit."""


def written_number(text: str) -> Decimal | None:
    """Return a number as a flow writes it, `7` or `-6.5`; None if it is none."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**15 else None


def written_date(text: str) -> date | None:
    """Return a date as a flow writes it, `2026-11-23`; None if it is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def broken_limit(part: QuestionPart, value: FieldValue) -> Rule | None:
    """Return the first limit that an answer of the right type breaks. One that can't be read holds nothing back: the
    check refuses it.
    """
    for rule in LIMITS.get(part.type, ()):
        written = getattr(part, rule)
        if written is not None and _breaks(rule, written, part, value):
            return rule
    return None


def _breaks(rule: Rule, written: str | int, part: QuestionPart, value: FieldValue) -> bool:
    match rule:
        case "min_length":
            return len(str(value)) < int(written)
        case "max_length":
            return len(str(value)) > int(written)
        case _ if part.type == "date":
            day, bound = written_date(str(value)), written_date(str(written))
            return day is not None and bound is not None and (day < bound if rule == "min" else day > bound)
        case _:
            number, limit = Decimal(str(value)), written_number(str(written))
            if limit is None:
                return False
            if rule == "step":
                return limit > 0 and (number - (written_number(part.min or "0") or 0)) % limit != 0
            return number < limit if rule == "min" else number > limit
