"""What an act makes of one membership or of all, and whether a message may be pushed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from messages.consent import Membership
from messages.effects import ConsentTerms
from messages.ids import ALL


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
    """Decide an act on a segment; `everything` is how the person stands to `messages.ids.ALL`.

    The person's own act always counts. Staff can't undo an own opt-out, nor add somebody who stopped everything, nor
    one whose consent was lowered after staff acted (`outweighed`, by `consent.act_time`); removing a member they may
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
    standing = [memberships.get(segment, Membership.NONE) for segment in terms.segments]
    if not standing and everything is Membership.OPTED_OUT:
        return "the person stopped"
    return "" if all(may_receive(one, everything) for one in standing) else "the person stopped"


def _since(terms: ConsentTerms, lowered: Mapping[str, datetime], subject: str) -> bool:
    at = lowered.get(subject)
    return at is not None and terms.since is not None and at > terms.since
