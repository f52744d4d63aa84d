"""Rows of the ledger that were acknowledged and are not there any more, as the database keeps that."""

import sqlite3
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from storage.ledger_loss import RESERVED, LedgerLoss
from storage.times import from_ms, from_ms_or_none

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
