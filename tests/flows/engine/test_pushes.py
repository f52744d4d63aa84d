"""What a push leaves as it was, what it waits for, and that it comes out the same when it is run again."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from flows.engine.turn import UNWRITTEN, Snapshot, Turn, faulted_turn
from messages.consent import Membership, SourceKind
from messages.effects import ChangeConsent, ConsentTerms, DeferPush, Send, SkipPush
from messages.inbound import PushDue, TextReceived
from messages.pushes import Deferral, PushFacts, PushRef
from privacy.masking import Mask
from replay.rerun import Rerun
from storage.turns import PreparedTurn
from tests.flows.engine.conversation import KEY, Conversation, revision_of

FLOW = """
assent: "1"
bot: demo
name: Demo
segments:
  tips: {name: Tips, purpose: One tip a week.}
topics:
  once: {name: Open days, purpose: One message., uses: once}
  again: {name: News, purpose: All of them.}
default: sorry
keywords:
  - {is: tell me, opt_in: "topic:once", message: in}
  - {is: more please, opt_in: "topic:again", message: in}
  - {is: tips please, opt_in: tips, message: in}
  - {is: later, message: later}
messages:
  in: {parts: [{text: You are in.}]}
  sorry: {parts: [{text: Pardon?}]}
  tip: {parts: [{text: "Drink water, {{ contact.first_name }}."}, {add_tag: pushed}, {go_to: more}]}
  more: {parts: [{text: "More, {{ contact.first_name }}."}]}
  later: {parts: [{text: Wait.}, {wait: 2h}, {text: Now.}]}
  slowly: {parts: [{wait: 2h}, {text: Now.}]}
  survey: {parts: [{add_tag: asked}, {question: How old?, field: age, type: number}, {text: Thanks.}]}
"""


@pytest.fixture
def conversation() -> Conversation:
    conversation = Conversation(revision_of(FLOW))
    conversation.take(TextReceived("tips please"))
    return conversation


def pushed(conversation: Conversation, message: str = "tip", **how: object) -> Turn:
    now = conversation.now
    revision = conversation.revisions[1]
    due = PushDue(PushRef("r1"), "tips", message, 1, revision.digest, due=now, expires=now + timedelta(hours=3))
    return conversation.take(replace(due, **how))  # type: ignore[arg-type]


def test_a_push_is_one_message_that_names_its_push(conversation: Conversation) -> None:
    turn = pushed(conversation)
    (send,) = [effect for effect in turn.effects if isinstance(effect, Send)]
    assert [part.text for part in send.message.parts] == ["Drink water, Ana.", "More, Ana."]  # type: ignore[union-attr]
    assert send.message.push == PushRef("r1")
    assert send.message.message == ""
    assert turn.contact.tags == {"pushed"}


def test_a_push_is_no_act_of_the_person(conversation: Conversation) -> None:
    before, contact = conversation.state, conversation.contact
    assert before is not None
    conversation.reference = replace(conversation.reference, service_url="https://elsewhere.example")
    conversation.contact = contact = replace(contact, subscribed_at=None)
    turn = pushed(conversation, "more")
    assert replace(turn.state, offered=(), pushed=None) == replace(before, offered=())
    assert turn.state.pushed is not None
    assert turn.state.pushed.run == "r1"
    assert turn.contact == contact
    assert PreparedTurn(conversation.entries[-1]).seen_at is None


def test_a_push_asks_consent_of_its_commit(conversation: Conversation) -> None:
    pushed(conversation)
    assert PreparedTurn(conversation.entries[-1]).asks_consent


def test_a_push_that_would_end_a_wait_is_put_off_and_changes_nothing(conversation: Conversation) -> None:
    conversation.take(TextReceived("later"))
    before = conversation.state, conversation.contact
    for message in ("survey", "later", "slowly"):
        turn = pushed(conversation, message, patience_until=conversation.now + timedelta(hours=1))
        assert [type(effect) for effect in turn.effects] == [DeferPush]
        assert turn.effects[0].why is Deferral.WITH_A_QUESTION  # type: ignore[union-attr]
    assert before[0] is not None
    assert conversation.state is not None
    assert conversation.state.run == before[0].run
    assert replace(conversation.contact, version=0) == replace(before[1], version=0)
    assert conversation.timers


def test_a_push_without_a_word_at_once_is_skipped_and_changes_nothing(conversation: Conversation) -> None:
    turn = pushed(conversation, "slowly")
    assert turn.effects == (SkipPush("nothing to say"),)
    assert turn.state.run is None


def test_what_a_push_says_later_asks_consent_of_its_segment(conversation: Conversation) -> None:
    turn = pushed(conversation, "later")
    assert turn.state.run is not None
    assert turn.state.run.consent == ConsentTerms(conversation.now, ("tips",))
    conversation.memberships["tips"] = Membership.NONE
    assert not [effect for effect in conversation.fire_timer().effects if isinstance(effect, Send)]


def test_what_a_push_to_a_filters_members_says_later_asks_that_nothing_is_stopped(conversation: Conversation) -> None:
    conversation.memberships.clear()
    turn = pushed(conversation, "later", facts=PushFacts(in_segment=True))
    assert turn.state.run is not None
    assert turn.state.run.consent == ConsentTerms(conversation.now)
    assert [effect for effect in conversation.fire_timer().effects if isinstance(effect, Send)]


def test_a_push_after_a_stop_that_an_opt_in_followed_goes_on_later(conversation: Conversation) -> None:
    conversation.take(TextReceived("STOP"))
    conversation.take(TextReceived("tips please"))
    pushed(conversation, "later")
    assert [effect for effect in conversation.fire_timer().effects if isinstance(effect, Send)]


def test_pushes_come_out_the_same_when_they_are_run_again(conversation: Conversation) -> None:
    conversation.take(TextReceived("later"))
    for message in ("tip", "survey", "gone", "slowly"):
        pushed(conversation, message)
    conversation.push(FLOW.replace("Drink water", "Sleep"))
    pushed(conversation, facts=PushFacts(cap=1, pushed_at=(conversation.now,)))
    pushed(conversation)
    rerun = Rerun(conversation.revisions)
    assert {rerun.check(turn) for turn in conversation.recorded()} == {None}


def test_a_push_on_a_revision_that_is_gone_can_not_be_run_again(conversation: Conversation) -> None:
    conversation.push(FLOW.replace("Drink water", "Sleep"))
    pushed(conversation)
    found = Rerun({2: conversation.revisions[2]}).check(conversation.recorded()[-1])
    assert getattr(found, "problem", "") == f"revision {conversation.revisions[1].digest[:12]} is missing"


def test_a_fault_of_the_engine_skips_the_push_and_ends_no_wait(conversation: Conversation) -> None:
    conversation.take(TextReceived("later"))
    pushed(conversation)
    entry = conversation.entries[-1]
    assert entry.state_before is not None
    assert entry.contact_before is not None
    snapshot = Snapshot("demo", entry.state_before, entry.contact_before, {}, conversation.live, signing_key=KEY)
    turn = faulted_turn(snapshot, entry.event, "t", UNWRITTEN)
    assert turn.effects == (SkipPush("nothing to say"),)
    assert turn.state == entry.state_before


def test_a_mask_shows_the_run_and_reason_and_hides_the_name(conversation: Conversation) -> None:
    pushed(conversation)
    shown = str(Mask(conversation.entries[-1]).masked(conversation.entries[-1]))
    assert "'r1'" in shown
    assert "Ana" not in shown


def used_up(turn: Turn) -> list[tuple[str, Membership, Membership, SourceKind, str]]:
    changes = [effect.change for effect in turn.effects if isinstance(effect, ChangeConsent)]
    return [(one.subject, one.before, one.after, one.source, one.detail) for one in changes]


def test_a_push_on_a_consent_for_one_message_uses_it_up_and_a_second_finds_nobody(conversation: Conversation) -> None:
    conversation.take(TextReceived("tell me"))
    first = pushed(conversation, subject="topic:once")
    assert [effect.message.push for effect in first.effects if isinstance(effect, Send)] == [PushRef("r1")]
    assert used_up(first) == [("topic:once", Membership.OPTED_IN, Membership.NONE, SourceKind.USED, "r1")]
    second = pushed(conversation, subject="topic:once", push=PushRef("r2"))
    assert [effect for effect in second.effects if not isinstance(effect, SkipPush)] == []
    conversation.take(TextReceived("more please"))
    assert used_up(pushed(conversation, subject="topic:again", push=PushRef("r3"))) == []


@pytest.mark.parametrize("said", ["", "STOP", "stop open days"])
def test_another_attempt_of_the_push_that_used_it_up_goes_unless_they_said_no(
    conversation: Conversation, said: str
) -> None:
    conversation.take(TextReceived("tell me"))
    pushed(conversation, subject="topic:once")
    if said:
        conversation.take(TextReceived(said))
    again = pushed(conversation, subject="topic:once", push=PushRef("r1", 2), facts=PushFacts(used=True))
    assert any(isinstance(effect, Send) for effect in again.effects) is (said == "")
