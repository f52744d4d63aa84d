"""Carousels as generic templates.

developers.facebook.com, "Messenger Platform: generic template": at most 10 elements; title and subtitle 80 characters
each, 3 buttons, and at least one property besides the title.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from adapters.text_split import ELLIPSIS, length, shorten
from adapters.workplace.buttons import Body, in_threes, text_bodies
from adapters.workplace.labels import fit_labels
from adapters.workplace.limits import Limits
from messages.outgoing import OutgoingCard

_MOST: Final = 10
_WORDS: Final = 80


def carousel_bodies(cards: Sequence[OutgoingCard], limits: Limits) -> list[Body]:
    """Cards side by side. Words that don't fit a card stand, in full, in a text before; buttons go on on a copy."""
    before = [head for card in cards if (head := _words_before(card))]
    elements = [element for card in cards for element in _elements(card)]
    groups = [elements[at : at + _MOST] for at in range(0, len(elements), _MOST)]
    return [*text_bodies("\n\n".join(before), (), limits), *(_template(group) for group in groups)]


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


def _template(elements: list[Body]) -> Body:
    return {"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": elements}}}
