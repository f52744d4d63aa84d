"""Conditions that compare nothing, too much, or the wrong way."""

from collections.abc import Iterator

from flows.checks.questions import choice_values, field_types, fits, form_of
from flows.checks.view import Check, Fault, Limits, View, error, warning
from flows.engine.values import read_answer
from flows.model.conditions import FieldCondition
from flows.model.parts import SetPart
from flows.source.nearest import did_you_mean
from flows.template import has_placeholders
from flows.walk import Path

ONE_COMPARISON = error("one-comparison", "A field condition has no comparison, or several.")
WRONG_COMPARISON = error("wrong-comparison", "A comparison does not work on the field's type.")
WRONG_FIELD_VALUE = error("wrong-field-value", "A field is given a value that is not of its type.")
UNKNOWN_CHOICE = warning(
    "unknown-choice", "A field is compared with, or set to, something that is none of its choices."
)

_ORDERED = ("number", "date")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    types = field_types(view)
    choices = choice_values(view)
    for path, _, condition in view.conditions:
        if isinstance(condition, FieldCondition):
            yield from _comparisons(path, condition, types.get(condition.field, ""))
            for key, value in (("is", condition.is_), ("is_not", condition.is_not)):
                if value is not None:
                    yield from _choice((*path, key), value, choices.get(condition.field))
    for path, _, part in view.parts:
        if isinstance(part, SetPart) and not has_placeholders(part.to):
            kind = types.get(part.set, "")
            if kind and read_answer(kind, part.to, "en-GB") is None:
                yield WRONG_FIELD_VALUE.broken(
                    (*path, "to"),
                    f"`{part.set}` is a {kind} field and can't hold `{part.to}`",
                    f"Write {form_of(kind)}",
                )
            else:
                yield from _choice((*path, "to"), part.to, choices.get(part.set))


def _comparisons(path: Path, condition: FieldCondition, kind: str) -> Iterator[Fault]:
    made = {
        "is": condition.is_,
        "is_not": condition.is_not,
        "contains": condition.contains,
        "at_least": condition.at_least,
        "at_most": condition.at_most,
        "known": condition.known,
    }
    used = {key: value for key, value in made.items() if value is not None}
    if len(used) != 1:
        what = (
            "compares nothing" if not used else f"has {len(used)} comparisons: {', '.join(f'`{key}`' for key in used)}"
        )
        remedy = "Give it one of `is`, `is_not`, `contains`, `at_least`, `at_most`, `known`"
        if used:
            remedy = "Keep one here, and join several conditions with `all:` or `any:`"
        yield ONE_COMPARISON.broken(path, f"the condition on `{condition.field}` {what}", remedy)
    for key, value in used.items():
        if key in ("at_least", "at_most") and kind not in (*_ORDERED, ""):
            yield WRONG_COMPARISON.broken(
                (*path, key),
                f"`{key}` works on numbers and dates, and `{condition.field}` is a {kind} field",
                "Use `is`, `is_not` or `contains`, or give the field the type `number` or `date`",
                at_key=True,
            )
        elif key == "contains" and kind in _ORDERED:
            yield WRONG_COMPARISON.broken(
                (*path, key),
                f"`contains` works on texts, and `{condition.field}` is a {kind} field",
                "Use `is`, `at_least` or `at_most`",
                at_key=True,
            )
        elif kind in _ORDERED and isinstance(value, str) and not fits(kind, value):
            yield WRONG_FIELD_VALUE.broken(
                (*path, key),
                f"`{condition.field}` is a {kind} field and is compared with `{value}`",
                f"Write {form_of(kind)}",
            )


def _choice(path: Path, value: str, choices: tuple[str, ...] | None) -> Iterator[Fault]:
    if choices and not has_placeholders(value) and value.casefold() not in {choice.casefold() for choice in choices}:
        yield UNKNOWN_CHOICE.broken(path, f"`{value}` is none of the choices", did_you_mean(value, choices))


CHECK = Check((ONE_COMPARISON, WRONG_COMPARISON, WRONG_FIELD_VALUE, UNKNOWN_CHOICE), _find)
