"""The ledger, the same in every store: the facts of a row, pages of it, and the fold that verifies it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol

import msgspec

from flows.engine.subscriptions import asks_why
from flows.engine.turn import ConversationState
from messages.codec import from_ms, from_ms_or_none, to_ms
from messages.consent import ConsentChange, LedgerRow, Membership, SourceKind
from messages.inbound import InboundEvent
from storage.records import FoldDifference, LedgerLoss, LedgerReport, is_declared, missing

LedgerPosition = tuple[int, ...]
"""How far somebody has read the ledger of a bot: a number for each of the bot's shards, whose meaning is the store's.

`()` is the beginning. Of n shards, the row with sequence q is in shard (q - 1) % n.
"""


class Facts(NamedTuple):
    """What of a change stays for ever. `at` is in milliseconds since 1970."""

    contact: str
    subject: str
    before: str
    after: str
    at: int
    source: str
    actor: str
    revision: int
    message: str
    button: str
    purpose: str
    channel: str
    turn: str


class Personal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a ledger row is taken away when the person is erased. The row keeps its digest, so the chain holds."""

    detail: str = ""
    label: str = ""
    text: str = ""
    conversation: str = ""
    event_id: str = ""
    acted_at: int | None = None
    """When the person acted, in milliseconds since 1970. Here, where versions that don't know it pass it over."""


_encode = msgspec.json.Encoder().encode
_decode_personal = msgspec.json.Decoder(Personal).decode


def facts_of(change: ConsentChange) -> Facts:
    return Facts(
        change.contact,
        change.subject,
        change.before.value,
        change.after.value,
        to_ms(change.at),
        change.source.value,
        change.actor,
        change.revision,
        change.message,
        change.button,
        change.purpose,
        change.channel,
        change.turn,
    )


def personal_of(change: ConsentChange) -> bytes:
    """Return the personal part as JSON; equal parts give equal bytes."""
    acted = None if change.acted_at is None else to_ms(change.acted_at)
    return _encode(Personal(change.detail, change.label, change.text, change.conversation, change.event_id, acted))


def acted_ms(facts: Facts, personal: bytes | None) -> int:
    """Return when somebody acted, in milliseconds since 1970; the time of receipt where the row does not tell."""
    acted = _decode_personal(personal).acted_at if personal else None
    return facts.at if acted is None else acted


def text_of(personal: str | bytes | None) -> str:
    """Return the words that a row says were seen beside the button; empty where it does not tell."""
    return _decode_personal(personal).text if personal else ""


def conversation_of(personal: str | bytes | None) -> str:
    """Return the conversation that a row is of; empty where it does not tell."""
    return _decode_personal(personal).conversation if personal else ""


def change_of(facts: Facts, personal: str | bytes | None) -> ConsentChange:
    """Return the change; without its personal part when that was erased."""
    kept = _decode_personal(personal) if personal else Personal()
    return ConsentChange(
        contact=facts.contact,
        subject=facts.subject,
        before=Membership(facts.before),
        after=Membership(facts.after),
        at=from_ms(facts.at),
        source=SourceKind(facts.source),
        actor=facts.actor,
        detail=kept.detail,
        revision=facts.revision,
        message=facts.message,
        button=facts.button,
        label=kept.label,
        text=kept.text,
        purpose=facts.purpose,
        channel=facts.channel,
        conversation=kept.conversation,
        event_id=kept.event_id,
        turn=facts.turn,
        acted_at=from_ms_or_none(kept.acted_at),
    )


About = tuple[str, str]
"""Contact and subject."""


class FoldedMembership(NamedTuple):
    """What a contact is to a subject, and the sequence of the row that made it so."""

    state: Membership
    sequence: int


_UNKNOWN = FoldedMembership(Membership.NONE, 0)


class ProvenRows(NamedTuple):
    """A row, or those of a batch, that one hash proves: contact, subject, before and after of each."""

    first: int
    """Its sequence; those of a batch are dense."""
    rows: Sequence[tuple[str, str, Membership, Membership]]
    hash: str
    """As it is stored."""
    hash_behind: Callable[[str], str]
    """Returns the hash that the rows should have, behind the hash of the row before."""
    keeps_personal: bool
    """Whether the personal part is that of its digest, or was erased."""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


class LedgerFold:
    """The ledger of one shard of a bot, row by row. Sequences of n shards interleave."""

    def __init__(self, bot: str, start: str, losses: Sequence[LedgerLoss], *, shard: int = 0, shards: int = 1) -> None:
        self._bot = bot
        self._losses = losses
        self._step = shards
        self._sequence = shard + 1 - shards
        self.rows = 0
        self.hash = start
        self._memberships: dict[About, FoldedMembership] = {}

    def add(self, proven: ProvenRows) -> Iterator[FoldDifference]:
        """Take in rows, yielding what is wrong with them."""
        problems = list(self._problems(proven))
        for sequence, (contact, subject, before, after) in enumerate(proven.rows, proven.first):
            about = (contact, subject)
            earlier = self._memberships.get(about, _UNKNOWN).state
            if before is not earlier:
                problems.append(f"row {sequence} starts from {before}, and the rows before it say {earlier}")
            for problem in problems:
                yield FoldDifference(self._bot, *about, before, earlier, sequence, problem)
            problems = []
            self._memberships[about] = FoldedMembership(after, sequence)
        self.rows += len(proven.rows)
        self._sequence, self.hash = proven.last, proven.hash

    def _problems(self, proven: ProvenRows) -> Iterator[str]:
        first, last = proven.first, proven.last
        due = self._sequence + self._step
        if first != due and not is_declared(self._losses, due, first - self._step):
            yield f"the ledger skips from row {max(self._sequence, 0)} to row {first}"
        elif proven.hash != proven.hash_behind(self.hash):
            was = f"row {first} was altered: its" if first == last else f"rows {first} to {last} were altered: their"
            yield f"{was} hash does not fit"
        if not proven.keeps_personal:
            yield f"row {first} was altered: its personal part does not fit its digest"

    def compare(
        self, stored: Mapping[About, FoldedMembership], members: AbstractSet[About] | None = None
    ) -> Iterator[FoldDifference]:
        """Yield the memberships that are not what the rows say; with a store's lists of `members`, those too."""
        for about in sorted(self._memberships.keys() | stored.keys() | (members or set())):
            said, found = self._memberships.get(about, _UNKNOWN), stored.get(about, _UNKNOWN)
            problems = []
            if found.state is not said.state:
                problems.append("membership differs from the fold of the ledger")
            elif found != said:
                problems.append(f"membership names row {found.sequence} as its proof; it is row {said.sequence}")
            listed, is_member = about in (members or ()), said.state in {Membership.OPTED_IN, Membership.ADDED}
            if members is not None and listed is not is_member:
                problems.append(f"the list of members {'has' if listed else 'lacks'} the contact")
            for problem in problems:
                yield FoldDifference(self._bot, *about, found.state, said.state, said.sequence, problem)


def report_of(
    folds: Sequence[LedgerFold], memberships: int, differences: Sequence[FoldDifference], losses: Sequence[LedgerLoss]
) -> LedgerReport:
    """Return what came of the folds of a bot's shards. Rows that nobody accepted as lost are the first differences."""
    heads = [fold.hash for fold in folds if fold.rows]
    return LedgerReport(
        rows=sum(fold.rows for fold in folds),
        memberships=memberships,
        differences=(*(missing(loss) for loss in losses if loss.is_open), *differences),
        head=heads[0] if len(heads) == 1 else hashlib.sha256(" ".join(heads).encode()).hexdigest() if heads else "",
        losses=tuple(losses),
    )


class _LedgerRows(Protocol):
    async def ledger(
        self, bot: str, *, contact: str = "", subject: str = "", after: int = 0, limit: int = 100
    ) -> Sequence[LedgerRow]: ...


async def stood_on(store: _LedgerRows, bot: str, state: ConversationState, event: InboundEvent) -> ConsentChange | None:
    """Return the change that the last push of a conversation stood on, where the event asks why it came."""
    if state.pushed is None or not asks_why(event, state):
        return None
    found: ConsentChange | None = None
    after = 0
    while rows := await store.ledger(bot, contact=state.contact, subject=state.pushed.subject, after=after):
        after = rows[-1].sequence
        changes = [row.change for row in rows if row.change.source is not SourceKind.USED]
        found = next((change for change in reversed(changes) if change.at <= state.pushed.at), found)
    return found
