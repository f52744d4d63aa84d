"""Forgetting what is old, a few rows at a time, so that turns are not held up."""

from datetime import datetime

from storage.records import Pruned
from storage.sqlite.database import Database
from storage.sqlite.import_leftovers import drop_all_leftovers
from storage.sqlite.operation import Transaction
from storage.times import to_ms

STEP = 2_000
"""Rows looked at in one operation."""

_SEEN = "SELECT number, at, 1 FROM seen_events WHERE number > ? ORDER BY number LIMIT ?"
_FORGET_SEEN = "DELETE FROM seen_events WHERE number = ?"
_REPLIES = "SELECT sequence, queued_at, status = 'delivered' FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?"
_FORGET_REPLY = "DELETE FROM outbox WHERE sequence = ?"

_FORGET_ANSWERS = "DELETE FROM kept_answers WHERE at < ?"
_FORGET_HALF_A_FILE = "DELETE FROM imports WHERE state = 'storing' AND leased_until < ?"


async def prune(database: Database, before: datetime) -> Pruned:
    cut = to_ms(before)

    def forget_requests(transaction: Transaction) -> None:
        for statement in (_FORGET_ANSWERS, _FORGET_HALF_A_FILE):
            transaction.cursor.execute(statement, (cut,))

    await drop_all_leftovers(database, cut)
    await database.write(forget_requests)
    return Pruned(
        seen_events=await forget_in_order(database, _SEEN, _FORGET_SEEN, cut),
        deliveries=await forget_in_order(database, _REPLIES, _FORGET_REPLY, cut),
    )


async def forget_in_order(database: Database, select: str, delete: str, cut: int) -> int:
    """Go through rows in order of time up to the first that is not older than `cut`; return how many went."""
    last: int | None = 0
    gone = 0

    def step(transaction: Transaction) -> tuple[int | None, int]:
        rows = transaction.cursor.execute(select, (last, STEP)).fetchall()
        old = [(number, goes) for number, at, goes in rows if at < cut]
        transaction.cursor.executemany(delete, [(number,) for number, goes in old if goes])
        more = len(old) == STEP
        return (old[-1][0] if more else None), sum(goes for _, goes in old)

    while last is not None:
        last, went = await database.write(step)
        gone += went
    return gone
