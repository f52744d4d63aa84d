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
from storage.sqlite.writer import Row, Transaction
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
_CURRENT = f"""
    SELECT
        runs.number, runs.state, runs.epoch, runs.family,
        pushes.state, pushes.reason, pushes.until, pushes.attempts, pushes.claims, pushes.due,
        (SELECT sequence FROM memberships WHERE contact = ?3 AND subject = ?5),
        (SELECT sequence FROM memberships WHERE contact = ?3 AND subject = '{ALL}'),
        EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_of_conversation WHERE conversation = ?4 AND status = 'pending'),
        EXISTS (SELECT 1 FROM contacts WHERE bot = ?1 AND merged_into = ?6 AND merged_into <> ''),
        EXISTS (
            SELECT 1 FROM runs AS other CROSS JOIN pushes AS had ON had.run = other.number AND had.contact = ?3
            WHERE other.bot = ?1 AND other.family = runs.family AND had.state IN ({ATTEMPTED})
        )
    FROM (SELECT 1) LEFT JOIN runs ON runs.bot = ?1 AND runs.id = ?2
    LEFT JOIN pushes ON pushes.run = runs.number AND pushes.contact = ?3
"""  # noqa: S608  # states of ours
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
CLAIMED = "UPDATE runs SET claimed_at = max(coalesce(claimed_at, 0), ?) WHERE number = ?"
_KEEP_REPLY = "INSERT INTO push_replies (run, contact, reply) VALUES (?, ?, ?)"


class PushBefore(NamedTuple):
    """How a push stood before the turn that was taken for it."""

    run: int | None
    """Number of its run; None for a step that nobody was pushed yet."""
    run_state: str | None
    epoch: int | None
    family: str | None
    state: str | None
    """None: it waits."""
    reason: str | None
    until: int | None
    attempts: int | None
    claims: int | None
    due: int | None
    subject_row: int | None
    everything_row: int | None
    is_busy: int
    """A message waits in the conversation."""
    took_over: int
    """The contact took over another one."""
    has_one: int
    """They have a push of the family that may have come."""


def check_push(
    transaction: Transaction, turn: PreparedTurn, push: DecidedPush, contact: int | None, conversation: int | None
) -> PushBefore:
    """Raise RunStopped, AlreadySeen or ConversationBusy unless the push may become what the turn decided."""
    cursor, event = transaction.cursor, push.event
    values = turn.bot, push.run, contact, conversation, event.subject, turn.contact.id
    current = PushBefore(*cursor.execute(_CURRENT, values).fetchone())
    if contact is None:
        raise StaleVersion(f"contact {turn.contact.id}")
    is_running = (current.run_state, current.epoch) == (RunState.RUNNING.value, event.epoch)
    if STEP not in push.run and not is_running:
        raise RunStopped(push.run)
    is_due = current.state == PushState.DEFERRED.value and (current.until or 0) <= turn.at
    if not (current.state is None or is_due) or event.push.attempt != (current.attempts or 0) + 1:
        raise AlreadySeen(turn.event.event_id)
    if push.is_claim:
        if current.has_one or (current.took_over and _took_over_one(cursor, turn.bot, contact, current.family)):
            raise AlreadySeen(turn.event.event_id)
        if current.is_busy:
            raise ConversationBusy(turn.state.key)
    return current


def _took_over_one(cursor: sqlite3.Cursor, bot: str, contact: int, family: str | None) -> bool:
    """Tell whether a contact that was taken over has a push of the family."""
    people = cursor.execute(TAKEN_OVER, (contact,)).fetchall()
    return any(cursor.execute(_HAS_ONE, (own, bot, family)).fetchone() is not None for (own,) in people)


class PushWrites:
    """What turns of one batch write of their pushes."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self._steps: dict[tuple[str, str], int] = {}
        self._kinds: dict[tuple[int, str, PushKind], int] = {}
        self._counts: RunCounts = defaultdict(int)
        self._claimed: dict[int, int] = {}
        self._pushes: list[Row] = []
        self._replies: list[Row] = []

    def add(
        self,
        turn: PreparedTurn,
        push: DecidedPush,
        before: PushBefore,
        contact: int,
        conversation: int,
        replies: Iterable[OutboxRow],
    ) -> None:
        """Take one; its conversation and replies are written already."""
        run = before.run or self._step(turn, push.run)
        kind = self._kind(run, push.event.subject, push.kind(turn.event.reference.channel))
        due = to_ms(push.event.due) if before.due is None else before.due
        claimed = turn.at if push.is_claim else None
        claims = (before.claims or 0) + push.is_claim
        put = run, contact, kind, push.state.value, push.reason, due, to_ms_or_none(push.until), claimed
        rows = before.subject_row or 0, before.everything_row or 0
        self._pushes.append((*put, push.event.push.attempt, claims, conversation, *rows))
        if before.state is not None:
            self._counts[run, *counted(PushState(before.state), before.reason or "")] -= 1
        self._counts[run, *counted(push.state, push.reason)] += 1
        if claimed is not None:
            self._claimed[run] = max(claimed, self._claimed.get(run, 0))
            self._replies += [(run, contact, reply.sequence) for reply in replies]

    def _step(self, turn: PreparedTurn, step: str) -> int:
        """Return the number of a step that had none when the turn was checked; another of the batch may give it."""
        number = self._steps.get((turn.bot, step))
        if number is None:
            values = turn.bot, step, step, step_as_run(turn.bot, step, turn.entry.at)
            number = self._steps[turn.bot, step] = self._cursor.execute(ADD_STEP, values).lastrowid or 0
        return number

    def _kind(self, run: int, subject: str, kind: PushKind) -> int:
        number = self._kinds.get((run, subject, kind))
        if number is None:
            number = self._kinds[run, subject, kind] = number_of_kind(self._cursor, run, subject, kind)
        return number

    def write(self) -> None:
        self._cursor.executemany(PUT, self._pushes)
        self._cursor.executemany(_KEEP_REPLY, self._replies)
        count(self._cursor, self._counts)
        self._cursor.executemany(CLAIMED, [(at, run) for run, at in self._claimed.items()])


def number_of_kind(cursor: sqlite3.Cursor, run: int, subject: str, kind: PushKind) -> int:
    """Return the number of what many pushes of a run have in common, which it gets if it has none."""
    record = _encode_kind(kind).decode()
    found = cursor.execute(_KIND, (run, subject, record)).fetchone()
    return int(found[0]) if found else cursor.execute(_ADD_KIND, (run, subject, record)).lastrowid or 0
