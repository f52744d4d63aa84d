"""Conditions in the form that flows had before: in revisions pushed then, each says of a person what it said."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from flows.engine.conditions import found, holds
from flows.engine.take_turn import contact_of
from flows.engine.turn import ConversationState, IdSource, Snapshot
from flows.engine.work import Work
from flows.model.conditions import Condition, Facts, If
from messages.consent import Membership
from messages.contact import Contact
from messages.inbound import ConversationReference, ConversationStarted, InboundEvent, Sender
from tests.flows.engine.conversation import BEGIN, revision_of

REVISION = revision_of("assent: '1'\nbot: care\nname: Care\nmessages: {m: {parts: [{text: Hi}]}}\n")
HERE = ConversationReference("teams", "a:1", "29:1")
ANA = Contact(
    id="c_1",
    identities=(),
    language="fr-CA",
    fields={"team": "Sales", "age": 41, "hours": 6.5, "since": "2024-03-01", "empty": "", "ready": True},
    tags=frozenset({"vip"}),
)
MEMBERSHIPS = {"tips": Membership.OPTED_IN, "news": Membership.ADDED, "events": Membership.OPTED_OUT}

BEFORE = Facts(fallback="en", is_pushed=True)


def pushed(condition: dict[str, Any]) -> If:
    found: If = TypeAdapter(Condition).validate_python(condition, context=BEFORE)
    return found


def work() -> Work:
    event = InboundEvent("1", HERE, Sender("29:1"), ConversationStarted())
    ids = IdSource("t")
    snapshot = Snapshot("care", ConversationState("teams:a:1", HERE), ANA, MEMBERSHIPS, REVISION)
    return Work(snapshot, event, BEGIN, ids, contact_of(ANA, event, BEGIN, ids))


@pytest.mark.parametrize(
    "condition",
    [
        {"segment": "tips"},
        {"segment": "news"},
        {"segment": "events", "is": "opted_out"},
        {"field": "team", "is": "sales"},
        {"field": "age", "is": "41"},
        {"field": "age", "is": "41.0"},
        {"field": "hours", "is": "6.50"},
        {"field": "team", "is_not": "Care"},
        {"field": "unknown", "is_not": "Care"},
        {"field": "team", "contains": "ALE"},
        {"field": "age", "at_least": "41"},
        {"field": "hours", "at_most": "7"},
        {"field": "since", "at_least": "2024-03-01"},
        {"field": "since", "at_most": "2024-12-31"},
        {"field": "team", "known": True},
        {"field": "unknown", "known": False},
        {"field": "empty", "known": False},
        {"tag": "vip"},
        {"language": "fr"},
        {"language": "fr-ca"},
        {"not": {"tag": "new"}},
        {"all": [{"tag": "vip"}, {"segment": "tips"}]},
        {"any": [{"tag": "new"}, {"segment": "tips"}]},
    ],
)
def test_what_is_true_of_the_person_and_its_opposite_is_not(condition: dict[str, Any]) -> None:
    assert holds(pushed(condition), work(), REVISION)
    assert not holds(pushed({"not": condition}), work(), REVISION)


@pytest.mark.parametrize(
    "condition",
    [
        {"segment": "events"},
        {"segment": "unknown"},
        {"segment": "tips", "is": "opted_out"},
        {"field": "team", "is": "Care"},
        {"field": "unknown", "is": "Care"},
        {"field": "unknown", "contains": "a"},
        {"field": "team", "at_least": "5"},
        {"field": "unknown", "at_least": "5"},
        {"field": "unknown", "at_most": "5"},
        {"field": "since", "at_least": "2024-03-02"},
        {"field": "since", "at_least": "someday"},
        {"field": "age", "at_most": "40.9"},
        {"field": "empty", "known": True},
        {"tag": "new"},
        {"language": "en"},
        {"language": "fra"},
        {"all": [{"tag": "vip"}, {"tag": "new"}]},
        {"any": [{"tag": "new"}, {"segment": "events"}]},
    ],
)
def test_what_is_not_true_of_the_person(condition: dict[str, Any]) -> None:
    assert not holds(pushed(condition), work(), REVISION)


def test_the_trace_says_what_was_looked_at() -> None:
    condition = pushed(
        {
            "all": [
                {"segment": "tips"},
                {"not": {"segment": "nobody"}},
                {"any": [{"field": "age", "at_least": "18"}, {"field": "empty", "known": True}]},
                {"tag": "vip"},
                {"tag": "new"},
                {"language": "fr"},
            ]
        }
    )
    assert found(condition, work(), REVISION) == (
        "tips is opted_in, nobody is none, age is 41, empty is not known, tag vip is there, tag new is not there, "
        "the language is fr-CA"
    )
