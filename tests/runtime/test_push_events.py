"""What is known of a person when their push is due: their quiet hours, a zone they moved to, the channel's window."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from messages.channel_addresses import ChannelAddress
from messages.inbound import ConversationReference
from messages.pushes import PushFacts
from runtime.push_events import address_of, facts_of, variant_of
from storage.addresses import ConsentRow, PushTarget
from storage.push_records import BroadcastRecord, ScheduleRecord, Variant

NOW = datetime(2027, 1, 15, 14, tzinfo=UTC)
"""15:00 in Paris, 09:00 in New York, 06:00 in Los Angeles."""

TEAMS = ChannelAddress("teams:a:1", ConversationReference("teams", "a:1", "29:1"), inbound_at=NOW - timedelta(days=9))
MESSENGER = ChannelAddress(
    "workplace:p:7", ConversationReference("workplace", "7", "7", page="p"), inbound_at=NOW - timedelta(hours=3)
)
TARGET = PushTarget(1, "c_1", 1, False, "", "", "", (), ConsentRow(), ConsentRow(), (TEAMS, MESSENGER))
CONTENT = BroadcastRecord("demo", "b", "B", "tips", NOW, "ops", message="tip")
LOCAL = ScheduleRecord(at="2027-01-15T09:00", zone="Europe/Paris", local=True, catch_up=7200)


def facts(address: ChannelAddress = TEAMS, zone: str = "", planned_by: str | None = None, **content: Any) -> PushFacts:
    how = {"planned_by": planned_by, "occurrence": "2027-01-15T09:00", "by_filter": False, "cap": 3}
    target = TARGET._replace(time_zone=zone)
    return facts_of(target, address, None, NOW, content=replace(CONTENT, **content), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "quiet", "until"),
    [
        ("", "", None),
        ("Europe/Paris", "none", None),
        ("Europe/Paris", "14:00-16:00", NOW + timedelta(hours=1)),
        ("America/New_York", "14:00-16:00", None),
        ("America/Los_Angeles", "21:00-08:00", NOW + timedelta(hours=2)),
        ("Nowhere/Land", "21:00-08:00", None),
        ("", "13:00-14:30", NOW + timedelta(minutes=30)),
    ],
)
def test_it_is_quiet_by_the_persons_own_clock(zone: str, quiet: str, until: datetime | None) -> None:
    assert facts(zone=zone, quiet=quiet).quiet_until == until


def test_somebody_who_moved_is_due_by_the_zone_they_are_in() -> None:
    found = facts(zone="America/Los_Angeles", planned_by="America/New_York", schedule=LOCAL)
    assert (found.due_by_zone, found.catch_up) == (datetime(2027, 1, 15, 17, tzinfo=UTC), 7200)
    back = facts(zone="Europe/Paris", planned_by="America/New_York", schedule=LOCAL)
    assert back.due_by_zone == datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert facts(zone="Europe/Paris", planned_by="Europe/Paris", schedule=LOCAL).due_by_zone is None, "however late"
    assert facts(zone="Europe/Paris", schedule=LOCAL).due_by_zone is None
    quiet = facts(zone="America/Los_Angeles", planned_by="America/New_York", schedule=LOCAL, quiet="22:00-09:30")
    assert quiet.due_by_zone == datetime(2027, 1, 15, 17, 30, tzinfo=UTC)


def test_who_was_put_off_may_have_to_wait_again_and_is_not_late() -> None:
    assert facts(zone="Europe/Paris", planned_by="", schedule=LOCAL).due_by_zone is None
    again = facts(zone="Pacific/Honolulu", planned_by="", schedule=LOCAL)
    assert again.due_by_zone == datetime(2027, 1, 15, 19, tzinfo=UTC)


def test_a_window_is_open_until_a_day_after_the_last_act() -> None:
    assert facts(TEAMS).window_until is None
    assert facts(MESSENGER).window_until == NOW + timedelta(hours=21)
    assert facts(replace(MESSENGER, inbound_at=None)).window_until == NOW


def test_a_push_goes_where_the_broadcast_prefers_else_where_the_person_acted_last() -> None:
    assert address_of(CONTENT, TARGET) == MESSENGER
    assert address_of(replace(CONTENT, channels=("teams", "workplace")), TARGET) == TEAMS
    blocked = TARGET._replace(addresses=(TEAMS, replace(MESSENGER, unreachable="blocked")))
    assert address_of(CONTENT, blocked) == TEAMS
    alone = TARGET._replace(addresses=(replace(TEAMS, unreachable="blocked"),))
    assert (address_of(CONTENT, alone) or TEAMS).unreachable == "blocked"
    assert address_of(CONTENT, TARGET._replace(addresses=())) is None


def test_variants_are_given_by_their_shares_and_stay_the_same() -> None:
    content = replace(CONTENT, variants=(Variant("a", "one", 30), Variant("b", "two", 70)))
    given = [variant_of("seed", f"c_{number}", content) for number in range(4000)]
    share = sum(1 for each in given if each is not None and each.name == "a") / len(given)
    assert 0.27 < share < 0.33
    assert given == [variant_of("seed", f"c_{number}", content) for number in range(4000)]
    assert variant_of("seed", "c_1", CONTENT) is None
