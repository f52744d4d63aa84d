"""The ledger: a Stream in each shard, whose rows are tied by hashes, and the memberships that follow from it."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

import msgspec

from messages.codec import from_ms, to_ms
from messages.consent import ConsentChange, LedgerRow, Membership, SourceKind
from messages.errors import BadInput, StaleVersion
from storage.change_feed import ChangeFeed
from storage.continuity import any_raises
from storage.ledger import (
    About,
    Facts,
    FoldedMembership,
    LedgerFold,
    ProvenRows,
    change_of,
    facts_of,
    personal_of,
    report_of,
)
from storage.records import FoldDifference, LedgerLoss, LedgerReport
from storage.redis.cluster import Cluster
from storage.redis.continuity import ShardMemory, read_losses
from storage.redis.pipeline import CHANGE_CONSENT, Word
from storage.redis.shards import Shard, Shards, ledger_sequence, number_of, rows_up_to

START = "0" * 40
"""What stands for the hash before a shard's first row."""

_encode = msgspec.json.Encoder().encode


def encode_facts(bot: str, facts: Facts, personal_digest: str) -> bytes:
    """Return the content of a row that stays for ever, as JSON: bot, facts, SHA-256 of the personal part in hex."""
    return _encode((bot, *facts, personal_digest))


def decode_facts(content: bytes) -> tuple[str, Facts, str]:
    """Return bot, facts and digest of the personal part."""
    bot, *facts, digest = msgspec.json.decode(content)
    return bot, Facts(*facts), digest


def digest(content: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def row_hash(previous: str, number: int, content_digest: str) -> str:
    """Return the hash of row `number`: SHA-1 in hex, as Redis' `sha1hex` computes it."""
    return hashlib.sha1(f"{previous} {number} {content_digest}".encode(), usedforsecurity=False).hexdigest()


async def personal_of_rows(
    cluster: Cluster, shard: Shard, entries: Sequence[tuple[bytes, dict[bytes, Any]]]
) -> Sequence[bytes | None]:
    """Return the personal part of each of these rows of the Stream; None once the person was erased."""
    if not entries:
        return []
    numbers = [number_of(entry) for entry, _ in entries]
    found: Sequence[bytes | None] = await cluster.ask.hmget(f"{shard.prefix}ledger-personal", numbers)
    return found


_NO_MEMBERSHIPS: Mapping[str, Membership] = {}


def membership(field: bytes) -> tuple[Membership, int]:
    """Return what a contact's field says of a subject: how they stand, and the number of the row that made it so."""
    state, _, number = field.partition(b" ")
    return Membership(state.decode()), int(number)


def fields_of(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return field by name, of a hash that a script returned."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def memberships_of(fields: Mapping[bytes, bytes]) -> Mapping[str, Membership]:
    """Return the memberships among a contact's fields, but for those that came back to none."""
    found: dict[str, Membership] = {}
    for name, value in fields.items():
        if name.startswith(b"="):
            state, _ = membership(value)
            if state is not Membership.NONE:
                found[name[1:].decode()] = state
    return found or _NO_MEMBERSHIPS


def lowered_of(fields: Mapping[bytes, bytes], by_rows: Sequence[bytes] = ()) -> Mapping[str, datetime]:
    """Return when consent was lowered, by subject; `by_rows` is what rows without times say (`lua/_act_times.lua`)."""
    found = _times_of(fields, b"<")
    for subject, at in zip(by_rows[::2], by_rows[1::2], strict=True):
        name, time = subject.decode(), from_ms(int(at))
        found[name] = max(found.get(name, time), time)
    return found


def raised_of(fields: Mapping[bytes, bytes]) -> Mapping[str, datetime]:
    """Return when consent was raised, by subject."""
    return _times_of(fields, b">")


def _times_of(fields: Mapping[bytes, bytes], sign: bytes) -> dict[str, datetime]:
    return {
        name[1:].decode(): from_ms(int(value.partition(b" ")[0]))
        for name, value in fields.items()
        if name.startswith(sign)
    }


def change_words(bot: str, change: ConsentChange) -> tuple[Word, ...]:
    """Return a change as scripts take it (`lua/_ledger.lua`)."""
    personal = personal_of(change)
    content = encode_facts(bot, facts_of(change), hashlib.sha256(personal).hexdigest())
    acted: Word = "" if change.source is SourceKind.MERGE else to_ms(change.acted_at or change.at)
    return change.subject, change.before.value, change.after.value, content, digest(content), personal, acted


_ROWS_BATCH = 1000


def _proven(shard: Shard, shards: int, number: int, fields: dict[bytes, bytes], personal: bytes | None) -> ProvenRows:
    bot, facts, personal_digest = decode_facts(fields[b"content"])

    def behind(previous: str) -> str:
        return row_hash(previous, number, digest(fields[b"content"])) if bot == shard.bot else ""

    keeps = personal is None or hashlib.sha256(personal).hexdigest() == personal_digest
    rows = [(facts.contact, facts.subject, Membership(facts.before), Membership(facts.after))]
    return ProvenRows(ledger_sequence(number, shard, shards), rows, fields[b"hash"].decode(), behind, keeps)


async def verify(cluster: Cluster, shards: Sequence[Shard], losses: Sequence[LedgerLoss]) -> LedgerReport:
    """Fold a bot's ledger and return what differs: memberships, gaps, rows that do not follow, altered rows.

    `losses`: rows that are known to be missing.
    """
    memberships = 0
    differences: list[FoldDifference] = []
    folds: list[LedgerFold] = []
    for shard in shards:
        own = [loss for loss in losses if loss.shard == shard.number]
        fold = LedgerFold(shard.bot, START, own, shard=shard.number, shards=len(shards))
        async for number, fields, personal in _all_rows(cluster, shard):
            differences += fold.add(_proven(shard, len(shards), number, fields, personal))
        stored = await _memberships(cluster, shard, len(shards))
        differences += fold.compare(stored, await _members(cluster, shard))
        memberships += len(stored)
        folds.append(fold)
    return report_of(folds, memberships, differences, losses)


async def _all_rows(cluster: Cluster, shard: Shard) -> AsyncIterator[tuple[int, dict[bytes, bytes], bytes | None]]:
    start = 0
    while page := await cluster.ask.xrange(f"{shard.prefix}ledger", min=f"{start + 1}-0", count=_ROWS_BATCH):
        for (entry, fields), personal in zip(page, await personal_of_rows(cluster, shard, page), strict=True):
            yield number_of(entry), fields, personal
        start = number_of(page[-1][0])


async def _memberships(cluster: Cluster, shard: Shard, shards: int) -> dict[About, FoldedMembership]:
    found: dict[About, FoldedMembership] = {}
    prefix = f"{shard.prefix}contact:"
    async for keys in cluster.keys(shard.prefix, f"{prefix}*"):
        of_contacts = await cluster.read_all(("HGETALL", key) for key in keys)
        for key, fields in zip(keys, of_contacts, strict=True):
            contact = key.decode().removeprefix(prefix)
            for name, value in fields.items():
                if name.startswith(b"="):
                    state, number = membership(value)
                    sequence = ledger_sequence(number, shard, shards)
                    found[contact, name[1:].decode()] = FoldedMembership(state, sequence)
    return found


async def _members(cluster: Cluster, shard: Shard) -> set[About]:
    found: set[About] = set()
    prefix = f"{shard.prefix}members:"
    async for keys in cluster.keys(shard.prefix, f"{prefix}*"):
        for key in keys:
            subject = key.decode().removeprefix(prefix)
            listed = await cluster.ask.zrange(key, 0, -1)
            found.update((contact.decode(), subject) for contact in listed)
    return found


_PAGE = 1000


class RedisLedger:
    """`storage.port.Ledger`."""

    _cluster: Cluster
    _meta: Shards
    _memory: ShardMemory
    _feed: ChangeFeed

    async def ledger(
        self, bot: str, *, contact: str = "", subject: str = "", after: int = 0, limit: int = 100
    ) -> Sequence[LedgerRow]:
        of_shards: list[list[LedgerRow]] = []
        for shard in await self._meta.of_bot(bot):
            start = max(rows_up_to(after, shard, self._cluster.address.shards), 0)
            if contact:
                of_shards.append(await self._rows_of_contact(shard, contact, subject, start, limit))
            else:
                of_shards.append(await self._rows(shard, subject, start, limit))
        return list(islice(merge(*of_shards, key=lambda row: row.sequence), limit))

    async def _rows(self, shard: Shard, subject: str, start: int, limit: int) -> list[LedgerRow]:
        found: list[LedgerRow] = []
        while len(found) < limit:
            count = max(limit, _PAGE) if subject else limit
            page = await self._cluster.ask.xrange(f"{shard.prefix}ledger", min=f"{start + 1}-0", count=count)
            rows = await self._read_rows(shard, page)
            found += [row for row in rows if not subject or row.change.subject == subject]
            if len(page) < count:
                break
            start = number_of(page[-1][0])
        return found[:limit]

    async def _rows_of_contact(
        self, shard: Shard, contact: str, subject: str, start: int, limit: int
    ) -> list[LedgerRow]:
        """Follow the rows from the contact's last one back: each names the one before."""
        number = int(await self._cluster.ask.hget(f"{shard.prefix}contact:{contact}", "last-row") or 0)
        found: list[tuple[bytes, dict[bytes, bytes]]] = []
        while number > start:
            page = await self._cluster.ask.xrange(f"{shard.prefix}ledger", min=f"{number}-0", max=f"{number}-0")
            if not page:  # it was taken out, and what it named with it
                found += (await self._rows_between(shard, contact, start, number))[::-1]
                break
            found += page
            number = int(page[0][1][b"previous"])
        rows = await self._read_rows(shard, found[::-1])
        return [row for row in rows if not subject or row.change.subject == subject][:limit]

    async def _rows_between(
        self, shard: Shard, contact: str, start: int, end: int
    ) -> list[tuple[bytes, dict[bytes, bytes]]]:
        """Look through all rows between two numbers for those of a contact."""
        found: list[tuple[bytes, dict[bytes, bytes]]] = []
        while page := await self._cluster.ask.xrange(
            f"{shard.prefix}ledger", min=f"{start + 1}-0", max=f"({end}-0", count=_PAGE
        ):
            found += [row for row in page if decode_facts(row[1][b"content"])[1].contact == contact]
            start = number_of(page[-1][0])
        return found

    async def _read_rows(self, shard: Shard, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[LedgerRow]:
        rows: list[LedgerRow] = []
        for (entry, fields), personal in zip(
            entries, await personal_of_rows(self._cluster, shard, entries), strict=True
        ):
            _, facts, _ = decode_facts(fields[b"content"])
            sequence = ledger_sequence(number_of(entry), shard, self._cluster.address.shards)
            rows.append(LedgerRow(sequence, shard.bot, change_of(facts, personal), erased=personal is None))
        return rows

    async def change_consent(self, bot: str, change: ConsentChange) -> LedgerRow:
        words = change_words(bot, change)
        for shard in await self._meta.of_bot(bot):
            remembered = self._memory.words(shard, raising=any_raises([change]))
            answer = await self._cluster.call(CHANGE_CONSENT, shard.prefix, change.contact, *words, *remembered)
            self._memory.heard(shard, answer)
            match answer:
                case [b"ok", int(number), _]:
                    return LedgerRow(ledger_sequence(number, shard, self._cluster.address.shards), bot, change)
                case [b"stale", what]:
                    raise StaleVersion(what.decode())
                case _:
                    pass
        raise BadInput(f"no contact {change.contact} of bot {bot}", remedy="List the contacts to find the right id")

    async def verify_ledger(self, bot: str) -> LedgerReport:
        shards = await self._meta.of_bot(bot)
        return await verify(self._cluster, shards, await read_losses(self._cluster, shards))
