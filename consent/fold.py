"""Memberships, computed from the ledger."""

from collections.abc import Iterable

from messages.consent import ConsentChange, Membership


def fold(changes: Iterable[ConsentChange]) -> dict[str, dict[str, Membership]]:
    """Return the memberships by contact and subject that a ledger, in its order, comes to.

    The last change of a subject counts. Those that came back to `none` are left out, and so are contacts without any.
    """
    memberships: dict[str, dict[str, Membership]] = {}
    for change in changes:
        memberships.setdefault(change.contact, {})[change.subject] = change.after
    standing: dict[str, dict[str, Membership]] = {}
    for contact, subjects in memberships.items():
        for subject, after in subjects.items():
            if after is not Membership.NONE:
                standing.setdefault(contact, {})[subject] = after
    return standing
