"""A consent change as a ledger row keeps it: facts that stay for ever, and what erasing the person takes away."""

from typing import NamedTuple

import msgspec

from messages.consent import ConsentChange, Membership, SourceKind
from storage.times import from_ms, from_ms_or_none, to_ms


class Facts(NamedTuple):
    """What of a change stays for ever. `at` is in milliseconds since 1970."""

    contact: str
    subject: str
    before: str
    after: str
    at: int
    source: str
    actor: str
    revision: int
    message: str
    button: str
    purpose: str
    channel: str
    turn: str


class Personal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a ledger row is taken away when the person is erased. The row keeps its digest, so the chain holds."""

    detail: str = ""
    label: str = ""
    text: str = ""
    conversation: str = ""
    event_id: str = ""
    acted_at: int | None = None
    """When the person acted, in milliseconds since 1970. Here, where versions that don't know it pass it over."""


_encode = msgspec.json.Encoder().encode
_decode_personal = msgspec.json.Decoder(Personal).decode


def facts_of(change: ConsentChange) -> Facts:
    return Facts(
        change.contact,
        change.subject,
        change.before.value,
        change.after.value,
        to_ms(change.at),
        change.source.value,
        change.actor,
        change.revision,
        change.message,
        change.button,
        change.purpose,
        change.channel,
        change.turn,
    )


def personal_of(change: ConsentChange) -> bytes:
    """Return the personal part as JSON; equal parts give equal bytes."""
    acted = None if change.acted_at is None else to_ms(change.acted_at)
    return _encode(Personal(change.detail, change.label, change.text, change.conversation, change.event_id, acted))


def acted_ms(facts: Facts, personal: bytes | None) -> int:
    """Return when somebody acted, in milliseconds since 1970; the time of receipt where the row does not tell."""
    acted = _decode_personal(personal).acted_at if personal else None
    return facts.at if acted is None else acted


def text_of(personal: str | bytes | None) -> str:
    """Return the words that a row says were seen beside the button; empty where it does not tell."""
    return _decode_personal(personal).text if personal else ""


def conversation_of(personal: str | bytes | None) -> str:
    """Return the conversation that a row is of; empty where it does not tell."""
    return _decode_personal(personal).conversation if personal else ""


def change_of(facts: Facts, personal: str | bytes | None) -> ConsentChange:
    """Return the change; without its personal part when that was erased."""
    kept = _decode_personal(personal) if personal else Personal()
    return ConsentChange(
        contact=facts.contact,
        subject=facts.subject,
        before=Membership(facts.before),
        after=Membership(facts.after),
        at=from_ms(facts.at),
        source=SourceKind(facts.source),
        actor=facts.actor,
        detail=kept.detail,
        revision=facts.revision,
        message=facts.message,
        button=facts.button,
        label=kept.label,
        text=kept.text,
        purpose=facts.purpose,
        channel=facts.channel,
        conversation=kept.conversation,
        event_id=kept.event_id,
        turn=facts.turn,
        acted_at=from_ms_or_none(kept.acted_at),
    )
