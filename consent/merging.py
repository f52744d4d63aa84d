"""Two contacts that proved to be one person become one: what is known of them, and the stricter consent of the two."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.contact import DETAILS, Contact

_STRICTNESS: Final = (Membership.NONE, Membership.ADDED, Membership.OPTED_IN, Membership.OPTED_OUT)
_MEMBER: Final = (Membership.OPTED_IN, Membership.ADDED)

_LAST: Final = datetime.max.replace(tzinfo=UTC)

Memberships = Mapping[str, Membership]


class Merge(NamedTuple):
    """What `storage.audience_port.People.merge_contacts` is given."""

    kept: Contact
    """As it is to be, with its version as it was."""
    gone: Contact
    """As it was."""
    changes: tuple[ConsentChange, ...]
    """Ledger rows about both; none of `gone`'s memberships is left after them."""


def in_order(one: Contact, other: Contact) -> tuple[Contact, Contact]:
    """Return which of two is kept and which goes: the one that met the bot first stays, else the one known first."""
    first, second = sorted(
        (one, other), key=lambda each: (each.subscribed_at or _LAST, each.created_at or _LAST, each.id)
    )
    return first, second


def merge_people(
    kept: Contact, ours: Memberships, gone: Contact, theirs: Memberships, *, at: datetime, actor: str
) -> Merge:
    """Join `gone` to `kept`; `ours` and `theirs` are how the two stand. Raises ValueError when they are one already.

    `actor` is who proved that they are the same: a channel, or staff.
    """
    if kept.id == gone.id:
        raise ValueError(f"{kept.id} can't be merged with itself")
    after = merged_memberships(ours, theirs)
    changes = (
        *_changes(kept.id, ours, after, f"took over {gone.id}", at, actor),
        *_changes(gone.id, theirs, {}, f"became {kept.id}", at, actor),
    )
    return Merge(merged_contact(kept, gone), gone, changes)


def merged_memberships(ours: Memberships, theirs: Memberships) -> dict[str, Membership]:
    """Return how the person stands who was two: per subject by the stricter of both.

    Out wins over all else, since the person said no, and neither staff nor another account of theirs unsays it. An own
    opt-in wins over having been added: staff may not take it for their own doing. Having been added wins over nothing.
    A stop of everything reaches what the other account is in too, as it would had the person said it there, unless the
    account that said it opted in to that very segment.
    """
    after: dict[str, Membership] = {}
    for subject in sorted({*ours, *theirs}):
        here, there = (side.get(subject, Membership.NONE) for side in (ours, theirs))
        membership = max(here, there, key=_STRICTNESS.index)
        if subject != ALL and membership in _MEMBER and (_stopped(ours, here) or _stopped(theirs, there)):
            membership = Membership.OPTED_OUT
        if membership is not Membership.NONE:
            after[subject] = membership
    return after


def merged_contact(kept: Contact, gone: Contact) -> Contact:
    """Return `kept` with the accounts of both; its details win, and what it lacks comes from `gone`.

    Of each event and completion the last one counts; of the times of a beginning, the first.
    """
    filled = {detail.attribute: detail.stored(kept) or detail.stored(gone) for detail in DETAILS}
    fields = {name: value for name, value in kept.fields.items() if value != ""}
    notes = {*kept.notes, *gone.notes}
    return msgspec.structs.replace(
        kept,
        **filled,
        identities=tuple(dict.fromkeys((*kept.identities, *gone.identities))),
        fields={**kept.fields, **gone.fields, **fields},
        tags=kept.tags | gone.tags,
        created_at=_first(kept.created_at, gone.created_at),
        subscribed_at=_first(kept.subscribed_at, gone.subscribed_at),
        profile_at=_first(kept.profile_at, gone.profile_at),
        stop_offered_at=_last(kept.stop_offered_at, gone.stop_offered_at),
        sequences=kept.sequences | gone.sequences,
        topics=kept.topics | gone.topics,
        events=_latest(kept.events, gone.events),
        completed=_latest(kept.completed, gone.completed),
        talked_with=kept.talked_with | gone.talked_with,
        notes=tuple(sorted(notes, key=lambda note: (note.at, note.author, note.text))),
    )


def _stopped(side: Memberships, membership: Membership) -> bool:
    return side.get(ALL) is Membership.OPTED_OUT and membership is not Membership.OPTED_IN


def _changes(
    contact: str, before: Memberships, after: Memberships, detail: str, at: datetime, actor: str
) -> Iterator[ConsentChange]:
    for subject in sorted({*before, *after}):
        was, is_now = (side.get(subject, Membership.NONE) for side in (before, after))
        if was is not is_now:
            yield ConsentChange(contact, subject, was, is_now, at, SourceKind.MERGE, actor, detail)


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _last(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _latest(one: Mapping[str, datetime], other: Mapping[str, datetime]) -> dict[str, datetime]:
    return {name: max(side[name] for side in (one, other) if name in side) for name in sorted({*one, *other})}
