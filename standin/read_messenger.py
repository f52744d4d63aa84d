"""Send API requests as a person sees them."""

from collections.abc import Mapping
from typing import Any

from standin.shown import Shown, ShownButton, ShownCard, clean


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
