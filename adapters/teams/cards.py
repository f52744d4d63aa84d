"""Hero cards: texts and cards of the flow with their buttons. Pure.

Teams shows two lines of a title and of a subtitle, one line of a button, and cuts the rest. So what is longer stands in
the card's text, which has no such limit.
"""

import html
from collections.abc import Iterator, Sequence
from typing import Any, Final

from adapters.teams.payloads import KEY
from adapters.teams.sizes import TEXT, written
from adapters.text_split import length, shorten, split_text
from messages.answers import answer_payload
from messages.outgoing import OutgoingButton, OutgoingCard

Json = dict[str, Any]

HERO: Final = "application/vnd.microsoft.card.hero"
BUTTONS: Final = 6
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
