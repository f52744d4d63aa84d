"""Outgoing messages as Bot Framework activities. Pure.

Limits: Teams' card reference (6 buttons a hero card, 10 cards a message), its page on message size (100 KB as UTF-16,
keep below 80) and on suggested actions (one-to-one chats, under a text, three). What does not fit moves on: words and
cards to a further activity, buttons to a further card.

Text goes out as plain text, and within cards, which know HTML, escaped: what a builder or a person wrote is never taken
for markup.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from adapters.teams.cards import Json, add_buttons, hero, hero_cards, openings, text_cards
from adapters.teams.sizes import TEXT, groups, written
from adapters.text_split import length, shorten, split_text
from keywords.normalise import normalise
from keywords.reserved import reserved
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

SUGGESTIONS: Final = 3
_SUGGESTION: Final = 40
"""Characters of a label that a suggested action shows."""

_SUMMARY: Final = 120


def render(message: OutgoingMessage, reference: ConversationReference) -> list[Json]:
    """Return the activities to send, in order.

    A text with buttons is one hero card: Teams splits an activity that has both a text and a card, and loses its id.
    """
    contents = [content for part in message.parts for content in _part(part)]
    if message.quick_replies:
        _offer(contents, message.quick_replies, reference)
    base = _base(reference)
    return [{**base, **content} for content in contents]


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


def _part(part: OutgoingPart) -> Iterator[Json]:
    match part:
        case OutgoingText():
            if part.buttons:
                yield from _with_buttons(part.text, part.buttons)
            else:
                yield from _plain(part.text)
        case OutgoingCarousel():
            cards = [drawn for card in part.cards for drawn in hero_cards(card)]
            for group in groups(cards):
                yield {"attachmentLayout": "carousel", "attachments": group, **_summary(openings(group))}
        case OutgoingImage():
            picture = {"url": part.url, **({"alt": part.alt} if part.alt else {})}
            yield {"attachments": [hero({"images": [picture]})], **_summary(part.alt)}
        case OutgoingFile():
            yield from _with_buttons(part.title, (OutgoingButton(label=part.title or part.url, url=part.url),))


def _plain(text: str) -> Iterator[Json]:
    for piece in split_text(text, TEXT, written):
        yield {"text": piece, "textFormat": "plain"}


def _with_buttons(text: str, buttons: Sequence[OutgoingButton]) -> Iterator[Json]:
    """A text and its buttons: what does not fit on a card goes before it."""
    before, cards = text_cards(text, buttons)
    for piece in before:
        yield {"text": piece, "textFormat": "plain"}
    for group in groups(cards):
        yield {"attachments": group, **_summary(openings(group))}


def _summary(words: str) -> Json:
    """What a notification shows of a card."""
    said = shorten(words.strip(), _SUMMARY)
    return {"summary": said} if said else {}


def _offer(contents: list[Json], replies: Sequence[OutgoingButton], reference: ConversationReference) -> None:
    """Put quick replies under the last text; where Teams would not show them all, as buttons on the last card.

    Suggested actions come back as their label, which the turn knows from what it offered. So a label that is not told
    from another's, or that would be taken for a word that unsubscribes, needs a button, which brings its payload back.
    """
    last = contents[-1] if contents else {}
    labels = [reply.label for reply in replies]
    heard = [normalise(label) for label in labels]
    fits = (
        reference.scope is Scope.PERSONAL
        and "text" in last
        and len(replies) <= SUGGESTIONS
        and len(set(heard)) == len(heard)
        and not any(reply.by_payload or reserved(word) for reply, word in zip(replies, heard, strict=True))
        and all(0 < length(label) <= _SUGGESTION for label in labels)
        and not any(reply.url for reply in replies)
    )
    if fits:
        actions = [{"type": "imBack", "title": label, "value": label} for label in labels]
        last["suggestedActions"] = {"actions": actions, "to": [reference.user]}
        return
    if "text" in last:
        contents[-1:] = _with_buttons(last["text"], replies)
    elif not last or "attachmentLayout" in last or not add_buttons(last["attachments"][-1], replies):
        contents.extend(_with_buttons("", replies))
