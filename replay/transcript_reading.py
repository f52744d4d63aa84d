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

from adapters.channels import mapping, sequence, text, words
from adapters.text import shorten
from messages.errors import BadInput

_LONGEST: Final = 300
"""Characters of an object that is shown as JSON."""

_WITHIN: Final = (
    "body", "items", "columns", "rows", "cells", "pages", "inlines", "facts", "images", "card", "inlineAction",
    "selectAction", "actions",
)  # fmt: skip
"""Where elements of an adaptive card hold others, in the order in which they are drawn."""


class Card(msgspec.Struct, frozen=True):
    """A card, or a file."""

    title: str
    subtitle: str
    text: str
    buttons: tuple[str, ...]


def shown(found: object) -> str:
    """Return any JSON value as a text that can be written: a text as it is, nothing for null, else its JSON."""
    if found is None:
        return ""
    if not isinstance(found, str):
        try:
            found = shorten(json.dumps(found, ensure_ascii=False)[: 4 * _LONGEST], _LONGEST)
        except RecursionError:
            return "…"
    return found if found.isascii() else found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def cards_of(activity: Mapping[str, Any]) -> tuple[Card, ...]:
    """Return what is attached; the HTML copy of a text is not."""
    cards = map(_attached, map(mapping, sequence(activity.get("attachments"))))
    return tuple(card for card in cards if card is not None)


def labels(actions: object) -> tuple[str, ...]:
    """Return what stands on buttons."""
    named = (_label(mapping(action)) for action in sequence(actions))
    return tuple(label for label in named if label)


def _label(action: Mapping[str, Any]) -> str:
    return shown(action.get("title")) or shown(action.get("text")) or shown(action.get("value"))


def _attached(attachment: Mapping[str, Any]) -> Card | None:
    kind, content = text(attachment.get("contentType")), attachment.get("content")
    if content is None:
        return _file(attachment)
    if isinstance(content, str):
        if kind == "text/html":
            return None
        content = _read(content)
    if not isinstance(content, dict):
        return Card(shown(attachment.get("name")), shown(kind), shown(content), ())
    if content.get("type") == "AdaptiveCard" or kind.endswith("card.adaptive"):
        return Card("", "", "\n".join(_adaptive(content)), tuple(_pressed(content)))
    card = _classic(content)
    return card if card != Card("", "", "", ()) else Card("", shown(kind), shown(content), ())


def _file(attachment: Mapping[str, Any]) -> Card | None:
    """A file by its name and address; one that is written out in the transcript (`data:`) has no address."""
    address = shown(attachment.get("contentUrl"))
    name, kind = shown(attachment.get("name")), shown(attachment.get("contentType"))
    card = Card(name, kind, "" if address.startswith("data:") else address, ())
    return card if card != Card("", "", "", ()) else None


def _read(content: str) -> object:
    """Some bots write a card as a text that holds its JSON."""
    if not content.lstrip().startswith("{"):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def _classic(content: Mapping[str, Any]) -> Card:
    """A hero card, thumbnail, receipt, sign-in card, …"""
    lines = [_unmarked(content.get("text"))]
    lines += [_pair(mapping(fact), "key") for fact in sequence(content.get("facts"))]
    for item in map(mapping, sequence(content.get("items"))):
        lines.append(" ".join(filter(None, (shown(item.get(name)) for name in ("title", "subtitle", "text", "price")))))
    lines += [f"{name}: {shown(content[name])}" for name in ("tax", "vat", "total") if shown(content.get(name))]
    said = "\n".join(filter(None, lines))
    title, subtitle = shown(content.get("title")), shown(content.get("subtitle"))
    if not (title or subtitle or said):
        said = "\n".join(filter(None, map(_picture, sequence(content.get("images")))))
    return Card(title, subtitle, said, labels(content.get("buttons")))


def _picture(image: object) -> str:
    found = mapping(image)
    return shown(found.get("alt")) or shown(found.get("url"))


def _unmarked(found: object) -> str:
    """The text of a card, which knows HTML, without it."""
    said = shown(found)
    return shown(words({"text": said, "textFormat": "xml"})) if "<" in said or "&" in said else said


def _pair(fact: Mapping[str, Any], named: str) -> str:
    return ": ".join(filter(None, (shown(fact.get(named)).rstrip(": "), shown(fact.get("value")))))


def _adaptive(card: Mapping[str, Any]) -> Iterator[str]:
    for element in _elements(card):
        said = element if isinstance(element, str) else _element(element)
        if shown(said).strip():
            yield shown(said)


def _element(element: Mapping[str, Any]) -> str:
    kind = text(element.get("type"))
    if kind.startswith("Action."):
        return ""
    if kind.startswith("Input."):
        asked = (shown(element.get(name)) for name in ("label", "title", "placeholder", "id"))
        choices = labels(element.get("choices"))
        return f"[{': '.join(filter(None, (next(filter(None, asked), ''), ' | '.join(choices))))}]"
    if not kind and "title" in element:
        return _pair(element, "title")
    return shown(element.get("text")) or shown(element.get("altText"))


def _pressed(card: Mapping[str, Any]) -> Iterator[str]:
    for element in _elements(card):
        if not isinstance(element, str) and text(element.get("type")).startswith("Action."):
            title = shown(element.get("title"))
            if title:
                yield title


def _elements(card: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | str]:
    """The elements of an adaptive card and of those within them, in the order in which they are drawn."""
    waiting: list[Any] = [card]
    while waiting:
        element = waiting.pop()
        if isinstance(element, str):
            yield element
        elif isinstance(element, list):
            waiting.extend(reversed(element))
        elif isinstance(element, dict):
            yield element
            waiting.extend(element[name] for name in reversed(_WITHIN) if name in element)


MAX_BYTES: Final = 64_000_000
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
    if len(data) > MAX_BYTES:
        raise BadInput(f"it is larger than {MAX_BYTES:,} bytes", place=name, remedy="Export fewer activities")
    found = _json(data, name)
    if not isinstance(found, list):
        raise BadInput("it is not a transcript: that is a JSON array of activities", place=name, remedy=_REMEDY)
    for number, activity in enumerate(found, 1):
        if not isinstance(activity, dict):
            place = f"{name}: element {number}"
            raise BadInput("it is not an activity: that is a JSON object", place=place, remedy=_REMEDY)
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
        raise BadInput(f"it is not text in {error.encoding.upper()}", place=place, remedy=_REMEDY) from None
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
