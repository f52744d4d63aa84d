"""What somebody who may not see people's words and names is shown of a recording."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messages.contact import Contact, Identity, Note
from messages.effects import ChangeConsent
from messages.inbound import ConversationStarted, Sender, TextReceived
from replay.masking import Mask
from storage.records import JournalEntry
from storage.tombstone import blank_contact, is_blank
from tests.engine.any_acts import Step, play, steps
from tests.engine.any_bot import revisions
from tests.engine.conversation import BEGIN, Conversation, revision_of
from tests.replay import flows

ANA = Sender("29:secret-account", name="Ana Lima", aad_object_id="aad-1234", email="ana@example.org", locale="en-GB")
TOLD = ("Ana", "Lima", "29:secret-account", "aad-1234", "ana@example.org", "Rex", "my dog is ill", "020 7946 0958")


def talk() -> list[JournalEntry]:
    conversation = Conversation(revision_of(flows.FLOW), sender=ANA)
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    for text in ("pet", "Rex", "my dog is ill, call 020 7946 0958", "stop"):
        conversation.take(TextReceived(text))
    return conversation.entries


def shown(entry: JournalEntry) -> str:
    return msgspec.json.encode(Mask(entry).masked(entry)).decode()


def test_nothing_that_tells_the_person_is_left() -> None:
    for entry in talk():
        text = shown(entry)
        assert [value for value in TOLD if value.casefold() in text.casefold()] == []


def test_what_is_the_flows_stays() -> None:
    hello, pressed, asked, answered, ignored, stopped = map(shown, talk())
    assert "Hello ••••. A tip a week?" in hello
    assert "Yes please" in hello
    assert '"subject":"tips"' in pressed
    assert "What is your pet called?" in asked
    assert "Greetings to ••••." in answered
    assert "(33 characters)" in ignored
    assert '"source":"keyword"' in stopped


def test_a_sentence_that_changed_a_membership_goes() -> None:
    """The ledger has it as the proof."""
    conversation = Conversation(revision_of(flows.FLOW.replace('{is: "join"', '{contains: "join"')), sender=ANA)
    conversation.take(ConversationStarted())
    turn = conversation.take(TextReceived("I am ill, so let me join"))
    assert any(isinstance(effect, ChangeConsent) and "I am ill" in effect.change.detail for effect in turn.effects)
    text = shown(conversation.entries[1])
    assert "I am ill" not in text
    assert '"detail":"•••• (24 characters)"' in text


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
    mask = Mask(Contact("c", (Identity("teams", "u1"),), name="Al", fields={"age": 41}))
    assert mask.text("Al, you are 41. Also 1410 people.") == "••••, you are ••••. Also 1410 people."


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
    told = "\n".join(map(shown, conversation.entries)).casefold()
    assert [word for word in ("zoë", "neil", "strau", "ymon", "1961", "4322", "4321") if word in told] == []
    assert "To ••••." in "\n".join(map(shown, conversation.entries))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(revisions(), steps, st.sampled_from(["Zoë Quist", "李雷", "o'Neil (x)"]))
def test_no_name_is_left_in_any_recording(revision: object, todo: list[Step], name: str) -> None:
    conversation = Conversation(revision, sender=Sender("29:zz", name=name, email="zz@zz.example"))  # type: ignore[arg-type]
    play(conversation, todo)
    for entry in conversation.entries:
        text = shown(entry)
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
PRIVATE = ("ana", "lima", "costa", "7946", "4711", "faces", "female", "ben", "ill", "29:", "okri")


def test_all_details_of_a_contact_go_and_what_it_did_stays() -> None:
    masked = Mask(DETAILS).masked(DETAILS)
    told = msgspec.json.encode(masked).decode().casefold()
    assert [value for value in PRIVATE if value in told] == []
    assert (masked.country, masked.time_zone) == ("PT", "Europe/Lisbon")
    assert (masked.events, masked.completed, masked.tags) == (DETAILS.events, DETAILS.completed, DETAILS.tags)


def test_details_go_wherever_they_stand_in_a_text() -> None:
    said = (
        "Anabel Costa (E-4711), at https://example.org/faces/ana.png, talked to Ben Okri. Note: is often ill. female?"
    )
    assert Mask(DETAILS).text(said) == "•••• •••• (••••), at ••••, talked to ••••. Note: •••• female?"


def test_an_erased_contact_has_none_of_it() -> None:
    blank = blank_contact(DETAILS)
    assert blank == Contact("c", ())
    assert is_blank(blank)


def test_personal_values_in_the_filters_of_a_recorded_turn_go() -> None:
    conversation = Conversation(revision_of(flows.FLOW), sender=ANA, filters={"one": 'email is "ana@example.org"'})
    conversation.take(ConversationStarted())
    assert "ana@example.org" not in shown(conversation.entries[0])
