"""The store, as the rest of the program knows it: `storage.sqlite` for one server, `storage.redis` for many."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from flows.revision import RevisionInfo
from messages.consent import ConsentChange, LedgerRow
from messages.contact import Contact
from messages.inbound import ConversationReference
from storage.addresses import Addresses
from storage.audience_port import AudienceStore
from storage.change_feed import Changes
from storage.codec import UnreadableRecords
from storage.continuity import Continuity
from storage.enrolments import Enrolments
from storage.pace import Pacing
from storage.push_transfer import PushSource
from storage.records import (
    AuditRow,
    Committed,
    ConversationSummary,
    DeliveryStatus,
    Draft,
    DueTimer,
    DurabilityWarning,
    Erased,
    IgnoredMessage,
    JournalEntry,
    JournalPage,
    LedgerReport,
    Loaded,
    OutboxRow,
    Pruned,
    RecordedTurn,
    Retained,
)
from storage.staff_port import StaffRecords
from storage.transfer import Transfer
from storage.turns import JournalChain
from storage.work import WorkRows

FIRST: Final = 1
"""What servers read that don't say what they read."""

FORMS: Final = 4
"""The newest forms that this version reads. From 3 on, turns compare the consent that they knew; those of before
see it by the contact's version alone.
"""

BUTTONS_BY_DIGEST: Final = 2
"""Payloads of buttons name their revision by digest (`segment_buttons.payload`, form `a2`)."""

ACCOUNTS: Final = 2
"""Keys of accounts and conversations hold channel and page."""

SUBSCRIPTIONS: Final = 4
"""Topics and sequences are memberships, no names of the contact."""


class Turns(Protocol):
    """What a turn reads and writes. The hot path."""

    async def load(self, bot: str, reference: ConversationReference, event_id: str, *, evidence: str = "") -> Loaded:
        """Read all that one turn needs, at one moment, in one round trip.

        The contact is that of the account (channel and user) that acts, whoever was seen in the conversation before.
        `evidence` is the digest carried by a pressed button; its text comes back in `Loaded.evidence`.
        """
        ...

    async def commit(self, turn: JournalEntry) -> Committed:
        """Write one turn, whole or not at all: event id, state, contact, ledger rows and the memberships that follow,
        evidence, journal entry, outbox rows, timers. Returns once it is durable.

        Raises AlreadySeen when the event id is known, StaleVersion when the conversation or the contact changed since
        `load`, or when a consent change's `before` no longer holds. Then nothing was written.
        """
        ...


class Forms(Protocol):
    """What may be written while servers of several versions run on one store."""

    @property
    def forms(self) -> int:
        """The newest forms (`storage.port`) that every server alive reads."""
        ...


class Outbox(Protocol):
    """Replies on their way.

    Where several servers share a store, the pending replies of one conversation belong to one server at a time: the
    one that committed the first of them, or that took them over.
    """

    async def pending(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        """Pending rows of all servers in order of sequence, those waiting for a retry included."""
        ...

    async def mine(self, *, after: int = 0, limit: int = 1000) -> Sequence[OutboxRow]:
        """Pending rows that belong to this server, in order of sequence."""
        ...

    @property
    def poll_interval(self) -> float:
        """Seconds after which `take_over` is to be called again."""
        ...

    async def take_over(self) -> bool:
        """Tell whether `mine` may have rows that this server was not told of; called every `poll_interval` seconds.

        True after trouble with the store, and when the replies of a server that is gone became this one's. The first
        of each conversation that was taken over is marked as ambiguous: its server may have sent it before it went.
        """
        ...

    async def may_send(self, row: OutboxRow) -> None:
        """Return once this server may send `row`.

        Raises OwnershipLost when the row belongs to another server by now. One that waited for an attempt may be gone:
        its person was erased. That is OwnershipLost too.
        """
        ...

    async def record_delivery(self, row: OutboxRow) -> Sequence[OutboxRow]:
        """Store how a row stands now: status, attempts, sent, reason, channel message ids, next attempt, reference.

        Later reads of this store see it. It is durable soon after: a crash before that sends the row once more.
        Returns rows of the same conversation that another server committed meanwhile, and that are this one's to send.
        Raises OwnershipLost when the row belongs to another server by now; it is stored all the same.
        """
        ...

    async def outbox_depth(self) -> tuple[int, datetime | None]:
        """How many rows are pending, and when the oldest of them was queued."""
        ...


class Timers(Protocol):
    """Waits that are over."""

    async def due_timers(
        self, now: datetime, limit: int = 1000, *, after: DueTimer | None = None
    ) -> Sequence[DueTimer]:
        """Timers whose time has come, in order, those after `after`; fewer than `limit` only at the end.

        One stays due until the turn that its `TimerFired` event causes is committed. One whose conversation can't be
        read is left out (`unreadable`).
        """
        ...

    async def next_timer(self, *, after: datetime | None = None) -> datetime | None:
        """When the next timer is due; of those that are due after a time, if one is given."""
        ...


class Revisions(Protocol):
    """Drafts and live revisions."""

    async def save_draft(
        self, bot: str, source: str, author: str, at: datetime, *, expected_version: int | None = None
    ) -> Draft:
        """Keep `source` as the bot's draft. Raises StaleVersion when `expected_version` is given and is not current."""
        ...

    async def draft(self, bot: str) -> Draft | None: ...

    async def push(
        self,
        bot: str,
        source: str,
        *,
        author: str,
        at: datetime,
        note: str = "",
        expected_live: int,
        rolled_back_to: int = 0,
    ) -> RevisionInfo:
        """Freeze `source` as the next revision and make it live, in one step.

        Raises PushConflict when the live revision's number is not `expected_live`.
        """
        ...

    async def keep_revision(self, bot: str, source: str, *, author: str, at: datetime) -> RevisionInfo:
        """Keep `source` as a revision that is never live: what a run says is frozen so. Its number is below zero.

        Kept once: a revision of the same source that there is, live or not, is returned.
        """
        ...

    async def kept_revisions(self, bot: str) -> Sequence[RevisionInfo]:
        """Revisions that are never live, the oldest first."""
        ...

    async def live(self, bot: str) -> RevisionInfo | None: ...

    async def live_marks(self) -> Mapping[str, str]:
        """Return for each of `bots` a text that differs once another revision is live: one question for all of them."""
        ...

    async def revision(self, bot: str, number: int) -> tuple[RevisionInfo, str] | None:
        """Return a revision's facts and its source text."""
        ...

    async def revision_by_digest(self, bot: str, digest: str) -> RevisionInfo | None:
        """Return the first revision whose digest begins with `digest`: those that begin so have one source. One that
        was live comes before one that never was.
        """
        ...

    async def history(self, bot: str) -> Sequence[RevisionInfo]:
        """All revisions that are live or were, newest first."""
        ...

    async def bots(self) -> Sequence[str]:
        """Ids of all bots that have a draft or a revision."""
        ...


class Ledger(Protocol):
    """The append-only record of consent."""

    async def ledger(
        self, bot: str, *, contact: str = "", subject: str = "", after: int = 0, limit: int = 100
    ) -> Sequence[LedgerRow]:
        """Rows in order of sequence."""
        ...

    async def change_consent(self, bot: str, change: ConsentChange) -> LedgerRow:
        """Write one change that is no turn's; the contact's version rises. Raises StaleVersion if `before` is not."""
        ...

    async def verify_ledger(self, bot: str) -> LedgerReport:
        """Fold the ledger again: compare with the stored memberships, and look for gaps and altered rows."""
        ...


class Conversations(Protocol):
    """What ops looks at."""

    async def conversations(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationSummary]: ...

    async def conversation(self, bot: str, key: str) -> ConversationSummary | None: ...

    async def journal(
        self, bot: str, conversation: str, *, after: str = "", limit: int = 1000
    ) -> Sequence[JournalEntry]:
        """Turns of a conversation, oldest first; `after` is a turn id."""
        ...

    async def deliveries(
        self, bot: str, conversation: str, *, status: DeliveryStatus | None = None, limit: int = 1000
    ) -> Sequence[OutboxRow]: ...

    async def ignored(self, bot: str, *, limit: int = 100) -> Sequence[IgnoredMessage]: ...

    async def contact(self, bot: str, contact: str) -> Contact | None: ...

    async def members(self, bot: str, segment: str, *, after: str = "", limit: int = 1000) -> Sequence[Contact]:
        """Contacts whose membership of the segment is opted in or added, in the order in which they became known.

        `after` is a contact id.
        """
        ...


class Journal(Protocol):
    """What happened, turn by turn, for as long as it is kept."""

    async def journal_end(self, bot: str) -> str:
        """Return the position after the last turn, for whoever follows what comes."""
        ...

    async def journal_since(self, bot: str, at: datetime) -> str:
        """Return a position that no turn taken at `at` or later is before. Earlier ones may be after it too."""
        ...

    async def journal_page(self, bot: str, position: str = "", *, limit: int = 1000) -> JournalPage:
        """Turns after `position` ('': the beginning) in the order in which they were committed, shard by shard.

        The page's position is the one to go on from, also later, when more was committed. A page without turns is the
        end for now; one may be shorter than `limit` although there are more.
        """
        ...

    async def journal_of(
        self, bot: str, conversation: str, *, after: int = 0, latest: bool = False, limit: int = 1000
    ) -> Sequence[RecordedTurn]:
        """Turns of one conversation, oldest first: those after the first `after` ones that are kept, or the latest."""
        ...

    async def conversations_of(self, bot: str, contact: str) -> Sequence[str]:
        """Keys of the conversations whose contact this is, sorted."""
        ...

    async def prune_journal(self, *, before: datetime | None = None, keep_bytes: int | None = None) -> int:
        """Forget turns taken before `before`, then the oldest until what is left takes about `keep_bytes`, all bots
        together. Returns how many went. The ledger keeps its rows.
        """
        ...


class Audit(Protocol):
    """What staff did."""

    async def add_audit(self, row: AuditRow) -> AuditRow:
        """Write a row; return it with its sequence. It is durable then."""
        ...

    async def audit(self, bot: str, *, target: str = "", after: int = 0, limit: int = 100) -> Sequence[AuditRow]:
        """Rows in order of sequence; `target`: only those about it."""
        ...


class Erasure(Protocol):
    """The right to be forgotten."""

    async def erase_contact(self, bot: str, contact: str, *, actor: str, at: datetime) -> Erased | None:
        """Take away everything that tells who a contact is or what they said; None when there is no such contact.

        One that was merged into another is erased along with that one, by either id. Stays: the contact's id, with
        nothing in it; ledger rows and memberships, without their personal part; an entry with `erased` for each turn;
        an audit row; keyed hashes of the handles. Goes: accounts, names, fields and tags; what the conversations are
        called (they become `erased:<contact id>/<number>`) and hold; replies, waits, ignored messages, ids of events,
        evidence that holds the person's own words; values in rows of imports. Doing it again changes nothing. A server
        that runs takes their next event for a stranger's.
        """
        ...


class Store(
    Turns,
    Forms,
    Outbox,
    Addresses,
    Timers,
    Revisions,
    Ledger,
    Conversations,
    Journal,
    JournalChain,
    Audit,
    Erasure,
    Transfer,
    AudienceStore,
    Continuity,
    Enrolments,
    WorkRows,
    Changes,
    Pacing,
    StaffRecords,
    PushSource,
    Protocol,
):
    """The whole port. A record that this version can't read stops no other: it is kept in `unreadable`."""

    unreadable: UnreadableRecords

    async def open(self) -> None:
        """Open or create the store and bring its schema up to date. Raises StoreError."""
        ...

    async def close(self) -> None:
        """Finish what is being written and let go of the store."""
        ...

    async def check(self) -> None:
        """Raise StoreError when the store can't be read or written."""
        ...

    async def try_turn(self) -> None:
        """Do what a turn does, and leave nothing of it. Raises StoreError when turns can't be committed now."""
        ...

    async def weaknesses(self) -> Sequence[DurabilityWarning]:
        """Tell in which ways the store, as it is set up, may lose an opt-out. Raises StoreError."""
        ...

    async def prune(self, now: datetime, keep: timedelta) -> Pruned:
        """Forget the ids of events, and the delivered replies, that are older than `keep`. Failed replies stay.

        A redelivery that comes later than `keep` counts as new.
        """
        ...

    async def prune_kept(self, what: Retained, before: datetime) -> int:
        """Forget what is older than `before`; return how many went. Neither people nor consent are touched."""
        ...

    async def acquire_server_lease(self) -> None:
        """Claim the right to serve from this store until it is closed.

        Where several servers may serve, this one is alive for the others from now on until `close`, and while it renews
        its lease. Raises StoreError that names the holder, where a store allows one server only and has one.
        """
        ...
