"""A person's recorded life, lived again on another revision, step by step.

What the person did is what was recorded; what the bot remembers is carried forward. A press goes to the button that the
draft has in that place, if it showed it; one on a message from before the recording does what that message said. A wait
is over when the recording says so if it is the same wait, else when its time comes. Staff's acts are done again, at
their place, by the rules that hold live. People who were merged are two until then. Segments of staff are asked by the
filters of the recording; those that it did not ask, by the filters of now. `replay.comparison` says what is certain.
"""

from collections.abc import Mapping
from datetime import datetime

from flows.engine.take_turn import take_turn
from flows.engine.turn import Snapshot, Turn, faulted_turn
from flows.revision import Revision
from messages.ids import IdSource
from messages.inbound import ButtonRef, InboundEvent
from replay.contact_life import ContactLife, ConversationLife
from replay.counterparts import counterparts
from replay.named import number_named
from replay.screens import Screen


class Simulation:
    """What all people share: the draft as the live revision, the revisions that were pushed, and the filters of now."""

    def __init__(
        self,
        candidate: Revision,
        revisions: Mapping[int, Revision],
        until: datetime,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        self.live = candidate
        self.candidate = candidate.number
        self.until = until
        self.filters = filters or {}
        self.revisions: Mapping[int, Revision] = {**revisions, candidate.number: candidate}
        self._counterparts: dict[int, Mapping[str, str]] = {}

    def counterpart(self, ref: ButtonRef) -> str | None:
        """Return the draft's button in the place of one that an older revision sent."""
        number = self.number(ref)
        if number not in self._counterparts:
            old = self.revisions.get(number)
            self._counterparts[number] = counterparts(old, self.live) if old is not None else {}
        return self._counterparts[number].get(ref.button)

    def number(self, ref: ButtonRef) -> int:
        """Return the number of the revision that a payload names, as a turn finds it; 0 for one that is not known."""
        if ref.digest and self.live.digest.startswith(ref.digest):
            return self.candidate
        return number_named(ref, None, self.revisions) or 0

    def screen(self) -> Screen:
        """Return what a conversation shows at its beginning: nothing."""
        return Screen(self)

    def take(
        self,
        who: ContactLife,
        where: ConversationLife,
        event: InboundEvent,
        at: datetime,
        seed: str,
        evidence: str | None = None,
        last_seen: datetime | None = None,
    ) -> Turn:
        """Take one turn on the draft. Nothing is kept of it."""
        snapshot = Snapshot(
            bot=self.live.bot.bot,
            state=where.draft,
            contact=who.draft.contact,
            memberships=who.draft.memberships,
            lowered=who.draft.times.lowered,
            raised=who.draft.times.raised,
            live=self.live,
            revisions=self.revisions,
            evidence=evidence,
            filters={**self.filters, **who.filters},
            last_seen=last_seen or who.acted,
            recorded={},
        )
        try:
            return take_turn(snapshot, event, at, IdSource(seed))
        except Exception:  # noqa: BLE001  # as in the worker: a fault of the engine is a turn of its own
            return faulted_turn(snapshot, event, seed)
