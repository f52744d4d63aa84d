"""How many examples the property tests try.

Hypothesis tries the same examples each time, so that a run tells what a change did: some in `make test`, all that a
test asks for with `EXAMPLES=all`, as in `.ci/run`. `EXAMPLES=new`, as in `make fuzz`, tries others and more; what that
finds becomes an example of its test. How long an example takes is never judged: machines differ.
"""

import os
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings

WHICH = os.environ.get("EXAMPLES", "some")
SHARES = {"some": 0.3, "all": 1.0, "new": 10.0}
"""How many examples are tried, for each that a test asks for."""
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
"""Checks that judge how long it takes to make an example."""


def load_profile() -> None:
    """Set what holds for tests that ask for nothing else."""
    settings.register_profile(
        "assent",
        derandomize=WHICH != "new",
        max_examples=_as_many(100),
        deadline=None,
        suppress_health_check=SLOW,
    )
    settings.load_profile("assent")


def examples(count: int, *allowed: HealthCheck, **more: Any) -> settings:
    """Decorates a property test that asks for `count` examples, a hundred where nothing is said."""
    return settings(max_examples=_as_many(count), suppress_health_check=[*SLOW, *allowed], **more)


def some(tried: Sequence[str]) -> Sequence[str]:
    """Return what is tried of a long list: each fifth in `make test`, or all."""
    return tried[::5] if WHICH == "some" else tried


def _as_many(count: int) -> int:
    return max(1, round(count * SHARES[WHICH]))
