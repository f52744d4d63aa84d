"""The commit of turns: check each, then write those that pass, many rows at a time."""

from collections.abc import Sequence

from messages.addresses import account_handle
from messages.effects import CancelTimer, IgnoreMessage, KeepEvidence, StartTimer
from messages.errors import AssentError
from messages.inbound import TimerFired
from storage.prepared_turn import PreparedReply, PreparedTurn, RareEffect
from storage.records import Committed, OutboxRow
from storage.sqlite.bulk import Bulk, Row
from storage.sqlite.consent_state import lower, raise_
from storage.sqlite.contact_writes import LAST_CHANGE, change_handles
from storage.sqlite.journal_chain import next_link
from storage.sqlite.ledger_rows import APPEND, next_rows
from storage.sqlite.operation import Outcome, Transaction
from storage.sqlite.turn_checks import Standing, check_turn, read_standing
from storage.times import to_ms

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
        for place, standing in zip(ready, read_standing(transaction, [turns[place] for place in ready]), strict=True):
            try:
                check_turn(transaction, turns[place], standing)
            except AssentError as refusal:
                outcomes[place] = None, refusal
            else:
                outcomes[place] = batch.add(turns[place], standing), None
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

    def add(self, turn: PreparedTurn, standing: Standing) -> Committed:
        contact = self._add_contact(turn, standing)
        number = self._transaction.next_number
        conversation = standing.conversation or number(_LAST_CONVERSATION)
        version = turn.expected_state_version + 1
        ordinal = (standing.turns or 0) + 1
        link = next_link(standing.link, ordinal, turn.journal_content)
        record = turn.state_record
        self._conversations.append((conversation, turn.bot, turn.state.key, contact, version, record, ordinal, link))
        channel, event = turn.event.reference.channel, turn.event.event_id
        self._seen.append((turn.bot, channel, event, turn.at, turn.answer, turn.fingerprint))
        self._journal.append((conversation, turn.entry.turn, turn.at, turn.journal_record, ordinal, link))
        for effect in turn.rare_effects:
            self._rare_effects.append((turn, conversation, effect))
        if isinstance(turn.event.action, TimerFired):
            self._rare_effects.append((turn, conversation, CancelTimer(turn.event.action.timer)))
        ledger = next_rows(self._transaction, turn.bot, contact, turn.changes) if turn.changes else []
        self._ledger += ledger
        replies = [self._add_reply(turn, conversation, contact, reply) for reply in turn.replies]
        return Committed(ledger=tuple(row[1] for row in ledger), outbox=tuple(replies))

    def _add_contact(self, turn: PreparedTurn, standing: Standing) -> int:
        contact = standing.contact or self._transaction.next_number(_LAST_CONTACT)
        version = turn.expected_contact_version + 1
        changed = self._transaction.next_number(LAST_CHANGE)
        if turn.contact_record is not None:
            row = (contact, turn.bot, turn.contact.id, version, turn.contact_record, changed, turn.seen_at)
            self._contacts.append(row)
        elif turn.changes or turn.lowered or turn.raised or turn.seen_at is not None:
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

    def _add_reply(
        self,
        turn: PreparedTurn,
        conversation: int,
        contact: int,
        reply: PreparedReply,
    ) -> OutboxRow:
        sequence = self._transaction.next_number(_LAST_REPLY)
        self._replies.append((sequence, conversation, contact, turn.at, reply.reference_record, reply.message_record))
        return OutboxRow(
            sequence=sequence,
            bot=turn.bot,
            conversation=turn.state.key,
            contact=turn.contact.id,
            reference=reply.reference,
            message=reply.message,
            queued_at=turn.entry.at,
        )

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
