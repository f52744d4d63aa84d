"""The ledger, read from its first row and compared with what it is said to say."""

import hashlib
import sqlite3
from collections.abc import Iterator
from functools import partial
from heapq import merge
from typing import Any

from messages.consent import Membership
from storage.ledger_fold import FoldedMembership, LedgerFold, ProvenRows, report_of
from storage.records import FoldDifference, LedgerReport
from storage.sqlite.chain import START, row_hash
from storage.sqlite.ledger_batches import Batch, batch_hash, digest_of, ids_of, read_batches
from storage.sqlite.losses import read_losses

_PROVEN = """
    SELECT ledger.sequence, contacts.id, subject, before, after, at, source, actor,
           revision, message, button, purpose, channel, turn, personal, personal_digest, hash
    FROM ledger JOIN contacts ON contacts.number = ledger.contact
    WHERE ledger.bot = ? ORDER BY ledger.sequence
"""
_PROVING = """
    SELECT contacts.id, subject, state, sequence
    FROM memberships JOIN contacts ON contacts.number = memberships.contact
    WHERE memberships.bot = ? AND memberships.sequence > 0
"""


def _proven_row(bot: str, row: tuple[Any, ...]) -> ProvenRows:
    sequence, *facts, personal, personal_digest, stored = row
    contact, subject, before, after = facts[:4]

    def behind(previous: str) -> str:
        return row_hash(bytes.fromhex(previous), (bot, sequence, *facts), personal_digest).hex()

    keeps = personal is None or hashlib.sha256(personal.encode()).digest() == personal_digest
    rows = [(contact, subject, Membership(before), Membership(after))]
    return ProvenRows(sequence, rows, stored.hex(), behind, keeps)


def _proven_batch(connection: sqlite3.Connection, bot: str, batch: Batch) -> ProvenRows:
    ids, shared = ids_of(connection, batch), batch.shared
    # Where somebody was erased, it can't be told any more whether the lines are those of their digest.
    fits = "null" in (batch.lines or "") or digest_of(batch.lines) == batch.lines_digest

    def behind(previous: str) -> str:
        digest = batch_hash(
            bytes.fromhex(previous), bot, batch.first, shared, ids, batch.lines_digest, batch.acted_at
        ).hex()
        return digest if fits and batch.last == batch.first + len(ids) - 1 else ""

    before, after = Membership(shared.before), Membership(shared.after)
    rows = [(contact, shared.subject, before, after) for contact in ids]
    return ProvenRows(batch.first, rows, batch.hash.hex(), behind, keeps_personal=True)


def _proven_rows(connection: sqlite3.Connection, bot: str) -> Iterator[ProvenRows]:
    singles = map(partial(_proven_row, bot), connection.execute(_PROVEN, (bot,)))
    batches = map(partial(_proven_batch, connection, bot), read_batches(connection, bot, 0))
    return merge(singles, batches, key=lambda proven: proven.first)


def verify(connection: sqlite3.Connection, bot: str) -> LedgerReport:
    """Fold the bot's ledger and return what differs: memberships, gaps, rows that do not follow, altered rows."""
    losses = read_losses(connection, bot)
    fold = LedgerFold(bot, START.hex(), losses)
    differences: list[FoldDifference] = []
    for proven in _proven_rows(connection, bot):
        differences += fold.add(proven)
    stored = {
        (contact, subject): FoldedMembership(Membership(state), sequence)
        for contact, subject, state, sequence in connection.execute(_PROVING, (bot,))
    }
    differences += fold.compare(stored)
    return report_of([fold], len(stored), differences, losses)
