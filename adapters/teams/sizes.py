"""How large activities may be. Pure."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from adapters.text_split import length

CARDS: Final = 10
"""Cards of one activity."""

LARGEST: Final = 80 * 1024
"""Bytes of one activity as UTF-16."""

ENVELOPE: Final = 12 * 1024
"""Of them for what stands around cards: ids, a summary."""

TEXT: Final = 16_000
"""UTF-16 units, of two bytes each, of one piece of text as it stands in the JSON."""


def written(text: str) -> int:
    """Return how many UTF-16 units a text takes in JSON."""
    return length(orjson.dumps(text).decode()) - 2


def weight(value: object) -> int:
    """Return how many bytes JSON takes as UTF-16; more, rather than fewer, where all is small."""
    written = orjson.dumps(value)
    return 2 * len(written) if 2 * len(written) <= LARGEST // 2 else 2 * length(written.decode())


def groups(cards: Sequence[Any]) -> list[list[Any]]:
    """Return cards in groups, each small enough for one activity."""
    made: list[list[Any]] = []
    room = 0
    for card in cards:
        heavy = weight(card)
        if not made or len(made[-1]) == CARDS or heavy > room:
            made.append([])
            room = LARGEST - ENVELOPE
        made[-1].append(card)
        room -= heavy
    return made
