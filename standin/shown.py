"""A delivery as a person sees it: read from a Bot Framework activity or a Send API request."""

import html
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

_DIRECTION_MARKS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ShownButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button, and what pressing it sends."""

    label: str
    link: str = ""
    """The page it opens; it sends nothing then."""
    payload: object = None
    """What it sends: text or an object."""
    says: str = ""
    """The words that go with it."""
    quick: bool = False
    """It is a quick reply, which vanishes once used."""


class ShownCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """A card, a picture, or the place of either's buttons."""

    title: str = ""
    subtitle: str = ""
    text: str = ""
    image: str = ""
    buttons: tuple[ShownButton, ...] = ()


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message: words, then cards, then quick replies."""

    text: str = ""
    cards: tuple[ShownCard, ...] = ()
    quick_replies: tuple[ShownButton, ...] = ()

    @property
    def pressable(self) -> tuple[ShownButton, ...]:
        """The buttons that send something, in the order in which they are numbered."""
        every = (button for card in self.cards for button in card.buttons)
        return tuple(button for button in (*every, *self.quick_replies) if not button.link)


def clean(text: object) -> str:
    """Return text that can't steer a terminal: without control characters and direction marks; not text is empty."""
    if not isinstance(text, str):
        return ""
    return "".join(
        one
        for one in text.replace("\r\n", "\n")
        if one == "\n" or (unicodedata.category(one) != "Cc" and one not in _DIRECTION_MARKS)
    )


_ADAPTIVE: Final = "application/vnd.microsoft.card.adaptive"


def read_teams(body: Mapping[str, Any]) -> Shown:
    """Return what an activity shows. What it does not know of an attachment it passes over."""
    suggested = body.get("suggestedActions")
    actions = _objects(suggested.get("actions")) if isinstance(suggested, dict) else []
    return Shown(
        clean(body.get("text")),
        tuple(_card(attachment) for attachment in _objects(body.get("attachments"))),
        tuple(_card_action(action, quick=True) for action in actions),
    )


def _objects(value: object) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _card(attachment: Mapping[str, Any]) -> ShownCard:
    content = attachment.get("content")
    if not isinstance(content, dict):
        return ShownCard(title=clean(attachment.get("name")), image=clean(attachment.get("contentUrl")))
    if attachment.get("contentType") == _ADAPTIVE:
        return _adaptive(content)
    images = _objects(content.get("images"))
    return ShownCard(
        title=clean(content.get("title")),
        subtitle=clean(content.get("subtitle")),
        text=_unmarked(content.get("text")),
        image=clean(images[0].get("url")) if images else "",
        buttons=tuple(_card_action(action) for action in _objects(content.get("buttons"))),
    )


def _unmarked(text: object) -> str:
    """Read the text of a hero card, which Teams takes for HTML."""
    return clean(html.unescape(text.replace("<br>", "\n"))) if isinstance(text, str) else ""


def _card_action(action: Mapping[str, Any], *, quick: bool = False) -> ShownButton:
    """A button of a hero card. `messageBack` sends a text beside its value; `imBack` says its value."""
    label, value = clean(action.get("title")), action.get("value")
    match action.get("type"):
        case "openUrl" | "signin":
            return ShownButton(label, link=clean(value), quick=quick)
        case "imBack":
            return ShownButton(label, says=clean(value), quick=quick)
        case "messageBack":
            return ShownButton(label, payload=value, says=clean(action.get("text")), quick=quick)
        case _:
            return ShownButton(label, payload=value, quick=quick)


def _adaptive(content: Mapping[str, Any]) -> ShownCard:
    pieces = list(_pieces(content))
    texts = [clean(piece.get("text")) for piece in pieces if piece.get("type") in {"TextBlock", "TextRun"}]
    images = [clean(piece.get("url")) for piece in pieces if piece.get("type") == "Image"]
    return ShownCard(
        text="\n".join(texts),
        image=images[0] if images else "",
        buttons=tuple(_adaptive_action(piece) for piece in pieces if str(piece.get("type")).startswith("Action.")),
    )


def _pieces(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Everything in an Adaptive Card, containers opened, in the order in which it stands."""
    for name in ("body", "items", "columns", "inlines", "actions"):
        for piece in _objects(holder.get(name)):
            yield piece
            yield from _pieces(piece)


def _adaptive_action(action: Mapping[str, Any]) -> ShownButton:
    label, data = clean(action.get("title")), action.get("data")
    if action.get("type") == "Action.OpenUrl":
        return ShownButton(label, link=clean(action.get("url")))
    teams = data.get("msteams") if isinstance(data, dict) else None
    if isinstance(teams, dict) and teams.get("type") in {"messageBack", "imBack"}:
        return _card_action({"title": label, **teams})
    return ShownButton(label, payload=data)


def read_messenger(body: Mapping[str, Any]) -> Shown:
    """Return what a request that was taken shows."""
    message = body.get("message")
    if not isinstance(message, dict):
        return Shown()
    replies = tuple(
        ShownButton(clean(reply.get("title")), payload=reply.get("payload"), says=clean(reply.get("title")), quick=True)
        for reply in message.get("quick_replies", ())
    )
    return Shown(clean(message.get("text")), _cards(message.get("attachment")), replies)


def _cards(attachment: object) -> tuple[ShownCard, ...]:
    if not isinstance(attachment, dict):
        return ()
    payload = attachment.get("payload", {})
    if payload.get("template_type") == "generic":
        return tuple(
            ShownCard(
                title=clean(element.get("title")),
                subtitle=clean(element.get("subtitle")),
                image=clean(element.get("image_url")),
                buttons=_buttons(element),
            )
            for element in payload.get("elements", ())
        )
    if payload.get("template_type") == "button":
        return (ShownCard(text=clean(payload.get("text")), buttons=_buttons(payload)),)
    return (ShownCard(image=clean(payload.get("url"))),)


def _buttons(holder: Mapping[str, Any]) -> tuple[ShownButton, ...]:
    return tuple(
        ShownButton(
            clean(button.get("title")),
            link=clean(button.get("url")),
            payload=button.get("payload"),
            says=clean(button.get("title")),
        )
        for button in holder.get("buttons", ())
    )
