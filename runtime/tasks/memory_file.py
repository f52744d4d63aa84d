"""What is remembered of a store between two runs, in a file, and compared with the store.

The first line is all of it, as JSON; each line behind it is one row more, written before that was acknowledged.
"""

import os
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import structlog

from storage.continuity import Continuity, StoreIdentity
from storage.records import LedgerMark
from storage.redis.address import shown
from storage.stores import is_shared, store_file

log = structlog.get_logger("assent.store")

_SUFFIX: Final = ".memory"
_DEFAULT: Final = "assent.memory"
_REPLACED: Final = 3
"""How often a file that was replaced meanwhile is written again."""


class RememberedRow(msgspec.Struct, frozen=True):
    """A ledger row, and by when it was acknowledged."""

    mark: LedgerMark
    at: datetime


class Remembered(msgspec.Struct, frozen=True):
    """What one file holds. Of each shard of a bot: the last row, and one that is older than what may be lost."""

    store: str
    """The store's id."""
    address: str
    """Where it was, without password and options."""
    rows: tuple[RememberedRow, ...] = ()
    version: int = 1
    mark: int = 0
    """The store's (`StoreIdentity.mark`)."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Remembered).decode
_decode_row = msgspec.json.Decoder(RememberedRow).decode


def memory_path(url: str, setting: str) -> Path | None:
    """Return where the memory of a store is kept; None for a store that is gone once closed."""
    if setting:
        return Path(setting)
    if is_shared(url):
        return Path(_DEFAULT)
    file = store_file(url)
    return None if file is None else file.with_name(file.name + _SUFFIX)


def store_address(url: str) -> str:
    """Return where a store is, without password and options."""
    return shown(url).partition("?")[0]


_STEPS = 20
"""Into how many steps the time of a declared loss is divided."""


class LedgerHistory:
    """Of one shard of a bot. `reach`: how far a declared loss may go back."""

    def __init__(self, reach: timedelta) -> None:
        self._reach = reach
        self._rows: deque[RememberedRow] = deque()

    def add(self, mark: LedgerMark, at: datetime) -> None:
        """Take in that a row was acknowledged by now."""
        if self._rows and self._rows[-1].mark == mark:
            return
        if len(self._rows) > 1 and self._rows[-1].at - self._rows[-2].at < self._reach / _STEPS:
            self._rows.pop()
        self._rows.append(RememberedRow(mark, at))
        while len(self._rows) > 1 and self._rows[1].at <= at - self._reach:
            self._rows.popleft()

    def settled(self, reference: datetime) -> LedgerMark | None:
        """Return the last row that no declared loss reaches, one that came long enough before `reference`."""
        found = [row.mark for row in self._rows if row.at <= reference - self._reach]
        return found[-1] if found else None

    @property
    def last(self) -> RememberedRow | None:
        """The last row; None when there is none."""
        return self._rows[-1] if self._rows else None

    def ends(self) -> Iterator[RememberedRow]:
        """Yield the oldest row that is kept and the last one, each once."""
        if len(self._rows) > 1:
            yield self._rows[0]
        if self._rows:
            yield self._rows[-1]


class MemoryFile:
    """Reads and writes one file. Trouble with it is logged, and ends nothing: the server remembers by itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._well = True
        self._open: int | None = None

    def read(self) -> Remembered | None:
        """Return what the file holds; None when there is none, or none that can be read."""
        try:
            first, *more = self.path.read_bytes().split(b"\n")
            found = _decode(first)
            rows = [*found.rows, *_rows(more)]
            return msgspec.structs.replace(found, rows=tuple(sorted(rows, key=lambda row: row.mark.sequence)))
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = error.strerror or type(error).__name__
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = f"no memory of a store: {error}"
        log.warning("what was remembered of the store can't be read, and begins again", file=str(self.path), why=reason)
        return None

    def write(self, store: str, address: str, rows: Sequence[RememberedRow], mark: int) -> None:
        """Replace the file whole."""
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        self.close()
        try:
            new.write_bytes(_encode(Remembered(store, address, tuple(rows), mark=mark)) + b"\n")
            new.replace(self.path)
            self._open = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            self._failed(error)
        else:
            self._well = True

    def add(self, rows: Sequence[RememberedRow]) -> None:
        """Add rows to the file that was written last. The process may be killed right after; the machine may not."""
        if self._open is None:
            return
        try:
            os.write(self._open, b"".join(_encode(row) + b"\n" for row in rows))
        except OSError as error:
            self._failed(error)

    def append(self, rows: Sequence[RememberedRow]) -> None:
        """Add rows to a file that a server may replace meanwhile; that one reads the ends of ledgers itself then."""
        for _ in range(_REPLACED):
            try:
                self._open = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
                self.add(rows)
                if os.path.samestat(os.fstat(self._open), self.path.stat()):
                    return
            except OSError as error:
                self._failed(error)
                return
            finally:
                self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            os.close(self._open)
            self._open = None

    def _failed(self, error: OSError) -> None:
        if self._well:
            log.warning(
                "the store is remembered by this process alone: a loss while it is down will not be noticed",
                file=str(self.path),
                reason=error.strerror or type(error).__name__,
            )
        self._well = False


def _rows(lines: Sequence[bytes]) -> Iterator[RememberedRow]:
    """Yield the rows in these lines, up to one that was cut off."""
    for line in lines:
        try:
            yield _decode_row(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return


def rows_about(found: Remembered, store: StoreIdentity, address: str) -> Sequence[RememberedRow] | None:
    """Return the remembered rows that a store must have; None when the file is about another one.

    A copy has to have what its source had not given yet when it was copied. A store with another id at the same address
    has taken the place of the one that is remembered, and has to have everything.
    """
    if found.store == store.id:
        return found.rows
    if found.address != address:
        return None
    copied = next((each for each in store.copied_from if each.store == found.store), None)
    if copied is None:
        return found.rows
    return [row for row in found.rows if row.mark.sequence > copied.sequence(row.mark.bot, row.mark.shard)]


class PushMemory:
    """What this server knows of how far the store had come when people were pushed to last.

    Pushes leave no row in the ledger, so a store that lost nothing but them is told by its mark alone.
    """

    def __init__(self, store: Continuity) -> None:
        self._store = store
        self.mark = 0
        self.pushed = False
        """Whether somebody was pushed to since the mark was raised."""

    def take_up(self, found: Remembered) -> None:
        """Take in what was remembered of this store."""
        self.mark = max(self.mark, found.mark)

    async def compare(self, before: str, now: StoreIdentity, hold: Callable[[], Awaitable[None]]) -> None:
        """Have sending held where the store, whose id was `before`, is older than it was; then raise its mark.

        Whatever fails is done again by the next comparison. Raises StoreError.
        """
        found = now.mark_of(before)
        if found is not None and found < self.mark:
            await hold()
            self.pushed = True
        elif before != now.id:
            self.mark = now.mark
        self.mark = max(self.mark, now.mark)
        if self.pushed:
            self.pushed = False
            try:
                self.mark = await self._store.raise_mark(self.mark)
            except BaseException:
                self.pushed = True
                raise


async def remembered_rows(store: Continuity, url: str, setting: str) -> Sequence[LedgerMark]:
    """Return the last row of each ledger that the file of the store at `url` remembers.

    `setting` names the file, if not the usual one. A command has its store `remember` them: it would give the numbers
    of missing rows again.
    """
    path = memory_path(url, setting)
    found = MemoryFile(path).read() if path is not None else None
    if found is None:
        return []
    rows = rows_about(found, await store.identity(), store_address(url)) or []
    return list({(row.mark.bot, row.mark.shard): row.mark for row in rows}.values())


async def keep_acknowledged(store: Continuity, url: str, setting: str, at: datetime) -> None:
    """Have the file of a store remember what a command wrote, before the command says so; where there is no file, no
    server has remembered anything yet.
    """
    path = memory_path(url, setting)
    marks = store.noted()
    found = MemoryFile(path).read() if marks and path is not None else None
    if path is None or found is None or rows_about(found, await store.identity(), store_address(url)) is None:
        return
    MemoryFile(path).append([RememberedRow(mark, at) for mark in marks])


async def is_older(store: Continuity, url: str, setting: str) -> bool:
    """Tell whether the file of a store remembers that people were pushed to since what the store holds."""
    path = memory_path(url, setting)
    found = MemoryFile(path).read() if path is not None else None
    mark = (await store.identity()).mark_of(found.store) if found is not None else None
    return found is not None and mark is not None and mark < found.mark


async def missing_rows(store: Continuity, url: str, setting: str) -> Sequence[LedgerMark]:
    """Return those of the remembered rows that the store lacks, and whose loss nobody put on record."""
    marks = await remembered_rows(store, url, setting)
    return [mark for mark in marks if not await _is_accounted_for(store, mark)]


async def _is_accounted_for(store: Continuity, mark: LedgerMark) -> bool:
    if await store.is_there(mark):
        return True
    return any(loss.covers(mark.sequence) for loss in await store.losses(mark.bot))
