"""What `assent replay` tells of turns that came out otherwise."""

import json

import msgspec

from cli.replay_report import as_json
from messages.codec import encode
from messages.inbound import ConversationStarted, TextReceived
from replay.flow_words import FlowTexts
from replay.rerun import Checked, Rerun
from storage.records import JournalEntry, RecordedTurn
from tests.engine.conversation import Conversation, revision_of
from tests.replay import flows


def talk() -> list[JournalEntry]:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    for text in ("pet", "Rex", "my dog is ill"):
        conversation.take(TextReceived(text))
    return conversation.entries


WORDS = FlowTexts({1: revision_of(flows.FLOW)})


def on(flow: str, entry: JournalEntry) -> Checked:
    """Run a turn again on another flow that has its revision's number."""
    entry = msgspec.structs.replace(entry, revision_digest="")
    return Rerun({1: revision_of(flow)}).check(RecordedTurn(entry.conversation, "entry", 0, encode(entry)))


def told(found: Checked, *, masked: bool) -> str:
    return json.dumps(as_json(found, WORDS if masked else None)["differences"], ensure_ascii=False)


def test_what_was_typed_is_masked_in_what_was_recorded() -> None:
    found = on(flows.FLOW.replace('{is: "pet"', '{contains: "dog"'), talk()[3])
    assert "my dog is ill" in told(found, masked=False)
    masked = told(found, masked=True)
    assert "my dog is ill" not in masked
    assert "13" not in masked
    assert "What is your pet called?" in masked


def test_what_is_stored_now_is_masked() -> None:
    """A field that nothing in the recording has."""
    entry = talk()[3]
    found = on(flows.FLOW.replace("I did not get that.", "Well.}, {set: pet, to: Doctor"), entry)
    assert "Doctor" in told(found, masked=False)
    assert "Doctor" not in told(found, masked=True)


def test_what_differs_only_where_it_is_masked_is_told() -> None:
    entry = talk()[2]
    contact = msgspec.structs.replace(entry.outcome.contact, fields={"pet": "Max"})
    outcome = msgspec.structs.replace(entry.outcome, contact=contact)
    found = on(flows.FLOW, msgspec.structs.replace(entry, outcome=outcome))
    assert as_json(found, None)["differences"] == [{"where": "contact › fields › pet", "recorded": "Max", "now": "Rex"}]
    assert as_json(found, WORDS)["differences"] == [
        {"where": "contact › fields › pet", "recorded": "••••", "now": "••••"}
    ]
