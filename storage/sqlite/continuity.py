"""Whether the file still has what it acknowledged: `storage.continuity.Continuity`."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from storage.continuity import CopiedFrom, StoreIdentity, decode_copied_from, encode_copied_from
from storage.ledger_loss import LedgerLoss, LedgerMark
from storage.records import Weakness
from storage.sqlite.database import Database
from storage.sqlite.losses import HEAD, all_losses, note_loss, read_losses, row_hash
from storage.sqlite.operation import Transaction
from storage.times import to_ms

_ACCEPT = "UPDATE ledger_losses SET accepted_at = ?, accepted_by = ? WHERE number = ? AND accepted_at IS NULL"


class SqliteContinuity:
    """`storage.continuity.Continuity`."""

    _database: Database
    all_bots: Callable[[], Awaitable[Sequence[str]]]

    async def identity(self) -> StoreIdentity:
        def query(connection: sqlite3.Connection) -> StoreIdentity:
            name, copied_from = connection.execute("SELECT store, copied_from FROM identity").fetchone()
            return StoreIdentity(name, decode_copied_from(copied_from))

        return self._database.read(query)

    async def become_copy_of(self, sources: Sequence[CopiedFrom]) -> None:
        lineage = encode_copied_from(sources).decode()

        def operation(transaction: Transaction) -> None:
            transaction.cursor.execute("UPDATE identity SET copied_from = ?", (lineage,))

        await self._database.write(operation)

    @property
    def declared_loss(self) -> float:
        return 0.0

    @property
    def interruptions(self) -> int:
        return self._database.memory.interruptions

    def remembered(self) -> Mapping[tuple[str, int], LedgerMark]:
        return self._database.memory.all()

    def noted(self) -> Sequence[LedgerMark]:
        return self._database.memory.noted_since()

    def remember(self, marks: Iterable[LedgerMark]) -> None:
        self._database.memory.take(marks)

    def forget(self, bot: str, shard: int) -> None:
        del shard  # there is one
        self._database.memory.forget(bot)

    def hold(self, reason: str) -> None:
        self._database.memory.reason = reason

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

    async def broken_promises(self) -> Sequence[Weakness]:
        """None: a commit waits for the disk."""
        return ()


def _heads(connection: sqlite3.Connection, bots: Iterable[str]) -> list[LedgerMark]:
    found = ((bot, connection.execute(HEAD, (bot,)).fetchone()) for bot in bots)
    return [LedgerMark(bot, 0, row[0], row[1].hex()) for bot, row in found if row is not None]
