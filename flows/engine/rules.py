"""The engine's rules by their version: a recorded turn is run again by those it was taken by."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flows.engine.snapshot import Snapshot
from flows.engine.take_turn import take_turn
from flows.engine.turn import RULES_VERSION, Turn
from messages.ids import IdSource
from messages.inbound import InboundEvent

Rules = Callable[[Snapshot, InboundEvent, datetime, IdSource], Turn]

RULES: Mapping[int, Rules] = {RULES_VERSION: take_turn}
"""Whoever raises RULES_VERSION keeps here what takes the turns of the versions before, back to release 0.1.0."""


def why_not_known(version: int) -> str:
    """Return why a turn can't be run again by the rules that it was taken by; empty when it can."""
    if version in RULES:
        return ""
    if version > RULES_VERSION:
        return f"recorded by rules {version}, which a later version has; this one knows {', '.join(map(str, RULES))}"
    return "recorded by rules that are no longer kept" + (f" ({version})" if version else " (before release 0.1.0)")
