"""Reading fields of a webhook event that may be of any type.

A field of another type than Meta documents counts as missing: what stands beside it was said all the same.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Json = Mapping[str, Any]

_LONGEST_ID: Final = 512
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_BEFORE: Final = 100_000_000_000
"""A smaller timestamp is in seconds: as milliseconds it would lie before 1973-03-03."""
_YEAR_9999: Final = 253_402_300_799_000


class Malformed(Exception):
    """An event can't be read; its text says why, without repeating what it held. Never leaves this folder."""


def child(holder: Json, name: str) -> Json | None:
    """Return the object under `name`; None when there is none."""
    value = holder.get(name)
    return value if isinstance(value, dict) else None


def text(holder: Json, name: str) -> str:
    """Return the text under `name`; empty when there is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def identifier(holder: Json, name: str) -> str:
    """Return the id under `name` as text; empty when there is none.

    Meta's samples have ids as numbers and as text. Numbers become text digit by digit; one that JSON readers round
    (beyond 64 bits, or with a point) counts as none, because it might be somebody else's. So does an overlong one.
    """
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and len(value) <= _LONGEST_ID else ""


def moment(holder: Json, name: str) -> datetime | None:
    """Return the time under `name`, Unix milliseconds (or seconds, as older samples have it); None when unusable."""
    value = holder.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    milliseconds = value * 1000 if value < _SECONDS_BEFORE else value
    return _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds <= _YEAR_9999 else None
