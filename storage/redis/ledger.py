"""The ledger: a Stream in each shard, whose ids are the rows' numbers. Rows are only ever added."""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Any

from messages.consent import ConsentChange, LedgerRow
from messages.errors import BadInput, StaleVersion
from storage.change_feed import ChangeFeed, as_soon_as_found
from storage.continuity import any_raises
from storage.ledger_facts import change_of
from storage.ledger_page import LedgerPage, LedgerPosition
from storage.records import LedgerReport
from storage.redis.chain import decode_facts
from storage.redis.consent_state import change_words
from storage.redis.keys import Shard
from storage.redis.ledger_memory import LedgerMemory
from storage.redis.ledger_position import ledger_sequence, number_of, rows_up_to
from storage.redis.ledger_rows import personal_of_rows
from storage.redis.losses import read_losses
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import CHANGE_CONSENT
from storage.redis.verify import verify

_PAGE = 1000


class RedisLedger:
    """`storage.port.Ledger`."""

    _nodes: Nodes
    _meta: Meta
    _memory: LedgerMemory
    _feed: ChangeFeed

    async def ledger(
        self, bot: str, *, contact: str = "", subject: str = "", after: int = 0, limit: int = 100
    ) -> Sequence[LedgerRow]:
        of_shards: list[list[LedgerRow]] = []
        for shard in await self._meta.of_bot(bot):
            start = max(rows_up_to(after, shard, self._nodes.address.shards), 0)
            if contact:
                of_shards.append(await self._rows_of_contact(shard, contact, subject, start, limit))
            else:
                of_shards.append(await self._rows(shard, subject, start, limit))
        return list(islice(merge(*of_shards, key=lambda row: row.sequence), limit))

    async def _rows(self, shard: Shard, subject: str, start: int, limit: int) -> list[LedgerRow]:
        found: list[LedgerRow] = []
        while len(found) < limit:
            count = max(limit, _PAGE) if subject else limit
            page = await self._nodes.read(
                self._nodes.client.xrange(f"{shard.prefix}ledger", min=f"{start + 1}-0", count=count)
            )
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
        number = int(
            await self._nodes.read(self._nodes.client.hget(f"{shard.prefix}contact:{contact}", "last-row")) or 0
        )
        found: list[tuple[bytes, dict[bytes, bytes]]] = []
        while number > start:
            page = await self._nodes.read(
                self._nodes.client.xrange(f"{shard.prefix}ledger", min=f"{number}-0", max=f"{number}-0")
            )
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
        while page := await self._nodes.read(
            self._nodes.client.xrange(f"{shard.prefix}ledger", min=f"{start + 1}-0", max=f"({end}-0", count=_PAGE)
        ):
            found += [row for row in page if decode_facts(row[1][b"content"])[1].contact == contact]
            start = number_of(page[-1][0])
        return found

    async def _read_rows(self, shard: Shard, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[LedgerRow]:
        rows: list[LedgerRow] = []
        for (entry, fields), personal in zip(entries, await personal_of_rows(self._nodes, shard, entries), strict=True):
            _, facts, _ = decode_facts(fields[b"content"])
            sequence = ledger_sequence(number_of(entry), shard, self._nodes.address.shards)
            rows.append(LedgerRow(sequence, shard.bot, change_of(facts, personal), erased=personal is None))
        return rows

    async def follow_ledger(
        self, bot: str, position: LedgerPosition, *, limit: int = 10_000, wait: float = 0.0
    ) -> LedgerPage:
        shards = await self._meta.of_bot(bot)
        numbers = list(position or (0,) * len(shards))

        async def look() -> list[LedgerRow]:
            found = await self._rows_after(shards, numbers, limit)
            rows: list[LedgerRow] = []
            for shard, page in zip(shards, found, strict=True):
                for entry, fields in page[: limit - len(rows)]:
                    numbers[shard.number] = number_of(entry)
                    rows.append(self._read_facts(shard, number_of(entry), fields))
            return rows

        rows = await as_soon_as_found(self._feed, bot, look, wait)
        return LedgerPage(rows, tuple(numbers), more=len(rows) >= limit)

    async def _rows_after(self, shards: Sequence[Shard], numbers: Sequence[int], limit: int) -> list[list[Any]]:
        return [
            await self._nodes.read(
                self._nodes.client.xrange(f"{shard.prefix}ledger", min=f"{numbers[shard.number] + 1}-0", count=limit)
            )
            for shard in shards
        ]

    def _read_facts(self, shard: Shard, number: int, fields: dict[bytes, bytes]) -> LedgerRow:
        _, facts, _ = decode_facts(fields[b"content"])
        return LedgerRow(ledger_sequence(number, shard, self._nodes.address.shards), shard.bot, change_of(facts, None))

    async def change_consent(self, bot: str, change: ConsentChange) -> LedgerRow:
        words = change_words(bot, change)
        for shard in await self._meta.of_bot(bot):
            remembered = self._memory.words(shard, raising=any_raises([change]))
            answer = await self._nodes.call(CHANGE_CONSENT, shard.prefix, change.contact, *words, *remembered)
            self._memory.noted(shard, answer)
            match answer:
                case [b"ok", int(number), _]:
                    return LedgerRow(ledger_sequence(number, shard, self._nodes.address.shards), bot, change)
                case [b"stale", what]:
                    raise StaleVersion(what.decode())
                case _:
                    pass
        raise BadInput(f"no contact {change.contact} of bot {bot}", remedy="List the contacts to find the right id")

    async def verify_ledger(self, bot: str) -> LedgerReport:
        shards = await self._meta.of_bot(bot)
        return await verify(self._nodes, shards, await read_losses(self._nodes, shards))
