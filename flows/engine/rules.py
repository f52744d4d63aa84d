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
"""Whoever raises RULES_VERSION keeps here what takes the turns of the versions before. Rules 1 were never released."""
