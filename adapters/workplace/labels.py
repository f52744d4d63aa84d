"""Button labels within 20 characters.

A longer label is shortened on the button, and its full words stand in the text above: nothing that the person agrees to
is hidden. If two labels of one group look alike once shortened, the shortened ones are numbered.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from adapters.text_split import ELLIPSIS, length, shorten
from messages.outgoing import OutgoingButton

LIMIT: Final = 20
"""developers.facebook.com, "Messenger Platform: buttons" and "quick replies": 20 characters."""


class Fitted(NamedTuple):
    """Buttons whose labels fit, in order, and the lines that give the full words of those that did not."""

    buttons: tuple[OutgoingButton, ...]
    legend: str


def fit_labels(buttons: Sequence[OutgoingButton]) -> Fitted:
    """Return the buttons of one text, card or row of quick replies with labels that fit."""
    if all(length(button.label) <= LIMIT and not _blank(button.label) for button in buttons):
        return Fitted(tuple(buttons), "")
    shown = Counter(_label(button.label, "") for button in buttons)
    alike = any(length(button.label) > LIMIT and shown[_label(button.label, "")] > 1 for button in buttons)
    fitted: list[OutgoingButton] = []
    legend: list[str] = []
    for number, button in enumerate(buttons, 1):
        long = length(button.label) > LIMIT
        prefix = f"{number}. " if alike and long else ""
        fitted.append(replace(button, label=_label(button.label, prefix)))
        if long:
            legend.append(f"{prefix or '• '}{button.label}")
    return Fitted(tuple(fitted), "\n".join(legend))


def _blank(label: str) -> bool:
    return not label or label.isspace()


def _label(label: str, prefix: str) -> str:
    return ELLIPSIS if _blank(label) else prefix + shorten(label, LIMIT - len(prefix))
