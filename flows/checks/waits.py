"""Waits that outlast what a channel allows."""

from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, warning
from flows.checks.view import View
from flows.model.base import seconds_of
from flows.model.parts import WaitPart

LONG_WAIT = warning("long-wait", "A wait is longer than Messenger lets a bot answer.")


def _find(view: View, limits: Limits) -> Iterator[Fault]:
    for path, _, part in view.parts:
        if isinstance(part, WaitPart) and seconds_of(part.wait) >= limits.messenger_window_seconds:
            hours = limits.messenger_window_seconds // 3600
            yield LONG_WAIT.broken(
                (*path, "wait"),
                f"after {part.wait} Messenger refuses what follows: it takes answers for {hours} hours",
                "Wait for less, or send what follows to a segment as a broadcast",
            )


CHECK = Check((LONG_WAIT,), _find)
