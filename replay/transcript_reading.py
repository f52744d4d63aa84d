"""Anybody's Bot Framework `.transcript`, to be shown: a JSON array of activities.

Files differ from tool to tool, and by year. So nothing is required of an activity but that it is an object: what is
missing, or of another type than the protocol says, is left empty.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from adapters.teams.actions import words
from adapters.teams.activity import mapping, sequence, text
from messages.errors import BadInput
from replay.transcript_cards import Card, cards_of, labels, shown

MOST_BYTES: Final = 64_000_000
"""How large a file may be."""

_ROLES: Final = {"user": "user", "bot": "bot", "skill": "bot"}
_PREFIXES: Final = {"28:": "bot", "29:": "user"}
"""How ids begin in Teams."""

_OTHER: Final = {"user": "bot", "bot": "user", "": ""}
_REMEDY: Final = "Export the conversation as a .transcript again"
_LONGEST_TIME: Final = 64
_MILLISECONDS: Final = 100_000_000_000
"""A number of seconds that lies in the year 5138: from here on, a time is in milliseconds."""


class Line(msgspec.Struct, frozen=True):
    """One activity."""

    who: str
    """"user", "bot", or empty where the file does not tell."""
    name: str
    """What they are called, else their id."""
    when: datetime | None
    kind: str
    """The activity's type."""
    text: str
    """What was said; of anything but a message, what it is about."""
    cards: tuple[Card, ...]
    buttons: tuple[str, ...]
    """Quick replies."""


class Transcript(msgspec.Struct, frozen=True):
    """A conversation."""

    lines: tuple[Line, ...]


def read_transcript(data: bytes, name: str) -> Transcript:
    """Read a transcript. `name` is what errors call the file. Raises BadInput for what is no JSON array of objects, or
    is larger than 64 MB.
    """
    activities = _activities(data, name)
    roles = _roles(activities)
    return Transcript(tuple(_line(activity, roles) for activity in activities))


def _activities(data: bytes, name: str) -> Sequence[Mapping[str, Any]]:
    if len(data) > MOST_BYTES:
        raise BadInput(f"it is larger than {MOST_BYTES:,} bytes", place=name, remedy="Export fewer activities")
    found = _json(data, name)
    if not isinstance(found, list):
        raise BadInput("it is no transcript: that is a JSON array of activities", place=name, remedy=_REMEDY)
    for number, activity in enumerate(found, 1):
        if not isinstance(activity, dict):
            place = f"{name}: element {number}"
            raise BadInput("it is no activity: that is a JSON object", place=place, remedy=_REMEDY)
    return found


def _json(data: bytes, name: str) -> object:
    """Read JSON in UTF-8, UTF-16 or UTF-32, with a byte order mark or without."""
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        place = f"{name}: line {error.lineno}, column {error.colno}"
        raise BadInput(f"it is not JSON: {error.msg}", place=place, remedy=_REMEDY) from None
    except UnicodeDecodeError as error:
        place = f"{name}: byte {error.start + 1}"
        raise BadInput(f"it is no text in {error.encoding.upper()}", place=place, remedy=_REMEDY) from None
    except RecursionError:
        raise BadInput("it is nested too deep", place=name, remedy=_REMEDY) from None
    except ValueError:  # the only other: thousands of digits
        raise BadInput("it holds a number that is too long", place=name, remedy=_REMEDY) from None


def _roles(activities: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Who is the bot and who the person, by their ids, as far as any activity tells."""
    roles: dict[str, str] = {}
    for activity in activities:
        for account in _accounts(activity):
            if role := _role(account):
                roles.setdefault(shown(account.get("id")), role)
    roles.pop("", None)
    return roles


def _accounts(activity: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield mapping(activity.get("from"))
    yield mapping(activity.get("recipient"))
    yield from map(mapping, sequence(activity.get("membersAdded")))


def _role(account: Mapping[str, Any]) -> str:
    return _ROLES.get(text(account.get("role")).lower(), "")


def _line(activity: Mapping[str, Any], roles: Mapping[str, str]) -> Line:
    sender = mapping(activity.get("from"))
    return Line(
        who=_who(sender, roles) or _OTHER[_who(mapping(activity.get("recipient")), roles)],
        name=shown(sender.get("name")) or shown(sender.get("id")),
        when=_moment(activity.get("timestamp")) or _moment(activity.get("localTimestamp")),
        kind=shown(activity.get("type")),
        text=_told(activity),
        cards=cards_of(activity),
        buttons=labels(mapping(activity.get("suggestedActions")).get("actions")),
    )


def _who(account: Mapping[str, Any], roles: Mapping[str, str]) -> str:
    """Who an account is: by its role, or by one that it has elsewhere, else by what it is called."""
    named = shown(account.get("id"))
    if known := _role(account) or roles.get(named, ""):
        return known
    return _PREFIXES.get(named[:3]) or _ROLES.get(named.lower(), "")


def _told(activity: Mapping[str, Any]) -> str:
    said = shown(words(activity)) or ("" if isinstance(activity.get("text"), str) else shown(activity.get("text")))
    return said or "; ".join(dict.fromkeys(filter(None, _about(activity))))


def _about(activity: Mapping[str, Any]) -> Iterator[str]:
    """What an activity without words is about."""
    for field, happened in (("membersAdded", "joined"), ("membersRemoved", "left")):
        names = [shown(who.get("name")) or shown(who.get("id")) for who in map(mapping, sequence(activity.get(field)))]
        if any(names):
            yield f"{happened}: {', '.join(filter(None, names))}"
    for field, sign in (("reactionsAdded", "+"), ("reactionsRemoved", "-")):
        kinds = [shown(mapping(each).get("type")) for each in sequence(activity.get(field))]
        yield " ".join(f"{sign}{kind}" for kind in kinds if kind)
    yield from (shown(activity.get(field)) for field in ("name", "label", "topicName", "action", "code"))
    body = mapping(mapping(activity.get("value")).get("body"))
    yield shown(body.get("value", activity.get("value")))


def _moment(found: object) -> datetime | None:
    """Return a time in UTC from the forms that tools write; one without a zone counts as UTC."""
    try:
        if isinstance(found, str) and len(found) <= _LONGEST_TIME:
            return _from_text(found.strip())
        if isinstance(found, int | float) and not isinstance(found, bool):
            return _from_number(found)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None
    return None


def _from_text(written: str) -> datetime | None:
    """ISO 8601; .NET's `/Date(1532000000000)/`; a number; the form of mails and HTTP."""
    bare = written.removeprefix("/Date(").removesuffix(")/")
    if bare.replace(".", "", 1).lstrip("-").isdecimal():
        return _from_number(float(bare))
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        at = parsedate_to_datetime(written)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _from_number(number: float) -> datetime:
    return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS else number, UTC)
