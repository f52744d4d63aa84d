"""What an act makes of one membership."""

from enum import StrEnum
from typing import NamedTuple

from messages.consent import Membership


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
    one whose consent was lowered after staff acted (`outweighed`, by `segments.act_time`); removing a member they may
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
