"""The text of a filter, read. The grammar is in docs/filters.md."""

from difflib import get_close_matches
from typing import NoReturn

from messages.errors import BadInput
from segments.filters.cursor import Cursor
from segments.filters.kinds import DEEPEST, LONGEST
from segments.filters.leaves import read_leaf
from segments.filters.model import And, Condition, Not, Or
from segments.filters.show import show
from segments.filters.words import BEGINNINGS


def parse(text: str) -> Condition:
    """Read a filter. Raises BadInput with the column, what was expected there and the nearest known word."""
    if len(text) > LONGEST:
        raise BadInput(f"the filter has {len(text):,} characters", remedy=f"Shorten it to {LONGEST:,}")
    cursor = Cursor(text)
    if cursor.ended():
        raise cursor.refuse("the filter is empty", "Write a condition, such as `tag:vip`")
    condition = _either(cursor, 0)
    if not cursor.ended():
        _refuse_rest(cursor)
    if len(show(condition)) > LONGEST:
        raise BadInput(f"the filter has more than {LONGEST:,} characters once it is spelled out", remedy="Shorten it")
    return condition


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
    raise cursor.refuse(f"expected {wanted}, found {cursor.found}", "Texts of several words stand in quotes")
