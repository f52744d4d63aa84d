"""Messages as send requests, within the Send API's limits. Pure.

Nothing is cut: text is split, buttons and cards move on to a further message, and words that a button or a card has no
room for stand in a text before it. The one thing that has no place is a picture's `alt`: Messenger knows none.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from adapters.text_split import ELLIPSIS, shorten
from adapters.workplace.buttons import Body, quick_reply, text_bodies
from adapters.workplace.cards import carousel_bodies
from adapters.workplace.events import INSTAGRAM as INSTAGRAM_MARK
from adapters.workplace.labels import LIMIT as LABEL
from adapters.workplace.labels import fit_labels
from adapters.workplace.limits import INSTAGRAM, MESSENGER, Limits
from messages.answers import answer_payload
from messages.outgoing import (
    OutgoingButton,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingPart,
    OutgoingText,
)
from messages.reference import ConversationReference, Scope

_PAYLOAD: Final = 1000
"""Characters of a payload."""

_QUICK_REPLIES: Final = 13
"""developers.facebook.com, "Messenger Platform: quick replies"."""


def render(message: OutgoingMessage, reference: ConversationReference) -> list[dict[str, Any]]:
    """Return the send requests for a message, in order; none for a message that says nothing."""
    limits = INSTAGRAM if reference.service_url == INSTAGRAM_MARK else MESSENGER
    bodies = [body for part in message.parts for body in _part(part, limits)]
    if message.quick_replies:
        bodies = _with_quick_replies(bodies, message.quick_replies, limits)
    to = _recipient(reference)
    return [{"recipient": to, "messaging_type": "RESPONSE", "message": body} for body in bodies]


def _recipient(reference: ConversationReference) -> dict[str, str]:
    """The thread of a group chat, else the person. A `thread_key` is Workplace's; no page of Meta's shows one."""
    if reference.conversation and reference.scope is not Scope.PERSONAL:
        return {"thread_key": reference.conversation}
    return {"id": reference.user}


def _part(part: OutgoingPart, limits: Limits) -> list[Body]:
    match part:
        case OutgoingText():
            return text_bodies(part.text, part.buttons, limits)
        case OutgoingCarousel():
            return carousel_bodies(part.cards, limits)
        case OutgoingImage():
            return [{"attachment": {"type": "image", "payload": {"url": part.url}}}]
        case OutgoingFile():
            return _file(part, limits)


def _file(part: OutgoingFile, limits: Limits) -> list[Body]:
    """A link under its title. It may be a page, which an attachment can't be, so it is never fetched by Meta."""
    title = part.title.strip() or part.url
    return text_bodies(title, [OutgoingButton(label=shorten(title, LABEL), url=part.url)], limits)


def _with_payload(reply: OutgoingButton) -> OutgoingButton:
    """An answer to a question carries no payload of its own: its full words come back, however short the label got."""
    if reply.payload or reply.url:
        return reply
    return msgspec.structs.replace(reply, payload=answer_payload(reply.label)[:_PAYLOAD])


def _with_quick_replies(bodies: list[Body], replies: Sequence[OutgoingButton], limits: Limits) -> list[Body]:
    """Quick replies go with the last message, because the next one would make them vanish.

    What can't be one (a link, or the first of more than 13) becomes a button before them.
    """
    fitted, legend = fit_labels([_with_payload(reply) for reply in replies])
    places = [at for at, one in enumerate(fitted) if not one.url][-_QUICK_REPLIES:]
    buttons = [one for at, one in enumerate(fitted) if at not in places]
    if legend or buttons or not bodies:
        bodies = bodies + text_bodies(legend or ELLIPSIS, buttons, limits)
    if not places:
        return bodies
    return [*bodies[:-1], bodies[-1] | {"quick_replies": [quick_reply(fitted[at]) for at in places]}]
