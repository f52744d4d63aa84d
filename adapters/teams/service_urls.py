"""Which addresses are the Bot Framework's: where an access token may be sent."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

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
