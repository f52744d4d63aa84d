"""Segments that staff made by a filter, asked by a flow within a turn."""

from datetime import timedelta

from flows.engine.turn import Turn
from messages.consent import Membership
from messages.contact import Contact, Identity
from messages.effects import OutgoingText, Send
from messages.inbound import ConversationEnded, ConversationStarted, TextReceived, TimerFired
from tests.flows.engine.conversation import BEGIN, Conversation, revision_of

FLOW = """
assent: "1"
bot: care
name: Care
segments: {tips: {name: Tips, purpose: One tip a week.}}
default: ask
keywords:
  - {is: buy, message: buy}
  - {is: talk, message: talk}
  - {is: talk to me, message: help}
messages:
  ask: {parts: [{if: {segment: press}, then: [{text: In}], else: [{text: Not in}]}]}
  buy: {parts: [{emit: paid}, {complete: product, item: boots}, {add_tag: vip}, {go_to: ask}]}
  talk: {parts: [{emit: talked_with, data: {who: " Ben "}}, {go_to: ask}]}
  help: {parts: [{text: A moment.}, {hand_over: Asked}]}
"""


def care(**filters: str) -> Conversation:
    return Conversation(revision_of(FLOW), filters=filters)


def said(turn: Turn) -> list[str]:
    parts = [part for effect in turn.effects if isinstance(effect, Send) for part in effect.message.parts]
    return [part.text for part in parts if isinstance(part, OutgoingText)]


def says(conversation: Conversation, text: str) -> list[str]:
    return said(conversation.take(TextReceived(text)))


def test_what_the_turn_itself_did_counts() -> None:
    for text in ("event:paid", "completed product:boots", "tag:vip"):
        conversation = care(press=text)
        assert says(conversation, "?") == ["Not in"]
        assert says(conversation, "buy") == ["In"]
        assert says(conversation, "?") == ["In"]


def test_whom_the_person_talked_with_is_told_by_an_event() -> None:
    conversation = care(press="talked_with:Ben and event:talked_with")
    assert says(conversation, "talk") == ["In"]
    assert conversation.contact.talked_with == {"Ben"}


def test_being_handed_over_is_an_event() -> None:
    conversation = care()
    conversation.take(TextReceived("talk to me"))
    assert conversation.contact.events == {"hand_over": conversation.now}


def test_events_and_completions_are_kept_with_their_last_time() -> None:
    conversation = care()
    says(conversation, "buy")
    says(conversation, "buy")
    assert conversation.contact.events == {"paid": conversation.now}
    assert conversation.contact.completed == {"product:boots": conversation.now}


def test_a_filter_leans_on_others_and_on_memberships() -> None:
    conversation = care(press="segment:buyers and not segment:tips", buyers="event:paid")
    assert says(conversation, "buy") == ["In"]
    conversation.memberships["tips"] = Membership.ADDED
    assert says(conversation, "?") == ["Not in"]


def test_whoever_opted_out_is_not_in_whatever_the_filter_says() -> None:
    conversation = care(press='name is unknown or name is "Ana Lima"')
    assert says(conversation, "?") == ["In"]
    conversation.memberships["press"] = Membership.OPTED_OUT
    assert says(conversation, "?") == ["Not in"]


def test_last_seen_is_before_this_event() -> None:
    conversation = care(press="last_seen not within 7d")
    assert says(conversation, "?") == ["Not in"]
    conversation.now += timedelta(days=9)
    assert says(conversation, "?") == ["In"]
    assert says(conversation, "?") == ["Not in"]


def test_filters_in_a_circle_let_nobody_in() -> None:
    assert says(care(press="segment:again", again="segment:press"), "?") == ["Not in"]


def test_a_filter_that_cannot_be_read_lets_nobody_in_and_is_told() -> None:
    turn = care(press="colour:red").take(TextReceived("?"))
    assert said(turn) == ["Not in"]
    assert [step.detail for step in turn.trace if step.kind == "unreadable_filter" and step.notice] == ["press"]


def test_the_trace_tells_whether_the_filter_was_met() -> None:
    turn = care(press="tag:vip").take(TextReceived("buy"))
    assert [step.detail for step in turn.trace if step.kind == "condition"] == ["then: press is met"]


def test_a_new_contact_comes_from_its_channel_and_is_subscribed() -> None:
    contact = care().take(ConversationStarted()).contact
    assert (contact.source, contact.subscribed_at) == ("teams", contact.created_at)


def test_an_imported_contact_is_subscribed_when_it_first_acts_and_keeps_its_source() -> None:
    conversation = care()
    conversation.contact = Contact("c_1", (Identity("teams", "29:1"),), created_at=BEGIN, source="csv", version=1)
    for not_theirs in (TimerFired("t_1"), ConversationEnded("blocked")):
        assert conversation.take(not_theirs).contact.subscribed_at is None
    first = conversation.take(TextReceived("?"))
    assert (first.contact.source, first.contact.subscribed_at) == ("csv", conversation.now)
    then = conversation.now
    assert conversation.take(TextReceived("?")).contact.subscribed_at == then
