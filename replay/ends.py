"""Where a person ends on both sides."""

from collections.abc import Mapping
from datetime import datetime

from filters.holds import holds
from filters.person import person_of
from flows.engine.filters import read_filter
from messages.consent import Membership
from replay.comparison import PersonEnd, PersonState
from replay.contact_life import ContactLife, World

_MEMBER = (Membership.OPTED_IN, Membership.ADDED)


def end_of(contact: str, who: ContactLife, filters: Mapping[str, str], at: datetime) -> PersonEnd:
    """Return where a contact ends. `filters`: those of the segments of staff as they are now, asked at `at`."""
    recorded, draft = (_state(side, who.acted, filters, at) for side in (who.recorded, who.draft))
    return PersonEnd(contact, recorded, draft, who.doubt, frozenset(who.known))


def _state(side: World, last_seen: datetime | None, filters: Mapping[str, str], at: datetime) -> PersonState:
    memberships = {name: one for name, one in side.memberships.items() if one is not Membership.NONE}
    return PersonState(
        memberships=memberships,
        proofs={name: proof for name, proof in side.proofs.items() if memberships.get(name) is proof.after},
        fields=side.contact.fields,
        tags=side.contact.tags,
        filter_segments=_Filters(side, last_seen, filters, at).all_of_them(),
    )


class _Filters:
    """Asks which segments by filter a person is in. Filters that lean on each other in a circle let nobody in by it."""

    def __init__(self, side: World, last_seen: datetime | None, filters: Mapping[str, str], at: datetime) -> None:
        self._memberships = side.memberships
        self._filters = filters
        self._at = at
        self._known: dict[str, bool] = {}
        self._person = person_of(side.contact, last_seen, side.memberships, self._meets)

    def all_of_them(self) -> frozenset[str]:
        return frozenset(name for name in self._filters if self._is_in(name))

    def _is_in(self, segment: str) -> bool:
        standing = self._memberships.get(segment, Membership.NONE)
        return self._meets(segment) if standing is Membership.NONE else standing in _MEMBER

    def _meets(self, segment: str) -> bool:
        if segment not in self._known:
            self._known[segment] = False
            text = self._filters.get(segment)
            condition = read_filter(text) if text is not None else None
            self._known[segment] = condition is not None and holds(condition, self._person, self._at)
        return self._known[segment]
