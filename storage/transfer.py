"""A store's contents as values that any other store can take: what `assent store copy` reads here and writes there.

Memberships are not among them: they follow from the ledger's rows, in the target as in the source. Nor are tokens of
the API and its answers, nor members kept for a send, which are numbers that the source alone gave.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from flows.engine.turn import ConversationState
from flows.revision import RevisionInfo
from messages.contact import Contact
from messages.errors import BadInput, StoreError
from messages.inbound import ConversationReference
from storage.audience_records import ENDED, ImportJob, SegmentRecord
from storage.enrolments import Enrolment
from storage.ledger import Facts
from storage.push_records import BroadcastRecord
from storage.push_transfer import CopiedPush, CopiedRun
from storage.records import AuditRow, Draft, OutboxRow
from storage.turns import record_digest, turn_content
from storage.work import Work


class Kind(StrEnum):
    """What there is, in the order in which it is copied: what others refer to comes first."""

    CONTACTS = "contacts"
    LAST_SEEN = "last_seen"
    CONVERSATIONS = "conversations"
    EVENTS = "events"
    EVIDENCE = "evidence"
    JOURNAL_ENDS = "journal_ends"
    JOURNAL = "journal"
    REPLIES = "replies"
    TIMERS = "timers"
    IGNORED = "ignored_messages"
    LEDGER = "ledger"
    ACT_TIMES = "act_times"
    AUDIT = "audit"
    DRAFTS = "drafts"
    REVISIONS = "revisions"
    SEGMENTS = "segments"
    ENROLMENTS = "enrolments"
    WORK = "work"
    BROADCASTS = "broadcasts"
    RUNS = "runs"
    PUSHES = "pushes"
    ERASED = "erased_handles"
    IMPORTS = "imports"
    FAILED_ROWS = "failed_rows"


class LastSeen(msgspec.Struct, frozen=True):
    """When a person last did something, in milliseconds since 1970; None: never. Whether staff may not add them."""

    contact: str
    at: int | None
    barred: bool


class ErasedHandle(msgspec.Struct, frozen=True):
    """What is left of a handle of somebody who was erased, and the salt of the store that keyed it."""

    salt: bytes
    digest: str
    """In hex."""
    lowered: int | None = None
    """What an act of the person must be younger than to raise consent, in milliseconds since 1970."""


class SubjectTimes(msgspec.Struct, frozen=True):
    """When a contact's consent to a subject was last lowered and raised, in milliseconds since 1970."""

    contact: str
    subject: str
    lowered: int | None
    raised: int | None


class FailedImportRow(msgspec.Struct, frozen=True):
    """A row that failed in a job that ended."""

    job: str
    line: int
    value: str
    reason: str
    detail: str


class SeenEvent(msgspec.Struct, frozen=True):
    """An event that was handled, with its synchronous answer. `at` is in milliseconds since 1970."""

    channel: str
    event_id: str
    at: int
    answer: str | None
    fingerprint: str = ""
    """What it said (`messages.codec`)."""


class Evidence(msgspec.Struct, frozen=True):
    """Words that were shown beside a button."""

    digest: str
    text: str


class JournalRecord(msgspec.Struct, frozen=True):
    """A turn's journal entry, as its record. `at` is in milliseconds since 1970.

    The target makes links of its own, for those turns that have one: what was missing or out of place still is.
    """

    conversation: str
    turn: str
    at: int
    record: bytes
    ordinal: int = 0
    """The turn's place in the conversation; 0 where the version that wrote it did not count."""
    chained: bool = False
    digest: str = ""
    """SHA-256 of the record as it was committed, where erasing replaced it."""


class JournalEnd(msgspec.Struct, frozen=True):
    """How many turns a conversation had, and which of them were forgotten (`storage.turns`)."""

    conversation: str
    turns: int
    pruned: int
    pruned_at: int | None


class Timer(msgspec.Struct, frozen=True):
    """A wait that is not over."""

    timer: str
    conversation: str
    reference: ConversationReference
    due: datetime


class Ignored(msgspec.Struct, frozen=True):
    """A message that nothing matched."""

    conversation: str
    reference: ConversationReference
    at: datetime
    text: str


class LedgerRecord(msgspec.Struct, frozen=True):
    """A ledger row without its number. `personal` is None once the person was erased; its SHA-256 in hex stays."""

    facts: Facts
    personal: bytes | None
    personal_digest: str


class RevisionRecord(msgspec.Struct, frozen=True):
    """A revision with its text."""

    info: RevisionInfo
    source: str


Record = (
    Contact
    | LastSeen
    | ConversationState
    | SeenEvent
    | Evidence
    | JournalRecord
    | JournalEnd
    | OutboxRow
    | Timer
    | Ignored
    | LedgerRecord
    | SubjectTimes
    | AuditRow
    | Draft
    | RevisionRecord
    | SegmentRecord
    | Enrolment
    | Work
    | ErasedHandle
    | ImportJob
    | FailedImportRow
    | BroadcastRecord
    | CopiedRun
    | CopiedPush
)
"""Contacts and states carry their versions; outbox rows have no sequence, enrolments no version."""


class Page(NamedTuple):
    """Some records, and where the next page begins; empty when there is none."""

    records: Sequence[Record]
    after: str


class Copying(NamedTuple):
    """A copy that is not finished: of which store, and how far it got, in words of the one who copies."""

    source: str
    place: str


class Transfer(Protocol):
    """Reading everything, and writing it. Nobody serves from either store meanwhile."""

    async def refuse_if_served(self) -> None:
        """Raise StoreError when a server is serving from this store; none may begin until it is closed."""
        ...

    async def all_bots(self) -> Sequence[str]:
        """Ids of the bots of which the store has anything, sorted."""
        ...

    async def export(self, bot: str, kind: Kind, after: str, limit: int) -> Page:
        """Read about `limit` records from a place on; '' is the beginning. The order is the same each time."""
        ...

    async def restore(self, bot: str, kind: Kind, first: int, records: Sequence[Record], place: str) -> None:
        """Write records, and with them `place` as the copy's place.

        `first` is how many records of this bot and kind came before these. Records that were written before, in an
        attempt that broke off, are passed over.
        """
        ...

    async def copying(self) -> Copying | None:
        """The copy into this store that is not finished. While there is one, nobody may serve from it."""
        ...

    async def begin_copy(self, source: str) -> None:
        """Say that a copy of `source` begins."""
        ...

    async def end_copy(self) -> None:
        """Say that the copy is finished."""
        ...


def link_content(bot: str, turn: JournalRecord) -> str:
    """Return what a turn's link is made over; '' for one without a link."""
    return turn_content(bot, turn.turn, turn.at, turn.digest or record_digest(turn.record)) if turn.chained else ""


def ended_import(job: ImportJob) -> ImportJob:
    """Return a job that ended. Raises BadInput for another: its file and place belong to this store."""
    if job.state not in ENDED:
        raise BadInput(
            f"import {job.id} of bot {job.bot} has not ended",
            remedy=f"Wait for it, or run assent job cancel {job.id}; then copy",
        )
    return job


def refuse_half_a_copy(copying: Copying | None) -> None:
    """Raise StoreError when a store holds half of another one."""
    if copying is not None:
        raise StoreError(
            f"a copy of {copying.source} into this store is not finished: run assent store copy again, it goes on "
            "where it stopped"
        )
