"""Each condition is asked of the same person through a flow, in both forms, as a filter of that person alone, and of
the index: all say what the books of this test say.
"""

from datetime import timedelta
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from filters.holds import holds as holds_for
from filters.index.people import PeopleIndex
from filters.parse import parse
from filters.person import KnownPerson, MembershipRow, person_of
from filters.wire import write
from flows.engine.conditions import holds
from flows.engine.take_turn import contact_of
from flows.engine.turn import ConversationState, IdSource, Snapshot
from flows.engine.work import Work
from flows.model.conditions import Condition
from messages.consent import Membership
from messages.contact import Contact, Identity
from messages.inbound import ConversationReference, ConversationStarted, InboundEvent, Sender
from tests.flows.engine.conversation import BEGIN, revision_of

REVISION = revision_of("assent: '1'\nbot: care\nname: Care\nmessages: {m: {parts: [{text: Hi}]}}\n")
HERE = ConversationReference("teams", "a:1", "29:1")

FIELDS: Final = {
    "team": " Sales", "age": 41, "typed": "41", "hours": 6.5, "born": "1990-05-01", "ready": True, "word": "yes",
    "empty": "", "street": "Straße 5", "zip": "01234",
}  # fmt: skip

TABLE: Final[tuple[tuple[str, bool], ...]] = (
    ("field.team is sales", True),
    ("field.team is not Care", True),
    ("field.team contains ALE", True),
    ("field.street is \"STRASSE 5\"", True),
    ("field.age >= 41", True),
    ("field.age is 41.0", True),
    ('field.age is "41"', False),
    ("field.typed >= 18", False),
    ('field.typed is "41"', True),
    ("field.typed is 41", False),
    ("field.hours < 6.5", False),
    ("field.hours at most 6.50", True),
    ("field.born before 2000-01-01", True),
    ('field.born is "1990-05-01"', False),
    ("field.ready is yes", True),
    ("field.ready is not no", True),
    ("field.word is yes", False),
    ('field.word is "Yes"', True),
    ('field.zip starts with "012"', True),
    ("field.zip > 100", False),
    ("field.none is not Care", False),
    ("not field.none is Care", True),
    ("field.none is unknown", True),
    ("field.empty is known", False),
    ("field.empty is not Care", False),
    ("tag:vip", True),
    ("tag:VIP", False),
    ("tag is known", True),
    ("not (tag:vip and not tag:new)", False),
    ("talked_with is unknown", True),
    ("event:greeted", True),
    ("event is known", True),
    ("sequence:welcome", True),
    ("sequence:none or topic is known", True),
    ("topic:Offers", False),
    ("language is fr", True),
    ("language is not en", True),
    ("country is FR", True),
    ("gender is not f", False),
    ("gender is unknown", True),
    ('time_zone is "europe/paris"', True),
    ("external_id is 4711", True),
    ("source is known", True),
    ("first_name is ana", True),
    ("channel:teams", True),
    ("last_seen within 7d", True),
    ("last_seen is unknown", False),
    ("subscribed since 2026-11-23", True),
    ("segment:tips", True),
    ("opted_out:news", True),
    ("segment:news", False),
    ("opted_out:tips", False),
)  # fmt: skip

ANA: Final = Contact(
    "c_1",
    (Identity("teams", "29:1"),),
    name="Ana Smith",
    language="en-GB",
    fields={**FIELDS, "language": "fr-CA"},
    tags=frozenset({"vip"}),
    created_at=BEGIN,
    version=1,
    external_id="4711",
    country="fr",
    time_zone="Europe/Paris",
    source="teams",
    subscribed_at=BEGIN,
    sequences=frozenset({"welcome"}),
    topics=frozenset({"offers"}),
    events={"greeted": BEGIN},
)
SEEN: Final = BEGIN - timedelta(days=1)
STANDS: Final = {"tips": Membership.OPTED_IN, "news": Membership.OPTED_OUT}


def asked_in_a_flow(written: Any) -> bool:
    event = InboundEvent("1", HERE, Sender("29:1"), ConversationStarted())
    ids = IdSource("t")
    snapshot = Snapshot("care", ConversationState("teams:a:1", HERE), ANA, STANDS, REVISION, last_seen=SEEN)
    work = Work(snapshot, event, BEGIN, ids, contact_of(ANA, event, BEGIN, ids))
    return holds(TypeAdapter(Condition).validate_python(written), work, REVISION)


@pytest.fixture(scope="module")
def index() -> PeopleIndex:
    found = PeopleIndex()
    found.feed_people([KnownPerson(1, ANA, SEEN)])
    rows = ((1, "tips", Membership.OPTED_IN), (2, "news", Membership.OPTED_OUT))
    found.feed_memberships([MembershipRow(row, 1, subject, Membership.NONE, after) for row, subject, after in rows])
    return found


@pytest.mark.parametrize(("text", "answer"), TABLE)
def test_the_same_words_have_the_same_answer_everywhere(text: str, answer: bool, index: PeopleIndex) -> None:
    condition = parse(text)
    assert asked_in_a_flow(text) is answer
    assert asked_in_a_flow(write(condition)) is answer
    assert holds_for(condition, person_of(ANA, SEEN, STANDS), BEGIN) is answer
    assert (list(index.select(condition, BEGIN)) == [1]) is answer
