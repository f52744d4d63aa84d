"""Which buttons a person sees in a conversation, as recorded and on the draft, and what becomes of a press."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import msgspec

from flows.engine.press import UNKNOWN_REVISION
from flows.engine.turn import Turn
from messages.effects import Send
from messages.inbound import ButtonPressed, ButtonRef
from replay.rerun import buttons_in
from segment_buttons.payload import named_by

Place = tuple[int, str]
"""A button: number of its revision, and its id there."""


class ButtonNames(Protocol):
    """Tells which button is which."""

    candidate: int
    """Number of the draft's revision."""

    def number(self, ref: ButtonRef) -> int: ...

    def counterpart(self, ref: ButtonRef) -> str | None: ...


class Press(NamedTuple):
    """A recorded press as it would be on the draft."""

    action: ButtonPressed | None
    """None: the draft does not show the button."""
    sure: bool
    """Whether it is certain that the draft shows the button, or that it does not."""


class Screen:
    """What one conversation has shown. Grows with the number of different buttons, not of messages."""

    def __init__(self, names: ButtonNames) -> None:
        self._names = names
        self._then: set[Place] = set()
        self._now: dict[Place, ButtonRef] = {}
        self._sure: set[Place] = set()

    def showed(self, recorded: Turn) -> None:
        """Take in what a recorded turn showed."""
        self._then.update((self._names.number(ref), ref.button) for ref in _refs(recorded))

    def shows(self, now: Turn, *, sure: bool) -> None:
        """Take in what a turn of the draft shows; `sure`: that turn is certain."""
        for ref in _refs(now):
            place = (self._names.number(ref), ref.button)
            self._now[place] = ref
            if sure:
                self._sure.add(place)

    def press(self, action: ButtonPressed, ref: ButtonRef) -> Press:
        """Return a recorded press on the button `ref` as it would be.

        A button that was shown before the recording began does what its message said.
        """
        number = self._names.number(ref)
        place = (number, ref.button)
        if not ref.digest and ref.revision == self._names.candidate:  # recorded when there was none of that number
            return Press(msgspec.structs.replace(action, button=None, fault=UNKNOWN_REVISION), sure=True)
        if place not in self._then:
            return Press(action, sure=True)
        if place not in self._now:
            button = self._names.counterpart(ref)
            if button is None:
                return Press(None, sure=True)
            place = (self._names.candidate, button)
        shown = self._now.get(place)
        if shown is None:
            return Press(None, sure=False)
        return Press(msgspec.structs.replace(action, button=shown), sure=place in self._sure)


def _refs(turn: Turn) -> Iterator[ButtonRef]:
    for effect in turn.effects:
        if isinstance(effect, Send):
            for button in buttons_in(effect.message):
                ref = named_by(button.payload) if button.payload else None
                if ref is not None:
                    yield ref
