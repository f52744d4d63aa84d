"""Recorded turns run again: the same to the byte, or named for what they are."""

from collections.abc import Callable

import msgspec
import pytest

from flows.engine.turn import Turn
from messages.codec import encode
from messages.inbound import ButtonPressed, ButtonRef, ConversationStarted, TextReceived
from replay.recorded import Unreadable
from replay.rerun import CantRun, Checked, Diverged, Erased, Rerun, differences
from storage.records import JournalEntry, RecordedTurn
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows


def talk() -> Conversation:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    for text in ("pet", "Rex", "stop", "what?"):
        conversation.take(TextReceived(text))
    return conversation


def checked(conversation: Conversation, number: int, change: Callable[[JournalEntry], JournalEntry]) -> Checked:
    entry = change(conversation.entries[number])
    return Rerun(conversation.revisions).check(RecordedTurn(entry.conversation, f"entry {number}", 0, encode(entry)))


def outcome(entry: JournalEntry, **changes: object) -> JournalEntry:
    return msgspec.structs.replace(entry, outcome=msgspec.structs.replace(entry.outcome, **changes))


def test_every_turn_is_the_same() -> None:
    conversation = talk()
    assert [Rerun(conversation.revisions).check(turn) for turn in conversation.recorded()] == [None] * 6


def test_a_turn_that_must_come_out_otherwise_does() -> None:
    found = checked(talk(), 1, lambda entry: outcome(entry, effects=entry.outcome.effects[1:]))
    assert isinstance(found, Diverged)
    first = differences(found.entry.outcome, found.now)[0]
    assert (first.where, first.recorded) == ("consent 1", "(nothing)")


def test_the_words_of_a_reply_are_compared() -> None:
    conversation = talk()
    other = revision_of(flows.other_words())
    entry = msgspec.structs.replace(conversation.entries[5], revision_digest="")
    found = Rerun({1: other}).check(RecordedTurn("k", "entry 6", 0, encode(entry)))
    assert isinstance(found, Diverged)
    assert [tuple(each) for each in differences(found.entry.outcome, found.now)] == [
        ("reply 1 › parts › 1 › text", "I did not get that.", "Pardon?")
    ]


def test_a_signature_is_taken_from_the_record() -> None:
    """Whatever key signed it: replay has none."""
    conversation = talk()
    recorded = conversation.recorded()[0]
    payload = conversation.sent[0].parts[0].buttons[0].payload.encode()  # type: ignore[union-attr]
    other = payload[:-22] + b"x" * 22
    assert (
        Rerun(conversation.revisions).check(recorded._replace(record=recorded.record.replace(payload, other))) is None
    )


@pytest.mark.parametrize("cut", [0, 1, 20, -1])
def test_a_record_that_is_cut_short_is_named_with_its_place(cut: int) -> None:
    conversation = talk()
    recorded = conversation.recorded()[2]
    found = Rerun(conversation.revisions).check(recorded._replace(record=recorded.record[:cut]))
    assert isinstance(found, Unreadable)
    assert (found.place, found.conversation) == ("entry 3", recorded.conversation)
    assert "can't be read" in found.problem


def test_an_unknown_schema_is_named() -> None:
    conversation = talk()
    recorded = conversation.recorded()[2]
    found = Rerun(conversation.revisions).check(recorded._replace(record=b"\x92\x07" + recorded.record[2:]))
    assert isinstance(found, Unreadable)
    assert "schema 7" in found.problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda entry: outcome(entry, revision=9), "revision 9 is missing"),
        (lambda entry: outcome(entry, rules=99), "recorded by rules 99, which a later version has; this one knows"),
        (
            lambda entry: msgspec.structs.replace(entry, revision_digest="0" * 64),
            "revision 1 is not the one it was taken on: its digest is",
        ),
    ],
)
def test_what_is_missing_is_named(change: Callable[[JournalEntry], JournalEntry], problem: str) -> None:
    found = checked(talk(), 3, change)
    assert isinstance(found, CantRun)
    assert found.problem.startswith(problem)


def test_a_button_of_a_missing_revision_is_no_divergence() -> None:
    conversation = talk()
    conversation.push(flows.other_words())
    conversation.press("Yes please", revision=1)
    found = Rerun({2: conversation.live}).check(conversation.recorded()[-1])
    assert isinstance(found, CantRun)
    assert found.problem == f"revision {conversation.revisions[1].digest[:12]} is missing"


def test_a_turn_that_is_erased_in_part_is_no_divergence() -> None:
    """What it lacks would make it another one."""
    found = checked(talk(), 3, lambda entry: msgspec.structs.replace(entry, evidence=None, erased_in_part=True))
    assert isinstance(found, Erased)
    assert found.entry.erased_in_part


def test_an_erased_turn_is_no_divergence() -> None:
    assert isinstance(checked(talk(), 3, lambda entry: msgspec.structs.replace(entry, erased=True)), Erased)


def test_a_number_is_not_a_truth() -> None:
    """1 and True are equal to Python, and not the same record."""

    def changed(turn: Turn, value: object) -> Turn:
        contact = msgspec.structs.replace(turn.contact, fields={"pet": value})
        return msgspec.structs.replace(turn, contact=contact)

    turn = talk().entries[0].outcome
    assert [each.where for each in differences(changed(turn, 1), changed(turn, True))] == ["contact › fields › pet"]


def test_a_press_of_a_revision_that_was_not_pushed_yet_is_refused_again() -> None:
    """As after a back-up was restored: the button was sent before, its revision is pushed again after."""
    conversation = talk()
    early = ButtonRef(bot="small", revision=2, button="hello/1")
    assert conversation.take(ButtonPressed("?", button=early)).trace[0].detail == "unknown revision"
    conversation.revisions[2] = revision_of(flows.other_words(), 2)
    conversation.take(ButtonPressed("?", button=early))
    assert [Rerun(conversation.revisions).check(turn) for turn in conversation.recorded()] == [None] * 8
