"""Buttons that can't be told apart."""

from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, error, warning
from flows.checks.texts import by_language
from flows.checks.view import View
from flows.walk import Path

DUPLICATE_ID = error("duplicate-button-id", "Two buttons have the same `id`.")
REPEATED_LABEL = warning("repeated-label", "Two buttons shown together have the same label.")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    ids: dict[str, str] = {}
    labels: set[tuple[Path, str, str]] = set()
    for path, message, button, _ in view.buttons:
        if button.id in ids:
            yield DUPLICATE_ID.broken(
                (*path, "id"),
                f"a button on `{ids[button.id]}` is already called `{button.id}`",
                "Give this one another name; the ledger tells buttons apart by it",
            )
        elif button.id is not None:
            ids[button.id] = message
        for language, label in by_language(button.label):
            here = (path[:-1], language, label.casefold())
            if here in labels:
                yield REPEATED_LABEL.broken(
                    (*path, "label"),
                    f"another button beside this one also says `{label}`",
                    "Say on each button what it does",
                )
                break
            labels.add(here)


CHECK = Check((DUPLICATE_ID, REPEATED_LABEL), _find)
