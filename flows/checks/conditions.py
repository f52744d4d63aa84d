"""Conditions that compare nothing, too much, or the wrong way."""

from collections.abc import Iterator, Mapping

from filters.model import Condition, FieldDate, FieldNumber, FieldText, FieldYesNo, TextOrder
from flows.checks.questions import choice_values, field_types, form_of
from flows.checks.view import Check, Fault, Limits, View, error, warning
from flows.engine.values import read_answer
from flows.model.parts import IfPart, SetPart
from flows.source.nodes import did_you_mean
from flows.template import has_placeholders
from flows.walk import Path

OLD_CONDITION = warning("old-condition", "A condition is written in the form that flows had before.")
WRONG_COMPARISON = error("wrong-comparison", "A comparison does not work on the field's type.")
WRONG_FIELD_VALUE = error("wrong-field-value", "A field is given a value that is not of its type.")
UNKNOWN_CHOICE = warning(
    "unknown-choice", "A field is compared with, or set to, something that is none of its choices."
)

_ORDERED = ("number", "date")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    types = field_types(view)
    choices = choice_values(view)
    for path, _, part in view.parts:
        if isinstance(part, IfPart):
            for place in part.if_.old[:1]:
                yield OLD_CONDITION.broken(
                    (*path, "if", *place),
                    "this condition is written in a form of before",
                    "Have it rewritten by `assent flow format`, with this file's name",
                )
    for path, _, condition in view.conditions:
        yield from _compared(path, condition, types, choices)
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


def _compared(
    path: Path,
    condition: Condition,
    types: Mapping[str, str],
    choices: Mapping[str, tuple[str, ...]],
) -> Iterator[Fault]:
    match condition:
        case FieldText(field=field, order=order, text=text):
            kind, here = types.get(field, ""), (*path, str(order))
            if kind in _ORDERED:
                yield _wrong(here, field, kind, f"the text `{text}`", f"Write {form_of(kind)}, without quotes")
            elif order in (TextOrder.IS, TextOrder.IS_NOT):
                yield from _choice(here, text, choices.get(field))
        case FieldNumber(field=field, order=order, number=value) if types.get(field, "number") != "number":
            what = f"the number `{value}`"
            yield _wrong((*path, str(order)), field, types[field], what, _of_kind(types[field], value))
        case FieldDate(field=field, order=order, day=day) if types.get(field, "date") != "date":
            yield _wrong((*path, str(order)), field, types[field], f"the day `{day}`", _of_kind(types[field], day))
        case FieldYesNo(field=field, yes=yes) if field in types:
            word = "yes" if yes else "no"
            yield _wrong(path, field, types[field], f"`{word}`", _of_kind(types[field], word))


def _wrong(path: Path, field: str, kind: str, what: str, remedy: str) -> Fault:
    return WRONG_COMPARISON.broken(path, f"`{field}` is a {kind} field and is compared with {what}", remedy)


def _of_kind(kind: str, value: object) -> str:
    if kind in _ORDERED:
        return f"Write {form_of(kind)}"
    return f'Put it in quotes if it is a text: `"{value}"`; or give the field another type'


def _choice(path: Path, value: str, choices: tuple[str, ...] | None) -> Iterator[Fault]:
    if choices and not has_placeholders(value) and value.casefold() not in {choice.casefold() for choice in choices}:
        yield UNKNOWN_CHOICE.broken(path, f"`{value}` is none of the choices", did_you_mean(value, choices))


CHECK = Check((OLD_CONDITION, WRONG_COMPARISON, WRONG_FIELD_VALUE, UNKNOWN_CHOICE), _find)
