"""Stopping everything pushed, and allowing it again."""

from collections.abc import Mapping

from messages.consent import Membership
from messages.ids import ALL
from segments.membership import Change

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
