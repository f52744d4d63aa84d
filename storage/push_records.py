"""What goes into and comes out of the store about pushes, as values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from messages.pushes import PushState, RunState


class Variant(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the messages that a broadcast is tried with."""

    name: str
    message: str
    share: int
    """Percent; those of a broadcast make 100."""


class ScheduleRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a broadcast is sent, as staff wrote it. `schedules` says what it means."""

    at: str = ""
    """Once: wall clock, `2027-01-15T09:00`."""
    rule: str = ""
    """Again and again: `FREQ=WEEKLY;BYDAY=MO`, counted from `start`."""
    start: str = ""
    """Wall clock of the first one."""
    zone: str = "UTC"
    """Whose wall clock, a name of the IANA database; of who has no known zone, where `local`."""
    local: bool = False
    """By each person's own clock."""
    late: str = ""
    """What becomes of those whose own time has passed: `skip`, `send_now`, `next_day`."""
    until: str = ""
    """Wall clock of the last one."""
    catch_up: int = 3600
    """Seconds by which a run may be late after an outage."""
    overlap: str = "skip"
    """What becomes of a run while the one before is not over: `skip`, `queue_one`, `cancel_other`, `allow`."""


class BroadcastRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be sent, to whom, when."""

    bot: str
    id: str
    name: str
    subject: str
    """Whose consent it stands on: a segment, or `topic:<id>`."""
    created_at: datetime
    created_by: str
    message: str = ""
    """Id of a message of the live flow; empty where it has words of its own."""
    words: str = ""
    """YAML of a message of its own."""
    filter: str = ""
    """Narrows the audience: text, as `filters.words` writes it."""
    exclude: tuple[str, ...] = ()
    """Segments whose members don't get it."""
    channels: tuple[str, ...] = ()
    """In order of preference; empty: where they last spoke."""
    live: bool = False
    """Filter and excludes are asked again when it is sent, not at the freeze alone."""
    schedule: ScheduleRecord | None = None
    """None: when staff send it."""
    quiet: str = ""
    """Quiet hours by each person's clock, `21:00-08:00`; empty: those of the bot; `none`: no quiet hours."""
    cap_exempt: bool = False
    variants: tuple[Variant, ...] = ()
    holdout: int = 0
    """Percent of the audience that gets nothing, to compare with."""
    expires_after: int = 86_400
    """Seconds after they are due in which people may still get it."""
    patience: int = 3600
    """Seconds that it waits for who is in a question or with a person."""
    last_occurrence: str = ""
    """The latest occurrence of the schedule that became a run, or waits to: wall clock."""
    queued_occurrence: str = ""
    """The occurrence that runs once the run before is over; empty: none waits."""
    held: str = ""
    """Why its schedule starts nothing until staff say so; empty: it does."""
    archived: bool = False
    version: int = 0
    """The store's: 0 means not stored yet."""


class Bucket(msgspec.Struct, frozen=True, omit_defaults=True):
    """People of a run who are due at one moment."""

    due: datetime
    people: bytes
    """A bitmap of numbers of contacts, serialised."""
    zone: str = ""
    """Whose clock that is; empty: not by a person's own."""
    fallback: bool = False
    """Of who has no zone that is known."""


class RunRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sending of a broadcast, frozen. What changes is in `RunStatus`."""

    bot: str
    id: str
    broadcast: str
    occurrence: str
    """Which one: wall clock of the schedule, or `now:<idempotency key>`. One run of a broadcast has it."""
    family: str
    """The first run of those that go to one audience once: of a top-up the run that it adds to."""
    content: BroadcastRecord
    """The broadcast as it was."""
    created_at: datetime
    created_by: str
    due: datetime
    """When the first people are due."""
    expires: datetime
    """When nobody is sent anything any more."""
    revision: int = 0
    digest: str = ""
    """The revision of its messages, by the digest of its source."""
    seed: str = ""
    """What variants and the holdout are chosen by."""
    index_position: str = ""
    """How far the index had followed the people when the audience was frozen, for people."""
    time_zones: str = ""
    """Version of the time zone database that its times were computed with."""
    planned: int = 0
    """How many people it was planned for, those skipped from the start included."""
    audience: bytes = b""
    """Bitmap of all of them."""
    skipped: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    """By reason: bitmaps of those who were not to get it from the start."""
    buckets: tuple[Bucket, ...] = ()
    note: str = ""


class RunStatus(NamedTuple):
    """Where a run stands, at one moment."""

    state: RunState
    epoch: int
    """Rises with each change of state by staff or by a fault; claims of an earlier one are refused."""
    counts: Mapping[tuple[PushState, str], int]
    """By state and kind of reason (`messages.pushes.reason_kind`): those skipped from the start included. Who is in
    none of them waits.
    """
    reason: str = ""
    """Why it is held."""
    changed_at: datetime | None = None
    changed_by: str = ""


class PushRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One push, as far as something has become of it."""

    run: str
    contact: str
    state: PushState
    reason: str = ""
    """`SkipReason`, `Deferral`, or what the channel said; no words of anybody."""
    due: datetime | None = None
    until: datetime | None = None
    """When one that is deferred comes up again."""
    claimed_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    attempts: int = 0
    """Turns taken for it: the next one is the event `push:<run>:<contact>:<attempts + 1>`."""
    claims: int = 0
    """How many of them sent it."""
    variant: str = ""
    channel: str = ""
    conversation: str = ""
    channel_message_ids: tuple[str, ...] = ()
    zone: str = ""
    subject: str = ""
    membership: str = ""
    subject_row: int = 0
    """The ledger row that the consent stood on; 0: none."""
    everything_row: int = 0
    revision: int = 0
    message: str = ""
    number: int = 0
    """Of the contact, in the store's bitmaps."""


SLICE: Final = 1_000
"""People in a slice, at most."""

DEFERRED: Final = -1
"""The bucket of slices of deferred pushes."""


class Slice(NamedTuple):
    """Some people of a run that are due, which one worker takes through their turns."""

    bot: str
    run: str
    epoch: int
    due: datetime
    numbers: tuple[int, ...]
    """Of contacts, ascending, `SLICE` at most; none of them has a push that is anything but deferred."""
    bucket: int
    """Its place among the run's; `DEFERRED`: pushes of any bucket that come up again."""
    place: int
    """Of the slice, in the bucket."""
    attempts: Mapping[int, int] = {}
    """Turns taken before, by number; those whom there was none for are left out."""


class PushedLately(NamedTuple):
    """What was pushed to somebody."""

    at: tuple[datetime, ...]
    """Claims of pushes since the time that was asked about, in any run: sending, sent, delivered, read or unknown."""
    in_family: bool
    """Whether they have a push of the family in one of these states, or a contact has that they took over."""
