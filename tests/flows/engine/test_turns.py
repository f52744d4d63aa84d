"""Turns that a conversation file can't show: what was kept is gone, or the world is not as the flow expects."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from flows.engine.turn import Turn
from messages.codec import encode
from messages.consent import ALL, Membership
from messages.contact import Contact, Identity
from messages.effects import Answer, ChangeConsent, OutgoingText, Send
from messages.inbound import ButtonPressed, ButtonRef, ConversationStarted, Scope, Sender, TextReceived, TimerFired
from tests.flows.engine.conversation import Conversation, revision_of

HEAD = """
assent: "1"
bot: care
name: Care
languages: [en, fr]
segments: {tips: {name: Tips, purpose: {en: One tip a week., fr: Un conseil par semaine.}}}
welcome: hello
default: sorry
keywords:
  - {is: join, opt_in: tips, message: slow}
  - {is: wait, message: slow}
  - {is: ask, message: ask}
messages:
  hello:
    parts:
      - text: {en: "Dear {{ contact.first_name | default('you') }}, tips?", fr: "Des conseils ?"}
        buttons:
          - {label: {en: Yes, fr: Oui}, id: "yes", opt_in: tips, reply: done}
          - {label: Stop all, id: all-off, subscription: "out", reply: gone}
          - {label: Out, id: out, opt_out: gone, reply: done}
  done: {parts: [{text: Done.}]}
  slow: {parts: [{text: Wait.}, {wait: 3s}, {text: Now.}]}
  ask: {parts: [{question: How old?, field: age, type: number}, {text: Thanks.}]}
  sorry: {parts: [{text: Pardon?}]}
"""


def care(**given: object) -> Conversation:
    return Conversation(revision_of(HEAD), **given)  # type: ignore[arg-type]


def said(turn: Turn) -> list[str]:
    messages = [effect.message for effect in turn.effects if isinstance(effect, Send)]
    return [part.text for message in messages for part in message.parts if isinstance(part, OutgoingText)]


def notices(turn: Turn) -> list[str]:
    return [step.kind for step in turn.trace if step.notice]


def test_the_words_seen_are_proven_even_if_the_flow_says_them_otherwise_now() -> None:
    """The name and the language changed between the message and the press."""
    conversation = care()
    conversation.take(ConversationStarted())
    conversation.sender = Sender("29:1", name="Zoé Roux", locale="fr")
    turn = conversation.press("yes", wants_answer=True)
    (row,) = conversation.ledger
    assert (row.text, row.label) == ("Dear Ana, tips?\nYes", "Yes")
    assert row.purpose == "Un conseil par semaine."
    assert Answer("Yes ✓") in turn.effects


def test_words_that_are_no_longer_kept_are_said_again_from_the_revision_pressed() -> None:
    conversation = care()
    conversation.take(ConversationStarted())
    conversation.evidence.clear()
    conversation.press("yes")
    assert conversation.ledger[0].text == "Dear Ana, tips?\nYes"


def test_stop_all_is_confirmed_in_our_words_if_the_flow_has_none() -> None:
    conversation = care()
    conversation.take(ConversationStarted())
    turn = conversation.press("all-off")
    assert said(turn) == ["You will get no more messages from us. Type START if you change your mind."]
    assert notices(turn) == ["missing_message"]
    assert conversation.memberships == {ALL: Membership.OPTED_OUT}


def test_an_opt_out_counts_even_if_the_flow_does_not_know_the_segment() -> None:
    conversation = care()
    conversation.take(ConversationStarted())
    turn = conversation.press("out")
    assert conversation.memberships == {"gone": Membership.OPTED_OUT}
    assert notices(turn) == ["missing_segment"]


@pytest.mark.parametrize("word", ["ask", "wait"])
def test_a_conversation_whose_revision_is_lost_starts_afresh(word: str) -> None:
    conversation = care()
    conversation.take(TextReceived(word))
    del conversation.revisions[1]
    conversation.push(HEAD)
    turn = conversation.fire_timer() if word == "wait" else conversation.take(TextReceived("42"))
    assert notices(turn) == ["missing_revision"]
    assert turn.state.run is None


@pytest.mark.parametrize("cursor", [(7,), (0, 1, 0), (-1,), ()])
def test_a_place_that_is_not_in_the_flow_is_a_notice(cursor: tuple[int, ...]) -> None:
    conversation = care()
    conversation.take(TextReceived("wait"))
    assert conversation.state is not None
    assert conversation.state.run is not None
    conversation.state = replace(conversation.state, run=replace(conversation.state.run, cursor=cursor))
    turn = conversation.fire_timer()
    assert turn.state.run is None
    assert said(turn) == []
    assert notices(turn) == ["missing_part"]


def test_nobody_is_written_to_who_can_not_be_reached() -> None:
    conversation = care()
    conversation.take(TextReceived("wait"))
    assert conversation.state is not None
    conversation.state = replace(conversation.state, unreachable="blocked")
    assert said(conversation.fire_timer()) == []
    assert said(conversation.take(TextReceived("hm"))) == ["Pardon?"]
    assert conversation.state.unreachable == ""


def test_what_follows_a_wait_after_a_consent_in_a_group_goes_to_the_person_alone() -> None:
    conversation = care(scope=Scope.GROUP)
    conversation.take(TextReceived("join"))
    conversation.fire_timer()
    assert [message.private for message in conversation.sent] == [True, True]
    conversation.take(TextReceived("wait"))
    conversation.fire_timer()
    assert [message.private for message in conversation.sent[2:]] == [False, False]


def test_a_press_for_another_bot_is_refused_even_if_the_runtime_let_it_through() -> None:
    conversation = care()
    conversation.take(ConversationStarted())
    turn = conversation.take(ButtonPressed("?", button=ButtonRef("shop", 1, "yes")))
    assert said(turn) == ["Pardon?"]
    assert conversation.ledger == []


def test_somebody_new_becomes_a_contact_with_what_the_channel_tells() -> None:
    sender = Sender("29:1", name=" Ana Lima ", email="ana@example.org", aad_object_id="0a", locale="pt_BR")
    conversation = care(sender=sender)
    contact = conversation.take(TextReceived("hm")).contact
    assert contact.id == "c_turn-1_1"
    assert contact.identities == (Identity("teams", "29:1"),)
    assert (contact.name, contact.email, contact.aad_object_id) == ("Ana Lima", "ana@example.org", "0a")
    assert contact.language == "pt-BR"
    assert contact.created_at == conversation.now


def test_what_the_channel_does_not_tell_any_more_is_kept() -> None:
    conversation = care()
    known = conversation.take(TextReceived("hm")).contact
    conversation.sender = Sender("29:1", locale="<script>")
    assert conversation.take(TextReceived("hm")).contact == replace(known, version=1)


def test_a_known_contact_on_another_account_keeps_both() -> None:
    conversation = care()
    conversation.take(TextReceived("hm"))
    conversation.reference = replace(conversation.reference, channel="workplace", user="100")
    contact = conversation.take(TextReceived("hm")).contact
    assert contact.identities == (Identity("teams", "29:1"), Identity("workplace", "100"))


def test_another_persons_open_question_is_not_answered_for_them() -> None:
    """A service account began the conversation and was asked; then somebody else speaks in it."""
    conversation = care()
    asked = conversation.take(TextReceived("ask"))
    assert asked.state.run is not None
    conversation.contact, conversation.memberships = Contact(id="", identities=()), {}
    conversation.reference = replace(conversation.reference, user="29:2")
    turn = conversation.take(TextReceived("41"))
    assert turn.contact.id != asked.contact.id
    assert (turn.contact.fields, turn.state.run, turn.state.contact) == ({}, None, turn.contact.id)


def test_the_latest_address_of_the_conversation_is_remembered() -> None:
    conversation = care()
    conversation.take(TextReceived("hm"))
    conversation.reference = replace(conversation.reference, service_url="https://new.example.org")
    assert conversation.take(TextReceived("hm")).state.reference == conversation.reference


def test_a_timer_tells_nothing_of_the_person() -> None:
    conversation = care()
    spoke_at = conversation.take(TextReceived("wait")).state.last_event_at
    assert conversation.fire_timer().state.last_event_at == spoke_at


def test_a_timer_of_another_run_changes_nothing() -> None:
    conversation = care()
    before = conversation.take(TextReceived("wait")).state
    turn = conversation.take(TimerFired("t_other_1"))
    assert turn.state == replace(before, version=1)
    assert turn.effects == ()


def test_rows_of_a_stop_come_in_one_order_whatever_the_store_gives() -> None:
    subjects = ["zeta", "alpha", "tips"]
    rows = []
    for names in (subjects, subjects[::-1]):
        conversation = care(memberships=dict.fromkeys(names, Membership.OPTED_IN))
        turn = conversation.take(TextReceived("stop"))
        rows.append(encode([effect for effect in turn.effects if isinstance(effect, ChangeConsent)]))
        assert [row.subject for row in conversation.ledger] == [ALL, "alpha", "tips", "zeta"]
    assert rows[0] == rows[1]


def test_a_label_is_one_line_so_that_the_words_seen_end_in_it() -> None:
    conversation = care(sender=Sender("29:1", name="Ana Lima"))
    conversation.push(HEAD.replace("{label: {en: Yes, fr: Oui}", '{label: "Yes,\\n\\n{{ contact.first_name }}"'))
    conversation.take(ConversationStarted())
    conversation.press("yes")
    (row,) = conversation.ledger
    assert (row.text, row.label) == ("Dear Ana, tips?\nYes, Ana", "Yes, Ana")


def test_words_said_again_are_those_of_the_card_and_of_all_that_stood_above_a_quick_reply() -> None:
    cards = (
        "{carousel: [{title: Tips, subtitle: Weekly, buttons: [{label: Yes, id: on-card, opt_in: tips, reply: done}]}]}"
    )
    replies = "quick_replies: [{label: Out, id: below, opt_out: tips, reply: done}]"
    conversation = Conversation(
        revision_of(HEAD.replace("{text: Pardon?}]}", f"{{text: Well?}}, {cards}], {replies}}}"))
    )
    conversation.take(TextReceived("hm"))
    conversation.evidence.clear()
    conversation.press("on-card")
    conversation.press("below")
    assert [row.text for row in conversation.ledger] == ["Tips\nWeekly\nYes", "Well?\nTips\nWeekly\nOut"]


def test_a_timer_of_no_name_answers_no_question() -> None:
    conversation = care()
    asked = conversation.take(TextReceived("ask")).state.run
    turn = conversation.take(TimerFired(""))
    assert turn.state.run == asked
    assert said(turn) == []


def test_words_typed_before_a_quick_reply_was_offered_change_no_consent() -> None:
    yes = "quick_replies: [{label: Sure, opt_in: tips, reply: done}, {label: Later, message: done}]"
    for before, typed, joined in ((1, "Sure", False), (0, "Sure", True), (1, "Later", False)):
        conversation = Conversation(revision_of(HEAD.replace("{text: Pardon?}]}", f"{{text: Well?}}], {yes}}}")))
        conversation.take(TextReceived("hm"))
        offered_at = conversation.now
        turn = conversation.take(TextReceived(typed), sent_at=offered_at - timedelta(seconds=before))
        assert (conversation.memberships.get("tips") is Membership.OPTED_IN) is joined
        assert said(turn) == (["Well?"] if (before, typed) == (1, "Sure") else ["Done."])


def test_an_answer_button_with_a_consent_word_must_be_pressed() -> None:
    asks = "{question: Which?, field: part, type: choice, choices: [Start, Middle, Basta]}"
    flow = HEAD.replace("{question: How old?, field: age, type: number}", asks)
    conversation = Conversation(revision_of(flow.replace("welcome:", "unsubscribe: {is: [Basta]}\nwelcome:")))
    conversation.take(TextReceived("ask"))
    assert [button.by_payload for button in conversation.sent[-1].quick_replies] == [True, False, True]


def test_quick_replies_that_words_would_not_press_must_be_pressed() -> None:
    replies = "quick_replies: [{label: Sure, message: done}]"
    for parts, scope in (("{hand_over: Please}, {text: Well?}", Scope.PERSONAL), ("{text: Well?}", Scope.GROUP)):
        flow = HEAD.replace("done: {parts: [{text: Done.}]}", f"done: {{parts: [{parts}], {replies}}}")
        conversation = Conversation(revision_of(flow), scope=scope)
        conversation.take(ConversationStarted())
        conversation.press("yes")
        assert [button.by_payload for button in conversation.sent[-1].quick_replies] == [True]
        assert conversation.state is not None
        assert conversation.state.offered == ()


def test_a_way_to_stop_is_offered_again_the_next_day_and_its_button_outlives_a_push() -> None:
    conversation = care()
    offered = []
    for hours in (0, 1, 22, 2):
        conversation.now += timedelta(hours=hours)
        offered.append(len(said(conversation.take(TextReceived("make it stop somehow")))) > 1)
    assert offered == [True, False, False, True]
    conversation.push(HEAD.replace("Pardon?", "What?"))
    conversation.press(".stop", revision=1)
    (row,) = conversation.ledger
    assert (row.subject, row.after, row.revision, row.button) == (ALL, Membership.OPTED_OUT, 1, ".stop")
    assert row.text == "If you want no more messages from us, press the button.\nStop all messages"


ON_SCREEN = """
assent: "1"
bot: onscreen
name: On screen
languages: [en]
segments: {tips: {name: Tips, purpose: One tip a week.}}
welcome: hello
default: hello
messages:
  hello:
    parts: [{text: "Tips: one tip a week?"}]
    quick_replies:
      - {label: Yes, opt_in: tips, reply: done}
      - {label: Stop, opt_in: tips, reply: done}
      - {label: Unsubscribe, message: done}
  done: {parts: [{text: Done.}]}
"""


@pytest.mark.parametrize("typed", ["Stop", "STOP", "stop!", "Unsubscribe"])
def test_a_word_that_stops_is_heard_before_the_quick_reply_that_is_called_so(typed: str) -> None:
    conversation = Conversation(revision_of(ON_SCREEN))
    conversation.take(ConversationStarted())
    conversation.take(TextReceived("Yes"))
    conversation.take(TextReceived("again?"))
    assert conversation.memberships == {"tips": Membership.OPTED_IN}
    conversation.take(TextReceived(typed))
    assert conversation.memberships == {"tips": Membership.OPTED_OUT, ALL: Membership.OPTED_OUT}
