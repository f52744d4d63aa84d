"""The buttons that a recorded conversation showed, as its person found them: the newest message first."""

from collections import deque
from typing import NamedTuple

from messages.effects import Send
from messages.inbound import ButtonRef
from replay.rerun import buttons_in
from storage.records import JournalEntry

_FIELDS = 6
"""Of a payload: layout, bot, revision, button, evidence, signature."""


class _Shown(NamedTuple):
    button: ButtonRef
    label: str


class ShownButtons:
    """What can be pressed after some turns."""

    def __init__(self) -> None:
        self._shown: deque[_Shown] = deque()

    def add(self, entry: JournalEntry) -> None:
        """Take in what a turn showed."""
        for effect in entry.outcome.effects:
            if isinstance(effect, Send):
                found = ((_ref_of(button.payload), button.label) for button in buttons_in(effect.message))
                shown = [_Shown(ref, label) for ref, label in found if ref is not None]
                self._shown.extendleft(reversed(shown))

    def last(self, wanted: str, revision: int | None = None) -> ButtonRef | None:
        """Return the button of that id or label that was shown last, or last by that revision."""
        for button, label in self._shown:
            if wanted in (label, button.button) and revision in (None, button.revision):
                return button
        return None


def _ref_of(payload: str) -> ButtonRef | None:
    """Return what a payload names; a recording has no key to verify it."""
    fields = payload.split(":")
    if len(fields) != _FIELDS or not fields[2].isdecimal():
        return None
    _, bot, revision, name, evidence, _ = fields
    return ButtonRef(bot, int(revision), name, evidence)
