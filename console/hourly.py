"""What is done once in a while for each of many."""

from datetime import datetime, timedelta
from typing import Final

_MOST: Final = 10_000


class Hourly:
    """Remembers when something was last done for a key."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], datetime] = {}

    def is_due(self, key: tuple[str, ...], at: datetime, every: timedelta) -> bool:
        """Tell whether it is time to do it, and take it as done."""
        last = self._last.get(key)
        if last is not None and at - last < every:
            return False
        if len(self._last) >= _MOST:
            self._last.clear()
        self._last[key] = at
        return True
