"""Ids that come out of a turn, made without a random source."""

from typing import Final

ALL: Final = "*"
"""The subject of a consent change that is about everything pushed, not one segment."""


TOPIC: Final = "topic:"
"""What the subject of a topic begins with. No id of a segment holds a colon."""

SEQUENCE: Final = "sequence:"
"""What the subject of a sequence begins with."""

KINDS: Final = (TOPIC, SEQUENCE)


def kind_of_subject(subject: str) -> str:
    """Return `TOPIC` or `SEQUENCE`; empty for a segment and for `ALL`."""
    return next((kind for kind in KINDS if subject.startswith(kind)), "")


def name_of_subject(subject: str) -> str:
    """Return the id that a subject is about, without its kind."""
    return subject[len(kind_of_subject(subject)) :]


class IdSource:
    """Makes the ids of one turn from that turn's id.

    The same seed gives the same ids in the same order, so a replayed turn is equal to the recorded one to the byte.
    """

    def __init__(self, turn_id: str) -> None:
        self.turn_id = turn_id
        self._made = 0

    def new(self, prefix: str) -> str:
        """Return the next id, e.g. `m_0192f3…_1`: prefix, turn id, position within the turn."""
        self._made += 1
        return f"{prefix}_{self.turn_id}_{self._made}"
