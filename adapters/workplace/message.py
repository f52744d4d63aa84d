"""What a person said in a message or with a button: the words, and how they came.

What stands beside the words may be of any type: it counts as missing, or, where it would tell that the message is no
plain one (a quick reply, a reply, an attachment), as there. So nothing unreadable makes a yes of a message, or hides a
no.

Reading fields of a webhook event that may be of any type.

A field of another type than Meta documents counts as missing: what stands beside it was said all the same.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ConversationStarted,
    StoppedByChannel,
    TextReceived,
    Unhandled,
    answer_in,
)
from segment_buttons.payload import looks_signed

Json = Mapping[str, Any]

_LONGEST_ID: Final = 512
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_BEFORE: Final = 100_000_000_000
"""A smaller timestamp is in seconds: as milliseconds it would lie before 1973-03-03."""
_YEAR_9999: Final = 253_402_300_799_000


class Malformed(Exception):
    """An event can't be read; its text says why, without repeating what it held. Never leaves this folder."""


def child(holder: Json, name: str) -> Json | None:
    """Return the object under `name`; None when there is none."""
    value = holder.get(name)
    return value if isinstance(value, dict) else None


def text(holder: Json, name: str) -> str:
    """Return the text under `name`; empty when there is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def identifier(holder: Json, name: str) -> str:
    """Return the id under `name` as text; empty when there is none.

    Meta's samples have ids as numbers and as text. Numbers become text digit by digit; one that JSON readers round
    (beyond 64 bits, or with a point) counts as none, because it might be somebody else's. So does an overlong one.
    """
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and len(value) <= _LONGEST_ID else ""


def moment(holder: Json, name: str) -> datetime | None:
    """Return the time under `name`, Unix milliseconds (or seconds, as older samples have it); None when unusable."""
    value = holder.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    milliseconds = value * 1000 if value < _SECONDS_BEFORE else value
    return _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds <= _YEAR_9999 else None


GET_STARTED: Final = "GET_STARTED"
"""The payload of the *Get started* button, as Meta's documentation sets it up."""


class Read(NamedTuple):
    """What happened, the event's own id (empty when it has none), and the bot's message it is about."""

    action: Action
    id: str = ""
    about: str = ""


def read_message(message: Json, *, bot: str, group: bool) -> Read:
    """Read a `message`. A quick reply of ours is a press, of another app the words on it."""
    mid = identifier(message, "mid")
    about = identifier(child(message, "reply_to") or {}, "mid")
    if message.get("is_deleted") is True:
        return Read(Unhandled("message_deleted"), mid, about)
    said = text(message, "text")
    payload = text(child(message, "quick_reply") or {}, "payload")
    if (answer := answer_in(payload)) is not None:
        return Read(TextReceived(text=answer, form="answer"), mid, about)
    if looks_signed(payload):
        return Read(ButtonPressed(payload=payload, label=said, form="quick_reply"), mid, about)
    attachments = _attachments(message.get("attachments"))
    if not said and not attachments:
        nothing = "message_unsupported" if message.get("is_unsupported") is True else "message_empty"
        return Read(Unhandled(nothing), mid, about)
    words = without_mentions(said, message, bot) if group else said
    heard = TextReceived(
        text=words, attachments=attachments, form=_form(message, said), addressed=group and words != said
    )
    return Read(heard, mid, about)


def read_postback(postback: Json) -> Read:
    """Read a `postback`: a press, or *Get started*, whose payload is the page's choice and which alone has a referral.

    A button of another app's is the words on it, as a quick reply is.
    """
    mid = identifier(postback, "mid")
    payload, title = text(postback, "payload"), text(postback, "title")
    referral = child(postback, "referral")
    if payload == GET_STARTED or (referral is not None and not looks_signed(payload)):
        return Read(ConversationStarted(referral=text(referral or {}, "ref")), mid)
    if (answer := answer_in(payload)) is not None:
        return Read(TextReceived(text=answer, form="answer"), mid)
    if title and not looks_signed(payload):
        return Read(TextReceived(text=title, form="chip"), mid)
    if not payload:
        return Read(Unhandled("postback_empty"), mid)
    return Read(ButtonPressed(payload=payload, label=title, form="postback"), mid)


def on_standby(read: Read) -> Read:
    """What is heard while another app has the conversation: the words, a button of ours, and the channel's own stop."""
    match read.action:
        case StoppedByChannel():
            return read
        case TextReceived(form="answer"):
            return read._replace(action=Unhandled("standby"))
        case ButtonPressed(payload=payload) as pressed if looks_signed(payload):
            return read._replace(action=msgspec.structs.replace(pressed, form="standby"))
        case TextReceived(text=said) | ButtonPressed(label=said) if said:
            return read._replace(action=TextReceived(text=said, form="standby"))
        case _:
            return read._replace(action=Unhandled("standby"))


def without_mentions(said: str, message: Json, bot: str) -> str:
    """Return the text without the places where it mentions the bot, unless that is all of it."""
    listed = message.get("mentions")
    places = []
    for mention in listed if isinstance(listed, list) else ():
        if not isinstance(mention, dict) or not bot or identifier(mention, "id") != bot:
            continue
        offset, length = mention.get("offset"), mention.get("length")
        if isinstance(offset, int) and isinstance(length, int) and min(offset, length) >= 0:
            places.append((offset, length))
    left = said
    for offset, length in sorted(places, reverse=True):
        left = left[:offset] + left[offset + length :]
    return left.strip() or said


def _form(message: Json, said: str) -> str:
    """How the words came; see `TextReceived.form`."""
    if message.get("quick_reply") is not None:
        return "chip"
    beside = message.get("reply_to"), message.get("attachments")
    return "reply" if said and any(one is not None and one != [] for one in beside) else ""


def _attachments(listed: Any) -> tuple[Attachment, ...]:  # noqa: ANN401  # JSON
    if listed is None:
        return ()
    return tuple(
        _attachment(item) if isinstance(item, dict) else Attachment("unknown")
        for item in (listed if isinstance(listed, list) else (listed,))
    )


def _attachment(item: Json) -> Attachment:
    held = child(item, "payload") or {}
    place = child(held, "coordinates")
    url = text(held, "url") or text(item, "url")
    if not url and place is not None:
        latitude, longitude = place.get("lat"), place.get("long")
        if isinstance(latitude, int | float) and isinstance(longitude, int | float):
            url = f"geo:{latitude},{longitude}"
    return Attachment(kind=text(item, "type") or "unknown", url=url, name=text(item, "title") or text(held, "title"))
