"""Questions that can't be answered as they are asked."""

from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, error, warning
from flows.checks.texts import by_language
from flows.checks.values import stored
from flows.checks.view import View
from flows.model.bot import Bot
from flows.model.parts import Choice, QuestionPart
from flows.walk import Path

NO_CHOICES = error("no-choices", "A choice question has nothing to choose from.")
UNUSED_CHOICES = warning("unused-choices", "A question that is no choice question lists choices.")
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
