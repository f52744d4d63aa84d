"""Conditions as text, in one spelling: `parse(show(condition)) == condition`."""

import re
from collections.abc import Callable
from typing import Any

from segments.filters.model import (
    NAMED,
    And,
    Completed,
    Condition,
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
    TimeCompared,
    TimeKnown,
    TimeWithin,
)
from segments.filters.words import DATE_WORDS, JOINING, NUMBER_SIGNS, TEXT_WORDS, number_text, time_text

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


def _known(subject: str, condition: FieldKnown | DetailKnown | TimeKnown) -> str:
    return f"{subject} is {'known' if condition.known else 'unknown'}"


def _field(name: str) -> str:
    return f"field.{_name(name)}"


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in JOINING else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


_LEAVES: dict[type, Callable[[Any], str]] = {
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
