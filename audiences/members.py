"""Members of a segment: added and removed by staff, and visited for a send."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from pyroaring import BitMap

from audiences.segments import SegmentInfo
from audiences.who import find_people
from consent.membership import Act, Refusal, may_receive
from filters.index.people import PeopleIndex
from filters.person import KnownPerson
from messages.consent import Membership
from messages.ids import ALL
from staff.acting import Staff, segment_target
from storage.audience_records import Changed, SegmentKind, StaffChange
from storage.port import Store

_AT_ONCE = 1_000
"""People in one step."""

_WORDS: Mapping[tuple[Act, Changed], str] = {
    (Act.ADD, Changed.CHANGED): "added",
    (Act.ADD, Changed.UNCHANGED): "already there",
    (Act.REMOVE, Changed.CHANGED): "removed",
    (Act.REMOVE, Changed.UNCHANGED): "not there",
}


class MemberResult(NamedTuple):
    """What became of one value that somebody gave."""

    value: str
    outcome: str
    """added, already there, removed, not there; or why not: unknown, several people, opted out, erased, …"""
    contact: str = ""

    @property
    def is_done(self) -> bool:
        return self.outcome in set(_WORDS.values())


async def change_members(
    store: Store, bot: str, segment: str, act: Act, values: Sequence[str], staff: Staff, at: datetime
) -> list[MemberResult]:
    """Add people to a segment, or remove them: each by e-mail address, external id or contact id.

    What the person decided wins: who opted out is not added. The segment is a manual one. A ledger row tells of each
    change, an audit row of them all.
    """
    results: list[MemberResult] = []
    for start in range(0, len(values), _AT_ONCE):
        some = values[start : start + _AT_ONCE]
        found = await find_people(store, bot, some)
        people = list(dict.fromkeys(number for number in found if isinstance(number, int)))
        change = StaffChange(segment, act, at, staff.source, staff.name, people)
        outcomes = dict(zip(people, await store.change_many(bot, change), strict=True))
        names = {one.number: one.contact.id for one in await store.people_numbered(bot, people)}
        for value, number in zip(some, found, strict=True):
            if not isinstance(number, int):
                results.append(MemberResult(value, number.value))
                continue
            outcome = outcomes[number]
            told = outcome.value if isinstance(outcome, Refusal) else _WORDS.get((act, outcome), outcome.value)
            results.append(MemberResult(value, told, names.get(number, "")))
    done = sum(result.is_done for result in results)
    detail = f"{act.value}: {done} of {len(values)}"
    await staff.record(store, bot, f"{act.value}_members", segment_target(segment), at, detail)
    return results


async def freeze(store: Store, bot: str, name: str, index: PeopleIndex, segment: str, at: datetime) -> int:
    """Keep who is in a segment now, under a name, for a send; return how many. Kept once: the first time counts."""
    members = index.members(segment, at)
    await store.keep_frozen(bot, name, members.serialize(), at)
    kept = await store.frozen(bot, name)
    return 0 if kept is None else len(BitMap.deserialize(kept))


async def visit(
    store: Store, bot: str, name: str, segment: SegmentInfo, *, after: int = 0, limit: int = 1_000
) -> AsyncIterator[tuple[int, list[KnownPerson]]]:
    """Yield, page by page, those who were in when `name` was frozen and may receive now, each once in all.

    With each page comes the place to go on from after a crash: give it as `after`. Who joins meanwhile is not among
    them; who opts out, or was erased, before their page is made is not either. The last word is still the moment of
    sending.
    """
    kept = await store.frozen(bot, name)
    if kept is None:
        return
    numbers = BitMap.deserialize(kept)
    members = iter(numbers.iter_equal_or_larger(after + 1))
    while page := list(islice(members, limit)):
        people = [
            person
            for person in await store.people_numbered(bot, page)
            if _may_receive(await store.memberships(bot, person.contact.id), segment)
        ]
        yield page[-1], people


def _may_receive(memberships: Mapping[str, Membership], segment: SegmentInfo) -> bool:
    """Tell whether somebody who was in may receive. Who is in by a filter is as one whom staff added."""
    standing = memberships.get(segment.id, Membership.NONE)
    if standing is Membership.NONE and segment.kind is SegmentKind.FILTER:
        standing = Membership.ADDED
    return may_receive(standing, memberships.get(ALL, Membership.NONE))
