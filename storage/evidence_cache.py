"""Which evidence texts are stored already, so that words shown to everybody cost nothing a turn."""

from collections.abc import Iterable

MOST = 20_000


class EvidenceCache:
    """A bounded set of (bot or part of it, digest); the one used longest ago goes first."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], None] = {}

    def has(self, bot: str, digest: str) -> bool:
        key = (bot, digest)
        if key not in self._kept:
            return False
        self._kept.pop(key, None)
        self._kept[key] = None
        return True

    def add(self, kept: Iterable[tuple[str, str]]) -> None:
        for key in kept:
            self._kept[key] = None
        while len(self._kept) > MOST:
            self._kept.pop(next(iter(self._kept)), None)

    def clear(self) -> None:
        self._kept.clear()
