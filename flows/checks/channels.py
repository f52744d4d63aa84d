"""Buttons that a channel shortens, moves or shows otherwise.

What is said here is what `adapters.workplace` and `adapters.teams` do: nothing is dropped, but it may look otherwise
than the builder thought.
"""

from collections.abc import Iterator
from itertools import groupby

from flows.checks.view import Check, Fault, Limits, View, length, longest, warning
from flows.model.buttons import UrlButton
from flows.model.parts import Card, CarouselPart, ImagePart, QuestionPart, TextPart
from flows.walk import FoundButton, Path

LONG_LABEL = warning(
    "long-label", "Messenger shortens a button's or choice's label and repeats its words in a text above."
)
MANY_BUTTONS = warning("too-many-buttons", "A channel moves some of a text's or card's buttons to a further message.")
MANY_QUICK_REPLIES = warning("too-many-quick-replies", "A channel shows some quick replies as buttons.")
LINK_QUICK_REPLY = warning("link-quick-reply", "A quick reply that opens a page is shown as a button.")


def _find_channels(view: View, limits: Limits) -> Iterator[Fault]:
    for path, kind, text in view.texts:
        label = longest(text)
        if kind in ("label", "choice") and path[0] == "messages" and length(label) > limits.messenger_button_label:
            yield LONG_LABEL.broken(
                path,
                f"`{label}` has {length(label)} characters; Messenger shows {limits.messenger_button_label}, shortens "
                "the button and puts the whole label into a text above it",
                "Shorten it, and say the rest in the text",
            )
    for path, _, part in view.parts:
        if isinstance(part, QuestionPart) and len(part.choices) > limits.messenger_quick_replies:
            yield MANY_QUICK_REPLIES.broken(
                (*path, "choices", limits.messenger_quick_replies),
                f"here are {len(part.choices)} choices; Messenger shows {limits.messenger_quick_replies} as quick "
                "replies, and the rest as buttons, which do not vanish",
                "Ask in two steps, or take the answer as text",
            )
    for _, group in groupby(view.buttons, key=lambda found: found.path[:-1]):
        buttons = list(group)
        yield from _quick_replies(buttons, limits) if buttons[0].on is None else _buttons(buttons, limits)


def _buttons(buttons: list[FoundButton], limits: Limits) -> Iterator[Fault]:
    if len(buttons) > limits.messenger_buttons:
        teams = f", and beyond {limits.teams_buttons} so does Teams" if len(buttons) > limits.teams_buttons else ""
        yield MANY_BUTTONS.broken(
            buttons[limits.messenger_buttons].path,
            f"here are {len(buttons)} buttons; Messenger moves all after the {_ordinal(limits.messenger_buttons)} to a "
            f"further message{teams}",
            f"Keep {limits.messenger_buttons} of them, or put the others on a part of their own",
        )


def _quick_replies(buttons: list[FoundButton], limits: Limits) -> Iterator[Fault]:
    for path, _, button, _ in buttons:
        if isinstance(button, UrlButton):
            yield LINK_QUICK_REPLY.broken(
                path,
                "a quick reply can't open a page: Messenger shows this one as a button, Teams all of them",
                "Make it a button of a text part",
            )
    if len(buttons) > limits.teams_quick_replies:
        most = limits.messenger_quick_replies
        messenger = f"; Messenger shows {most}, and the others as buttons" if len(buttons) > most else ""
        yield MANY_QUICK_REPLIES.broken(
            buttons[limits.teams_quick_replies].path,
            f"here are {len(buttons)} quick replies; Teams takes {limits.teams_quick_replies}, so it shows all as "
            f"buttons, which do not vanish{messenger}",
            f"Keep {limits.teams_quick_replies} of them, or lead to a menu",
        )


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


CHANNELS = Check((LONG_LABEL, MANY_BUTTONS, MANY_QUICK_REPLIES, LINK_QUICK_REPLY), _find_channels)


LONG_TEXT = warning("long-text", "Messenger splits a text into several messages.")
LONG_CARD_TEXT = warning("long-card-text", "Messenger shortens a card's words and repeats them in a text before.")
MANY_CARDS = warning("too-many-cards", "Channels split a carousel into several.")
BARE_CARD = warning("bare-card", "A card has nothing but a title.")
PLAIN_HTTP = warning("http-image", "A picture's address is not https, and Teams does not show it.")


def _find_channel_texts(view: View, limits: Limits) -> Iterator[Fault]:
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


CHANNEL_TEXTS = Check((LONG_TEXT, LONG_CARD_TEXT, MANY_CARDS, BARE_CARD, PLAIN_HTTP), _find_channel_texts)
