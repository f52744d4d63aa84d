"""How long one text message may be, and how that is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from adapters.text_split import length


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in which the channel's kinds differ; those of templates and buttons are the same for all."""

    text: int
    measure: Callable[[str], int]


def utf8_length(text: str) -> int:
    """Return how many bytes `text` takes."""
    return len(text.encode("utf-8", "surrogatepass"))


MESSENGER: Final = Limits(2000, length)
"""Messenger and Workplace: 2,000 characters (public clients agree on it; Meta's stored pages don't say)."""
INSTAGRAM: Final = Limits(1000, utf8_length)
"""Instagram: 1,000 bytes (infobip.com, "Instagram messaging")."""
