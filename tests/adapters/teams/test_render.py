"""What a message looks like in Teams."""

from typing import Any

import pytest

from adapters.teams.parse import parse
from adapters.teams.render import render
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

CHAT = ConversationReference("teams", "a:1", "29:ana", "28:bot", "https://x", "t1")
GROUP = ConversationReference("teams", "19:1", "29:ana", "28:bot", "https://x", "t1", Scope.GROUP)
ENVELOPE = {
    "type": "message",
    "from": {"id": "28:bot"},
    "recipient": {"id": "29:ana"},
    "conversation": {"id": "a:1", "tenantId": "t1"},
}
YES = OutgoingButton("Yes please", "a1:yes")
LINK = OutgoingButton("Read more", url="https://example.com/?a=1&b=2")
HERO = "application/vnd.microsoft.card.hero"


def shown(*parts: OutgoingPart, replies: tuple[OutgoingButton, ...] = (), to: ConversationReference = CHAT) -> Any:
    """The activities of a message, without what is the same for all."""
    activities = render(OutgoingMessage("m", parts, replies), to)
    for activity in activities:
        assert {name: activity[name] for name in ("type", "from", "recipient")} == {
            name: ENVELOPE[name] for name in ("type", "from", "recipient")
        }
    return [{name: value for name, value in one.items() if name not in ENVELOPE} for one in activities]


def press(label: str, payload: str) -> dict[str, Any]:
    return {"type": "messageBack", "title": label, "displayText": label, "text": label, "value": {"assent": payload}}


def hero(**content: Any) -> dict[str, Any]:
    return {"contentType": HERO, "content": content}


def test_a_text_is_one_activity_addressed_in_full() -> None:
    assert render(OutgoingMessage("m", (OutgoingText("1 < 2 *really*"),)), CHAT) == [
        {**ENVELOPE, "text": "1 < 2 *really*", "textFormat": "plain"}
    ]


def test_a_text_with_buttons_is_one_hero_card() -> None:
    (activity,) = shown(OutgoingText("Tips & tricks?\nWeekly.", (YES, LINK)))
    assert activity["attachments"] == [
        hero(
            text="Tips &amp; tricks?<br>Weekly.",
            buttons=[
                press("Yes please", "a1:yes"),
                {"type": "openUrl", "title": "Read more", "value": "https://example.com/?a=1&b=2"},
            ],
        )
    ]
    assert "text" not in activity
    assert activity["summary"] == "Tips & tricks? Weekly."


def test_a_seventh_button_stands_on_a_further_card() -> None:
    buttons = tuple(OutgoingButton(f"b{n}", f"a1:{n}") for n in range(8))
    (activity,) = shown(OutgoingText("Which?", buttons))
    first, second = activity["attachments"]
    assert [button["title"] for button in first["content"]["buttons"]] == ["b0", "b1", "b2", "b3", "b4", "b5"]
    assert second["content"] == {"buttons": [press("b6", "a1:6"), press("b7", "a1:7")]}


def test_a_carousel_is_cards_side_by_side() -> None:
    cards = (
        OutgoingCard("News", "Once a month", "https://x/1.png", (YES,)),
        OutgoingCard("More"),
    )
    (activity,) = shown(OutgoingCarousel(cards))
    assert activity["attachmentLayout"] == "carousel"
    assert activity["attachments"] == [
        hero(
            title="News",
            subtitle="Once a month",
            images=[{"url": "https://x/1.png"}],
            buttons=[press("Yes please", "a1:yes")],
        ),
        hero(title="More"),
    ]


def test_an_eleventh_card_goes_into_a_further_message() -> None:
    activities = shown(OutgoingCarousel(tuple(OutgoingCard(f"card {n}") for n in range(11))))
    assert [len(activity["attachments"]) for activity in activities] == [10, 1]
    assert {activity["attachmentLayout"] for activity in activities} == {"carousel"}


def test_a_picture_and_a_link() -> None:
    picture, link = shown(OutgoingImage("https://x/1.png", "A cat"), OutgoingFile("https://x/a.pdf", "The plan"))
    assert picture["attachments"] == [hero(images=[{"url": "https://x/1.png", "alt": "A cat"}])]
    assert link["attachments"][0]["content"]["buttons"] == [
        {"type": "openUrl", "title": "The plan", "value": "https://x/a.pdf"}
    ]


TWO = (OutgoingButton("Yes", "a1:y"), OutgoingButton("No", "a1:n"))


def test_quick_replies_stand_under_the_text_in_a_chat_of_two() -> None:
    (activity,) = shown(OutgoingText("Sure?"), replies=TWO)
    assert activity["text"] == "Sure?"
    assert activity["suggestedActions"] == {
        "to": ["29:ana"],
        "actions": [
            {"type": "imBack", "title": "Yes", "value": "Yes"},
            {"type": "imBack", "title": "No", "value": "No"},
        ],
    }


FOUR = tuple(OutgoingButton(f"r{n}", f"a1:{n}") for n in range(4))


@pytest.mark.parametrize(
    ("replies", "to"),
    [
        (TWO, GROUP),
        (FOUR, CHAT),
        ((*TWO, LINK), CHAT),
        ((OutgoingButton("Yes", "a1:y"), OutgoingButton("yes!", "a1:z")), CHAT),
        ((TWO[0], OutgoingButton("Cancel", "a1:c")), CHAT),
    ],
    ids=["in a group", "four", "a link", "words that are heard alike", "a word that unsubscribes"],
)
def test_quick_replies_that_teams_would_not_show_are_buttons(
    replies: tuple[OutgoingButton, ...], to: ConversationReference
) -> None:
    (activity,) = shown(OutgoingText("Sure?"), replies=replies, to=to)
    (card,) = activity["attachments"]
    assert card["content"]["text"] == "Sure?"
    assert [button["title"] for button in card["content"]["buttons"]] == [reply.label for reply in replies]


def test_quick_replies_join_the_buttons_of_the_last_card_if_it_has_room() -> None:
    (activity,) = shown(OutgoingText("Sure?", (YES,)), replies=TWO)
    (card,) = activity["attachments"]
    assert [button["title"] for button in card["content"]["buttons"]] == ["Yes please", "Yes", "No"]
    six = tuple(OutgoingButton(f"b{n}", f"a1:b{n}") for n in range(6))
    for part in (OutgoingText("Sure?", six), OutgoingCarousel((OutgoingCard("A", buttons=(YES,)),))):
        _, more = shown(part, replies=TWO)
        assert [button["title"] for button in more["attachments"][0]["content"]["buttons"]] == ["Yes", "No"]


def test_an_answer_without_a_payload_comes_back_as_its_words() -> None:
    choices = tuple(OutgoingButton(f"choice {n}") for n in range(4))
    (activity,) = shown(OutgoingText("Which?"), replies=choices)
    assert activity["attachments"][0]["content"]["buttons"] == [
        {"type": "imBack", "title": f"choice {n}", "value": f"choice {n}"} for n in range(4)
    ]


def test_a_long_text_is_split_where_a_reader_would_and_the_buttons_stand_under_its_end() -> None:
    paragraph = "All of this is to be read. " * 300
    *before, last = shown(OutgoingText("\n\n".join([paragraph] * 10), (YES,)))
    assert len(before) >= 3
    assert all(activity["text"].endswith("read.") for activity in before)
    assert last["attachments"][0]["content"]["buttons"] == [press("Yes please", "a1:yes")]
    assert "read" in last["attachments"][0]["content"]["text"]


def test_words_too_long_for_their_place_on_a_card_stand_in_its_text() -> None:
    title, label = "A title of many words " * 5, "A label of many words " * 8
    (activity,) = shown(OutgoingCarousel((OutgoingCard(title, "short", buttons=(OutgoingButton(label, "a1:x"),)),)))
    (card,) = activity["attachments"]
    assert title.strip() in card["content"]["text"]
    assert label.strip() in card["content"]["text"]
    assert card["content"]["buttons"][0]["value"] == {"assent": "a1:x"}


def test_an_answer_that_is_a_consent_word_comes_back_as_a_press() -> None:
    answers = (OutgoingButton("Start", by_payload=True), OutgoingButton("Middle"))
    (activity,) = shown(OutgoingText("Which part?"), replies=answers)
    buttons = activity["attachments"][0]["content"]["buttons"]
    assert buttons == [press("Start", "say:Start"), {"type": "imBack", "title": "Middle", "value": "Middle"}]
    pressed = {
        "type": "message", "id": "1", "serviceUrl": "https://x", "from": {"id": "29:ana"}, "recipient": {"id": "28:b"},
        "conversation": {"id": "a:1"}, "text": buttons[0]["text"], "value": buttons[0]["value"],
    }  # fmt: skip
    (event,) = parse(pressed)
    assert event.action == TextReceived("Start", form="answer")


def test_a_quick_reply_whose_words_would_be_heard_otherwise_is_a_button() -> None:
    (activity,) = shown(OutgoingText("Sure?"), replies=(OutgoingButton("Yes", "a1:y", by_payload=True),))
    assert activity["attachments"][0]["content"]["buttons"] == [press("Yes", "a1:y")]
