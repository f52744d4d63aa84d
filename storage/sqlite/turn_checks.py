"""What stands in the database before a turn, and whether the turn supposed the same."""

from collections.abc import Sequence
from typing import NamedTuple

from messages.consent import Membership
from messages.errors import AlreadySeen, StaleVersion
from storage.continuity import any_raises
from storage.prepared_turn import PreparedTurn
from storage.sqlite.bulk import Bulk
from storage.sqlite.consent_state import NO_CONSENT, ConsentState, read_consent
from storage.sqlite.ledger_rows import check_before, refuse_raising
from storage.sqlite.operation import Transaction

_STANDING = Bulk(
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


class Standing(NamedTuple):
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


def read_standing(transaction: Transaction, turns: Sequence[PreparedTurn]) -> Sequence[Standing]:
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
    found = {place: Standing(*rest) for place, *rest in _STANDING.read(transaction.cursor, questions)}
    return [found[place] for place in range(len(turns))]


def check_turn(transaction: Transaction, turn: PreparedTurn, standing: Standing) -> None:
    """Raise AlreadySeen or StaleVersion unless all is as the turn supposed."""
    if standing.seen is not None:
        raise AlreadySeen(turn.event.event_id, standing.answer, standing.fingerprint or "")
    if (standing.state_version or 0) != turn.expected_state_version:
        raise StaleVersion(f"conversation {turn.state.key}")
    if (standing.contact_version or 0) != turn.expected_contact_version:
        raise StaleVersion(f"contact {turn.contact.id}")
    for identity in turn.new_identities:
        taken = transaction.cursor.execute(_IDENTITY, (turn.bot, identity.channel, identity.user)).fetchone()
        if taken is not None and taken[0] != standing.contact:
            raise StaleVersion(f"contact of {identity.channel} user {identity.user}")
    if turn.asks_consent:
        consent = read_consent(standing.memberships) if standing.memberships else NO_CONSENT
        check_before(consent.memberships, turn.changes)
        if standing.contact is not None:
            _refuse_other_consent(turn, consent)
        if any_raises(turn.changes):
            refuse_raising(transaction, turn.bot)


def _refuse_other_consent(turn: PreparedTurn, consent: ConsentState) -> None:
    """Raise StaleVersion when staff added or removed the person meanwhile: a STOP has to end that membership too, and
    an opt-in has to be younger than what lowered.

    What staff do for many raises no version of a contact, which would take as long as all the rest.
    """
    known = {subject for subject, state in turn.entry.memberships.items() if state is not Membership.NONE}
    if known != consent.memberships.keys() or turn.entry.lowered != consent.lowered:
        raise StaleVersion(f"memberships of {turn.contact.id}")
