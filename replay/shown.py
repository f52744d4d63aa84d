"""The buttons that a recorded conversation showed, as its person found them: the newest message first."""

from collections import deque
from typing import NamedTuple

from messages.effects import Send
from messages.inbound import ButtonRef
from replay.rerun import buttons_in
from segment_buttons.payload import named_by
from storage.records import JournalEntry


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
                found = ((named_by(button.payload), button.label) for button in buttons_in(effect.message))
                shown = [_Shown(ref, label) for ref, label in found if ref is not None]
                self._shown.extendleft(reversed(shown))

    def last(self, wanted: str, of: ButtonRef | None = None) -> ButtonRef | None:
        """Return the button of that id or label that was shown last, or last by the revision that `of` names."""
        for button, label in self._shown:
            if wanted in (label, button.button) and (of is None or _revision(of) == _revision(button)):
                return button
        return None


def _revision(ref: ButtonRef) -> tuple[int, str]:
    return ref.revision, ref.digest
