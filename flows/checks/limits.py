"""Limits of answers that nobody can keep, that nothing asks for, or that the person is not told."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from flows.checks.questions import form_of
from flows.checks.view import Check, Fault, Limits, View, by_language, error, warning
from flows.limits import LIMITS, RULES, Rule, written_date, written_number
from flows.model.base import Localised
from flows.model.parts import QuestionPart
from flows.walk import Path

BAD_LIMIT = error("bad-limit", "A limit of an answer is no value of the question's type.")
CROSSED_LIMITS = error("crossed-limits", "No answer can keep the limits of a question.")
UNUSED_LIMIT = warning("unused-limit", "A limit, or a text for one, that a question does not use.")
LIMIT_NOT_SAID = warning("limit-not-said", "A question's `retry` does not name the limit that an answer broke.")

_NUMBER = re.compile(r"(?:(?<![0-9])-)?[0-9]+(?:[.,][0-9]+)?")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    for path, _, part in view.parts:
        if isinstance(part, QuestionPart):
            yield from _unused(path, part)
            faults = [*_unreadable(path, part)]
            yield from faults
            if not faults:
                yield from _crossed(path, part)
                yield from _not_said(path, part)


def _set(part: QuestionPart) -> list[Rule]:
    return [rule for rule in LIMITS.get(part.type, ()) if getattr(part, rule) is not None]


def _unused(path: Path, part: QuestionPart) -> Iterator[Fault]:
    used = _set(part)
    for rule in RULES:
        if getattr(part, rule) is not None and rule not in used:
            types = " or ".join(kind for kind, rules in LIMITS.items() if rule in rules)
            yield UNUSED_LIMIT.broken(
                (*path, rule),
                f"a {part.type} question does not use `{rule}`",
                f"Delete it, or ask for a {types}",
                at_key=True,
            )
        elif part.retry_for is not None and getattr(part.retry_for, rule) is not None and rule not in used:
            yield UNUSED_LIMIT.broken(
                (*path, "retry_for", rule),
                f"the question has no `{rule}`, so this is never said",
                f"Delete it, or add `{rule}` to the question",
                at_key=True,
            )


def _unreadable(path: Path, part: QuestionPart) -> Iterator[Fault]:
    for rule in _set(part):
        written = str(getattr(part, rule))
        if _value(part, rule) is None:
            yield BAD_LIMIT.broken((*path, rule), f"`{written}` is no {part.type}", f"Write {form_of(part.type)}")
        elif rule == "step" and (written_number(written) or 0) <= 0:
            yield BAD_LIMIT.broken((*path, rule), f"numbers can't be {written} apart", "Write a number above 0")


def _value(part: QuestionPart, rule: Rule) -> Decimal | date | None:
    written = getattr(part, rule)
    if written is None:
        return None
    return written_date(str(written)) if part.type == "date" else written_number(str(written))


def _crossed(path: Path, part: QuestionPart) -> Iterator[Fault]:
    low: Rule = "min_length" if part.type == "text" else "min"
    high: Rule = "max_length" if part.type == "text" else "max"
    if {low, high} <= {*_set(part)}:
        least, greatest = _value(part, low), _value(part, high)
        if least is not None and greatest is not None and _above(least, greatest):
            yield CROSSED_LIMITS.broken(
                (*path, low),
                f"`{low}` {getattr(part, low)} is above `{high}` {getattr(part, high)}: no answer fits",
                "Exchange the two, or correct one",
            )


def _above(least: Decimal | date, greatest: Decimal | date) -> bool:
    """Both are of the question's type."""
    return least > greatest  # type: ignore[operator]


def _not_said(path: Path, part: QuestionPart) -> Iterator[Fault]:
    """`retry` is said to every answer that does not fit, so it names each limit that has no text of its own."""
    if part.retry is None:
        return
    for rule in _set(part):
        if rule == "step" or (part.retry_for is not None and getattr(part.retry_for, rule) is not None):
            continue
        if not _names(part.retry, part, rule):
            yield LIMIT_NOT_SAID.broken(
                (*path, "retry"),
                f"the text does not name `{rule}`, {getattr(part, rule)}: the person has to guess it",
                f"Name it, or say it in `retry_for: {{{rule}: ...}}`",
            )
            return


def _names(text: Localised, part: QuestionPart, rule: Rule) -> bool:
    return all("{{" in words or _named_in(words, part, rule) for _, words in by_language(text))


def _named_in(words: str, part: QuestionPart, rule: Rule) -> bool:
    value = _value(part, rule)
    if isinstance(value, date):
        return value.isoformat() in words or str(value.day) in re.findall(r"[1-9][0-9]*", words)
    return value in [Decimal(number.replace(",", ".")) for number in _NUMBER.findall(words)]


CHECK = Check((BAD_LIMIT, CROSSED_LIMITS, UNUSED_LIMIT, LIMIT_NOT_SAID), _find)
