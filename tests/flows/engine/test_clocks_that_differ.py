"""A yes and a no, in each order of being done and of being delivered, where the channel's clock and ours differ."""

from datetime import timedelta

import pytest

from consent.membership import AHEAD
from flows.engine import trace
from flows.engine.turn import Turn
from messages.consent import ALL, Membership
from messages.inbound import TextReceived
from tests.flows.engine.conversation import BEGIN, Conversation, revision_of
from tests.flows.engine.test_golden import flow_text

SECOND = timedelta(seconds=1)
DIFFERENCES = (-3600 * SECOND, -120 * SECOND, SECOND, 30 * SECOND, 120 * SECOND, AHEAD - 20 * SECOND)


class Channel:
    """A conversation on a channel whose clock is `ahead` of ours; acts are done and delivered at times of their own."""

    def __init__(self, ahead: timedelta) -> None:
        self.talk = Conversation(revision_of(flow_text("care")))
        self.ahead = ahead
        self._take(TextReceived("hello"), 0, 0)

    def yes(self, done: int, delivered: int) -> Turn:
        payload = next(
            button.payload
            for part in self.talk.sent[0].parts
            for button in getattr(part, "buttons", ())
            if button.label == "Yes please"
        )
        self._at(done, delivered)
        return self.talk.press_payload(payload)

    def no(self, done: int, delivered: int) -> Turn:
        return self._take(TextReceived("STOP"), done, delivered)

    @property
    def tips(self) -> Membership | None:
        return self.talk.memberships.get("tips")

    def _at(self, done: int, delivered: int) -> None:
        """Both in seconds since the beginning, by the true time; the turn adds a second of its own."""
        self.talk.now = BEGIN + (delivered - 1) * SECOND
        self.talk.ago = (delivered - done) * SECOND - self.ahead

    def _take(self, action: TextReceived, done: int, delivered: int) -> Turn:
        self._at(done, delivered)
        return self.talk.take(action)


@pytest.mark.parametrize("ahead", DIFFERENCES)
@pytest.mark.parametrize("apart", [1, 10, 100])
class TestTheOrderInWhichTheyWereDoneDecides:
    def test_yes_then_no_delivered_in_order(self, ahead: timedelta, apart: int) -> None:
        channel = Channel(ahead)
        channel.yes(10, 10)
        channel.no(10 + apart, 10 + apart)
        assert channel.tips is Membership.OPTED_OUT

    def test_yes_then_no_delivered_the_other_way_round(self, ahead: timedelta, apart: int) -> None:
        channel = Channel(ahead)
        channel.no(10 + apart, 10 + apart)
        late = channel.yes(10, 20 + 2 * apart)
        assert channel.tips is not Membership.OPTED_IN
        assert [step.kind for step in late.trace if step.kind == trace.LATE] == [trace.LATE]
        assert late.effects == ()

    def test_no_then_yes_delivered_in_order(self, ahead: timedelta, apart: int) -> None:
        channel = Channel(ahead)
        channel.no(10, 10)
        channel.yes(10 + apart, 10 + apart)
        assert channel.tips is Membership.OPTED_IN

    def test_no_then_yes_delivered_the_other_way_round(self, ahead: timedelta, apart: int) -> None:
        """A no counts however late, and a copy of the yes that it overrides does not count any more."""
        channel = Channel(ahead)
        channel.yes(10 + apart, 10 + apart)
        channel.no(10, 20 + apart)
        assert channel.tips is Membership.OPTED_OUT
        channel.yes(10 + apart, 30 + apart)
        assert channel.tips is Membership.OPTED_OUT
        channel.yes(40 + apart, 40 + apart)
        assert channel.tips is Membership.OPTED_IN


FAR = AHEAD + 60 * SECOND


def test_a_yes_of_a_clock_that_is_not_believed_counts_where_nobody_said_no_today() -> None:
    channel = Channel(FAR)
    channel.yes(10, 10)
    assert channel.tips is Membership.OPTED_IN
    assert channel.talk.times.raised["tips"] == BEGIN + 10 * SECOND


def test_one_from_before_a_no_by_the_same_clock_does_not() -> None:
    channel = Channel(FAR)
    channel.no(20, 20)
    channel.yes(10, 30)
    channel.yes(40, 40)
    assert channel.tips is not Membership.OPTED_IN
    channel.yes(20 + 24 * 3600, 20 + 24 * 3600)
    assert channel.tips is Membership.OPTED_IN


def test_a_no_of_a_clock_that_is_not_believed_shuts_nobody_out() -> None:
    channel = Channel(24 * 3600 * SECOND)
    channel.no(10, 10)
    assert channel.talk.times.lowered[ALL] == BEGIN + 10 * SECOND
    channel.ahead = timedelta()
    channel.yes(11, 11)
    assert channel.tips is Membership.OPTED_IN


def test_a_no_of_a_clock_that_is_a_little_ahead_shuts_out_for_no_longer_than_that() -> None:
    channel = Channel(AHEAD)
    channel.no(10, 10)
    channel.ahead = timedelta()
    channel.yes(11, 11)
    assert channel.tips is not Membership.OPTED_IN
    ends = 10 + int(AHEAD.total_seconds())
    channel.yes(ends, ends)
    assert channel.tips is not Membership.OPTED_IN
    channel.yes(ends + 1, ends + 1)
    assert channel.tips is Membership.OPTED_IN
