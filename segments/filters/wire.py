"""Conditions as JSON values: `read(write(condition)) == condition`. The shapes are in docs/filters.md."""

from collections.abc import Callable, Mapping
from typing import Any

from messages.errors import BadInput
from segments.filters.kinds import DEEPEST, LONGEST
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
from segments.filters.show import show
from segments.filters.wire_leaves import LEAVES, read_leaf
from segments.filters.wire_values import Json, Place
from segments.filters.words import time_text

_WORDS: dict[type, str] = {kind: word for word, kind in NAMED.items()}
_JOINED: dict[str, type[And | Or]] = {"all": And, "any": Or}


def write(condition: Condition) -> dict[str, Json]:
    """Return a condition as what `json.dumps` takes."""
    match condition:
        case And(conditions=several):
            return {"all": [write(one) for one in several]}
        case Or(conditions=several):
            return {"any": [write(one) for one in several]}
        case Not(condition=inner):
            return {"not": write(inner)}
    if isinstance(condition, Named):
        return {_WORDS[type(condition)]: condition.name}
    return _LEAVES[type(condition)](condition)


def _within(condition: TimeWithin) -> dict[str, Json]:
    how = "within" if condition.within else "not_within"
    return {"time": str(condition.when), how: f"{condition.amount}{condition.unit}"}


_LEAVES: dict[type, Callable[[Any], dict[str, Json]]] = {
    Completed: lambda one: {"completed": str(one.kind), "item": one.item},
    DetailText: lambda one: {"detail": str(one.detail), str(one.order): one.text},
    DetailKnown: lambda one: {"detail": str(one.detail), "known": one.known},
    TimeCompared: lambda one: {"time": str(one.when), str(one.order): time_text(one.at)},
    TimeWithin: _within,
    TimeKnown: lambda one: {"time": str(one.when), "known": one.known},
    FieldText: lambda one: {"field": one.field, str(one.order): one.text},
    FieldNumber: lambda one: {"field": one.field, str(one.order): one.number},
    FieldDate: lambda one: {"field": one.field, str(one.order): {"date": one.day.isoformat()}},
    FieldYesNo: lambda one: {"field": one.field, "is": one.yes},
    FieldKnown: lambda one: {"field": one.field, "known": one.known},
}


def read(value: object) -> Condition:
    """Read a condition from what `json.loads` gives. Raises BadInput with the JSON path, as in `$.all[1].not`."""
    condition = _condition(value, Place("$"), 0)
    if len(show(condition)) > LONGEST:
        raise BadInput(f"as text, the filter has more than {LONGEST:,} characters", place="$", remedy="Shorten it")
    return condition


def _condition(value: object, place: Place, depth: int) -> Condition:
    if depth > DEEPEST:
        raise place.refuse(f"as text, more than {DEEPEST} `not` and parentheses would be open", "Nest less deeply")
    if not isinstance(value, Mapping):
        raise place.refuse("a condition is an object", 'Write it as `{"tag": "vip"}`')
    word = next((word for word in ("all", "any", "not", *LEAVES) if word in value), None)
    if word is None:
        raise place.unknown("this object is no condition", value, ("all", "any", "not", *LEAVES))
    if word in LEAVES:
        return read_leaf(word, value, place)
    place.only(value, {word})
    inner = place / word
    if word == "not":
        return Not(_nested(value[word], inner, depth + 1, (And, Or)))
    kind = _JOINED[word]
    several = value[word]
    if not isinstance(several, list) or len(several) < 2:
        raise inner.refuse("two or more conditions are joined", "Write a list of them, or the one condition alone")
    opening = (And, Or) if kind is And else (Or,)
    return kind(tuple(_nested(one, inner / number, depth, opening) for number, one in enumerate(several)))


def _nested(value: object, place: Place, depth: int, opening: tuple[type, ...]) -> Condition:
    """Read a condition inside another one; those of the kinds `opening` stand in parentheses in the text."""
    opened = isinstance(value, Mapping) and any(word in value and kind in opening for word, kind in _JOINED.items())
    return _condition(value, place, depth + opened)
