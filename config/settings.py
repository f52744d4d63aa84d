"""Every setting, with its default, and what a bot's settings say of its channels. docs/settings.md describes each."""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal, TypeVar

from adapters.channels import CHANNELS, Channels
from adapters.port import Development
from messages.errors import BadSettings
from messages.settings import Between, Hook, HttpAddress, Network, Secret

T = TypeVar("T")

Count = Annotated[int, Between(1, 1_000_000)]
Days = Annotated[int, Between(0, 36_500)]
Address = Annotated[str, HttpAddress()]


@dataclass(frozen=True, slots=True)
class Server:
    """Where the channels' endpoints listen."""

    host: str = "127.0.0.1"
    port: Annotated[int, Between(0, 65_535)] = 3978
    """0 takes a free one."""
    max_body: Annotated[int, Between(1024, 1 << 30)] = 1_048_576
    """Bytes of the largest request that is read."""
    read_timeout: Annotated[float, Between(1, 3600)] = 15.0
    """Seconds within which the head of a connection's first request, and each request's body, must have arrived."""
    keepalive_timeout: Annotated[float, Between(1, 3600)] = 75.0
    """Seconds after which a connection is closed on which no whole request came."""
    max_connections: Count = 10_000
    """Open connections; fewer where the process may have fewer files open."""
    grace: Annotated[float, Between(0, 3600)] = 10.0
    """Seconds for turns in hand and replies on their way when the server stops."""
    max_turns: Count = 2000
    """Concurrent turns of one bot; beyond it its requests are answered 503."""
    unnamed_bot: str = ""
    """The bot whose events come without its name in the path; empty: the one that was pushed first."""
    turn_timeout: Annotated[float, Between(0.05, 3600)] = 10.0
    """Seconds after which a request whose turn still runs is answered 503."""


@dataclass(frozen=True, slots=True)
class Console:
    """Where the API for staff and other systems listens."""

    listen: Literal["on", "off"] = "off"
    host: str = "127.0.0.1"
    port: Annotated[int, Between(0, 65_535)] = 3980
    """0 takes a free one."""
    max_body: Annotated[int, Between(1024, 1 << 30)] = 1_048_576
    """Bytes of the largest JSON body that is read."""
    max_upload: Annotated[int, Between(1024, 1 << 34)] = 209_715_200
    """Bytes of the largest file that is imported."""
    read_timeout: Annotated[float, Between(1, 3600)] = 15.0
    """Seconds within which a JSON body must have arrived."""
    upload_timeout: Annotated[float, Between(1, 86_400)] = 600.0
    """Seconds within which a file must have arrived."""
    timeout: Annotated[float, Between(0.05, 3600)] = 60.0
    """Seconds after which a request that is still worked on is answered 503."""
    trusted_proxies: tuple[Annotated[str, Network()], ...] = ()
    """Networks of the proxies before it: what they say of the browser's address, and of TLS, counts."""
    base_url: Address = ""
    """What browsers reach it by; empty: by its host and port."""

    @property
    def url(self) -> str:
        """What browsers reach it by."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url.rstrip("/") or f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


@dataclass(frozen=True, slots=True)
class Outbox:
    """How hard a reply is tried."""

    concurrency: Count = 200
    """Sends under way at once, of each bot on each channel."""
    max_attempts: Count = 50
    max_age: Annotated[float, Between(1, 30 * 86_400)] = 86_400.0
    """Seconds after which a reply that could not be sent is given up."""
    max_ambiguous: Count = 2
    """How often a message is sent that may have been shown already."""


@dataclass(frozen=True, slots=True)
class Push:
    """How what is pushed leaves: broadcasts, and steps of sequences."""

    concurrency: Count = 20
    """Sends under way at once, of each bot on each channel, beside those of replies."""
    rate: Annotated[float, Between(0, 10_000)] = 0.0
    """Messages a second that are pushed through an account; 0: 80 % of what its channel takes."""
    first_rate: Annotated[float, Between(0.2, 10_000)] = 20.0
    """Messages a second that an account begins with."""
    cap: Annotated[int, Between(0, 1_000_000)] = 3
    """Pushes that one person gets in 24 hours, in all; 0: no limit."""
    retry_gateway: Literal["on", "off"] = "off"
    """Send again after 502 and 504, as Microsoft asks. What the gateway had delivered is then seen twice."""


@dataclass(frozen=True, slots=True, init=False)
class Bot:
    """One bot's accounts: what each channel's table says (`bots.<bot>.teams`), by the channel's name."""

    channels: Mapping[str, Any]

    def __init__(self, **channels: Any) -> None:  # noqa: ANN401  # each channel has a class of settings
        object.__setattr__(self, "channels", channels)

    def of(self, channel: str, default: type[T]) -> T:
        """Return the settings for a channel; of one that is not named, the defaults of its class."""
        found: T = self.channels.get(channel) or default()
        return found


@dataclass(frozen=True, slots=True)
class Journal:
    """How long recorded turns are kept. The ledger stays whatever is said here."""

    keep_days: Days = 0
    """0: for ever."""
    keep_mb: Annotated[int, Between(0, 1_000_000_000)] = 0
    """Megabytes of records; the oldest go first. 0: no limit."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long is kept what is neither consent nor needed to answer. 0: for ever."""

    failed_reply_days: Days = 90
    ignored_days: Days = 90
    """Messages that nothing matched."""
    report_days: Days = 90
    """Rows of imports that failed."""
    push_days: Days = 400
    """What became of each person in runs that are over."""
    audit_days: Days = 0
    note_days: Days = 0
    """What staff noted about people."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """How often the channels are asked who people are."""

    refresh_days: Annotated[int, Between(0, 3650)] = 7
    """0: never."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """Who may see what people wrote and who they are."""

    may_unmask: tuple[str, ...] = ()
    """Names of those who may, as `ASSENT_AUTHOR` or the machine's user gives them."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """How staff send to many people."""

    confirm_above: Annotated[int, Between(0, 1_000_000_000)] = 1_000
    """People beyond which the command asks for their number to be typed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How flows are made live."""

    second_approver: Literal["on", "off"] = "off"
    """`on`: a push and a roll-back wait until somebody else than who asked for it approves."""

    @property
    def needs_second(self) -> bool:
        """Whether a push needs a second person."""
        return self.second_approver == "on"


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. Made by `config.load.load_settings`."""

    store: str = "sqlite:///assent.db"
    """Where everything is kept."""
    console: Console = field(default_factory=Console)
    server: Server = field(default_factory=Server)
    log: Log = field(default_factory=Log)
    outbox: Outbox = field(default_factory=Outbox)
    push: Push = field(default_factory=Push)
    journal: Journal = field(default_factory=Journal)
    retention: Retention = field(default_factory=Retention)
    privacy: Privacy = field(default_factory=Privacy)
    broadcast: Broadcast = field(default_factory=Broadcast)
    flow: Flow = field(default_factory=Flow)
    profiles: Profiles = field(default_factory=Profiles)
    hooks: dict[str, Hook] = field(default_factory=dict)
    bots: dict[str, Bot] = field(default_factory=dict)
    keep_days: Annotated[int, Between(1, 36_500)] = 30
    """Days that the ids of events and the delivered replies are kept. `journal` says how long turns are."""
    button_keys: tuple[Secret, ...] = ()
    """Keys of the buttons' signatures. The first signs, all of them verify."""
    button_key_file: str = "assent.key"
    """Where the key is kept that is made when `button_keys` is empty."""
    checkpoint_key_file: str = "assent-checkpoint.key"
    """Where the key is kept that signs checkpoints of the ledger; made at the first use."""
    store_memory: str = ""
    """Where it is remembered what was acknowledged. Empty: beside a SQLite file, for Redis in `assent.memory`."""
    connector: Address = ""
    """For development: all replies go to this address, whatever the channel's own is."""

    def bot(self, name: str) -> Bot:
        """Return the settings of a bot; one that is not named has the defaults."""
        return self.bots.get(name) or self.bots.get(variable_form(name)) or Bot()

    def with_bots(self, ids: Collection[str]) -> "Settings":
        """Return the settings with what variables say of these bots under the bots' own ids (`well-being`)."""
        own = {variable_form(bot): bot for bot in ids}
        return dataclasses.replace(
            self, bots={name if name in ids else own.get(name, name): bot for name, bot in self.bots.items()}
        )


def variable_form(bot: str) -> str:
    """Return a bot's id as the name of a variable can hold it: `Well-Being.2` becomes `well_being_2`."""
    return bot.lower().replace("-", "_").replace(".", "_")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def channels_set_up(settings: Settings, bot: str, channels: Channels = CHANNELS) -> frozenset[str]:
    """Return the channels of accounts to which a bot can send, by the credentials that its settings have.

    In development there are none: where the bot has none at all and the server is for this machine alone, or all
    replies go to a stand-in, each channel counts.
    """
    own = settings.bot(bot)
    able = [entry for entry in channels if entry.can_send(own.of(entry.kind.name, entry.settings))]
    if settings.connector or (not able and is_loopback(settings.server.host)):
        able = list(channels)
    return frozenset(account for entry in able for account in entry.kind.accounts)


def refuse_unusable(settings: Settings, bots: tuple[str, ...], channels: Channels = CHANNELS) -> None:
    """Raise BadSettings for a bot that nobody could write to, or anybody could."""
    for name in bots:
        if (problem := why_unusable(settings, name, channels)) is not None:
            raise problem


def why_unusable(settings: Settings, name: str, channels: Channels = CHANNELS) -> BadSettings | None:
    """Return what keeps a bot from being written to safely; None when nothing does."""
    own = settings.bot(name)
    if (problem := unproved(settings, name, channels)) is not None:
        return problem
    found = (
        entry.unusable(own.of(entry.kind.name, entry.settings), name, bool(settings.connector)) for entry in channels
    )
    return next((problem for problem in found if problem is not None), None)


def unproved(settings: Settings, name: str, channels: Channels = CHANNELS) -> BadSettings | None:
    """Return why a bot is not served: others than this machine reach it, and nothing proves who writes to it."""
    own = settings.bot(name)
    if is_loopback(settings.server.host) or any(
        entry.proves(own.of(entry.kind.name, entry.settings)) for entry in channels
    ):
        return None
    proofs = [f"bots.{name}.{entry.kind.name}.{entry.proof[0]}" for entry in channels]
    return BadSettings(
        f"bot {name} has neither {' nor '.join(entry.proof[1] for entry in channels)}: nothing would prove who writes "
        f"to it, so it is served on loopback only, not on {settings.server.host}",
        place="server.host",
        remedy=f"Set {' or '.join(proofs)}, or server.host to 127.0.0.1",
    )


APP_SECRET = "assent-development-app-secret"  # noqa: S105  # published on purpose
VERIFY_TOKEN = "assent-development-verify-token"  # noqa: S105  # same
BUTTON_KEY = "assent-development-button-key-0000"
CONNECTOR = "http://127.0.0.1:3979"
_SECRETS: Final = Development(APP_SECRET, VERIFY_TOKEN, access_token="development-token")  # noqa: S106  # same


def for_development(settings: Settings, bots: tuple[str, ...], channels: Channels = CHANNELS) -> Settings:
    """Fill in what is not set with development values; replies go to the stand-in connector."""
    filled = dict(settings.bots)
    for name in bots:
        bot = filled.get(name) or Bot()
        named = {
            entry.kind.name: entry.for_development(bot.of(entry.kind.name, entry.settings), _SECRETS)
            for entry in channels
        }
        filled[name] = Bot(**{**bot.channels, **named})
    return dataclasses.replace(
        settings,
        bots=filled,
        button_keys=settings.button_keys or (Secret(BUTTON_KEY),),
        connector=settings.connector or CONNECTOR,
    )
