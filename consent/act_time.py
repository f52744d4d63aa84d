"""When people acted, and whether that is in time: the time of an act decides, not that of its arrival.

Times are compared in whole milliseconds, which is what stores keep.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from messages.consent import ConsentChange, Membership, SourceKind
from messages.ids import ALL

UNTIMED_WAIT = timedelta(hours=24)
"""How old every lowering act must be for a raising act of unknown time to count."""

AHEAD: timedelta = timedelta(minutes=5)
"""How far a channel's clock may be ahead of ours for its times to be believed."""

_MEMBER = (Membership.OPTED_IN, Membership.ADDED)


class Outweighed(NamedTuple):
    """The act that speaks against a raising one: on which subject, and when."""

    subject: str
    lowered_at: datetime


def whole_milliseconds(at: datetime) -> datetime:
    """Return a time without what is less than a millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def act_time(sent_at: datetime | None, received_at: datetime, *, server_clock: bool = False) -> datetime | None:
    """Return when an act was done, or None where nothing that can be believed tells.

    `sent_at` is the channel's time. It is believed up to `AHEAD` in the future, since our clock may be behind; one
    further ahead tells nothing. With `server_clock` the channel has no clock to trust, and the act is as old as its
    receipt.
    """
    if server_clock:
        return whole_milliseconds(received_at)
    if sent_at is None or is_too_far_ahead(sent_at, received_at):
        return None
    return whole_milliseconds(sent_at)


def is_too_far_ahead(sent_at: datetime, received_at: datetime) -> bool:
    """Tell whether a channel's time is further in the future than clocks may differ."""
    return sent_at - received_at > AHEAD


def outweighed(
    acted_at: datetime | None, received_at: datetime, subject: str, lowered: Mapping[str, datetime]
) -> Outweighed | None:
    """Return the lowering act that a raising act on `subject` comes too late for; None when the act counts.

    An act counts if it is younger than what lowered its subject and everything; a tie does not count. One of unknown
    time counts if nothing lowered them in the 24 hours before its receipt.
    """
    against = [Outweighed(each, lowered[each]) for each in dict.fromkeys((subject, ALL)) if each in lowered]
    if not against:
        return None
    latest = max(against, key=lambda one: one.lowered_at)
    if acted_at is None:
        return latest if latest.lowered_at > whole_milliseconds(received_at) - UNTIMED_WAIT else None
    return latest if acted_at <= latest.lowered_at else None


def lowers(change: ConsentChange) -> bool:
    """Tell whether a change is of an act that lowered consent. A merge is no act: it brings the times of both along."""
    if change.source is SourceKind.MERGE:
        return False
    return change.after is Membership.OPTED_OUT or (change.after is Membership.NONE and change.before in _MEMBER)


def raises(change: ConsentChange) -> bool:
    """Tell whether a change is of an act that raised consent."""
    return change.source is not SourceKind.MERGE and change.after in _MEMBER


class ActTimes(NamedTuple):
    """By subject, when consent was last lowered and last raised. Stores keep the same by the same rule."""

    lowered: Mapping[str, datetime]
    raised: Mapping[str, datetime]

    def after(
        self,
        changes: Iterable[ConsentChange],
        moved: Mapping[str, datetime] | None = None,
        repeated: Mapping[str, datetime] | None = None,
    ) -> "ActTimes":
        """Return the times after changes; `moved` and `repeated`: subjects lowered, and raised, once more although
        nothing changed.

        What is lowered is lowered at the time of the act, or at that of what the act overrides, if it is later: so a
        duplicate of that is a tie, and does not count.
        """
        lowered, raised = dict(self.lowered), dict(self.raised)

        def lower(subject: str, at: datetime) -> None:
            lowered[subject] = max(lowered.get(subject, at), at, raised.get(subject, at))

        for change in changes:
            at = change.acted_at or whole_milliseconds(change.at)
            if lowers(change):
                lower(change.subject, at)
            elif raises(change):
                raised[change.subject] = max(raised.get(change.subject, at), at)
        for subject, at in (repeated or {}).items():
            raised[subject] = max(raised.get(subject, at), at)
        for subject, at in (moved or {}).items():
            lower(subject, at)
        return ActTimes(lowered, raised)
