"""The store on one SQLite file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from storage.change_feed import HearsChanges
from storage.codec import UnreadableRecords
from storage.pace import ProcessPacing
from storage.port import FORMS
from storage.records import DurabilityWarning, Pruned, Retained
from storage.sqlite.addresses import SqliteAddresses
from storage.sqlite.contacts import SqlitePeople
from storage.sqlite.continuity import SqliteContinuity
from storage.sqlite.conversations import SqliteConversations, SqliteTimers
from storage.sqlite.database import Database
from storage.sqlite.enrolments import SqliteEnrolments
from storage.sqlite.erase import SqliteErasure
from storage.sqlite.files import ServerLease
from storage.sqlite.imports import SqliteImports
from storage.sqlite.journal import SqliteJournal, SqliteJournalChain
from storage.sqlite.ledger import SqliteLedger
from storage.sqlite.outbox import SqliteOutbox
from storage.sqlite.push_transfer import SqlitePushSource
from storage.sqlite.pushes import SqlitePushes, settle
from storage.sqlite.retention import forget, prune
from storage.sqlite.revisions import SqliteRevisions
from storage.sqlite.runs import SqliteRuns
from storage.sqlite.segments import SqliteSegments, SqliteStaffChanges
from storage.sqlite.staff import SqliteAccess, SqliteAudit, SqliteStaffRecords
from storage.sqlite.transfer import SqliteTransfer
from storage.sqlite.turns import SqliteTurns, try_turn
from storage.sqlite.work import SqliteWork
from storage.sqlite.writer import Transaction
from storage.transfer import refuse_half_a_copy
from storage.turns import BOT, REFERENCE

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that is writing."""


class SqliteStore(
    SqliteTurns,
    SqliteOutbox,
    SqliteAddresses,
    SqliteTimers,
    SqliteRevisions,
    SqliteLedger,
    SqliteConversations,
    SqliteJournal,
    SqliteJournalChain,
    SqliteAudit,
    SqlitePeople,
    SqliteStaffChanges,
    SqliteSegments,
    SqliteImports,
    SqliteAccess,
    SqliteStaffRecords,
    SqliteErasure,
    SqliteTransfer,
    SqliteContinuity,
    SqliteRuns,
    SqliteEnrolments,
    SqliteWork,
    ProcessPacing,
    SqlitePushes,
    SqlitePushSource,
    HearsChanges,
):
    """`storage.port.Store` in one file, which it creates. Belongs to the event loop that opens it."""

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT, durable: bool = True) -> None:
        self._database = Database(path, busy_timeout=busy_timeout, durable=durable)
        self._memory = self._database.memory
        self._feed = self._database.feed
        self._lease = ServerLease(path)
        self.unreadable = UnreadableRecords()
        self._paces = {}
        self._folder: TemporaryDirectory[str] | None = None
        self.forms = FORMS
        """All that this version reads: no other server runs on the file."""

    @classmethod
    def in_memory(cls) -> Self:
        """Return a store of its own that is gone once closed; it never waits for the disk."""
        folder = TemporaryDirectory(prefix="assent-")
        store = cls(Path(folder.name) / "assent.db", durable=False)
        store._folder = folder
        return store

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()
        self._lease.release()
        if self._folder is not None:
            self._folder.cleanup()

    async def check(self) -> None:
        """Read and write. Raises StoreError when either can't be done."""
        await self._database.write(_beat)

    async def try_turn(self) -> None:
        await self.load(BOT, REFERENCE, "trial")
        await self._database.write(try_turn)

    async def weaknesses(self) -> Sequence[DurabilityWarning]:
        """None: a commit waits for the disk."""
        return ()

    async def prune(self, now: datetime, keep: timedelta) -> Pruned:
        return await prune(self._database, now - keep)

    async def prune_kept(self, what: Retained, before: datetime) -> int:
        return await forget(self._database, what, before)

    async def acquire_server_lease(self) -> None:
        """Claim the right to serve from this file, until closed. Raises StoreError when another process has it."""
        self._database.refuse_reading_only()
        refuse_half_a_copy(await self.copying())
        self._lease.acquire()
        await self._database.write(settle)


def _beat(transaction: Transaction) -> None:
    transaction.cursor.execute("UPDATE heartbeat SET beats = beats + 1")
