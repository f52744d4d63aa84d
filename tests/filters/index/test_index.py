"""Examples of what the index is asked, at the edges above all."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from pyroaring import BitMap

from filters.index.people import PeopleIndex
from filters.parse import parse
from filters.person import KnownPerson, MembershipRow
from messages.channel_addresses import ChannelAddress
from messages.consent import ALL, Membership
from messages.contact import Contact
from messages.inbound import ConversationReference

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
NONE, ADDED, IN, OUT = Membership.NONE, Membership.ADDED, Membership.OPTED_IN, Membership.OPTED_OUT


def person(number: int, seen: datetime | None = None, version: int = 1, **facts: object) -> KnownPerson:
    contact = Contact(f"c{number}", (), created_at=NOW, version=version, **facts)  # type: ignore[arg-type]
    return KnownPerson(number, contact, seen)


def found(index: PeopleIndex, text: str) -> list[int]:
    return sorted(index.select(parse(text), NOW))


@pytest.mark.parametrize(
    ("moment", "on", "since", "until", "within"),
    [
        ("2026-11-19T23:59:59.999999", False, False, True, False),
        ("2026-11-20T00:00:00", True, True, True, False),
        ("2026-11-20T23:59:59.999999", True, True, True, False),
        ("2026-11-21T00:00:00", False, True, False, False),
        ("2026-11-21T14:29:59.999999", False, True, False, False),
        ("2026-11-21T14:30:00", False, True, False, True),
    ],
)
def test_edges_hold_to_the_microsecond(moment: str, *, on: bool, since: bool, until: bool, within: bool) -> None:
    index = PeopleIndex()
    index.feed_people([person(1, datetime.fromisoformat(moment).replace(tzinfo=UTC))])
    assert bool(found(index, "last_seen on 2026-11-20")) is on
    assert bool(found(index, "last_seen since 2026-11-20")) is since
    assert bool(found(index, "last_seen until 2026-11-20")) is until
    assert bool(found(index, "last_seen before 2026-11-20")) is not since
    assert bool(found(index, "last_seen after 2026-11-20")) is not until
    assert bool(found(index, "not last_seen on 2026-11-20")) is not on
    assert bool(found(index, "last_seen within 48h")) is within


def test_another_sighting_of_an_unchanged_contact_counts() -> None:
    index = PeopleIndex()
    index.feed_people([person(1, NOW - timedelta(days=9), tags=frozenset({"vip"}))])
    assert found(index, "last_seen within 7d") == []
    index.feed_people([person(1, NOW, tags=frozenset({"vip"}))])
    assert found(index, "last_seen within 7d and tag:vip") == [1]


def test_who_goes_is_in_nothing_and_who_changes_is_where_they_are_now() -> None:
    index = PeopleIndex()
    index.feed_people([person(1, NOW, tags=frozenset({"vip"}), name="Ana"), person(2, NOW, name="Bo")])
    index.feed_memberships([MembershipRow(1, 1, "tips", NONE, IN), MembershipRow(2, 2, "tips", NONE, ADDED)])
    index.feed_people([KnownPerson(1, Contact("c1", (), version=2))])
    assert found(index, "name is known or tag:vip or last_seen is known") == [2]
    assert index.count("tips", NOW) == (1, 1, 0, 2)
    index.feed_people([person(2, NOW, version=2, name="Bob")])
    assert found(index, "name is Bo") == []
    assert found(index, "name is bob") == [2]


def test_texts_by_the_thousand_change_and_are_found() -> None:
    """Enough of them that they are written as one run, changed often enough that it is written anew."""
    index = PeopleIndex()
    names = {number: f"Person {number} of Zürich" for number in range(1, 4001)}
    index.feed_people([person(number, name=name) for number, name in names.items()])
    for turn in range(2, 5):
        for number in range(turn, 4001, 2):
            names[number] = f"{turn} Nobody {number}"
        index.feed_people([person(number, version=turn, name=names[number]) for number in range(turn, 4001, 2)])
        for text in ("ZÜRICH", "3", "nobody 39", "4 "):
            assert found(index, f'name contains "{text}"') == [
                n for n, name in names.items() if text.lower() in name.lower()
            ]
        assert found(index, 'name starts with "person 1"') == [
            n for n, name in names.items() if name.startswith("Person 1")
        ]
        assert found(index, f'name is "{names[77]}"') == [77]
        assert len(found(index, f'name is not "{names[77]}"')) == 3999
        assert [found(index, f'name is "{names[n]}"') for n in (3999, 4000)] == [[3999], [4000]]
        assert found(index, 'name is "person"') == []


def test_a_text_with_a_nul_in_it_is_one_text() -> None:
    index = PeopleIndex(few=0)
    index.feed_people([person(1, name="a\0b"), person(2, name="b"), person(3, name="ab")])
    assert found(index, "name starts with b") == [2]
    assert found(index, "name contains b") == [1, 2, 3]
    assert found(index, "name is b") == [2]


def test_rows_of_several_shards_come_in_any_order_and_count_once() -> None:
    index = PeopleIndex(3)
    index.feed_people([person(1), person(2), person(3)])
    rows = [MembershipRow(2, 2, "tips", NONE, IN), MembershipRow(1, 1, "tips", NONE, IN)]
    index.feed_memberships(rows)
    index.feed_memberships([*rows, MembershipRow(5, 2, "tips", IN, OUT)])
    assert index.count("tips", NOW) == (1, 1, 0, 5)
    assert index.standings.segments == ["tips"]


def test_an_empty_index_has_nobody_and_tells_its_size() -> None:
    index = PeopleIndex()
    assert index.count("tips", NOW) == (0, 0, 0, 0)
    assert found(index, "not tag:vip") == []
    before = index.size
    index.feed_people([person(number, NOW, name=f"n{number}") for number in range(1, 3000)])
    assert index.size > before + 3000 * 20


def test_versions_of_contacts_that_came_back_to_none() -> None:
    index = PeopleIndex()
    index.feed_people([person(1, tags=frozenset({"vip"}))])
    untagged = msgspec.structs.replace(person(1).contact, version=2)
    index.feed_people([KnownPerson(1, untagged)])
    assert found(index, "tag:vip") == []
    assert found(index, "not tag:vip") == [1]


def address(channel: str, code: str = "", act: datetime | None = NOW) -> ChannelAddress:
    family = "workplace" if channel == "workplace" else "teams"
    surface = "" if channel == family else channel
    reference = ConversationReference(family, f"a:{channel}", f"u-{channel}", surface=surface)
    why = f"answered 403 {code}" if code else ""
    return ChannelAddress(f"{channel}:a", reference, unreachable=why, unreachable_code=code, inbound_at=act)


def person_on(number: int, *channels: str | ChannelAddress, version: int = 1, **facts: object) -> KnownPerson:
    addresses = tuple(address(one) if isinstance(one, str) else one for one in channels)
    accounts = tuple(one.reference.account for one in addresses)
    one = person(number, version=version, tags=frozenset({"vip"}), **facts)
    return one._replace(contact=msgspec.structs.replace(one.contact, identities=accounts), addresses=addresses)


def test_who_is_counted_as_what() -> None:
    """Members opted in, were added, or meet the filter; the allowed said no stop; the reachable have an address."""
    index = PeopleIndex(set_up=frozenset({"teams", "webchat"}))
    index.feed_people(
        [
            person_on(1, "teams"),
            person_on(2),  # staff knows an address alone
            person_on(3, "workplace"),  # which is not set up
            person_on(4, "workplace", "teams"),
            person_on(5, "teams", "webchat"),
        ]
    )
    rows = [(1, IN), (2, ADDED), (3, IN), (4, ADDED), (5, IN)]
    index.feed_memberships([MembershipRow(n, n, "tips", NONE, after) for n, after in rows])
    assert index.count("tips", NOW) == (5, 5, 3, 5)
    index.feed_memberships([MembershipRow(6, 4, ALL, NONE, OUT)])
    assert index.count("tips", NOW) == (5, 4, 2, 6)
    assert index.count(parse("tag:vip"), NOW) == (5, 4, 2, 6)
    index.define({"vips": parse("tag:vip")})
    assert index.count("vips", NOW) == (5, 4, 2, 6)
    assert sorted(index.reachable("tips", NOW)) == [1, 5]


def test_who_stopped_and_does_not_meet_a_filter_is_not_counted_by_it() -> None:
    index = PeopleIndex()
    index.feed_people([person(1, tags=frozenset({"vip"})), person(2), person(3)])
    index.feed_memberships([MembershipRow(n, n, ALL, NONE, OUT) for n in (2, 3)])
    assert index.count(parse("tag:vip"), NOW)[:2] == (1, 1)


def test_an_account_that_comes_or_goes_is_counted_at_once() -> None:
    index = PeopleIndex(set_up=frozenset({"teams"}))
    index.feed_people([person_on(1)])
    assert index.count(parse("tag:vip"), NOW) == (1, 1, 0, 0)
    index.feed_people([person_on(1, "teams", version=2)])
    assert index.count(parse("tag:vip"), NOW) == (1, 1, 1, 0)
    index.feed_people([person_on(1, "webchat", version=3)])
    assert index.count(parse("tag:vip"), NOW) == (1, 1, 0, 0)


def test_who_can_not_be_reached_on_any_channel_is_not_reachable() -> None:
    index = PeopleIndex(set_up=frozenset({"teams", "workplace"}))
    blocked, left = address("teams", "ConversationBlockedByUser"), address("workplace", "551")
    index.feed_people([person_on(1, blocked), person_on(2, blocked, "workplace"), person_on(3, blocked, left)])
    assert index.count(parse("tag:vip"), NOW) == (3, 3, 1, 0)
    assert (sorted(index.has_address("teams")), sorted(index.reachable_on("teams"))) == ([1, 2, 3], [])
    assert index.unreachable("teams") == {"ConversationBlockedByUser": BitMap([1, 2, 3])}
    assert index.unreachable("workplace") == {"551": BitMap([3])}
    index.feed_people([person_on(1, "teams")])  # they spoke: nothing of the contact itself changed
    assert index.unreachable("teams") == {"ConversationBlockedByUser": BitMap([2, 3])}
    index.feed_people([KnownPerson(3, Contact("c3", (), merged_into="c2", version=2))])
    assert index.unreachable("teams") == {"ConversationBlockedByUser": BitMap([2])}
    assert index.unreachable("workplace") == {}


def test_whom_staff_know_on_teams_can_be_written_to_first() -> None:
    index = PeopleIndex(set_up=frozenset({"teams"}))
    gone = address("teams", "ForbiddenOperationException")
    index.feed_people([person_on(1, aad_object_id="a-1"), person_on(2, gone, aad_object_id="a-2"), person_on(3)])
    index.feed_people([person_on(4, "teams")._replace(addresses=()), person_on(5, "workplace")._replace(addresses=())])
    assert (sorted(index.has_address("teams")), sorted(index.reachable_on("teams"))) == ([1, 2, 4], [1, 4])
    assert sorted(index.has_address("workplace")) == []
    assert sorted(index.has_address("webchat")) == []
    assert sorted(index.open_window("teams", NOW)) == [1, 2, 4]
    assert index.count(parse("tag:vip"), NOW).reachable == 2


@pytest.mark.parametrize(
    ("ago", "is_open"), [(timedelta(hours=23, minutes=58), True), (timedelta(hours=23, minutes=59), False)]
)
def test_a_window_closes_a_minute_early(ago: timedelta, *, is_open: bool) -> None:
    index = PeopleIndex()
    index.feed_people([person_on(1, address("workplace", act=NOW - ago)), person_on(2, address("workplace", act=None))])
    assert (1 in index.open_window("workplace", NOW)) is is_open
    assert 2 not in index.open_window("workplace", NOW)


def test_people_by_time_zone_however_many_zones_there_are() -> None:
    index = PeopleIndex(few=1)
    zones = {1: "Europe/Paris", 2: "Asia/Tokyo", 3: "Europe/Paris"}
    index.feed_people([person(number, time_zone=zone) for number, zone in zones.items()])
    index.feed_people([person(4)])
    assert index.zones() == {"Europe/Paris": BitMap([1, 3]), "Asia/Tokyo": BitMap([2])}
    assert found(index, 'time_zone is "Europe/Paris"') == [1, 3]
    index.feed_people([person(3, time_zone="Asia/Tokyo", version=2), KnownPerson(2, Contact("c2", (), version=2))])
    assert index.zones() == {"Europe/Paris": BitMap([1]), "Asia/Tokyo": BitMap([3])}


def test_nobody_is_reachable_where_no_channel_is_set_up() -> None:
    index = PeopleIndex()
    index.feed_people([person_on(1, "teams")])
    assert index.count(parse("tag:vip"), NOW) == (1, 1, 0, 0)
