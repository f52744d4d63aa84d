"""The ledger as whoever counts members reads it: numbers of people, and nothing that has to be looked up."""

import sqlite3
from collections.abc import Iterator
from heapq import merge
from itertools import islice

import orjson

from filters.person import MembershipRow
from messages.consent import Membership
from storage.sqlite.ledger_batches import read_batches

_SINGLES = """
    SELECT sequence, contact, subject, before, after FROM ledger WHERE bot = ? AND sequence > ?
    ORDER BY sequence LIMIT ?
"""

_STATES = {state.value: state for state in Membership}


def membership_rows(connection: sqlite3.Connection, bot: str, after: int, limit: int) -> list[MembershipRow]:
    """Return the rows after a sequence, in order."""
    singles = (
        MembershipRow(sequence, person, subject, _STATES[before], _STATES[then])
        for sequence, person, subject, before, then in connection.execute(_SINGLES, (bot, after, limit))
    )
    return list(islice(merge(singles, _batched(connection, bot, after)), limit))


def _batched(connection: sqlite3.Connection, bot: str, after: int) -> Iterator[MembershipRow]:
    for batch in read_batches(connection, bot, after):
        subject = batch.shared.subject
        before, then = _STATES[batch.shared.before], _STATES[batch.shared.after]
        people = orjson.loads(batch.contacts)
        start = max(after + 1 - batch.first, 0)
        for sequence, person in enumerate(people[start:], batch.first + start):
            yield MembershipRow(sequence, person, subject, before, then)
