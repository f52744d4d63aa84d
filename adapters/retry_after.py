"""How long a channel asks us to wait."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 24 * 60 * 60.0
"""A channel that asks for more is asked again after a day."""


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds a `Retry-After` header asks for (RFC 9110 10.2.3: seconds or a date), None without one.

    A header that is neither counts as none; a date that has passed as 0.
    """
    if not header:
        return None
    text = header.strip()
    try:
        seconds = float(text) if text[:1].isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST)
