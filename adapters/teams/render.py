"""Outgoing messages as Bot Framework activities. Pure.

Limits: Teams' card reference (6 buttons a hero card, 10 cards a message), its page on message size (100 KB as UTF-16,
keep below 80) and on suggested actions (one-to-one chats, under a text, three). What does not fit moves on: words and
cards to a further activity, buttons to a further card.

Text goes out as plain text, and within cards, which know HTML, escaped: what a builder or a person wrote is never taken
for markup.

Hero cards: texts and cards of the flow with their buttons. Pure.

Teams shows two lines of a title and of a subtitle, one line of a button, and cuts the rest. So what is longer stands in
the card's text, which has no such limit.

How large activities may be. Pure.
"""

import html
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from adapters.teams.activity import KEY
from adapters.text import length, shorten, split_text
from keywords.normalise import normalise
from keywords.reserved import reserved
from messages.channels import TEAMS as KIND
from messages.effects import (
    OutgoingActivity,
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingPart,
    OutgoingText,
)
from messages.inbound import ConversationReference, Scope, answer_payload

CARDS: Final = KIND.shows.cards
"""Cards of one activity."""

LARGEST: Final = 80 * 1024
"""Bytes of one activity as UTF-16."""

ENVELOPE: Final = 12 * 1024
"""Of them for what stands around cards: ids, a summary."""

TEXT: Final = 16_000
"""UTF-16 units, of two bytes each, of one piece of text as it stands in the JSON."""


def written(text: str) -> int:
    """Return how many UTF-16 units a text takes in JSON."""
    return length(orjson.dumps(text).decode()) - 2


def weight(value: object) -> int:
    """Return how many bytes JSON takes as UTF-16; more, rather than fewer, where all is small."""
    written = orjson.dumps(value)
    return 2 * len(written) if 2 * len(written) <= LARGEST // 2 else 2 * length(written.decode())


def groups(cards: Sequence[Any]) -> list[list[Any]]:
    """Return cards in groups, each small enough for one activity."""
    made: list[list[Any]] = []
    room = 0
    for card in cards:
        heavy = weight(card)
        if not made or len(made[-1]) == CARDS or heavy > room:
            made.append([])
            room = LARGEST - ENVELOPE
        made[-1].append(card)
        room -= heavy
    return made


Json = dict[str, Any]

HERO: Final = "application/vnd.microsoft.card.hero"
BUTTONS: Final = KIND.shows.buttons
"""Buttons of one card; Teams does not show further ones."""

LINES: Final = 60
"""Characters of a title or subtitle that are sure to be shown."""

LABEL: Final = 100
"""Characters of a button. Teams tells no number; a longer label is said in full in the text above."""


def hero(content: Json) -> Json:
    """Return a hero card as an attachment."""
    return {"contentType": HERO, "content": content}


def text_cards(text: str, buttons: Sequence[OutgoingButton]) -> tuple[list[str], list[Json]]:
    """Return a text and its buttons as cards, and the pieces of text that go before them."""
    *before, last = _pieces(_with_labels(text, buttons)) or [""]
    drawn: list[Json] = []
    for number, row in enumerate(_rows(buttons)):
        content: Json = {"text": marked(last)} if number == 0 and last else {}
        drawn.append(hero({**content, "buttons": row}))
    return before, drawn


def hero_cards(card: OutgoingCard) -> Iterator[Json]:
    """Yield a card of a carousel: one hero card, or several where words or buttons are too many for one.

    Picture and title stand on the first, the buttons on the last ones, under the end of the words.
    """
    title, subtitle, text = _placed(card)
    *before, last = _pieces(_with_labels(text, card.buttons)) or [""]
    head: Json = {"title": title} if title else {}
    first: Json = {"subtitle": subtitle} if subtitle else {}
    if card.image:
        first["images"] = [{"url": card.image}]
    for piece in before:
        yield hero({**head, **first, "text": marked(piece)})
        first = {}
    for row in _rows(card.buttons) or [[]]:
        content: Json = {**head, **first}
        if last:
            content["text"] = marked(last)
        if row:
            content["buttons"] = row
        if content:
            yield hero(content)
        first, last = {}, ""


def add_buttons(card: Json, buttons: Sequence[OutgoingButton]) -> bool:
    """Put further buttons on a card; return False, and leave it as it is, if it has no room for all of them."""
    content = card["content"]
    has = content.get("buttons", [])
    if len(has) + len(buttons) > BUTTONS or any(length(button.label) > LABEL for button in buttons):
        return False
    content["buttons"] = [*has, *map(_button, buttons)]
    return True


def openings(cards: Sequence[Json]) -> str:
    """Return the first words of each card, for a summary."""
    found = []
    for card in cards:
        content = card["content"]
        words = content.get("title") or content.get("text", "")
        found.append(html.unescape(words.replace("<br>", " ")))
    return ", ".join(filter(None, found))


def marked(text: str) -> str:
    """Return a text as the HTML that a card's text is."""
    return html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>")


def _placed(card: OutgoingCard) -> tuple[str, str, str]:
    """Return title, subtitle and text: each word where it is sure to be shown."""
    title, subtitle = card.title.strip(), card.subtitle.strip()
    long_title, long_subtitle = length(title) > LINES, length(subtitle) > LINES
    text = "\n\n".join(words for words, long in ((title, long_title), (subtitle, long_subtitle)) if long)
    if long_title and not long_subtitle and subtitle:
        text, subtitle = f"{text}\n\n{subtitle}", ""
    return "" if long_title else title, "" if long_subtitle else subtitle, text


def _with_labels(text: str, buttons: Sequence[OutgoingButton]) -> str:
    long = [button.label for button in buttons if length(button.label) > LABEL]
    return "\n\n".join([text, *long]) if long else text


def _pieces(text: str) -> list[str]:
    return split_text(text, TEXT, lambda piece: written(marked(piece))) if text else []


def _rows(buttons: Sequence[OutgoingButton]) -> list[list[Json]]:
    drawn = [_button(button) for button in buttons]
    return [drawn[start : start + BUTTONS] for start in range(0, len(drawn), BUTTONS)]


def _button(button: OutgoingButton) -> Json:
    """A link, or a press: `messageBack` shows the label in the chat and brings the payload back as a value.

    An answer to a question says its label, unless that would be heard as something else.
    """
    label = shorten(button.label, LABEL)
    if button.url:
        return {"type": "openUrl", "title": label, "value": button.url}
    if not button.payload and not button.by_payload:
        return {"type": "imBack", "title": label, "value": button.label}
    return {
        "type": "messageBack",
        "title": label,
        "displayText": label,
        "text": label,
        "value": {KEY: button.payload or answer_payload(button.label)},
    }


SUGGESTIONS: Final = KIND.shows.quick_replies
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
        case OutgoingActivity():
            yield _activity(part)
        case OutgoingFile():
            yield from _with_buttons(part.title, (OutgoingButton(label=part.title or part.url, url=part.url),))


def _activity(part: OutgoingActivity) -> Json:
    """What a team's own bot sent; its text alone where the activity can't be read, as where it is masked."""
    try:
        content = orjson.loads(part.activity)
    except orjson.JSONDecodeError:
        content = None
    return content if isinstance(content, dict) else {"text": part.text, "textFormat": "plain"}


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
