"""Consent as values: what a membership is, and the ledger row that proves a change of it."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class Membership(StrEnum):
    """How a contact stands to a segment, a topic or a sequence, or to everything pushed (`messages.consent.ALL`).

    For `ALL`: `OPTED_OUT` is a suppression, `OPTED_IN` a subscription that the person asked for again, `NONE` neither.
    """

    NONE = "none"
    OPTED_IN = "opted_in"
    """By the person's own act."""
    OPTED_OUT = "opted_out"
    """By the person's own act; staff can't undo it."""
    ADDED = "added"
    """By staff, a CSV or the API."""


class SourceKind(StrEnum):
    """What changed a membership."""

    BUTTON = "button"
    KEYWORD = "keyword"
    CSV = "csv"
    CONSOLE = "console"
    API = "api"
    CLI = "cli"
    MERGE = "merge"
    SPLIT = "split"
    """An account that an older version took for another's."""
    FLOW = "flow"
    """A part of a message that joins or leaves: the builder's doing, not the person's."""
    USED = "used"
    """A message was sent on a consent that is good for one."""


class ConsentChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One membership change with its proof: a ledger row before the store numbers it.

    `before` is what the decision was taken on; the store refuses the commit if it no longer holds.
    """

    contact: str
    subject: str
    """A segment's id, `topic:ID`, `sequence:ID`, or `ALL`."""
    before: Membership
    after: Membership
    at: datetime
    source: SourceKind
    actor: str
    """Who: the contact's id for their own act, else the staff user or the API key's name."""
    detail: str = ""
    """The keyword as typed, the CSV job and row, …"""
    revision: int = 0
    message: str = ""
    button: str = ""
    label: str = ""
    """The button's words."""
    text: str = ""
    """The exact words that the person saw beside the button. Empty for a typed word: `detail` has the word itself."""
    purpose: str = ""
    """The segment's purpose as that revision put it."""
    channel: str = ""
    conversation: str = ""
    """Our key of the conversation (`flows.engine.turn.conversation_key`)."""
    event_id: str = ""
    turn: str = ""
    acted_at: datetime | None = None
    """When the person acted, by `consent.membership`; `at` is when we received it. None: nothing tells."""


class LedgerRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A committed consent change. `sequence` rises by one per row of a bot and is never reused."""

    sequence: int
    bot: str
    change: ConsentChange
    erased: bool = False
    """Its words were taken away: its person was erased, or another one whose words it had."""


ALL: Final = "*"
"""The subject of a consent change that is about everything pushed, not one segment."""


TOPIC: Final = "topic:"
"""What the subject of a topic begins with. No id of a segment holds a colon."""

SEQUENCE: Final = "sequence:"
"""What the subject of a sequence begins with."""

KINDS: Final = (TOPIC, SEQUENCE)


def kind_of_subject(subject: str) -> str:
    """Return `TOPIC` or `SEQUENCE`; empty for a segment and for `ALL`."""
    return next((kind for kind in KINDS if subject.startswith(kind)), "")


def name_of_subject(subject: str) -> str:
    """Return the id that a subject is about, without its kind."""
    return subject[len(kind_of_subject(subject)) :]
