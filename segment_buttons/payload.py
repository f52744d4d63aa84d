"""What a button sends back when it is pressed: which button of which revision it is, signed.

A payload reads `a1:<bot>:<revision>:<button id>:<evidence>:<mac>`. It lives in chat histories for ever, so `a1` names
the layout, and a signature made with an older key still verifies while that key is kept.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from messages.inbound import ButtonRef

LONGEST = 300
"""How long a payload can be; every channel takes that much."""

_MAC_BYTES = 16
_BODY = re.compile(r"a1:([A-Za-z0-9_.-]{1,64}):(0|[1-9][0-9]{0,17}):([A-Za-z0-9_./-]{1,80}):([0-9a-f]{0,64})", re.ASCII)

Reason = Literal["unsigned", "forged", "foreign"]


class RefusedPayload(Exception):
    """A payload that names no button of ours.

    `unsigned`: it has not the form of a payload. `forged`: none of our keys made its signature. `foreign`: it is
    another bot's.
    """

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(f"the payload is {reason}")


def sign(ref: ButtonRef, key: bytes) -> str:
    """Return the payload of a button. Raises ValueError for ids that no flow file can hold."""
    body = f"a1:{ref.bot}:{ref.revision}:{ref.button}:{ref.evidence}"
    if _BODY.fullmatch(body) is None:
        raise ValueError(f"not a button that can be signed: {ref}")
    return f"{body}:{_mac(body.encode('ascii'), key)}"


def signed_before(ref: ButtonRef, recorded: Mapping[str, str]) -> str:
    """Return the payload that a recorded turn gave a button, without the key. `recorded`: payloads by `body_of`.

    A button that the recorded turn did not have gets a payload without a signature, which nobody takes.
    """
    body = f"a1:{ref.bot}:{ref.revision}:{ref.button}:{ref.evidence}"
    return recorded.get(body) or f"{body}:"


def body_of(payload: str) -> str:
    """Return what a payload's signature is over."""
    return payload.rpartition(":")[0]


def verify(payload: str, bot: str, keys: Sequence[bytes]) -> ButtonRef:
    """Return the button that a payload names, if one of `keys` signed it for `bot`. Raises RefusedPayload."""
    if len(payload) > LONGEST or not payload.isascii():
        raise RefusedPayload("unsigned")
    body, _, mac = payload.rpartition(":")
    found = _BODY.fullmatch(body)
    if found is None:
        raise RefusedPayload("unsigned")
    signed, given = body.encode("ascii"), mac.encode("ascii")
    if not any(hmac.compare_digest(_mac(signed, key).encode("ascii"), given) for key in keys):
        raise RefusedPayload("forged")
    if found[1] != bot:
        raise RefusedPayload("foreign")
    return ButtonRef(bot=found[1], revision=int(found[2]), button=found[3], evidence=found[4])


@lru_cache(maxsize=64)
def _keyed(key: bytes) -> "hmac.HMAC":
    """An HMAC that has taken in its key: copying it saves half the work of each signature."""
    return hmac.new(key, digestmod="sha256")


def _mac(body: bytes, key: bytes) -> str:
    made = _keyed(key).copy()
    made.update(body)
    return urlsafe_b64encode(made.digest()[:_MAC_BYTES]).rstrip(b"=").decode("ascii")
