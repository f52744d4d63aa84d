"""Every setting, with its default. docs/settings.md describes each."""

from dataclasses import dataclass, field
from typing import Literal

from config.secret import Secret


@dataclass(frozen=True, slots=True)
class Server:
    """Where the channels' endpoints listen."""

    host: str = "127.0.0.1"
    port: int = 3978
    max_body: int = 1_048_576
    """Bytes of the largest request that is read."""
    grace: float = 10.0
    """Seconds for turns in hand and replies on their way when the server stops."""
    max_turns: int = 2000
    """Conversations with turns in hand; beyond it requests are answered 503."""


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


@dataclass(frozen=True, slots=True)
class Outbox:
    """How hard a reply is tried."""

    at_once: int = 200
    """Sends under way at once, of each bot on each channel."""
    max_attempts: int = 50
    max_age: float = 86_400.0
    """Seconds after which a reply that could not be sent is given up."""
    max_ambiguous: int = 2
    """How often a message is sent that may have been shown already."""


@dataclass(frozen=True, slots=True)
class Teams:
    """One Azure bot."""

    app_id: str = ""
    app_password: Secret = field(default_factory=Secret)
    tenant: str = ""
    service_urls: tuple[str, ...] = ()
    """Further service URLs to trust, besides Microsoft's."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """One page or Workplace integration."""

    app_secret: Secret = field(default_factory=Secret)
    access_token: Secret = field(default_factory=Secret)
    verify_token: Secret = field(default_factory=Secret)
    graph_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    account: str = "me"


@dataclass(frozen=True, slots=True)
class Bot:
    """One bot's accounts on the channels."""

    teams: Teams = field(default_factory=Teams)
    workplace: Workplace = field(default_factory=Workplace)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. Made by `config.load.load_settings`."""

    store: str = "sqlite:///assent.db"
    """Where everything is kept."""
    server: Server = field(default_factory=Server)
    log: Log = field(default_factory=Log)
    outbox: Outbox = field(default_factory=Outbox)
    bots: dict[str, Bot] = field(default_factory=dict)
    button_keys: tuple[Secret, ...] = ()
    """Keys of the buttons' signatures. The first signs, all of them verify."""
    button_key_file: str = "assent.key"
    """Where the key is kept that is made when `button_keys` is empty."""
    connector: str = ""
    """For development: all replies go to this address, whatever the channel's own is."""

    def bot(self, name: str) -> Bot:
        """Return the settings of a bot; one that is not named has the defaults."""
        return self.bots.get(name) or Bot()
