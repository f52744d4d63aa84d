"""How a message of a flow looks in Messenger, and what becomes of one that does not fit."""

from typing import Any

import orjson
import pytest

from adapters.workplace.parse import parse
from adapters.workplace.render import render
from messages.effects import (
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingPart,
    OutgoingText,
)
from messages.inbound import ConversationReference, Scope, TextReceived
from standin.answers import problems

HERE = ConversationReference(channel="workplace", conversation="42", user="42", bot="7")
YES = OutgoingButton("Yes please", payload="a1:yes")
NO = OutgoingButton("No thanks", payload="a1:no")
SITE = OutgoingButton("Our site", url="https://example.org/")
DAILY = OutgoingButton("Yes, please send me tips daily", payload="a1:daily")
WEEKLY = OutgoingButton("Yes, please send me tips weekly", payload="a1:weekly")


def bodies(
    *parts: OutgoingPart, quick: tuple[OutgoingButton, ...] = (), to: ConversationReference = HERE
) -> list[dict[str, Any]]:
    sends = render(OutgoingMessage(id="m_1", parts=parts, quick_replies=quick), to)
    assert [problem for send in sends for problem in problems(send)] == []
    return [send["message"] for send in sends]


def template(body: dict[str, Any]) -> dict[str, Any]:
    assert body["attachment"]["type"] == "template"
    payload = body["attachment"]["payload"]
    assert isinstance(payload, dict)
    return payload


def numbered(count: int) -> tuple[OutgoingButton, ...]:
    return tuple(OutgoingButton(f"Choice {n}", payload=f"a1:{n}") for n in range(1, count + 1))


def labels(buttons: list[dict[str, Any]]) -> list[str]:
    return [button["title"] for button in buttons]


def test_text_goes_to_the_person_as_a_response() -> None:
    assert render(OutgoingMessage(id="m_1", parts=(OutgoingText("Hello"),)), HERE) == [
        {"recipient": {"id": "42"}, "messaging_type": "RESPONSE", "message": {"text": "Hello"}}
    ]


def test_a_group_chat_is_answered_in_its_thread() -> None:
    """Unconfirmed by a page of Meta's: it is what public Workplace clients sent."""
    group = ConversationReference(channel="workplace", conversation="t_1", user="42", scope=Scope.GROUP)
    message = OutgoingMessage(id="m_1", parts=(OutgoingText("Hello"),))
    assert render(message, group)[0]["recipient"] == {"thread_key": "t_1"}
    assert render(message, group.private())[0]["recipient"] == {"id": "42"}


def test_buttons_stand_under_their_text() -> None:
    [body] = bodies(OutgoingText("Would you like tips?", buttons=(YES, SITE)))
    assert template(body) == {
        "template_type": "button",
        "text": "Would you like tips?",
        "buttons": [
            {"type": "postback", "title": "Yes please", "payload": "a1:yes"},
            {"type": "web_url", "title": "Our site", "url": "https://example.org/"},
        ],
    }


def test_long_text_is_split() -> None:
    paragraphs = ["calm " * 300, "rest " * 300]
    assert [body["text"].split()[0] for body in bodies(OutgoingText("\n\n".join(paragraphs)))] == ["calm", "rest"]


def test_the_last_piece_of_a_long_text_carries_the_buttons() -> None:
    one, two = bodies(OutgoingText("calm " * 300 + "\n\nWould you like tips?", buttons=(YES, NO)))
    assert one["text"] == ("calm " * 300).strip()
    assert template(two)["text"] == "Would you like tips?"
    assert labels(template(two)["buttons"]) == ["Yes please", "No thanks"]


def test_more_than_three_buttons_move_on() -> None:
    one, two, three = bodies(OutgoingText("Choose", buttons=numbered(7)))
    assert template(one)["text"] == "Choose"
    assert template(two)["text"] == template(three)["text"] == "…"
    assert [len(template(body)["buttons"]) for body in (one, two, three)] == [3, 3, 1]


def test_a_long_label_is_shortened_and_stands_in_full_in_the_text() -> None:
    [body] = bodies(OutgoingText("Would you like tips?", buttons=(DAILY, NO)))
    assert template(body)["text"] == "Would you like tips?\n\n• Yes, please send me tips daily"
    assert labels(template(body)["buttons"]) == ["Yes, please send me…", "No thanks"]


def test_long_labels_that_would_look_alike_are_numbered() -> None:
    [body] = bodies(OutgoingText("Would you like tips?", buttons=(DAILY, WEEKLY, NO)))
    assert template(body)["text"].splitlines()[2:] == [
        "1. Yes, please send me tips daily",
        "2. Yes, please send me tips weekly",
    ]
    assert labels(template(body)["buttons"]) == ["1. Yes, please send…", "2. Yes, please send…", "No thanks"]


def test_buttons_without_words_still_have_a_text() -> None:
    [body] = bodies(OutgoingText(" ", buttons=(YES,)))
    assert template(body)["text"] == "…"


def test_a_carousel_is_a_generic_template() -> None:
    [body] = bodies(
        OutgoingCarousel(
            (
                OutgoingCard("Sleep", subtitle="Rest better", image="https://example.org/s.png", buttons=(YES,)),
                OutgoingCard("Move", buttons=(NO,)),
            )
        )
    )
    assert template(body) == {
        "template_type": "generic",
        "elements": [
            {
                "title": "Sleep",
                "subtitle": "Rest better",
                "image_url": "https://example.org/s.png",
                "buttons": [{"type": "postback", "title": "Yes please", "payload": "a1:yes"}],
            },
            {"title": "Move", "buttons": [{"type": "postback", "title": "No thanks", "payload": "a1:no"}]},
        ],
    }


def test_more_than_ten_cards_move_on() -> None:
    cards = tuple(OutgoingCard(f"Card {n}", subtitle="s") for n in range(1, 13))
    one, two = bodies(OutgoingCarousel(cards))
    assert [len(template(body)["elements"]) for body in (one, two)] == [10, 2]


def test_words_that_do_not_fit_a_card_stand_before_the_carousel() -> None:
    title, subtitle = "Sleep " * 20, "Rest better " * 10
    before, carousel = bodies(
        OutgoingCarousel((OutgoingCard("Move", subtitle="s"), OutgoingCard(title, subtitle=subtitle)))
    )
    assert before["text"] == f"{title.strip()}\n{subtitle.strip()}"
    element = template(carousel)["elements"][1]
    assert element["title"].endswith("…")
    assert element["subtitle"].endswith("…")


def test_a_cards_long_label_stands_before_the_carousel_under_its_title() -> None:
    before, carousel = bodies(OutgoingCarousel((OutgoingCard("Sleep", buttons=(DAILY,)),)))
    assert before["text"] == "Sleep\n• Yes, please send me tips daily"
    assert labels(template(carousel)["elements"][0]["buttons"]) == ["Yes, please send me…"]


def test_more_than_three_buttons_of_a_card_go_on_on_a_copy() -> None:
    [body] = bodies(OutgoingCarousel((OutgoingCard("Sleep", subtitle="Rest", buttons=numbered(7)),)))
    elements = template(body)["elements"]
    assert [element["title"] for element in elements] == ["Sleep", "Sleep (2/3)", "Sleep (3/3)"]
    assert [len(element["buttons"]) for element in elements] == [3, 3, 1]


def test_a_card_with_a_title_alone_is_still_valid() -> None:
    [body] = bodies(OutgoingCarousel((OutgoingCard("Sleep"),)))
    assert template(body)["elements"] == [{"title": "Sleep", "subtitle": "…"}]


def test_a_card_without_a_title_shows_its_subtitle_there() -> None:
    [body] = bodies(OutgoingCarousel((OutgoingCard("", subtitle="Rest better", buttons=(YES,)),)))
    assert template(body)["elements"][0]["title"] == "Rest better"


def test_an_image_is_an_attachment() -> None:
    [body] = bodies(OutgoingImage("https://example.org/a.png", alt="A lake"))
    assert body == {"attachment": {"type": "image", "payload": {"url": "https://example.org/a.png"}}}


def test_a_file_is_a_link_under_its_title() -> None:
    [body] = bodies(OutgoingFile("https://example.org/a.pdf", title="Seven ways to wind down"))
    assert template(body)["text"] == "Seven ways to wind down"
    assert template(body)["buttons"] == [
        {"type": "web_url", "title": "Seven ways to wind…", "url": "https://example.org/a.pdf"}
    ]


def test_parts_keep_their_order_and_the_last_one_carries_the_quick_replies() -> None:
    one, two = bodies(OutgoingText("Look"), OutgoingImage("https://example.org/a.png"), quick=(YES, NO))
    assert one == {"text": "Look"}
    assert labels(two["quick_replies"]) == ["Yes please", "No thanks"]
    assert two["quick_replies"][0] == {"content_type": "text", "title": "Yes please", "payload": "a1:yes"}


def test_quick_replies_alone_have_a_text_to_hang_on() -> None:
    [body] = bodies(quick=(YES,))
    assert body["text"] == "…"


def test_of_more_than_thirteen_quick_replies_the_first_become_buttons() -> None:
    """Reading from the top they stay in the builder's order: buttons in the message, quick replies under it."""
    one, two = bodies(OutgoingText("Choose"), quick=numbered(15))
    assert one == {"text": "Choose"}
    assert labels(template(two)["buttons"]) == ["Choice 1", "Choice 2"]
    assert labels(two["quick_replies"]) == [f"Choice {n}" for n in range(3, 16)]


def test_a_link_among_the_quick_replies_becomes_a_button() -> None:
    _, two = bodies(OutgoingText("Choose"), quick=(YES, SITE))
    assert labels(template(two)["buttons"]) == ["Our site"]
    assert labels(two["quick_replies"]) == ["Yes please"]


def test_a_long_quick_reply_stands_in_full_in_the_text_above() -> None:
    one, two = bodies(OutgoingText("How often?"), quick=(DAILY, NO))
    assert one == {"text": "How often?"}
    assert two["text"] == "• Yes, please send me tips daily"
    assert labels(two["quick_replies"]) == ["Yes, please send me…", "No thanks"]


def test_instagram_counts_bytes() -> None:
    instagram = ConversationReference(channel="workplace", conversation="42", user="42", service_url="instagram")
    words = "Größe " * 250
    pieces = [body["text"] for body in bodies(OutgoingText(words), to=instagram)]
    assert all(len(piece.encode()) <= 1000 for piece in pieces)
    assert " ".join(pieces) == words.strip()


@pytest.mark.parametrize("parts", [(), (OutgoingText(""),), (OutgoingCarousel(()),)])
def test_a_message_that_says_nothing_sends_nothing(parts: tuple[OutgoingPart, ...]) -> None:
    assert bodies(*parts) == []


def test_an_answer_to_a_question_comes_back_whole_however_short_its_label_got() -> None:
    long = "The beginning of the night, mostly"
    *_, last = bodies(OutgoingText("When?"), quick=(OutgoingButton(long), OutgoingButton("The end")))
    assert [reply["payload"] for reply in last["quick_replies"]] == [f"say:{long}", "say:The end"]
    assert all(len(reply["title"]) <= 20 for reply in last["quick_replies"])
    webhook = {"object": "page", "entry": [{"messaging": [typed("The beginning of the…", f"say:{long}")]}]}
    (event,) = parse(orjson.dumps(webhook)).events
    assert event.action == TextReceived(text=long, form="answer")


def typed(text: str, payload: str) -> dict[str, Any]:
    """A quick reply as Meta sends it."""
    return {
        "sender": {"id": "42"},
        "recipient": {"id": "7"},
        "timestamp": 1,
        "message": {"mid": "m", "text": text, "quick_reply": {"payload": payload}},
    }
