"""How much work something is, counted in calls, so that no test judges by the clock.

What happens within one call, of a regular expression above all, can't be counted: there a text is tried that is so long
that work in proportion to its square would not end within `HANGS`, while work in proportion takes a hundredth of it.
"""

import sys
from collections.abc import Callable

HANGS = 60
"""Seconds after which a test counts as hanging, for `@pytest.mark.timeout`."""


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions, Python's and C's, `work` calls in this thread."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
