"""How long a channel asks us to wait."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 24 * 60 * 60.0
"""A channel that asks for more is asked again after a day."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3), None when it does not say.

    A date is taken against the answer's own `Date`, so that no clock of ours matters; without one it says nothing.
    A header that is neither a number nor a date says nothing; a date that has passed says 0.
    """
    asked = headers.get("Retry-After", "").strip()
    try:
        seconds = float(asked) if asked[:1].isdigit() else _until(asked, headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST)


def _until(date: str, now: str) -> float:
    return (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds()
