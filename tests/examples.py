"""How many examples the property tests try.

Hypothesis tries the same examples each time, so that a run tells what a change did; `make fuzz` tries others, and more.
What that finds becomes an example of its test. How long an example takes is never judged: machines differ.
"""

import os
from typing import Any

from hypothesis import HealthCheck, settings

FUZZING = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
MORE = 10
"""How many times as many examples `make fuzz` tries."""
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
"""Checks that judge how long it takes to make an example."""


def load_profile() -> None:
    """Set what holds for tests that ask for nothing else."""
    settings.register_profile(
        "assent",
        derandomize=not FUZZING,
        max_examples=_as_many(100),
        deadline=None,
        suppress_health_check=SLOW,
    )
    settings.load_profile("assent")


def examples(count: int, *allowed: HealthCheck, **more: Any) -> settings:
    """Decorates a property test that tries `count` examples, and more of them in `make fuzz`."""
    return settings(max_examples=_as_many(count), suppress_health_check=[*SLOW, *allowed], **more)


def _as_many(count: int) -> int:
    return count * MORE if FUZZING else count
