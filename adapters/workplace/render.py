"""Messages as send requests, within the Send API's limits. Pure.

Nothing is cut: text is split, buttons and cards move on to a further message, and words that a button or a card has no
room for stand in a text before it. The one thing that has no place is a picture's `alt`: Messenger knows none.

Carousels as generic templates.

developers.facebook.com, "Messenger Platform: generic template": at most 10 elements; title and subtitle 80 characters
each, 3 buttons, and at least one property besides the title.

Buttons and quick replies as the Send API takes them, and text with buttons under it.

developers.facebook.com, "Messenger Platform: button template": text 640 characters, 1 to 3 buttons.

Button labels within 20 characters.

A longer label is shortened on the button, and its full words stand in the text above: nothing that the person agrees to
is hidden. If two labels of one group look alike once shortened, the shortened ones are numbered.

How long one text message may be, and how that is counted.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from adapters.text import ELLIPSIS, length, shorten, split_end, split_text
from adapters.workplace.parse import INSTAGRAM as INSTAGRAM_MARK
from adapters.workplace.parse import PUSH_MARK
from messages.channels import WORKPLACE as KIND
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

LIMIT: Final = KIND.shows.button_label
"""developers.facebook.com, "Messenger Platform: buttons" and "quick replies": 20 characters."""


class Fitted(NamedTuple):
    """Buttons whose labels fit, in order, and the lines that give the full words of those that did not."""

    buttons: tuple[OutgoingButton, ...]
    legend: str


def fit_labels(buttons: Sequence[OutgoingButton]) -> Fitted:
    """Return the buttons of one text, card or row of quick replies with labels that fit."""
    if all(length(button.label) <= LIMIT and not _blank(button.label) for button in buttons):
        return Fitted(tuple(buttons), "")
    shown = Counter(_label(button.label, "") for button in buttons)
    alike = any(length(button.label) > LIMIT and shown[_label(button.label, "")] > 1 for button in buttons)
    fitted: list[OutgoingButton] = []
    legend: list[str] = []
    for number, button in enumerate(buttons, 1):
        long = length(button.label) > LIMIT
        prefix = f"{number}. " if alike and long else ""
        fitted.append(replace(button, label=_label(button.label, prefix)))
        if long:
            legend.append(f"{prefix or '• '}{button.label}")
    return Fitted(tuple(fitted), "\n".join(legend))


def _blank(label: str) -> bool:
    return not label or label.isspace()


def _label(label: str, prefix: str) -> str:
    return ELLIPSIS if _blank(label) else prefix + shorten(label, LIMIT - len(prefix))


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in which the channel's kinds differ; those of templates and buttons are the same for all."""

    text: int
    measure: Callable[[str], int]


def utf8_length(text: str) -> int:
    """Return how many bytes `text` takes."""
    return len(text.encode("utf-8", "surrogatepass"))


MESSENGER: Final = Limits(KIND.shows.text, length)
"""Messenger and Workplace: 2,000 characters (public clients agree on it; Meta's stored pages don't say)."""
INSTAGRAM: Final = Limits(1000, utf8_length)
"""Instagram: 1,000 bytes (infobip.com, "Instagram messaging")."""


MAXIMUM: Final = KIND.shows.buttons
"""Buttons of one template or card."""
_TEXT: Final = KIND.shows.text_with_buttons

Body = dict[str, Any]
"""The `message` of a send request."""


def button(one: OutgoingButton) -> Body:
    """A button whose label fits."""
    if one.url:
        return {"type": "web_url", "title": one.label, "url": one.url}
    return {"type": "postback", "title": one.label, "payload": one.payload}


def quick_reply(one: OutgoingButton) -> Body:
    """A quick reply whose label fits."""
    return {"content_type": "text", "title": one.label, "payload": one.payload}


def in_threes(buttons: Sequence[OutgoingButton]) -> list[list[Body]]:
    """The buttons in groups that fit one template or card."""
    shown = [button(one) for one in buttons]
    return [shown[at : at + MAXIMUM] for at in range(0, len(shown), MAXIMUM)]


def text_bodies(text: str, buttons: Sequence[OutgoingButton], limits: Limits) -> list[Body]:
    """Text with buttons under it: the last piece of the text carries the first three, each further three an ellipsis.

    The full words of labels that were too long follow the text.
    """
    fitted, legend = fit_labels(buttons)
    words = f"{text.strip()}\n\n{legend}"
    if not fitted:
        return _texts(words, limits)
    before, carrier = split_end(words, _TEXT)
    first, *further = in_threes(fitted)
    carried = [_button_template(carrier or ELLIPSIS, first), *(_button_template(ELLIPSIS, group) for group in further)]
    return _texts(before, limits) + carried


def _texts(words: str, limits: Limits) -> list[Body]:
    return [{"text": piece} for piece in split_text(words.strip(), limits.text, limits.measure)]


def _button_template(text: str, buttons: list[Body]) -> Body:
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": payload}}


_MOST: Final = KIND.shows.cards
_WORDS: Final = KIND.shows.card_title


def carousel_bodies(cards: Sequence[OutgoingCard], limits: Limits) -> list[Body]:
    """Cards side by side. Words that don't fit a card stand, in full, in a text before; buttons go on on a copy."""
    before = [head for card in cards if (head := _words_before(card))]
    elements = [element for card in cards for element in _elements(card)]
    groups = [elements[at : at + _MOST] for at in range(0, len(elements), _MOST)]
    return [*text_bodies("\n\n".join(before), (), limits), *(_generic_template(group) for group in groups)]


def _words(card: OutgoingCard) -> tuple[str, str]:
    """Title and subtitle; a subtitle without a title takes its place."""
    title, subtitle = card.title.strip(), card.subtitle.strip()
    return (title, subtitle) if title else (subtitle, "")


def _words_before(card: OutgoingCard) -> str:
    title, subtitle = _words(card)
    legend = fit_labels(card.buttons).legend
    if length(title) <= _WORDS and length(subtitle) <= _WORDS and not legend:
        return ""
    return "\n".join(line for line in (title, subtitle if length(subtitle) > _WORDS else "", legend) if line)


def _elements(card: OutgoingCard) -> Iterator[Body]:
    title, subtitle = _words(card)
    groups = in_threes(fit_labels(card.buttons).buttons)
    first: Body = {"title": shorten(title or ELLIPSIS, _WORDS)}
    if subtitle:
        first["subtitle"] = shorten(subtitle, _WORDS)
    if card.image:
        first["image_url"] = card.image
    if groups:
        first["buttons"] = groups[0]
    if len(first) == 1:
        first["subtitle"] = ELLIPSIS
    yield first
    for number, group in enumerate(groups[1:], 2):
        count = f" ({number}/{len(groups)})"
        yield {"title": shorten(title or ELLIPSIS, _WORDS - length(count)) + count, "buttons": group}


def _generic_template(elements: list[Body]) -> Body:
    return {"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": elements}}}


_PAYLOAD: Final = 1000
"""Characters of a payload."""

_QUICK_REPLIES: Final = KIND.shows.quick_replies
"""developers.facebook.com, "Messenger Platform: quick replies"."""


def render(message: OutgoingMessage, reference: ConversationReference) -> list[dict[str, Any]]:
    """Return the send requests for a message, in order; none for a message that says nothing."""
    limits = INSTAGRAM if reference.service_url == INSTAGRAM_MARK else MESSENGER
    bodies = [body for part in message.parts for body in _part(part, limits)]
    if message.quick_replies:
        bodies = _with_quick_replies(bodies, message.quick_replies, limits)
    if message.push is not None and bodies:  # the echo of the last one proves that all of them were sent
        bodies = [*bodies[:-1], {**bodies[-1], "metadata": PUSH_MARK + message.push.run}]
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
        case OutgoingActivity():
            return text_bodies(part.text, (), limits)
        case OutgoingFile():
            return _file(part, limits)


def _file(part: OutgoingFile, limits: Limits) -> list[Body]:
    """A link under its title. It may be a page, which an attachment can't be, so it is never fetched by Meta."""
    title = part.title.strip() or part.url
    return text_bodies(title, [OutgoingButton(label=shorten(title, LIMIT), url=part.url)], limits)


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
