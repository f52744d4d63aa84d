"""What the runtime knows of a channel: what sends, and what tells who people are."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from messages.addresses import Handle
from messages.contact import Details, Identity
from messages.effects import OutgoingMessage
from messages.import_rows import Reason
from messages.inbound import ConversationReference, InboundEvent

WirePayload = Mapping[str, Any]
"""One request body for the channel's send call, as JSON values."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel took a payload. `reference` is set when a conversation had to be created for it."""

    channel_message_id: str = ""
    reference: ConversationReference | None = None


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    """What the runtime made of an event: new, seen before, or skipped as no act of a person whom the bot knows; and the
    synchronous answer if one was asked for.
    """

    seen: bool = False
    skipped: bool = False
    answer: str | None = None


TurnHandler = Callable[[InboundEvent], Awaitable[TurnAnswer]]
"""Takes one event through a turn. Returns once the turn is durable."""


class Channel(Protocol):
    """What the outbox asks of a channel. `render` is pure; `deliver` speaks HTTP."""

    name: str

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the payloads to send, in order. Never drops words or buttons: what does not fit moves on."""
        ...

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one payload. Raises one of `messages.errors.DeliveryError`'s children."""
        ...

    async def close(self) -> None:
        """Let go of what the channel holds."""
        ...


class Profile(Details, frozen=True, omit_defaults=True):
    """What is told of a person. What is empty was not told."""

    identity: Identity | None = None
    """The account on the channel, where the look-up was by something else."""


class NotFound(NamedTuple):
    """Why a look-up came to nothing, in terms of the report about an import."""

    reason: Reason
    detail: str = ""


class Directory(Protocol):
    """A source of profiles. It keeps to the rate limits of the service behind it by itself: a call may take long.

    Calls raise `messages.errors.DeliveryError`'s children: RateLimited and TemporarilyFailed are worth another try.
    """

    name: str
    """The channel's."""

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        """Tell who the person of a conversation is."""
        ...

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        """Find a person by e-mail address or external id."""
        ...


TURN_ONE_ON: Final = (
    "no directory is asked: set bots.<bot>.teams.directory to graph, or on a Workplace bots.<bot>.workplace.directory "
    "to members"
)
_TELLING: Final = (Reason.LEFT, Reason.AMBIGUOUS, Reason.NO_PERMISSION, Reason.UNKNOWN)
"""Which of several reasons stands in a report."""


class DirectoryChain:
    """Asks the channel of a conversation who its person is, and one directory after another where somebody is.

    `channels`: the directories by channel; `asked`: those that look people up.
    """

    name = "all"

    def __init__(self, channels: Mapping[str, Directory], asked: Sequence[Directory]) -> None:
        self._channels = channels
        self._asked = asked

    @property
    def looks_up(self) -> bool:
        """Whether there is any sense in asking for people who are unknown."""
        return bool(self._asked)

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        """Tell who the person of a conversation is. Raises as the channel's directory does."""
        directory = self._channels.get(reference.channel)
        if directory is None:
            return NotFound(Reason.UNKNOWN, f"{reference.channel} tells nothing about people")
        return await directory.profile(reference)

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        """Return what the first directory that knows somebody tells. Raises as they do."""
        reasons: list[NotFound] = []
        for directory in self._asked:
            found = await directory.look_up(handle)
            if not isinstance(found, NotFound):
                return found
            reasons.append(found)
        if not reasons:
            return NotFound(Reason.NO_PERMISSION, TURN_ONE_ON)
        return min(reasons, key=lambda one: _TELLING.index(one.reason) if one.reason in _TELLING else len(_TELLING))
