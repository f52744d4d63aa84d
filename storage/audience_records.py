"""What goes into and comes out of the store about audiences, as values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from consent.membership import Act, Refusal
from filters.person import KnownPerson, MembershipRow
from messages.addresses import Handle, HandleKind
from messages.consent import SourceKind
from messages.contact import Contact
from messages.errors import Conflict, WasErased
from messages.import_rows import Outcome, Reason
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


class JobKind(StrEnum):
    """What a job does."""

    IMPORT_MEMBERS = "import_members"
    """Adds the people of a list to a manual segment."""
    IMPORT_CONTACTS = "import_contacts"
    """Makes and changes contacts from a file with titles. It touches no consent."""
    EXPORT_MEMBERS = "export_members"
    """Writes the members of a segment to a file."""
    EXPORT_CONTACTS = "export_contacts"
    """Writes contacts to a file that an import takes."""
    EXPORT_PERSON = "export_person"
    """Writes all that is held about one person to a file."""


IMPORTS = (JobKind.IMPORT_MEMBERS, JobKind.IMPORT_CONTACTS)
"""Jobs whose file the store keeps: any server runs them. An export is run where its file is written."""


class ImportState(StrEnum):
    """The state of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Nothing was done: the file can't be read or written. `ImportJob.reason` says why."""

    @classmethod
    def _missing_(cls, value: object) -> "ImportState | None":
        return cls.COMPLETED_WITH_ERRORS if value == "completed with errors" else None  # as versions before wrote it


ENDED = (ImportState.COMPLETED, ImportState.COMPLETED_WITH_ERRORS, ImportState.CANCELLED, ImportState.FAILED)


class ImportJob(msgspec.Struct, frozen=True, omit_defaults=True):
    """An import or export, from when it was asked for.

    A version that knows imports of members alone can't read the record of another kind, which has no segment: it passes
    it over, and the job is kept for a server that does it.
    """

    id: str
    bot: str
    actor: str
    source: SourceKind
    created_at: datetime
    kind: JobKind = JobKind.IMPORT_MEMBERS
    segment: str = ""
    """The segment that people are added to, or whose members are written."""
    file_name: str = ""
    """What staff know the file by; of an export, where it is written."""
    size: int = 0
    """Bytes of the file that was uploaded."""
    digest: str = ""
    """SHA-256 of it, in hex."""
    address: str = ""
    """Where the request came from."""
    state: ImportState = ImportState.QUEUED
    has_header: bool | None = None
    """Whether the first row is a title; None leaves it to the file."""
    types: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Types of fields that neither the flow nor the titles of the file say, by name."""
    dry_run: bool = False
    """Says what would be done, and does nothing."""
    columns: tuple[str, ...] = ()
    """Columns of an export; none: all that an import takes."""
    filter: str = ""
    """Whom an export of contacts is limited to, as text."""
    contact: str = ""
    """The id of the contact whose data an export has."""
    total: int = 0
    """Rows of the file; 0 until it was read through once."""
    done: int = 0
    """Rows that were taken, in order; those that wait for a look-up count."""
    added: int = 0
    """Members added, or contacts made."""
    changed: int = 0
    """Contacts changed."""
    unchanged: int = msgspec.field(default=0, name="already_there")
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
    """A row of a file, as far as it is understood: the person it names, why it failed, or that it waits (`waits`).

    In an import of contacts `outcome` is what the row comes to, and `contact` is to be kept: of version 0 for somebody
    new. Such a contact has an id that is this row's alone; if it is there, the row was taken before.
    """

    line: int
    value: str
    person: int = 0
    reason: Reason | None = None
    detail: str = ""
    waits: bool = False
    outcome: Outcome | None = None
    contact: Contact | None = None


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
    """What somebody who signs in, or a token of the API, may do."""

    VIEWER = "viewer"
    """Reads, with personal details masked."""
    OPS = "ops"
    """Reads and changes contacts, segments and imports."""
    BUILDER = "builder"
    """Also flows and broadcasts."""
    ADMIN = "admin"
    """Everything: also users and tokens."""


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
