"""One request over HTTP: answers of bounded length, and how long a service asks us to wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, InvalidURL, NonHttpUrlClientError

from messages.errors import TemporarilyFailed

LARGEST: Final = 64 * 1024


async def read_body(response: ClientResponse, largest: int = LARGEST) -> bytes:
    """Return the body of an answer, at most its first `largest` bytes; of a longer one the connection is closed."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > largest:
            response.close()
            break
    return bytes(body[:largest])


_LARGEST_ANSWER = 256 * 1024
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
            return Answer(response.status, response.headers, await read_body(response, _LARGEST_ANSWER))
    except (InvalidURL, NonHttpUrlClientError):
        raise TemporarilyFailed(f"the address of {service} is none: check the setting") from None
    except (ClientError, TimeoutError) as error:
        raise TemporarilyFailed(f"no answer from {service} ({type(error).__name__})") from None


LONGEST: Final = 24 * 60 * 60.0
"""A channel that asks for more is asked again after a day."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3), None when it does not say.

    A date is taken against the answer's own `Date`, so that no clock of ours matters; without one it says nothing.
    A header that is neither a number nor a date says nothing; a date that has passed says 0.
    """
    asked = headers.get("Retry-After", "").strip()
    try:
        seconds = float(asked) if asked[:1].isdigit() else _until(asked, headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST)


def _until(date: str, now: str) -> float:
    return (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds()
