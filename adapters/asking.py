"""One question to a directory over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout, InvalidURL, NonHttpUrlClientError

from adapters.bounded_body import read_body
from messages.errors import TemporarilyFailed

_LARGEST = 256 * 1024
"""Bytes of an answer about a person or two."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(
    session: ClientSession,
    url: str,
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    seconds: float,
    service: str,
) -> Answer:
    """GET an address. Raises TemporarilyFailed when no answer comes: asking changes nothing, so it may be repeated.

    Neither the address nor the query gets into an error: they name the person.
    """
    timeout = ClientTimeout(total=seconds, connect=seconds / 2)
    try:
        async with session.get(url, params=query, headers=headers, timeout=timeout, allow_redirects=False) as response:
            return Answer(response.status, response.headers, await read_body(response, _LARGEST))
    except (InvalidURL, NonHttpUrlClientError):
        raise TemporarilyFailed(f"the address of {service} is none: check the setting") from None
    except (ClientError, TimeoutError) as error:
        raise TemporarilyFailed(f"no answer from {service} ({type(error).__name__})") from None
