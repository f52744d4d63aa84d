"""What the channel is told about an Azure bot, and which addresses are the Bot Framework's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from messages.settings import Between, HttpAddress, Pattern, Secret

METADATA: Final = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LOGIN: Final = "https://login.microsoftonline.com"
GRAPH: Final = "https://graph.microsoft.com"
EVERYWHERE: Final = "https://smba.trafficmanager.net/teams"
GOVERNMENT: Final = "https://smba.infra.gcc.teams.microsoft.com/teams"


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """One Azure bot. The password is left out of the repr."""

    app_id: str = ""
    """Microsoft App ID; without it requests are not authenticated, and only this machine may send them."""
    app_ids: tuple[str, ...] = ()
    """Further app ids under which this bot is addressed. Where none is named, activities to any bot are taken."""
    app_password: str = field(default="", repr=False)
    tenant: str = ""
    """Of a single-tenant bot; empty for a multi-tenant one."""
    service_urls: tuple[str, ...] = ()
    """Service URLs to trust besides Microsoft's, with what lies under them."""
    connector_override: str = ""
    """For development: every send goes here, whatever the activity's service URL says."""
    answers_loopback: bool = False
    """For development, without an app id: what came from this machine is answered at its own service URL instead."""
    timeout: float = 15.0
    """Seconds for one send, connecting included."""
    metadata: str = METADATA
    """Where the Bot Framework says which keys sign its tokens."""
    login: str = LOGIN
    """Where our own access tokens come from."""
    graph: str = GRAPH
    """Microsoft Graph; national clouds have their own."""
    looks_up: bool = False
    """Whether people may be looked up in Microsoft Graph, which takes a permission that the tenant grants."""
    government: str = GOVERNMENT
    """The connector for tenants of the US government cloud, which the common one sends away."""
    everywhere: str = EVERYWHERE
    """The connector for a person who never wrote, whose region is not known."""


@dataclass(frozen=True, slots=True)
class Teams:
    """One Azure bot, as `[bots.<bot>.teams]` sets it."""

    app_id: str = ""
    app_ids: tuple[str, ...] = ()
    """Further app ids under which the bot is addressed."""
    app_password: Secret = field(default_factory=Secret)
    tenant: str = ""
    service_urls: tuple[Annotated[str, HttpAddress()], ...] = ()
    """Further service URLs to trust, besides Microsoft's."""
    directory: Literal["off", "graph"] = "off"
    """Where people are looked up who are not known yet."""
    graph_url: Annotated[str, HttpAddress()] = GRAPH
    middleware: Annotated[str, Pattern(r"([\w.]+:[\w.]+)?", "Write it as package.module:make")] = ""
    """The function that makes a team's own Bot Framework middleware and bot; empty: there are none."""
    middleware_timeout: Annotated[float, Between(0.05, 3600)] = 5.0
    """Seconds that the team's code may take for one activity."""

    def for_channel(self, connector: str, *, answers_loopback: bool = False) -> TeamsSettings:
        """Return what the channel takes; `connector` is where replies go in place of it."""
        return TeamsSettings(
            app_id=self.app_id,
            app_ids=self.app_ids,
            app_password=self.app_password.reveal(),
            tenant=self.tenant,
            service_urls=self.service_urls,
            connector_override=connector,
            answers_loopback=answers_loopback,
            graph=connector or self.graph_url,
            looks_up=self.directory == "graph",
        )


HOSTS: Final = frozenset({"smba.trafficmanager.net"})
"""Teams' regions differ by path. Anybody can have a name under trafficmanager.net, so this one is matched whole."""

DOMAINS: Final = (
    ".botframework.com",
    ".botframework.azure.us",
    ".botframework.us",
    ".teams.microsoft.com",
    ".teams.microsoft.us",
)
"""The Bot Connector service, public and for governments: Teams' GCC, GCC High and DoD clouds."""


def same(one: str, other: str) -> bool:
    """Tell whether two service URLs are one; case and a slash at the end make no difference."""
    return one == other or one.rstrip("/").lower() == other.rstrip("/").lower()


def trusted(url: str, further: Sequence[str] = ()) -> bool:
    """Tell whether `url` is the Bot Framework's, or lies under one of the `further` addresses."""
    if any(same(url, known) or url.lower().startswith(known.rstrip("/").lower() + "/") for known in further):
        return _plain(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    official = host in HOSTS or f".{host}".endswith(DOMAINS)
    return official and parts.scheme == "https" and port in {None, 443} and _plain(url)


@lru_cache(maxsize=256)
def on_this_machine(url: str) -> bool:
    """Tell whether `url` leads to this machine, which is where unproved activities come from and may be answered."""
    try:
        host = urlsplit(url).hostname or ""
        return _plain(url) and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def _plain(url: str) -> bool:
    """Whether all readers of URLs agree on where it leads."""
    return url.isascii() and url.isprintable() and not any(odd in url for odd in " \\@")
