"""Pushes: their claim within the commit of a turn, how each ended, and what the channel told of it later."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from messages.codec import from_ms, from_ms_or_none, to_ms, to_ms_or_none
from messages.pushes import OVER, Deferral, PushState, RunState, SkipReason, reason_kind
from storage.push_records import PushedLately, PushRow
from storage.push_rows import (
    STEP,
    TOLD,
    PushKind,
    counted,
    kind_of,
    may_end,
    shown_row,
    step_as_run,
)
from storage.records import OutboxRow
from storage.sqlite.database import Database
from storage.sqlite.push_claims import ADD_STEP, ATTEMPTED, BEFORE, PUT, RUN, TAKEN_OVER, number_of_kind
from storage.sqlite.runs import RunCounts, count
from storage.sqlite.writer import Transaction

_decode_kind = msgspec.json.Decoder(PushKind).decode


_SELECT = """
    SELECT runs.id, runs.state, contacts.id, contacts.number, push_kinds.subject, push_kinds.record, pushes.state,
        pushes.reason, pushes.due, pushes.until, pushes.claimed_at, pushes.sent_at, pushes.delivered_at, pushes.read_at,
        pushes.attempts, pushes.claims, conversations.key, pushes.ids, pushes.subject_row, pushes.everything_row
    FROM runs CROSS JOIN pushes ON pushes.run = runs.number
    CROSS JOIN push_kinds ON push_kinds.number = pushes.kind
    CROSS JOIN contacts ON contacts.number = pushes.contact
    LEFT JOIN conversations ON conversations.number = pushes.conversation
    WHERE runs.bot = ?
"""
_CONTACT = "SELECT number FROM contacts WHERE bot = ? AND id = ?"
_OWN = "SELECT state, reason, claimed_at, conversation, ids FROM pushes WHERE run = ? AND contact = ?"
_END = """
    UPDATE pushes SET state = ?, reason = ?, until = ?, comes_up = ?, sent_at = ?, ids = ? WHERE run = ? AND contact = ?
"""
_OF_LANE = """
    DELETE FROM outbox WHERE conversation = ? AND status = 'pending' AND sequence IN (
        SELECT reply FROM push_replies WHERE run = ? AND contact = ?
    )
"""
_DROP_REPLIES = "DELETE FROM push_replies WHERE run = ? AND contact = ?"
_OF_PERSON = """
    SELECT runs.number, pushes.state, pushes.reason, push_kinds.subject, push_kinds.record
    FROM contacts CROSS JOIN runs ON runs.bot = contacts.bot
    CROSS JOIN pushes ON pushes.run = runs.number AND pushes.contact = contacts.number
    CROSS JOIN push_kinds ON push_kinds.number = pushes.kind WHERE contacts.number = ?
"""
_EMPTY = "UPDATE pushes SET conversation = NULL, ids = '', kind = ? WHERE run = ? AND contact = ?"
_SENDING = "SELECT run, contact, conversation, reason FROM pushes WHERE state = 'sending'"
_RECENT: Final = 30 * 86_400_000
"""Milliseconds after its claim in which a receipt is looked for."""
_OF_CONVERSATION = """
    SELECT pushes.run, pushes.contact, pushes.state, pushes.reason, pushes.sent_at, pushes.ids
    FROM conversations CROSS JOIN runs ON runs.bot = conversations.bot AND runs.claimed_at >= ?
    CROSS JOIN pushes ON pushes.run = runs.number AND pushes.contact IN (SELECT value FROM json_each(?))
    WHERE conversations.bot = ? AND conversations.key = ? AND pushes.conversation = conversations.number
"""
_PERSON_OF = "SELECT contact FROM conversations WHERE bot = ? AND key = ?"
_LATELY = f"""
    SELECT pushes.contact, pushes.claimed_at, runs.family FROM runs
    CROSS JOIN json_each(?) AS asked CROSS JOIN pushes ON pushes.run = runs.number AND pushes.contact = asked.value
    WHERE runs.bot = ? AND (runs.claimed_at >= ? OR runs.family = ?) AND pushes.state IN ({ATTEMPTED})
"""  # noqa: S608  # states of ours
_MERGED_AMONG = """
    SELECT heir.number, other.number FROM json_each(?) AS asked CROSS JOIN contacts AS heir ON heir.number = asked.value
    CROSS JOIN contacts AS other ON other.bot = heir.bot AND other.merged_into = heir.id AND other.merged_into <> ''
"""
_AGAIN = "SELECT contact, state, reason FROM pushes WHERE run = ? AND state IN (SELECT value FROM json_each(?))"
_DEFER = "UPDATE pushes SET state = 'deferred', reason = ?, until = ?, comes_up = ? WHERE run = ? AND contact = ?"


def settle(transaction: Transaction) -> None:
    """Make unknown what a server that is gone was sending, and take it out of the outbox: it is not sent again."""
    cursor, counts = transaction.cursor, RunCounts(int)
    for run, contact, conversation, reason in cursor.execute(_SENDING).fetchall():
        cursor.execute(_END, (PushState.UNKNOWN.value, "", None, None, None, "", run, contact))
        _leave_lane(cursor, run, contact, conversation)
        counts[run, *counted(PushState.SENDING, reason)] -= 1
        counts[run, PushState.UNKNOWN, ""] += 1
    count(cursor, counts)


def _leave_lane(cursor: sqlite3.Cursor, run: int, contact: int, conversation: int | None) -> None:
    cursor.execute(_OF_LANE, (conversation, run, contact))
    cursor.execute(_DROP_REPLIES, (run, contact))


def erase_pushes(cursor: sqlite3.Cursor, people: Iterable[int]) -> None:
    """Take from the pushes of people who are erased what tells of them; whoever was deferred is skipped."""
    counts = RunCounts(int)
    for contact in people:
        for run, state, reason, subject, kind in cursor.execute(_OF_PERSON, (contact,)).fetchall():
            bare = number_of_kind(cursor, run, subject, msgspec.structs.replace(_decode_kind(kind), zone=""))
            cursor.execute(_EMPTY, (bare, run, contact))
            if state == PushState.DEFERRED.value:
                ended = PushState.SKIPPED.value, SkipReason.ERASED.value
                cursor.execute(_END, (*ended, None, None, None, "", run, contact))
                counts[run, *counted(PushState.DEFERRED, reason)] -= 1
                counts[run, PushState.SKIPPED, SkipReason.ERASED.value] += 1
    count(cursor, counts)


class SqlitePushes:
    """`storage.push_port.Pushes`."""

    _database: Database

    async def record_push(self, bot: str, row: PushRow) -> bool:
        def operation(transaction: Transaction) -> bool:
            cursor = transaction.cursor
            found = cursor.execute(RUN, (bot, row.run)).fetchone()
            person = cursor.execute(_CONTACT, (bot, row.contact)).fetchone()
            if person is None or (found is None and STEP not in row.run) or (found and found[1] in OVER):
                return False
            run = found[0] if found else _new_step(cursor, bot, row)
            before = cursor.execute(BEFORE, (run, person[0])).fetchone()
            if before is not None and before[0] != PushState.DEFERRED.value:
                return False
            attempts, claims, due = (before[3], before[4], before[5]) if before else (0, 0, to_ms_or_none(row.due))
            kind = number_of_kind(cursor, run, row.subject, kind_of(row))
            put = run, person[0], kind, row.state.value, row.reason, due, to_ms_or_none(row.until), None
            cursor.execute(PUT, (*put, attempts, claims, None, row.subject_row, row.everything_row))
            counts = RunCounts(int)
            if before is not None:
                counts[run, *counted(PushState.DEFERRED, before[1])] -= 1
            counts[run, *counted(row.state, row.reason)] += 1
            count(cursor, counts)
            return True

        return await self._database.write(operation)

    async def end_push(self, bot: str, row: PushRow, *, own: bool = False) -> Sequence[OutboxRow]:
        def operation(transaction: Transaction) -> None:
            cursor = transaction.cursor
            run = cursor.execute(RUN, (bot, row.run)).fetchone()
            person = cursor.execute(_CONTACT, (bot, row.contact)).fetchone()
            before = run and person and cursor.execute(_OWN, (run[0], person[0])).fetchone()
            if not before or not may_end(PushState(before[0]), row.state):
                return
            if own and before[0] != PushState.SENDING.value:
                return
            until = to_ms_or_none(row.until) if row.state is PushState.DEFERRED else None
            ids = " ".join(row.channel_message_ids) if before[3] is not None else ""  # else the person was erased
            values = row.state.value, row.reason, until, until, to_ms_or_none(row.sent_at), ids
            cursor.execute(_END, (*values, run[0], person[0]))
            _leave_lane(cursor, run[0], person[0], before[3])
            counts = RunCounts(int)
            counts[run[0], *counted(PushState(before[0]), before[1])] -= 1
            counts[run[0], *counted(row.state, row.reason)] += 1
            count(cursor, counts)

        await self._database.write(operation)
        return ()

    async def receive_receipt(
        self,
        bot: str,
        conversation: str,
        state: PushState,
        at: datetime,
        *,
        up_to: datetime | None = None,
        ids: Sequence[str] = (),
    ) -> int:
        column = {PushState.DELIVERED: "delivered_at", PushState.READ: "read_at"}[state]
        change = f"UPDATE pushes SET state = ?, {column} = ? WHERE run = ? AND contact = ?"  # noqa: S608  # of ours

        def operation(transaction: Transaction) -> int:
            cursor, told, counts = transaction.cursor, 0, RunCounts(int)
            person = cursor.execute(_PERSON_OF, (bot, conversation)).fetchone()
            if person is None:
                return 0
            people = msgspec.json.encode([own for (own,) in cursor.execute(TAKEN_OVER, person)]).decode()
            values = to_ms(at) - _RECENT, people, bot, conversation
            for run, contact, before, reason, sent_at, held in cursor.execute(_OF_CONVERSATION, values).fetchall():
                named = not set(ids).isdisjoint(held.split())
                by_time = up_to is not None and sent_at is not None and sent_at <= to_ms(up_to)
                if PushState(before) in TOLD[state] and (named or by_time):
                    cursor.execute(change, (state.value, to_ms(at), run, contact))
                    counts[run, *counted(PushState(before), reason)] -= 1
                    counts[run, *counted(state, reason)] += 1
                    told += 1
            count(cursor, counts)
            return told

        return await self._database.write(operation)

    async def pushes(
        self,
        bot: str,
        *,
        run: str = "",
        contact: str = "",
        states: Sequence[PushState] = (),
        reason: str = "",
        after: int = 0,
        limit: int = 1000,
    ) -> Sequence[PushRow]:
        def query(connection: sqlite3.Connection) -> list[PushRow]:
            statement, values = _SELECT, [bot]
            if run:
                statement += " AND runs.id = ?"
                values.append(run)
            if contact:
                found = connection.execute(_CONTACT, (bot, contact)).fetchone()
                people = [] if found is None else [own for (own,) in connection.execute(TAKEN_OVER, found)]
                statement += " AND pushes.contact IN (SELECT value FROM json_each(?))"
                values.append(msgspec.json.encode(people).decode())
            order = "runs.number DESC" if contact else "pushes.contact"
            rows: list[PushRow] = []
            for found in connection.execute(f"{statement} AND pushes.contact > ? ORDER BY {order}", (*values, after)):
                row = _read(found)
                if (not states or row.state in states) and (not reason or reason_kind(row.reason) == reason):
                    rows.append(row)
                    if len(rows) == limit:
                        break
            return rows

        return await self._database.report(query)

    async def pushed(
        self, bot: str, numbers: Sequence[int], family: str, since: datetime
    ) -> Mapping[int, PushedLately]:
        def query(connection: sqlite3.Connection) -> Mapping[int, PushedLately]:
            heirs = {number: number for number in numbers}
            merged = list(numbers)
            while merged:
                pairs = connection.execute(_MERGED_AMONG, (msgspec.json.encode(merged).decode(),)).fetchall()
                heirs.update({other: heirs[heir] for heir, other in pairs})
                merged = [other for _, other in pairs]
            found: defaultdict[int, tuple[list[datetime], bool]] = defaultdict(lambda: ([], False))
            values = msgspec.json.encode(list(heirs)).decode(), bot, to_ms(since), family
            for person, claimed, of_family in connection.execute(_LATELY, values):
                at, in_family = found[heirs[person]]
                if claimed >= to_ms(since):
                    at.append(from_ms(claimed))
                found[heirs[person]] = at, in_family or of_family == family
            return {
                person: PushedLately(tuple(sorted(at)), is_in) for person, (at, is_in) in found.items() if at or is_in
            }

        return await self._database.report(query)

    async def send_again(self, bot: str, run: str, states: Sequence[PushState], *, at: datetime) -> int:
        asked = [state.value for state in states if state in (PushState.FAILED, PushState.UNKNOWN)]

        def operation(transaction: Transaction) -> int:
            cursor, counts = transaction.cursor, RunCounts(int)
            found = cursor.execute(RUN, (bot, run)).fetchone()
            if found is None or found[1] in (RunState.CANCELLED, RunState.EXPIRED):
                return 0
            people = cursor.execute(_AGAIN, (found[0], msgspec.json.encode(asked).decode())).fetchall()
            for contact, state, reason in people:
                counts[found[0], *counted(PushState(state), reason)] -= 1
                counts[found[0], PushState.DEFERRED, Deferral.AGAIN.value] += 1
                cursor.execute(_DEFER, (Deferral.AGAIN.value, to_ms(at), to_ms(at), found[0], contact))
            count(cursor, counts)
            return len(people)

        return await self._database.write(operation)


def _new_step(cursor: sqlite3.Cursor, bot: str, row: PushRow) -> int:
    values = bot, row.run, row.run, step_as_run(bot, row.run, row.due)
    return cursor.execute(ADD_STEP, values).lastrowid or 0


def _read(row: tuple[Any, ...]) -> PushRow:
    run, run_state, contact, number, subject, kind, state, reason, *times = row
    due, until, claimed, sent, delivered, read, attempts, claims, conversation, ids, subject_row, everything_row = times
    found = PushRow(
        run=run,
        contact=contact,
        state=PushState(state),
        reason=reason,
        due=from_ms_or_none(due),
        until=from_ms_or_none(until),
        claimed_at=from_ms_or_none(claimed),
        sent_at=from_ms_or_none(sent),
        delivered_at=from_ms_or_none(delivered),
        read_at=from_ms_or_none(read),
        attempts=attempts,
        claims=claims,
        conversation=conversation or "",
        channel_message_ids=tuple(ids.split()),
        subject=subject,
        subject_row=subject_row,
        everything_row=everything_row,
        number=number,
        **msgspec.structs.asdict(_decode_kind(kind)),
    )
    return shown_row(found, RunState(run_state) if run_state else None)
