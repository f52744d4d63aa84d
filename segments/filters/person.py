"""What a filter may look at of one person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from messages.consent import Membership
from segments.filters.kinds import Detail, Kind

TypedValue = str | int | float | bool | date
"""What a field holds, by its type: a text, a number, yes or no, a day."""


def _in_none(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Person:
    """One person of one bot, seen at one moment. What is absent, or an empty text, is not known."""

    id: str
    details: Mapping[Detail, str] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, TypedValue] = field(default_factory=dict)
    subscribed_at: datetime | None = None
    last_seen: datetime | None = None
    talked_with: frozenset[str] = frozenset()
    completed: frozenset[tuple[Kind, str]] = frozenset()
    events: frozenset[str] = frozenset()
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    in_filter: Callable[[str], bool] = _in_none
    """Whether the person meets the filter of a segment; asked where `memberships` has nothing to say of it."""

    def is_member(self, segment: str) -> bool:
        """Tell whether the person is in a segment of either kind. Whoever opted out is in none, filter or not."""
        standing = self.memberships.get(segment, Membership.NONE)
        if standing is Membership.NONE:
            return self.in_filter(segment)
        return standing in (Membership.OPTED_IN, Membership.ADDED)
