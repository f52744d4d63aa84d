"""Recordings of either form of payload come out the same again, and take along the revisions that they name."""

from datetime import UTC, datetime

import pytest

from flows.compile import CompiledRevisions, RevisionSource
from messages.inbound import ConversationStarted, TextReceived
from replay.archive import archive_of, read_archive, write_archive
from replay.recorded import wanted_revisions
from replay.rerun import Rerun
from segment_buttons.payload import form_of
from tests.flows.engine.conversation import Conversation, buttons_in, revision_of
from tests.replay import flows

AT = datetime(2026, 11, 24, tzinfo=UTC)


def talk(form: int) -> tuple[Conversation, list[str]]:
    """Revision 1 asks; revision 2 is live when its buttons are pressed."""
    conversation = Conversation(revision_of(flows.FLOW), payload_form=form)
    conversation.take(ConversationStarted())
    payloads = [button.payload for button in buttons_in(conversation.sent[0]) if button.payload]
    assert {form_of(payload) for payload in payloads} == {form}
    conversation.push(flows.other_words())
    for payload in payloads:
        conversation.press_payload(payload, wants_answer=True)
    conversation.take(TextReceived("what?"))
    return conversation, payloads


@pytest.mark.parametrize("form", [1, 2])
def test_each_turn_comes_out_the_same(form: int) -> None:
    conversation, _ = talk(form)
    assert conversation.ledger
    rerun = Rerun(conversation.revisions)
    assert [rerun.check(turn) for turn in conversation.recorded()] == [None] * len(conversation.entries)


@pytest.mark.parametrize("form", [1, 2])
def test_a_file_has_the_revisions_that_the_buttons_name(form: int) -> None:
    conversation, _ = talk(form)
    texts = {1: flows.FLOW, 2: flows.other_words(), 3: flows.moved()}
    sources = {n: RevisionSource(n, revision_of(text, n).digest, text) for n, text in texts.items()}
    assert set().union(*(wanted_revisions(entry, sources) for entry in conversation.entries)) - {2} == {1}
    turns = conversation.recorded()
    made = archive_of("small", "teams:a:1", turns, sources, made_by="mia", made_at=AT, masked=False)
    kept = read_archive(write_archive(made), "bug.assent").archive
    assert set(kept.sources()) == {1, 2}
    rerun = Rerun(CompiledRevisions("small", kept.sources()))
    assert [rerun.check(turn) for turn in kept.recorded("bug.assent")] == [None] * len(turns)


def test_a_leave_whose_revision_was_lost_leaves_again_though_it_was_pushed_later() -> None:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    (leave,) = [button.payload for button in buttons_in(conversation.sent[0]) if button.label == "No thanks"]
    conversation.revisions.clear()
    conversation.live = conversation.revisions[1] = revision_of(flows.other_words())
    turn = conversation.press_payload(leave)
    assert turn.trace[0].kind == "press_by_act"
    conversation.push(flows.FLOW)
    conversation.press_payload(leave)
    assert conversation.entries[-1].outcome.trace[0].kind == "press"
    rerun = Rerun(conversation.revisions)
    assert [rerun.check(turn) for turn in conversation.recorded()[1:]] == [None, None]
