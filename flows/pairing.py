"""Which item of an older list is which of a newer one."""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Pairing(NamedTuple, Generic[T]):
    """Two lists set side by side."""

    pairs: list[tuple[T, T]]
    """What is in both, in the newer order; the two of a pair may differ."""
    new: list[T]
    gone: list[T]
    reordered: bool
    """Whether what is in both stands in another order."""


def pair(old: Sequence[T], new: Sequence[T], *keys: Callable[[T], Hashable]) -> Pairing[T]:
    """Pair the items that look alike, then of the rest those that agree on the first key, then on the next, …

    Of several that agree, the first goes with the first. An item whose key is None waits for the next key.
    """
    partner: dict[int, int] = {}
    left = list(range(len(old)))
    for key in (repr, *keys):
        waiting: dict[Hashable, list[int]] = {}
        for at in reversed(left):
            waiting.setdefault(key(old[at]), []).append(at)
        waiting.pop(None, None)
        for at, item in enumerate(new):
            if at not in partner and waiting.get(key(item)):
                partner[at] = waiting[key(item)].pop()
        taken = set(partner.values())
        left = [at for at in left if at not in taken]
    order = [partner[at] for at in sorted(partner)]
    return Pairing(
        pairs=[(old[partner[at]], new[at]) for at in sorted(partner)],
        new=[item for at, item in enumerate(new) if at not in partner],
        gone=[old[at] for at in left],
        reordered=order != sorted(order),
    )
