"""How the stand-in is told to fail."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

SIGN_IN: Final = "sign_in"
"""The channel of the requests for an access token."""

DIRECTORY: Final = "directory"
"""The channel of the questions about people."""

_APART: Final = frozenset({SIGN_IN, DIRECTORY})


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to the next deliveries. As JSON: `{"next": 3, "status": 429, "retry_after": 2}`.

    With neither `status` nor `drop` the delivery is taken, `delay_ms` later.
    """

    next: int = 1
    """How many requests it is for."""
    status: int = 0
    """Refuse with this status; nothing is delivered."""
    code: int | str = ""
    """The channel's own error code: Graph's number (190, 551, …), or the Bot Framework's word."""
    subcode: int = 0
    """Graph's `error_subcode`."""
    retry_after: float | None = None
    """Seconds, as a `Retry-After` header."""
    body: Mapping[str, Any] | None = None
    """The whole body of the refusal, in place of the channel's usual one."""
    headers: Mapping[str, str] = {}
    """Further headers of the refusal."""
    drop: Literal["", "before", "after"] = ""
    """Break the connection off without an answer: before or after the message was taken."""
    delay_ms: float = 0
    """Answer this much later; the message is taken at once."""
    channel: str = ""
    """Only requests of this channel; `SIGN_IN` for requests for a token and `DIRECTORY` for questions about people,
    which no other fault touches.
    """
    conversation: str = ""
    """Only requests to this conversation."""


class FaultPlan:
    """The faults to come, first in, first used."""

    def __init__(self) -> None:
        self._coming: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Plan a fault."""
        if fault.next > 0:
            self._coming.append((fault, fault.next))

    def clear(self) -> None:
        """Work again from now on."""
        self._coming.clear()

    def take(self, channel: str, conversation: str) -> Fault | None:
        """Return the fault that the next request to this conversation suffers, and count it."""
        for at, (fault, left) in enumerate(self._coming):
            meant = fault.channel == channel or (not fault.channel and channel not in _APART)
            if meant and fault.conversation in {"", conversation}:
                if left > 1:
                    self._coming[at] = (fault, left - 1)
                else:
                    del self._coming[at]
                return fault
        return None

    def __len__(self) -> int:
        return sum(left for _, left in self._coming)
