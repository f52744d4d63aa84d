"""Questions that can't be answered as they are asked."""

from collections.abc import Iterator
from datetime import date
from math import isfinite

from flows.checks.view import Check, Fault, Limits, View, by_language, error, warning
from flows.model.bot import Bot
from flows.model.parts import Choice, QuestionPart
from flows.walk import Path

_FORMS = {
    "number": "a number such as `7` or `6.5`",
    "date": "a date such as `2026-11-23`",
    "email": "an address such as `jo@example.org`",
}


def field_types(view: View) -> dict[str, str]:
    """Return the type of every field: as declared, else as the first question asks for it."""
    types = {name: str(field.type) for name, field in view.bot.fields.items()}
    for _, _, part in view.parts:
        if isinstance(part, QuestionPart):
            types.setdefault(part.field, part.type)
    return types


def choice_values(view: View) -> dict[str, tuple[str, ...]]:
    """Return what each choice field can hold: the choices declared, and those that questions offer."""
    values: dict[str, tuple[str, ...]] = {name: stored(field.choices) for name, field in view.bot.fields.items()}
    for _, _, part in view.parts:
        if isinstance(part, QuestionPart) and part.type == "choice":
            values[part.field] = values.get(part.field, ()) + stored(part.choices)
    return values


def stored(choices: tuple[str | Choice, ...]) -> tuple[str, ...]:
    """Return what is stored for each choice."""
    return tuple(choice.value if isinstance(choice, Choice) else choice for choice in choices)


def fits(kind: str, value: str) -> bool:
    """Tell whether a field of this type can be compared with a written value."""
    if kind == "number":
        return _is_number(value)
    if kind == "date":
        return _is_date(value)
    return True


def form_of(kind: str) -> str:
    """Say what a value of a type looks like."""
    return _FORMS.get(kind, "a text")


def _is_number(value: str) -> bool:
    try:
        return isfinite(float(value))
    except ValueError:
        return False


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


NO_CHOICES = error("no-choices", "A choice question has nothing to choose from.")
UNUSED_CHOICES = warning("unused-choices", "A question that is not a choice question lists choices.")
REPEATED_CHOICE = error("repeated-choice", "Two choices of a question are shown, or stored, as the same.")
WRONG_TYPE = error("question-type", "A question asks for another type than its field has.")
CHOICE_NOT_IN_FIELD = warning("choice-not-in-field", "A question offers something that is none of its field's choices.")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    for path, _, part in view.parts:
        if isinstance(part, QuestionPart):
            yield from _type(path, part, view.bot)
            if part.type == "choice":
                field = view.bot.fields.get(part.field)
                yield from _choices(path, part, stored(field.choices) if field else ())
            elif part.choices:
                yield UNUSED_CHOICES.broken(
                    (*path, "choices"),
                    f"a {part.type} question does not use its choices",
                    "Add `type: choice`, or delete the choices",
                    at_key=True,
                )


def _type(path: Path, part: QuestionPart, bot: Bot) -> Iterator[Fault]:
    field = bot.fields.get(part.field)
    if field is None or field.type == part.type:
        return
    asked = "type" in part.model_fields_set
    remedy = f"Write `type: {field.type}`" if asked else f"Add `type: {field.type}` to the question"
    yield WRONG_TYPE.broken(
        (*path, "type" if asked else "field"),
        f"the question asks for a {part.type}, and `{part.field}` is a {field.type} field",
        f"{remedy}, or change the field's type",
    )


def _choices(path: Path, part: QuestionPart, declared: tuple[str, ...]) -> Iterator[Fault]:
    if not part.choices:
        yield NO_CHOICES.broken(
            path, "a choice question needs choices", "Add `choices: [first, second]` to the question"
        )
    seen: set[tuple[str, str]] = set()
    for position, choice in enumerate(part.choices):
        here = (*path, "choices", position)
        value = choice.value if isinstance(choice, Choice) else choice
        label = choice.label if isinstance(choice, Choice) else choice
        shown = {(language, text.strip().casefold()) for language, text in by_language(label)}
        shown.add(("stored", value.strip().casefold()))
        if shown & seen:
            yield REPEATED_CHOICE.broken(
                here, f"`{value}` is shown or stored like a choice before it", "Give it words of its own, or delete it"
            )
        seen |= shown
        if declared and value.casefold() not in {known.casefold() for known in declared}:
            yield CHOICE_NOT_IN_FIELD.broken(
                here,
                f"`{value}` is none of the choices of the field `{part.field}`",
                "Add it to the field's choices, or correct its spelling",
            )


CHECK = Check((NO_CHOICES, UNUSED_CHOICES, REPEATED_CHOICE, WRONG_TYPE, CHOICE_NOT_IN_FIELD), _find)
