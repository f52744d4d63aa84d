"""What somebody who may not see people's words and names is shown of a recording."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from messages.consent import ConsentChange, LedgerRow, Membership, SourceKind
from messages.contact import Contact, Identity, Note
from messages.effects import ChangeConsent, OutgoingMessage, OutgoingText
from messages.inbound import ConversationStarted, Sender, TextReceived
from privacy.masking import FlowTexts, Mask
from storage.erase import blank_contact, is_blank
from storage.records import JournalEntry
from tests.examples import examples
from tests.flows.engine.any_acts import Step, play, steps
from tests.flows.engine.any_bot import revisions
from tests.flows.engine.conversation import BEGIN, Conversation, revision_of
from tests.replay import flows
from tests.steps import HANGS

ANA = Sender("29:secret-account", name="Ana Lima", aad_object_id="aad-1234", email="ana@example.org", locale="en-GB")
TOLD = ("Ana", "Lima", "29:secret-account", "aad-1234", "ana@example.org", "Rex", "my dog is ill", "020 7946 0958")


def talk() -> list[JournalEntry]:
    conversation = Conversation(revision_of(flows.FLOW), sender=ANA)
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    for text in ("pet", "Rex", "my dog is ill, call 020 7946 0958", "stop"):
        conversation.take(TextReceived(text))
    return conversation.entries


WORDS = FlowTexts({1: revision_of(flows.FLOW)})


def shown(entry: JournalEntry, words: FlowTexts | None = WORDS) -> str:
    return msgspec.json.encode(Mask(entry, flows=words).masked(entry)).decode()


def told(flow: str, conversation: Conversation) -> str:
    """Return all that is shown of a conversation of a flow."""
    words = FlowTexts({1: revision_of(flow)})
    return "\n".join(shown(entry, words) for entry in conversation.entries)


def test_nothing_that_tells_the_person_is_left() -> None:
    for entry in talk():
        for words in (WORDS, None):
            text = shown(entry, words)
            assert [value for value in TOLD if value.casefold() in text.casefold()] == []


def test_what_is_the_flows_stays() -> None:
    hello, pressed, asked, answered, ignored, stopped = map(shown, talk())
    assert "Hello ••••. A tip a week?" in hello
    assert "Yes please" in hello
    assert '"subject":"tips"' in pressed
    assert "What is your pet called?" in asked
    assert "Greetings to ••••." in answered
    assert '"type":"ignored","text":"••••"' in ignored
    assert '"source":"keyword"' in stopped


def test_a_sentence_that_changed_a_membership_goes() -> None:
    """The ledger has it as the proof."""
    conversation = Conversation(revision_of(flows.FLOW.replace('{is: "join"', '{contains: "join"')), sender=ANA)
    conversation.take(ConversationStarted())
    turn = conversation.take(TextReceived("I am ill, so let me join"))
    assert any(isinstance(effect, ChangeConsent) and "I am ill" in effect.change.detail for effect in turn.effects)
    text = shown(conversation.entries[1])
    assert "I am ill" not in text
    assert '"detail":"••••"' in text


def test_the_conversation_can_still_be_asked_for() -> None:
    entry = talk()[0]
    masked = Mask(entry).masked(entry)
    assert (masked.conversation, masked.turn, masked.at, masked.contact) == (
        entry.conversation,
        entry.turn,
        entry.at,
        entry.contact,
    )


def test_addresses_and_numbers_go_whosever_they_are() -> None:
    mask = Mask()
    assert mask.text("write to bo.b@mail.example.co.uk or +44 20 7946 0958 now") == "write to •••• or •••• now"
    told = "revision 12, 2026-11-23 09:30:00, 1,204 people"
    assert mask.text(told) == told


def test_short_values_are_words_of_their_own() -> None:
    mask = Mask(Contact("c", (Identity("teams", "u1"),), name="Al"))
    assert mask.text("Al is known. Also 1410 people.") == "•••• is known. Also 1410 people."


SHAPED = """
assent: "1"
bot: shaped
name: Shaped
languages: [en]
fields: {pet: {type: text}, born: {type: date}, sum: {type: number}}
welcome: hello
default: hello
keywords:
  - {is: pet, message: pet}
  - {is: born, message: born}
  - {is: sum, message: sum}
messages:
  hello:
    parts: [{text: "{{ contact.name | upper }}!"}]
    quick_replies: [{label: "I am {{ contact.name }}", message: hello}]
  pet:
    parts: [{question: Its name?, type: text, field: pet}, {text: "To {{ field.pet }}."}, {clear: pet}]
  born:
    parts: [{question: When?, type: date, field: born}, {text: "Since {{ field.born }}."}, {clear: born}]
  sum:
    parts: [{question: How much?, type: number, field: sum}, {text: "About {{ field.sum | round }}."}]
"""


def test_names_and_answers_in_other_shapes_go_too() -> None:
    """In capitals, as a quick reply is remembered, rounded, read as a date, and of a field that the turn clears."""
    name = "Zoë O'Neil-Strauß"
    conversation = Conversation(revision_of(SHAPED), sender=Sender("29:zz", name=name, locale="en-GB"))
    conversation.take(ConversationStarted())
    for text in (f"I am {name}", "pet", "Rex-Ymon", "born", "5.3.1961", "sum", "4,321.5"):
        conversation.take(TextReceived(text))
    for text in (told(SHAPED, conversation), "\n".join(shown(entry, None) for entry in conversation.entries)):
        folded = text.casefold()
        assert [word for word in ("zoë", "neil", "strau", "ymon", "1961", "4322", "4321") if word in folded] == []
    shaped = told(SHAPED, conversation)
    for line in ("To ••••.", "Since ••••.", "About ••••.", "I am ••••"):
        assert line in shaped


@examples(60)
@given(revisions(), steps, st.sampled_from(["Zoë Quist", "李雷", "o'Neil (x)"]))
def test_no_name_is_left_in_any_recording(revision: object, todo: list[Step], name: str) -> None:
    conversation = Conversation(revision, sender=Sender("29:zz", name=name, email="zz@zz.example"))  # type: ignore[arg-type]
    play(conversation, todo)
    for entry in conversation.entries:
        for words in (None, FlowTexts({1: revision})):  # type: ignore[dict-item]
            text = shown(entry, words)
            assert name not in text
            assert "zz@zz.example" not in text


DETAILS = Contact(
    "c",
    (Identity("teams", "29:secret-account"),),
    name="Ana Lima",
    given_name="Anabel",
    family_name="Lima Costa",
    email="ana@example.org",
    phone="020 7946 0958",
    external_id="E-4711",
    avatar="https://example.org/faces/ana.png",
    gender="female",
    country="PT",
    time_zone="Europe/Lisbon",
    notes=(Note(BEGIN, "ben@example.org", "Is often ill."),),
    talked_with=frozenset({"Ben Okri"}),
    events={"paid": BEGIN},
    completed={"product:boots": BEGIN},
    tags=frozenset({"vip"}),
)
PRIVATE = ("ana", "lima", "costa", "7946", "4711", "faces", "female", "ben", "ill", "29:", "okri", "lisbon")


def test_all_details_of_a_contact_go_and_what_it_did_stays() -> None:
    masked = Mask(DETAILS).masked(DETAILS)
    told = msgspec.json.encode(masked).decode().casefold()
    assert [value for value in PRIVATE if value in told] == []
    assert masked.country == "PT"
    assert (masked.events, masked.completed, masked.tags) == (DETAILS.events, DETAILS.completed, DETAILS.tags)


def test_details_go_wherever_they_stand_in_a_text() -> None:
    said = "Anabel Costa (E-4711), at https://example.org/faces/ana.png, is female?"
    assert Mask(DETAILS).text(said) == "•••• •••• (••••), at ••••, is female?"


@pytest.mark.parametrize("said", ["She talked to Ben Okri.", "Note: is often ill.", "note: IS OFTEN ILL."])
def test_a_text_that_holds_what_somebody_said_goes_as_a_whole(said: str) -> None:
    """What is left would tell the rest."""
    assert Mask(DETAILS).text(said) == "••••"


def test_an_erased_contact_has_none_of_it() -> None:
    blank = blank_contact(DETAILS)
    assert blank == Contact("c", ())
    assert is_blank(blank)


def test_personal_values_in_the_filters_of_a_recorded_turn_go() -> None:
    conversation = Conversation(revision_of(flows.FLOW), sender=ANA, filters={"one": 'email is "ana@example.org"'})
    conversation.take(ConversationStarted())
    assert "ana@example.org" not in shown(conversation.entries[0])


SLEEP = """
assent: "1"
bot: sleepy
name: Sleepy
languages: [en]
segments: {tips: {name: Sleep tips, purpose: How to sleep well.}}
fields: {topic: {type: text}, hours: {type: number}, age: {type: number}}
welcome: hello
default: hello
keywords: [{is: "start over, again", message: hello}, {is: age, message: age}]
messages:
  hello:
    parts:
      - {question: What shall we talk about?, type: text, field: topic}
      - text: "So you said {{ field.topic }}."
      - {question: How many hours do you sleep in most nights?, type: number, field: hours}
      - text: "{{ field.hours }} hours, {{ contact.first_name | default('you') }}. You will sleep better!"
        buttons:
          - {label: "Yes, {{ contact.first_name }}", opt_in: tips, reply: in}
          - {label: Will do, opt_in: tips, reply: in}
  in:
    parts:
      - {text: "Now you will sleep.\\nGood night {{ contact.first_name }}, Will said."}
      - {hand_over: "Is {{ contact.first_name }} tired?"}
  age:
    parts:
      - {question: How old are you?, type: number, field: age}
      - if: {field: age, at_least: 18}
        then: [{text: You may vote.}]
        else: [{text: You will.}]
"""
WILL = Sender("29:w", name="Will Sleep", email="will@example.org", locale="en-GB")


def night() -> Conversation:
    """Will's name and answers are words of the flow's, too."""
    conversation = Conversation(revision_of(SLEEP), sender=WILL)
    conversation.take(ConversationStarted())
    for text in ("sleep", "8"):
        conversation.take(TextReceived(text))
    conversation.press("Yes, Will")
    return conversation


def change_of(conversation: Conversation) -> ConsentChange:
    (change,) = [
        effect.change
        for entry in conversation.entries
        for effect in entry.outcome.effects
        if isinstance(effect, ChangeConsent)
    ]
    return change


def test_nothing_of_the_flows_own_words_is_masked_and_so_no_mask_tells_what_it_hides() -> None:
    text = told(SLEEP, night())
    for line in (
        "How many hours do you sleep in most nights?",
        "So you said ••••.",
        "•••• hours, ••••. You will sleep better!",
        "Now you will sleep.\\nGood night ••••, Will said.",
        "Yes, ••••",
        "Will do",
        "Is •••• tired?",
        "How to sleep well.",
    ):
        assert f'"{line}"' in text, line
    for hidden in ("said sleep", "8 hours", "Yes, Will", "night Will", "Is Will"):
        assert hidden not in text, hidden


def test_the_words_above_a_button_are_proof_and_hide_the_person_alone() -> None:
    row = LedgerRow(1, "sleepy", change_of(night()))
    assert row.change.text == "8 hours, Will. You will sleep better!\nYes, Will"
    masked = Mask(flows=FlowTexts({1: revision_of(SLEEP)})).masked(row).change
    assert masked.text == "•••• hours, ••••. You will sleep better!\nYes, ••••"
    assert (masked.label, masked.purpose) == ("Yes, ••••", "How to sleep well.")


def test_words_that_are_of_no_revision_at_hand_go() -> None:
    """A revision's number may name another flow, after a store went back."""
    other = FlowTexts({1: revision_of(SLEEP.replace("hours,", "hours a night,"))})
    assert Mask(flows=other).masked(change_of(night())).text == "••••\nYes, ••••"


def test_a_condition_tells_its_branch_and_no_value() -> None:
    conversation = Conversation(revision_of(SLEEP), sender=WILL)
    conversation.take(ConversationStarted())
    for text in ("sleep", "8", "age", "17"):
        conversation.take(TextReceived(text))
    entry = conversation.entries[-1]
    steps = [step.detail for step in Mask(entry, flows=FlowTexts({1: conversation.live})).masked(entry).outcome.trace]
    assert "else: age is ••••" in steps


@pytest.mark.parametrize(("typed", "shown_as"), [("STOP", "stop"), ("S T O P!", "stop"), ("again", "again")])
def test_a_word_that_anybody_can_look_up_stays(typed: str, shown_as: str) -> None:
    row = replace(change_of(night()), source=SourceKind.KEYWORD, after=Membership.OPTED_OUT, detail=typed)
    words = FlowTexts({1: revision_of(SLEEP)})
    assert Mask(flows=words).masked(row).detail == shown_as
    assert Mask(flows=words).masked(replace(row, detail=f"{typed} Will, it hurts")).detail == "••••"


def test_a_mask_is_as_long_whatever_it_hides() -> None:
    assert {Mask().masked(TextReceived(text)).text for text in ("a", "I am ill", "x" * 4000)} == {"••••"}


META = "(#100) No matching user found, code 100, subcode 2018001: Will Sleep, 4567891234567890, fbtrace AbCdEf"


def test_what_a_channel_answers_keeps_its_words_and_the_numbers_of_its_errors() -> None:
    will = Contact("c", (Identity("workplace", "4567891234567890"),), name="Will Sleep", fields={"topic": "user"})
    assert Mask(will).reason(META) == META.replace("Will Sleep", "••••").replace("4567891234567890", "••••")
    assert Mask(will).reason("This person will not get it: 1545041") == "This person will not get it: 1545041"


@pytest.mark.parametrize("piece", ["a", "a.", "1 ", "1", "@", "a@", "a@b.", "+(", "é", "will ", "Will Slee"])
@pytest.mark.timeout(HANGS)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    """Searches that start anew at each place took minutes for it."""
    will = Contact("c", (Identity("teams", "a" * 150),), name="Will Sleep", notes=(Note(BEGIN, "b", "a" * 5000),))
    text = piece * (300_000 // len(piece))
    mask = Mask(will, flows=FlowTexts({1: revision_of(SLEEP)}))
    mask.text(text)
    mask.reason(text)
    mask.masked(OutgoingMessage("m", (OutgoingText(text),), revision=1, message="hello"))
