"""Recorded turns as a Bot Framework transcript, as botbuilder's own classes read it."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botbuilder.schema import Activity
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.teams.render import HERO
from flows.engine.turn import ConversationState, Turn
from messages.contact import Contact
from messages.effects import (
    Answer,
    Effect,
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingMessage,
    OutgoingText,
    Send,
)
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ConversationEnded,
    ConversationReference,
    ConversationStarted,
    InboundEvent,
    ReactionChanged,
    Scope,
    Sender,
    TextReceived,
    TimerFired,
    Unhandled,
)
from replay.transcript_writing import to_transcript
from storage.erase import bare_entry, erased_entry
from storage.records import JournalEntry
from tests.adapters.teams.test_render_anything import MESSAGE, REFERENCE
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

AT = datetime(2026, 11, 23, 10, 0, 1, 234_567, tzinfo=timezone(timedelta(hours=1)))
PLACE = ConversationReference("teams", "a:1", "29:ana", "28:bot", "https://smba.example/emea/")
ANA = Sender("29:ana", "Ana Lima", "aad-ana", locale="en-GB")


def entry(
    action: Action, *effects: Effect, place: ConversationReference = PLACE, sender: Sender = ANA, reply_to: str = ""
) -> JournalEntry:
    state = ConversationState("teams:a:1", place)
    event = InboundEvent("message/a:1/7", place, sender, action, reply_to=reply_to)
    return JournalEntry("t1", "small", state.key, "c1", AT, event, Turn(state, Contact("c1", ()), effects))


def accepted(activities: list[dict[str, Any]]) -> None:
    """Check that botbuilder's classes read every field and write it again."""
    for activity in json.loads(json.dumps(activities)):
        back = Activity().deserialize(activity).serialize()
        assert datetime.fromisoformat(back.pop("timestamp")) == datetime.fromisoformat(activity.pop("timestamp"))
        assert back == activity


def one(action: Action, **fields: Any) -> dict[str, Any]:
    """The activity of an event that got no reply, without what says when, where and between whom."""
    written = to_transcript([entry(action, **fields)])
    accepted(written)
    (activity,) = written
    about = {"timestamp", "channelId", "serviceUrl", "locale", "from", "recipient", "conversation", "id"}
    return {name: value for name, value in activity.items() if name not in about}


def replies(*effects: Effect, place: ConversationReference = PLACE) -> list[dict[str, Any]]:
    written = to_transcript([entry(TextReceived("hi"), *effects, place=place)])
    accepted(written)
    return written[1:]


def test_a_conversation_is_written_in_its_order() -> None:
    talk = Conversation(revision_of(flows.FLOW))
    talk.take(ConversationStarted())
    talk.press("Yes please")
    talk.take(TextReceived("my dog is ill"))
    written = to_transcript(talk.entries)
    accepted(written)
    assert [(each["type"], each["from"]["role"], each.get("text")) for each in written] == [
        ("conversationUpdate", "user", None),
        ("message", "bot", None),
        ("message", "user", "Yes please"),
        ("message", "bot", "You are in: A tip a week."),
        ("message", "user", "my dog is ill"),
        ("message", "bot", "I did not get that."),
    ]
    card, press = written[1]["attachments"][0], written[2]
    assert card["contentType"] == HERO
    assert card["content"]["text"] == "Hello Ana. A tip a week?"
    assert card["content"]["buttons"][0]["value"] == press["value"]
    assert [each.get("replyToId") for each in written[1::2]] == [each["id"] for each in written[::2]]
    assert len({each["id"] for each in written}) == len(written)


def test_it_says_when_where_and_between_whom() -> None:
    heard, said = to_transcript([entry(TextReceived("hi"), Send(OutgoingMessage("m1", (OutgoingText("Hello"),))))])
    between = {
        "timestamp": "2026-11-23T09:00:01.234Z",
        "channelId": "msteams",
        "serviceUrl": "https://smba.example/emea/",
        "conversation": {"id": "a:1", "conversationType": "personal"},
    }
    ana = {"id": "29:ana", "name": "Ana Lima", "aadObjectId": "aad-ana", "role": "user"}
    bot = {"id": "28:bot", "name": "small", "role": "bot"}
    words = {"type": "message", "textFormat": "plain"}
    assert heard == {**between, **words, "id": "t1", "locale": "en-GB", "from": ana, "recipient": bot, "text": "hi"}
    assert said == {
        **between,
        **words,
        "id": "m1",
        "replyToId": "t1",
        "from": bot,
        "recipient": ana,
        "text": "Hello",
    }


@pytest.mark.parametrize(("ours", "theirs"), [("workplace", "facebook"), ("terminal", "console"), ("sms", "sms")])
def test_a_channel_has_the_bot_frameworks_name(ours: str, theirs: str) -> None:
    place = ConversationReference(ours, "", "ana")
    (activity,) = to_transcript([entry(TextReceived("hi"), place=place, sender=Sender("ana"))])
    accepted([activity])
    assert activity["channelId"] == theirs
    assert "serviceUrl" not in activity
    assert activity["conversation"]["id"] == "teams:a:1"
    assert (activity["from"], activity["recipient"]) == (
        {"id": "ana", "role": "user"},
        {"id": "small", "name": "small", "role": "bot"},
    )


def test_what_the_person_did() -> None:
    said = {"type": "message", "textFormat": "plain"}
    assert one(TextReceived("hi"), reply_to="77") == {**said, "text": "hi", "replyToId": "77"}
    assert one(ButtonPressed("a1:x", "Yes")) == {**said, "text": "Yes", "value": {"assent": "a1:x"}}
    assert one(ButtonPressed("a1:x")) == {**said, "text": "", "value": {"assent": "a1:x"}}
    bot = {"id": "28:bot", "name": "small", "role": "bot"}
    assert one(ConversationStarted()) == {"type": "conversationUpdate", "membersAdded": [bot]}
    assert one(ConversationStarted("ad")) == {
        "type": "conversationUpdate",
        "membersAdded": [bot],
        "channelData": {"referral": "ad"},
    }
    assert one(ConversationEnded("blocked")) == {
        "type": "conversationUpdate",
        "membersRemoved": [bot],
        "channelData": {"reason": "blocked"},
    }
    assert one(ReactionChanged(added=("like", "heart")), reply_to="77") == {
        "type": "messageReaction",
        "reactionsAdded": [{"type": "like"}, {"type": "heart"}],
        "replyToId": "77",
    }
    assert one(ReactionChanged(removed=("like",))) == {
        "type": "messageReaction",
        "reactionsRemoved": [{"type": "like"}],
    }
    assert one(Unhandled("typing")) == {"type": "event", "name": "typing"}


def test_a_wait_that_is_over_is_no_act_of_the_persons() -> None:
    fired = entry(TimerFired("w_1"), sender=Sender("29:ana"))
    known = replace(fired.outcome.contact, name="Ana Lima")
    (activity,) = to_transcript([replace(fired, outcome=replace(fired.outcome, contact=known))])
    accepted([activity])
    assert activity["recipient"] == {"id": "29:ana", "name": "Ana Lima", "role": "user"}
    assert (activity["type"], activity["name"], activity["value"]) == ("event", "timer", "w_1")
    assert activity["from"]["role"] == "bot"


def test_files_have_a_media_type() -> None:
    sent = TextReceived(
        "",
        (
            Attachment("image/png", "https://x/1.png", "1.png"),
            Attachment("image", "https://x/2"),
            Attachment("location", name="Here"),
        ),
    )
    assert one(sent)["attachments"] == [
        {"contentType": "image/png", "contentUrl": "https://x/1.png", "name": "1.png"},
        {"contentType": "image/*", "contentUrl": "https://x/2"},
        {"contentType": "application/octet-stream", "name": "Here"},
    ]


def test_quick_replies_are_suggested_actions() -> None:
    offered = (OutgoingButton("Yes", "a1:y"), OutgoingButton("Terms", url="https://x/terms"))
    message = OutgoingMessage("m1", (OutgoingText("One"), OutgoingText("Two")), offered)
    first, last = replies(Send(message))
    assert "suggestedActions" not in first
    assert last["suggestedActions"] == {
        "actions": [
            {"type": "imBack", "title": "Yes", "value": "Yes"},
            {"type": "openUrl", "title": "Terms", "value": "https://x/terms"},
        ],
        "to": ["29:ana"],
    }
    (alone,) = replies(Send(OutgoingMessage("m2", (), offered)))
    assert alone["suggestedActions"] == last["suggestedActions"]


def test_cards_side_by_side_are_a_carousel() -> None:
    cards = tuple(OutgoingCard(title, "<b>", "https://x/1.png") for title in ("One", "Two"))
    (activity,) = replies(Send(OutgoingMessage("m1", (OutgoingCarousel(cards),))))
    assert activity["attachmentLayout"] == "carousel"
    assert [card["content"]["title"] for card in activity["attachments"]] == ["One", "Two"]


def test_an_answer_to_an_invoke_is_what_the_client_got() -> None:
    (activity,) = replies(Answer("You are in."))
    assert activity["type"] == "invokeResponse"
    assert activity["value"]["body"]["value"] == "You are in."


def test_what_went_to_one_of_a_group_alone_says_so() -> None:
    group = replace(PLACE, scope=Scope.GROUP)
    text = (OutgoingText("You are in."),)
    alone, everybody = replies(
        Send(OutgoingMessage("m1", text, private=True)), Send(OutgoingMessage("m2", text)), place=group
    )
    assert alone["conversation"] == {"id": "a:1", "conversationType": "personal"}
    assert everybody["conversation"] == {"id": "a:1", "conversationType": "groupChat", "isGroup": True}


def test_a_quick_reply_that_came_back_without_its_label_has_it_from_what_was_sent() -> None:
    offer = Send(OutgoingMessage("m1", (OutgoingText("Sure?"),), (OutgoingButton("Yes", "a1:y"),)))
    written = to_transcript([entry(TextReceived("hi"), offer), entry(ButtonPressed("a1:y"))])
    assert written[-1]["text"] == "Yes"


def test_an_erased_turn_leaves_a_trace() -> None:
    whole = entry(TextReceived("hi"), Send(OutgoingMessage("m1", (OutgoingText("Hello Ana"),))))
    bare = bare_entry(turn="t2", bot="small", contact="c1", name="erased:c1/1", at=AT)
    written = to_transcript([erased_entry(whole, "erased:c1/1"), bare])
    accepted(written)
    assert [(each["type"], each["id"], each["value"]) for each in written] == [
        ("trace", "t1", "erased"),
        ("trace", "t2", "erased"),
    ]
    assert "Ana" not in json.dumps(written)


@given(st.lists(MESSAGE, min_size=1, max_size=2), REFERENCE)
def test_whatever_a_flow_says_is_valid(messages: list[OutgoingMessage], place: ConversationReference) -> None:
    sent = [Send(replace(message, id=f"m{number}")) for number, message in enumerate(messages)]
    written = to_transcript([entry(TextReceived("hi"), *sent, place=place)])
    accepted(written)
    assert len({each["id"] for each in written}) == len(written)
