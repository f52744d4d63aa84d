"""Single conditions of a filter's JSON, read."""

import re
from collections.abc import Callable, Mapping

from segments.filters.kinds import Detail, Kind, Order, TextOrder, Unit, When
from segments.filters.model import (
    NAMED,
    Completed,
    Condition,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldKnown,
    FieldNumber,
    FieldText,
    FieldYesNo,
    TimeCompared,
    TimeKnown,
    TimeWithin,
)
from segments.filters.wire_values import Place
from segments.filters.words import day_of, moment_of

Members = Mapping[object, object]

_FIELD_KEYS = (*TextOrder, Order.AT_LEAST, Order.AT_MOST, Order.BEFORE, Order.AFTER, "known")
_SPAN = re.compile(r"([1-9][0-9]{0,8})([dh])")


def read_leaf(word: str, value: Members, place: Place) -> Condition:
    """Read a condition that holds no other, told by its key `word`. Raises BadInput."""
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


LEAVES: dict[str, Callable[[str, Members, Place], Condition]] = {
    **dict.fromkeys(NAMED, _named),
    "field": _field,
    "detail": _detail,
    "time": _time,
    "completed": _completed,
}
"""Readers of the conditions that hold no other, by the key that tells them."""
