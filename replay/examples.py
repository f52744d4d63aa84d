"""Turns to look at for a difference: both sides as people would read them, masked."""

from collections import Counter
from collections.abc import Hashable
from datetime import datetime

import msgspec

from flows.engine.turn import Turn
from flows.own_lines import MASKED
from messages.effects import Send
from replay.comparison import Side, Step, StepKind
from replay.contact_life import changes_of
from replay.flow_words import FlowTexts
from replay.masking import Mask
from replay.visible import Reply, lines_of
from storage.records import JournalEntry

EXAMPLES = 3
"""Examples for each difference."""


class Example(msgspec.Struct, frozen=True):
    """A turn to look at, with what came of it and what would have."""

    conversation: str
    contact: str
    turn: str
    at: datetime
    recorded: Side | None = None
    draft: Side | None = None


class Examples:
    """Makes examples, as many of each difference as are shown. `flows`: words for masking; None shows all."""

    def __init__(self, flows: FlowTexts | None) -> None:
        self._flows = flows
        self._made: Counter[Hashable] = Counter()

    def of(
        self,
        group: Hashable,
        step: Step | None,
        contact: str,
        until: datetime,
        entry: JournalEntry | None,
        taken: Turn | None,
    ) -> Example | None:
        """Return an example of a step, or of a person's end; None once there are enough. `entry` and `taken` are its
        turns on both sides.
        """
        self._made[group] += 1
        if self._made[group] > EXAMPLES:
            return None
        if step is None:
            return Example("", contact, "", until)
        recorded, draft = step.recorded, step.draft
        if self._flows is not None:
            recorded, draft = self.masked(step, entry, taken)
        return Example(step.conversation, contact, step.turn, step.at, recorded, draft)

    def masked(self, step: Step, entry: JournalEntry | None, taken: Turn | None) -> tuple[Side | None, Side | None]:
        """Return both sides of a step for those who may not see what people said."""
        if step.kind in (StepKind.STAFF, StepKind.MERGE):
            entry = taken = None
        known = [each for each in (entry, taken.contact if taken is not None else None) if each is not None]
        mask = Mask(*known, flows=self._flows)
        return (
            _masked(step.recorded, entry.outcome if entry is not None else None, mask),
            _masked(step.draft, taken, mask),
        )


def _masked(side: Side | None, turn: Turn | None, mask: Mask) -> Side | None:
    if side is None:
        return None
    fields = {name: None if value is None else MASKED for name, value in side.fields.items()}
    if turn is None:
        return msgspec.structs.replace(side, acts=tuple(map(mask.masked, side.acts)), fields=fields, replies=())
    shown = mask.masked(turn)
    replies = tuple(Reply(e.message.message, lines_of(e.message)) for e in shown.effects if isinstance(e, Send))
    return msgspec.structs.replace(side, acts=tuple(changes_of(shown)), fields=fields, replies=replies)
