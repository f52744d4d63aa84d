"""Activities through botbuilder's classes and back: no field is lost."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botbuilder.core import CardFactory, MessageFactory
from botbuilder.schema import ActionTypes, Activity, ActivityTypes, CardAction, ChannelAccount, HeroCard
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.botframework.activities import from_wire, reference_of, to_botbuilder, to_wire
from adapters.teams.render import hero
from messages.inbound import ConversationReference, Scope
from tests.adapters.teams.activities import BOT, FIXTURES, PERSON, SERVICE, activity, mention

FULL = activity(
    text="<at>Tips</at> hi",
    entities=[mention(BOT, "<at>Tips</at>"), {"type": "clientInfo", "platform": "Windows"}],
    attachments=[{"contentType": "image/png", "contentUrl": "https://x/1.png", "future": 1}],
    suggestedActions={"to": [PERSON], "actions": [{"type": "imBack", "title": "a", "value": "a"}]},
    channelData={"tenant": {"id": "t1"}},
    future={"a": [1, {"b": None}]},
)


def test_an_activity_comes_back_as_it_was() -> None:
    back = to_wire(from_wire(FULL))
    assert back.pop("timestamp").startswith("2026-11-23T10:00:00.123")
    assert back == {name: value for name, value in FULL.items() if name != "timestamp"}


def test_botbuilder_itself_loses_the_tenant_and_the_fields_of_entities() -> None:
    theirs = Activity().deserialize(json.loads(json.dumps(FULL)))
    assert theirs.conversation.tenant_id is None
    assert from_wire(FULL).conversation.tenant_id == "t1"
    written = theirs.serialize()
    assert "tenantId" not in written["conversation"]
    assert written["entities"] == [{"type": "mention"}, {"type": "clientInfo"}]
    assert to_wire(from_wire(FULL))["entities"] == FULL["entities"]


def test_classes_are_those_that_a_team_knows() -> None:
    made = from_wire(FULL)
    assert made.type == ActivityTypes.message
    assert isinstance(made.from_property, ChannelAccount)
    assert made.from_property.aad_object_id == "aad-ana"
    assert made.attachments[0].content_type == "image/png"
    assert made.suggested_actions.actions[0].title == "a"
    assert made.timestamp == datetime.fromisoformat("2026-11-23T10:00:00.123+00:00")
    assert made.service_url == SERVICE


def test_what_botbuilders_factories_make_is_written_as_the_channel_reads_it() -> None:
    button = CardAction(type=ActionTypes.message_back, title="Yes", value={"a": 1})
    card = CardFactory.hero_card(HeroCard(text="Sure?", buttons=[button]))
    sent = to_wire(MessageFactory.attachment(card))
    assert sent["attachments"] == [
        hero({"text": "Sure?", "buttons": [{"type": "messageBack", "title": "Yes", "value": {"a": 1}}]})
    ]


def test_times_are_written_with_their_zone() -> None:
    at = datetime(2026, 11, 23, 10)  # noqa: DTZ001  # as botbuilder's own code makes them
    assert to_wire(at) == "2026-11-23T10:00:00+00:00"
    assert to_wire(at.replace(tzinfo=timezone(timedelta(hours=1)))) == "2026-11-23T10:00:00+01:00"


def test_what_is_no_json_is_named() -> None:
    with pytest.raises(TypeError, match="can't hold a object"):
        to_wire(Activity(type="message", value={"a": [object()]}))


@pytest.mark.parametrize("scope", [Scope.PERSONAL, Scope.GROUP])
def test_a_reference_comes_back_as_it_was(scope: Scope) -> None:
    reference = ConversationReference(
        channel="teams", conversation="c", user=PERSON, bot=BOT, service_url=SERVICE, tenant="t1", scope=scope
    )
    theirs = to_botbuilder(reference)
    sent = Activity(type="message").apply_conversation_reference(theirs)
    assert reference_of(sent) == reference


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        *("type", "from", "conversation", "recipient", "entities", "attachments", "membersAdded", "value", "name"),
        *("suggestedActions", "relatesTo", "semanticAction", "tenantId", "future", "action", "localTimezone"),
    ]
)


@given(st.dictionaries(FIELDS, VALUES, max_size=6))
def test_any_value_in_any_field_comes_back(whole: dict[str, Any]) -> None:
    assert to_wire(from_wire(whole)) == whole


def without_nothing(value: Any) -> Any:
    """Without fields that are null, in objects that are botbuilder's; times as moments."""
    if isinstance(value, dict):
        return {name: without_nothing(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nothing(inner) for inner in value]
    if isinstance(value, str) and len(value) > 18:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def test_every_third_party_activity_comes_back() -> None:
    files = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file()]
    if not files:
        pytest.skip("no third-party samples beside the project")
    for path in files:
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
        for each in found if isinstance(found, list) else [found]:
            assert without_nothing(to_wire(from_wire(each))) == without_nothing(each), path.name
