"""Reading what a directory tells of a person. What is of the wrong type, too long or unprintable counts as untold."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from flows.engine.turn import tidy
from messages.addresses import Address, read_value

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
