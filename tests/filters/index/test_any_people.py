"""Whatever people, changes and departures, the index says of each filter what would be said of each person alone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from consent.membership import may_receive
from filters.holds import holds
from filters.index.people import PeopleIndex
from filters.model import Condition, InSegment, Kind
from filters.person import KnownPerson, MembershipRow, person_of
from messages.channel_addresses import ChannelAddress
from messages.consent import ALL, Membership
from messages.contact import Contact, Identity
from messages.inbound import ConversationReference
from tests.examples import examples
from tests.filters.making import NOW, conditions, moments, names, numbers, texts

IN, ADDED, OUT, NONE = Membership.OPTED_IN, Membership.ADDED, Membership.OPTED_OUT, Membership.NONE

maybe = st.just("") | texts
stored_days = st.dates(date(2026, 11, 20), date(2026, 11, 25)).map(date.isoformat)
contacts = st.builds(
    Contact,
    id=st.just("c"),
    identities=st.lists(st.builds(Identity, names | st.just("teams"), names), max_size=2).map(tuple),
    name=maybe,
    email=maybe,
    language=st.sampled_from(["", "fr", "fr-CA", "FR ", "en"]) | maybe,
    phone=maybe,
    given_name=maybe,
    family_name=maybe,
    gender=maybe,
    country=maybe,
    fields=st.dictionaries(names, st.one_of(maybe, numbers, st.booleans(), stored_days), max_size=3),
    tags=st.frozensets(names, max_size=3),
    created_at=st.just(NOW),
    subscribed_at=st.none() | moments,
    events=st.dictionaries(names, st.just(NOW), max_size=2),
    completed=st.dictionaries(
        st.builds(lambda kind, item: f"{kind}:{item}", st.sampled_from(Kind), names), st.just(NOW), max_size=2
    ),
    talked_with=st.frozensets(names, max_size=2),
    sequences=st.frozensets(names, max_size=2),
    topics=st.frozensets(names, max_size=2),
    time_zone=maybe,
    external_id=maybe,
    aad_object_id=st.sampled_from(["", "", "a-1"]),
    source=maybe,
)
sightings = st.none() | moments
addresses = st.builds(
    ChannelAddress,
    key=st.just("k"),
    reference=st.builds(
        ConversationReference,
        st.sampled_from(["teams", "workplace"]),
        st.just("a"),
        names,
        surface=st.sampled_from(["", "webchat"]),
    ),
    unreachable=st.sampled_from(["", "blocked", "gone"]),
    unreachable_code=st.sampled_from(["403", "551"]),
    inbound_at=st.none() | moments,
)
homes = st.lists(addresses, max_size=3).map(lambda several: tuple({one.channel: one for one in several}.values()))
changes = st.tuples(st.integers(1, 6), st.none() | contacts, sightings, homes)
"""A person becomes so; None: they go."""
subjects = names | st.builds(str.__add__, st.sampled_from(["topic:", "sequence:"]), names)
acts = st.tuples(st.integers(1, 6), subjects, st.sampled_from([IN, ADDED, OUT, NONE]))
filters = st.dictionaries(names, conditions, max_size=2)


SET_UP = frozenset({"teams", "webchat"})
"""Channels on which the bot can send."""


Change = tuple[int, Contact | None, datetime | None, Sequence[ChannelAddress]]


def is_unmet(person: KnownPerson) -> bool:
    """Whether somebody who has no conversation on Teams can be written to there first."""
    known = person.contact.aad_object_id or any(one.channel == "teams" for one in person.contact.identities)
    return bool(known) and all(home.channel != "teams" for home in person.addresses)


class World:
    """People and memberships as they are, beside the index."""

    def __init__(self, few: int) -> None:
        self.index = PeopleIndex(set_up=SET_UP, few=few)
        self.people: dict[int, KnownPerson] = {}
        self.stands: dict[int, dict[str, Membership]] = {number: {} for number in range(1, 7)}
        self.filters: dict[str, Condition] = {}
        self.rows = 0

    def change(self, batch: Sequence[Change]) -> None:
        fed: list[KnownPerson] = []
        for number, contact, seen, homes in batch:
            before = self.people.get(number)
            version = before.contact.version + 1 if before else 1
            known = Contact("c", (), merged_into="other") if contact is None else contact
            person = KnownPerson(number, msgspec.structs.replace(known, version=version), seen, homes)
            self.people[number] = person
            fed.append(person)
        self.index.feed_people(fed)

    def act(self, batch: Sequence[tuple[int, str, Membership]]) -> None:
        rows: list[MembershipRow] = []
        for number, subject, after in batch:
            before = self.stands[number].get(subject, NONE)
            self.rows += 1
            rows.append(MembershipRow(self.rows, number, subject, before, after))
            self.stands[number][subject] = after
        self.index.feed_memberships(rows)

    def meets(self, number: int, condition: Condition, leaning: frozenset[str] = frozenset()) -> bool:
        one = self.people[number]

        def in_filter(segment: str) -> bool:
            inner = self.filters.get(segment)
            return inner is not None and segment not in leaning and self.meets(number, inner, leaning | {segment})

        return holds(condition, person_of(one.contact, one.last_seen, self.stands[number], in_filter), NOW)

    @property
    def here(self) -> list[int]:
        return [number for number, one in self.people.items() if not one.is_gone]


@examples(400)
@given(
    st.sampled_from([0, 1000]),
    st.lists(st.lists(changes, max_size=5), max_size=3),
    st.lists(acts, max_size=6),
    st.lists(conditions, min_size=1, max_size=4),
)
def test_any_filter_finds_whom_it_holds_for(
    few: int,
    batches: Sequence[Sequence[Change]],
    todo: Sequence[tuple[int, str, Membership]],
    asked: Sequence[Condition],
) -> None:
    world = World(few)
    for batch in batches:
        world.change(batch)
        world.act(todo)
    for condition in asked:
        expected = [number for number in world.here if world.meets(number, condition)]
        assert sorted(world.index.select(condition, NOW)) == sorted(expected)
        assert world.index.count(condition, NOW).members == len(expected)


@examples(150)
@given(
    st.lists(changes, min_size=1, max_size=6),
    st.lists(acts | st.tuples(st.integers(1, 6), st.just(ALL), st.sampled_from([OUT, NONE])), max_size=8),
    names,
    conditions,
)
def test_any_segment_has_whom_its_filter_finds_and_the_ledger_says(
    people: Sequence[Change],
    todo: Sequence[tuple[int, str, Membership]],
    segment: str,
    condition: Condition,
) -> None:
    """A filter that leans on its own segment is refused where it is made, so it is left out here."""
    world = World(1000)
    world.change(people)
    world.act(todo)
    if segment in str(condition):
        return
    world.filters[segment] = condition
    world.index.define(world.filters)
    members, allowed, reachable = [], [], []
    for number in world.here:
        standing = world.stands[number].get(segment, NONE)
        if standing in (IN, ADDED) or (standing is NONE and world.meets(number, condition)):
            members.append(number)
            as_member = standing if standing is IN else ADDED
            if may_receive(as_member, world.stands[number].get(ALL, NONE)):
                allowed.append(number)
                homes = world.people[number].addresses
                works = any(one.channel in SET_UP and not one.unreachable for one in homes)
                if works or is_unmet(world.people[number]):
                    reachable.append(number)
    count = world.index.count(segment, NOW)
    assert sorted(world.index.members(segment, NOW)) == sorted(members)
    assert sorted(world.index.allowed(segment, NOW)) == sorted(allowed)
    assert sorted(world.index.reachable(segment, NOW)) == sorted(reachable)
    assert count == (len(members), len(allowed), len(reachable), world.rows)
    for number in world.people:
        is_own = number in world.here and world.stands[number].get(segment, NONE) in (IN, ADDED)
        assert world.index.is_member(number, segment) is is_own


@examples(100)
@given(st.lists(changes, min_size=1, max_size=6), st.lists(acts, max_size=8))
def test_topics_and_sequences_of_a_person_are_those_that_a_filter_finds_them_by(
    people: Sequence[Change], todo: Sequence[tuple[int, str, Membership]]
) -> None:
    world = World(1000)
    world.change(people)
    world.act(todo)
    subjects = {subject for _, subject, _ in todo} | {
        kind + name
        for one in world.people.values()
        for kind, names in (("topic:", one.contact.topics), ("sequence:", one.contact.sequences))
        for name in names
    }
    for number in world.people:
        expected = [
            subject
            for subject in subjects
            if subject.startswith(("topic:", "sequence:"))
            and number in world.here
            and world.meets(number, InSegment(subject))
        ]
        assert world.index.subscriptions(number) == sorted(expected)


@examples(150)
@given(st.lists(st.lists(changes, max_size=5), max_size=4), moments)
def test_any_addresses_are_as_the_people_have_them(batches: Sequence[Sequence[Change]], now: datetime) -> None:
    world = World(1000)
    for batch in batches:
        world.change(batch)
    of_channel: dict[str, dict[int, ChannelAddress]] = {"teams": {}, "webchat": {}, "workplace": {}}
    for number in world.here:
        for home in world.people[number].addresses:
            of_channel[home.channel][number] = home
    for channel, homes in of_channel.items():
        codes: dict[str, BitMap] = {}
        for number, home in homes.items():
            if home.unreachable:
                codes.setdefault(home.unreachable_code, BitMap()).add(number)
        day = timedelta(hours=23, minutes=59)
        fresh = [
            number
            for number, home in homes.items()
            if channel != "workplace" or (home.inbound_at is not None and now - home.inbound_at < day)
        ]
        first = [number for number in world.here if channel == "teams" and is_unmet(world.people[number])]
        assert sorted(world.index.has_address(channel)) == sorted([*homes, *first])
        assert world.index.unreachable(channel) == codes
        assert sorted(world.index.open_window(channel, now)) == sorted([*fresh, *first])
