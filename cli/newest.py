"""The newest of what a store lists by number, oldest first."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

Read = Callable[[int, int], Awaitable[Sequence[T]]]
"""Returns items in order of number: those after a number, at most so many."""

_GROWTH = 4
_MIN_WIDTH, _PAGE = 1_000, 10_000


async def newest(read: Read[T], number: Callable[[T], int], last: int, limit: int) -> list[T]:
    """Return the `limit` items of the highest numbers up to `last`, the newest first.

    Reads from the end back, each stretch longer than the one before: many numbers may have no item that fits.
    """
    found: list[T] = []
    end, width = last, limit
    while end > 0 and len(found) < limit:
        start = max(end - width, 0)
        found = [*await _between(read, number, start, end, limit), *found]
        end, width = start, max(width * _GROWTH, _MIN_WIDTH)
    return found[-limit:][::-1]


async def _between(read: Read[T], number: Callable[[T], int], after: int, end: int, limit: int) -> list[T]:
    """Return the last `limit` items with numbers above `after`, up to `end`."""
    found: list[T] = []
    while after < end and (page := await read(after, min(end - after, _PAGE))):
        found = [*found, *(item for item in page if number(item) <= end)][-limit:]
        after = number(page[-1])
    return found


async def last_number(read: Read[T]) -> int:
    """Return the highest number that an item has, or 0: halves the range until it is found."""
    low, high = 0, 1
    while await read(high, 1):
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if await read(middle, 1):
            low = middle + 1
        else:
            high = middle
    return high
