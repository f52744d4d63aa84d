"""What happened, read from the activities that Teams sends."""

from datetime import UTC, datetime

import orjson
import pytest

from messages.errors import BadPayload
from messages.inbound import (
    Attachment,
    ButtonPressed,
    ConversationEnded,
    ConversationReference,
    ConversationStarted,
    ReactionChanged,
    Scope,
    Sender,
    TextReceived,
    Unhandled,
)
from tests.adapters.teams.activities import BOT, PAYLOAD, PERSON, SERVICE, activity, mention, read, read_bytes, sample


def test_a_typed_message_says_what_who_where_and_when() -> None:
    event = read(text=" Hello ", replyToId="7")
    assert event.action == TextReceived("Hello", form="reply")
    assert event.sender == Sender(PERSON, "Ana Lima", "aad-ana", locale="en-GB")
    assert event.reference == ConversationReference(
        channel="teams", conversation="a:ana", user=PERSON, bot=BOT, service_url=SERVICE, tenant="t1"
    )
    assert event.sent_at == datetime(2026, 11, 23, 10, 0, 0, 123000, UTC)
    assert event.reply_to == "7"


def test_files_come_as_their_addresses_and_the_html_copy_of_the_text_is_none() -> None:
    files = [
        {"contentType": "text/html", "content": "<p>look</p>"},
        {"contentType": "image/png", "contentUrl": "https://x/1.png", "name": "1.png"},
        {
            "contentType": "application/vnd.microsoft.teams.file.download.info",
            "contentUrl": None,
            "content": {"downloadUrl": "https://x/file"},
            "name": "f.txt",
        },
    ]
    action = read(text="look", attachments=files).action
    assert action == TextReceived(
        "look",
        (
            Attachment("image/png", "https://x/1.png", "1.png"),
            Attachment("application/vnd.microsoft.teams.file.download.info", "https://x/file", "f.txt"),
        ),
    )


@pytest.mark.parametrize(
    ("written", "entities", "text"),
    [
        ("<at>Tips</at> stop", [mention(BOT, "<at>Tips</at>")], "stop"),
        ("stop <at>Tips</at>", [mention(BOT, "<at>Tips</at>")], "stop"),
        ("ask <at>Tips</at> this", [mention(BOT, "<at>Tips</at>")], "ask this"),
        ("<at>Tips</at><at>Tips</at> stop", [mention(BOT, "<at>Tips</at>")] * 2, "stop"),
        (
            "<at>Tips</at> tell <at>Ben B</at>",
            [mention(BOT, "<at>Tips</at>"), mention("29:ben", "<at>Ben B</at>")],
            "tell Ben B",
        ),
        ("stop", [mention(BOT, "<at>Tips</at>")], "stop"),
        ('<at id="0">Tips</at> stop', None, "stop"),
        ("<at>Ben</at> stop", None, "Ben stop"),
        ("1 < 2 and <b>", None, "1 < 2 and <b>"),
        ("stop", [None, 1, {"type": "mention"}, {"type": "clientInfo"}], "stop"),
    ],
)
def test_the_mention_of_the_bot_is_no_part_of_what_was_said(written: str, entities: object, text: str) -> None:
    assert read(text=written, entities=entities).action == TextReceived(text)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>st<b>op</b></p>", "stop"),
        ("<div>one</div><div>two&nbsp;&amp; three</div>", "one\ntwo & three"),
        ('<span itemscope itemtype="http://schema.skype.com/Mention" itemid="0">Tips</span>&nbsp;stop', "stop"),
        ("a < b", "a < b"),
        (f"&#{'9' * 5000};", f"&#{'9' * 5000};"),
    ],
)
def test_a_message_with_html_alone_is_read_from_it(content: str, text: str) -> None:
    html = [{"contentType": "text/html", "content": content}]
    assert read(text=None, attachments=html).action == TextReceived(text)
    assert read(text="", attachments=html).action == TextReceived(text)


PRESSES = {
    "messageBack": ({"text": "Yes", "value": {"assent": PAYLOAD}}, "messageBack"),
    "messageBack, the value as JSON text": ({"text": "Yes", "value": f'{{"assent": "{PAYLOAD}"}}'}, "messageBack"),
    "messageBack, the payload itself": ({"text": "Yes", "value": PAYLOAD}, "messageBack"),
    "imBack of a payload": ({"text": PAYLOAD}, "imBack"),
    "Action.Submit": ({"value": {"assent": PAYLOAD, "input": "7"}}, "submit"),
    "somebody else's Action.Submit": ({"value": {"other": 1}}, "submit"),
}


@pytest.mark.parametrize(("fields", "form"), PRESSES.values(), ids=PRESSES.keys())
def test_a_press_that_comes_as_a_message(fields: dict[str, object], form: str) -> None:
    ours = "other" not in str(fields)
    assert read(**fields).action == ButtonPressed(
        payload=PAYLOAD if ours else "", label="Yes" if form == "messageBack" else "", form=form
    )


@pytest.mark.parametrize(
    "fields",
    [
        {
            "name": "adaptiveCard/action",
            "value": {"action": {"type": "Action.Execute", "data": {"assent": PAYLOAD}}, "trigger": "manual"},
        },
        {"value": {"assent": PAYLOAD}},
        {"name": "suggestedActions/submit", "value": {"assent": PAYLOAD}},
    ],
)
def test_a_press_that_waits_for_its_answer(fields: dict[str, object]) -> None:
    assert read("invoke", **fields).action == ButtonPressed(payload=PAYLOAD, form="invoke", wants_answer=True)


def test_a_quick_reply_comes_back_as_its_words() -> None:
    assert read(text="Yes please").action == TextReceived("Yes please")


TEAM = {"conversation": {"id": "19:c@thread.tacv2", "conversationType": "channel"}}

OTHERS = {
    "the bot was added": (
        ("conversationUpdate", {"membersAdded": [{"id": PERSON}, {"id": BOT}]}),
        ConversationStarted(),
    ),
    "the bot was removed": (
        ("conversationUpdate", {"membersRemoved": [{"id": BOT}]}),
        ConversationEnded("the bot was removed"),
    ),
    "somebody was added": (
        (
            "conversationUpdate",
            {**TEAM, "membersAdded": [{"id": PERSON}], "channelData": {"eventType": "teamMemberAdded"}},
        ),
        Unhandled("conversationUpdate teamMemberAdded"),
    ),
    "somebody was added who has no id": (
        ("conversationUpdate", {"membersAdded": [{"id": ""}], "recipient": None}),
        Unhandled("conversationUpdate"),
    ),
    "the person came into a chat of two": (
        ("conversationUpdate", {"membersAdded": [{"id": PERSON}], "from": {"id": BOT}}),
        ConversationStarted(),
    ),
    "installed": (("installationUpdate", {"action": "add"}), ConversationStarted()),
    "uninstalled": (("installationUpdate", {"action": "remove"}), ConversationEnded("the bot was uninstalled")),
    "upgraded": (("installationUpdate", {"action": "add-upgrade"}), Unhandled("installationUpdate add-upgrade")),
    "removed to be upgraded": (
        ("installationUpdate", {"action": "remove-upgrade"}),
        Unhandled("installationUpdate remove-upgrade"),
    ),
    "a like, and a heart taken back": (
        ("messageReaction", {"reactionsAdded": [{"type": "like"}], "reactionsRemoved": [{"type": "heart"}, 1]}),
        ReactionChanged(("like",), ("heart",)),
    ),
    "a kind from the future": (("telepathy", {}), Unhandled("telepathy")),
    "a message was taken back": (
        ("messageUpdate", {"text": "stop", "channelData": {"eventType": "softDeleteMessage"}}),
        Unhandled("messageUpdate softDeleteMessage"),
    ),
    "a message was restored": (
        ("messageUpdate", {"text": "stop", "channelData": {"eventType": "undeleteMessage"}}),
        Unhandled("messageUpdate undeleteMessage"),
    ),
    "a message was emptied": (
        ("messageUpdate", {"text": " ", "channelData": {"eventType": "editMessage"}}),
        Unhandled("messageUpdate editMessage"),
    ),
}


@pytest.mark.parametrize(("given", "expected"), OTHERS.values(), ids=OTHERS.keys())
def test_what_else_can_happen(given: tuple[str, dict[str, object]], expected: object) -> None:
    kind, fields = given
    assert read(kind, **fields).action == expected


@pytest.mark.parametrize(
    ("conversation", "channel_data", "scope"),
    [
        ({"conversationType": "personal"}, {}, Scope.PERSONAL),
        ({"conversationType": "groupChat"}, {}, Scope.GROUP),
        ({"conversationType": "channel"}, {}, Scope.CHANNEL),
        ({}, {}, Scope.PERSONAL),
        ({"isGroup": False}, {}, Scope.PERSONAL),
        ({"isGroup": True}, {}, Scope.GROUP),
        ({"isGroup": True}, {"team": {"id": "19:t"}}, Scope.CHANNEL),
        ({"isGroup": True, "id": "19:c@thread.skype;messageid=1"}, {}, Scope.CHANNEL),
    ],
)
def test_who_else_reads_the_conversation(conversation: dict[str, object], channel_data: object, scope: Scope) -> None:
    reference = read(conversation={"id": "c", **conversation}, channelData=channel_data).reference
    assert reference.scope is scope


def test_the_tenant_may_stand_in_the_channel_data() -> None:
    event = read(conversation={"id": "c"}, channelData={"tenant": {"id": "t2"}})
    assert event.reference.tenant == "t2"


def test_a_redelivery_has_the_same_event_id() -> None:
    assert read(text="a").event_id == read(text="a").event_id
    assert read(text="a", id=None).event_id == read(text="a", id=None).event_id


def test_other_activities_have_other_event_ids() -> None:
    events = [
        read(),
        read(id="2"),
        read(id=None),
        read(id=None, text="b"),
        read("messageReaction"),
        read(conversation={"id": "b"}),
    ]
    assert len({event.event_id for event in events}) == len(events)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"type": "message", "text": "\\ud800"}',
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        orjson.dumps(activity(conversation=None)),
        orjson.dumps(activity(conversation={})),
        orjson.dumps(activity(conversation={"id": "c" * 2000})),
        orjson.dumps({**activity(), "from": None}),
        orjson.dumps({**activity(), "from": {"id": 7}}),
        orjson.dumps({**activity(), "type": 7}),
        orjson.dumps({**activity(), "type": ""}),
    ],
)
def test_what_is_no_activity_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(BadPayload) as refused:
        read_bytes(body)
    assert refused.value.problem


def test_times_that_are_none_are_left_out() -> None:
    for timestamp in ("yesterday", "2026-11-23T10:00:00", 7, "0001-01-01T00:00:00+14:00", None):
        assert read(timestamp=timestamp).sent_at is None


def test_a_body_may_begin_with_a_byte_order_mark() -> None:
    assert read_bytes(b"\xef\xbb\xbf" + orjson.dumps(activity(text="hi"))).action == TextReceived("hi")


def test_mentions_in_a_third_party_message_of_a_channel() -> None:
    body = sample("SampleActivity2AtMentions.json")
    if body is None:
        pytest.skip("no third-party samples beside the project")
    event = read_bytes(body)
    assert isinstance(event.action, TextReceived)
    assert event.action.text.split() == ["Test", "Bot", "1", "TestMessage"]
    assert event.reference.scope is Scope.CHANNEL


def test_time_grows_with_the_length_alone() -> None:
    for piece in ("<at>", "<at ", "<span schema.skype.com/Mention", "<p", "<a", "<"):
        hostile = piece * (500_000 // len(piece))
        read(text=hostile)
        read(text=None, attachments=[{"contentType": "text/html", "content": hostile}])


def test_who_mentions_the_bot_in_a_group_speaks_to_it() -> None:
    mention = {"type": "mention", "text": "<at>Bot</at>", "mentioned": {"id": "28:bot", "name": "Bot"}}
    group = {"id": "19:1@thread.v2", "conversationType": "groupChat", "isGroup": True}
    spoken = read(text="<at>Bot</at> hello", conversation=group, entities=[mention], recipient={"id": "28:bot"}).action
    assert spoken == TextReceived("hello", addressed=True)
    assert read(text="hello", conversation=group, recipient={"id": "28:bot"}).action == TextReceived("hello")
