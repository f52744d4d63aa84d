"""Whatever a flow says: no word, label, payload or address is lost, and Teams' limits hold."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.render import render
from messages.effects import (
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
)
from messages.inbound import ConversationReference, Scope

WORD = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
WORDS = st.lists(WORD, min_size=1, max_size=30).map(" ".join)
LONG = st.builds(lambda words, times: " ".join([words] * times), WORDS, st.integers(1, 150))
NUMBER = st.integers(0, 10**9)
BUTTON = st.one_of(
    st.builds(OutgoingButton, label=WORDS, payload=NUMBER.map("a1:{}".format)),
    st.builds(OutgoingButton, label=WORDS, url=NUMBER.map("https://example.com/{}".format)),
)
BUTTONS = st.lists(BUTTON, max_size=15).map(tuple)
CARD = st.builds(
    OutgoingCard,
    title=WORDS,
    subtitle=st.just("") | WORDS,
    image=st.just("") | NUMBER.map("https://example.com/{}.png".format),
    buttons=BUTTONS,
)
PART = st.one_of(
    st.builds(OutgoingText, text=LONG, buttons=BUTTONS),
    st.builds(OutgoingCarousel, cards=st.lists(CARD, min_size=1, max_size=13).map(tuple)),
    st.builds(OutgoingImage, url=NUMBER.map("https://example.com/{}.png".format), alt=st.just("") | WORD),
    st.builds(OutgoingFile, url=NUMBER.map("https://example.com/{}".format), title=WORDS),
)
MESSAGE = st.builds(
    OutgoingMessage, id=st.just("m"), parts=st.lists(PART, min_size=1, max_size=4).map(tuple), quick_replies=BUTTONS
)
REFERENCE = st.sampled_from(list(Scope)).map(
    lambda scope: ConversationReference("teams", "a:1", "29:ana", "28:bot", "https://x", scope=scope)
)


def cards(activities: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for activity in activities:
        for attachment in activity.get("attachments", ()):
            yield attachment["content"]


def actions(activities: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for card in cards(activities):
        yield from card.get("buttons", ())
    for activity in activities:
        yield from activity.get("suggestedActions", {}).get("actions", ())


def said(activities: list[dict[str, Any]]) -> str:
    """Every word that a reader sees, in one text."""
    words = [activity.get("text", "") for activity in activities]
    for card in cards(activities):
        words += [card.get("title", ""), card.get("subtitle", "")]
        words.append(html.unescape(card.get("text", "").replace("<br>", "\n")))
    words += [action["title"] for action in actions(activities)]
    return " ".join(words)


def buttons_of(message: OutgoingMessage) -> Iterator[OutgoingButton]:
    for part in message.parts:
        match part:
            case OutgoingText():
                yield from part.buttons
            case OutgoingCarousel():
                for card in part.cards:
                    yield from card.buttons
            case OutgoingFile():
                yield OutgoingButton(part.title, url=part.url)
    yield from message.quick_replies


def texts_of(message: OutgoingMessage) -> Iterator[str]:
    for part in message.parts:
        match part:
            case OutgoingText():
                yield part.text
            case OutgoingCarousel():
                for card in part.cards:
                    yield card.title
                    yield card.subtitle
            case OutgoingFile():
                yield part.title
    for button in buttons_of(message):
        yield button.label


def lost(message: OutgoingMessage, activities: list[dict[str, Any]]) -> set[str]:
    shown = set(re.split(r"\s+", said(activities)))
    return {word for text in texts_of(message) for word in text.split()} - shown


@given(MESSAGE, REFERENCE)
def test_nothing_is_lost(message: OutgoingMessage, reference: ConversationReference) -> None:
    activities = render(message, reference)
    assert not lost(message, activities)
    made = list(actions(activities))
    urls = Counter(action["value"] for action in made if action["type"] == "openUrl")
    assert urls == Counter(button.url for button in buttons_of(message) if button.url)
    payloads = Counter(action["value"]["assent"] for action in made if action["type"] == "messageBack")
    expected = Counter(button.payload for button in buttons_of(message) if button.payload)
    if any("suggestedActions" in activity for activity in activities):
        assert not Counter(payloads) - expected
        by_label = [action["value"] for action in made if action["type"] == "imBack"]
        assert by_label == [reply.label for reply in message.quick_replies]
    else:
        assert payloads == expected
    images = Counter(image["url"] for card in cards(activities) for image in card.get("images", ()))
    assert images == Counter(
        url
        for part in message.parts
        for url in (
            [part.url]
            if isinstance(part, OutgoingImage)
            else [card.image for card in part.cards]
            if isinstance(part, OutgoingCarousel)
            else []
        )
        if url
    )


@given(MESSAGE, REFERENCE)
def test_the_limits_of_teams_hold(message: OutgoingMessage, reference: ConversationReference) -> None:
    for activity in render(message, reference):
        assert len(orjson.dumps(activity).decode().encode("utf-16-le")) <= 80 * 1024
        assert len(activity.get("attachments", ())) <= 10
        assert len(activity.get("suggestedActions", {}).get("actions", ())) <= 3
        assert not ("text" in activity and "attachments" in activity)
        assert "text" in activity or activity["attachments"]
        for card in cards([activity]):
            assert len(card.get("buttons", ())) <= 6
            assert card
