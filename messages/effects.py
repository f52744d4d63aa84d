"""What a turn wants done. The store commits all of it or none of it; nothing is done before.

Contact changes (fields, tags, name) are in `Turn.contact`, conversation changes in `Turn.state`; effects are what
leaves a row or a message of its own.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from messages.consent import ConsentChange
from messages.contact import FieldValue
from messages.outgoing import OutgoingMessage


class Send(msgspec.Struct, frozen=True, omit_defaults=True, tag="send"):
    """Put a message into the outbox of this conversation."""

    message: OutgoingMessage


class ChangeConsent(msgspec.Struct, frozen=True, omit_defaults=True, tag="consent"):
    """Write a ledger row; the membership follows from it."""

    change: ConsentChange


class KeepEvidence(msgspec.Struct, frozen=True, omit_defaults=True, tag="evidence"):
    """Keep the exact words shown beside a consent button, under their digest, so that a later press can prove them."""

    digest: str
    text: str


class StartTimer(msgspec.Struct, frozen=True, omit_defaults=True, tag="timer"):
    """Bring a `TimerFired(timer)` to this conversation at `due`."""

    timer: str
    due: datetime


class CancelTimer(msgspec.Struct, frozen=True, omit_defaults=True, tag="cancel_timer"):
    """Forget a timer that has not fired."""

    timer: str


class IgnoreMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag="ignored"):
    """Nothing matched: keep the text in the builder's list of ignored messages."""

    text: str


class HandOver(msgspec.Struct, frozen=True, omit_defaults=True, tag="hand_over"):
    """Ask for a person to take the conversation."""

    note: str = ""


class Emit(msgspec.Struct, frozen=True, omit_defaults=True, tag="emit"):
    """A custom event of the flow, for filters and integrations."""

    event: str
    data: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)


class Complete(msgspec.Struct, frozen=True, omit_defaults=True, tag="complete"):
    """The contact completed a product, a collection or a bot flow."""

    kind: str
    item: str


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, tag="answer"):
    """The synchronous answer to an event whose channel waits for one. Kept, so that a redelivery gets the same."""

    text: str


Effect = (
    Send | ChangeConsent | KeepEvidence | StartTimer | CancelTimer | IgnoreMessage | HandOver | Emit | Complete | Answer
)
