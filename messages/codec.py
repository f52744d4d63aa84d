"""Records as bytes: MessagePack, headed by a schema number.

A record is the MessagePack array `[SCHEMA, value]`. Fields that hold their default are left out and unknown ones are
passed over, so a record outlives the addition of fields; `SCHEMA` rises when a change can't be read that way. Equal
values give equal bytes, in every process: sets and mappings are written in order.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgpack
import msgspec

from messages.errors import UnreadableRecord
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    EffectDone,
    HandedBack,
    InboundEvent,
    PushDue,
    ReactionChanged,
    StoppedByChannel,
    TeamSpoke,
    TextReceived,
    TimerFired,
    Unhandled,
)

SCHEMA = 1
"""Number of the record layout that this code writes."""

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def encode(value: object) -> bytes:
    """Return `value` as a record."""
    return _encoder.encode((SCHEMA, value))


class RecordDecoder(Generic[T]):
    """Reads records of one type. Keep one per type: building it is the slow part.

    Raises UnreadableRecord for bytes that are no record, are cut short, or carry a schema number that isn't known here.
    """

    def __init__(self, kind: Any) -> None:  # noqa: ANN401  # a type, or a union of types
        self._decoder: msgspec.msgpack.Decoder[tuple[int, T]] = msgspec.msgpack.Decoder(tuple[int, kind])

    def __call__(self, record: bytes) -> T:
        try:
            schema, value = self._decoder.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadableRecord(f"a record can't be read: {error}; {describe(record)}") from error
        if schema != SCHEMA:
            raise UnreadableRecord(f"a record has schema {schema}; this version reads {SCHEMA}")
        return value


def describe(record: bytes) -> str:
    """Say in a few words what `record` holds without knowing its type: its schema number, or why it is no record."""
    try:
        head = msgpack.unpackb(record, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        return f"{len(record)} bytes, no MessagePack ({str(error) or type(error).__name__})"
    if isinstance(head, list) and len(head) == 2 and isinstance(head[0], int):
        return f"schema {head[0]}, {len(record)} bytes"
    return f"{len(record)} bytes of MessagePack without a schema number"


_encode = msgspec.json.Encoder().encode


def fingerprint(event: InboundEvent) -> str:
    """Return 16 hex digits of who did what: the person, the kind of act, its words or payload.

    Metadata (times, names, locale, where files are kept) is no part of it: a channel may fill it in differently when
    it sends an event again.
    """
    said = (event.reference.user, *_said(event.action))
    return hashlib.blake2b(_encode(said), digest_size=8).hexdigest()


def _said(action: Action) -> tuple[object, ...]:  # noqa: C901, PLR0911  # a case each
    match action:
        case TextReceived(text=text, attachments=attachments):
            return "text", text, [each.kind for each in attachments]
        case ButtonPressed(payload=payload):
            return "press", payload
        case StoppedByChannel(how=how):
            return "stop", how
        case ConversationStarted(referral=referral):
            return "started", referral
        case ConversationEnded(reason=reason):
            return "ended", reason
        case ReactionChanged(added=added, removed=removed):
            return "reaction", added, removed
        case TimerFired(timer=timer):
            return "timer", timer
        case EffectDone(effect=effect):
            return "effect", effect
        case PushDue(push=push):
            return "push", push.run, push.attempt
        case HandedBack() | TeamSpoke():
            return (str(action.__struct_config__.tag).replace("_", " "),)
        case Unhandled(kind=kind):
            return "unhandled", kind


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Return a time as stores keep it: whole milliseconds since 1970, UTC."""
    return (at - _EPOCH) // _MILLISECOND


def to_ms_or_none(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def from_ms_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def in_calendar(ms: int | None) -> datetime | None:
    """Return a time; None for none, and for one that no calendar has, which never comes."""
    try:
        return from_ms_or_none(ms)
    except OverflowError:
        return None
