"""The claim of a push, within the commit of its turn: what is compared, and what is written."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from messages.codec import to_ms, to_ms_or_none
from messages.consent import ALL
from messages.errors import AlreadySeen, ConversationBusy, RunStopped, StaleVersion
from messages.pushes import ATTEMPTED as MAY_HAVE_COME
from messages.pushes import PushState, RunState
from storage.push_rows import STEP, DecidedPush, PushKind, counted, step_as_run
from storage.records import OutboxRow
from storage.sqlite.runs import RunCounts, count
from storage.sqlite.writer import Transaction
from storage.turns import PreparedTurn

_encode_kind = msgspec.json.Encoder().encode

ATTEMPTED = ", ".join(f"'{state.value}'" for state in MAY_HAVE_COME)
RUN = "SELECT number, state, epoch, family FROM runs WHERE bot = ? AND id = ?"
BEFORE = "SELECT state, reason, until, attempts, claims, due FROM pushes WHERE run = ? AND contact = ?"
TAKEN_OVER = """
    WITH RECURSIVE own (number, bot, id) AS (
        SELECT number, bot, id FROM contacts WHERE number = ?
        UNION SELECT contacts.number, contacts.bot, contacts.id FROM own CROSS JOIN contacts
            ON contacts.bot = own.bot AND contacts.merged_into = own.id AND contacts.merged_into <> ''
    )
    SELECT number FROM own
"""
_HAS_ONE = f"""
    SELECT 1 FROM runs CROSS JOIN pushes ON pushes.run = runs.number AND pushes.contact = ?
    WHERE runs.bot = ? AND runs.family = ? AND pushes.state IN ({ATTEMPTED})
"""  # noqa: S608  # states of ours
_WAITS = "SELECT 1 FROM outbox INDEXED BY outbox_of_conversation WHERE conversation = ? AND status = 'pending' LIMIT 1"
_ROWS = "SELECT subject, sequence FROM memberships WHERE contact = ? AND subject IN (?, ?)"
ADD_STEP = """
    INSERT INTO runs (bot, id, broadcast, occurrence, family, state, epoch, planned, reason, changed_by, record)
    VALUES (?, ?, '', '', ?, '', 0, 0, '', '', ?)
"""
_KIND = "SELECT number FROM push_kinds WHERE run = ? AND subject = ? AND record = ?"
_ADD_KIND = "INSERT INTO push_kinds (run, subject, record) VALUES (?, ?, ?)"
PUT = """
    INSERT INTO pushes (
        run, contact, kind, state, reason, due, until, comes_up, claimed_at, attempts, claims, conversation, ids,
        subject_row, everything_row
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, '', ?12, ?13)
    ON CONFLICT (run, contact) DO UPDATE SET
        kind = excluded.kind, state = excluded.state, reason = excluded.reason, until = excluded.until,
        comes_up = excluded.comes_up, claimed_at = coalesce(excluded.claimed_at, claimed_at), sent_at = NULL,
        attempts = excluded.attempts, claims = excluded.claims,
        conversation = coalesce(excluded.conversation, conversation), ids = '',
        subject_row = excluded.subject_row, everything_row = excluded.everything_row
"""
_CLAIMED = "UPDATE runs SET claimed_at = max(coalesce(claimed_at, 0), ?) WHERE number = ?"
_KEEP_REPLY = "INSERT INTO push_replies (run, contact, reply) VALUES (?, ?, ?)"


class PushBefore(NamedTuple):
    """How a push stood before the turn that was taken for it."""

    run: int | None
    """Number of its run; None for a step that nobody was pushed yet."""
    state: PushState | None
    """None: it waits."""
    reason: str
    claims: int
    due: int | None
    subject_row: int
    everything_row: int


def check_push(
    transaction: Transaction, turn: PreparedTurn, push: DecidedPush, contact: int | None, conversation: int | None
) -> PushBefore:
    """Raise RunStopped, AlreadySeen or ConversationBusy unless the push may become what the turn decided."""
    cursor, event = transaction.cursor, push.event
    found = cursor.execute(RUN, (turn.bot, push.run)).fetchone()
    is_step = STEP in push.run
    if contact is None:
        raise StaleVersion(f"contact {turn.contact.id}")
    if found is None and not is_step:
        raise RunStopped(push.run)
    number, state, epoch, family = found or (None, "", 0, push.run)
    if not is_step and (state, epoch) != (RunState.RUNNING.value, event.epoch):
        raise RunStopped(push.run)
    before = cursor.execute(BEFORE, (number, contact)).fetchone()
    attempts, until = (before[3], before[2]) if before else (0, 0)
    is_open = before is None or (before[0] == PushState.DEFERRED.value and until <= turn.at)
    if not is_open or event.push.attempt != attempts + 1:
        raise AlreadySeen(turn.event.event_id)
    if push.is_claim:
        for (own,) in cursor.execute(TAKEN_OVER, (contact,)).fetchall():
            if cursor.execute(_HAS_ONE, (own, turn.bot, family)).fetchone() is not None:
                raise AlreadySeen(turn.event.event_id)
        if conversation is not None and cursor.execute(_WAITS, (conversation,)).fetchone() is not None:
            raise ConversationBusy(turn.state.key)
    rows = dict(cursor.execute(_ROWS, (contact, event.subject, ALL)).fetchall())
    standing = PushBefore(number, None, "", 0, None, rows.get(event.subject, 0), rows.get(ALL, 0))
    if before is None:
        return standing
    return standing._replace(state=PushState(before[0]), reason=before[1], claims=before[4], due=before[5])


class PushWrites:
    """What turns of one batch write of their pushes."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self._counts: RunCounts = defaultdict(int)
        self._claimed: dict[int, int] = {}

    def add(
        self,
        turn: PreparedTurn,
        push: DecidedPush,
        before: PushBefore,
        contact: int,
        conversation: int,
        replies: Iterable[OutboxRow],
    ) -> None:
        """Write one; its conversation and replies are written already."""
        run = before.run
        if run is None:
            values = turn.bot, push.run, push.run, step_as_run(turn.bot, push.run, turn.entry.at)
            run = self._cursor.execute(ADD_STEP, values).lastrowid or 0
        kind = number_of_kind(self._cursor, run, push.event.subject, push.kind(turn.event.reference.channel))
        due = to_ms(push.event.due) if before.due is None else before.due
        claimed = turn.at if push.is_claim else None
        claims = before.claims + push.is_claim
        rows = before.subject_row, before.everything_row
        put = run, contact, kind, push.state.value, push.reason, due, to_ms_or_none(push.until), claimed
        self._cursor.execute(PUT, (*put, push.event.push.attempt, claims, conversation, *rows))
        if before.state is not None:
            self._counts[run, *counted(before.state, before.reason)] -= 1
        self._counts[run, *counted(push.state, push.reason)] += 1
        if claimed is not None:
            self._claimed[run] = max(claimed, self._claimed.get(run, 0))
            self._cursor.executemany(_KEEP_REPLY, [(run, contact, reply.sequence) for reply in replies])

    def write(self) -> None:
        count(self._cursor, self._counts)
        self._cursor.executemany(_CLAIMED, [(at, run) for run, at in self._claimed.items()])


def number_of_kind(cursor: sqlite3.Cursor, run: int, subject: str, kind: PushKind) -> int:
    """Return the number of what many pushes of a run have in common, which it gets if it has none."""
    record = _encode_kind(kind).decode()
    found = cursor.execute(_KIND, (run, subject, record)).fetchone()
    return int(found[0]) if found else cursor.execute(_ADD_KIND, (run, subject, record)).lastrowid or 0
