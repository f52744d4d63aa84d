"""Fields of the builder's own, each with values of any type: texts, numbers, days, yes and no."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import inf
from sys import maxsize
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from filters.holds import compare_text, speaks
from filters.index.addresses import Addresses, microseconds
from filters.index.columns import FEW, Column, NamedSets, Texts
from filters.index.select import Selector
from filters.model import Condition, Detail, Several, When
from filters.person import (
    DETAILS,
    SEVERAL,
    SEVERAL_BY_KIND,
    SUBJECTS,
    KnownPerson,
    MembershipRow,
    TypedValue,
    completed_of,
    typed,
)
from messages.channels import WRITES_FIRST
from messages.consent import ALL, Membership, kind_of_subject, name_of_subject


class Field:
    """One field. A person's value is in one of the columns, or in `yes_no`."""

    def __init__(self, few: int) -> None:
        self.texts = Texts(compare_text, few)
        self.numbers = Column(np.float64)
        self.days = Column(np.int64)
        self.yes_no = NamedSets()
        self.known = BitMap()

    def replace(self, people: BitMap, values: Mapping[int, TypedValue]) -> None:
        """Set the values of people; those of `people` that `values` lacks have none."""
        texts: dict[int, str] = {}
        numbers: dict[int, float] = {}
        days: dict[int, float] = {}
        yes_no: dict[int, list[str]] = {}
        for person, value in values.items():
            if isinstance(value, bool):
                yes_no[person] = ["yes" if value else "no"]
            elif isinstance(value, int | float):
                numbers[person] = _number(value)
            elif isinstance(value, date) and not isinstance(value, datetime):
                days[person] = value.toordinal()
            elif isinstance(value, str) and value:
                texts[person] = value
        changed = np.array(people, np.uint32)
        self.texts.replace(people, texts)
        self.numbers.replace(changed, numbers)
        self.days.replace(changed, days)
        self.yes_no.replace(people, yes_no)
        self.known -= people
        self.known |= BitMap([person for person, value in values.items() if value != ""])

    @property
    def size(self) -> int:
        """Bytes, about."""
        return self.texts.size + self.numbers.size + self.days.size + self.yes_no.size + len(self.known.serialize())


def _number(value: float) -> float:
    """Return a number as the column holds it: those beyond all that can be asked for stand at the end."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


class Fields:
    """All fields that somebody has a value of."""

    def __init__(self, few: int) -> None:
        self._few = few
        self._fields: dict[str, Field] = {}

    def replace(self, people: BitMap, values: Mapping[int, Mapping[str, TypedValue]]) -> None:
        """Set all values of people."""
        by_field: dict[str, dict[int, TypedValue]] = {name: {} for name in self._fields}
        for person, own in values.items():
            for name, value in own.items():
                by_field.setdefault(name, {})[person] = value
        for name, of_field in by_field.items():
            self._fields.setdefault(name, Field(self._few)).replace(people, of_field)

    def get(self, name: str) -> Field:
        """Return a field, which is empty if nobody has a value."""
        return self._fields.get(name) or Field(self._few)

    def names(self) -> list[str]:
        """Return the fields of which somebody has a value."""
        return [name for name, field in self._fields.items() if field.known]

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(field.size for field in self._fields.values())


@dataclass(slots=True)
class States:
    """People who stand to a subject other than by `none`, each in one of the sets."""

    opted_in: BitMap = field(default_factory=BitMap)
    added: BitMap = field(default_factory=BitMap)
    opted_out: BitMap = field(default_factory=BitMap)

    @property
    def members(self) -> BitMap:
        return self.opted_in | self.added

    def of(self, membership: Membership) -> BitMap | None:
        """Return the set of those who stand so; None for `none`."""
        return {
            Membership.OPTED_IN: self.opted_in,
            Membership.ADDED: self.added,
            Membership.OPTED_OUT: self.opted_out,
        }.get(membership)


class Standings:
    """The fold of a ledger whose rows come in order of their sequence, shard by shard."""

    def __init__(self, shards: int) -> None:
        self._seen = [0] * shards
        self._subjects: dict[str, States] = {ALL: States()}

    @property
    def seen(self) -> int:
        """The highest sequence taken in; 0 before the first. Other shards' rows below it may still be to come."""
        return max(self._seen)

    @property
    def segments(self) -> list[str]:
        """Segments that rows were about, sorted."""
        return sorted(self._subjects.keys() - {ALL})

    def to(self, subject: str) -> States:
        """Return how people stand to a segment, or to everything."""
        return self._subjects.get(subject) or States()

    def feed(self, rows: Iterable[MembershipRow]) -> None:
        """Take rows in. Those taken in before change nothing.

        Rows that say the same of several people in a row are taken in together.
        """
        pending: list[int] = []
        kind: tuple[str, Membership, Membership] | None = None
        seen, shards = self._seen, len(self._seen)
        for sequence, person, subject, before, after, *_ in rows:
            shard = (sequence - 1) % shards
            if sequence <= seen[shard]:
                continue
            seen[shard] = sequence
            if kind != (subject, before, after):
                self._take(kind, pending)
                kind, pending = (subject, before, after), []
            pending.append(person)
        self._take(kind, pending)

    def _take(self, kind: tuple[str, Membership, Membership] | None, people: list[int]) -> None:
        if kind is None:
            return
        subject, before, after = kind
        states = self._subjects.setdefault(subject, States())
        left, joined = states.of(before), states.of(after)
        moved = BitMap(people)
        if left is not None:
            left.difference_update(moved)
        if joined is not None:
            joined.update(moved)

    @property
    def size(self) -> int:
        """Bytes, about."""
        sets = [each for one in self._subjects.values() for each in (one.opted_in, one.added, one.opted_out)]
        return sum(len(each.serialize()) for each in sets)


class Count(NamedTuple):
    """How many people a segment has, or meet a condition."""

    members: int
    """Who opted in or was added, or meets the condition."""
    allowed: int
    """Members to whom a pushed message may go now, as `may_receive` has it."""
    reachable: int
    """Those of them whom the bot can write to: on a channel on which it can send they have an address that works."""
    sequence: int
    """The ledger sequence that was seen when this was counted."""


class PeopleIndex:
    """All that filters look at of all people of a bot. Numbers of people are the store's.

    Nothing here waits or looks elsewhere: who feeds it decides how current it is. `set_up`: the channels on which the
    bot can send. `few`: how many distinct texts of a detail or field are kept as sets.
    """

    def __init__(self, shards: int = 1, *, set_up: frozenset[str] = frozenset(), few: int = FEW) -> None:
        self.shards = shards
        self.set_up = set_up
        self.standings = Standings(shards)
        self.everybody = BitMap()
        """Who is there: known, not merged away, not erased."""
        self.details: Mapping[Detail, Texts] = {
            detail: Texts(
                speaks if detail is Detail.LANGUAGE else compare_text, maxsize if detail is Detail.TIME_ZONE else few
            )
            for detail in Detail
        }
        self.several: Mapping[Several, NamedSets] = {each: NamedSets() for each in Several}
        self.completed = NamedSets()
        self.moments = {when: Column(np.int64) for when in When}
        self.fields = Fields(few)
        self.filters: dict[str, Condition] = {}
        """Conditions of the filter segments, by segment."""
        self.addresses = Addresses()
        self._in_directory = BitMap()
        """Whose id in the organisation's directory is known."""
        self._versions = Column(np.int64)

    @property
    def seen(self) -> int:
        """The highest ledger sequence taken in."""
        return self.standings.seen

    def define(self, filters: Mapping[str, Condition]) -> None:
        """Say what the filter segments are."""
        self.filters = dict(filters)

    def feed_memberships(self, rows: Iterable[MembershipRow]) -> None:
        """Take rows of the ledger in."""
        self.standings.feed(rows)

    def feed_people(self, people: Sequence[KnownPerson]) -> None:
        """Take people in as they are now: new ones, changed ones, and those who are gone."""
        latest = {person.number: person for person in people}
        here = {number: person for number, person in latest.items() if not person.is_gone}
        all_of_them = BitMap(latest)
        self.everybody |= BitMap(here)
        self.everybody -= all_of_them - BitMap(here)
        self._replace_moments(all_of_them, here)
        self.addresses.replace(all_of_them, {n: one.addresses for n, one in here.items() if one.addresses})
        numbers = np.fromiter(latest, np.uint32, len(latest))
        known = zip(latest.items(), self._versions.get(numbers), strict=True)
        changed = {number: one for (number, one), version in known if one.contact.version != version}
        if not changed:
            return
        self._versions.replace(
            np.fromiter(changed, np.uint32, len(changed)), {n: one.contact.version for n, one in changed.items()}
        )
        self._replace_contacts(BitMap(changed), {n: one for n, one in changed.items() if n in here})

    def _replace_moments(self, people: BitMap, here: Mapping[int, KnownPerson]) -> None:
        numbers = np.array(people, np.uint32)
        seen = {number: microseconds(one.last_seen) for number, one in here.items() if one.last_seen is not None}
        since = {n: microseconds(at) for n, one in here.items() if (at := one.contact.subscribed_at) is not None}
        self.moments[When.LAST_SEEN].replace(numbers, seen)
        self.moments[When.SUBSCRIBED].replace(numbers, since)

    def _replace_contacts(self, people: BitMap, here: Mapping[int, KnownPerson]) -> None:
        contacts = {number: one.contact for number, one in here.items()}
        self._in_directory -= people
        self._in_directory |= BitMap([number for number, one in contacts.items() if one.aad_object_id])
        for several, sets in self.several.items():
            names_of = SEVERAL[several]
            sets.replace(people, {number: names for number, one in contacts.items() if (names := names_of(one))})
        self.completed.replace(
            people,
            {n: [f"{kind}:{item}" for kind, item in completed_of(one)] for n, one in contacts.items() if one.completed},
        )
        for detail, texts in self.details.items():
            read = DETAILS[detail]
            texts.replace(people, {number: text for number, one in contacts.items() if (text := read(one))})
        self.fields.replace(
            people,
            {
                n: {name: typed(value) for name, value in one.fields.items()}
                for n, one in contacts.items()
                if one.fields
            },
        )

    # -- asking

    @property
    def subjects(self) -> frozenset[str]:
        """All segments, topics and sequences that somebody stood to, or that a contact names since a version before."""
        kept = (
            kind + name for several, kind in SUBJECTS.items() for name, sets in self.several[several].items() if sets
        )
        return frozenset((*self.standings.segments, *kept))

    @property
    def unmoved(self) -> BitMap:
        """Whose contacts name topics or sequences that are to become memberships."""
        return BitMap.union(*(self.several[several].everybody for several in SUBJECTS)) & self.everybody

    def select(self, condition: Condition, now: datetime) -> BitMap:
        """Return who meets a condition at `now`, exactly as `filters.holds` would say of each."""
        return Selector(self, now).select(condition)

    def members(self, segment: str, now: datetime) -> BitMap:
        """Return who is in a segment of either kind."""
        return Selector(self, now).members(segment)

    def allowed(self, segment: str, now: datetime) -> BitMap:
        """Return the members to whom a message pushed to the segment may go, as `may_receive` has it."""
        return self._allowed(segment, self.members(segment, now))

    def reachable(self, segment: str, now: datetime) -> BitMap:
        """Return those who are allowed and have an address that works on a channel on which the bot can send."""
        return self.allowed(segment, now) & self._reachable

    def count(self, what: str | Condition, now: datetime) -> Count:
        """Count the members of a segment, or who meets a condition."""
        if isinstance(what, str):
            found = self.members(what, now)
            allowed = self._allowed(what, found)
        else:
            found = self.select(what, now)
            allowed = found - self.standings.to(ALL).opted_out
        return Count(len(found), len(allowed), allowed.intersection_cardinality(self._reachable), self.seen)

    def _allowed(self, segment: str, members: BitMap) -> BitMap:
        return (members & self.standings.to(segment).opted_in) | (members - self.standings.to(ALL).opted_out)

    def has_address(self, channel: str) -> BitMap:
        """Return who has an address on a channel, or can be written to there first."""
        return self.addresses.known(channel) | self._unmet(channel)

    def unreachable(self, channel: str) -> dict[str, BitMap]:
        """Return who can't be reached on a channel, by the channel's code."""
        return self.addresses.unreachable(channel)

    def reachable_on(self, channel: str) -> BitMap:
        """Return who has an address that works on a channel, as far as is known."""
        return self.has_address(channel) - BitMap.union(BitMap(), *self.unreachable(channel).values())

    def open_window(self, channel: str, now: datetime) -> BitMap:
        """Return who has an address on a channel that takes a message of the bot's own accord at `now`."""
        return self.addresses.open_window(channel, now) | self._unmet(channel)

    def zones(self) -> dict[str, BitMap]:
        """Return who is in each time zone, by its name; of the others none is known."""
        return {zone: people.copy() for zone, people in self.details[Detail.TIME_ZONE].sets()}

    def _unmet(self, channel: str) -> BitMap:
        """Return who has no conversation on a channel, and can be written to there first: staff know their account, or
        their id in the directory.
        """
        if channel not in WRITES_FIRST:
            return BitMap()
        return (self._in_directory | self.several[Several.CHANNEL].get(channel)) - self.addresses.known(channel)

    @property
    def _reachable(self) -> BitMap:
        return BitMap.union(BitMap(), *(self.reachable_on(channel) for channel in self.set_up))

    def is_member(self, person: int, segment: str) -> bool:
        """Tell whether a person, by number, opted in or was added to a segment."""
        own = self.standings.to(segment)
        return person in self.everybody and (person in own.opted_in or person in own.added)

    def subscriptions(self, person: int) -> list[str]:
        """Return the topics and sequences that a person, by number, is in, as subjects."""
        return [name for name in sorted(self.subjects) if kind_of_subject(name) and self._is_in(person, name)]

    def _is_in(self, person: int, subject: str) -> bool:
        own, several = self.standings.to(subject), self.several[SEVERAL_BY_KIND[kind_of_subject(subject)]]
        kept = person in several.get(name_of_subject(subject)) and person not in own.opted_out
        return person in self.everybody and (person in own.opted_in or person in own.added or kept)

    @property
    def size(self) -> int:
        """Bytes that the sets and columns take, about."""
        sets = sum(each.size for each in (*self.several.values(), self.completed))
        columns = sum(each.size for each in (self._versions, *self.moments.values()))
        texts = sum(each.size for each in self.details.values())
        others = self.standings.size + self.fields.size + self.addresses.size + len(self._in_directory.serialize())
        return sets + columns + texts + others + len(self.everybody.serialize())
