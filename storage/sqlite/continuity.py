"""Whether the file still has what it acknowledged, and the rows that it is known to lack."""

import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from messages.codec import from_ms, from_ms_or_none, to_ms
from storage.continuity import CopiedFrom, Remembering, StoreIdentity, decode_copied_from, encode_copied_from
from storage.records import RESERVED, DurabilityWarning, LedgerLoss, LedgerMark
from storage.sqlite.database import Database
from storage.sqlite.writer import Transaction

HEAD = """
    SELECT * FROM (SELECT sequence, hash FROM ledger WHERE bot = ?1 ORDER BY sequence DESC LIMIT 1)
    UNION ALL SELECT * FROM (SELECT last, hash FROM ledger_batches WHERE bot = ?1 ORDER BY last DESC LIMIT 1)
    ORDER BY 1 DESC LIMIT 1
"""
"""The last row of a bot's ledger: sequence and hash."""

_ROW = """
    SELECT hash FROM ledger WHERE bot = ?1 AND sequence = ?2
    UNION ALL SELECT hash FROM ledger_batches WHERE bot = ?1 AND last = ?2
"""
_LOSSES = "SELECT number, bot, first, last, reserved, hash, found_at, accepted_at, accepted_by FROM ledger_losses "
_LOSSES_OF_BOT = _LOSSES + "WHERE bot = ? ORDER BY first, number"
_ALL_LOSSES = _LOSSES + "ORDER BY bot, first, number"
_STATE = "SELECT coalesce(max(reserved), 0), coalesce(max(accepted_at IS NULL), 0) FROM ledger_losses WHERE bot = ?"
_ADD = """
    INSERT INTO ledger_losses (bot, first, last, reserved, hash, found_at, accepted_by) VALUES (?, ?, ?, ?, ?, ?, '')
"""
_EXTEND = "UPDATE ledger_losses SET last = ?, hash = ? WHERE number = ?"


class LossState(NamedTuple):
    """What the losses of a bot mean for the next row."""

    reserved: int
    """The next row has a higher number."""
    is_open: bool
    """Nothing that raises consent may be written."""


def row_hash(source: sqlite3.Connection | sqlite3.Cursor, bot: str, sequence: int) -> bytes | None:
    """Return the hash of a row, or of the rows of a batch that ends with it; None when there is none."""
    row = source.execute(_ROW, (bot, sequence)).fetchone()
    return None if row is None else row[0]


def read_losses(source: sqlite3.Connection | sqlite3.Cursor, bot: str) -> list[LedgerLoss]:
    """Return the losses of a bot, in order."""
    return _losses(source.execute(_LOSSES_OF_BOT, (bot,)))


def all_losses(connection: sqlite3.Connection) -> list[LedgerLoss]:
    """Return the losses of all bots, in order."""
    return _losses(connection.execute(_ALL_LOSSES))


def _losses(rows: Iterable[Any]) -> list[LedgerLoss]:
    return [
        LedgerLoss(
            id=str(number),
            bot=of_bot,
            shard=0,
            first=first,
            last=last,
            reserved=reserved,
            hash=digest.hex(),
            found_at=from_ms(found_at),
            accepted_at=from_ms_or_none(accepted_at),
            accepted_by=accepted_by,
        )
        for number, of_bot, first, last, reserved, digest, found_at, accepted_at, accepted_by in rows
    ]


def loss_state(cursor: sqlite3.Cursor, bot: str) -> LossState:
    """Return what the losses on record mean for the next row."""
    reserved, is_open = cursor.execute(_STATE, (bot,)).fetchone()
    return LossState(reserved, bool(is_open))


def note_loss(cursor: sqlite3.Cursor, bot: str, sequence: int, digest: bytes) -> None:
    """Put on record that a row is missing, unless it is there, or is known to be lost."""
    if row_hash(cursor, bot, sequence) == digest:
        return
    for loss in read_losses(cursor, bot):
        if loss.covers(sequence):
            if loss.is_open and sequence > loss.last:
                cursor.execute(_EXTEND, (sequence, digest, int(loss.id)))
            return
    last, _ = cursor.execute(HEAD, (bot,)).fetchone() or (0, b"")
    reserved = max(last, sequence, loss_state(cursor, bot).reserved) + RESERVED
    cursor.execute(_ADD, (bot, min(last + 1, sequence), sequence, reserved, digest, time.time_ns() // 1_000_000))


_RAISE_MARK = "UPDATE identity SET mark = max(mark, ?) + 1 RETURNING mark"
_ACCEPT = "UPDATE ledger_losses SET accepted_at = ?, accepted_by = ? WHERE number = ? AND accepted_at IS NULL"


class SqliteContinuity(Remembering):
    """`storage.continuity.Continuity`."""

    _database: Database
    all_bots: Callable[[], Awaitable[Sequence[str]]]

    async def identity(self) -> StoreIdentity:
        def query(connection: sqlite3.Connection) -> StoreIdentity:
            name, copied_from, mark = connection.execute("SELECT store, copied_from, mark FROM identity").fetchone()
            return StoreIdentity(name, decode_copied_from(copied_from), mark)

        return self._database.read(query)

    async def raise_mark(self, beyond: int) -> int:
        def operation(transaction: Transaction) -> int:
            (mark,) = transaction.cursor.execute(_RAISE_MARK, (beyond,)).fetchone()
            return int(mark)

        return await self._database.write(operation)

    async def become_copy_of(self, sources: Sequence[CopiedFrom]) -> None:
        lineage = encode_copied_from(sources).decode()

        await self._database.execute("UPDATE identity SET copied_from = ?", lineage)

    @property
    def declared_loss(self) -> float:
        return 0.0

    async def heads(self, bot: str) -> Sequence[LedgerMark]:
        return self._database.read(lambda connection: _heads(connection, [bot]))

    async def all_heads(self) -> Sequence[LedgerMark]:
        bots = await self.all_bots()
        return self._database.read(lambda connection: _heads(connection, bots))

    async def row_hash(self, bot: str, sequence: int) -> str | None:
        found = self._database.read(lambda connection: row_hash(connection, bot, sequence))
        return None if found is None else found.hex()

    async def is_there(self, mark: LedgerMark) -> bool:
        return await self.row_hash(mark.bot, mark.sequence) == mark.hash

    async def record_loss(self, mark: LedgerMark) -> LedgerLoss | None:
        def operation(transaction: Transaction) -> LedgerLoss | None:
            transaction.heads.pop(mark.bot, None)  # the next row is numbered above what is found now
            note_loss(transaction.cursor, mark.bot, mark.sequence, bytes.fromhex(mark.hash))
            found = read_losses(transaction.cursor, mark.bot)
            return next((loss for loss in found if loss.is_open and loss.covers(mark.sequence)), None)

        return await self._database.write(operation)

    async def losses(self, bot: str) -> Sequence[LedgerLoss]:
        return self._database.read(lambda connection: read_losses(connection, bot))

    async def all_losses(self) -> Sequence[LedgerLoss]:
        return self._database.read(all_losses)

    async def accept_loss(self, loss: LedgerLoss, at: datetime, by: str) -> None:
        def operation(transaction: Transaction) -> None:
            transaction.heads.pop(loss.bot, None)
            transaction.cursor.execute(_ACCEPT, (to_ms(at), by, int(loss.id)))

        await self._database.write(operation)

    async def look(self) -> None:
        await self._database.look_at_files()

    async def broken_promises(self) -> Sequence[DurabilityWarning]:
        """None: a commit waits for the disk."""
        return ()


def _heads(connection: sqlite3.Connection, bots: Iterable[str]) -> list[LedgerMark]:
    found = ((bot, connection.execute(HEAD, (bot,)).fetchone()) for bot in bots)
    return [LedgerMark(bot, 0, row[0], row[1].hex()) for bot, row in found if row is not None]
