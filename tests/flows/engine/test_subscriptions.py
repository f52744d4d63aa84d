"""What people are signed up for, asked by word and button: on every revision, over questions and hand-overs."""

from datetime import timedelta

from flows.engine.own_words import own_words
from flows.engine.subscriptions import why
from messages.consent import ConsentChange, Membership, SourceKind
from messages.effects import ChangeConsent, OutgoingText, Send
from messages.inbound import ConversationStarted, TextReceived
from replay.rerun import Rerun
from tests.flows.engine.conversation import Conversation, buttons_in, revision_of
from tests.flows.engine.test_golden import flow_text, push_due

TOPICS = flow_text("topics")
IN = Membership.OPTED_IN


def said(talk: Conversation, text: str) -> list[str]:
    turn = talk.take(TextReceived(text))
    parts = (part for effect in turn.effects if isinstance(effect, Send) for part in effect.message.parts)
    return [part.text for part in parts if isinstance(part, OutgoingText)]


def labels(talk: Conversation) -> list[str]:
    return [button.label for button in buttons_in(talk.sent[-1])]


def test_leave_counts_on_a_revision_that_has_the_subscription_no_more() -> None:
    talk = Conversation(revision_of(TOPICS), memberships={"sequence:course": IN})
    said(talk, "subscriptions")
    talk.push('assent: "1"\nbot: topics\nname: Topics\nmessages: {hello: {parts: [{text: Hello}]}}')
    turn = talk.press("Leave")
    changes = [effect.change for effect in turn.effects if isinstance(effect, ChangeConsent)]
    assert [(one.subject, one.after) for one in changes] == [("sequence:course", Membership.OPTED_OUT)]


def test_what_the_flow_has_no_more_is_shown_where_the_person_acted_and_not_where_staff_did() -> None:
    talk = Conversation(revision_of(TOPICS), memberships={"former": IN, "vip-risk": Membership.ADDED})
    shown = "\n".join(said(talk, "Subscriptions?"))
    assert "former\nYou signed up for this." in shown
    assert "vip-risk" not in shown


def test_somebody_who_was_added_and_stopped_gets_nothing_of_it() -> None:
    talk = Conversation(revision_of(TOPICS), memberships={"tips": Membership.ADDED, "*": Membership.OPTED_OUT})
    assert "Tips: One tip a week.\nYou do not get this." in said(talk, "subscriptions")


def test_a_question_stays_open_and_a_person_keeps_the_conversation() -> None:
    care = Conversation(revision_of(flow_text("care")))
    care.take(TextReceived("help"))
    care.take(TextReceived("ask me"))
    asked = care.state
    care.press("My subscriptions")
    assert asked is not None
    assert care.state is not None
    assert asked.run is not None
    assert care.state.run == asked.run
    example = Conversation(revision_of(flow_text("wellbeing")))
    example.take(TextReceived("help"))
    example.take(TextReceived("stress"))
    assert example.state is not None
    assert example.state.handed_over
    example.press("My subscriptions")
    assert example.state.handed_over


def test_nothing_of_it_is_used_while_a_server_of_before_may_get_the_press() -> None:
    talk = Conversation(revision_of(TOPICS), memberships={"tips": IN}, payload_form=3)
    assert said(talk, "subscriptions") == ["Sorry?"]
    talk.take(TextReceived("help"))
    assert labels(talk) == []


def test_many_come_in_several_messages() -> None:
    segments = "\n".join(f"  s{number}: {{name: Segment {number}, purpose: News {number}.}}" for number in range(12))
    talk = Conversation(
        revision_of(TOPICS.replace("segments:\n", f"segments:\n{segments}\n")),
        memberships={f"s{number}": IN for number in range(12)},
    )
    texts = said(talk, "subscriptions")
    assert len(texts) == 1 + 13 + 1
    assert len(talk.sent) == 3
    assert texts[-1] == own_words("offer_stop", "en", "en")


WITH_WAY_OUT = TOPICS.replace(
    "  sorry: {parts", "  tip: {parts: [{text: A tip.}], way_out: subscriptions}\n  sorry: {parts"
)


def pushed(talk: Conversation, run: str, subject: str = "topic:news") -> None:
    push = {"push": {"run": run}, "subject": subject, "message": "tip", "revision": 1, "due": 0, "expires": 3600}
    talk.take(push_due(talk, push))


def test_why_tells_the_consent_that_the_push_stood_on() -> None:
    talk = Conversation(revision_of(WITH_WAY_OUT))
    talk.take(ConversationStarted())
    talk.press("News please")
    pushed(talk, "r1")
    assert labels(talk) == ["My subscriptions", "Why?"]
    told = said(talk, "why?")
    assert "\n".join(told).split("\n") == [
        "Canteen news",
        "You got this because you signed up for it: 2026-11-23",
        "These were the words:",
        "News of the canteen? Or a message a day?",
        "News please",
    ]
    assert labels(talk) == [], "the consent was good for one message, which it was used for"
    assert [Rerun(talk.revisions).check(each) for each in talk.recorded()] == [None] * 4


def test_why_after_staff_added_or_chose() -> None:
    talk = Conversation(revision_of(WITH_WAY_OUT), memberships={"tips": Membership.ADDED})
    talk.take(ConversationStarted())
    pushed(talk, "r1", "tips")
    assert said(talk, "Warum?") == ["Tips\nYou got this because our team chose whom it goes to."]
    row = ConsentChange("c", "tips", Membership.NONE, Membership.ADDED, talk.now, SourceKind.CSV, "mia")
    assert why(row, lambda kind: own_words(kind, "en", "en"), isolates=True) == (
        "You got this because you were added to it: \u20662026-11-23\u2069",
    )
    assert why(None, lambda kind: kind) == ("why_chosen",)


def test_why_is_a_word_like_any_other_where_nothing_was_pushed_lately() -> None:
    talk = Conversation(revision_of(WITH_WAY_OUT), memberships={"tips": IN})
    assert said(talk, "why?") == ["Sorry?"]
    pushed(talk, "r1", "tips")
    talk.now += timedelta(days=2)
    assert said(talk, "why?") == ["Sorry?"]
    talk.press("Why?")
    assert "our team chose" in str(talk.sent[-1].parts)
