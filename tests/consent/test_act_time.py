"""When an act was done, and whether a yes is in time."""

from datetime import UTC, datetime, timedelta

from consent.membership import AHEAD, ActTimes, Outweighed, act_time, outweighed
from messages.consent import ALL, ConsentChange, Membership, SourceKind

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_an_act_is_as_old_as_the_channel_says() -> None:
    assert act_time(NOW - HOUR, NOW) == NOW - HOUR


def test_a_clock_that_is_ahead_of_ours_by_minutes_is_believed() -> None:
    assert act_time(NOW + AHEAD, NOW) == NOW + AHEAD


def test_a_time_further_ahead_tells_nothing() -> None:
    assert act_time(NOW + AHEAD + timedelta(microseconds=1), NOW) is None
    assert act_time(datetime(2099, 1, 1, tzinfo=UTC), NOW) is None


def test_a_channel_without_a_clock_to_trust_is_not_asked() -> None:
    assert act_time(NOW - HOUR, NOW, server_clock=True) == NOW
    assert act_time(None, NOW, server_clock=True) == NOW


def test_nothing_tells_when() -> None:
    assert act_time(None, NOW) is None


def test_less_than_a_millisecond_is_no_difference() -> None:
    acted = act_time(NOW + timedelta(microseconds=999), NOW + HOUR)
    assert outweighed(acted, NOW + HOUR, "tips", {"tips": NOW}) == Outweighed("tips", NOW)


def test_a_yes_younger_than_every_no_counts() -> None:
    assert outweighed(NOW, NOW, "tips", {"tips": NOW - SECOND, ALL: NOW - HOUR, "news": NOW + HOUR}) is None


def test_a_tie_does_not_count() -> None:
    assert outweighed(NOW, NOW, "tips", {"tips": NOW}) == Outweighed("tips", NOW)


def test_a_no_to_everything_is_a_no_to_each() -> None:
    assert outweighed(NOW, NOW, "tips", {"tips": NOW - HOUR, ALL: NOW + SECOND}) == Outweighed(ALL, NOW + SECOND)


def test_a_no_to_one_says_nothing_about_everything() -> None:
    assert outweighed(NOW, NOW, ALL, {"tips": NOW + HOUR}) is None


def test_a_yes_of_unknown_time_counts_a_day_after_the_last_no() -> None:
    assert outweighed(None, NOW, "tips", {ALL: NOW - 24 * HOUR}) is None
    assert outweighed(None, NOW, "tips", {ALL: NOW - 24 * HOUR + SECOND}) is not None
    assert outweighed(None, NOW, "tips", {}) is None


def test_a_merge_is_no_act() -> None:
    change = ConsentChange(
        "c", "tips", Membership.OPTED_IN, Membership.OPTED_OUT, NOW, SourceKind.MERGE, "staff", "took over d"
    )
    assert ActTimes({}, {}).after([change]) == ({}, {})
