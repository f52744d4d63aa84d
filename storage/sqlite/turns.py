"""A turn's one read and one write."""

import sqlite3

from flows.engine.turn import conversation_key
from messages.addresses import account_handle
from messages.ids import ALL
from messages.inbound import ConversationReference
from storage.prepared_turn import PreparedTurn
from storage.records import Committed, Loaded, TurnCommit
from storage.rows import read_contact, read_state
from storage.sqlite.consent_state import NO_CONSENT, ConsentState, read_consent
from storage.sqlite.contact_writes import erased_among, lowered_by_erasing
from storage.sqlite.database import Database
from storage.sqlite.turn_writes import commit_turns
from storage.times import from_ms

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
            live, state_version, state, contact_version, contact, standing, text, seen, answer, said = row
            consent = NO_CONSENT if standing == "[]" else read_consent(standing)
            if contact is None:
                consent = _of_stranger(connection, bot, reference)
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

    async def commit(self, turn: TurnCommit) -> Committed:
        return await self._database.write_jointly(commit_turns, PreparedTurn(turn))
