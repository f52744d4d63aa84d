"""Texts, cards and pictures that a channel splits, moves or does not show."""

from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, warning
from flows.checks.texts import length, longest
from flows.checks.view import View
from flows.model.parts import Card, CarouselPart, ImagePart, TextPart
from flows.walk import Path

LONG_TEXT = warning("long-text", "Messenger splits a text into several messages.")
LONG_CARD_TEXT = warning("long-card-text", "Messenger shortens a card's words and repeats them in a text before.")
MANY_CARDS = warning("too-many-cards", "Channels split a carousel into several.")
BARE_CARD = warning("bare-card", "A card has nothing but a title.")
PLAIN_HTTP = warning("http-image", "A picture's address is not https, and Teams does not show it.")


def _find(view: View, limits: Limits) -> Iterator[Fault]:
    for path, _, part in view.parts:
        match part:
            case TextPart():
                yield from _text(path, part, limits)
            case CarouselPart():
                yield from _carousel(path, part, limits)
            case ImagePart():
                yield from _image((*path, "image"), part.image)
            case _:
                pass


def _text(path: Path, part: TextPart, limits: Limits) -> Iterator[Fault]:
    most = limits.messenger_text_with_buttons if part.buttons else limits.messenger_text
    count = length(longest(part.text))
    if count > most:
        under = ", and has the buttons under the last one" if part.buttons else ""
        yield LONG_TEXT.broken(
            (*path, "text"),
            f"this text has {count} characters; Messenger splits it at {most}{under}",
            "Shorten it, or make it several parts where you like it split",
        )


def _carousel(path: Path, part: CarouselPart, limits: Limits) -> Iterator[Fault]:
    if len(part.carousel) > limits.cards:
        yield MANY_CARDS.broken(
            (*path, "carousel", limits.cards),
            f"here are {len(part.carousel)} cards; channels show {limits.cards} in a row, then the rest",
            f"Keep {limits.cards}, or split them where you like",
        )
    for position, card in enumerate(part.carousel):
        yield from _card((*path, "carousel", position), card, limits)


def _card(path: Path, card: Card, limits: Limits) -> Iterator[Fault]:
    for key, text, most in (
        ("title", card.title, limits.messenger_card_title),
        ("subtitle", card.subtitle, limits.messenger_card_subtitle),
    ):
        if text is not None and length(longest(text)) > most:
            yield LONG_CARD_TEXT.broken(
                (*path, key),
                f"this {key} has {length(longest(text))} characters; Messenger shows {most} on the card, and all of "
                "them in a text before it",
                "Shorten it, or say the rest in a text part",
            )
    if card.subtitle is None and card.image is None and not card.buttons:
        yield BARE_CARD.broken(
            path, "a card with nothing but a title looks empty", "Give it a subtitle, an image or a button"
        )
    if card.image is not None:
        yield from _image((*path, "image"), card.image)


def _image(path: Path, url: str) -> Iterator[Fault]:
    if url.startswith("http://"):
        yield PLAIN_HTTP.broken(path, "Teams shows pictures from https addresses alone", "Use `https://`")


CHECK = Check((LONG_TEXT, LONG_CARD_TEXT, MANY_CARDS, BARE_CARD, PLAIN_HTTP), _find)
