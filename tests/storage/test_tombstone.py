"""What a turn leaves of a person who was erased."""

from datetime import UTC, datetime

import msgspec
import pytest

from flows.engine.turn import ConversationState, OfferedReply, Run, TraceStep, Turn
from messages.codec import encode
from messages.consent import Membership
from messages.contact import Contact, Identity
from messages.effects import IgnoreMessage
from messages.inbound import Attachment, ConversationReference, InboundEvent, Scope, Sender, TextReceived, Unhandled
from storage.erase import (
    OwnValues,
    bare_entry,
    blank_contact,
    blank_state,
    contact_or_unreadable,
    entry_or_none,
    erased_entry,
    erased_name,
    is_blank,
    is_erased_name,
    state_or_bare,
)
from storage.records import JournalEntry
from tests.storage.told_apart import ACCOUNT, FIELD, HER, NOTE, WORDS

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REFERENCE = ConversationReference(
    "teams", "19:PERSONAL", "29:PERSONAL", bot="28:bot", tenant="PERSONAL", scope=Scope.GROUP
)
CONTACT = Contact(
    "c_1",
    (Identity("teams", "29:PERSONAL"),),
    name="Zoë PERSONAL",
    email="personal@example.org",
    aad_object_id="PERSONAL",
    fields={"city": "PERSONAL"},
    tags=frozenset({"PERSONAL"}),
    created_at=AT,
    version=4,
)
STATE = ConversationState(
    "teams:19:PERSONAL|29:PERSONAL",
    REFERENCE,
    "c_1",
    run=Run(3, "welcome", (0,), timer="PERSONAL"),
    offered=(OfferedReply("PERSONAL", 3, "b", text="PERSONAL"),),
    unreachable="PERSONAL",
    last_event_at=AT,
    version=7,
)
ENTRY = JournalEntry(
    turn="t_1",
    bot="wellbeing",
    conversation=STATE.key,
    contact="c_1",
    at=AT,
    event=InboundEvent(
        "e_PERSONAL",
        REFERENCE,
        Sender("29:PERSONAL", "Zoë PERSONAL", email="personal@example.org"),
        TextReceived("PERSONAL", (Attachment("image", "https://PERSONAL"),)),
        sent_at=AT,
        reply_to="PERSONAL",
        received=b'{"text":"PERSONAL"}',
    ),
    outcome=Turn(STATE, CONTACT, (IgnoreMessage("PERSONAL"),), (TraceStep("text", "PERSONAL"),), revision=3, rules=1),
    revision_digest="digest",
    memberships={"tips": Membership.OPTED_IN},
    state_before=STATE,
    contact_before=CONTACT,
    evidence="PERSONAL",
)
NAME = "erased:c_1/1"


def test_an_erased_entry_holds_nothing_personal() -> None:
    assert b"personal" in encode(ENTRY).lower()
    assert b"personal" not in encode(erased_entry(ENTRY, NAME)).lower()


def test_an_erased_entry_keeps_when_it_was_and_on_which_revision() -> None:
    erased = erased_entry(ENTRY, NAME)
    assert (erased.turn, erased.bot, erased.contact, erased.at) == ("t_1", "wellbeing", "c_1", AT)
    assert (erased.revision_digest, erased.outcome.revision, erased.outcome.rules) == ("digest", 3, 1)
    assert erased.memberships == {"tips": Membership.OPTED_IN}
    assert (erased.erased, erased.conversation, erased.outcome.state.key) == (True, NAME, NAME)
    assert erased.event.action == Unhandled("erased")
    assert erased.state_before == erased.outcome.state
    assert erased.contact_before == erased.outcome.contact


def test_a_first_turn_still_had_nobody_before_it() -> None:
    first = erased_entry(msgspec.structs.replace(ENTRY, state_before=None, contact_before=None), NAME)
    assert first.state_before is None
    assert first.contact_before is None


def test_erasing_an_erased_entry_changes_nothing() -> None:
    erased = erased_entry(ENTRY, NAME)
    assert erased_entry(erased, NAME) == erased


def test_a_bare_entry_says_whose_turn_it_was() -> None:
    bare = bare_entry(turn="t_1", bot="wellbeing", contact="c_1", name=NAME, at=AT)
    assert (bare.erased, bare.turn, bare.contact, bare.conversation) == (True, "t_1", "c_1", NAME)
    assert erased_entry(bare, NAME) == bare


def test_a_blank_contact_has_its_id_alone_whatever_its_version() -> None:
    assert blank_contact(CONTACT) == Contact("c_1", ())
    assert is_blank(msgspec.structs.replace(blank_contact(CONTACT), version=5))
    assert not is_blank(CONTACT)
    assert blank_state(STATE, NAME).version == 7


def test_names_of_erased_conversations_tell_whose_they_were() -> None:
    assert erased_name("c_1", 2) == "erased:c_1/2"
    assert is_erased_name("erased:c_1/2", "c_1")
    assert not is_erased_name("erased:c_12/1", "c_1")
    assert not is_erased_name("teams:a:ana", "c_1")


@pytest.mark.parametrize(
    ("contact", "text", "found"),
    [
        (Contact("c", (), name="Zoë Blum"), "Tips, Zoë?", True),
        (Contact("c", (), name="Zoë Blum"), "ZOËS Tipps", True),
        (Contact("c", (), name="Zoë Blum"), "Tips, Bob?", False),
        (Contact("c", (), name="Li Wu"), "Would you like tips?", False),
        (Contact("c", (), name="Li Wu"), "Tips, Li?", True),
        (Contact("c", (), name="李雷"), "李雷您好", True),
        (Contact("c", (), email="zoe@example.org"), "To zoe@example.org", True),
        (Contact("c", (), aad_object_id="0815-4711"), "You are 0815-4711", True),
        (Contact("c", (Identity("teams", "29:zoe"),)), "Hello 29:zoe", True),
        (Contact("c", (), fields={"city": "Bonn"}), "Meet in Bonn", True),
        (Contact("c", (), fields={"phone": 4711}), "Call 4711", True),
        (Contact("c", (), fields={"grade": "A", "wants": True}), "True. A tip a week?", False),
        (Contact("c", ()), "Would you like tips?", False),
    ],
)
def test_what_counts_as_a_person_s_own(contact: Contact, text: str, found: bool) -> None:
    own = OwnValues()
    own.add_contact(contact)
    assert own.in_texts([("digest", text)]) == (["digest"] if found else [])


def test_what_an_earlier_turn_knew_counts_too() -> None:
    own = OwnValues()
    own.add_entry(ENTRY)
    assert own.in_texts([("1", "Zoë"), ("2", "Bob"), ("3", "personal@example.org")]) == ["1", "3"]


def test_what_can_t_be_read_is_not_in_the_way() -> None:
    broken = encode(ENTRY)[:-3]
    assert entry_or_none(encode(ENTRY)) == ENTRY
    assert entry_or_none(broken) is None
    assert state_or_bare(broken, 7, "c_1").contact == "c_1"
    assert state_or_bare(encode(STATE), 7, "c_1") == STATE
    assert contact_or_unreadable(encode(CONTACT), 4, "c_1") == CONTACT
    assert not is_blank(contact_or_unreadable(broken, 4, "c_1"))


@pytest.mark.parametrize(
    "detail", ["name", "given_name", "family_name", "email", "phone", "external_id", "aad_object_id", "avatar"]
)
def test_each_detail_is_looked_for_by_itself(detail: str) -> None:
    own = OwnValues()
    own.add_contact(HER)
    value = WORDS[detail]
    assert own.in_texts([("d", f"So it is {value.upper()}, is it?"), ("e", "So it is, is it?")]) == ["d"]


def test_accounts_notes_and_fields_are_looked_for_too() -> None:
    own = OwnValues()
    own.add_contact(HER)
    told = {"account": f"29:{ACCOUNT}", "note": f"Likes {NOTE}.", "field": FIELD}
    assert own.in_texts(told.items()) == list(told)
