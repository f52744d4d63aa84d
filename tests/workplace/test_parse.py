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
    TextReceived,
    Unhandled,
)
from messages.reference import Scope
from tests.workplace.webhooks import NOW_MS, batch, body, event, text_event


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
    pressed = what(message={"mid": "m_1", "text": "Yes", "quick_reply": {"payload": "a1:x"}})
    assert pressed == ButtonPressed(payload="a1:x", label="Yes", form="quick_reply")


def test_a_quick_reply_without_a_payload_is_text() -> None:
    assert what(message={"mid": "m_1", "text": "me@example.org", "quick_reply": {}}) == TextReceived("me@example.org")


def test_a_postback_is_a_press() -> None:
    read = one(event(postback={"mid": "m_2", "title": "Yes please", "payload": "a1:x"}))
    assert read.action == ButtonPressed(payload="a1:x", label="Yes please", form="postback")
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


def test_other_optins_have_no_meaning_for_a_flow() -> None:
    assert what(optin={"type": "notification_messages", "payload": "x"}) == Unhandled("optin")


def test_a_reaction_put_on_and_taken_off() -> None:
    put = one(event(reaction={"mid": "m_9", "action": "react", "emoji": "❤", "reaction": "love"}))
    assert (put.action, put.reply_to) == (ReactionChanged(added=("love",)), "m_9")
    off = one(event(reaction={"mid": "m_9", "action": "unreact", "emoji": "❤"}))
    assert off.action == ReactionChanged(removed=("❤",))
    assert put.event_id != off.event_id


def test_a_reply_names_the_message_it_is_about() -> None:
    assert one(event(message={"mid": "m_1", "text": "Yes", "reply_to": {"mid": "m_0"}})).reply_to == "m_0"


@pytest.mark.parametrize("kind", ["read", "delivery", "account_linking", "pass_thread_control", "something_new"])
def test_what_means_nothing_to_a_flow_is_unhandled(kind: str) -> None:
    assert what(**{kind: {"watermark": 1}}) == Unhandled(kind)


def test_an_event_of_no_kind_is_unhandled() -> None:
    assert what() == Unhandled("unknown")


def test_deletion_edit_and_message_of_one_id_are_three_events() -> None:
    said = one(text_event("Hello", mid="m_1"))
    gone = one(event(message={"mid": "m_1", "is_deleted": True}))
    edited = one(event(message_edit={"mid": "m_1", "text": "Hello!", "num_edit": 1}))
    again = one(event(message_edit={"mid": "m_1", "text": "Hello!!", "num_edit": 2}))
    assert gone.action == Unhandled("message_deleted")
    assert edited.action == Unhandled("message_edit")
    assert len({said.event_id, gone.event_id, edited.event_id, again.event_id}) == 4


@pytest.mark.parametrize(
    ("message", "kind"), [({"is_unsupported": True}, "message_unsupported"), ({}, "message_empty")]
)
def test_a_message_that_says_nothing_is_unhandled(message: dict[str, Any], kind: str) -> None:
    assert what(message=message | {"mid": "m_1"}) == Unhandled(kind)


def test_echoes_are_dropped_wherever_they_come() -> None:
    echo = event(message={"mid": "m_1", "text": "Hello", "is_echo": True})
    parsed = parse(body({"id": "7", "time": NOW_MS, "messaging": [echo], "standby": [echo]}))
    assert (parsed.events, parsed.refused, parsed.dropped) == ((), (), ("echo", "echo"))


def test_on_standby_nothing_is_answered() -> None:
    parsed = parse(body({"id": "7", "time": NOW_MS, "standby": [text_event(), event(postback={"payload": "a1:x"})]}))
    assert [read.action for read in parsed.events] == [Unhandled("standby"), Unhandled("standby")]


def test_one_words_on_standby_and_later_are_two_events() -> None:
    for said in (text_event(), event(postback={"payload": "a1:x"})):
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
    assert read.action == TextReceived("tips please")
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
    assert parsed.refused == (Refused("entry[0].messaging[0]", "id is neither text nor a whole number"),)


def test_a_press_without_an_id_is_known_again_by_what_it_is() -> None:
    press = {"payload": "a1:x", "title": "Yes"}
    first = one(event(postback=press))
    assert one(event(postback=press)).event_id == first.event_id
    assert one(event(postback=press, timestamp=NOW_MS + 1)).event_id != first.event_id
    assert one(event(postback=press, sender={"id": "43"})).event_id != first.event_id
    assert one(event(postback=press | {"payload": "a1:y"})).event_id != first.event_id


def test_without_an_id_and_a_time_an_event_is_refused() -> None:
    parsed = parse(body({"id": "7", "messaging": [event(postback={"payload": "a1:x"}, timestamp=None)]}))
    assert parsed.refused[0].reason == "it has neither an id nor a time"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("hello", "it is not an object"),
        (event(sender=None, message={"mid": "m_1", "text": "Hi"}), "sender.id is missing"),
        (event(sender={"id": None}), "sender.id is missing"),
        (event(sender="42"), "sender is not an object"),
        (event(sender={"id": "4" * 513}), "id is longer than 512 characters"),
        (event(message="Hello"), "message is not an object"),
        (event(message={"mid": ["m_1"]}), "mid is neither text nor a whole number"),
        (event(message={"mid": "m_1", "text": 5}), "text is not text"),
        (event(message={"mid": "m_1", "attachments": "a.png"}), "attachments is not a list of objects"),
        (event(message={"mid": "m_1", "attachments": ["a.png"]}), "attachments is not a list of objects"),
        (event(message={"mid": "m_1", "text": "Hi", "quick_reply": {"payload": 1}}), "payload is not text"),
        (event(postback=[]), "postback is not an object"),
        (event(reaction={"mid": "m_1"}), "reaction names no reaction"),
    ],
)
def test_an_event_of_wrong_types_is_refused_with_a_reason(content: Any, reason: str) -> None:
    assert why_refused(content) == reason


def test_a_bad_event_leaves_its_neighbours_alone() -> None:
    """Batches of several entries: no third-party sample shows one."""
    parsed = parse(
        body(
            {"id": "7", "time": NOW_MS, "messaging": [text_event(mid="m_1"), "bad", text_event(mid="m_2")]},
            "bad",
            {"id": "7", "time": NOW_MS, "messaging": "bad", "standby": [text_event(mid="m_3")]},
            {"id": "8", "time": NOW_MS, "messaging": [text_event(mid="m_4")]},
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
        b'{"object": "page", "entry": ["\\ud800"]}',
        b"[" * 5000 + b"]" * 5000,
    ],
)
def test_what_is_no_webhook_is_a_bad_payload(raw: bytes) -> None:
    with pytest.raises(BadPayload):
        parse(raw)


def test_a_deeply_nested_event_is_refused_by_itself() -> None:
    raw = batch(event(read="HERE"), text_event()).replace(b'"HERE"', b'{"a":' * 400 + b"1" + b"}" * 400)
    parsed = parse(raw)
    assert [refused.reason for refused in parsed.refused] == ["read is nested too deeply"]
    assert len(parsed.events) == 1


@pytest.mark.parametrize(
    ("stamp", "when"),
    [
        (1_234_567_890, datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC)),
        (NOW_MS + 123, datetime(2026, 11, 23, 8, 0, 0, 123_000, tzinfo=UTC)),
        (None, None),
        ("soon", None),
        (-1, None),
        (10**18, None),
    ],
)
def test_a_time_that_can_not_be_read_is_no_time(stamp: object, when: datetime | None) -> None:
    assert one(text_event() | {"timestamp": stamp}).sent_at == when


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(parse(b"\xef\xbb\xbf" + batch(text_event())).events) == 1


def test_the_same_body_is_read_the_same() -> None:
    raw = batch(text_event(), event(postback={"payload": "a1:x"}), event(read={"watermark": 1}))
    assert parse(raw) == parse(orjson.dumps(orjson.loads(raw)))
