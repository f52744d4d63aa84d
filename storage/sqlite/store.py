"""The store on one SQLite file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from storage.forms import FORMS
from storage.records import Pruned, Weakness
from storage.retained import Retained
from storage.sqlite.access import SqliteAccess
from storage.sqlite.audit import SqliteAudit
from storage.sqlite.changes import SqliteChanges
from storage.sqlite.continuity import SqliteContinuity
from storage.sqlite.conversations import SqliteConversations
from storage.sqlite.database import Database
from storage.sqlite.erase import SqliteErasure
from storage.sqlite.forget import forget
from storage.sqlite.imports import SqliteImports
from storage.sqlite.journal import SqliteJournal
from storage.sqlite.journal_chain import SqliteJournalChain
from storage.sqlite.lease import ServerLease
from storage.sqlite.ledger import SqliteLedger
from storage.sqlite.operation import Transaction
from storage.sqlite.outbox import SqliteOutbox
from storage.sqlite.people import SqlitePeople
from storage.sqlite.prune import prune
from storage.sqlite.revisions import SqliteRevisions
from storage.sqlite.segments import SqliteSegments
from storage.sqlite.staff_changes import SqliteStaffChanges
from storage.sqlite.timers import SqliteTimers
from storage.sqlite.transfer import SqliteTransfer
from storage.sqlite.trial import try_turn
from storage.sqlite.turns import SqliteTurns
from storage.transfer import refuse_half_a_copy
from storage.trial_turn import BOT, REFERENCE
from storage.unreadable import UnreadableRecords

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that is writing."""


class SqliteStore(
    SqliteTurns,
    SqliteOutbox,
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
    SqliteErasure,
    SqliteTransfer,
    SqliteContinuity,
    SqliteChanges,
):
    """`storage.port.Store` in one file, which it creates. Belongs to the event loop that opens it."""

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT, durable: bool = True) -> None:
        self._database = Database(path, busy_timeout=busy_timeout, durable=durable)
        self._lease = ServerLease(path)
        self.unreadable = UnreadableRecords()
        self._folder: TemporaryDirectory[str] | None = None

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

    @property
    def forms(self) -> int:
        """All that this version reads: no other server runs on the file."""
        return FORMS

    async def weaknesses(self) -> Sequence[Weakness]:
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


def _beat(transaction: Transaction) -> None:
    transaction.cursor.execute("UPDATE heartbeat SET beats = beats + 1")
