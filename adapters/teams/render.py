"""Outgoing messages as Bot Framework activities. Pure.

Limits: Teams' card reference (6 buttons a hero card, 10 cards a message) and its message size (100 KB, keep below 80).
Text goes out as plain text: what a builder or a person wrote is never taken for markup.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from adapters.text_split import split_text
from messages.outgoing import (
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
)
from messages.reference import ConversationReference, Scope

CARD_BUTTONS = 6
CARDS = 10
SUGGESTIONS = 3
TEXT = 20_000

Json = dict[str, Any]

HERO = "application/vnd.microsoft.card.hero"


def render(message: OutgoingMessage, reference: ConversationReference) -> list[Json]:
    """Return the activities to send, in order.

    A text with buttons is one hero card: Teams splits an activity that has both a text and a card, and loses its id.
    What does not fit moves on: buttons to a further card, cards and words to a further activity.
    """
    base = _base(reference)
    activities = [{**base, **activity} for part in message.parts for activity in _part(part)]
    if message.quick_replies:
        _offer(activities, message.quick_replies, base, reference)
    return activities


def _base(reference: ConversationReference) -> Json:
    conversation: Json = {"id": reference.conversation}
    if reference.tenant:
        conversation["tenantId"] = reference.tenant
    return {
        "type": "message",
        "from": {"id": reference.bot},
        "recipient": {"id": reference.user},
        "conversation": conversation,
    }


def _part(part: object) -> Iterator[Json]:
    match part:
        case OutgoingText():
            yield from _text(part)
        case OutgoingCarousel():
            cards = [card for each in part.cards for card in _cards(each)]
            for chunk in _chunks(cards, CARDS):
                yield {"attachmentLayout": "carousel", "attachments": chunk}
        case OutgoingImage():
            card: Json = {"images": [{"url": part.url, **({"alt": part.alt} if part.alt else {})}]}
            yield {"attachments": [_hero(card)], **({"summary": part.alt} if part.alt else {})}
        case OutgoingFile():
            link = {"type": "openUrl", "title": part.title, "value": part.url}
            yield {"attachments": [_hero({"text": part.title, "buttons": [link]})]}


def _text(part: OutgoingText) -> Iterator[Json]:
    *before, last = split_text(part.text, TEXT) or [""]
    for words in before:
        yield {"text": words, "textFormat": "plain"}
    if not part.buttons:
        yield {"text": last, "textFormat": "plain"}
        return
    for number, chunk in enumerate(_chunks(part.buttons, CARD_BUTTONS)):
        card: Json = {"buttons": [_button(button) for button in chunk]}
        yield {"attachments": [_hero({"text": last, **card} if number == 0 else card)]}


def _cards(card: OutgoingCard) -> Iterator[Json]:
    for number, chunk in enumerate(_chunks(card.buttons, CARD_BUTTONS) or [()]):
        drawn: Json = {"title": card.title}
        if number == 0 and card.subtitle:
            drawn["subtitle"] = card.subtitle
        if number == 0 and card.image:
            drawn["images"] = [{"url": card.image}]
        if chunk:
            drawn["buttons"] = [_button(button) for button in chunk]
        yield _hero(drawn)


def _hero(content: Json) -> Json:
    return {"contentType": HERO, "content": content}


def _button(button: OutgoingButton) -> Json:
    if button.url:
        return {"type": "openUrl", "title": button.label, "value": button.url}
    if not button.payload:
        return {"type": "imBack", "title": button.label, "value": button.label}
    return {
        "type": "messageBack",
        "title": button.label,
        "displayText": button.label,
        "text": button.label,
        "value": {"assent": button.payload},
    }


def _offer(
    activities: list[Json], replies: Sequence[OutgoingButton], base: Json, reference: ConversationReference
) -> None:
    """Put quick replies under the last text; where Teams would not show them all, on a card of their own.

    Teams shows suggested actions in one-to-one chats, under plain texts, three at the most. They come back as their
    label, which the turn knows from what it offered.
    """
    fits = (
        reference.scope is Scope.PERSONAL
        and len(replies) <= SUGGESTIONS
        and bool(activities)
        and "attachments" not in activities[-1]
        and not any(reply.url for reply in replies)
    )
    if fits:
        actions = [{"type": "imBack", "title": reply.label, "value": reply.label} for reply in replies]
        activities[-1]["suggestedActions"] = {"actions": actions, "to": [reference.user]}
        return
    activities += [
        {**base, "attachments": [_hero({"buttons": [_button(reply) for reply in chunk]})]}
        for chunk in _chunks(replies, CARD_BUTTONS)
    ]


def _chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
