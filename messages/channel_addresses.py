"""Where a contact is written to on each channel, whether that is possible now, and until when the channel allows it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from messages.channels import KINDS, NO_LIMIT
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationReference,
    ConversationStarted,
    InboundEvent,
    ReactionChanged,
    Scope,
    StoppedByChannel,
    TextReceived,
)

UNKNOWN_CODE: Final = "unknown"
"""The code of somebody who can't be reached, where no channel told one or a version before did not keep it."""

REMOVED_CODE: Final = "BotRemoved"
"""The code of a conversation that ended: the bot was uninstalled or blocked."""

MARGIN: Final = timedelta(seconds=60)
"""How long before a channel's window closes a message is no longer begun: it has to arrive in time."""

_OPENS: Final = (TextReceived, ButtonPressed, ConversationStarted, StoppedByChannel, ReactionChanged)
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


class ChannelAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a contact is written to on one channel: what a conversation's record tells of that.

    The names are those of `flows.engine.turn.ConversationState`: an address is read from its record. `version` is that
    of the conversation; 0 where the person was never met and the conversation is yet to be created.
    """

    key: str
    """The conversation's; a push there is a turn of it."""
    reference: ConversationReference
    unreachable: str = ""
    """Why nothing can be sent; empty when something can."""
    unreachable_code: str = ""
    inbound_at: datetime | None = None
    last_event_at: datetime | None = None
    version: int = 0

    @property
    def channel(self) -> str:
        """The channel of the account: `teams`, `directline`, `workplace`, ..."""
        return self.reference.account.channel

    @property
    def code(self) -> str:
        """Why nothing can be sent, as a code; empty when something can."""
        return (self.unreachable_code or UNKNOWN_CODE) if self.unreachable else ""

    @property
    def last_act(self) -> datetime | None:
        """When the person last did something there; None: never, as far as is known."""
        return last_act(self.inbound_at, self.last_event_at)

    @property
    def opens_until(self) -> datetime | None:
        """Until when the channel lets the bot write because of that; None: the channel has no such limit, or it is
        closed for want of an act.
        """
        window, act = window_of(self.channel), self.last_act
        return None if window is None or act is None else act + window

    def is_open(self, now: datetime) -> bool:
        """Tell whether the channel lets the bot write now."""
        return window_open(self.channel, self.last_act, now)


def last_act(inbound_at: datetime | None, last_event_at: datetime | None) -> datetime | None:
    """Return when the person last did something in a conversation. A version before kept the last event alone."""
    return inbound_at or last_event_at


def act_at(event: InboundEvent, at: datetime) -> datetime | None:
    """Return when the person did what an event tells; None for what is no act that lets the bot write.

    Neither what the runtime does by itself nor typing, receipts and edits are such acts. `at` is when the event came:
    one that the channel delivered late is as old as the channel says.
    """
    if not _opens(event.action):
        return None
    if event.sent_at is None or event.server_clock:
        return at
    return min(event.sent_at, at)


def _opens(action: Action) -> bool:
    if isinstance(action, TextReceived):
        return action.form != "edit"
    return isinstance(action, _OPENS)


def window_of(channel: str) -> timedelta | None:
    """Return how long after the person's last act a channel takes messages; None: it always does."""
    for kind in KINDS:
        if channel == kind.name or channel in kind.accounts:
            return None if kind.shows.answer_seconds == NO_LIMIT else timedelta(seconds=kind.shows.answer_seconds)
    return None


def window_open(channel: str, inbound_at: datetime | None, now: datetime) -> bool:
    """Tell whether a channel takes a message now, `MARGIN` before its window closes at the latest."""
    window = window_of(channel)
    return window is None or (inbound_at is not None and now < inbound_at + window - MARGIN)


def by_channel(addresses: Iterable[ChannelAddress]) -> Mapping[str, ChannelAddress]:
    """Return one address a channel: of several a one-to-one conversation, then one that works, then the latest act.

    From a group only a one-to-one conversation that is yet to be created is left: nobody else reads a push.
    """
    best: dict[str, ChannelAddress] = {}
    for address in addresses:
        known = best.get(address.channel)
        if known is None or _order(known) < _order(address):
            best[address.channel] = address
    return {channel: _alone(best[channel]) for channel in sorted(best)}


def _order(address: ChannelAddress) -> tuple[bool, bool, datetime, str]:
    personal = address.reference.scope is Scope.PERSONAL
    return personal, not address.unreachable, address.last_act or _NEVER, address.key


def _alone(address: ChannelAddress) -> ChannelAddress:
    if address.reference.scope is Scope.PERSONAL:
        return address
    return msgspec.structs.replace(address, reference=address.reference.private())
