"""What goes into and comes out of the store about audiences, as values."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from consent.membership import Act, Refusal
from filters.person import KnownPerson, MembershipRow
from messages.addresses import Handle, HandleKind
from messages.consent import SourceKind
from messages.errors import Conflict, WasErased
from messages.import_rows import Reason
from storage.ledger import LedgerPosition

PeoplePosition = tuple[int, ...]
"""How far somebody has followed the people of a bot; `()` is the beginning. Its meaning is the store's."""


class PeoplePage(NamedTuple):
    """People who became known or changed after a position; each once, as they are now."""

    people: Sequence[KnownPerson]
    position: PeoplePosition
    more: bool
    """Whether others may have been left for the next page. If not, these are all that there were."""


class MembershipPage(NamedTuple):
    """What came after a position in the ledger. Rows of each shard are in order."""

    rows: Sequence[MembershipRow]
    position: LedgerPosition
    more: bool


class SegmentKind(StrEnum):
    """How membership comes about."""

    MANUAL = "manual"
    """It is stored: buttons, keywords, files, staff."""
    FILTER = "filter"
    """It follows from a condition."""


class SegmentRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A segment that staff made. Those of the flow are in the flow."""

    bot: str
    id: str
    name: str
    kind: SegmentKind
    created_at: datetime
    created_by: str
    filter: str = ""
    """The condition as text, as `filters.words` writes it; of a filter segment."""
    purpose: str = ""
    version: int = 0
    """The store's: 0 means not stored yet."""


class StaffChange(NamedTuple):
    """One act of staff on one segment, for many people. The store decides for each by `consent.membership.change`."""

    subject: str
    act: Act
    """ADD or REMOVE."""
    at: datetime
    source: SourceKind
    actor: str
    people: Sequence[int]
    """Numbers of contacts; of each, the first counts."""
    detail: str = ""
    details: Sequence[str] = ()
    """For each person, instead of `detail`: the job and the line of the file."""
    acted_at: datetime | None = None
    """When staff acted, if that is not `at`: a file's upload. Adding counts only if nothing was lowered since."""


class Changed(StrEnum):
    """What became of one person in a `StaffChange`."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    """It was so before."""
    UNKNOWN = "unknown"
    """No such contact any more: merged away or erased."""
    ERASED = "erased"
    """The person came back after being erased: only they can opt in."""


StaffOutcome = Changed | Refusal


class ImportState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed with errors"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Nothing was done: the file is no list. `ImportJob.reason` says why."""


ENDED = (ImportState.COMPLETED, ImportState.COMPLETED_WITH_ERRORS, ImportState.CANCELLED, ImportState.FAILED)


class ImportJob(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of people on its way into a segment."""

    id: str
    bot: str
    segment: str
    file_name: str
    size: int
    """Bytes."""
    digest: str
    """SHA-256 of the file, in hex."""
    actor: str
    source: SourceKind
    created_at: datetime
    address: str = ""
    """Where the request came from."""
    state: ImportState = ImportState.QUEUED
    has_header: bool | None = None
    """Whether the first row is a title; None leaves it to the file."""
    total: int = 0
    """Rows of the file; 0 until it was read through once."""
    done: int = 0
    """Rows of the file that were taken, in order; those that wait for a look-up count."""
    added: int = 0
    already_there: int = 0
    failed: int = 0
    looking_up: int = 0
    """Rows taken that wait for the directory."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    cancelling: bool = False
    """Somebody asked to stop it; the worker that has it does so at the next step."""
    worker: str = ""
    leased_until: datetime | None = None


class ImportRow(NamedTuple):
    """A row of a file, as far as it is understood: the person it names, why it failed, or that it waits (`waits`)."""

    line: int
    value: str
    person: int = 0
    reason: Reason | None = None
    detail: str = ""
    waits: bool = False


class ImportStep(NamedTuple):
    """Rows to take at once. All of it happens, or nothing, and never twice."""

    job: str
    worker: str
    first: int
    """How many rows of the file came before these."""
    rows: Sequence[ImportRow]
    at: datetime
    leased_until: datetime


class FailedRow(NamedTuple):
    """A row that added nobody."""

    line: int
    value: str
    reason: Reason
    detail: str = ""


class Role(StrEnum):
    """What a token of the API may do."""

    VIEWER = "viewer"
    """Reads, with personal details masked."""
    OPS = "ops"
    """Reads and changes contacts, segments and imports."""
    BUILDER = "builder"
    """Also flows and tokens."""


class ApiToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who may use the API. The secret itself is nowhere."""

    id: str
    name: str
    role: Role
    digest: str
    """SHA-256 of the secret, in hex."""
    created_at: datetime
    created_by: str
    bots: tuple[str, ...] = ()
    """Bots it is for; all of them when empty."""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class KeptAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a request with an idempotency key was answered; `status` is 0 while it is being done."""

    request: str
    """SHA-256 over what was asked, in hex."""
    at: datetime
    status: int = 0
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


_HANDLES = {
    HandleKind.EMAIL: "e-mail address",
    HandleKind.EXTERNAL_ID: "external id",
    HandleKind.AAD: "directory id",
    HandleKind.ACCOUNT: "account",
}


def taken(handle: Handle, contact: str) -> Conflict:
    """Return the error of a handle that is another contact's."""
    return Conflict(f"the {_HANDLES[handle.kind]} {handle.key!r} is contact {contact}'s", contact)


def was_erased(*, is_new: bool) -> WasErased:
    """Return the error of a handle that belonged to somebody who was erased: of a new contact, or in an edit."""
    if is_new:
        return WasErased("this person had their data erased", remedy="Only they can come back, by writing to the bot")
    return WasErased("this handle belonged to somebody who was erased", remedy="Leave it out")
