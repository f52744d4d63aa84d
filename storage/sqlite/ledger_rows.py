"""Rows of the ledger in the making: numbered, hashed, tied to the row before."""

import hashlib
from collections.abc import Mapping, Sequence

from messages.consent import ConsentChange, Membership
from messages.errors import StaleVersion
from storage.continuity import RaisingRefused, lacks_rows
from storage.ledger_facts import Facts, facts_of, personal_of
from storage.sqlite.bulk import Bulk, Row
from storage.sqlite.chain import START, row_hash
from storage.sqlite.losses import HEAD, loss_state, note_loss
from storage.sqlite.operation import Head, Transaction

APPEND = Bulk(
    """INSERT INTO ledger (
        bot, sequence, contact, subject, before, after, at, source, actor,
        revision, message, button, purpose, channel, turn, personal, personal_digest, hash
    ) VALUES""",
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
)


def next_rows(transaction: Transaction, bot: str, contact: int, changes: Sequence[ConsentChange]) -> list[Row]:
    """Return the next rows of the bot's ledger, for `APPEND`. The memberships follow by a trigger.

    `contact` is the number of the contact that all changes are about.
    """
    made: list[Row] = []
    for change in changes:
        personal = personal_of(change)
        digest = hashlib.sha256(personal).digest()
        made.append(next_row(transaction, bot, contact, facts_of(change), personal, digest))
    return made


def next_row(
    transaction: Transaction, bot: str, contact: int, facts: Facts, personal: bytes | None, personal_digest: bytes
) -> Row:
    """Return the next row of the bot's ledger. `personal` is None for a person who was erased."""
    head = head_of(transaction, bot)
    head.sequence += 1
    head.hash = row_hash(head.hash, (bot, head.sequence, *facts), personal_digest)
    transaction.appended[bot] = head.sequence, head.hash
    text = None if personal is None else personal.decode()
    return (bot, head.sequence, contact, *facts[1:], text, personal_digest, head.hash)


def check_before(memberships: Mapping[str, Membership], changes: Sequence[ConsentChange]) -> None:
    """Raise StaleVersion when a change's `before` is not what stands, the earlier changes counted in."""
    stand = dict(memberships)
    for change in changes:
        if stand.get(change.subject, Membership.NONE) is not change.before:
            raise StaleVersion(f"membership of {change.contact} in {change.subject}")
        stand[change.subject] = change.after


def refuse_raising(transaction: Transaction, bot: str) -> None:
    """Raise RaisingRefused when nothing may raise consent: rows that were acknowledged are missing."""
    if transaction.memory.reason:
        raise RaisingRefused(transaction.memory.reason)
    if head_of(transaction, bot).lost:
        raise lacks_rows(bot)


def head_of(transaction: Transaction, bot: str) -> Head:
    """Return the end of a bot's ledger, to be moved on by whoever appends. It is compared with what is remembered."""
    head = transaction.heads.get(bot)
    if head is None:
        sequence, digest = transaction.cursor.execute(HEAD, (bot,)).fetchone() or (0, START)
        remembered = transaction.memory.row(bot)
        if remembered is not None and remembered != (sequence, digest):
            note_loss(transaction.cursor, bot, *remembered)
        reserved, is_open = loss_state(transaction.cursor, bot)
        head = transaction.heads[bot] = Head(max(sequence, reserved), digest, is_open)
    return head
