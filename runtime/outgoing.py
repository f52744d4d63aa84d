"""Requests to the addresses of the settings: hooks and services. Nobody is led into the own network, or elsewhere.

Addresses are looked at when a connection is made, so a name that resolves otherwise later is no way in. Redirects are
not followed, and an answer is read up to a limit.
"""

import socket
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

MAX_ANSWER: Final = 65_536
"""Bytes of an answer that are read."""
_TRANSLATED: Final = ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 ones."""


class OutgoingError(Exception):
    """A request that got no answer, or none that may be read. Its words are for staff, and hold nothing secret."""


class Reply(NamedTuple):
    """What was answered."""

    status: int
    body: bytes
    retry_after: float
    """Seconds that the answer asks to wait; 0 where it does not."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is of the internet, not of the own machine or network."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip in _TRANSLATED or ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


class _PublicResolver(AbstractResolver):
    """Resolves names, and leaves out addresses of the own network."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise OSError(f"{host} is in the own network, and its settings do not allow that (`private`)")
        return public

    async def close(self) -> None:
        await self._resolver.close()


class Outgoing:
    """Sends requests. One session for addresses of the internet, one for those that settings allow in the network."""

    def __init__(self) -> None:
        self._sessions: dict[bool, ClientSession] = {}

    def _session(self, *, private: bool) -> ClientSession:
        if private not in self._sessions:
            resolver = None if private else _PublicResolver()
            self._sessions[private] = ClientSession(
                connector=TCPConnector(limit=100, limit_per_host=20, resolver=resolver),
                cookie_jar=DummyCookieJar(),
                trust_env=False,
            )
        return self._sessions[private]

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], *, seconds: float, private: bool
    ) -> Reply:
        """Post JSON; return the answer, whatever its status. Raises OutgoingError."""
        host = urlsplit(url).hostname or ""
        if not private and _is_ip(host) and not is_public(host):
            raise OutgoingError("the address is in the own network, and its settings do not allow that (`private`)")
        headers = {"Content-Type": "application/json", "User-Agent": "Assent", **headers}
        limits = ClientTimeout(total=seconds, connect=min(seconds, 10))
        try:
            async with self._session(private=private).post(
                url, data=content, headers=headers, timeout=limits, allow_redirects=False
            ) as answer:
                return Reply(
                    answer.status, await _read(answer.content), _seconds(answer.headers.get("Retry-After", ""))
                )
        except TimeoutError as error:
            raise OutgoingError("no answer in time") from error
        except (ClientError, OSError) as error:
            raise OutgoingError(f"{type(error).__name__}: {getattr(error, 'os_error', error)}"[:200]) from error

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


async def _read(content: Any) -> bytes:  # noqa: ANN401  # aiohttp's reader
    body = b""
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise OutgoingError(f"the answer is larger than {MAX_ANSWER} bytes")
    return body


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _seconds(written: str) -> float:
    return min(float(written), 3600.0) if written.isascii() and written.isdigit() else 0.0
