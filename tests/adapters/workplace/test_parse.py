"""What a webhook event means. Unless a test names a sample, its event is written from Meta's documentation."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from adapters.workplace.parse import Refused, parse
from messages.errors import BadPayload
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ConversationStarted,
    InboundEvent,
    ReactionChanged,
    Receipt,
    Scope,
    StoppedByChannel,
    TextReceived,
    Unhandled,
)
from tests.adapters.workplace.webhooks import NOW_MS, batch, body, event, text_event


def one(content: dict[str, Any], source: str = "page") -> InboundEvent:
    parsed = parse(batch(content, source=source))
    assert parsed.refused == ()
    [read] = parsed.events
    return read


def what(**content: Any) -> Action:
    return one(event(**content)).action


def why_refused(content: Any) -> str:
    parsed = parse(batch(content))
    assert parsed.events == ()
    [refused] = parsed.refused
    assert refused.place == "entry[0].messaging[0]"
    return refused.reason


def test_a_text_message() -> None:
    read = one(text_event("Hello", mid="m_1"))
    assert read.event_id == "m_1"
    assert read.action == TextReceived("Hello")
    assert read.sent_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert read.sender.user == "42"
    assert (read.reference.channel, read.reference.user, read.reference.bot) == ("workplace", "42", "7")
    assert (read.reference.conversation, read.reference.scope) == ("42", Scope.PERSONAL)


def test_attachments_keep_their_kind_address_and_name() -> None:
    assert what(
        message={
            "mid": "m_1",
            "attachments": [
                {"type": "image", "payload": {"url": "https://example.org/a.png"}},
                {"type": "fallback", "title": "A page", "url": "https://example.org", "payload": None},
                {"type": "location", "payload": {"coordinates": {"lat": 12.5, "long": -3}}},
                {"type": "location", "payload": {"coordinates": {"lat": "x"}}},
                {},
            ],
        }
    ) == TextReceived(
        "",
        attachments=(
            Attachment("image", "https://example.org/a.png"),
            Attachment("fallback", "https://example.org", "A page"),
            Attachment("location", "geo:12.5,-3"),
            Attachment("location"),
            Attachment("unknown"),
        ),
    )


def test_a_quick_reply_is_a_press() -> None:
    pressed = what(message={"mid": "m_1", "text": "Yes", "quick_reply": {"payload": "a1:bot:1:x::mac"}})
    assert pressed == ButtonPressed(payload="a1:bot:1:x::mac", label="Yes", form="quick_reply")


OF_THE_ENTRY = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize("quick_reply", [{"payload": "DEVELOPER"}, {"payload": 7}, {}, "x", 0])
def test_a_quick_reply_that_is_not_ours_is_what_the_person_said(quick_reply: Any) -> None:
    said = what(message={"mid": "m_1", "text": "me@example.org", "quick_reply": quick_reply})
    assert said == TextReceived("me@example.org", form="chip")


@pytest.mark.parametrize("payload", ["a1:bot:1:b::mac", "a2:bot:0f:b::-tips:mac", f"a12:bot:later:{'A' * 22}"])
def test_a_payload_of_ours_is_a_press_whatever_its_version(payload: str) -> None:
    assert isinstance(what(message={"mid": "m_1", "text": "Stop", "quick_reply": {"payload": payload}}), ButtonPressed)
    assert isinstance(what(postback={"mid": "m_1", "title": "Stop", "payload": payload}), ButtonPressed)


def test_a_button_of_another_app_is_the_words_on_it() -> None:
    assert what(postback={"title": "Stop", "payload": "MENU_STOP"}) == TextReceived("Stop", form="chip")
    assert what(postback={"title": "Stop"}) == TextReceived("Stop", form="chip")
    assert what(postback={"payload": "MENU_STOP"}) == ButtonPressed(payload="MENU_STOP", form="postback")
    assert what(postback={}) == Unhandled("postback_empty")


def test_a_postback_is_a_press() -> None:
    read = one(event(postback={"mid": "m_2", "title": "Yes please", "payload": "a1:bot:1:x::mac"}))
    assert read.action == ButtonPressed(payload="a1:bot:1:x::mac", label="Yes please", form="postback")
    assert read.event_id == "m_2"


def test_get_started_starts_the_conversation() -> None:
    assert what(postback={"payload": "GET_STARTED"}) == ConversationStarted()
    assert what(postback={"payload": "GET_STARTED", "referral": {"ref": "poster"}}) == ConversationStarted("poster")


def test_a_press_of_ours_stays_a_press_even_with_a_referral() -> None:
    pressed = what(postback={"payload": "a1:bot:1:b::mac", "referral": {"ref": "poster"}})
    assert isinstance(pressed, ButtonPressed)


def test_a_referral_starts_the_conversation_again() -> None:
    assert what(referral={"ref": "poster", "source": "SHORTLINK"}) == ConversationStarted("poster")


def test_send_to_messenger_starts_the_conversation() -> None:
    assert what(optin={"ref": "site"}) == ConversationStarted("site")


@pytest.mark.parametrize("status", ["STOP NOTIFICATIONS", "STOP_NOTIFICATIONS", "stop notifications"])
@pytest.mark.parametrize("kind", ["notification_messages", None, 7])
def test_metas_own_stop_stops(status: str, kind: Any) -> None:
    assert what(optin={"type": kind, "notification_messages_status": status}) == StoppedByChannel(status)


@pytest.mark.parametrize("status", ["RESUME NOTIFICATIONS", None, 7])
def test_other_optins_are_no_yes(status: Any) -> None:
    assert what(optin={"type": "notification_messages", "notification_messages_status": status}) == Unhandled("optin")


def test_a_reaction_put_on_and_taken_off() -> None:
    put = one(event(reaction={"mid": "m_9", "action": "react", "emoji": "❤", "reaction": "love"}))
    assert (put.action, put.reply_to) == (ReactionChanged(added=("love",)), "m_9")
    off = one(event(reaction={"mid": "m_9", "action": "unreact", "emoji": "❤"}))
    assert off.action == ReactionChanged(removed=("❤",))
    assert put.event_id != off.event_id


def test_a_reply_names_the_message_it_is_about() -> None:
    assert one(event(message={"mid": "m_1", "text": "Yes", "reply_to": {"mid": "m_0"}})).reply_to == "m_0"


def test_receipts_say_up_to_when_and_which() -> None:
    told = {"watermark": NOW_MS, "mids": ["m_1", 7]}
    up_to = datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert what(delivery=told) == Unhandled("delivery", Receipt(up_to=up_to, ids=("m_1",)))
    assert what(read=told) == Unhandled("read", Receipt(read=True, up_to=up_to))
    assert what(delivery={"mids": "m_1"}) == Unhandled("delivery", Receipt())


@pytest.mark.parametrize("kind", ["account_linking", "pass_thread_control", "something_new"])
def test_what_means_nothing_to_a_flow_is_unhandled(kind: str) -> None:
    assert what(**{kind: {"watermark": 1}}) == Unhandled(kind)


def test_an_event_of_no_kind_is_unhandled() -> None:
    assert what() == Unhandled("unknown")


def edit(words: Any, number: int, mid: Any = "m_1") -> InboundEvent:
    return one(event(message_edit={"mid": mid, "text": words, "num_edit": number}))


def test_deletion_edit_and_message_of_one_id_are_events_of_their_own() -> None:
    said = one(text_event("Hello", mid="m_1"))
    gone = one(event(message={"mid": "m_1", "is_deleted": True, "text": "STOP"}))
    assert gone.action == Unhandled("message_deleted")
    assert edit("Hello!", 1).action == TextReceived("Hello!", form="edit")
    ids = {read.event_id for read in (said, gone, edit("Hello!", 1), edit("Hello!!", 2), edit("Hello!", 1, "m_2"))}
    assert len(ids) == 5


def test_an_edit_is_one_event_for_each_message_and_text() -> None:
    assert edit("STOP", 1).event_id == edit("STOP", 2).event_id


def test_an_edit_without_words_says_nothing() -> None:
    assert edit(None, 1).action == Unhandled("message_edit")


@pytest.mark.parametrize(
    ("message", "kind"), [({"is_unsupported": True}, "message_unsupported"), ({}, "message_empty")]
)
def test_a_message_that_says_nothing_is_unhandled(message: dict[str, Any], kind: str) -> None:
    assert what(message=message | {"mid": "m_1"}) == Unhandled(kind)


def test_the_text_of_an_unsupported_message_counts() -> None:
    assert what(message={"mid": "m_1", "is_unsupported": True, "text": "STOP"}) == TextReceived("STOP")


@pytest.mark.parametrize(
    "beside",
    [
        {"reply_to": {"mid": "m_0"}},
        {"reply_to": {"story": {"id": "s_1"}}},
        {"reply_to": 7},
        {"attachments": [{"type": "image"}]},
        {"attachments": ["a.png"]},
        {"attachments": "a.png"},
    ],
)
def test_words_beside_something_else_are_no_plain_message(beside: dict[str, Any]) -> None:
    said = what(message={"mid": "m_1", "text": "Go"} | beside)
    assert isinstance(said, TextReceived)
    assert (said.text, said.form) == ("Go", "reply")


@pytest.mark.parametrize("beside", [{"reply_to": None}, {"attachments": []}, {"attachments": None}])
def test_nothing_beside_the_words_leaves_a_plain_message(beside: dict[str, Any]) -> None:
    assert what(message={"mid": "m_1", "text": "Go"} | beside) == TextReceived("Go")


def test_echoes_are_dropped_wherever_they_come() -> None:
    echo = event(message={"mid": "m_1", "text": "Hello", "is_echo": True})
    parsed = parse(body({"id": "7", "time": NOW_MS, "messaging": [echo], "standby": [echo]}))
    assert (parsed.events, parsed.refused, parsed.dropped) == ((), (), ("echo", "echo"))


def test_what_the_page_itself_does_is_dropped() -> None:
    own = event(sender={"id": "7"}, message_edit={"mid": "m_1", "text": "STOP", "num_edit": 1})
    assert parse(batch(own)).dropped == ("echo",)


def test_on_standby_the_words_are_heard() -> None:
    listed = [
        text_event("STOP"),
        event(message={"mid": "m_2", "text": "Stop", "quick_reply": {"payload": "HELP_DESK"}}),
        event(message={"mid": "m_3", "text": "Go", "quick_reply": {"payload": "a1:bot:1:x::mac"}}),
        event(postback={"title": "Stop", "payload": "HELP_DESK"}),
        event(message_edit={"mid": "m_1", "text": "STOP", "num_edit": 1}),
        event(message={"mid": "m_4", "attachments": [{"type": "image"}]}),
        event(postback={"payload": "a1:bot:1:x::mac"}),
        event(postback={"payload": "GET_STARTED"}),
        event(optin={"type": "notification_messages", "notification_messages_status": "STOP NOTIFICATIONS"}),
        event(read={"watermark": 1}),
    ]
    parsed = parse(body({"id": "7", "time": NOW_MS, "standby": listed}))
    assert [read.action for read in parsed.events] == [
        TextReceived("STOP", form="standby"),
        TextReceived("Stop", form="standby"),
        ButtonPressed("a1:bot:1:x::mac", label="Go", form="standby"),
        TextReceived("Stop", form="standby"),
        TextReceived("STOP", form="standby"),
        Unhandled("standby"),
        ButtonPressed("a1:bot:1:x::mac", form="standby"),
        Unhandled("standby"),
        StoppedByChannel("STOP NOTIFICATIONS"),
        Unhandled("standby"),
    ]


def test_one_words_on_standby_and_later_are_two_events() -> None:
    for said in (text_event(), event(postback={"payload": "a1:bot:1:x::mac"})):
        parsed = parse(body({"id": "7", "time": NOW_MS, "standby": [said], "messaging": [said]}))
        assert len({read.event_id for read in parsed.events}) == 2


@pytest.mark.parametrize("source", ["page", "instagram", "workplace"])
def test_these_objects_are_read(source: str) -> None:
    assert one(text_event(), source=source).action == TextReceived("Hello")


def test_an_instagram_conversation_is_marked_for_its_limits() -> None:
    assert one(text_event(), source="instagram").reference.service_url == "instagram"
    assert one(text_event(), source="page").reference.service_url == ""


def test_other_objects_are_dropped() -> None:
    assert parse(batch(text_event(), source="permissions")).dropped == ("other_object",)


def test_page_changes_are_dropped() -> None:
    assert parse(body({"id": "7", "changes": [{"field": "feed"}]})).dropped == ("change",)


def test_a_group_chat_of_workplace() -> None:
    """Unconfirmed by any page or sample: Workplace is closed."""
    read = one(
        event(
            sender={"id": 42, "community": {"id": 9}},
            thread={"id": "t_1"},
            message={
                "mid": "m_1",
                "text": "@Assent tips please",
                "mentions": [{"id": 7, "offset": 0, "length": 7}, {"id": 8, "offset": 8, "length": 4}],
            },
        ),
        source="workplace",
    )
    assert read.action == TextReceived("tips please", addressed=True)
    assert (read.reference.conversation, read.reference.scope) == ("t_1", Scope.GROUP)
    assert read.reference.tenant == "9"


def test_ids_may_be_numbers_and_keep_every_digit() -> None:
    for number in (0, 1, 12345654332, 2**53 + 1, 2**64 - 1):
        assert one(event(sender={"id": number})).sender.user == str(number)


@pytest.mark.parametrize("number", [2**64, 10**30, 1.5, True, [], {}])
def test_an_id_that_can_not_be_read_exactly_is_refused(number: object) -> None:
    content = text_event() | {"sender": {"id": "HERE"}}
    raw = batch(content).replace(b'"HERE"', str(number).lower().encode())
    parsed = parse(raw)
    assert parsed.events == ()
    assert parsed.refused == (Refused("entry[0].messaging[0]", "sender.id is missing or unreadable"),)


def test_a_press_without_an_id_is_known_again_by_what_it_is() -> None:
    press = {"payload": "a1:bot:1:x::mac", "title": "Yes"}
    first = one(event(postback=press))
    assert one(event(postback=press)).event_id == first.event_id
    assert one(event(postback=press, timestamp=NOW_MS + 1)).event_id != first.event_id
    assert one(event(postback=press, sender={"id": "43"})).event_id != first.event_id
    assert one(event(postback=press | {"payload": "a1:y"})).event_id != first.event_id


def test_without_an_id_and_a_time_an_event_is_refused() -> None:
    parsed = parse(body({"id": "7", "messaging": [event(postback={"payload": "a1:bot:1:x::mac"}, timestamp=None)]}))
    assert parsed.refused[0].reason == "it has neither an id nor a time"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("hello", "it is not an object"),
        (event(sender=None, message={"mid": "m_1", "text": "Hi"}), "sender.id is missing or unreadable"),
        (event(sender={"id": None}), "sender.id is missing or unreadable"),
        (event(sender="42"), "sender.id is missing or unreadable"),
        (event(sender={"id": "4" * 513}), "sender.id is missing or unreadable"),
        (event(reaction={"mid": "m_1"}), "reaction names no reaction"),
    ],
)
def test_an_event_of_nobody_is_refused_with_a_reason(content: Any, reason: str) -> None:
    assert why_refused(content) == reason


@pytest.mark.parametrize(
    "content",
    [
        event(message="Hello"),
        event(postback=[]),
        event(message={"mid": "m_1", "text": 5}),
        event(message={"mid": ["m_1"]}),
    ],
)
def test_without_words_nothing_is_said(content: Any) -> None:
    assert isinstance(one(content).action, Unhandled)


@pytest.mark.parametrize(
    ("thread", "conversation"), [({"id": "t_1"}, "t_1"), ({"id": []}, ""), ({}, ""), ("t_1", ""), (7, ""), (False, "")]
)
def test_a_thread_that_can_not_be_read_is_a_group_all_the_same(thread: Any, conversation: str) -> None:
    reference = one(text_event() | {"thread": thread}).reference
    assert (reference.scope, reference.conversation, reference.user) == (Scope.GROUP, conversation, "42")


def test_a_mention_never_takes_all_the_words_away() -> None:
    mentions = [{"id": 7, "offset": 0, "length": 4}, {"id": "P"}, "x", {"id": 7, "offset": "0"}]
    for thread in (None, {"id": "t_1"}):
        read = one(event(thread=thread, message={"mid": "m_1", "text": "STOP", "mentions": mentions}))
        assert read.action == TextReceived("STOP")


def test_a_bad_event_leaves_its_neighbours_alone() -> None:
    """Batches of several entries: no third-party sample shows one."""
    parsed = parse(
        body(
            {"id": "7", "time": NOW_MS, "messaging": [text_event(mid="m_1"), "bad", text_event(mid="m_2")]},
            "bad",
            {"id": "7", "time": NOW_MS, "messaging": "bad", "standby": [text_event(mid="m_3")]},
            {"id": "8", "time": NOW_MS, "messaging": text_event(mid="m_4")},
        )
    )
    assert [read.event_id for read in parsed.events] == ["m_1", "m_2", "standby:m_3", "m_4"]
    assert [refused.place for refused in parsed.refused] == ["entry[0].messaging[1]", "entry[1]", "entry[2].messaging"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"object": 5}',
        b'{"object": "page"}',
        b'{"object": "page", "entry": {}}',
        b"[" * 5000 + b"]" * 5000,
    ],
)
def test_what_is_no_webhook_is_a_bad_payload(raw: bytes) -> None:
    with pytest.raises(BadPayload):
        parse(raw)


@pytest.mark.parametrize(
    "odd", [b'"\\ud83c"', b'"\\p"', b'"\\u12"', b'"\xff"', b"NaN", b'{"a":' * 400 + b"1" + b"}" * 400]
)
def test_an_odd_spot_in_one_event_loses_nobody(odd: bytes) -> None:
    first = event(message={"mid": "m_1", "text": "Look", "attachments": [{"type": "fallback", "title": "ODD"}]})
    parsed = parse(batch(first, text_event("STOP", mid="m_2")).replace(b'"ODD"', odd))
    said = [read.action for read in parsed.events]
    assert isinstance(said[0], TextReceived)
    assert (said[0].text, said[1]) == ("Look", TextReceived("STOP"))
    assert all(read.received for read in parsed.events)


@pytest.mark.parametrize(
    ("stamp", "when"),
    [
        (1_234_567_890, datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC)),
        (NOW_MS + 123, datetime(2026, 11, 23, 8, 0, 0, 123_000, tzinfo=UTC)),
        (None, OF_THE_ENTRY),
        ("soon", OF_THE_ENTRY),
        (-1, OF_THE_ENTRY),
        (10**18, OF_THE_ENTRY),
    ],
)
def test_an_event_without_a_readable_time_has_that_of_its_entry(stamp: object, when: datetime | None) -> None:
    assert one(text_event() | {"timestamp": stamp}).sent_at == when


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(parse(b"\xef\xbb\xbf" + batch(text_event())).events) == 1


def test_the_same_body_is_read_the_same() -> None:
    raw = batch(text_event(), event(postback={"payload": "a1:bot:1:x::mac"}), event(read={"watermark": 1}))
    assert parse(raw) == parse(orjson.dumps(orjson.loads(raw)))
