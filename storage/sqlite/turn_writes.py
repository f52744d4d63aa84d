"""What the commit of one turn checks and writes."""

from collections.abc import Iterator

from messages.codec import encode
from messages.consent import ConsentChange
from messages.effects import Answer, CancelTimer, ChangeConsent, IgnoreMessage, KeepEvidence, Send, StartTimer
from messages.errors import AlreadySeen, StaleVersion
from messages.inbound import TimerFired
from messages.outgoing import OutgoingMessage
from messages.reference import Scope
from storage.records import Committed, OutboxRow, TurnCommit
from storage.sqlite import ledger
from storage.sqlite.evidence_cache import EvidenceCache
from storage.sqlite.times import to_ms
from storage.sqlite.writer import Transaction, insert

_STANDING = """
    SELECT
        seen_events.number, seen_events.answer,
        conversations.number, conversations.version,
        contacts.number, contacts.version
    FROM (SELECT 1)
    LEFT JOIN seen_events ON seen_events.bot = ?1 AND seen_events.channel = ?2 AND seen_events.event_id = ?3
    LEFT JOIN conversations ON conversations.bot = ?1 AND conversations.key = ?4
    LEFT JOIN contacts ON contacts.bot = ?1 AND contacts.id = ?5
"""
_IDENTITY = "SELECT contact FROM identities WHERE bot = ? AND channel = ? AND user = ?"

_ADD_CONTACT = "INSERT INTO contacts (bot, id, version, record) VALUES (?, ?, 1, ?)"
_CHANGE_CONTACT = "UPDATE contacts SET version = version + 1, record = ? WHERE number = ?"
_TOUCH_CONTACT = "UPDATE contacts SET version = version + 1 WHERE number = ?"
_ADD_IDENTITY = "INSERT INTO identities (bot, channel, user, contact) VALUES (?, ?, ?, ?)"
_DROP_IDENTITY = "DELETE FROM identities WHERE bot = ? AND channel = ? AND user = ?"
_ADD_CONVERSATION = "INSERT INTO conversations (bot, key, contact, version, record) VALUES (?, ?, ?, 1, ?)"
_CHANGE_CONVERSATION = "UPDATE conversations SET contact = ?, version = version + 1, record = ? WHERE number = ?"
_ADD_SEEN = "INSERT INTO seen_events (bot, channel, event_id, at, answer) VALUES (?, ?, ?, ?, ?)"
_ADD_ENTRY = "INSERT INTO journal (conversation, turn, at, record) VALUES (?, ?, ?, ?)"
_ADD_REPLY = """
    INSERT INTO outbox (
        conversation, contact, queued_at, status, attempts, sent, reason, ambiguous, channel_message_ids,
        reference, message
    ) VALUES (?, ?, ?, 'pending', 0, 0, '', 0, '[]', ?, ?)
"""
_ADD_EVIDENCE = "INSERT OR IGNORE INTO evidence (bot, digest, text) VALUES (?, ?, ?)"
_ADD_IGNORED = "INSERT INTO ignored_messages (bot, conversation, at, text) VALUES (?, ?, ?, ?)"
_SET_TIMER = "INSERT OR REPLACE INTO timers (bot, timer, conversation, due) VALUES (?, ?, ?, ?)"
_DROP_TIMER = "DELETE FROM timers WHERE bot = ? AND timer = ?"


class PreparedTurn:
    """A turn encoded and sorted in the caller's thread, so that the writing thread only writes."""

    def __init__(self, turn: TurnCommit, kept_evidence: EvidenceCache) -> None:
        entry = turn.entry
        self.bot = turn.bot
        self.entry = entry
        self.expected_state_version = turn.expected_state_version
        self.expected_contact_version = turn.expected_contact_version
        self.at = to_ms(entry.at)
        self.state = entry.outcome.state
        self.contact = entry.outcome.contact
        self.state_record = encode(self.state)
        self.journal_record = encode(entry)
        self.contact_record = encode(self.contact) if self.contact != entry.contact_before else None
        self.kept_evidence = kept_evidence
        self.replies: list[tuple[OutgoingMessage, bytes]] = []
        self.changes: list[ConsentChange] = []
        self.others: list[KeepEvidence | StartTimer | CancelTimer | IgnoreMessage] = []
        self.answer: str | None = None
        for effect in entry.outcome.effects:
            match effect:
                case Send(message):
                    self.replies.append((message, encode(message)))
                case ChangeConsent(change):
                    self.changes.append(change)
                case Answer(text):
                    self.answer = text
                case KeepEvidence() | StartTimer() | CancelTimer() | IgnoreMessage():
                    self.others.append(effect)
                case _:
                    pass  # in the journal, and nowhere else
        before = entry.contact_before.identities if entry.contact_before else ()
        after = self.contact.identities
        self.new_identities = () if after == before else tuple(i for i in dict.fromkeys(after) if i not in before)
        self.lost_identities = () if after == before else tuple(i for i in before if i not in after)
        if any(change.contact != self.contact.id for change in self.changes):
            raise ValueError("a turn changes the consent of its own contact only")

    def write(self, transaction: Transaction) -> Committed:
        """Check everything, then write everything. Raises AlreadySeen and StaleVersion."""
        conversation, contact = self._check(transaction)
        contact = self._write_contact(transaction, contact)
        conversation = self._write_conversation(transaction, conversation, contact)
        cursor = transaction.cursor
        event = self.entry.event
        cursor.execute(_ADD_SEEN, (self.bot, event.reference.channel, event.event_id, self.at, self.answer))
        cursor.execute(_ADD_ENTRY, (conversation, self.entry.turn, self.at, self.journal_record))
        if isinstance(event.action, TimerFired):
            cursor.execute(_DROP_TIMER, (self.bot, event.action.timer))
        for effect in self.others:
            self._write_effect(transaction, conversation, effect)
        return Committed(
            ledger=ledger.append(transaction, self.bot, contact, self.changes) if self.changes else (),
            outbox=tuple(self._write_replies(transaction, conversation, contact)),
        )

    def _check(self, transaction: Transaction) -> tuple[int | None, int | None]:
        """Return the numbers of the conversation and the contact; None for one that is new."""
        event = self.entry.event
        cursor = transaction.cursor
        cursor.execute(_STANDING, (self.bot, event.reference.channel, event.event_id, self.state.key, self.contact.id))
        seen, answer, conversation, state_version, contact, contact_version = cursor.fetchone()
        if seen is not None:
            raise AlreadySeen(event.event_id, answer)
        if (state_version or 0) != self.expected_state_version:
            raise StaleVersion(f"conversation {self.state.key}")
        if (contact_version or 0) != self.expected_contact_version:
            raise StaleVersion(f"contact {self.contact.id}")
        for identity in self.new_identities:
            taken = cursor.execute(_IDENTITY, (self.bot, identity.channel, identity.user)).fetchone()
            if taken is not None and taken[0] != contact:
                raise StaleVersion(f"contact of {identity.channel} user {identity.user}")
        if self.changes:
            ledger.check(transaction, contact, self.changes)
        return conversation, contact

    def _write_contact(self, transaction: Transaction, contact: int | None) -> int:
        cursor = transaction.cursor
        if contact is None:
            contact = insert(cursor, _ADD_CONTACT, (self.bot, self.contact.id, self.contact_record))
        elif self.contact_record is not None:
            cursor.execute(_CHANGE_CONTACT, (self.contact_record, contact))
        elif self.changes:
            cursor.execute(_TOUCH_CONTACT, (contact,))
        for identity in self.new_identities:
            cursor.execute(_ADD_IDENTITY, (self.bot, identity.channel, identity.user, contact))
        for identity in self.lost_identities:
            cursor.execute(_DROP_IDENTITY, (self.bot, identity.channel, identity.user))
        return contact

    def _write_conversation(self, transaction: Transaction, conversation: int | None, contact: int) -> int:
        cursor = transaction.cursor
        if conversation is not None:
            cursor.execute(_CHANGE_CONVERSATION, (contact, self.state_record, conversation))
            return conversation
        return insert(cursor, _ADD_CONVERSATION, (self.bot, self.state.key, contact, self.state_record))

    def _write_effect(
        self,
        transaction: Transaction,
        conversation: int,
        effect: KeepEvidence | StartTimer | CancelTimer | IgnoreMessage,
    ) -> None:
        cursor = transaction.cursor
        match effect:
            case KeepEvidence(digest, text):
                if not self.kept_evidence.has(self.bot, digest):
                    cursor.execute(_ADD_EVIDENCE, (self.bot, digest, text))
                    transaction.kept_evidence.append((self.bot, digest))
            case StartTimer(timer, due):
                cursor.execute(_SET_TIMER, (self.bot, timer, conversation, to_ms(due)))
            case CancelTimer(timer):
                cursor.execute(_DROP_TIMER, (self.bot, timer))
            case IgnoreMessage(text):
                cursor.execute(_ADD_IGNORED, (self.bot, conversation, self.at, text))

    def _write_replies(self, transaction: Transaction, conversation: int, contact: int) -> Iterator[OutboxRow]:
        cursor = transaction.cursor
        for message, record in self.replies:
            reference = self.state.reference
            if message.private and reference.scope is not Scope.PERSONAL:
                reference = reference.private()
            yield OutboxRow(
                sequence=insert(cursor, _ADD_REPLY, (conversation, contact, self.at, encode(reference), record)),
                bot=self.bot,
                conversation=self.state.key,
                contact=self.contact.id,
                reference=reference,
                message=message,
                queued_at=self.entry.at,
            )
