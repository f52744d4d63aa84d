"""How many files and connections this process may have open."""

import resource
from typing import Final

_MOST: Final = 1 << 20
"""Where the hard limit is none, or so high that somebody may walk through all of them."""
_OTHERS: Final = 64
"""Handles that are kept for the store, its files, and what is sent to channels; a quarter of all where that is more."""


def raise_limit() -> None:
    """Let this process open as many as it is allowed to: the soft limit is often 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections(wanted: int) -> int:
    """Return how many connections may be open at once: `wanted`, or fewer, so that other handles are left."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(min(wanted, soft - max(_OTHERS, soft // 4)), 1)
