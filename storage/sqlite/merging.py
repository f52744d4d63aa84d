"""Two contacts become one."""

from collections.abc import Sequence

from messages.addresses import handles_of
from messages.codec import encode
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.errors import StaleVersion
from storage.continuity import any_raises
from storage.sqlite.contact_writes import LAST_CHANGE, change_handles
from storage.sqlite.ledger_rows import APPEND, check_before, next_rows, refuse_raising
from storage.sqlite.operation import Transaction

_CONTACT = "SELECT number, version, seen_at, gone, barred FROM contacts WHERE bot = ? AND id = ?"
_MEMBERSHIPS = "SELECT subject, state FROM memberships WHERE contact = ?"
_KEEP = """
    UPDATE contacts SET version = version + 1, record = ?, changed = ?, seen_at = ?, barred = ? WHERE number = ?
"""
_LET_GO = (
    "UPDATE contacts SET version = version + 1, record = ?, changed = ?, gone = 1, merged_into = ? WHERE number = ?"
)
_JOIN_TIMES = """
    INSERT INTO memberships (contact, subject, bot, state, sequence, lowered, raised)
    SELECT ?1, subject, bot, 'none', 0, lowered, raised FROM memberships
    WHERE contact = ?2 AND (lowered IS NOT NULL OR raised IS NOT NULL)
    ON CONFLICT (contact, subject) DO UPDATE SET
        lowered = max(coalesce(lowered, excluded.lowered), coalesce(excluded.lowered, lowered)),
        raised = max(coalesce(raised, excluded.raised), coalesce(excluded.raised, raised))
"""
_OVERRIDE = """
    UPDATE memberships SET
        lowered = max(coalesce(lowered, raised, everything.at), coalesce(raised, lowered, everything.at))
    FROM (SELECT max(lowered) AS at FROM memberships WHERE contact = ?1 AND subject = '*') AS everything
    WHERE contact = ?1 AND sequence > 0 AND state NOT IN ('opted_in', 'added')
        AND coalesce(lowered, raised, everything.at) IS NOT NULL
"""
"""A yes that the merge overrides is a tie with what overrides it; what a STOP of the other reached is as old as that.
Where no row of the ledger is, nothing was said against a yes: a START that changed nothing.
"""
_MOVE = (
    "UPDATE identities SET contact = ?1 WHERE contact = ?2",
    "UPDATE conversations SET contact = ?1, version = version + 1 WHERE contact = ?2",
    "UPDATE outbox SET contact = ?1 WHERE contact = ?2",
    "UPDATE OR REPLACE handles SET contact = ?1 WHERE contact = ?2",
)


def merge(transaction: Transaction, bot: str, kept: Contact, gone: Contact, changes: Sequence[ConsentChange]) -> None:
    """Write what `storage.audience_port.People.merge_contacts` says. Raises StaleVersion before anything is written."""
    cursor = transaction.cursor
    numbers: dict[str, int] = {}
    seen: list[int] = []
    barred = 0
    for contact in (kept, gone):
        row = cursor.execute(_CONTACT, (bot, contact.id)).fetchone()
        if row is None or row[1] != contact.version or row[3]:
            raise StaleVersion(f"contact {contact.id}")
        numbers[contact.id] = row[0]
        seen += [] if row[2] is None else [row[2]]
        barred = max(barred, row[4])
        memberships = {subject: Membership(state) for subject, state in cursor.execute(_MEMBERSHIPS, (row[0],))}
        about = [change for change in changes if change.contact == contact.id]
        check_before(memberships, about)
        left = {**memberships, **{one.subject: one.after for one in about}}
        if contact is gone and any(state is not Membership.NONE for state in left.values()):
            raise StaleVersion(f"memberships of {gone.id}")
    if any_raises(changes):
        refuse_raising(transaction, bot)
    ours, theirs = numbers[kept.id], numbers[gone.id]
    for change in changes:
        rows = next_rows(transaction, bot, numbers[change.contact], (change,))
        APPEND.write(cursor, rows)
    cursor.execute(_JOIN_TIMES, (ours, theirs))
    cursor.execute(_OVERRIDE, (ours,))
    for statement in _MOVE:
        cursor.execute(statement, (ours, theirs))
    change_handles(cursor, bot, ours, handles_of(kept))
    last_seen = max(seen, default=None)
    cursor.execute(_KEEP, (encode(kept), transaction.next_number(LAST_CHANGE), last_seen, barred, ours))
    rest = Contact(id=gone.id, identities=(), merged_into=kept.id)
    cursor.execute(_LET_GO, (encode(rest), transaction.next_number(LAST_CHANGE), kept.id, theirs))
