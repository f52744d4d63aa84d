"""The one place that reads the clock and chance, and asks the machine for its user and memory."""

import gc
import getpass
import os
import random  # noqa: TID251  # chance is read here
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

Clock = Callable[[], datetime]


def now() -> datetime:
    """The time, UTC, in whole milliseconds: what a turn is given as `now`."""
    at = datetime.now(UTC)  # noqa: TID251  # here the clock is read
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


unix_time: Final = time.time  # noqa: TID251  # here the clock is read
"""The time in seconds since 1970, as tokens count it."""

perf_counter: Final = time.perf_counter
"""A time in seconds to take differences of."""


def jitter() -> float:
    """A number from 0 to 1, for delays."""
    return random.random()  # noqa: S311  # spreads retries, keeps no secret


class TurnIds:
    """Makes turn ids that sort by time: milliseconds, a counter, and what tells processes apart, all in hex.

    Within a process they only rise, also when the clock is set back.
    """

    def __init__(self) -> None:
        self._process = f"{random.SystemRandom().getrandbits(32):08x}"
        self._millisecond = 0
        self._counter = 0

    def new(self) -> str:
        """Return the next id, 24 characters."""
        millisecond = time.time_ns() // 1_000_000
        if millisecond > self._millisecond:
            self._millisecond, self._counter = millisecond, 0
        else:
            self._counter += 1
            if self._counter > 0xFFFF:
                self._millisecond, self._counter = self._millisecond + 1, 0
        return f"{self._millisecond:012x}{self._counter:04x}{self._process}"


def machine_user() -> str:
    """Return the name that the machine has for whoever runs the process; a container's user may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def settle_memory() -> None:
    """Spare the garbage collector what lives as long as the process, and let it look less often: a turn makes some
    thousand objects that are gone, by reference count, when it ends.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
