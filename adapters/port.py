"""A channel, as everybody else knows it: one entry of a table, and what it opens for a bot.

An entry names settings, endpoint, sender and directory; `messages.channels` has its limits and what it can show.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, Protocol, TypeVar

from messages.addresses import Handle
from messages.channels import ChannelKind
from messages.contact import Details, Identity
from messages.effects import OutgoingMessage
from messages.errors import BadSettings
from messages.import_rows import Reason
from messages.inbound import ConversationReference, InboundEvent

if TYPE_CHECKING:  # the table is read by commands that send nothing
    from aiohttp import ClientSession

    from keywords.reserved import ReservedWords

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


_ask_before: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("ask_before", default=None)
"""Of the message that is being sent; a variable, as a team's own code may stand between who sends and who asks."""


@contextmanager
def asking(ask: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Have `ask` awaited right before each request of what is sent meanwhile; it raises Withheld to keep it back."""
    token = _ask_before.set(ask)
    try:
        yield
    finally:
        _ask_before.reset(token)


async def may_still_send() -> None:
    """Wait until a request that sends a message may be written. A channel calls it after whatever else the send needs
    (a token, a conversation). Raises Withheld: then nothing is sent.
    """
    if (ask := _ask_before.get()) is not None:
        await ask()


class Channel(Protocol):
    """What the outbox asks of a channel. `render` is pure; `deliver` speaks HTTP."""

    name: str

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the payloads to send, in order. Never drops words or buttons: what does not fit moves on."""
        ...

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one payload, after `may_still_send`. Raises one of `messages.errors.DeliveryError`'s children."""
        ...

    async def close(self) -> None:
        """Let go of what the channel holds."""
        ...


Answer = tuple[int, Mapping[str, object] | None]
"""Status and JSON body; no body means an empty one."""


class Endpoint(Protocol):
    """Takes the requests of a channel's server: checks who sent them, hands events over, answers."""

    async def receive(self, body: bytes, headers: Mapping[str, str], handler: TurnHandler) -> Answer:
        """Return the answer; what the handler raises comes through. `headers` ignore case."""
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


_TELLING: Final = (Reason.LEFT, Reason.AMBIGUOUS, Reason.NO_PERMISSION, Reason.UNKNOWN)
"""Which of several reasons stands in a report."""


class DirectoryChain:
    """Asks the channel of a conversation who its person is, and one directory after another where somebody is.

    `channels`: the directories by channel; `asked`: those that look people up; `off`: what is said where there is none.
    """

    name = "all"

    def __init__(self, channels: Mapping[str, Directory], asked: Sequence[Directory], *, off: str = "") -> None:
        self._channels = channels
        self._asked = asked
        self._off = off

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
            return NotFound(Reason.NO_PERMISSION, self._off)
        return min(reasons, key=lambda one: _TELLING.index(one.reason) if one.reason in _TELLING else len(_TELLING))


@dataclass(frozen=True, slots=True)
class Serving:
    """What a channel of a served bot may ask of the server: for code of a team's own that runs within the channel."""

    bot: str
    take: TurnHandler
    words: Callable[[], Awaitable["ReservedWords"]]
    """Returns the consent words of the live revision."""
    opts_out: Callable[[str], Awaitable[bool]]
    """Tells whether typed words opt out of a segment by a keyword of the live revision."""
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a bot's channel is opened with, besides its settings.

    `session` is shared and stays open. `connector`: for development, where all replies go in place of the channel's own
    address; `answers_loopback`: but to another program of this machine, which is answered there. `loopback`: only this
    machine reaches the endpoint. `now`: seconds since 1970. `refused` hears why an event can't be used, `skipped` why
    one makes nobody a contact, and whether it was sent to the wrong bot.
    """

    session: "ClientSession"
    now: Callable[[], float]
    connector: str = ""
    answers_loopback: bool = False
    loopback: bool = False
    refused: Callable[[str], None] = lambda _: None
    skipped: Callable[[str, bool], None] = lambda _reason, _for_another: None
    serving: Serving | None = None
    """None where no events are taken, as in a command that looks people up."""


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel of one bot."""

    sender: Channel
    endpoint: Endpoint
    directory: Directory | None = None
    """Who tells of the people who write."""
    looks_up: bool = False
    """Whether the directory is asked for people who did not write."""
    verify: Callable[[Mapping[str, str]], tuple[int, str]] | None = None
    """Answers the GET of a `verified` channel: status and text."""
    ready: Callable[[], Awaitable[object]] | None = None
    """Waits until events can be taken; raises BadSettings where they can't."""
    close: Callable[[], Awaitable[None]] | None = None
    """Lets go of what is open; None: `sender.close`."""


class SetUp(NamedTuple):
    """How a bot's settings for a channel are, for `assent doctor`."""

    state: Literal["ok", "warning", "error"]
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Development:
    """Published secrets, for trying things out on one machine."""

    app_secret: str
    verify_token: str
    access_token: str


S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class ChannelEntry(Generic[S]):
    """One channel. `settings` is the class of its table in `assent.toml`, each field with a default."""

    kind: ChannelKind
    settings: type[S]
    path: str
    """Where its server posts events: `/api/messages`; of a named bot, `/bots/<bot>/api/messages`."""
    open: Callable[[S, Opening], OpenChannel]
    can_send: Callable[[S], bool]
    """Whether the settings have the credentials that a send takes."""
    proves: Callable[[S], bool]
    """Whether the settings prove who sends what comes in."""
    proof: tuple[str, str]
    """The setting that proves it, and what that is: `app_id`, `a Teams app id`."""
    verified: bool = False
    """Whether its server asks with a GET first, which `OpenChannel.verify` answers."""
    unusable: Callable[[S, str, bool], BadSettings | None] = lambda _settings, _bot, _any: None
    """Why a bot (by its name) can't be served with these settings. The last is true in development."""
    set_up: Callable[[S, str, bool], SetUp] = lambda _settings, _place, _any: SetUp("ok", "set up")
    """How the settings at a place (`bots.demo.teams`) are. The last is true in development."""
    addresses: Callable[[S, str], Mapping[str, str]] = lambda _settings, _bot: {}
    """What must be reachable for a bot (by its name), by what it is called."""
    for_development: Callable[[S, Development], S] = lambda settings, _: settings
    """Return the settings with what they lack for trying things out."""
    links: Callable[[S, str, str], tuple[str, ...]] = lambda _settings, _ref, _words: ()
    """The addresses that open a conversation with the bot: with a reference, or with words that the person sends."""
    directory_setting: str = ""
    """How its directory is turned on: `bots.<bot>.teams.directory to graph`."""
    acted_at: Callable[[bytes, ConversationReference], str] = lambda _received, _reference: ""
    """Where within the channel an event (as received, if that is kept) took place, where older records lack it."""
