"""Where people are written to, as a store keeps it: in each conversation's record, which a turn writes anyway."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec

from flows.engine.turn import ConversationState
from messages.channel_addresses import UNKNOWN_CODE, last_act, window_of
from messages.inbound import ConversationReference, Scope


class Addresses(Protocol):
    """What deliveries tell of where people are written to, and what is asked before a push."""

    async def mark_unreachable(
        self, bot: str, conversation: str, reason: str, at: datetime, *, code: str = "", drop: bool = False
    ) -> None:
        """Remember that the person can't be reached; cleared by their next event. Fails their other pending rows.

        `at` is when the send failed: an event of theirs after that shows the contrary, and nothing is remembered.
        `code` is the channel's for it. `drop`: the conversation's id is of no use any more, and goes.
        """
        ...

    async def mark_outside_window(self, bot: str, conversation: str, at: datetime) -> None:
        """Remember that the channel refused a message at `at` because the person did nothing for too long: their last
        act was earlier than was thought. One that came after `at` counts all the same.
        """
        ...

    async def keep_reference(
        self, bot: str, conversation: str, reference: ConversationReference, *, instead_of: str
    ) -> None:
        """Remember where a one-to-one conversation is from now on: it was created, or created anew in place of the id
        `instead_of`. Where that is not known any more, or others read along, nothing is kept.
        """
        ...


StateChange = Callable[[ConversationState], ConversationState | None]
"""Returns the state as it is to be; None where nothing is to be changed."""


def unreachable(
    state: ConversationState, *, reason: str, at: datetime, code: str = "", drop: bool = False
) -> ConversationState | None:
    """`Addresses.mark_unreachable`."""
    if state.last_event_at is not None and state.last_event_at > at:
        return None
    reference = state.reference
    if drop and reference.scope is Scope.PERSONAL:
        reference = reference.private()
    return msgspec.structs.replace(
        state, unreachable=reason, unreachable_code=code or UNKNOWN_CODE, reference=reference
    )


def outside_window(state: ConversationState, *, at: datetime) -> ConversationState | None:
    """`Addresses.mark_outside_window`."""
    window, act = window_of(state.reference.account.channel), last_act(state.inbound_at, state.last_event_at)
    if window is None or act is None or act > at or act <= at - window:
        return None
    return msgspec.structs.replace(state, inbound_at=at - window)


def moved(state: ConversationState, *, reference: ConversationReference, instead_of: str) -> ConversationState | None:
    """`Addresses.keep_reference`."""
    known = state.reference
    if known.scope is not Scope.PERSONAL or known.conversation != instead_of or known == reference:
        return None
    return msgspec.structs.replace(state, reference=reference)
