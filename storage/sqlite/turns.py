"""A turn's one read and one write: many turns are checked, and those that pass are written, many rows at a time."""

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from flows.engine.turn import conversation_key
from messages.addresses import account_handle
from messages.codec import from_ms, to_ms
from messages.consent import ALL, Membership
from messages.effects import CancelTimer, IgnoreMessage, KeepEvidence, StartTimer
from messages.errors import AlreadySeen, AssentError, StaleVersion
from messages.inbound import ConversationReference, TimerFired
from storage.codec import read_contact, read_state
from storage.continuity import LedgerMemory, any_raises
from storage.push_rows import DecidedPush
from storage.records import Committed, JournalEntry, Loaded, OutboxRow
from storage.sqlite import work
from storage.sqlite.addresses import LAST_CHANGE
from storage.sqlite.contacts import change_handles, erased_among, lowered_by_erasing
from storage.sqlite.database import Database
from storage.sqlite.ledger_rows import APPEND, check_before, next_rows, refuse_raising
from storage.sqlite.push_claims import PushBefore, PushWrites, check_push
from storage.sqlite.segments import NO_CONSENT, ConsentState, lower, raise_, read_consent
from storage.sqlite.writer import Bulk, Outcome, Row, Transaction
from storage.turns import BOT, EvidenceCache, PreparedReply, PreparedTurn, RareEffect, next_link, trial_turn
from storage.work import work_of

_CURRENT = Bulk(
    """
    SELECT
        turn.column1,
        seen_events.number, seen_events.answer, seen_events.fingerprint,
        conversations.number, conversations.version, conversations.turns, conversations.link,
        contacts.number, contacts.version,
        CASE WHEN turn.column7 THEN
            (SELECT json_group_array(json_array(subject, state, lowered, raised)) FROM memberships
             WHERE contact = contacts.number)
        END
    FROM (VALUES
    """,
    "(?, ?, ?, ?, ?, ?, ?)",
    """
    ) AS turn
    LEFT JOIN seen_events
        ON seen_events.bot = turn.column2 AND seen_events.channel = turn.column3 AND seen_events.event_id = turn.column4
    LEFT JOIN conversations ON conversations.bot = turn.column2 AND conversations.key = turn.column5
    LEFT JOIN contacts ON contacts.bot = turn.column2 AND contacts.id = turn.column6
    """,
)
_IDENTITY = "SELECT contact FROM identities WHERE bot = ? AND channel = ? AND user = ?"


class CurrentState(NamedTuple):
    """What the database holds about a turn before it; None where it holds nothing."""

    seen: int | None
    answer: str | None
    fingerprint: str | None
    conversation: int | None
    state_version: int | None
    turns: int | None
    """How many turns the conversation has had."""
    link: bytes | None
    """Of the last one, in the chain."""
    contact: int | None
    contact_version: int | None
    memberships: str | None


def read_current_states(transaction: Transaction, turns: Sequence[PreparedTurn]) -> Sequence[CurrentState]:
    questions = [
        (
            place,
            turn.bot,
            turn.event.reference.channel,
            turn.event.event_id,
            turn.state.key,
            turn.contact.id,
            turn.asks_consent,
        )
        for place, turn in enumerate(turns)
    ]
    found = {place: CurrentState(*rest) for place, *rest in _CURRENT.read(transaction.cursor, questions)}
    return [found[place] for place in range(len(turns))]


def check_turn(transaction: Transaction, turn: PreparedTurn, current: CurrentState) -> PushBefore | None:
    """Raise AlreadySeen or StaleVersion unless all is as the turn supposed, and what `check_push` raises. Returns how
    the push stood that it was taken for.
    """
    if current.seen is not None:
        raise AlreadySeen(turn.event.event_id, current.answer, current.fingerprint or "")
    if (current.state_version or 0) != turn.expected_state_version:
        raise StaleVersion(f"conversation {turn.state.key}")
    if (current.contact_version or 0) != turn.expected_contact_version:
        raise StaleVersion(f"contact {turn.contact.id}")
    for identity in turn.new_identities:
        taken = transaction.cursor.execute(_IDENTITY, (turn.bot, identity.channel, identity.user)).fetchone()
        if taken is not None and taken[0] != current.contact:
            raise StaleVersion(f"contact of {identity.channel} user {identity.user}")
    if turn.asks_consent:
        consent = read_consent(current.memberships) if current.memberships else NO_CONSENT
        check_before(consent.memberships, turn.changes)
        if current.contact is not None:
            _refuse_other_consent(turn, consent)
        if any_raises(turn.changes):
            refuse_raising(transaction, turn.bot)
    if turn.push is None:
        return None
    return check_push(transaction, turn, turn.push, current.contact, current.conversation)


def _refuse_other_consent(turn: PreparedTurn, consent: ConsentState) -> None:
    """Raise StaleVersion when staff added or removed the person meanwhile: a STOP has to end that membership too, an
    opt-in has to be younger than what lowered, and a push or a condition has to be decided on what holds.

    What staff do for many raises no version of a contact, which would take as long as all the rest.
    """
    known = {subject: state for subject, state in turn.entry.memberships.items() if state is not Membership.NONE}
    if known != consent.memberships or turn.entry.lowered != consent.lowered:
        raise StaleVersion(f"memberships of {turn.contact.id}")


_LAST_CONTACT = "SELECT max(number) FROM contacts"
_LAST_CONVERSATION = "SELECT max(number) FROM conversations"
_LAST_REPLY = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'outbox'"

_CONTACTS = Bulk(
    "INSERT INTO contacts (number, bot, id, version, record, changed, seen_at) VALUES",
    "(?, ?, ?, ?, ?, ?, ?)",
    """ON CONFLICT (number) DO UPDATE SET
        version = excluded.version, record = excluded.record, changed = excluded.changed,
        seen_at = coalesce(excluded.seen_at, seen_at)""",
)
_TOUCHED_CONTACTS = Bulk(
    """UPDATE contacts SET
        version = contacts.version + touched.column2, changed = touched.column3,
        seen_at = coalesce(touched.column4, contacts.seen_at)
    FROM (VALUES""",
    "(?, ?, ?, ?)",
    ") AS touched WHERE contacts.number = touched.column1",
    one="UPDATE contacts SET version = version + ?2, changed = ?3, seen_at = coalesce(?4, seen_at) WHERE number = ?1",
)
_CONVERSATIONS = Bulk(
    "INSERT INTO conversations (number, bot, key, contact, version, record, turns, link) VALUES",
    "(?, ?, ?, ?, ?, ?, ?, ?)",
    """ON CONFLICT (number) DO UPDATE SET
        contact = excluded.contact, version = excluded.version, record = excluded.record, turns = excluded.turns,
        link = excluded.link""",
)
_IDENTITIES = Bulk("INSERT INTO identities (bot, channel, user, contact) VALUES", "(?, ?, ?, ?)")
_LOST_IDENTITIES = Bulk("DELETE FROM identities WHERE (bot, channel, user) IN (VALUES", "(?, ?, ?)", ")")
_SEEN = Bulk("INSERT INTO seen_events (bot, channel, event_id, at, answer, fingerprint) VALUES", "(?, ?, ?, ?, ?, ?)")
_JOURNAL = Bulk("INSERT INTO journal (conversation, turn, at, record, ordinal, link) VALUES", "(?, ?, ?, ?, ?, ?)")
_REPLIES = Bulk(
    """INSERT INTO outbox (
        sequence, conversation, contact, queued_at, status, attempts, sent, reason, ambiguous, channel_message_ids,
        reference, message
    ) VALUES""",
    "(?, ?, ?, ?, 'pending', 0, 0, '', 0, '[]', ?, ?)",
)

_ADD_EVIDENCE = "INSERT OR IGNORE INTO evidence (bot, digest, text) VALUES (?, ?, ?)"
_ADD_IGNORED = "INSERT INTO ignored_messages (bot, conversation, at, text) VALUES (?, ?, ?, ?)"
_SET_TIMER = "INSERT OR REPLACE INTO timers (bot, timer, conversation, due) VALUES (?, ?, ?, ?)"
_DROP_TIMER = "DELETE FROM timers WHERE bot = ? AND timer = ?"


def commit_turns(transaction: Transaction, turns: Sequence[PreparedTurn]) -> Sequence[Outcome[Committed]]:
    """Write each turn that nothing speaks against. Turns that meet are taken one after another."""
    outcomes: dict[int, Outcome[Committed]] = {}
    waiting = list(range(len(turns)))
    while waiting:
        ready, waiting = _apart(turns, waiting)
        batch = _Batch(transaction)
        for place, current in zip(
            ready, read_current_states(transaction, [turns[place] for place in ready]), strict=True
        ):
            try:
                push = check_turn(transaction, turns[place], current)
            except AssentError as refusal:
                outcomes[place] = None, refusal
            else:
                outcomes[place] = batch.add(turns[place], current, push), None
        batch.write()
    return [outcomes[place] for place in range(len(turns))]


def _apart(turns: Sequence[PreparedTurn], places: Sequence[int]) -> tuple[list[int], list[int]]:
    """Split `places` into turns that have nothing in common, and those that must wait for one of these."""
    claimed: set[tuple[str, ...]] = set()
    ready: list[int] = []
    waiting: list[int] = []
    for place in places:
        (ready if claimed.isdisjoint(turns[place].claims) else waiting).append(place)
        claimed |= turns[place].claims
    return ready, waiting


class _Batch:
    """Turns that passed, gathered table by table."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._contacts: list[Row] = []
        self._touched_contacts: list[Row] = []
        self._lost_identities: list[Row] = []
        self._identities: list[Row] = []
        self._handles: list[tuple[PreparedTurn, int]] = []
        self._acted: list[tuple[PreparedTurn, int]] = []
        self._conversations: list[Row] = []
        self._seen: list[Row] = []
        self._journal: list[Row] = []
        self._ledger: list[Row] = []
        self._replies: list[Row] = []
        self._rare_effects: list[tuple[PreparedTurn, int, RareEffect]] = []
        self._pushes: list[tuple[PreparedTurn, DecidedPush, PushBefore, int, int, list[OutboxRow]]] = []

    def add(self, turn: PreparedTurn, current: CurrentState, push: PushBefore | None) -> Committed:
        contact = self._add_contact(turn, current)
        number = self._transaction.next_number
        conversation = current.conversation or number(_LAST_CONVERSATION)
        version = turn.expected_state_version + 1
        ordinal = (current.turns or 0) + 1
        link = next_link(current.link, ordinal, turn.journal_content)
        record = turn.state_record
        self._conversations.append((conversation, turn.bot, turn.state.key, contact, version, record, ordinal, link))
        channel, event = turn.event.reference.channel, turn.event.event_id
        self._seen.append((turn.bot, channel, event, turn.at, turn.answer, turn.fingerprint))
        self._journal.append((conversation, turn.entry.turn, turn.at, turn.journal_record, ordinal, link))
        self._rare_effects += [(turn, conversation, effect) for effect in turn.rare_effects]
        if isinstance(turn.event.action, TimerFired):
            self._rare_effects.append((turn, conversation, CancelTimer(turn.event.action.timer)))
        ledger = next_rows(self._transaction, turn.bot, contact, turn.changes) if turn.changes else []
        self._ledger += ledger
        replies = [self._add_reply(turn, conversation, contact, reply) for reply in turn.replies]
        if push is not None and turn.push is not None:
            self._pushes.append((turn, turn.push, push, contact, conversation, replies))
        return Committed(ledger=tuple(row[1] for row in ledger), outbox=tuple(replies))

    def _add_contact(self, turn: PreparedTurn, current: CurrentState) -> int:
        contact = current.contact or self._transaction.next_number(_LAST_CONTACT)
        version = turn.expected_contact_version + 1
        changed = self._transaction.next_number(LAST_CHANGE)
        if turn.contact_record is not None:
            row = (contact, turn.bot, turn.contact.id, version, turn.contact_record, changed, turn.seen_at)
            self._contacts.append(row)
        elif turn.changes or turn.lowered or turn.raised or turn.is_followed:
            touched = 1 if turn.changes or turn.lowered or turn.raised else 0
            self._touched_contacts.append((contact, touched, changed, turn.seen_at))
        if turn.lowered or turn.raised:
            self._acted.append((turn, contact))
        if turn.new_handles or turn.lost_handles or turn.new_identities:
            self._handles.append((turn, contact))
        for identity in turn.lost_identities:
            self._lost_identities.append((turn.bot, identity.channel, identity.user))
        for identity in turn.new_identities:
            self._identities.append((turn.bot, identity.channel, identity.user, contact))
        return contact

    def _add_reply(self, turn: PreparedTurn, conversation: int, contact: int, reply: PreparedReply) -> OutboxRow:
        sequence = self._transaction.next_number(_LAST_REPLY)
        self._replies.append((sequence, conversation, contact, turn.at, reply.reference_record, reply.message_record))
        return turn.outbox_row(reply, sequence)

    def write(self) -> None:
        """Write what was added; rows that others refer to come first."""
        cursor = self._transaction.cursor
        _CONTACTS.write(cursor, self._contacts)
        _TOUCHED_CONTACTS.write(cursor, self._touched_contacts)
        _LOST_IDENTITIES.write(cursor, self._lost_identities)
        _IDENTITIES.write(cursor, self._identities)
        for turn, contact in self._handles:
            new = turn.new_handles | {account_handle(identity) for identity in turn.new_identities}
            change_handles(cursor, turn.bot, contact, new, turn.lost_handles)
        _CONVERSATIONS.write(cursor, self._conversations)
        _SEEN.write(cursor, self._seen)
        _JOURNAL.write(cursor, self._journal)
        APPEND.write(cursor, self._ledger)
        for turn, contact in self._acted:
            raise_(cursor, turn.bot, contact, turn.raised.items())
            lower(cursor, turn.bot, contact, turn.lowered.items())
        _REPLIES.write(cursor, self._replies)
        for turn, conversation, effect in self._rare_effects:
            self._write_effect(turn, conversation, effect)
        if self._pushes:
            pushes = PushWrites(cursor)
            for push in self._pushes:
                pushes.add(*push)
            pushes.write()

    def _write_effect(self, turn: PreparedTurn, conversation: int, effect: RareEffect) -> None:
        cursor = self._transaction.cursor
        match effect:
            case KeepEvidence(digest, text):
                if not self._transaction.evidence.has(turn.bot, digest):
                    cursor.execute(_ADD_EVIDENCE, (turn.bot, digest, text))
                    self._transaction.kept_evidence.append((turn.bot, digest))
            case StartTimer(timer, due):
                cursor.execute(_SET_TIMER, (turn.bot, timer, conversation, to_ms(due)))
            case CancelTimer(timer):
                cursor.execute(_DROP_TIMER, (turn.bot, timer))
            case IgnoreMessage(text):
                cursor.execute(_ADD_IGNORED, (turn.bot, conversation, turn.at, text))
            case _:
                cursor.execute(work.ADD, work.values_of(work_of(effect, turn.entry)))


_LOAD = """
    SELECT
        (SELECT max(number) FROM revisions WHERE bot = :bot),
        conversations.version, conversations.record,
        contacts.version, contacts.record,
        (SELECT json_group_array(json_array(subject, state, lowered, raised)) FROM memberships
         WHERE contact = contacts.number),
        (SELECT text FROM evidence WHERE bot = :bot AND digest = :evidence),
        seen_events.number, seen_events.answer, seen_events.fingerprint
    FROM (SELECT 1)
    LEFT JOIN conversations ON conversations.bot = :bot AND conversations.key = :key
    LEFT JOIN contacts ON contacts.number =
        (SELECT contact FROM identities WHERE bot = :bot AND channel = :channel AND user = :user)
    LEFT JOIN seen_events
        ON seen_events.bot = :bot AND seen_events.channel = :events AND seen_events.event_id = :event
"""


def _of_stranger(connection: sqlite3.Connection, bot: str, reference: ConversationReference) -> ConsentState:
    """Return what holds for an account without a contact: its person may have been erased, which lowered everything."""
    handle = account_handle(reference.account)
    if not erased_among(connection, bot, [handle]):
        return NO_CONSENT
    lowered = lowered_by_erasing(connection, bot, [handle])
    return NO_CONSENT if lowered is None else NO_CONSENT._replace(lowered={ALL: from_ms(lowered)})


class SqliteTurns:
    """`storage.port.Turns`."""

    _database: Database

    async def load(self, bot: str, reference: ConversationReference, event_id: str, *, evidence: str = "") -> Loaded:
        account = reference.account
        parameters = {
            "bot": bot,
            "key": conversation_key(reference),
            "channel": account.channel,
            "user": account.user,
            "events": reference.channel,
            "event": event_id,
            "evidence": evidence,
        }

        def query(connection: sqlite3.Connection) -> Loaded:
            row = connection.execute(_LOAD, parameters).fetchone()
            live, state_version, state, contact_version, contact, current, text, seen, answer, said = row
            consent = read_consent(current) if contact is not None else _of_stranger(connection, bot, reference)
            return Loaded(
                live=live or 0,
                state=None if state is None else read_state(state, state_version),
                contact=None if contact is None else read_contact(contact, contact_version),
                memberships=consent.memberships,
                lowered=consent.lowered,
                raised=consent.raised,
                evidence=text,
                seen=seen is not None,
                seen_answer=answer,
                seen_fingerprint=said or "",
            )

        return self._database.read(query)

    async def commit(self, turn: JournalEntry) -> Committed:
        return await self._database.write_jointly(commit_turns, PreparedTurn(turn))


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
