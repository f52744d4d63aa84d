"""The condition of an `if`: the filter language, as text or in its YAML form, and the form that flows had before.

In YAML a value without quotes is read by what the field holds, or where the flow does not know that, by its looks: a
number, a day, `true` or `false`, else a text. In quotes it is a text. JSON has its own types.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from filters.model import And, DetailKnown, DetailText, FilterInvalid, InSegment, Not, OptedOut, Or, TextOrder
from filters.model import Condition as FilterCondition
from filters.model import Detail as FilterDetail
from filters.parse import parse_places
from filters.wire import LEAVES, Members, Place, Reader, read_leaf, write
from filters.words import day_of, number_of, show
from messages.contact import IN_FLOWS, LANGUAGE

BAD_CONDITION: Final = "bad-condition"
"""The code of a condition that can't be read."""

_BEFORE: Final = frozenset({"is", "is_not", "contains", "at_least", "at_most", "known"})
_ORDERED: Final = frozenset({"at_least", "at_most", "before", "after"})
_TEXTS: Final = frozenset({"text", "email", "choice"})


class Bare(str):
    """A value that is written without quotes."""

    __slots__ = ()


class StoredField(msgspec.Struct, frozen=True):
    """A field compared as flows did before they had the filter language: in revisions that were pushed then."""

    field: str
    how: str
    value: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a flow file says elsewhere that its conditions are read by."""

    types: Mapping[str, str] = field(default_factory=dict)
    """What each field of the flow holds."""
    fallback: str = ""
    """The language of those who are known to speak none."""
    is_pushed: bool = False
    """Whether this is the text of a revision: comparisons of fields in it mean what they did before."""


@dataclass(frozen=True, slots=True)
class If:
    """A condition as it is written."""

    condition: FilterCondition
    """A leaf may be a `StoredField`."""
    places: tuple[tuple[str | int, ...], ...] = field(compare=False)
    """Where each condition that holds no other stands: steps of the YAML form, or one offset in the text."""
    old: tuple[tuple[str | int, ...], ...] = field(default=(), compare=False)
    """Where something is written in the form that flows had before."""


def _read(value: object, info: ValidationInfo) -> If:
    if isinstance(value, If):
        return value
    facts = info.context if isinstance(info.context, Facts) else Facts()
    try:
        return read_condition(value, facts)
    except FilterInvalid as error:
        at = error.at if isinstance(error.at, tuple) else (error.at,)
        told = {"words": error.problem, "remedy": error.remedy, "at": at}
        raise PydanticCustomError(BAD_CONDITION, "{words}", told) from None


def _written(asked: If) -> object:
    return _form(asked.condition) if holds_stored(asked.condition) else show(asked.condition)


def _form(condition: FilterCondition) -> object:
    match condition:
        case Not(condition=inner):
            return {"not": _form(inner)}
        case And(conditions=several):
            return {"all": [_form(one) for one in several]}
        case Or(conditions=several):
            return {"any": [_form(one) for one in several]}
        case StoredField(field=name, how=how, value=value):
            return {"field": name, how: value}
    return write(condition)


Condition = Annotated[
    If, PlainValidator(_read), PlainSerializer(_written), WithJsonSchema({"format": "condition"}, mode="validation")
]
"""`"tag:vip and field.age >= 18"`, or `{all: [{tag: vip}, {field: age, at_least: 18}]}`; docs/filters.md has it all."""


def read_condition(value: object, facts: Facts) -> If:
    """Read the value of an `if`. Raises FilterInvalid."""
    if value is None:
        raise FilterInvalid("nothing is written under `if`", remedy='Write a condition: `"tag:vip"` or `{tag: vip}`')
    if isinstance(value, str):
        condition, offsets = parse_places(str(value))
        return If(condition, tuple((offset,) for offset in offsets))
    reader = _FlowReader(facts)
    condition = reader.condition(value)
    return If(condition, tuple(reader.places), tuple(reader.old))


class _FlowReader(Reader):
    """Reads the YAML form, and what only flows had."""

    words = ("language", *LEAVES)

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.places: list[tuple[str | int, ...]] = []
        self.old: list[tuple[str | int, ...]] = []

    def _condition(self, value: object, place: Place, depth: int) -> FilterCondition:
        """Take text anywhere in the form, too."""
        if not isinstance(value, str) or not place.steps:
            return super()._condition(value, place, depth)
        try:
            condition, offsets = parse_places(str(value))
        except FilterInvalid as error:
            at = (*place.steps, *((error.at,) if isinstance(error.at, int) else error.at))
            raise FilterInvalid(error.problem, at=at, place=error.place, remedy=error.remedy) from None
        self.places.extend((*place.steps, offset) for offset in offsets)
        return condition

    def alone(self, place: Place) -> None:
        self.old.append(place.steps)

    def leaf(self, word: str, value: Members, place: Place) -> FilterCondition:
        self.places.append(place.steps)
        if word == "language":
            place.only(value, {word})
            self.old.append(place.steps)
            return self._language(TextOrder.IS, _text(value[word], place / word), place)
        if word == "segment" and "is" in value:
            return self._segment(value, place)
        if word == "field":
            return self._field(value, place)
        return read_leaf(word, {key: _flag(key, one) for key, one in value.items()}, place)

    def _language(self, order: TextOrder, language: str, place: Place) -> FilterCondition:
        """Who is known to speak no language is spoken to in the flow's first."""
        with place.blaming():
            asked = DetailText(FilterDetail.LANGUAGE, order, language)
        fallback = self.facts.fallback.casefold()
        speaks = fallback == language.casefold() or fallback.startswith(f"{language.casefold()}-")
        if speaks is not (order is TextOrder.IS):
            return asked
        self.places.append(place.steps)
        return Or((asked, DetailKnown(FilterDetail.LANGUAGE, known=False)))

    def _segment(self, value: Members, place: Place) -> FilterCondition:
        place.only(value, {"segment", "is"})
        name, how = _text(value["segment"], place / "segment"), value["is"]
        if how not in ("member", "opted_out"):
            raise (place / "is").refuse("a segment is asked by its name alone", "Write `member` or `opted_out`")
        self.old.append(place.steps)
        with (place / "segment").blaming():
            return OptedOut(name) if how == "opted_out" else InSegment(name)

    def _field(self, value: Members, place: Place) -> FilterCondition:
        name = _text(value["field"], place / "field")
        hows = [key for key in value if key != "field"]
        if len(hows) != 1 or not isinstance(how := hows[0], str):
            return read_leaf("field", value, place)
        wanted = value[how]
        if self.facts.is_pushed and how in _BEFORE and isinstance(wanted, str):
            stored: Any = StoredField(name, how, str(wanted))
            return stored  # type: ignore[no-any-return]  # the engine and the checks know it
        if name not in self.facts.types and name in IN_FLOWS and how not in _ORDERED:
            self.old.append(place.steps)
            if name == LANGUAGE and how in ("is", "is_not") and isinstance(wanted, str):
                return self._language(TextOrder(how), str(wanted), place)
            return read_leaf("detail", {"detail": name, how: _flag(how, wanted)}, place)
        typed = self._typed(name, how, wanted)
        if isinstance(wanted, str) and not isinstance(wanted, Bare) and not isinstance(typed, str):
            self.old.append(place.steps)
        return read_leaf("field", {"field": name, how: typed}, place)

    def _typed(self, name: str, how: str, wanted: object) -> object:
        """Return a value as JSON has it."""
        if how == "known" or not isinstance(wanted, str):
            return _flag(how, wanted)
        text, kind = str(wanted), self.facts.types.get(name)
        by_looks = how in _ORDERED or (kind is None and isinstance(wanted, Bare))
        if how in ("contains", "starts_with") or (kind in _TEXTS and not by_looks):
            return text
        number = number_of(text) if kind == "number" or by_looks else None
        if number is not None:
            return number
        if (kind == "date" or by_looks) and _is_day(text):
            return {"date": text}
        return text == "true" if by_looks and text in ("true", "false") else text


def _text(value: object, place: Place) -> str:
    return str(place.text(value))


def _flag(key: object, value: object) -> object:
    """Return `known` as JSON has it; what is in a mapping, and everything else, as a text."""
    if key == "known" and isinstance(value, Bare) and value in ("true", "false"):
        return value == "true"
    if isinstance(value, Mapping):
        return {inner: _flag("", one) for inner, one in value.items()}
    return str(value) if isinstance(value, str) else value


def _is_day(text: str) -> bool:
    try:
        return day_of(text) is not None
    except ValueError:
        return False


def holds_stored(condition: FilterCondition) -> bool:
    """Tell whether a condition has comparisons of before in it."""
    match condition:
        case Not(condition=inner):
            return holds_stored(inner)
        case And(conditions=several) | Or(conditions=several):
            return any(map(holds_stored, several))
    return isinstance(condition, StoredField)
