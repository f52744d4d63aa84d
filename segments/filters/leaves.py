"""Single conditions of a filter's text, read: what they are about, then how it compares."""

import re
from difflib import get_close_matches

from segments.filters.cursor import Cursor
from segments.filters.kinds import Detail, Kind, Order, TextOrder, Unit, When
from segments.filters.lex import Shape, Token
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
from segments.filters.operators import (
    DETAIL_WORDS,
    FIELD_WORDS,
    IS,
    IS_NOT,
    KNOWN,
    NOT_WITHIN,
    TIME_WORDS,
    UNKNOWN,
    WITHIN,
    read_operator,
)
from segments.filters.words import BEGINNINGS, JOINING, day_of, moment_of, number_of

_FIELD = "field."
_UNITS = {"d": Unit.DAYS, "day": Unit.DAYS, "days": Unit.DAYS, "h": Unit.HOURS, "hour": Unit.HOURS, "hours": Unit.HOURS}
_SPAN = re.compile(r"([0-9]{1,9})([A-Za-z]*)")


def read_leaf(cursor: Cursor) -> Condition:
    """Read one condition that holds no other. Raises BadInput."""
    token = cursor.next
    word = token.word
    if word.startswith(_FIELD):
        return _field(cursor)
    if word in NAMED:
        cursor.advance()
        name = _name(cursor, word)
        with cursor.blaming(name):
            return NAMED[word](name.text)
    if word == "completed":
        return _completed(cursor)
    if word in list(Detail):
        return _detail(cursor, Detail(word))
    if word in list(When):
        return _time(cursor, When(word))
    if word == "field":
        raise cursor.refuse("a field has no name here", "Write `field.` and its name, such as `field.age >= 18`")
    raise cursor.expected("a condition", BEGINNINGS)


def _name(cursor: Cursor, before: str) -> Token:
    """Take `:` and a name."""
    if not cursor.take(":"):
        raise cursor.refuse(f"expected `:` after `{before}`, found {cursor.found}", f"Write `{before}:` and a name")
    if cursor.next.shape not in (Shape.WORD, Shape.QUOTED):
        raise cursor.refuse(
            f"expected a name after `{before}:`, found {cursor.found}", "Write a name, or one in quotes"
        )
    return cursor.advance()


def _completed(cursor: Cursor) -> Condition:
    cursor.advance()
    word = cursor.next.word
    if word not in list(Kind):
        raise cursor.expected("what was completed", Kind)
    cursor.advance()
    item = _name(cursor, word)
    with cursor.blaming(item):
        return Completed(Kind(word), item.text)


def _detail(cursor: Cursor, detail: Detail) -> Condition:
    cursor.advance()
    operator = read_operator(cursor, DETAIL_WORDS)
    if operator in (KNOWN, UNKNOWN):
        return DetailKnown(detail, operator == KNOWN)
    value = _value(cursor)
    with cursor.blaming(value):
        return DetailText(detail, TextOrder(operator), value.text)


def _value(cursor: Cursor) -> Token:
    token = cursor.next
    if token.shape is Shape.QUOTED or (token.shape is Shape.WORD and token.word not in JOINING):
        return cursor.advance()
    raise cursor.refuse(f"expected a value, found {cursor.found}", 'Write a value; a text may stand in quotes: `"…"`')


def _time(cursor: Cursor, when: When) -> Condition:
    cursor.advance()
    operator = read_operator(cursor, TIME_WORDS)
    if operator in (KNOWN, UNKNOWN):
        return TimeKnown(when, operator == KNOWN)
    if operator in (WITHIN, NOT_WITHIN):
        return _within(cursor, when, within=operator == WITHIN)
    value = cursor.next
    with cursor.blaming(value):
        at = None if value.shape is Shape.QUOTED else day_of(value.text) or moment_of(value.text)
        if at is None:
            near = get_close_matches(value.word, (KNOWN, UNKNOWN), n=1)
            remedy = f"Did you mean `{near[0]}`?" if near else "Write `2026-11-23`, or `2026-11-23T09:30Z`"
            raise cursor.refuse(f"expected a day or a moment, found {cursor.found}", remedy)
        cursor.advance()
        return TimeCompared(when, Order(operator), at)


def _within(cursor: Cursor, when: When, *, within: bool) -> Condition:
    token = cursor.next
    span = _SPAN.fullmatch(token.word)
    if span is None:
        raise cursor.refuse(f"expected a number of days or hours, found {cursor.found}", "Write `7d` or `48h`")
    amount, unit = span.groups()
    if unit and unit not in _UNITS:
        raise cursor.refuse(f"`{unit}` is no unit", "Write days or hours: `7d`, `48h`")
    cursor.advance()
    if not unit:
        unit = cursor.next.word
        if unit not in _UNITS:
            raise cursor.expected("`days` or `hours`", ("days", "hours"))
        cursor.advance()
    with cursor.blaming(token):
        return TimeWithin(when, int(amount), _UNITS[unit], within)


def _field(cursor: Cursor) -> Condition:
    token = cursor.advance()
    field = token.text[len(_FIELD) :]
    if not field:
        if cursor.next.shape is not Shape.QUOTED or cursor.next.at != token.end:
            raise cursor.refuse("a field has no name here", "Write its name right after `field.`", token)
        field = cursor.advance().text
    operator = read_operator(cursor, FIELD_WORDS)
    if operator in (KNOWN, UNKNOWN):
        with cursor.blaming(token):
            return FieldKnown(field, operator == KNOWN)
    value = _value(cursor)
    with cursor.blaming(value):
        if operator in (TextOrder.CONTAINS, TextOrder.STARTS_WITH) or value.shape is Shape.QUOTED:
            return _text(cursor, field, operator, value)
        return _typed(cursor, field, operator, value)


def _text(cursor: Cursor, field: str, operator: str, value: Token) -> Condition:
    if operator not in list(TextOrder):
        remedy = "Write a number or a date without quotes; texts compare by `is`, `is not`, `contains`, `starts with`"
        raise cursor.refuse("a text is neither above nor below another", remedy, value)
    return FieldText(field, TextOrder(operator), value.text)


def _typed(cursor: Cursor, field: str, operator: str, value: Token) -> Condition:
    if value.word in ("yes", "no"):
        if operator not in (IS, IS_NOT):
            raise cursor.refuse(f"`{value.word}` is compared by `is`", f"Write `is {value.word}`", value)
        return FieldYesNo(field, (value.word == "yes") is (operator == IS))
    number = number_of(value.text)
    if number is not None:
        return FieldNumber(field, Order(operator), number)
    day = day_of(value.text)
    if day is not None:
        return FieldDate(field, Order(operator), day)
    if value.text[0].isdigit() or value.text[0] in "+-":
        remedy = "Write `18`, `1.5` or `2026-11-23`; a text that begins so stands in quotes"
        raise cursor.refuse("this is neither a number nor a day", remedy, value)
    return _text(cursor, field, operator, value)
