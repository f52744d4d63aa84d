"""Where a contact is written to, and until when."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from flows.engine.turn import ConversationState
from messages.channel_addresses import ChannelAddress, by_channel, window_open
from messages.codec import encode
from messages.inbound import ConversationReference, Scope
from storage.codec import read_address

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
CHAT = ConversationReference("teams", "a:1", "29:ana", tenant="t", service_url="https://s.example/")
GROUP = msgspec.structs.replace(CHAT, conversation="19:g", scope=Scope.GROUP)
PAGE = ConversationReference("workplace", "", "ana", page="77")


@pytest.mark.parametrize(
    ("channel", "ago", "is_open"),
    [
        ("workplace", timedelta(hours=23, minutes=58, seconds=59), True),
        ("workplace", timedelta(hours=23, minutes=59), False),
        ("workplace", None, False),
        ("teams", None, True),
        ("teams", timedelta(days=400), True),
        ("webchat", timedelta(days=400), True),
    ],
)
def test_a_window_closes_a_minute_before_the_channel_s(channel: str, ago: timedelta | None, *, is_open: bool) -> None:
    assert window_open(channel, None if ago is None else NOW - ago, NOW) is is_open


def test_until_when_a_channel_takes_messages_is_told_where_it_has_a_bound() -> None:
    assert ChannelAddress("k", PAGE, inbound_at=NOW).opens_until == NOW + timedelta(days=1)
    assert ChannelAddress("k", PAGE).opens_until is None
    assert ChannelAddress("k", CHAT, inbound_at=NOW).opens_until is None


def test_what_a_version_before_kept_is_read_as_it_is() -> None:
    state = ConversationState("teams:a:1", CHAT, contact="c", unreachable="Teams answered 403", last_event_at=NOW)
    found = read_address(encode(state), 7)
    assert (found.key, found.reference, found.version) == ("teams:a:1", CHAT, 7)
    assert (found.code, found.last_act) == ("unknown", NOW)


def test_of_several_the_chat_comes_first_then_one_that_works_then_the_latest() -> None:
    chat = ChannelAddress("chat", CHAT, unreachable="blocked", inbound_at=NOW)
    other = ChannelAddress("other", CHAT, inbound_at=NOW - timedelta(days=1))
    group = ChannelAddress("group", GROUP, inbound_at=NOW + timedelta(days=1))
    page = ChannelAddress("page", PAGE, inbound_at=NOW)
    later = ChannelAddress("later", PAGE, inbound_at=NOW + timedelta(days=1))
    assert by_channel([chat, other, group, page, later]) == {"teams": other, "workplace": later}
    assert by_channel([group, chat]) == {"teams": chat}
    assert by_channel([group]) == {"teams": msgspec.structs.replace(group, reference=GROUP.private())}
