"""Reading fields of a webhook event that may be of any type."""

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
    """Return the object under `name`; None when it is missing or null."""
    value = holder.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise Malformed(f"{name} is not an object")


def children(holder: Json, name: str) -> list[Json]:
    """Return the list of objects under `name`; empty when it is missing or null."""
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed(f"{name} is not a list of objects")
    return value


def text(holder: Json, name: str) -> str:
    """Return the text under `name`; empty when it is missing or null."""
    value = holder.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{name} is not text")
    return value


def identifier(holder: Json, name: str) -> str:
    """Return the id under `name` as text; empty when it is missing or null.

    Meta's samples have ids as numbers and as text. Numbers become text digit by digit; one that JSON readers round
    (beyond 64 bits, or with a point) is refused, because it might be somebody else's.
    """
    value = holder.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Malformed(f"{name} is neither text nor a whole number")
    if len(value) > _LONGEST_ID:
        raise Malformed(f"{name} is longer than {_LONGEST_ID} characters")
    return value


def moment(holder: Json, name: str) -> datetime | None:
    """Return the time under `name`, Unix milliseconds (or seconds, as older samples have it); None when unusable."""
    value = holder.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    milliseconds = value * 1000 if value < _SECONDS_BEFORE else value
    return _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds <= _YEAR_9999 else None
