"""How a contact is subscribed, and when the acts were that made it so, as the table `memberships` has it."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from messages.consent import Membership
from storage.times import from_ms

_decode = msgspec.json.Decoder(list[tuple[str, Membership, int | None, int | None]]).decode

_LOWER = """
    INSERT INTO memberships (contact, subject, bot, state, sequence, lowered) VALUES (?, ?, ?, 'none', 0, ?)
    ON CONFLICT (contact, subject) DO UPDATE SET
        lowered = max(excluded.lowered, coalesce(lowered, excluded.lowered), coalesce(raised, excluded.lowered))
"""

_RAISE = """
    INSERT INTO memberships (contact, subject, bot, state, sequence, raised) VALUES (?, ?, ?, 'none', 0, ?)
    ON CONFLICT (contact, subject) DO UPDATE SET raised = max(excluded.raised, coalesce(raised, excluded.raised))
"""


class ConsentState(NamedTuple):
    """By subject: the memberships but for those that came back to none, and the times of acts."""

    memberships: Mapping[str, Membership]
    lowered: Mapping[str, datetime]
    raised: Mapping[str, datetime]


NO_CONSENT = ConsentState({}, {}, {})


def read_consent(rows: str) -> ConsentState:
    """Return what a JSON array of `[subject, state, lowered, raised]` says."""
    memberships: dict[str, Membership] = {}
    lowered: dict[str, datetime] = {}
    raised: dict[str, datetime] = {}
    for subject, state, lowered_at, raised_at in _decode(rows):
        if state is not Membership.NONE:
            memberships[subject] = state
        if lowered_at is not None:
            lowered[subject] = from_ms(lowered_at)
        if raised_at is not None:
            raised[subject] = from_ms(raised_at)
    return ConsentState(memberships, lowered, raised)


def lower(cursor: sqlite3.Cursor, bot: str, contact: int, times: Iterable[tuple[str, int]]) -> None:
    """Keep that acts lowered subjects although no row of the ledger says so; times are in milliseconds since 1970.

    `contact` is the contact's number. A time never goes back.
    """
    cursor.executemany(_LOWER, [(contact, subject, bot, at) for subject, at in times])


def raise_(cursor: sqlite3.Cursor, bot: str, contact: int, times: Iterable[tuple[str, int]]) -> None:
    """Keep that acts raised subjects although no row of the ledger says so, as `lower` does."""
    cursor.executemany(_RAISE, [(contact, subject, bot, at) for subject, at in times])
