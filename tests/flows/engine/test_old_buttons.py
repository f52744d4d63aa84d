"""Old buttons after a store was restored: none opts in with words that the person did not see, each *Leave* leaves.

The bot's third revision is lost with the back-up; another third one has the same button ids, with other meanings.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from flows.engine.turn import Turn
from messages.consent import Membership
from messages.effects import Answer, OutgoingText, Send
from messages.inbound import ButtonRef, ConversationStarted, Sender, TextReceived
from segment_buttons.payload import named_by, sign
from tests.flows.engine.conversation import KEY, Conversation, buttons_in, revision_of

FLOW = """
assent: "1"
bot: small
name: Small
languages: [en, fr]
segments:
  tips: {name: Tips, purpose: One tip a week.}
  news: {name: News, purpose: News.}
welcome: hello
default: sorry
messages:
  hello:
    parts:
      - text: {en: "ASKED", fr: "DEMANDE"}
        buttons:
          - {id: first, label: {en: LABEL, fr: ETIQUETTE}, ACT}
          - {id: all, label: ALL, subscription: "WAY", reply: done}
  done: {parts: [{text: Noted.}]}
  sorry: {parts: [{text: Pardon?}]}
"""


def flow(act: str, label: str, asked: str = "About tips, {{ contact.first_name }}.", way: str = "out") -> str:
    does = act if act.startswith("message") else f"{act}, reply: done"
    words = {"ACT": does, "LABEL": label, "ASKED": asked, "WAY": way, "ALL": f"{way} of all"}
    words |= {"DEMANDE": f"FR {asked}", "ETIQUETTE": f"FR {label}"}
    text = FLOW
    for name, value in sorted(words.items(), key=lambda item: -len(item[0])):
        text = text.replace(f'"{name}"' if f'"{name}"' in text else name, f'"{value}"' if name != "ACT" else value)
    return text


LEAVE, JOIN = flow("opt_out: tips", "Leave"), flow("opt_in: tips", "Join", "Tips every Monday?", "in")


def asked(text: str, form: int = 2) -> tuple[Conversation, list[str]]:
    """A conversation in which the first revision of a flow asked; and the payloads it showed."""
    conversation = Conversation(revision_of(text, 3), payload_form=form)
    conversation.take(ConversationStarted())
    return conversation, [button.payload for button in buttons_in(conversation.sent[0])]


def restored(conversation: Conversation, text: str) -> None:
    """Go back before revision 3 and its evidence, and push another one of that number."""
    conversation.revisions.clear()
    conversation.evidence.clear()
    conversation.live = conversation.revisions[3] = revision_of(text, 3)


def said(turn: Turn) -> str:
    parts = [part for effect in turn.effects if isinstance(effect, Send) for part in effect.message.parts]
    return " | ".join(part.text for part in parts if isinstance(part, OutgoingText))


@pytest.mark.parametrize("form", [1, 2])
def test_an_old_leave_never_joins(form: int) -> None:
    conversation, (leave, stop) = asked(LEAVE, form)
    restored(conversation, JOIN)
    for payload in (leave, stop):
        conversation.press_payload(payload)
    assert all(change.after is not Membership.OPTED_IN for change in conversation.ledger)


def test_an_old_leave_leaves_and_an_old_stop_stops_though_their_revision_is_lost() -> None:
    conversation, (leave, stop) = asked(LEAVE)
    conversation.memberships["tips"] = Membership.OPTED_IN
    restored(conversation, JOIN)
    turn = conversation.press_payload(leave, wants_answer=True)
    assert said(turn) == "Done. You will no longer get: Tips"
    assert Answer("first ✓") in turn.effects
    assert said(conversation.press_payload(stop)).startswith("You will get no more messages from us.")
    assert [(c.subject, c.after, c.text, c.revision, c.button) for c in conversation.ledger] == [
        ("tips", Membership.OPTED_OUT, "", 0, "first"),
        ("*", Membership.OPTED_OUT, "", 0, "all"),
    ]


def test_an_old_leave_has_the_words_that_were_kept_in_its_row() -> None:
    conversation, (leave, _) = asked(LEAVE)
    kept = dict(conversation.evidence)
    restored(conversation, JOIN)
    conversation.evidence.update(kept)
    conversation.press_payload(leave)
    assert [(c.text, c.label) for c in conversation.ledger] == [("About tips, Ana.\nLeave", "Leave")]


@pytest.mark.parametrize("form", [1, 2])
@pytest.mark.parametrize("now", [LEAVE, flow("opt_in: news", "Join", "News?", "in"), flow("message: done", "Join")])
def test_an_old_yes_is_refused_when_its_revision_is_lost_and_the_person_is_told(form: int, now: str) -> None:
    conversation, (join, everything) = asked(JOIN, form)
    restored(conversation, now)
    for payload in (join, everything):
        turn = conversation.press_payload(payload, wants_answer=True)
        if not conversation.ledger:
            assert "can't be used any more" in said(turn)
            assert "Nothing was changed" in next(e.text for e in turn.effects if isinstance(e, Answer))
            assert buttons_in(conversation.sent[-1]), "the message of today is offered"
    assert all(change.after is not Membership.OPTED_IN for change in conversation.ledger)


def test_one_text_with_two_meanings_is_told_apart_by_digest() -> None:
    """The words are the same; what the button does is not."""
    conversation, (leave, _) = asked(flow("opt_out: tips", "OK", "Tips"))
    restored(conversation, flow("opt_in: tips", "OK", "Tips"))
    conversation.press_payload(leave)
    assert [c.after for c in conversation.ledger] == [Membership.OPTED_OUT]


def test_a_revision_with_the_same_source_is_the_same_whatever_its_number() -> None:
    conversation, (join, _) = asked(JOIN)
    restored(conversation, LEAVE)
    conversation.push(JOIN)
    conversation.press_payload(join)
    assert [(c.after, c.text) for c in conversation.ledger] == [(Membership.OPTED_IN, "Tips every Monday?\nJoin")]


@pytest.mark.parametrize("form", [1, 2])
def test_words_that_the_store_lost_are_found_again_in_the_revision_in_any_language(form: int) -> None:
    sender = Sender("29:1", name="Ana", locale="fr-FR")
    conversation = Conversation(revision_of(JOIN, 3), sender=sender, payload_form=form)
    conversation.take(ConversationStarted())
    payload = buttons_in(conversation.sent[-1])[0].payload
    conversation.evidence.clear()
    conversation.sender = replace(sender, locale="en-GB")
    conversation.press_payload(payload)
    assert [(c.after, c.text) for c in conversation.ledger] == [(Membership.OPTED_IN, "FR Tips every Monday?\nFR Join")]


def test_a_payload_by_number_counts_with_a_name_that_changed_since() -> None:
    conversation, (join, _) = asked(flow("opt_in: tips", "Join", "Tips, {{ contact.first_name }}?"), 1)
    conversation.sender = Sender("29:1", name="Bo Lima", locale="en-GB")
    conversation.press_payload(join)
    assert [(c.after, c.text) for c in conversation.ledger] == [(Membership.OPTED_IN, "Tips, Ana?\nJoin")]


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (flow("opt_out: tips", "OK", "Leave the tips?"), flow("opt_in: tips", "OK", "Get the tips?")),
        (flow("opt_out: tips", "Leave", "About tips"), flow("opt_in: tips", "Join", "About tips")),
        (
            flow("opt_out: tips", "OK", "No tips, {{ contact.first_name }}?"),
            flow("opt_in: tips", "OK", "Tips, {{ contact.name }}?"),
        ),
    ],
)
def test_a_payload_by_number_whose_words_are_of_another_button_is_refused(then: str, now: str) -> None:
    conversation, (leave, _) = asked(then, 1)
    kept = dict(conversation.evidence)
    restored(conversation, now)
    conversation.evidence.update(kept)
    turn = conversation.press_payload(leave)
    assert [step.detail for step in turn.trace if step.kind == "press_refused"] == ["words not proved"]
    assert conversation.ledger == []


def test_a_payload_by_number_that_comes_to_an_opt_out_counts() -> None:
    conversation, (join, _) = asked(JOIN, 1)
    conversation.memberships["tips"] = Membership.OPTED_IN
    restored(conversation, LEAVE)
    conversation.press_payload(join)
    assert [(c.after, c.text) for c in conversation.ledger] == [(Membership.OPTED_OUT, "")]


def test_a_consent_button_by_number_that_comes_to_a_mere_message_is_told_so() -> None:
    conversation, (leave, _) = asked(LEAVE, 1)
    restored(conversation, flow("message: done", "Leave"))
    assert "can't be used any more" in said(conversation.press_payload(leave))


def test_after_a_hand_over_a_button_that_is_out_of_date_says_nothing() -> None:
    conversation, (join, _) = asked(JOIN)
    restored(conversation, LEAVE)
    assert conversation.state is not None
    conversation.state = replace(conversation.state, handed_over=True)
    assert conversation.press_payload(join).effects == ()


_flows: Any = st.builds(
    flow,
    st.sampled_from(("opt_in: tips", "opt_out: tips", "opt_in: news", "message: done")),
    st.sampled_from(("OK", "Leave", "Join")),
    st.sampled_from(("Tips?", "About tips, {{ contact.first_name }}.", "{{ contact.first_name }}")),
    st.sampled_from(("in", "out")),
)


@given(_flows, _flows, st.sampled_from((1, 2)), st.booleans(), st.sampled_from((0, 1)))
def test_no_row_that_raises_has_words_other_than_those_shown(
    then: str, now: str, form: int, keeps: bool, which: int
) -> None:
    """The book of what was shown is the test's own: it has the messages as they were sent."""
    conversation, payloads = asked(then, form)
    shown = conversation.sent[0].parts[0]
    assert isinstance(shown, OutgoingText)
    saw = f"{shown.text}\n{shown.buttons[which].label}"
    ref = named_by(payloads[which])
    assert ref is not None
    kept = dict(conversation.evidence)
    restored(conversation, now)
    if keeps:
        conversation.evidence.update(kept)
    conversation.press_payload(payloads[which])
    for change in conversation.ledger:
        assert change.text in (saw, "")
        if change.after is Membership.OPTED_IN:
            assert change.text == saw
    if form == 2 and ref.act.startswith("-"):
        subjects = {change.subject for change in conversation.ledger if change.after is Membership.OPTED_OUT}
        assert ref.act[1:] in subjects


def test_a_forged_act_changes_nothing() -> None:
    conversation, (leave, _) = asked(LEAVE)
    conversation.press_payload(leave.replace(":-tips:", ":+tips:"))
    assert conversation.ledger == []


def test_a_signed_act_that_the_button_does_not_do_raises_nothing() -> None:
    """Signed by a server that reads the flow otherwise: the button there is another one."""
    conversation, _ = asked(LEAVE)
    ref = ButtonRef("small", 0, "first", "ab" * 16, conversation.live.digest[:32], "+tips")
    conversation.press_payload(sign(ref, KEY))
    assert conversation.ledger == []


def test_a_typed_quick_reply_goes_by_the_same_rules() -> None:
    text = LEAVE.replace("        buttons:\n", "    quick_replies:\n").replace("          - {", "      - {")
    conversation = Conversation(revision_of(text, 3))
    conversation.take(ConversationStarted())
    restored(conversation, text.replace("opt_out: tips", "opt_in: tips"))
    conversation.take(TextReceived("leave"))
    assert [(c.subject, c.after, c.text) for c in conversation.ledger] == [
        ("tips", Membership.OPTED_OUT, "About tips, Ana.\nLeave")
    ]


def test_a_built_in_button_is_the_same_on_a_revision_that_is_lost() -> None:
    conversation = Conversation(revision_of(LEAVE, 3))
    conversation.memberships["*"] = Membership.OPTED_OUT
    conversation.take(TextReceived("start", form="chip"))
    (start,) = [button.payload for button in buttons_in(conversation.sent[-1])]
    kept = dict(conversation.evidence)
    restored(conversation, JOIN)
    assert "can't be used any more" in said(conversation.press_payload(start)), "its words are lost"
    assert conversation.ledger == []
    conversation.evidence.update(kept)
    conversation.press_payload(start)
    assert [(c.subject, c.after, c.text) for c in conversation.ledger] == [
        ("*", Membership.OPTED_IN, next(iter(kept.values())))
    ]


def test_a_built_in_button_is_held_back_while_a_server_may_not_know_it() -> None:
    conversation = Conversation(revision_of(LEAVE, 3), payload_form=1)
    conversation.memberships["*"] = Membership.OPTED_OUT
    conversation.take(TextReceived("start", form="chip"))
    assert conversation.sent
    assert buttons_in(conversation.sent[-1]) == []
