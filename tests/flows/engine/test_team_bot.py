"""What a team's own Bot Framework code says is part of a turn, and takes no no away."""

import pytest
from msgspec.structs import replace

from flows.engine import trace
from flows.engine.turn import Turn
from messages.consent import Membership
from messages.effects import ConsentTerms, OutgoingActivity, OutgoingCarousel, Send
from messages.inbound import Action, ButtonPressed, ConversationStarted, TeamSpoke, TextReceived
from replay.rerun import Rerun
from tests.flows.engine.conversation import Conversation, buttons_in, revision_of

FLOW = """
assent: "1"
bot: demo
name: Demo
segments:
  tips: {name: Tips, purpose: One tip a week.}
welcome: hello
default: sorry
keywords:
  - {is: hello, message: hello}
  - {is: no more tips, opt_out: tips, message: out}
messages:
  hello:
    parts:
      - text: A tip a week?
        buttons: [{id: "yes", label: Yes please, opt_in: tips, reply: in}]
  in: {parts: [{text: You are in.}]}
  out: {parts: [{text: You are out of tips.}]}
  sorry: {parts: [{text: I did not understand.}]}
"""
ECHO = OutgoingActivity('{"type":"message","text":"Echo"}', "Echo")


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(revision_of(FLOW))


def taken(conversation: Conversation, action: Action, *said: OutgoingActivity) -> Turn:
    """Take an event that the team's code answered with `said`."""
    return conversation.take(action, answered=said)


def spoken(turn: Turn) -> list[str]:
    parts = [part for effect in turn.effects if isinstance(effect, Send) for part in effect.message.parts]
    return [part.text for part in parts if not isinstance(part, OutgoingCarousel) and hasattr(part, "text")]


def test_what_the_team_answered_is_sent_and_the_flow_says_nothing(conversation: Conversation) -> None:
    assert spoken(taken(conversation, TextReceived("hello"), ECHO)) == ["Echo"]
    assert spoken(taken(conversation, TextReceived("hello"))) == []
    assert spoken(conversation.take(TextReceived("hello"))) == ["A tip a week?"]
    assert [Rerun(conversation.revisions).check(turn) for turn in conversation.recorded()] == [None] * 3


@pytest.mark.parametrize("words", ["STOP", "please unsubscribe", "no more tips"])
def test_a_no_is_a_no_whatever_the_team_answered(conversation: Conversation, words: str) -> None:
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    assert "Echo" not in spoken(taken(conversation, TextReceived(words), ECHO))
    assert conversation.memberships["tips"] is Membership.OPTED_OUT


def test_a_soft_word_is_the_teams_where_it_answered_and_a_stop_where_not(conversation: Conversation) -> None:
    taken(conversation, TextReceived("cancel"), ECHO)
    assert not conversation.memberships
    taken(conversation, TextReceived("cancel"))
    assert conversation.memberships["*"] is Membership.OPTED_OUT


def test_a_press_on_a_consent_button_counts_beside_what_the_team_said(conversation: Conversation) -> None:
    conversation.take(ConversationStarted())
    (button,) = buttons_in(conversation.sent[0])
    turn = conversation.press_payload(button.payload, answered=(ECHO,))
    assert conversation.memberships["tips"] is Membership.OPTED_IN
    assert spoken(turn) == ["You are in.", "Echo"]


def test_a_forged_press_that_the_team_answered_raises_nothing(conversation: Conversation) -> None:
    conversation.take(ConversationStarted())
    (button,) = buttons_in(conversation.sent[0])
    taken(conversation, ButtonPressed(payload=button.payload[:-22] + "x" * 22, fault="forged"), ECHO)
    assert not conversation.memberships


def test_a_welcome_of_the_team_stands_for_that_of_the_flow(conversation: Conversation) -> None:
    assert spoken(taken(conversation, ConversationStarted(), ECHO)) == ["Echo"]
    assert spoken(conversation.take(ConversationStarted())) == []


def test_what_nobody_asked_for_asks_consent_now_and_when_it_is_sent(conversation: Conversation) -> None:
    conversation.take(TextReceived("hello"))
    turn = taken(conversation, TeamSpoke(pushed=True), ECHO)
    (sent,) = [effect.message for effect in turn.effects if isinstance(effect, Send)]
    assert sent.consent == ConsentTerms()
    conversation.take(TextReceived("STOP"))
    turn = taken(conversation, TeamSpoke(pushed=True), ECHO)
    assert spoken(turn) == []
    assert turn.trace[0].kind == trace.TEAM_SILENCED
    assert spoken(taken(conversation, TeamSpoke(), ECHO)) == ["Echo"]


def test_what_the_team_says_is_no_act_of_the_person(conversation: Conversation) -> None:
    before = conversation.take(TextReceived("hello"))
    after = taken(conversation, TeamSpoke(), ECHO)
    assert replace(after.contact, version=0) == replace(before.contact, version=0)
    assert after.state.last_event_at == before.state.last_event_at
