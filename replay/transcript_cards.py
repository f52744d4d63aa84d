"""The words and buttons of cards in anybody's transcript: hero and its kin, and adaptive cards. Nothing raises.

What is not of the right type is shown as it is, or passed over.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from adapters.teams.actions import words
from adapters.teams.activity import mapping, sequence, text
from adapters.text_split import shorten

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
