"""Whether what no act of the person causes may be said: asked when it is decided, and again when it is sent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from messages.consent import Membership
from messages.ids import ALL
from messages.outgoing import ConsentTerms
from segments.may_receive import may_receive

STILL_AN_ANSWER: Final = timedelta(hours=1)
"""How long after an act of the person what follows still belongs to the answer to it. Later it is pushed."""

_MEMBER = (Membership.OPTED_IN, Membership.ADDED)


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
        if memberships.get(segment) not in _MEMBER or _since(terms, lowered, segment):
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
