"""Whatever a flow says, the Send API takes it, and not a word, payload or address is lost."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.workplace.render import render
from messages.effects import (
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
)
from messages.inbound import ConversationReference
from standin.answers import problems
from tests.examples import examples

RELAXED = examples(150)
CHANNELS = st.sampled_from(
    [
        ConversationReference(channel="workplace", conversation="42", user="42"),
        ConversationReference(channel="workplace", conversation="42", user="42", service_url="instagram"),
    ]
)
LETTERS = st.characters(exclude_categories=("Cs", "Cc"))
SHORT = st.text(LETTERS, max_size=25)
WORDS = (
    SHORT
    | st.text(LETTERS, max_size=120)
    | st.lists(st.sampled_from(["rest", "Ruhe.", "休息。", "👩‍👩‍👧‍👦", "\n", "\n\n", "e\u0301"]), max_size=900).map(
        " ".join
    )
)
URLS = st.integers(0, 10**6).map("https://example.org/{}".format)
LABELS = SHORT | st.sampled_from(["Yes, please send me tips daily", "Yes, please send me tips weekly"])
BUTTONS = st.builds(OutgoingButton, LABELS, payload=st.integers(0, 10**9).map("a1:{}".format)) | st.builds(
    OutgoingButton, LABELS, url=URLS
)


def rows(maximum: int) -> st.SearchStrategy[tuple[OutgoingButton, ...]]:
    return st.lists(BUTTONS, max_size=maximum).map(tuple)


CARDS = st.builds(OutgoingCard, WORDS, subtitle=WORDS, image=st.just("") | URLS, buttons=rows(8))
PARTS = st.one_of(
    st.builds(OutgoingText, WORDS, buttons=rows(8)),
    st.builds(OutgoingCarousel, st.lists(CARDS, max_size=13).map(tuple)),
    st.builds(OutgoingImage, URLS),
    st.builds(OutgoingFile, URLS, WORDS),
)
MESSAGES = st.builds(
    OutgoingMessage, id=st.just("m_1"), parts=st.lists(PARTS, max_size=4).map(tuple), quick_replies=rows(20)
)


def bare(words: str) -> str:
    """Without white space, which may go at a seam, and without ellipses, which may come."""
    return "".join(words.split()).replace("…", "")


def leaves(value: Any) -> Iterator[tuple[str, str]]:
    """The texts of a request with their field names, in order."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str):
                yield name, inner
            else:
                yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)


def words_of(message: OutgoingMessage) -> Iterator[str]:
    for part in message.parts:
        match part:
            case OutgoingText():
                yield part.text
                yield from (button.label for button in part.buttons)
            case OutgoingCarousel():
                for card in part.cards:
                    yield from (card.title, card.subtitle)
                    yield from (button.label for button in card.buttons)
            case OutgoingFile():
                yield part.title
            case OutgoingImage():
                pass
    yield from (reply.label for reply in message.quick_replies)


def targets_of(message: OutgoingMessage) -> Iterator[str]:
    """Where the buttons of the parts, the pictures and the files lead, in order."""
    for part in message.parts:
        match part:
            case OutgoingText():
                yield from (button.url or button.payload for button in part.buttons)
            case OutgoingCarousel():
                for card in part.cards:
                    if card.image:
                        yield card.image
                    yield from (button.url or button.payload for button in card.buttons)
            case OutgoingFile() | OutgoingImage():
                yield part.url


@RELAXED
@given(MESSAGES, CHANNELS)
def test_every_request_is_within_the_limits(message: OutgoingMessage, channel: ConversationReference) -> None:
    assert [problem for send in render(message, channel) for problem in problems(send)] == []


@RELAXED
@given(MESSAGES, CHANNELS)
def test_every_word_is_said(message: OutgoingMessage, channel: ConversationReference) -> None:
    said = bare(
        "".join(text for name, text in leaves(render(message, channel)) if name in {"text", "title", "subtitle"})
    )
    assert [words for words in words_of(message) if bare(words) not in said] == []


@RELAXED
@given(MESSAGES, CHANNELS)
def test_every_button_picture_and_file_leads_where_it_should_in_order(
    message: OutgoingMessage, channel: ConversationReference
) -> None:
    led = [text for name, text in leaves(render(message, channel)) if name in {"payload", "url", "image_url"}]
    expected = list(targets_of(message))
    assert led[: len(expected)] == expected
    replies = [reply.url or reply.payload for reply in message.quick_replies]
    assert sorted(led[len(expected) :]) == sorted(replies)


@RELAXED
@given(MESSAGES, CHANNELS)
def test_quick_replies_come_last_or_they_would_vanish(message: OutgoingMessage, channel: ConversationReference) -> None:
    assert not any("quick_replies" in send["message"] for send in render(message, channel)[:-1])


@RELAXED
@given(st.lists(st.builds(OutgoingText, WORDS), max_size=4))
def test_texts_keep_their_order(texts: list[OutgoingText]) -> None:
    channel = ConversationReference(channel="workplace", conversation="42", user="42")
    sends = render(OutgoingMessage(id="m_1", parts=tuple(texts)), channel)
    assert bare("".join(send["message"]["text"] for send in sends)) == bare("".join(part.text for part in texts))
