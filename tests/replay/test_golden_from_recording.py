"""From a recorded conversation to a golden one: the tests take it as it is."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from flows.compile import RevisionSource
from messages.consent import Membership
from messages.errors import BadInput
from messages.inbound import ButtonPressed, ButtonRef, ConversationStarted, Sender, TextReceived
from replay.golden import as_test
from storage.records import JournalEntry
from tests.flows.engine.conversation import Conversation, buttons_in, revision_of
from tests.flows.engine.test_golden import GOLDEN
from tests.replay import flows
from tests.replay.playing import played, sources_of


def made(entries: Sequence[JournalEntry], sources: dict[int, RevisionSource]) -> dict[str, Any]:
    golden: dict[str, Any] = yaml.safe_load(as_test(entries, sources))
    return golden


OF_THEIR_OWN = {
    "goes-its-way-of-a-split": "it is split",
    "calls-outside-of-the-hours": "it asks about a time",
    "waits-until-a-time": "it asks about a time",
}
"""Golden conversations that follow from the person's id or the clock, which no other test would have."""


@pytest.mark.parametrize("path", [path for path in GOLDEN if path.stem in OF_THEIR_OWN], ids=lambda path: path.stem)
def test_a_recording_that_follows_from_the_person_or_the_clock_is_no_test(path: Path) -> None:
    golden = yaml.safe_load(path.read_text())
    conversation, _ = played(golden)
    with pytest.raises(BadInput, match=OF_THEIR_OWN[path.stem]):
        made(conversation.entries, sources_of(golden))


@pytest.mark.parametrize("path", [path for path in GOLDEN if path.stem not in OF_THEIR_OWN], ids=lambda path: path.stem)
def test_a_recording_of_a_golden_conversation_is_one_again(path: Path) -> None:
    golden = yaml.safe_load(path.read_text())
    conversation, _ = played(golden)
    again = made(conversation.entries, sources_of(golden))
    assert played(again)[1] == again["turns"]
    thens = [step["then"] for step in golden["turns"] if "then" in step]
    assert [step["then"] for step in again["turns"] if "then" in step] == thens


def recorded() -> tuple[Conversation, dict[int, RevisionSource]]:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    conversation.take(TextReceived("what?"))
    return conversation, {1: RevisionSource(1, "", flows.FLOW)}


def test_it_fails_when_the_flow_answers_otherwise() -> None:
    conversation, sources = recorded()
    golden = made(conversation.entries, sources)
    assert played(golden)[1] == golden["turns"]
    golden["flow"] = flows.other_words()
    assert played(golden)[1] != golden["turns"]


def test_a_button_from_before_another_push_is_told() -> None:
    """Revisions 1 to 3, of which the second was never used: they become 1 and 2."""
    conversation, _ = recorded()
    conversation.push(flows.moved())
    conversation.push(flows.other_words())
    conversation.press("No thanks", revision=1)
    texts = (flows.FLOW, flows.moved(), flows.other_words())
    sources = {number: RevisionSource(number, "", text) for number, text in enumerate(texts, 1)}
    golden = made(conversation.entries, sources)
    assert [step["pushed"] for step in golden["turns"] if "pushed" in step] == [flows.other_words()]
    assert played(golden)[1] == golden["turns"]


def test_a_press_is_told_with_what_the_channel_waits_for_and_by_which_revision() -> None:
    """Revision 1 goes on speaking after revision 2 was pushed, and buttons that were never shown are pressed."""
    conversation, _ = recorded()
    conversation.push(flows.other_words())
    conversation.press("No thanks", wants_answer=True)
    conversation.take(ConversationStarted())
    conversation.press("Yes please", revision=1)
    conversation.take(ButtonPressed("", wants_answer=True, button=ButtonRef("small", 1, "gone")))
    conversation.press_payload("a1:forged", wants_answer=True)
    texts = (flows.FLOW, flows.other_words())
    golden = made(conversation.entries, {n: RevisionSource(n, "", text) for n, text in enumerate(texts, 1)})
    assert played(golden)[1] == golden["turns"]
    assert [step["person"] for step in golden["turns"][-5:]] == [
        {"presses": "hello/2", "invoke": True},
        {"starts": True},
        {"presses": "hello/1"},
        {"presses_button": "gone", "of_revision": 1, "invoke": True},
        {"presses_payload": "a1:forged", "invoke": True},
    ]


def test_a_button_of_an_older_message_that_said_something_else_is_refused() -> None:
    text = flows.FLOW.replace("contact.first_name", "field.pet").replace(
        "message: ask}\n", 'message: ask}\n  - {is: "again", message: hello}\n'
    )
    conversation = Conversation(revision_of(text))
    conversation.take(ConversationStarted())
    for said in ("pet", "Rex", "again"):
        conversation.take(TextReceived(said))
    conversation.press_payload(buttons_in(conversation.sent[0])[0].payload)
    with pytest.raises(BadInput, match=r"turn turn-5 .* it presses a button of an earlier message"):
        as_test(conversation.entries, {1: RevisionSource(1, "", text)})


def test_a_flow_in_one_line_and_a_person_with_an_address_are_told() -> None:
    hello = {"parts": [{"text": "Hello {{ contact.email }}."}]}
    bot = {"assent": "1", "bot": "small", "name": "Small", "welcome": "hi", "default": "hi", "messages": {"hi": hello}}
    text = json.dumps(bot)
    conversation = Conversation(revision_of(text), sender=Sender("29:1", "Ana", email="ana@example.org"))
    conversation.take(ConversationStarted())
    golden = made(conversation.entries, {1: RevisionSource(1, "", text)})
    assert "ana@example.org" in str(golden["turns"])
    assert played(golden)[1] == golden["turns"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda _: [], "there is no turn"),
        (lambda entries: entries[1:], "does not begin where the conversation does"),
        (
            lambda entries: [*entries[:2], msgspec.structs.replace(entries[2], erased=True)],
            "turn turn-3 can't be told in a test: its person was erased",
        ),
        (
            lambda entries: [*entries[:2], msgspec.structs.replace(entries[2], memberships={"news": Membership.ADDED})],
            "turn turn-3 can't be told in a test: staff",
        ),
        (
            lambda entries: [
                entries[0],
                msgspec.structs.replace(
                    entries[1], contact_before=msgspec.structs.replace(entries[1].contact_before, tags={"vip"})
                ),
            ],
            "the contact was changed before it",
        ),
        (
            lambda entries: [
                entries[0],
                msgspec.structs.replace(
                    entries[1], state_before=msgspec.structs.replace(entries[1].state_before, handed_over=True)
                ),
            ],
            "the conversation was changed before it",
        ),
    ],
)
def test_what_a_test_cannot_tell_is_refused(change: Any, problem: str) -> None:
    conversation, sources = recorded()
    with pytest.raises(BadInput, match=problem):
        as_test(change(conversation.entries), sources)


def test_a_missing_revision_is_named() -> None:
    conversation, _ = recorded()
    with pytest.raises(BadInput, match="revision 1 is missing"):
        as_test(conversation.entries, {})
