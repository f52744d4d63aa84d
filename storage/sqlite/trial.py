"""A turn that is written and taken back, and room that is written and freed: whether a turn can be committed now."""

from typing import Final

from storage.evidence_cache import EvidenceCache
from storage.prepared_turn import PreparedTurn
from storage.sqlite.ledger_memory import LedgerMemory
from storage.sqlite.operation import Transaction
from storage.sqlite.turn_writes import commit_turns
from storage.trial_turn import BOT, trial_turn

ROOM: Final = 65_536
"""Bytes beside the pages of the turn that is taken back: together they are more than twice what a turn writes."""

_TAKE_ROOM = "INSERT INTO frozen_members (bot, name, at, members) VALUES (?, 'trial', 0, zeroblob(?))"
_FREE_ROOM = "DELETE FROM frozen_members WHERE bot = ? AND name = 'trial'"


def try_turn(transaction: Transaction) -> None:
    """Write a turn and take it back: that reads what turns read, and writes nothing. Then write as much as a turn does,
    which goes to the disk with the transaction: what is deleted is overwritten (`secure_delete`).
    """
    cursor = transaction.cursor
    cursor.execute("SAVEPOINT trial")
    try:
        own = Transaction(cursor, EvidenceCache(), LedgerMemory())
        for _, refusal in commit_turns(own, [PreparedTurn(trial_turn())]):
            if refusal is not None:
                raise refusal
    finally:
        cursor.execute("ROLLBACK TO trial")
        cursor.execute("RELEASE trial")
    cursor.execute(_TAKE_ROOM, (BOT, ROOM))
    cursor.execute(_FREE_ROOM, (BOT,))
