"""Reading records: the version beside one counts, and one that this version can't read hides no other."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec
import structlog

from flows.engine.turn import ConversationState
from messages.channel_addresses import ChannelAddress
from messages.codec import RecordDecoder
from messages.contact import Contact
from messages.errors import StoreError

_decode_state = RecordDecoder[ConversationState](ConversationState)
_decode_contact = RecordDecoder[Contact](Contact)
_decode_address = RecordDecoder[ChannelAddress](ChannelAddress)


def read_state(record: bytes, version: int) -> ConversationState:
    return msgspec.structs.replace(_decode_state(record), version=version)


def read_address(record: bytes, version: int) -> ChannelAddress:
    """Return what the record of a conversation's state tells of where its person is written to."""
    return msgspec.structs.replace(_decode_address(record), version=version)


def read_contact(record: bytes, version: int) -> Contact:
    return msgspec.structs.replace(_decode_contact(record), version=version)


log = structlog.get_logger("assent.store")

T = TypeVar("T")

REMEDY: Final = "They are kept. Serve with the version that wrote them; if they are damaged, restore a back-up"

_FAULTS: Final = (StoreError, msgspec.MsgspecError, ValueError, TypeError, OverflowError)
"""What reading a row raises that holds something else than this version writes."""


class Unreadable(NamedTuple):
    """One of them: `kind` is "timer", "reply", "import", "contact", "conversation", "segment"; `place` says which."""

    kind: str
    bot: str
    place: str
    reason: str


class UnreadableRecords:
    """What a store met of them since it was opened. Each is logged once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Unreadable] = {}
        self._gone: dict[str, set[tuple[str, str, str]]] = {}
        """By kind, those that were not met again since the last pass began."""
        self._logged: set[tuple[str, str, str]] = set()

    def found(self) -> Sequence[Unreadable]:
        """Return all of them, in order."""
        return sorted(self._found.values())

    def begin(self, kind: str, bot: str = "") -> None:
        """Say that all records of a kind (of a bot) are read from here on: what is not met again is not there."""
        for key in self._gone.pop(f"{kind} {bot}", ()):
            self._found.pop(key, None)
        left = {key for key in list(self._found) if key[0] == kind and bot in ("", key[1])}
        if left:
            self._gone[f"{kind} {bot}"] = left

    def read(self, kind: str, bot: str, place: str, decode: Callable[[], T]) -> T | None:
        """Return what `decode` returns; None for a record that it fails on, which is kept in mind."""
        key = (kind, bot, place)
        try:
            value = decode()
        except _FAULTS as fault:
            reason = str(fault) if isinstance(fault, StoreError) else type(fault).__name__
            self._found[key] = Unreadable(kind, bot, place, reason)
            for left in list(self._gone.values()):
                left.discard(key)
            if key not in self._logged:
                self._logged.add(key)
                log.error("cannot read a record", kind=kind, bot=bot, place=place, reason=reason, remedy=REMEDY)  # noqa: TRY400
            return None
        if self._found:
            self._found.pop(key, None)
        return value


def degraded_records(records: UnreadableRecords) -> dict[str, str]:
    """Return what is not served of each bot, `<kind> of <bot>`, and why: how many, and the fault of the first."""
    reasons: dict[str, list[str]] = {}
    for each in records.found():
        reasons.setdefault(f"{each.kind} of {each.bot}", []).append(f"{each.place}: {each.reason}")
    return {name: f"{len(found)} can't be read, {found[0]}" for name, found in reasons.items()}
