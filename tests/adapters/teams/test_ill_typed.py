"""No field beside the words, of whatever type, loses them; only who spoke and where has to be there."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.teams.parse import load, parse
from keywords.normalise import normalise
from keywords.reserved import ReservedWords
from messages.codec import RecordDecoder, encode
from messages.inbound import InboundEvent, Scope, TextReceived
from tests.adapters.teams.activities import BOT, PERSON, activity, mention, read

ENOUGH = {"type": "message", "text": "STOP", "from": {"id": PERSON}, "conversation": {"id": "a:ana"}}
BESIDE = [
    "attachments", "attachmentLayout", "callerId", "channelData", "channelId", "code", "deliveryMode", "entities",
    "expiration", "id", "importance", "inputHint", "label", "listenFor", "locale", "localTimestamp", "localTimezone",
    "membersAdded", "name", "payload", "reactionsAdded", "recipient", "relatesTo", "replyToId", "semanticAction",
    "serviceUrl", "speak", "suggestedActions", "summary", "textFormat", "timestamp", "topicName", "value", "valueType",
    "quotedReplies", "mentions", "a field of the future",
]  # fmt: skip
OF_THE_PERSON = ["name", "aadObjectId", "tenantId", "properties", "userRole"]
OF_THE_PLACE = ["tenantId", "name", "aadObjectId", "properties"]
NAMES = st.text(max_size=8) | st.sampled_from(BESIDE)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
ODD: list[Any] = [
    None,
    True,
    7,
    -1.5,
    "x",
    "",
    [],
    {},
    ["x"],
    [7, None],
    [[]],
    [{}],
    {"id": 7},
    {"type": {}},
    [{"type": []}],
]


def heard(whole: object) -> InboundEvent:
    """The event of an activity; what comes out can be stored."""
    (event,) = parse(load(json.dumps(whole).encode()))
    assert RecordDecoder[InboundEvent](InboundEvent)(encode(event)) == event
    return event


def assert_a_stop_of_ana(event: InboundEvent) -> None:
    """Whatever its form: the word is there, and who said it where."""
    assert isinstance(event.action, TextReceived)
    found = ReservedWords().match(normalise(event.action.text))
    assert found is not None
    assert found.kind == "stop"
    assert (event.reference.user, event.reference.conversation) == (PERSON, "a:ana")


MENTIONS = activity(text="<at>Tips</at> STOP", entities=[mention(BOT, "<at>Tips</at>")])


@pytest.mark.parametrize("field", BESIDE)
def test_one_odd_field_loses_no_stop(field: str) -> None:
    for odd in ODD:
        for whole in (ENOUGH, activity(text="STOP"), MENTIONS):
            assert_a_stop_of_ana(heard({**whole, field: odd}))


@given(st.dictionaries(st.sampled_from(BESIDE), JSON), st.dictionaries(st.sampled_from(OF_THE_PERSON), JSON),
       st.dictionaries(st.sampled_from(OF_THE_PLACE), JSON), st.booleans())  # fmt: skip
@example({}, {}, {}, False)
def test_no_odd_fields_lose_a_stop(beside: Any, person: Any, place: Any, is_edit: bool) -> None:
    whole = activity("messageUpdate" if is_edit else "message", text="STOP")
    assert_a_stop_of_ana(
        heard(
            {
                **whole,
                **beside,
                "from": {**whole["from"], **person},
                "conversation": {**whole["conversation"], **place},
            }
        )
    )


SCOPES = ["personal", "channel", "groupChat"]


@pytest.mark.parametrize("odd", [["channel"], ["personal"], 7, True, {}, [], "", "weird", "Personal", "personal "])
def test_a_scope_that_can_not_be_read_is_a_group(odd: object) -> None:
    event = heard({**activity(text="STOP"), "conversation": {"id": "a:ana", "conversationType": odd}})
    assert_a_stop_of_ana(event)
    assert event.reference.scope is Scope.GROUP


@pytest.mark.parametrize("odd", [7, 1, "true", "false", "", [], {}, ["personal"], True])
@pytest.mark.parametrize("named", [{}, {"conversationType": "personal"}, {"conversationType": None}])
def test_a_group_mark_that_can_not_be_read_is_a_group(odd: object, named: dict[str, object]) -> None:
    event = heard({**activity(text="STOP"), "conversation": {"id": "a:ana", "isGroup": odd, **named}})
    assert event.reference.scope is Scope.GROUP


@given(JSON, JSON)
def test_personal_is_only_what_says_so(named: Any, group: Any) -> None:
    conversation = {"id": "a:ana", "conversationType": named, "isGroup": group}
    scope = heard({**activity(text="STOP"), "conversation": conversation}).reference.scope
    assert (scope is Scope.PERSONAL) == (named in (None, "personal") and (group is None or group is False))


@pytest.mark.parametrize("place", ["19:c@thread.tacv2", "19:c@thread.skype"])
def test_an_old_activity_of_a_team_is_no_personal_chat(place: str) -> None:
    assert read(conversation={"id": place}).reference.scope is Scope.CHANNEL
    assert read(conversation={"id": "c"}, channelData={"team": {"id": "19:t"}}).reference.scope is Scope.CHANNEL


@pytest.mark.parametrize("odd", [["channel"], None, 7, "7"])
def test_another_fields_type_decides_nothing_of_a_channels_thread(odd: object) -> None:
    event = read(text="stop", conversation={"id": "19:c@thread.tacv2;messageid=1", "conversationType": "channel"},
                 channelData=odd)  # fmt: skip
    assert event.reference.scope is Scope.CHANNEL
