"""What a preview claims, and what it says can't be told: from the first difference that a person sees."""

from datetime import timedelta

import msgspec
import pytest

from flows.engine.turn import ConversationState
from messages.consent import Membership
from messages.inbound import ConversationStarted, TextReceived
from replay.comparison import DoubtCause, PersonEnd, Step, StepKind
from replay.life import Life
from replay.simulation import Simulation
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

ASKS_FIRST = flows.FLOW.replace(
    "          - {label: No thanks, opt_out: tips, reply: tips_off}\n",
    "          - {label: No thanks, opt_out: tips, reply: tips_off}\n"
    "      - {question: Which pet?, type: text, field: pet}\n",
)


def lived(conversation: Conversation, text: str) -> tuple[list[Step], PersonEnd]:
    """The steps of a conversation on another flow, and where its person ends."""
    simulation = Simulation(revision_of(text, 2), conversation.revisions, conversation.now + timedelta(days=1))
    life = Life(simulation)
    steps = [step for entry in conversation.entries for step in life.turn(entry)] + list(life.end())
    (end,) = life.ends()
    return steps, end


def talked(*said: str) -> Conversation:
    """Somebody adds the bot, and then says or presses."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    for each in said:
        if each in ("Yes please", "No thanks"):
            conversation.press(each)
        else:
            conversation.take(TextReceived(each))
    return conversation


def test_words_after_another_question_can_t_be_told() -> None:
    steps, end = lived(talked("join"), ASKS_FIRST)
    assert [step.certain for step in steps] == [True, False]
    doubt = steps[1].doubt
    assert doubt is not None
    assert (doubt.cause, doubt.text) == (DoubtCause.QUESTION, 'they would first be asked "Which pet?"')
    assert (doubt.turn, doubt.conversation) == ("turn-1", "teams:a:1")
    assert not steps[1].acts_certain
    assert steps[1].recorded is not None
    assert steps[1].draft is not None
    assert [act.subject for act in steps[1].recorded.acts] == ["news"]
    assert (steps[1].draft.acts, steps[1].draft.fields) == ((), {"pet": "join"})
    assert end.doubt == doubt
    assert not end.is_certain("news")


def test_a_stop_after_another_question_is_no_certain_stop() -> None:
    steps, end = lived(talked("stop"), ASKS_FIRST)
    assert not steps[1].acts_certain
    assert not end.is_certain("tips")


def test_a_press_on_a_button_that_is_shown_stays_certain() -> None:
    steps, end = lived(talked("Yes please"), ASKS_FIRST)
    assert [step.certain for step in steps] == [True, True]
    assert steps[1].draft is not None
    assert [(act.subject, act.after) for act in steps[1].draft.acts] == [("tips", Membership.OPTED_IN)]
    assert end.doubt is None


def test_a_press_after_words_in_doubt_says_what_the_membership_is_then() -> None:
    steps, end = lived(talked("join", "Yes please"), ASKS_FIRST)
    press = steps[2]
    assert (press.certain, press.acts_certain) == (False, True)
    assert press.draft is not None
    assert press.draft.after == {"tips": Membership.OPTED_IN}
    assert (end.is_certain("tips"), end.is_certain("news")) == (True, False)


def test_a_yes_made_before_words_in_doubt_is_no_certain_yes() -> None:
    """On the draft these words may have been a no, for which the yes came too late."""
    conversation = talked("join")
    conversation.ago = timedelta(hours=6)
    conversation.press("Yes please")
    steps, end = lived(conversation, ASKS_FIRST)
    assert not steps[2].acts_certain
    assert not end.is_certain("tips")


def test_a_stop_pressed_in_doubt_is_not_certain_of_what_it_ends() -> None:
    conversation = talked("join", "could you stop that noise")
    conversation.press(".stop")
    steps, end = lived(conversation, ASKS_FIRST)
    assert not steps[-1].acts_certain
    assert not end.is_certain("news")


def test_words_after_that_press_bring_the_doubt_back() -> None:
    _, end = lived(talked("join", "Yes please", "what?"), ASKS_FIRST)
    assert not end.is_certain("tips")


def test_a_button_shown_by_words_in_doubt_is_not_shown_for_certain() -> None:
    flow = flows.FLOW.replace('"pet", message: ask', '"pet", message: hello')
    conversation = Conversation(revision_of(flow))
    conversation.take(TextReceived("what?"))
    conversation.take(TextReceived("pet"))
    conversation.press("Yes please")
    steps, _ = lived(conversation, flow.replace("I did not get that.", "Pardon?"))
    assert [(step.certain, step.acts_certain) for step in steps] == [(True, True), (False, False), (False, False)]


def test_a_button_that_no_message_of_the_draft_has_is_gone_for_certain() -> None:
    steps, end = lived(talked("Yes please", "what?"), flows.without_button())
    assert (steps[1].draft, steps[1].certain) == (None, True)
    assert steps[2].doubt is not None
    assert not end.is_certain("tips")  # they may have found another way in


@pytest.mark.parametrize(
    ("draft", "cause", "text"),
    [
        (flows.other_words(), DoubtCause.REPLY, "they would first read other words in *sorry*"),
        (
            flows.FLOW.replace("default: sorry", "default: later"),
            DoubtCause.WAIT,
            "a wait would come first",
        ),
        (
            flows.FLOW.replace("default: sorry", "default: tips_off"),
            DoubtCause.REPLY,
            "they would first read *tips_off* instead of *sorry*",
        ),
    ],
)
def test_the_first_difference_is_named(draft: str, cause: DoubtCause, text: str) -> None:
    steps, _ = lived(talked("what?", "join"), draft)
    doubt = steps[-1].doubt
    assert doubt is not None
    assert (doubt.cause, doubt.text) == (cause, text)


def test_what_reads_the_same_leaves_no_doubt() -> None:
    """Another purpose is seen by nobody before it is asked for."""
    steps, end = lived(talked("Yes please", "join"), flows.FLOW.replace("purpose: A tip a week.", "purpose: Tips."))
    assert all(step.certain for step in steps)
    assert end.doubt is None


def test_a_question_that_is_not_asked_any_more() -> None:
    conversation = Conversation(revision_of(ASKS_FIRST))
    conversation.take(ConversationStarted())
    conversation.take(TextReceived("Rex"))
    steps, end = lived(conversation, flows.FLOW)
    assert steps[1].doubt is not None
    assert steps[1].doubt.text == 'they would not be asked "Which pet?"'
    assert (end.recorded.fields, end.draft.fields) == ({"pet": "Rex"}, {})


def test_waits_of_the_draft_go_on_for_certain_until_words_come_between() -> None:
    steps, _ = lived(talked(), flows.waits_first())
    assert [(step.kind.value, step.certain) for step in steps] == [("turn", True), ("wait", True)]
    conversation = talked()
    conversation.take(TextReceived("what?"))
    steps, _ = lived(conversation, flows.waits_first())
    assert [(step.kind.value, step.certain) for step in steps] == [("turn", True), ("turn", False), ("wait", False)]


def test_a_longer_wait_ends_when_it_would() -> None:
    """Both begin in the same place, so their timers have one id."""
    flow = flows.waits_first()
    conversation = Conversation(revision_of(flow))
    conversation.take(ConversationStarted())
    conversation.fire_timer()
    steps, _ = lived(conversation, flow.replace("wait: 1h", "wait: 3h"))
    assert [(step.kind.value, step.draft.replies if step.draft else None) for step in steps[:2]] == [
        ("turn", ()),
        ("turn", ()),
    ]
    assert steps[2].kind.value == "wait"
    assert steps[2].at - steps[0].at == timedelta(hours=3)


def test_a_built_in_button_is_on_every_revision() -> None:
    """What offers a way to stop shows the same button on the draft, whatever its flow says."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    conversation.take(TextReceived("could you stop that noise"))
    conversation.press(".stop")
    assert conversation.memberships["tips"] is Membership.OPTED_OUT
    steps, end = lived(conversation, flows.FLOW.replace("purpose: A tip a week.", "purpose: Tips."))
    assert all(step.certain and step.draft is not None for step in steps)
    assert end.draft.memberships == end.recorded.memberships


def test_a_join_button_is_that_of_the_same_word() -> None:
    """It is named by the position of its keyword, which the draft has elsewhere."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(TextReceived("join", form="chip"))
    conversation.press(".join/0")
    draft = flows.FLOW.replace("keywords:\n", 'keywords:\n  - {is: "tips", opt_in: tips, message: tips_on}\n')
    _, end = lived(conversation, draft)
    assert (end.doubt, end.draft.memberships) == (None, {"news": Membership.OPTED_IN})


def test_words_in_doubt_leave_the_person_s_other_conversations_in_doubt() -> None:
    one = talked("join")
    other = Conversation(revision_of(flows.FLOW), contact=one.contact, memberships=dict(one.memberships))
    other.reference = msgspec.structs.replace(other.reference, conversation="a:2")
    other.state = ConversationState(key="teams:a:2", reference=other.reference)
    other.events, other.now = 50, one.now
    other.take(TextReceived("what?"))
    one.contact, one.now = other.contact, other.now
    one.take(TextReceived("what?"))
    simulation = Simulation(revision_of(ASKS_FIRST, 2), one.revisions, one.now)
    first, second, fourth = one.entries
    for order, certain in (
        ((first, other.entries[0]), [True, True]),
        ((first, second, other.entries[0], fourth), [True, False, False, False]),
    ):
        life = Life(simulation)
        steps = [step for entry in order for step in life.turn(entry)]
        assert [step.certain for step in steps if step.kind is StepKind.TURN] == certain
