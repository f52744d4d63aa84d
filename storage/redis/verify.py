"""The ledger, read from its first row and compared with what it is said to say."""

import hashlib
from collections.abc import AsyncIterator, Sequence

from messages.consent import Membership
from storage.ledger_fold import About, FoldedMembership, LedgerFold, ProvenRows, report_of
from storage.ledger_loss import LedgerLoss
from storage.records import FoldDifference, LedgerReport
from storage.redis.chain import START, decode_facts, digest, row_hash
from storage.redis.consent_state import membership
from storage.redis.keys import Shard
from storage.redis.ledger_position import ledger_sequence, number_of
from storage.redis.ledger_rows import personal_of_rows
from storage.redis.nodes import Nodes

_ROWS_AT_ONCE = 1000


def _proven(shard: Shard, shards: int, number: int, fields: dict[bytes, bytes], personal: bytes | None) -> ProvenRows:
    bot, facts, personal_digest = decode_facts(fields[b"content"])

    def behind(previous: str) -> str:
        return row_hash(previous, number, digest(fields[b"content"])) if bot == shard.bot else ""

    keeps = personal is None or hashlib.sha256(personal).hexdigest() == personal_digest
    rows = [(facts.contact, facts.subject, Membership(facts.before), Membership(facts.after))]
    return ProvenRows(ledger_sequence(number, shard, shards), rows, fields[b"hash"].decode(), behind, keeps)


async def verify(nodes: Nodes, shards: Sequence[Shard], losses: Sequence[LedgerLoss]) -> LedgerReport:
    """Fold a bot's ledger and return what differs: memberships, gaps, rows that do not follow, altered rows.

    `losses`: rows that are known to be missing.
    """
    memberships = 0
    differences: list[FoldDifference] = []
    folds: list[LedgerFold] = []
    for shard in shards:
        own = [loss for loss in losses if loss.shard == shard.number]
        fold = LedgerFold(shard.bot, START, own, shard=shard.number, shards=len(shards))
        async for number, fields, personal in _all_rows(nodes, shard):
            differences += fold.add(_proven(shard, len(shards), number, fields, personal))
        stored = await _memberships(nodes, shard, len(shards))
        differences += fold.compare(stored, await _members(nodes, shard))
        memberships += len(stored)
        folds.append(fold)
    return report_of(folds, memberships, differences, losses)


async def _all_rows(nodes: Nodes, shard: Shard) -> AsyncIterator[tuple[int, dict[bytes, bytes], bytes | None]]:
    start = 0
    while page := await nodes.read(
        nodes.client.xrange(f"{shard.prefix}ledger", min=f"{start + 1}-0", count=_ROWS_AT_ONCE)
    ):
        for (entry, fields), personal in zip(page, await personal_of_rows(nodes, shard, page), strict=True):
            yield number_of(entry), fields, personal
        start = number_of(page[-1][0])


async def _memberships(nodes: Nodes, shard: Shard, shards: int) -> dict[About, FoldedMembership]:
    found: dict[About, FoldedMembership] = {}
    prefix = f"{shard.prefix}contact:"
    async for keys in nodes.keys(shard.prefix, f"{prefix}*"):
        of_contacts = await nodes.read_all(("HGETALL", key) for key in keys)
        for key, fields in zip(keys, of_contacts, strict=True):
            contact = key.decode().removeprefix(prefix)
            for name, value in fields.items():
                if name.startswith(b"="):
                    state, number = membership(value)
                    sequence = ledger_sequence(number, shard, shards)
                    found[contact, name[1:].decode()] = FoldedMembership(state, sequence)
    return found


async def _members(nodes: Nodes, shard: Shard) -> set[About]:
    found: set[About] = set()
    prefix = f"{shard.prefix}members:"
    async for keys in nodes.keys(shard.prefix, f"{prefix}*"):
        for key in keys:
            subject = key.decode().removeprefix(prefix)
            listed = await nodes.read(nodes.client.zrange(key, 0, -1))
            found.update((contact.decode(), subject) for contact in listed)
    return found
