"""What fields hold, and which values fit."""

from datetime import date
from math import isfinite

from flows.checks.view import View
from flows.model.parts import Choice, QuestionPart

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
