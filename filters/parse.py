"""The text of a filter, read. The grammar is in docs/filters.md."""

import re
from difflib import get_close_matches
from typing import NoReturn

from filters.lex import Cursor, Shape, Token
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
from filters.words import BEGINNINGS, COMPARING, JOINING, SIGNS, day_of, moment_of, number_of, show

KNOWN = "known"
UNKNOWN = "unknown"
IS = "is"
IS_NOT = "is_not"
WITHIN = "within"
NOT_WITHIN = "not_within"

DETAIL_WORDS = ("is", "is not", "contains", "starts with", "is known", "is unknown")
TIME_WORDS = ("within", "not within", "on", "since", "until", "before", "after", "is not", "is known", "is unknown")
FIELD_WORDS = (*DETAIL_WORDS, ">=", "<=", "<", ">", "at least", "at most", "since", "until", "before", "after")

_PAIRS = {
    ("starts", "with"): "starts_with",
    ("at", "least"): "at_least",
    ("at", "most"): "at_most",
    ("not", "within"): NOT_WITHIN,
}


def read_operator(cursor: Cursor, words: tuple[str, ...]) -> str:
    """Take a comparison, one of `words` or another spelling of one, and return its name. Raises FilterInvalid."""
    token = cursor.next
    operator = _read(cursor, words)
    if operator not in _names(words):
        raise cursor.refuse(
            f"`{operator.replace('_', ' ')}` does not go with this",
            "Use one of " + ", ".join(f"`{word}`" for word in words),
            token,
        )
    return operator


def _read(cursor: Cursor, words: tuple[str, ...]) -> str:
    if cursor.take("is"):
        return _is(cursor)
    word = cursor.next.word
    simple = SIGNS.get(word) or COMPARING.get(word)
    if simple is not None:
        cursor.advance()
        return str(simple)
    seconds = {second: name for (first, second), name in _PAIRS.items() if first == word}
    if seconds:
        cursor.advance()
        for second, name in seconds.items():
            if cursor.take(second):
                return name
        said = " or ".join(f"`{second}`" for second in seconds)
        raise cursor.refuse(f"expected {said} after `{word}`, found {cursor.found}", f"Write {said}")
    raise cursor.expected("a comparison", words)


def _is(cursor: Cursor) -> str:
    negated = cursor.take("not")
    for word, other in ((KNOWN, UNKNOWN), (UNKNOWN, KNOWN)):
        if cursor.take(word):
            return other if negated else word
    return IS_NOT if negated else IS


def _names(words: tuple[str, ...]) -> set[str]:
    names = {
        word.removeprefix("is ") if word in ("is known", "is unknown") else word.replace(" ", "_") for word in words
    }
    return {str(SIGNS.get(name) or COMPARING.get(name) or name) for name in names}


_FIELD = "field."
_UNITS = {"d": Unit.DAYS, "day": Unit.DAYS, "days": Unit.DAYS, "h": Unit.HOURS, "hour": Unit.HOURS, "hours": Unit.HOURS}
_SPAN = re.compile(r"([0-9]{1,9})([A-Za-z]*)")


def read_leaf(cursor: Cursor) -> Condition:
    """Read one condition that holds no other. Raises FilterInvalid."""
    token = cursor.next
    word = token.word
    if word.startswith(_FIELD):
        return _field(cursor)
    if word in NAMED:
        return _named(cursor, word)
    if word == "completed":
        return _completed(cursor)
    if word in list(Detail):
        return _detail(cursor, Detail(word))
    if word in list(When):
        return _time(cursor, When(word))
    if word == "field":
        raise cursor.refuse("a field has no name here", "Write `field.` and its name, such as `field.age >= 18`")
    raise cursor.expected("a condition", BEGINNINGS)


def _named(cursor: Cursor, word: str) -> Condition:
    cursor.advance()
    if word in list(Several) and cursor.next.word == IS:
        return AnyKnown(Several(word), read_operator(cursor, ("is known", "is unknown")) == KNOWN)
    name = _name(cursor, word)
    with cursor.blaming(name):
        return NAMED[word](name.text)


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
    raise cursor.refuse(f"expected a value, found {cursor.found}", 'Write a value; a text may be in quotes: `"…"`')


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
        raise cursor.refuse(f"`{unit}` is not a unit", "Write days or hours: `7d`, `48h`")
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
        remedy = "Write `18`, `1.5` or `2026-11-23`; put a text that begins like this in quotes"
        raise cursor.refuse("this is neither a number nor a day", remedy, value)
    return _text(cursor, field, operator, value)


def parse(text: str) -> Condition:
    """Read a filter. Raises FilterInvalid with the column, what was expected there and the nearest known word."""
    return parse_places(text)[0]


def parse_places(text: str) -> tuple[Condition, tuple[int, ...]]:
    """Read a filter, and tell where in the text each condition that holds no other begins, in their order.

    Raises FilterInvalid.
    """
    if len(text) > LONGEST:
        raise FilterInvalid(f"the filter has {len(text):,} characters", remedy=f"Shorten it to {LONGEST:,}")
    cursor = Cursor(text)
    if cursor.ended():
        raise cursor.refuse("the filter is empty", "Write a condition, such as `tag:vip`")
    condition = _either(cursor, 0)
    if not cursor.ended():
        _refuse_rest(cursor)
    if len(show(condition)) > LONGEST:
        problem = f"the filter has more than {LONGEST:,} characters once it is spelled out"
        raise FilterInvalid(problem, remedy="Shorten it")
    return condition, tuple(cursor.leaves)


def _either(cursor: Cursor, depth: int) -> Condition:
    found = [_all(cursor, depth)]
    while cursor.take("or"):
        found.append(_all(cursor, depth))
    return Or(tuple(found)) if len(found) > 1 else found[0]


def _all(cursor: Cursor, depth: int) -> Condition:
    found = [_one(cursor, depth)]
    while cursor.take("and"):
        found.append(_one(cursor, depth))
    return And(tuple(found)) if len(found) > 1 else found[0]


def _one(cursor: Cursor, depth: int) -> Condition:
    token = cursor.next
    if token.word in ("not", "("):
        if depth == DEEPEST:
            raise cursor.refuse(f"more than {DEEPEST} `not` and parentheses are open here", "Nest less deeply")
        cursor.advance()
        if token.word == "not":
            return Not(_one(cursor, depth + 1))
        inside = _either(cursor, depth + 1)
        if not cursor.take(")"):
            _refuse_rest(cursor, opened=token.at)
        return inside
    cursor.leaves.append(token.at)
    return read_leaf(cursor)


def _refuse_rest(cursor: Cursor, opened: int | None = None) -> NoReturn:
    """Refuse what stands after a whole condition, where it can't be told what it is for."""
    wanted = "`and` or `or`" + ("" if opened is None else f", or `)` for the `(` at {cursor.place(opened)}")
    word = cursor.next.word
    if word == ")":
        raise cursor.refuse("this `)` closes nothing", "Delete it, or open a `(` before")
    if cursor.ended():
        raise cursor.refuse(f"expected {wanted}, found the end", "Write `)`")
    near = get_close_matches(word, ("and", "or"), n=1)
    if near:
        raise cursor.refuse(f"expected {wanted}, found {cursor.found}", f"Did you mean `{near[0]}`?")
    if word in BEGINNINGS:
        raise cursor.refuse(f"expected {wanted}, found {cursor.found}", f"Write `and` or `or` before `{word}`")
    raise cursor.refuse(f"expected {wanted}, found {cursor.found}", "Put a text of several words in quotes")
