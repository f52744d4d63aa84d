"""What `assent replay` tells of turns that came out otherwise."""

import json

import msgspec

from cli.output import new_console
from cli.replay_report import as_json, draw
from messages.codec import encode
from messages.inbound import ConversationStarted, TextReceived
from privacy.masking import FlowTexts
from replay.rerun import Checked, Rerun
from storage.records import JournalEntry, RecordedTurn
from tests.flows.engine.conversation import Conversation, revision_of
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


def recorded_pet(**fields: str) -> list[dict[str, str]]:
    """What is told, masked, of a turn that stored the answer Rex, where the record has these fields instead."""
    entry = talk()[2]
    contact = msgspec.structs.replace(entry.outcome.contact, fields=dict(fields))
    outcome = msgspec.structs.replace(entry.outcome, contact=contact)
    found = on(flows.FLOW, msgspec.structs.replace(entry, outcome=outcome))
    differences: list[dict[str, str]] = as_json(found, WORDS)["differences"]
    return differences


def test_what_differs_only_where_it_is_masked_is_told_by_side_and_length() -> None:
    assert recorded_pet(pet="Rexona") == [
        {
            "where": "contact › fields › pet",
            "recorded": "•••• (6 characters, different from character 4 on)",
            "now": "•••• (3 characters, different from character 4 on)",
        }
    ]


def test_what_is_on_one_side_alone_is_told_so() -> None:
    assert recorded_pet() == [{"where": "contact › fields", "recorded": "(nothing)", "now": '{"pet":"••••"}'}]


def test_a_drawn_difference_names_its_sides() -> None:
    entry = talk()[2]
    contact = msgspec.structs.replace(entry.outcome.contact, fields={"pet": "M"})
    found = on(
        flows.FLOW,
        msgspec.structs.replace(entry, outcome=msgspec.structs.replace(entry.outcome, contact=contact)),
    )
    console = new_console()
    with console.capture() as drawn:
        draw(console, found, WORDS)
    assert drawn.get().splitlines()[-2:] == [
        "      - recorded: •••• (1 character, different from character 1 on)",
        "      + now:      •••• (3 characters, different from character 1 on)",
    ]
