"""Conversations and contacts as rows: the record, and the version beside it, which alone counts."""

import msgspec

from flows.engine.turn import ConversationState
from messages.codec import RecordDecoder
from messages.contact import Contact

_decode_state = RecordDecoder[ConversationState](ConversationState)
_decode_contact = RecordDecoder[Contact](Contact)


def read_state(record: bytes, version: int) -> ConversationState:
    return msgspec.structs.replace(_decode_state(record), version=version)


def read_contact(record: bytes, version: int) -> Contact:
    return msgspec.structs.replace(_decode_contact(record), version=version)
