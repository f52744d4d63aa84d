"""Two contacts become one on both sides, each with what is known of them there."""

from datetime import datetime
from typing import Final

import msgspec

from consent.merging import merge
from messages.consent import ConsentChange, SourceKind
from messages.contact import Contact
from messages.ids import ALL
from replay.comparison import Side, Step, StepKind
from replay.contact_life import ContactLife, World
from storage.records import AuditRow

_TOOK, _BECAME = "took over ", "became "

MERGE_ACTIONS: Final = frozenset({"merge", "merge_contacts"})
"""Actions of audit rows that tell of a merge: by what proved it, and by staff."""


class Merged(msgspec.Struct, frozen=True):
    """Two contacts became one, as the audit has it: where neither was in anything, no row of the ledger says so.

    `at` is None where nothing says when; then this comes after the last turn that shows the two apart.
    """

    kept: str
    gone: str
    at: datetime | None
    actor: str = ""


def merged_by(row: AuditRow) -> Merged | None:
    """Return the merge that an audit row tells of; None when it tells of something else."""
    if row.action not in MERGE_ACTIONS or not row.detail.startswith(_TOOK):
        return None
    return Merged(row.target, row.detail.removeprefix(_TOOK), row.at, row.actor)


def kept_of(change: ConsentChange) -> str:
    """Return who is kept, by a ledger row of a merge; empty when it does not say."""
    if change.source is not SourceKind.MERGE:
        return ""
    if change.detail.startswith(_BECAME):
        return change.detail.removeprefix(_BECAME)
    return change.contact


def gone_of(change: ConsentChange) -> str:
    """Return who was merged away, by a ledger row of a merge; empty when it does not say."""
    if change.source is not SourceKind.MERGE:
        return ""
    if change.detail.startswith(_TOOK):
        return change.detail.removeprefix(_TOOK)
    return change.contact if change.detail.startswith(_BECAME) else ""


def merge_step(one: ContactLife, other: ContactLife, kept: str, gone: str, at: datetime, actor: str) -> Step:
    """Make one life of two; return the step."""
    if other.begun and not one.begun:
        one.begun = True
        one.filters = other.filters
        for ours, theirs in ((one.recorded, other.recorded), (one.draft, other.draft)):
            ours.contact = msgspec.structs.replace(theirs.contact, id=kept)
    recorded, draft = (
        _joined(ours, theirs, kept, gone, at, actor)
        for ours, theirs in ((one.recorded, other.recorded), (one.draft, other.draft))
    )
    _join_doubts(one, other)
    one.merging = (one.merging | other.merging) - {gone}
    other.merged_into = kept
    one.acted = max((each.acted for each in (one, other) if each.acted is not None), default=None)
    what = "another contact became one person with them"
    return Step(StepKind.MERGE, kept, at, what, recorded=recorded, draft=draft, doubt=one.doubt)


def _joined(ours: World, theirs: World, kept: str, gone: str, at: datetime, actor: str) -> Side:
    changes = merge(
        Contact(kept, ()), ours.memberships, Contact(gone, ()), theirs.memberships, at=at, actor=actor
    ).changes
    ours.absorb(theirs, [change for change in changes if change.contact == kept])
    subjects = sorted({change.subject for change in changes})
    return Side(
        acts=changes, after={subject: ours.memberships[subject] for subject in subjects if subject in ours.memberships}
    )


def _join_doubts(one: ContactLife, other: ContactLife) -> None:
    known = [each.known for each in (one, other) if each.doubt is not None]
    if known:
        both = set.intersection(*known)
        one.known = both if ALL in both else set()
    one.doubt = one.doubt or other.doubt
