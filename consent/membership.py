"""Who is in which segment: what an act changes, when it was done, and what a ledger's rows come to."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.effects import ConsentTerms


class Act(StrEnum):
    """What somebody does about one segment."""

    OPT_IN = "opt_in"
    """The person, by a button or a keyword."""
    OPT_OUT = "opt_out"
    """The person, by a button or a keyword."""
    ADD = "add"
    """Staff, a CSV or the API."""
    REMOVE = "remove"
    """Staff, a CSV or the API."""


_OWN = {Act.OPT_IN: Membership.OPTED_IN, Act.OPT_OUT: Membership.OPTED_OUT}

_RANK = {Membership.OPTED_OUT: 0, Membership.NONE: 1, Membership.ADDED: 2, Membership.OPTED_IN: 3}


def raises(before: Membership, after: Membership) -> bool:
    """Tell whether a change lets more be sent to a person than before."""
    return _RANK[after] > _RANK[before]


class Refusal(StrEnum):
    """Why an act of staff does not count: the person's own act stands against it."""

    OPTED_OUT = "opted out"
    """Of this segment."""
    SUPPRESSED = "opted out of everything"
    SINCE = "removed or opted out since"
    """What staff say is older than an act that lowered the person's consent."""


class Change(NamedTuple):
    """A membership that becomes another one: what a ledger row is about."""

    subject: str
    before: Membership
    after: Membership


class Decision(NamedTuple):
    """What an act comes to: the membership afterwards, and why staff was refused, if they were."""

    after: Membership
    refusal: Refusal | None = None


def decide(
    act: Act, before: Membership, everything: Membership = Membership.NONE, *, outweighed: bool = False
) -> Decision:
    """Decide an act on a segment; `everything` is how the person stands to `messages.consent.ALL`.

    The person's own act always counts. Staff can't undo an own opt-out, nor add somebody who stopped everything, nor
    one whose consent was lowered after staff acted (`outweighed`, by `consent.membership`); removing a member they may
    always.
    """
    if act in _OWN:
        return Decision(_OWN[act])
    if before is Membership.OPTED_OUT:
        return Decision(before, Refusal.OPTED_OUT)
    if act is Act.REMOVE:
        return Decision(Membership.NONE)
    if before is not Membership.NONE:
        return Decision(before)
    if everything is Membership.OPTED_OUT:
        return Decision(before, Refusal.SUPPRESSED)
    return Decision(before, Refusal.SINCE) if outweighed else Decision(Membership.ADDED)


def change(
    act: Act, subject: str, before: Membership, everything: Membership = Membership.NONE, *, outweighed: bool = False
) -> Change | Refusal | None:
    """Return the change that an act makes, why it is refused, or None when it changes nothing."""
    after, refusal = decide(act, before, everything, outweighed=outweighed)
    if refusal is not None:
        return refusal
    return None if after is before else Change(subject, before, after)


def may_receive(membership: Membership, everything: Membership) -> bool:
    """Tell whether a message pushed to a segment may go to a person, at the moment of sending.

    Whoever opted in may get it, also after a STOP: a STOP ends every membership, so the opt-in came later. Whoever
    staff added may get it while they have not stopped everything. Nobody else may.
    """
    if membership is Membership.OPTED_IN:
        return True
    return membership is Membership.ADDED and everything is not Membership.OPTED_OUT


_MEMBER = (Membership.OPTED_IN, Membership.ADDED)


def stop_everything(memberships: Mapping[str, Membership]) -> tuple[Change, ...]:
    """Return what a STOP changes: everything pushed, and each segment the person is in, in the order of their ids.

    A STOP by somebody who is out of all of it changes nothing.
    """
    everything = memberships.get(ALL, Membership.NONE)
    changes = [] if everything is Membership.OPTED_OUT else [Change(ALL, everything, Membership.OPTED_OUT)]
    for subject in sorted(memberships):
        before = memberships[subject]
        if subject != ALL and before in _MEMBER:
            changes.append(Change(subject, before, Membership.OPTED_OUT))
    return tuple(changes)


def use_once(subject: str, membership: Membership) -> Change | None:
    """Return what sending on a consent that is good for one message changes: it is used up. None where there is none.

    Whoever was added is used up too: staff can add them again, and nobody gets two messages for one.
    """
    return Change(subject, membership, Membership.NONE) if membership in _MEMBER else None


def start_again(memberships: Mapping[str, Membership]) -> tuple[Change, ...]:
    """Return what a START changes: a suppression is lifted. No membership of a segment comes back."""
    if memberships.get(ALL) is Membership.OPTED_OUT:
        return (Change(ALL, Membership.OPTED_OUT, Membership.OPTED_IN),)
    return ()


STILL_AN_ANSWER: Final = timedelta(hours=1)
"""How long after an act of the person what follows still belongs to the answer to it. Later it is pushed."""

_MEMBERS = (Membership.OPTED_IN, Membership.ADDED)


def why_not(
    terms: ConsentTerms, memberships: Mapping[str, Membership], lowered: Mapping[str, datetime], now: datetime
) -> str:
    """Return why it may not be said, for people; empty when it may.

    It ends with what lowered consent after the person's last act: a stop, or leaving a segment that it belongs to. What
    is pushed asks besides whether a message to its segments may be sent; without a segment, that nothing is stopped.
    """
    everything = memberships.get(ALL, Membership.NONE)
    if _since(terms, lowered, ALL) or (everything is Membership.OPTED_OUT and not terms.stopped):
        return "the person stopped meanwhile"
    for segment in terms.segments:
        if memberships.get(segment) not in _MEMBERS or _since(terms, lowered, segment):
            return f"the person is not in {segment} any more"
    if terms.since is not None and now - terms.since <= STILL_AN_ANSWER:
        return ""
    held = [memberships.get(segment, Membership.NONE) for segment in terms.segments]
    if not held and everything is Membership.OPTED_OUT:
        return "the person stopped"
    return "" if all(may_receive(one, everything) for one in held) else "the person stopped"


def _since(terms: ConsentTerms, lowered: Mapping[str, datetime], subject: str) -> bool:
    at = lowered.get(subject)
    return at is not None and terms.since is not None and at > terms.since


UNTIMED_WAIT = timedelta(hours=24)
"""How old every lowering act must be for a raising act of unknown time to count."""

AHEAD: timedelta = timedelta(minutes=5)
"""How far a channel's clock may be ahead of ours for its times to be believed."""


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


def is_raising_act(change: ConsentChange) -> bool:
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
            elif is_raising_act(change):
                raised[change.subject] = max(raised.get(change.subject, at), at)
        for subject, at in (repeated or {}).items():
            raised[subject] = max(raised.get(subject, at), at)
        for subject, at in (moved or {}).items():
            lower(subject, at)
        return ActTimes(lowered, raised)


def fold(changes: Iterable[ConsentChange]) -> dict[str, dict[str, Membership]]:
    """Return the memberships by contact and subject that a ledger, in its order, comes to.

    The last change of a subject counts. Those that came back to `none` are left out, and so are contacts without any.
    """
    memberships: dict[str, dict[str, Membership]] = {}
    for change in changes:
        memberships.setdefault(change.contact, {})[change.subject] = change.after
    found: dict[str, dict[str, Membership]] = {}
    for contact, subjects in memberships.items():
        for subject, after in subjects.items():
            if after is not Membership.NONE:
                found.setdefault(contact, {})[subject] = after
    return found
