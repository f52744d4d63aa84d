"""When a person was out of what, by the rows of the ledger."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from messages.consent import ConsentChange, LedgerRow, Membership

_Moment = tuple[datetime, str]
"""A time, and the turn that decided: within the same millisecond the order of the turns counts."""


class Noes:
    """The changes of one person, who may have been several contacts, each of which said yes and no for itself."""

    def __init__(self, rows: Iterable[LedgerRow]) -> None:
        self._changes: defaultdict[str, dict[str, list[tuple[_Moment, ConsentChange]]]] = defaultdict(dict)
        turns: set[str] = set()
        for row in sorted(rows, key=lambda row: row.sequence):
            change = row.change
            known = self._changes[change.subject].setdefault(change.contact, [])
            moment = (change.at, change.turn)
            # Clocks of two servers differ: what was committed later did not happen before.
            known.append((max(moment, known[-1][0]) if known else moment, change))
            if change.turn and change.after is Membership.OPTED_OUT:
                turns.add(change.turn)
        self.turns: Final = frozenset(turns)
        """The turns in which the person said no."""

    def standing_at(self, at: datetime, turn: str, subjects: Sequence[str], contact: str) -> ConsentChange | None:
        """Return the no that held when a message left that a turn decided, to the first of the subjects that has one.

        `contact` is whom it was decided for; a no of theirs goes before one that they said as another contact.
        """
        for subject in subjects:
            noes: list[ConsentChange] = []
            for changes in self._changes.get(subject, {}).values():
                place = bisect_right(changes, (at, turn), key=lambda each: each[0])
                if place and (last := changes[place - 1][1]).after is Membership.OPTED_OUT:
                    noes.append(last)
            if noes:
                return next((no for no in noes if no.contact == contact), noes[0])
        return None
