"""The ledger, read from its first row and compared with what it is said to say."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence

from messages.consent import Membership
from storage.ledger_loss import LedgerLoss, is_declared
from storage.records import FoldDifference, LedgerReport, missing
from storage.redis.chain import START, decode_facts, digest, row_hash
from storage.redis.keys import Shard
from storage.redis.ledger_position import ledger_sequence, number_of
from storage.redis.ledger_rows import personal_of_rows
from storage.redis.nodes import Nodes
from storage.redis.turns import membership

_PAGE = 1000
_UNKNOWN = (Membership.NONE, 0)

_Standing = dict[tuple[str, str], tuple[Membership, int]]
"""How a contact stands to a subject, and the number of the row that made it so."""


class _Fold:
    """The ledger of one shard, row by row."""

    def __init__(self, shard: Shard, shards: int, losses: Sequence[LedgerLoss]) -> None:
        self._shard = shard
        self._shards = shards
        self.rows = 0
        self.number = 0
        self.hash = START
        self.standing: _Standing = {}
        self._losses = losses

    def add(self, number: int, fields: dict[bytes, bytes], personal: bytes | None) -> Iterator[FoldDifference]:
        """Take in a row, yielding what is wrong with it."""
        content, stored_hash = fields[b"content"], fields[b"hash"].decode()
        bot, facts, personal_digest = decode_facts(content)
        about = (facts.contact, facts.subject)
        earlier, _ = self.standing.get(about, _UNKNOWN)
        sequence = ledger_sequence(number, self._shard, self._shards)
        problems = []
        if number != self.number + 1 and not self._is_declared(self.number + 1, number - 1):
            problems.append(f"the ledger skips to row {sequence}")
        elif stored_hash != row_hash(self.hash, number, digest(content)) or bot != self._shard.bot:
            problems.append(f"row {sequence} was altered: its hash does not fit")
        if personal is not None and hashlib.sha256(personal).hexdigest() != personal_digest:
            problems.append(f"row {sequence} was altered: its personal part does not fit its digest")
        if facts.before != earlier:
            problems.append(f"row {sequence} starts from {facts.before}, and the rows before it say {earlier}")
        for problem in problems:
            yield self._difference(about, Membership(facts.before), earlier, number, problem)
        self.rows += 1
        self.number = number
        self.hash = stored_hash
        self.standing[about] = (Membership(facts.after), number)

    def _is_declared(self, first: int, last: int) -> bool:
        ends = (ledger_sequence(number, self._shard, self._shards) for number in (first, last))
        return is_declared(self._losses, *ends)

    def compare(self, stored: _Standing, members: set[tuple[str, str]]) -> Iterator[FoldDifference]:
        """Yield the memberships, and the lists of members, that are not what the rows say."""
        for about in sorted(self.standing.keys() | stored.keys() | members):
            said, row = self.standing.get(about, _UNKNOWN)
            found, proof = stored.get(about, _UNKNOWN)
            if found is not said:
                yield self._difference(about, found, said, row, "membership differs from the fold of the ledger")
            elif proof != row:
                problem = f"membership names row {proof} as its proof; it is row {row}"
                yield self._difference(about, found, said, row, problem)
            listed = about in members
            if listed is not (said in {Membership.OPTED_IN, Membership.ADDED}):
                problem = f"the list of members {'has' if listed else 'lacks'} the contact"
                yield self._difference(about, found, said, row, problem)

    def _difference(
        self, about: tuple[str, str], stored: Membership, folded: Membership, number: int, problem: str
    ) -> FoldDifference:
        sequence = ledger_sequence(number, self._shard, self._shards) if number else 0
        return FoldDifference(self._shard.bot, *about, stored, folded, sequence, problem)


async def verify(nodes: Nodes, shards: Sequence[Shard], losses: Sequence[LedgerLoss]) -> LedgerReport:
    """Fold a bot's ledger and return what differs: memberships, gaps, rows that do not follow, altered rows.

    `losses`: rows that are known to be missing.
    """
    rows = memberships = 0
    differences = [missing(loss) for loss in losses if loss.is_open]
    heads: list[str] = []
    for shard in shards:
        fold = _Fold(shard, len(shards), [loss for loss in losses if loss.shard == shard.number])
        async for number, fields, personal in _rows(nodes, shard):
            differences += fold.add(number, fields, personal)
        stored = await _memberships(nodes, shard)
        differences += fold.compare(stored, await _members(nodes, shard))
        rows += fold.rows
        memberships += len(stored)
        heads += [fold.hash] if fold.rows else []
    head = heads[0] if len(heads) == 1 else hashlib.sha256(" ".join(heads).encode()).hexdigest()
    return LedgerReport(rows, memberships, tuple(differences), head=head if rows else "", losses=tuple(losses))


async def _rows(nodes: Nodes, shard: Shard) -> AsyncIterator[tuple[int, dict[bytes, bytes], bytes | None]]:
    start = 0
    while True:
        page = await nodes.read(nodes.client.xrange(f"{shard.prefix}ledger", min=f"{start + 1}-0", count=_PAGE))
        personal = await personal_of_rows(nodes, shard, page)
        for (entry, fields), part in zip(page, personal, strict=True):
            yield number_of(entry), fields, part
        if len(page) < _PAGE:
            return
        start = number_of(page[-1][0])


async def _memberships(nodes: Nodes, shard: Shard) -> _Standing:
    found: _Standing = {}
    prefix = f"{shard.prefix}contact:"
    async for keys in nodes.keys(shard.prefix, f"{prefix}*"):
        of_contacts = await nodes.read_all(("HGETALL", key) for key in keys)
        for key, fields in zip(keys, of_contacts, strict=True):
            contact = key.decode().removeprefix(prefix)
            for name, value in fields.items():
                if name.startswith(b"="):
                    found[contact, name[1:].decode()] = membership(value)
    return found


async def _members(nodes: Nodes, shard: Shard) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    prefix = f"{shard.prefix}members:"
    async for keys in nodes.keys(shard.prefix, f"{prefix}*"):
        for key in keys:
            subject = key.decode().removeprefix(prefix)
            listed = await nodes.read(nodes.client.zrange(key, 0, -1))
            found.update((contact.decode(), subject) for contact in listed)
    return found
