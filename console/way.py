"""By which way a request came: from which address, over TLS or not, for which host, as trusted proxies tell it."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from aiohttp import web

from config.settings import is_loopback

COOKIE: Final = "assent"
"""On loopback without TLS, where browsers keep no cookie that is marked as secure."""
SECURE_COOKIE: Final = "__Host-assent"


class Arrival(NamedTuple):
    """How a request came."""

    address: str
    """Who sent it; of several proxies the first that is not trusted."""
    is_secure: bool
    """Whether the browser spoke TLS."""
    host: str
    """As the browser has it, with its port."""

    @property
    def origin(self) -> str:
        """What the browser calls pages of this server."""
        return f"{'https' if self.is_secure else 'http'}://{self.host}"

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return SECURE_COOKIE if self.is_secure else COOKIE

    @property
    def may_sign_in(self) -> bool:
        """Whether secrets may go this way: over TLS, or within this machine."""
        return self.is_secure or (is_loopback(self.address) and is_loopback(_name(self.host)))


class Way:
    """Reads how requests came. `proxies` are the networks whose word counts (RFC 7239, section 8.1)."""

    def __init__(self, proxies: Sequence[str] = ()) -> None:
        self._proxies: tuple[IPv4Network | IPv6Network, ...] = tuple(ip_network(one) for one in proxies)

    def of(self, request: web.Request) -> Arrival:
        """Return how a request came."""
        address, host = request.remote or "", request.host
        if not self._is_trusted(address):
            return Arrival(address, request.secure, host)
        told = [one.strip() for one in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        for one in reversed([one for one in told if one]):
            address = one
            if not self._is_trusted(one):
                break
        is_secure = request.headers.get("X-Forwarded-Proto", "").lower() == "https"
        return Arrival(address, is_secure, request.headers.get("X-Forwarded-Host", host))

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)


def _name(host: str) -> str:
    """Return a host without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
