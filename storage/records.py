"""What goes into and comes out of the store, as values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from flows.engine.turn import ConversationState, Turn
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import OutgoingMessage
from messages.inbound import ConversationReference, InboundEvent


class Retained(StrEnum):
    """One kind; the text is its name in the log."""

    FAILED_REPLIES = "failed replies"
    """Replies that were given up, by when they were queued."""
    IGNORED_MESSAGES = "ignored messages"
    """What nothing matched, by when it was said."""
    IMPORT_REPORTS = "import reports"
    """Rows of files that failed, by when the import ended. The job itself stays: ledger rows name it."""
    PUSHES = "pushes"
    """What became of each person in runs that are over, and whom they were for, by when they were over; of steps of
    sequences by the last push. The runs stay, with their counters.
    """
    AUDIT = "audit rows"
    """What staff did. The newest row of each bot stays, so that no number comes twice."""


RESERVED: Final = 1_000_000
"""Numbers that are left out behind the last row that is remembered: servers may have given some that this one did not
hear of."""


class LedgerMark(msgspec.Struct, frozen=True):
    """A ledger row that was acknowledged. Of each shard of a bot one is remembered: its last."""

    bot: str
    shard: int
    sequence: int
    hash: str
    """In hex, over this row and all before it in its shard."""


class LedgerLoss(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows that were acknowledged and are not there any more: of one shard of a bot, from `first` to `last`.

    Sequences up to `reserved` are used by no later row.
    """

    id: str
    bot: str
    shard: int
    first: int
    last: int
    reserved: int
    hash: str
    """Of row `last`."""
    found_at: datetime
    accepted_at: datetime | None = None
    accepted_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has accepted it: nothing that raises consent is written."""
        return self.accepted_at is None

    def covers(self, sequence: int) -> bool:
        """Tell whether a row of that number was lost with these, or never given."""
        return self.first <= sequence <= self.reserved

    def __str__(self) -> str:
        rows = f"row {self.first} is" if self.first == self.last else f"rows {self.first} to {self.last} are"
        return f"{self.bot}: {rows} missing from the ledger"


def is_declared(losses: Iterable[LedgerLoss], first: int, last: int) -> bool:
    """Tell whether no row from `first` to `last` has to be there: they are on record as lost, or were never given."""
    return any(loss.covers(first) and loss.covers(last) for loss in losses)


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that one turn needs, read at one moment.

    `seen` is true when the event was committed before; `seen_answer` is then its synchronous answer, if it had one.
    A conversation or contact that is not known yet comes as None.
    """

    live: int
    """Number of the live revision; 0 when nothing was pushed yet."""
    state: ConversationState | None = None
    contact: Contact | None = None
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    lowered: Mapping[str, datetime] = field(default_factory=dict)
    """By subject, the time of the last act that lowered consent."""
    raised: Mapping[str, datetime] = field(default_factory=dict)
    """By subject, the time of the last act that raised it."""
    evidence: str | None = None
    seen: bool = False
    seen_answer: str | None = None
    seen_fingerprint: str = ""
    """What the event that was committed under the id said (`messages.codec`); '' where that was not kept."""


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn as it happened: enough to run it again and get the same."""

    turn: str
    """Turn id; the seed of the turn's ids."""
    bot: str
    conversation: str
    contact: str
    at: datetime
    """The `now` that the turn was given."""
    event: InboundEvent
    outcome: Turn
    revision_digest: str = ""
    memberships: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    """As they were before the turn."""
    lowered: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """`Snapshot.lowered`, as it was before the turn."""
    raised: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """`Snapshot.raised`, as it was before the turn."""
    state_before: ConversationState | None = None
    contact_before: Contact | None = None
    evidence: str | None = None
    filters: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Filters of segments, as text, that the turn could ask."""
    last_seen_before: datetime | None = None
    """When the person last did something before the turn; known where `filters` ask for it."""
    stood_on: ConsentChange | None = None
    """`Snapshot.stood_on`."""
    erased: bool = False
    """The person was erased: ids and times are all that is left, and there is nothing to run again."""
    erased_in_part: bool = False
    """Somebody else was erased whose words it had; these are gone, so it can't be run again."""


class RecordedTurn(NamedTuple):
    """A journal entry as the store has it, not read yet: one that can't be read hides no other."""

    conversation: str
    place: str
    """Where the store keeps it, for people: `row 812 of the journal`."""
    at: int
    """Milliseconds since 1970; 0 where only the record itself could tell."""
    record: bytes


class JournalPage(NamedTuple):
    """Some records of the journal, and where those after them begin."""

    turns: Sequence[RecordedTurn]
    position: str


class DeliveryStatus(StrEnum):
    """Where a reply stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; `reason` says why. Ops sees it in `assent conversation show`."""


class OutboxRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply on its way. Rows of one conversation leave in the order of `sequence`."""

    sequence: int
    bot: str
    conversation: str
    contact: str
    reference: ConversationReference
    message: OutgoingMessage
    queued_at: datetime
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    sent: int = 0
    """How many of the message's wire payloads the channel has accepted; a retry goes on from there."""
    next_attempt_at: datetime | None = None
    reason: str = ""
    ambiguous: bool = False
    """A send ended without an answer, so a part may have been shown twice."""
    channel_message_ids: tuple[str, ...] = ()
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit made: the ledger sequences of its consent changes, and the outbox rows now pending."""

    ledger: tuple[int, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()


class DueTimer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A timer whose time has come."""

    bot: str
    timer: str
    conversation: str
    reference: ConversationReference
    due: datetime


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bot's draft: text that nobody but its builders sees."""

    bot: str
    source: str
    digest: str
    author: str
    saved_at: datetime
    version: int


class ConversationSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A conversation in a listing."""

    bot: str
    state: ConversationState
    contact: Contact
    turns: int = 0
    pending: int = 0
    failed: int = 0


class IgnoredMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message that nothing matched, kept for the builder to learn from."""

    bot: str
    conversation: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class FoldDifference:
    """A membership that is not what the ledger says: somebody tampered, or a bug."""

    bot: str
    contact: str
    subject: str
    stored: Membership
    folded: Membership
    sequence: int
    """The last ledger row about it; 0 when there is none."""
    problem: str = "membership differs from the fold of the ledger"


def missing(loss: LedgerLoss) -> FoldDifference:
    """Return a loss that nobody accepted as a difference. Whom it is about is not known."""
    nothing = Membership.NONE
    said = (
        f"row {loss.first} was acknowledged and is not there"
        if loss.first == loss.last
        else f"rows {loss.first} to {loss.last} were acknowledged and are not there"
    )
    return FoldDifference(loss.bot, "", "", nothing, nothing, loss.last, said)


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """The outcome of `verify`."""

    rows: int
    memberships: int
    differences: tuple[FoldDifference, ...]
    head: str = ""
    """Hash of the last row, over all before it. Kept elsewhere, it shows later that nothing up to it was rewritten."""
    losses: tuple[LedgerLoss, ...] = ()
    """Rows that are known to be missing: those that nobody accepted are among the differences too."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `prune` took away."""

    seen_events: int = 0
    deliveries: int = 0


class AuditRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What staff did that is no consent change: looked at what is masked, erased a person, changed a segment."""

    sequence: int
    """Rises by one per row of a bot. 0 before the store numbers it."""
    bot: str
    at: datetime
    actor: str
    action: str
    """One word: `unmask`, `export`, `erase`, `create_segment`, …"""
    target: str
    """What it was done to: a conversation's key, a contact's id, `segment <id>`, `import <id>`."""
    detail: str = ""
    """Nothing that tells who somebody is: it stays when they are erased."""
    address: str = ""
    """Where the request came from, if it came over a network."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What `erase_contact` took away or emptied."""

    turns: int
    conversations: int
    replies: int
    ledger_rows: int
    """Those that keep their facts, and lost what tells the person."""


class DurabilityWarning(NamedTuple):
    """A way in which a store may lose an opt-out, and what to do about it.

    `breaks`: the store's URL promises better.
    """

    problem: str
    remedy: str
    breaks: bool
