"""One messaging event of a webhook, as an `InboundEvent`.

Shapes after developers.facebook.com, "Messenger Platform: webhook events", and the test data of public clients.
Unconfirmed, because no page or sample shows it and Workplace is closed: `thread` (a group chat), `message.mentions`,
`sender.community`, and the object name "workplace".
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import orjson

from adapters.workplace.fields import Json, Malformed, child, children, identifier, moment, text
from adapters.workplace.received import received
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ConversationStarted,
    InboundEvent,
    ReactionChanged,
    Sender,
    TextReceived,
    Unhandled,
)
from messages.reference import ConversationReference, Scope

CHANNEL: Final = "workplace"
INSTAGRAM: Final = "instagram"
"""The `service_url` of a reference whose messages have Instagram's limits."""
GET_STARTED: Final = "GET_STARTED"
"""The payload of the *Get started* button, as Meta's documentation sets it up."""
OURS: Final = "a1:"
"""How the payload of a button of ours begins (`segment_buttons.payload`)."""
SAYS: Final = "say:"
"""How the payload of an answer begins. What follows counts as typed: anybody may type it, so it is not signed."""

_ENVELOPE: Final = frozenset({"sender", "recipient", "timestamp", "thread"})

Read = tuple[str, Action, str]
"""The event's own id (empty when it has none), what happened, and the bot's message it is about."""


def is_echo(event: Json) -> bool:
    """Whether it tells of a message that the page itself sent."""
    message = event.get("message")
    return isinstance(message, dict) and message.get("is_echo") is True


def read_event(event: Json, *, source: str, entry: Json, standby: bool) -> InboundEvent:
    """Return the event as ours. `source` is the webhook's `object`. Raises Malformed.

    On standby another app has the conversation, so whatever is said there is `Unhandled`.
    """
    reference = _reference(event, source)
    kind = _kind(event)
    if standby:
        own_id, action, about = _standby(event)
    else:
        own_id, action, about = _READERS.get(kind, _unhandled)(event)
    name = action.kind if isinstance(action, Unhandled) else kind
    if own_id and isinstance(action, Unhandled):
        own_id = f"{name}:{own_id}"
    return InboundEvent(
        event_id=own_id or _digest(event, kind, name, reference, entry),
        reference=reference,
        sender=Sender(user=reference.user),
        action=action,
        sent_at=moment(event, "timestamp"),
        reply_to=about,
        received=received(event),
    )


def _reference(event: Json, source: str) -> ConversationReference:
    sender = child(event, "sender") or {}
    user = identifier(sender, "id")
    if not user:
        raise Malformed("sender.id is missing")
    thread = identifier(child(event, "thread") or {}, "id")
    return ConversationReference(
        channel=CHANNEL,
        conversation=thread or user,
        user=user,
        bot=identifier(child(event, "recipient") or {}, "id"),
        service_url=INSTAGRAM if source == INSTAGRAM else "",
        tenant=identifier(child(sender, "community") or {}, "id"),
        scope=Scope.GROUP if thread else Scope.PERSONAL,
    )


def _kind(event: Json) -> str:
    for kind in _READERS:
        if event.get(kind) is not None:
            return kind
    other = (name for name, value in event.items() if name not in _ENVELOPE and isinstance(value, dict))
    return next(other, "unknown")[:64]


def _digest(event: Json, kind: str, name: str, reference: ConversationReference, entry: Json) -> str:
    """An id for an event that brings none: the same for each redelivery, and for nothing else.

    A time is part of it, else a second press of the same button would count as a copy of the first.
    """
    when = event.get("timestamp") or entry.get("time")
    if not when:
        raise Malformed("it has neither an id nor a time")
    seen: Any = [name, reference.bot, reference.conversation, reference.user, when, event.get(kind)]
    try:
        content = orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise Malformed(f"{kind} is nested too deeply") from error
    return f"{name}:{sha256(content).hexdigest()[:32]}"


def _unhandled(event: Json) -> Read:
    kind = _kind(event)
    return "", Unhandled(kind), ""


def _standby(event: Json) -> Read:
    held = event.get("message") or event.get("postback") or {}
    return identifier(held, "mid") if isinstance(held, dict) else "", Unhandled("standby"), ""


def _message(event: Json) -> Read:
    message = child(event, "message") or {}
    mid = identifier(message, "mid")
    about = identifier(child(message, "reply_to") or {}, "mid")
    for flag in ("is_deleted", "is_unsupported"):
        if message.get(flag) is True:
            return mid, Unhandled(f"message_{flag.removeprefix('is_')}"), about
    said = text(message, "text")
    payload = text(child(message, "quick_reply") or {}, "payload")
    if payload.startswith(SAYS):
        return mid, TextReceived(text=payload.removeprefix(SAYS)), about
    if payload:
        return mid, ButtonPressed(payload=payload, label=said, form="quick_reply"), about
    attachments = tuple(_attachment(item) for item in children(message, "attachments"))
    if not said and not attachments:
        return mid, Unhandled("message_empty"), about
    return mid, TextReceived(text=_without_mentions(said, message, event), attachments=attachments), about


def _attachment(item: Json) -> Attachment:
    held = child(item, "payload") or {}
    place = child(held, "coordinates")
    url = text(held, "url") or text(item, "url")
    if not url and place is not None:
        latitude, longitude = place.get("lat"), place.get("long")
        if isinstance(latitude, int | float) and isinstance(longitude, int | float):
            url = f"geo:{latitude},{longitude}"
    return Attachment(kind=text(item, "type") or "unknown", url=url, name=text(item, "title") or text(held, "title"))


def _without_mentions(said: str, message: Json, event: Json) -> str:
    """The text without the places where it mentions the bot (group chats only)."""
    if message.get("mentions") is None:
        return said
    bot = identifier(child(event, "recipient") or {}, "id")
    places = []
    for mention in children(message, "mentions"):
        offset, length = mention.get("offset"), mention.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or min(offset, length) < 0:
            raise Malformed("a mention names no place")
        if bot and identifier(mention, "id") == bot:
            places.append((offset, length))
    for offset, length in sorted(places, reverse=True):
        said = said[:offset] + said[offset + length :]
    return said.strip()


def _postback(event: Json) -> Read:
    """A press, or *Get started*: that button's payload is the page's choice, and only it brings a referral."""
    postback = child(event, "postback") or {}
    mid = identifier(postback, "mid")
    payload = text(postback, "payload")
    referral = child(postback, "referral")
    if payload == GET_STARTED or (referral is not None and not payload.startswith(OURS)):
        return mid, ConversationStarted(referral=text(referral or {}, "ref")), ""
    if payload.startswith(SAYS):
        return mid, TextReceived(text=payload.removeprefix(SAYS)), ""
    return mid, ButtonPressed(payload=payload, label=text(postback, "title"), form="postback"), ""


def _referral(event: Json) -> Read:
    """A known person came again, by a link or an advertisement."""
    return "", ConversationStarted(referral=text(child(event, "referral") or {}, "ref")), ""


def _optin(event: Json) -> Read:
    """*Send to Messenger* starts a conversation. It is no consent to a segment; of other kinds nothing is made."""
    optin = child(event, "optin") or {}
    if optin.get("type") is not None:
        return "", Unhandled("optin"), ""
    return "", ConversationStarted(referral=text(optin, "ref")), ""


def _reaction(event: Json) -> Read:
    reaction = child(event, "reaction") or {}
    name = text(reaction, "reaction") or text(reaction, "emoji")
    if not name:
        raise Malformed("reaction names no reaction")
    taken_off = text(reaction, "action") == "unreact"
    change = ReactionChanged(removed=(name,)) if taken_off else ReactionChanged(added=(name,))
    return "", change, identifier(reaction, "mid")


def _message_edit(event: Json) -> Read:
    """Edited words are not said again: a flow answered the first ones."""
    edit = child(event, "message_edit") or {}
    mid, number = identifier(edit, "mid"), identifier(edit, "num_edit")
    return f"{mid}:{number}" if mid and number else "", Unhandled("message_edit"), ""


_READERS: Final[dict[str, Callable[[Json], Read]]] = {
    "message": _message,
    "postback": _postback,
    "referral": _referral,
    "optin": _optin,
    "reaction": _reaction,
    "message_edit": _message_edit,
}
