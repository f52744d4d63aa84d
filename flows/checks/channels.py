"""Buttons that a channel shortens, moves or shows otherwise.

What is said here is what the channels of `messages.channels` do: nothing is dropped, but it may look otherwise than the
builder thought.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from flows.checks.view import Check, Fault, Limits, View, length, longest, warning
from flows.model.base import Localised
from flows.model.buttons import UrlButton
from flows.model.parts import Card, CarouselPart, ImagePart, QuestionPart, TextPart
from flows.walk import FoundButton, Path
from messages.channels import NO_LIMIT, Shows

LONG_LABEL = warning(
    "long-label", "A channel shortens a button's or choice's label and repeats its words in a text above."
)
MANY_BUTTONS = warning("too-many-buttons", "A channel moves some of a text's or card's buttons to a further message.")
MANY_QUICK_REPLIES = warning("too-many-quick-replies", "A channel shows some quick replies as buttons.")
LINK_QUICK_REPLY = warning("link-quick-reply", "A quick reply that opens a page is shown as a button.")


def _find_channels(view: View, limits: Limits) -> Iterator[Fault]:
    for path, kind, text in view.texts:
        if kind in ("label", "choice") and path[0] == "messages":
            yield from _label(path, longest(text), limits)
    for path, _, part in view.parts:
        if isinstance(part, QuestionPart):
            yield from _choices(path, len(part.choices), limits)
    for _, group in groupby(view.buttons, key=lambda found: found.path[:-1]):
        buttons = list(group)
        yield from _quick_replies(buttons, limits) if buttons[0].on is None else _buttons(buttons, limits)


def _label(path: Path, label: str, limits: Limits) -> Iterator[Fault]:
    for channel, bound in limits.below(length(label), lambda shows: shows.button_label):
        yield LONG_LABEL.broken(
            path,
            f"`{label}` has {length(label)} characters; {channel.title} shows {bound}, shortens the button and puts "
            "the whole label into a text above it",
            "Shorten it, and say the rest in the text",
        )


def _choices(path: Path, count: int, limits: Limits) -> Iterator[Fault]:
    for channel, bound in limits.below(count, lambda shows: shows.quick_replies):
        if channel.shows.splits_quick_replies:
            yield MANY_QUICK_REPLIES.broken(
                (*path, "choices", bound),
                f"here are {count} choices; {channel.title} shows {bound} as quick replies, and the rest as buttons, "
                "which do not vanish",
                "Ask in two steps, or take the answer as text",
            )


def _buttons(buttons: list[FoundButton], limits: Limits) -> Iterator[Fault]:
    for channel, bound in limits.below(len(buttons), lambda shows: shows.buttons):
        yield MANY_BUTTONS.broken(
            buttons[bound].path,
            f"here are {len(buttons)} buttons; {channel.title} moves all after the {_ordinal(bound)} to a further "
            "message",
            f"Keep {bound} of them, or put the others on a part of their own",
        )


def _quick_replies(buttons: list[FoundButton], limits: Limits) -> Iterator[Fault]:
    for path, _, button, _ in buttons:
        if isinstance(button, UrlButton):
            yield LINK_QUICK_REPLY.broken(path, _shown_as_buttons(limits), "Make it a button of a text part")
    for channel, bound in limits.below(len(buttons), lambda shows: shows.quick_replies):
        shown = (
            f"shows {bound}, and the others"
            if channel.shows.splits_quick_replies
            else f"takes {bound}, so it shows all"
        )
        yield MANY_QUICK_REPLIES.broken(
            buttons[bound].path,
            f"here are {len(buttons)} quick replies; {channel.title} {shown} as buttons, which do not vanish",
            f"Keep {bound} of them, or lead to a menu",
        )


def _shown_as_buttons(limits: Limits) -> str:
    limited = [channel for channel in limits.channels if channel.shows.quick_replies < NO_LIMIT]
    shown = [
        f"{channel.title} shows {'this one as a button' if channel.shows.splits_quick_replies else 'all as buttons'}"
        for channel in limited
    ]
    return "a quick reply can't open a page: " + ", ".join(shown)


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


CHANNELS = Check((LONG_LABEL, MANY_BUTTONS, MANY_QUICK_REPLIES, LINK_QUICK_REPLY), _find_channels)


LONG_TEXT = warning("long-text", "A channel splits a text into several messages.")
LONG_CARD_TEXT = warning("long-card-text", "A channel shortens a card's words and repeats them in a text before.")
MANY_CARDS = warning("too-many-cards", "Channels split a carousel into several.")
BARE_CARD = warning("bare-card", "A card has nothing but a title.")
PLAIN_HTTP = warning("http-image", "A picture's address is not https, and some channels do not show it.")


def _find_channel_texts(view: View, limits: Limits) -> Iterator[Fault]:
    for path, _, part in view.parts:
        match part:
            case TextPart():
                yield from _text(path, part, limits)
            case CarouselPart():
                yield from _carousel(path, part, limits)
            case ImagePart():
                yield from _image((*path, "image"), part.image, limits)
            case _:
                pass


def _text(path: Path, part: TextPart, limits: Limits) -> Iterator[Fault]:
    count = length(longest(part.text))
    under = ", and has the buttons under the last one" if part.buttons else ""
    for channel, bound in limits.below(count, lambda shows: shows.text_with_buttons if part.buttons else shows.text):
        yield LONG_TEXT.broken(
            (*path, "text"),
            f"this text has {count} characters; {channel.title} splits it at {bound}{under}",
            "Shorten it, or make it several parts where you like it split",
        )


def _carousel(path: Path, part: CarouselPart, limits: Limits) -> Iterator[Fault]:
    count = len(part.carousel)
    if minimum := min((bound for _, bound in limits.below(count, lambda shows: shows.cards)), default=0):
        yield MANY_CARDS.broken(
            (*path, "carousel", minimum),
            f"here are {count} cards; channels show {minimum} in a row, then the rest",
            f"Keep {minimum}, or split them where you like",
        )
    for position, card in enumerate(part.carousel):
        yield from _card((*path, "carousel", position), card, limits)


def _card(path: Path, card: Card, limits: Limits) -> Iterator[Fault]:
    yield from _card_words((*path, "title"), card.title, limits, lambda shows: shows.card_title)
    yield from _card_words((*path, "subtitle"), card.subtitle, limits, lambda shows: shows.card_subtitle)
    if card.subtitle is None and card.image is None and not card.buttons:
        yield BARE_CARD.broken(
            path, "a card with nothing but a title looks empty", "Give it a subtitle, an image or a button"
        )
    if card.image is not None:
        yield from _image((*path, "image"), card.image, limits)


def _card_words(path: Path, text: Localised | None, limits: Limits, limit: Callable[[Shows], int]) -> Iterator[Fault]:
    count = length(longest(text)) if text is not None else 0
    for channel, bound in limits.below(count, limit):
        yield LONG_CARD_TEXT.broken(
            path,
            f"this {path[-1]} has {count} characters; {channel.title} shows {bound} on the card, and all of them in a "
            "text before it",
            "Shorten it, or say the rest in a text part",
        )


def _image(path: Path, url: str, limits: Limits) -> Iterator[Fault]:
    refusing = [channel.title for channel in limits.channels if not channel.shows.plain_http_pictures]
    if url.startswith("http://") and refusing:
        yield PLAIN_HTTP.broken(path, f"{' and '.join(refusing)} shows pictures from https alone", "Use `https://`")


CHANNEL_TEXTS = Check((LONG_TEXT, LONG_CARD_TEXT, MANY_CARDS, BARE_CARD, PLAIN_HTTP), _find_channel_texts)
