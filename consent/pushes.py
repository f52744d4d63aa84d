"""Whether a push may go to a person now: the questions in their order, and the first that has an answer decides.

Asked when a push is claimed, and again if its request is not written at once. Pure: what is known beside consent and
conversation is in `messages.pushes.PushFacts`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from consent.membership import may_receive
from messages.consent import ALL, Membership
from messages.effects import DeferPush, SkipPush
from messages.inbound import PushDue
from messages.pushes import Deferral, PushFacts, SkipReason, reason_text
from schedules.schedule import has_passed

BEFORE_THE_WINDOW_CLOSES: Final = timedelta(seconds=60)
"""How long before its end a channel's window counts as closed: a send takes its time."""

_FIRST_LOOK, _LAST_LOOK = timedelta(minutes=1), timedelta(minutes=16)
"""After how long an open question or a hand-over is looked at again: doubled with each attempt."""

_FIRST_REPLY, _LAST_REPLY = timedelta(seconds=2), timedelta(seconds=30)
"""The same of replies that wait."""


class PushedTo(NamedTuple):
    """Who a push is for, as the snapshot of its turn has them."""

    memberships: Mapping[str, Membership]
    """By subject, and by `messages.consent.ALL`; a missing one is `Membership.NONE`."""
    known: bool = True
    """Whether there is a contact; False: they were erased."""
    account: bool = True
    """Whether they have an account that the push can go to."""
    unreachable: str = ""
    """Why nothing may be sent until they speak again."""
    asked: bool = False
    """Whether a question is open in the conversation."""
    handed_over: bool = False
    """Whether a person has the conversation."""


Refused = SkipPush | DeferPush


def may_push(push: PushDue, person: PushedTo, now: datetime) -> Refused | None:
    """Return why a push does not go to somebody now, and what becomes of it; None when it may go.

    The first that applies: nobody is there, or they had it by another contact; consent; the audience asked again; the
    address; the channel's window; their time; a question or a person; the cap; the expiry; replies that wait. Nothing
    is deferred to a time after its expiry.
    """
    return (
        _nobody(push.facts, person)
        or _without_consent(push, person)
        or _outside_the_audience(push.facts)
        or _out_of_reach(push.facts, person, now)
        or _by_their_clock(push, now)
        or _in_between(push, person, now)
        or _too_much(push, now)
        or _behind_replies(push, now)
    )


def membership_of(subject: str, memberships: Mapping[str, Membership], in_segment: bool | None) -> Membership:
    """Return how somebody is counted for a subject: whom a filter has is as one whom staff added.

    `in_segment`: whether a segment's filter has them; None where the subject has memberships.
    """
    membership = memberships.get(subject, Membership.NONE)
    if in_segment is None or membership is Membership.OPTED_OUT:
        return membership
    if not in_segment:
        return Membership.NONE
    return Membership.ADDED if membership is Membership.NONE else membership


def retry_after(attempt: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return the wait after the n-th attempt, doubled with each."""
    doublings = min(max(attempt, 1) - 1, 16)
    return min(longest, first * (1 << doublings))


def _skip(reason: SkipReason, about: str = "") -> SkipPush:
    return SkipPush(reason_text(reason, about))


def _nobody(facts: PushFacts, person: PushedTo) -> Refused | None:
    if not person.known:
        return _skip(SkipReason.ERASED)
    return _skip(SkipReason.MERGED, facts.had_by) if facts.had_by else None


def _without_consent(push: PushDue, person: PushedTo) -> Refused | None:
    """A STOP leaves a segment too: then it is the STOP that is named."""
    membership = membership_of(push.subject, person.memberships, push.facts.in_segment)
    everything = person.memberships.get(ALL, Membership.NONE)
    if may_receive(membership, everything):
        return None
    if push.facts.used and membership is Membership.NONE and everything is not Membership.OPTED_OUT:
        return None
    if membership is Membership.NONE:
        return _skip(SkipReason.NOT_A_MEMBER)
    return _skip(SkipReason.STOPPED if everything is Membership.OPTED_OUT else SkipReason.OPTED_OUT)


def _outside_the_audience(facts: PushFacts) -> Refused | None:
    if facts.left_filter:
        return _skip(SkipReason.LEFT_FILTER)
    return _skip(SkipReason.EXCLUDED) if facts.excluded else None


def _out_of_reach(facts: PushFacts, person: PushedTo, now: datetime) -> Refused | None:
    if not person.account:
        return _skip(SkipReason.NO_ACCOUNT)
    if person.unreachable:
        return _skip(SkipReason.UNREACHABLE, person.unreachable)
    if facts.not_permitted:
        return _skip(SkipReason.NOT_PERMITTED, facts.not_permitted)
    if facts.window_until is not None and now >= facts.window_until - BEFORE_THE_WINDOW_CLOSES:
        return _skip(SkipReason.OUTSIDE_WINDOW)
    return None


def _by_their_clock(push: PushDue, now: datetime) -> Refused | None:
    """Put off what is due later where the person is now, and what falls into their quiet hours."""
    due, quiet = push.facts.due_by_zone, push.facts.quiet_until
    if due is not None and due > now:
        return DeferPush(due, Deferral.MOVED) if due < push.expires else _skip(SkipReason.EXPIRED)
    if due is not None and has_passed(due, now, timedelta(seconds=push.facts.catch_up)):
        return _skip(SkipReason.TIME_PASSED)
    if quiet is not None and quiet > now:
        return DeferPush(quiet, Deferral.QUIET) if quiet < push.expires else _skip(SkipReason.QUIET)
    return None


def _in_between(push: PushDue, person: PushedTo, now: datetime) -> Refused | None:
    """Wait while a person has the conversation, or a question is open, until patience is over."""
    if person.handed_over:
        return wait_for(push, now, Deferral.WITH_A_PERSON, SkipReason.WITH_A_PERSON)
    return wait_for(push, now, Deferral.WITH_A_QUESTION, SkipReason.IN_A_QUESTION) if person.asked else None


def wait_for(push: PushDue, now: datetime, why: Deferral, in_vain: SkipReason) -> Refused:
    """Put a push off until something else in the conversation is over; skip it once patience, or its time, is over."""
    patience = min(push.patience_until or now, push.expires)
    if now >= patience:
        return _skip(in_vain)
    return DeferPush(min(now + retry_after(push.push.attempt, _FIRST_LOOK, _LAST_LOOK), patience), why)


def _too_much(push: PushDue, now: datetime) -> Refused | None:
    facts = push.facts
    if 0 < facts.cap <= len(facts.pushed_at):
        return _skip(SkipReason.CAP)
    return _skip(SkipReason.EXPIRED) if now >= push.expires else None


def _behind_replies(push: PushDue, now: datetime) -> Refused | None:
    if not push.facts.replies_wait:
        return None
    until = now + retry_after(push.push.attempt, _FIRST_REPLY, _LAST_REPLY)
    return DeferPush(until, Deferral.BUSY) if until < push.expires else _skip(SkipReason.EXPIRED)
