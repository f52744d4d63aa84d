"""What every directory of people shares: how fast it is asked, and that invalid values count as missing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from flows.engine.turn import tidy
from messages.addresses import Address, read_value
from messages.errors import RateLimited

LONGEST: Final = 256
"""Characters of a name. Directories allow no longer ones (Microsoft Graph: `displayName`)."""
_LONGEST_ID: Final = 128
_LONGEST_URL: Final = 2048
_LONGEST_LOCALE: Final = 35
_EAST: Final = 14
_WEST: Final = 12


def json_object(body: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object that a body is; None when it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def one_line(found: object, longest: int = LONGEST) -> str:
    """Return a text in one line."""
    if not isinstance(found, str) or len(found) > longest:
        return ""
    found = found.strip()
    return found if found.isprintable() else ""


def id_of(found: object) -> str:
    """Return an id; some services write theirs as a number."""
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found) if 0 <= found < 10**20 else ""
    given = one_line(found, _LONGEST_ID)
    return "" if any(map(str.isspace, given)) else given


def address_of(found: object) -> str:
    """Return an e-mail address."""
    match read_value(found) if isinstance(found, str) else None:
        case Address(address=address):
            return address
        case _:
            return ""


def picture_of(found: object) -> str:
    """Return the https address of a picture."""
    given = one_line(found, _LONGEST_URL)
    return given if given.startswith("https://") and " " not in given else ""


def language_of(found: object) -> str:
    """Return a locale as a language: `pt_BR` is `pt-BR`."""
    return tidy(one_line(found, _LONGEST_LOCALE))


def zone_of(found: object) -> str:
    """Return the zone that a number of hours ahead of UTC is, by its name in the IANA database: 2 is `Etc/GMT-2`.

    The names count the other way round. There are none for parts of an hour: those tell nothing.
    """
    if isinstance(found, bool) or not isinstance(found, int | float) or found != found // 1:
        return ""
    if not -_WEST <= found <= _EAST:
        return ""
    return f"Etc/GMT{-int(found):+d}" if found else "Etc/GMT"


def full_name(found: object, given: str, family: str) -> str:
    """Return a name as it was told, else the two parts of it."""
    return one_line(found) or " ".join(filter(None, (given, family)))


LONGEST_WAIT: Final = 30.0
"""Seconds. Who would wait longer for a place is told so, and may come again."""

_GRAIN: Final = 1e-6
"""Seconds that nobody sleeps for: sums of steps are not exact."""


class Pace:
    """Lets calls through in order: `burst` at once, then `per_second` on average (a token bucket, by reservation).

    Within any `t` seconds there are at most `burst + per_second * t`, so one pace stays under several windows at once.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._step = 1 / per_second
        self._ahead = (burst - 1) * self._step
        self._monotonic = monotonic
        self._sleep = sleep
        self._due = float("-inf")
        """When the next call would be due, were there no bursts."""
        self._closed_until = float("-inf")

    async def wait(self) -> None:
        """Return when a call may be made. Raises RateLimited when that is too long to wait for; no place is taken."""
        now = self._monotonic()
        due = max(self._due, now)
        at = max(due - self._ahead, self._closed_until)
        if at - now > LONGEST_WAIT:
            raise RateLimited("the directory is asked as often as it allows", at - now, everywhere=True)
        self._due = due + self._step
        while (left := max(at, self._closed_until) - self._monotonic()) > _GRAIN:
            await self._sleep(left)

    def pause(self, seconds: float) -> None:
        """Let nobody through for a while, those that wait already included: the service asked for it."""
        self._closed_until = max(self._closed_until, self._monotonic() + seconds)
