"""Conditions as JSON, written and read. The form is in docs/filters.md."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from filters.model import (
    DEEPEST,
    LONGEST,
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
    FilterInvalid,
    Kind,
    Named,
    Not,
    Or,
    Order,
    Several,
    TextOrder,
    TimeCompared,
    TimeKnown,
    TimeWithin,
    Unit,
    When,
)
from filters.words import day_of, moment_of, show, time_text

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

E = TypeVar("E", bound=StrEnum)

_SHOWN = 40
"""Characters of an unknown key that an error repeats."""


class Place:
    """Where a value is, such as `$.all[1].field`."""

    def __init__(self, *steps: str | int) -> None:
        self.steps = steps

    def __truediv__(self, step: str | int) -> "Place":
        return Place(*self.steps, step)

    def __str__(self) -> str:
        return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)

    def refuse(self, problem: str, remedy: str) -> FilterInvalid:
        """Return an error that points here."""
        return FilterInvalid(problem, at=self.steps, place=str(self), remedy=remedy)

    @contextmanager
    def blaming(self) -> Iterator[None]:
        """Point here if a value is refused (ValueError) meanwhile."""
        try:
            yield
        except ValueError as error:
            raise self.refuse(str(error), "Correct it") from None

    def unknown(self, problem: str, found: Iterable[object], known: Iterable[str]) -> FilterInvalid:
        """Return an error about names found here, with the nearest known one, else all of them."""
        names = list(known)
        for name in found:
            near = get_close_matches(name, names, n=1) if isinstance(name, str) and len(name) <= _SHOWN else []
            if near:
                return self.refuse(problem, f"Did you mean `{near[0]}`?")
        return self.refuse(problem, "Use one of " + ", ".join(f"`{name}`" for name in names))

    def only(self, value: Mapping[object, object], known: set[str]) -> None:
        """Raise BadInput for a key that has no meaning here."""
        for key in value:
            if key not in known:
                shown = json.dumps(str(key)[:_SHOWN], ensure_ascii=True)
                raise self.refuse(f"the key {shown} has no meaning here", "Delete it, or join conditions by `all`")

    def text(self, value: object) -> str:
        """Return a text as it is."""
        if not isinstance(value, str):
            raise self.refuse("a text belongs here", 'Write it in quotes: `"…"`')
        return value

    def flag(self, value: object) -> bool:
        """Return true or false."""
        if not isinstance(value, bool):
            raise self.refuse("true or false belongs here", "Write `true` or `false`")
        return value

    def one_of(self, kind: type[E], value: object) -> E:
        """Return the member of an enumeration that a text names."""
        if not isinstance(value, str) or value not in list(kind):
            raise self.unknown("the value is not known here", [value], kind)
        return kind(value)


Members = Mapping[object, object]

_FIELD_KEYS = (*TextOrder, Order.AT_LEAST, Order.AT_MOST, Order.BEFORE, Order.AFTER, "known")
_SPAN = re.compile(r"([1-9][0-9]{0,8})([dh])")


def read_leaf(word: str, value: Members, place: Place) -> Condition:
    """Read a condition that holds no other, told by its key `word`. Raises FilterInvalid."""
    return LEAVES[word](word, value, place)


def _named(word: str, value: Members, place: Place) -> Condition:
    place.only(value, {word})
    with (place / word).blaming():
        return NAMED[word]((place / word).text(value[word]))


def _completed(word: str, value: Members, place: Place) -> Condition:
    place.only(value, {word, "item"})
    kind = (place / word).one_of(Kind, value[word])
    if "item" not in value:
        raise place.refuse("`item` is missing", "Name the item that was completed")
    with (place / "item").blaming():
        return Completed(kind, (place / "item").text(value["item"]))


def _detail(word: str, value: Members, place: Place) -> Condition:
    detail = (place / word).one_of(Detail, value[word])
    how, inner = _comparison(word, value, place, (*TextOrder, "known"))
    if how == "known":
        return DetailKnown(detail, inner.flag(value[how]))
    with inner.blaming():
        return DetailText(detail, TextOrder(how), inner.text(value[how]))


def _time(word: str, value: Members, place: Place) -> Condition:
    when = (place / word).one_of(When, value[word])
    how, inner = _comparison(word, value, place, (*Order, "within", "not_within", "known"))
    if how == "known":
        return TimeKnown(when, inner.flag(value[how]))
    text = inner.text(value[how])
    with inner.blaming():
        if how in ("within", "not_within"):
            span = _SPAN.fullmatch(text)
            if span is None:
                raise inner.refuse("a number of days or hours belongs here", 'Write `"7d"` or `"48h"`')
            return TimeWithin(when, int(span.group(1)), Unit(span.group(2)), how == "within")
        at = day_of(text) or moment_of(text)
        if at is None:
            raise inner.refuse("a day or a moment belongs here", 'Write `"2026-11-23"` or `"2026-11-23T09:30Z"`')
        return TimeCompared(when, Order(how), at)


def _field(word: str, value: Members, place: Place) -> Condition:
    with (place / word).blaming():
        field = FieldKnown((place / word).text(value[word]), known=True).field
    how, inner = _comparison(word, value, place, _FIELD_KEYS)
    wanted = value[how]
    if how == "known":
        return FieldKnown(field, inner.flag(wanted))
    with inner.blaming():
        return _compared(field, how, wanted, inner)


def _compared(field: str, how: str, wanted: object, place: Place) -> Condition:
    if isinstance(wanted, bool):
        if how not in ("is", "is_not"):
            raise place.refuse("yes and no have no order", "Compare by `is`")
        return FieldYesNo(field, wanted is (how == "is"))
    if isinstance(wanted, str):
        if how not in list(TextOrder):
            raise place.refuse(
                "a text is neither above nor below another", 'Write a number, or `{"date": "2026-11-23"}`'
            )
        return FieldText(field, TextOrder(how), wanted)
    if how not in list(Order):
        raise place.refuse("a text belongs here", 'Write it in quotes: `"…"`')
    if isinstance(wanted, int | float):
        return FieldNumber(field, Order(how), wanted)
    if not isinstance(wanted, Mapping) or "date" not in wanted:
        remedy = 'Write `"text"`, `18`, `true` or `{"date": "2026-11-23"}`'
        raise place.refuse("a text, a number, true, false or a date belongs here", remedy)
    place.only(wanted, {"date"})
    inner = place / "date"
    with inner.blaming():
        day = day_of(inner.text(wanted["date"]))
    if day is None:
        raise inner.refuse("a day belongs here", 'Write `"2026-11-23"`')
    return FieldDate(field, Order(how), day)


def _comparison(word: str, value: Members, place: Place, known: tuple[str, ...]) -> tuple[str, Place]:
    """Return the one comparison beside `word`, and its place."""
    others = [key for key in value if key != word]
    if len(others) != 1:
        raise place.refuse(
            f"one comparison belongs beside `{word}`", "Use one of " + ", ".join(f"`{name}`" for name in known)
        )
    how = others[0]
    if not isinstance(how, str) or how not in known:
        raise place.unknown("the comparison is not known here", [how], known)
    return str(how), place / how


def _any_known(word: str, value: Members, place: Place) -> Condition:
    place.only(value, {word, "known"})
    if "known" not in value:
        raise place.refuse("`known` is missing", "Write `true` or `false` under `known`")
    return AnyKnown((place / word).one_of(Several, value[word]), (place / "known").flag(value["known"]))


LEAVES: dict[str, Callable[[str, Members, Place], Condition]] = {
    **dict.fromkeys(NAMED, _named),
    "list": _any_known,
    "field": _field,
    "detail": _detail,
    "time": _time,
    "completed": _completed,
}
"""Readers of the conditions that hold no other, by the key that tells them."""


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
    AnyKnown: lambda one: {"list": str(one.of), "known": one.known},
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


class Reader:
    """Reads a condition from what `json.loads` gives. A flow file's reader takes its values in other ways."""

    def read(self, value: object) -> Condition:
        """Return the condition. Raises FilterInvalid with the JSON path, as in `$.all[1].not`."""
        condition = self.condition(value)
        if len(show(condition)) > LONGEST:
            raise Place().refuse(f"as text, the filter has more than {LONGEST:,} characters", "Shorten it")
        return condition

    def condition(self, value: object) -> Condition:
        """Return the condition, however long. Raises FilterInvalid."""
        return self._condition(value, Place(), 0)

    def leaf(self, word: str, value: Members, place: Place) -> Condition:
        """Read a condition that holds no other, told by its key `word`."""
        return read_leaf(word, value, place)

    def alone(self, place: Place) -> None:
        """Decide about a list of one condition."""
        raise place.refuse("two or more conditions are joined", "Write a list of them, or the one condition alone")

    def _condition(self, value: object, place: Place, depth: int) -> Condition:
        if depth > DEEPEST:
            raise place.refuse(f"as text, more than {DEEPEST} `not` and parentheses would be open", "Nest less deeply")
        if not isinstance(value, Mapping):
            raise place.refuse("a condition is an object", 'Write it as `{"tag": "vip"}`')
        word = next((word for word in ("all", "any", "not", *self.words) if word in value), None)
        if word is None:
            raise place.unknown("this object is not a condition", value, ("all", "any", "not", *LEAVES))
        if word in self.words:
            return self.leaf(word, value, place)
        place.only(value, {word})
        inner = place / word
        if word == "not":
            return Not(self._nested(value[word], inner, depth + 1, (And, Or)))
        kind = _JOINED[word]
        several = value[word]
        if not isinstance(several, list) or not several:
            raise inner.refuse("two or more conditions are joined", "Write a list of them")
        if len(several) == 1:
            self.alone(inner)
            return self._condition(several[0], inner / 0, depth)
        opening = (And, Or) if kind is And else (Or,)
        return kind(tuple(self._nested(one, inner / number, depth, opening) for number, one in enumerate(several)))

    def _nested(self, value: object, place: Place, depth: int, opening: tuple[type, ...]) -> Condition:
        """Read a condition inside another one; those of the kinds `opening` stand in parentheses in the text."""
        opened = isinstance(value, Mapping) and any(word in value and kind in opening for word, kind in _JOINED.items())
        return self._condition(value, place, depth + opened)

    words: Collection[str] = tuple(LEAVES)
    """Keys that tell a condition which holds no other."""


def read(value: object) -> Condition:
    """Read a condition from what `json.loads` gives. Raises FilterInvalid with the JSON path, as in `$.all[1].not`."""
    return Reader().read(value)


def condition_schema(scalar: list[str]) -> dict[str, Any]:
    """Return the JSON Schema of a condition, written as text or as JSON; `scalar`: the types that a text may have."""
    text: dict[str, Any] = {"type": scalar, "minLength": 1}
    flag = {"type": "boolean"}
    here = {"$ref": "#/$defs/Condition"}
    moment = {str(name): {"type": "string"} for name in (*Order, "within", "not_within")}
    value = {"anyOf": [text, {"type": "number"}, flag, _object({"date": {"type": "string"}})]}

    def leaf(word: str, of: dict[str, Any], rest: dict[str, Any], maximum: int = 2) -> dict[str, Any]:
        return {**_object({word: of, **rest}, required=word), "minProperties": maximum, "maxProperties": maximum}

    leaves = [
        *(leaf(word, text, {}, 1) for word in NAMED),
        leaf("field", text, {**{str(key): value for key in _FIELD_KEYS}, "known": flag}),
        leaf("detail", {"enum": list(map(str, Detail))}, {**{str(key): text for key in TextOrder}, "known": flag}),
        leaf("time", {"enum": list(map(str, When))}, {**moment, "known": flag}),
        leaf("completed", {"enum": list(map(str, Kind))}, {"item": text}),
        leaf("list", {"enum": list(map(str, Several))}, {"known": flag}),
    ]
    old = [
        leaf("language", text, {}, 1),
        leaf("segment", text, {"is": {"enum": ["member", "opted_out"]}}),
    ]
    several = {"type": "array", "items": here, "minItems": 1}
    joined = [leaf("all", several, {}, 1), leaf("any", several, {}, 1), leaf("not", here, {}, 1)]
    return {
        "description": "The filter language as text, such as `tag:vip and field.age >= 18`, or in its YAML form.",
        "anyOf": [{"type": "string", "minLength": 1}, *leaves, *joined, *old],
    }


def _object(properties: dict[str, Any], required: str | None = None) -> dict[str, Any]:
    needed = {} if required is None else {"required": [required]}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}
