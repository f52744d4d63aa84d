"""The store, as what builds audiences knows it: people, segments, imports, access to the API."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Protocol

from filters.person import KnownPerson
from messages.addresses import Handle
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from storage.audience_records import (
    IMPORTS,
    ApiToken,
    FailedRow,
    ImportJob,
    ImportRow,
    ImportStep,
    JobKind,
    KeptAnswer,
    MembershipPage,
    PeoplePage,
    PeoplePosition,
    SegmentRecord,
    StaffChange,
    StaffOutcome,
)
from storage.ledger import LedgerPosition


class People(Protocol):
    """The people of a bot."""

    async def people(self, bot: str, *, after: int = 0, limit: int = 1000) -> Sequence[KnownPerson]:
        """Contacts in order of number, those merged away or erased left out; `after` is a number."""
        ...

    async def people_numbered(self, bot: str, numbers: Sequence[int]) -> Sequence[KnownPerson]:
        """Contacts with these numbers, in this order; those that are not there any more are left out."""
        ...

    async def person(self, bot: str, contact: str) -> KnownPerson | None:
        """Return one contact; that which took it over if it was merged away; None for one unknown or erased."""
        ...

    async def memberships(self, bot: str, contact: str) -> dict[str, Membership]:
        """How a contact stands to each segment and to `messages.consent.ALL`, without those it never stood to."""
        ...

    async def find_people(self, bot: str, handles: Sequence[Handle]) -> Sequence[Sequence[int]]:
        """Return for each handle the numbers of the contacts that have it, ascending. Made for thousands at once."""
        ...

    async def erased_handles(self, bot: str, handles: Sequence[Handle]) -> frozenset[Handle]:
        """Return which of these belonged to somebody who was erased. Staff can't bring them back."""
        ...

    async def add_contact(self, bot: str, contact: Contact, *, unique_address: bool = False) -> KnownPerson:
        """Keep a person whom staff knows. `contact.version` is 0.

        Raises Taken when an account, an external id or a directory id of theirs is another contact's, or the id is, and
        WasErased when a handle belonged to somebody who was erased. `unique_address`: also when the e-mail address is.
        Channels may give two people one address; staff may not.
        """
        ...

    async def edit_contact(self, bot: str, contact: Contact, *, unique_address: bool = False) -> KnownPerson:
        """Replace what is known of a person. Raises StaleVersion when `contact.version` is not current, Taken as
        `add_contact` does, of what the person did not have before.
        """
        ...

    async def merge_contacts(
        self, bot: str, kept: Contact, gone: Contact, changes: Sequence[ConsentChange]
    ) -> KnownPerson:
        """Make one person of two, in one step.

        `kept` is as it is to be (accounts and details of both), with its current version; `gone` is as it was. `gone`
        keeps its id and ledger rows, loses all else, and says `merged_into`; its conversations become `kept`'s.
        `changes` are about both, and bring every membership of `gone` to none. Raises StaleVersion when either changed
        meanwhile, BadInput where the store can't join these two.
        """
        ...

    async def follow_people(
        self, bot: str, position: PeoplePosition = (), *, limit: int = 10_000, wait: float = 0.0
    ) -> PeoplePage:
        """People who became known or changed after `position`, by whatever process; if there are none, those that come
        within `wait` seconds. A change is a new record of the contact, or another `last_seen`; one of membership alone
        is not. A contact that was merged away or erased comes with `merged_into`, or blank.
        """
        ...

    async def follow_memberships(
        self, bot: str, position: LedgerPosition = (), *, limit: int = 10_000, wait: float = 0.0
    ) -> MembershipPage:
        """Ledger rows after `position`; if there are none yet, those that come within `wait` seconds."""
        ...

    async def change_many(self, bot: str, change: StaffChange) -> Sequence[StaffOutcome]:
        """Do one act of staff for many people, a ledger row for each that it changes; returns what became of each.

        Whole or not at all. A few thousand people at most.
        """
        ...


class Segments(Protocol):
    """Segments that staff made."""

    async def segments(self, bot: str) -> Sequence[SegmentRecord]:
        """All of them, by id."""
        ...

    async def segments_version(self, bot: str) -> int:
        """A number that rises with every change of a segment. Cheap enough to ask before each turn or count."""
        ...

    async def save_segment(self, segment: SegmentRecord) -> SegmentRecord:
        """Keep a new segment, or replace the one whose version is `segment.version`. Raises StaleVersion otherwise."""
        ...

    async def delete_segment(self, bot: str, segment: str, *, version: int) -> None:
        """Take a segment away; the ledger keeps its rows. Raises StaleVersion. Its members are to be removed before."""
        ...

    async def keep_frozen(self, bot: str, name: str, members: bytes, at: datetime) -> None:
        """Keep the members of a segment as they are now (a serialised bitmap), for sending to them; once per name."""
        ...

    async def frozen(self, bot: str, name: str) -> bytes | None:
        """Return members that were kept."""
        ...

    async def drop_frozen(self, bot: str, name: str) -> None:
        """Forget members that were kept."""
        ...


class Imports(Protocol):
    """Imports and exports. Any number of jobs; each belongs to one worker at a time."""

    async def add_import(self, job: ImportJob, file: AsyncIterable[bytes]) -> ImportJob:
        """Keep a job and its file, queued once all of the file is stored. `size` and `digest` come from the file."""
        ...

    def import_file(self, bot: str, job: str) -> AsyncIterator[bytes]:
        """Yield the file of a job that has not ended, in chunks; nothing for one that has: it is gone."""
        ...

    async def imports(self, bot: str, *, before: str = "", limit: int = 100) -> Sequence[ImportJob]:
        """Jobs, newest first; `before` is a job id."""
        ...

    async def import_job(self, bot: str, job: str) -> ImportJob | None: ...

    async def claim_import(
        self,
        worker: str,
        now: datetime,
        leased_until: datetime,
        *,
        bot: str = "",
        job: str = "",
        kinds: Collection[JobKind] = IMPORTS,
    ) -> ImportJob | None:
        """Take the oldest job of these kinds that is queued, or running and left by its worker, and make it this
        worker's. `bot` and `job`: that one or none.
        """
        ...

    async def set_job_progress(
        self,
        bot: str,
        job: str,
        worker: str,
        leased_until: datetime,
        *,
        total: int | None = None,
        done: int | None = None,
    ) -> ImportJob:
        """Renew the lease; say how many rows there are, and how many are done. Raises JobLost when the job is not this
        worker's.
        """
        ...

    async def apply_import(self, bot: str, step: ImportStep) -> ImportJob:
        """Take rows: add the people (source and actor are the job's, detail is `job:line`) or keep the contacts, keep
        the failures, keep those that wait, count, renew the lease; all at once.

        A row that names somebody who was erased fails and is kept without its value. Raises JobLost when the job is
        not this worker's. A step that was applied before changes nothing. Of contacts: StaleVersion, Taken or WasErased
        when one can't be kept as it is planned; then nothing is counted, and the same rows are to be planned again.
        """
        ...

    async def waiting_rows(self, bot: str, job: str, *, after: int = 0, limit: int = 1000) -> Sequence[ImportRow]:
        """Rows that wait for the directory, by line; `after` is a line."""
        ...

    async def settle_import(self, bot: str, step: ImportStep) -> ImportJob:
        """Take rows that waited (`first` has no meaning); those that wait no more are passed over."""
        ...

    async def end_import(
        self, bot: str, job: str, worker: str, *, at: datetime, failed: str = "", cancelled: bool = False
    ) -> ImportJob:
        """End a job and drop its file: completed, with errors if rows failed, failed for a reason, or cancelled.

        Raises JobLost when the job is not this worker's.
        """
        ...

    async def cancel_import(self, bot: str, job: str, at: datetime) -> ImportJob:
        """Ask for a stop. One that nobody has (any more) ends at once; one that ended stays. Rows taken stay taken."""
        ...

    async def failed_rows(self, bot: str, job: str, *, after: int = 0, limit: int = 1000) -> Sequence[FailedRow]:
        """Rows that failed, by line; `after` is a line."""
        ...


class Access(Protocol):
    """Who may use the API, and what it answered."""

    async def add_token(self, token: ApiToken) -> None: ...

    async def tokens(self) -> Sequence[ApiToken]:
        """All of them, revoked ones included, by time."""
        ...

    async def token_with(self, digest: str) -> ApiToken | None: ...

    async def revoke_token(self, token: str, at: datetime) -> ApiToken | None:
        """Revoke a token by its id; None when there is no such token."""
        ...

    async def begin_request(self, token: str, key: str, request: str, at: datetime) -> KeptAnswer | None:
        """Claim an idempotency key; None: it is new and now this request's. Else what is kept under it."""
        ...

    async def end_request(self, token: str, key: str, answer: KeptAnswer) -> None:
        """Keep the answer to a request."""
        ...

    async def drop_request(self, token: str, key: str) -> None:
        """Let go of a key whose request came to nothing, so that it may be tried again."""
        ...


class AudienceStore(People, Segments, Imports, Access, Protocol):
    """All that audiences add to the port."""
