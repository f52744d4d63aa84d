"""Whether a person meets the filter of a segment that staff made, as this turn has left them so far."""

from functools import lru_cache

from filters.holds import holds
from filters.model import Condition
from filters.parse import parse
from filters.person import Person, person_of
from flows.engine import trace
from flows.engine.work import Work
from messages.consent import Membership
from messages.errors import BadInput


def is_member(work: Work, segment: str) -> bool:
    """Tell whether the person is in a segment of either kind. Whoever opted out of it is not, filter or no filter."""
    standing = work.memberships.get(segment, Membership.NONE)
    if standing is Membership.NONE:
        return segment in work.snapshot.filters and _Look(work).meets(segment)
    return standing in (Membership.OPTED_IN, Membership.ADDED)


class _Look:
    """One look at a person. Filters that lean on each other in a circle let nobody in by it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[str, bool] = {}
        self._person: Person = person_of(work.contact, work.snapshot.last_seen, work.memberships, self.meets)

    def meets(self, segment: str) -> bool:
        if segment in self._known:
            return self._known[segment]
        self._known[segment] = False
        text = self._work.snapshot.filters.get(segment)
        if text is None:
            return False
        condition = read_filter(text)
        if condition is None:
            self._tell(segment)
            return False
        self._known[segment] = holds(condition, self._person, self._work.now)
        return self._known[segment]

    def _tell(self, segment: str) -> None:
        """Add to the trace, once a turn, that a filter can't be read."""
        told = any(step.kind == trace.UNREADABLE_FILTER and step.detail == segment for step in self._work.trace)
        if not told:
            self._work.note(trace.UNREADABLE_FILTER, segment, notice=True)


@lru_cache(maxsize=1024)
def read_filter(text: str) -> Condition | None:
    """Return a filter; None for one that this version can't read."""
    try:
        return parse(text)
    except BadInput:
        return None
