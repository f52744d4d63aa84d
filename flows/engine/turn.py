"""What a turn decided."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from flows.engine.state import ConversationState
from messages.contact import Contact
from messages.effects import Effect

RULES_VERSION = 2
"""Version of the engine's rules. A change that makes a recording of a release replay differently raises it."""


class TraceStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the reasoning, for the builder and for ops: what was looked at and what came of it.

    `kind` is a word of `flows.engine.trace`; a step whose `notice` is true is a fault in the flow (a template that
    does not render, a message that is gone, too many steps), which the builder should see.
    """

    kind: str
    detail: str = ""
    message: str = ""
    revision: int = 0
    notice: bool = False


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of one event: the conversation and the contact as they are now, and what is to be done."""

    state: ConversationState
    contact: Contact
    effects: tuple[Effect, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    revision: int = 0
    """The live revision the turn was taken on."""
    lowered: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject: a lowering act that changed nothing, whose time the store keeps all the same."""
    raised: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject: a raising act that changed nothing. A no that overrides it is as young as it is."""
    rules: int = msgspec.field(default=0, name="engine_rules")
    """Version of the rules it was taken by, counted from release 0.1.0 on. 0: recorded before that release, where the
    count began at 1 as well and stood under another key, which is not read.
    """
