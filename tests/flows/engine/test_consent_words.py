"""Consent words within a conversation: what they stop, what a question takes instead, and what is said."""

from datetime import timedelta

import pytest

from flows.engine.own_words import LEFT, SORRY
from flows.engine.turn import Snapshot, Turn, faulted_turn
from messages.consent import ALL, Membership
from messages.contact import Contact
from messages.effects import OutgoingText, Send
from messages.inbound import InboundEvent, TextReceived
from tests.flows.engine.conversation import Conversation, revision_of

FLOW = """
assent: "1"
bot: lib
name: Library desk
languages: [{languages}]
segments:
  news: {{name: {{en: New books, fr: Nouveautés}}, purpose: A list of new books each Friday.}}
  walks: {{name: Book walks, purpose: A walk each month.}}
fields: {{size: {{type: text}}, next: {{type: choice, choices: [Stay, Quit]}}}}
default: sorry
unsubscribe: {{segments: [{{is: fewer walks, segment: walks, reply: walks_off}}]}}
keywords:
  - {{is: ask, message: ask}}
  - {{is: pick, message: pick}}
messages:
  sorry: {{parts: [{{text: Not understood.}}]}}
  walks_off: {{parts: [{{text: No more book walks.}}]}}
  ask:
    parts:
      - {{question: Large or small?, field: size, expects: [end, baja]}}
      - {{text: "Got {{{{ field.size }}}}"}}
  pick:
    parts:
      - {{question: Stay or quit?, field: next, type: choice, choices: [Stay, Quit], expects: [quit]}}
      - {{text: "You {{{{ field.next }}}}"}}
"""


def library(languages: str = "en, fr", **membership: Membership) -> Conversation:
    both = {"news": Membership.OPTED_IN, "walks": Membership.OPTED_IN}
    return Conversation(revision_of(FLOW.format(languages=languages)), memberships={**both, **membership})


def said(turn: Turn) -> list[str]:
    parts = [part for effect in turn.effects if isinstance(effect, Send) for part in effect.message.parts]
    return [part.text for part in parts if isinstance(part, OutgoingText)]


def test_each_segment_that_is_named_stops_and_the_answer_names_them() -> None:
    conversation = library(tips=Membership.OPTED_IN)
    turn = conversation.take(TextReceived("stop new books and the book walk please"))
    assert said(turn) == [f"{LEFT['en']} New books, Book walks"]
    out = {"news": Membership.OPTED_OUT, "walks": Membership.OPTED_OUT}
    assert conversation.memberships == {**out, "tips": Membership.OPTED_IN}
    assert [row.subject for row in conversation.ledger] == ["news", "walks"]


@pytest.mark.parametrize(
    "typed", ["stop news and everything", "stop everything and the walks", "stop walks and all texts"]
)
def test_a_segment_and_everything_is_everything(typed: str) -> None:
    conversation = library()
    conversation.take(TextReceived(typed))
    assert conversation.memberships == dict.fromkeys(("news", "walks", ALL), Membership.OPTED_OUT)


def test_a_way_to_stop_is_offered_once_a_day_wherever_the_person_writes() -> None:
    here = library()
    assert len(said(here.take(TextReceived("make it stop somehow")))) == 2
    there = library()
    there.contact = here.contact
    there.now = here.now + timedelta(hours=23)
    assert said(there.take(TextReceived("make it stop somehow"))) == ["Not understood."]
    there.now += timedelta(hours=1)
    assert len(said(there.take(TextReceived("make it stop somehow")))) == 2


@pytest.mark.parametrize("typed", ["stop news please", "Please stop sending me New Books!"])
def test_a_scope_that_names_a_segment_stops_it_alone_and_says_which(typed: str) -> None:
    conversation = library()
    assert said(conversation.take(TextReceived(typed))) == [f"{LEFT['en']} New books"]
    assert conversation.memberships == {"news": Membership.OPTED_OUT, "walks": Membership.OPTED_IN}
    (row,) = conversation.ledger
    assert (row.subject, row.detail) == ("news", typed)


@pytest.mark.parametrize("typed", ["fewer walks", "Fewer walks, please", "stop walks", "stop the book walks please"])
def test_a_segment_with_words_of_its_own_is_confirmed_in_the_flows_words(typed: str) -> None:
    conversation = library()
    assert said(conversation.take(TextReceived(typed))) == ["No more book walks."]
    assert conversation.memberships == {"news": Membership.OPTED_IN, "walks": Membership.OPTED_OUT}


@pytest.mark.parametrize(
    "typed", ["stop, Library desk!", "STOP STOP", "bitte stopp", "cancel please", "no more messages, lib"]
)
def test_a_polite_stop_stops_everything(typed: str) -> None:
    conversation = library()
    conversation.take(TextReceived(typed))
    assert conversation.memberships[ALL] is Membership.OPTED_OUT
    assert conversation.memberships["news"] is Membership.OPTED_OUT


@pytest.mark.parametrize("typed", ["end", "End, please", "END END", "baja por favor", "Baja"])
def test_a_word_that_a_question_expects_is_its_answer_in_each_of_its_forms(typed: str) -> None:
    conversation = library()
    conversation.take(TextReceived("ask"))
    assert said(conversation.take(TextReceived(typed))) == [f"Got {typed}"]
    assert ALL not in conversation.memberships


@pytest.mark.parametrize("typed", ["Quit please", "please quit", "Quit!", "2 please"])
def test_a_choice_is_chosen_politely_too(typed: str) -> None:
    conversation = library()
    conversation.take(TextReceived("pick"))
    assert said(conversation.take(TextReceived(typed))) == ["You Quit"]
    assert ALL not in conversation.memberships


def test_another_soft_word_than_the_expected_one_stops() -> None:
    conversation = library()
    conversation.take(TextReceived("ask"))
    conversation.take(TextReceived("cancel please"))
    assert conversation.memberships[ALL] is Membership.OPTED_OUT


@pytest.mark.parametrize(
    ("language", "bot", "used"),
    [("fr-CA", "en", "fr"), ("sv", "fr, en", "fr"), ("zh-TW", "en", "zh-Hant"), ("sv", "fi", "en")],
)
def test_the_apology_is_in_the_persons_language_or_the_bots(language: str, bot: str, used: str) -> None:
    conversation = library(bot)
    assert conversation.state is not None
    contact = Contact(id="c_1", identities=(), language=language)
    snapshot = Snapshot("lib", conversation.state, contact, {}, conversation.live)
    event = InboundEvent("e", conversation.reference, conversation.sender, TextReceived("hello"))
    assert said(faulted_turn(snapshot, event, "t")) == [SORRY[used]]
