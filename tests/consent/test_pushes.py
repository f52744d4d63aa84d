"""Whether a push may go now: a row for each question, and that the first of two that apply is the outcome."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from consent.pushes import PushedTo, may_push
from messages.consent import ALL, Membership
from messages.effects import DeferPush, SkipPush
from messages.inbound import PushDue
from messages.pushes import Deferral, PushFacts, PushRef, SkipReason

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DUE = PushDue(PushRef("r1"), "tips", "tip", 1, "ab" * 32, due=NOW - MINUTE, expires=NOW + HOUR)
MEMBER = PushedTo({"tips": Membership.OPTED_IN})
OUT, IN, ADDED, NONE = Membership.OPTED_OUT, Membership.OPTED_IN, Membership.ADDED, Membership.NONE


class Case(NamedTuple):
    """What is so, and what comes of it: `skip REASON`, or `REASON after SECONDS`."""

    outcome: str
    person: Mapping[str, Any] = MappingProxyType({})
    facts: Mapping[str, Any] = MappingProxyType({})
    push: Mapping[str, Any] = MappingProxyType({})


IN_ORDER = (
    Case("skip erased", {"known": False}),
    Case("skip merged into: c_old", facts={"had_by": "c_old"}),
    Case("skip opted out", {"memberships": {"tips": OUT}}),
    Case("skip left the filter", facts={"left_filter": True}),
    Case("skip excluded", facts={"excluded": True}),
    Case("skip no account", {"account": False}),
    Case("skip unreachable: BotDisabledByAdmin", {"unreachable": "BotDisabledByAdmin"}),
    Case("skip not permitted: sms", facts={"not_permitted": "sms"}),
    Case("skip outside the window", facts={"window_until": NOW + MINUTE}),
    Case("moved after 1200", facts={"due_by_zone": NOW + 20 * MINUTE}),
    Case("quiet after 1800", facts={"quiet_until": NOW + 30 * MINUTE}),
    Case("with a person after 60", {"handed_over": True}, push={"patience_until": NOW + 10 * MINUTE}),
    Case("with a question after 60", {"asked": True}, push={"patience_until": NOW + 10 * MINUTE}),
    Case("skip cap", facts={"pushed_at": (NOW - HOUR,) * 3, "cap": 3}),
    Case("busy after 2", facts={"replies_wait": True}),
)
"""One for each question, in the order of the questions."""

OTHERS = (
    Case("goes"),
    Case("skip not a member", {"memberships": {}}),
    Case("skip not a member", {"memberships": {"tips": NONE, "other": IN}}),
    Case("goes", {"memberships": {"tips": ADDED}}),
    Case("goes", {"memberships": {"tips": IN, ALL: OUT}}),
    Case("goes", {"memberships": {"tips": ADDED, ALL: IN}}),
    Case("skip stopped everything", {"memberships": {"tips": ADDED, ALL: OUT}}),
    Case("skip stopped everything", {"memberships": {"tips": OUT, ALL: OUT}}),
    Case("skip not a member", {"memberships": {ALL: OUT}}),
    Case("goes", {"memberships": {}}, {"in_segment": True}),
    Case("skip not a member", {"memberships": {}}, {"in_segment": False}),
    Case("skip not a member", {"memberships": {"tips": IN}}, {"in_segment": False}),
    Case("skip stopped everything", {"memberships": {ALL: OUT}}, {"in_segment": True}),
    Case("skip opted out", {"memberships": {"tips": OUT}}, {"in_segment": True}),
    Case("goes", {"memberships": {"tips": IN, ALL: OUT}}, {"in_segment": True}),
    Case("goes", facts={"window_until": NOW + MINUTE + SECOND}),
    Case("skip expired", facts={"due_by_zone": NOW + HOUR}),
    Case("skip time passed", facts={"due_by_zone": NOW - HOUR, "catch_up": 3599}),
    Case("goes", facts={"due_by_zone": NOW - HOUR, "catch_up": 3600}),
    Case("goes", facts={"due_by_zone": NOW}),
    Case("skip quiet until after expiry", facts={"quiet_until": NOW + HOUR}),
    Case("goes", facts={"quiet_until": NOW}),
    Case("skip with a person", {"handed_over": True}),
    Case("skip with a person", {"handed_over": True}, push={"patience_until": NOW}),
    Case("skip in a question", {"asked": True}, push={"patience_until": NOW}),
    Case("with a question after 30", {"asked": True}, push={"patience_until": NOW + 30 * SECOND}),
    Case("with a question after 240", {"asked": True}, push={"push": PushRef("r1", 3), "patience_until": NOW + HOUR}),
    Case("with a question after 960", {"asked": True}, push={"push": PushRef("r1", 9), "patience_until": NOW + HOUR}),
    Case(
        "with a question after 600",
        {"asked": True},
        push={"push": PushRef("r1", 9), "patience_until": NOW + HOUR, "expires": NOW + 10 * MINUTE},
    ),
    Case("skip in a question", {"asked": True}, push={"patience_until": NOW + HOUR, "expires": NOW}),
    Case("goes", facts={"pushed_at": (NOW - HOUR,) * 2, "cap": 3}),
    Case("goes", facts={"pushed_at": (NOW - HOUR,) * 9}),
    Case("skip expired", push={"expires": NOW}),
    Case("goes", push={"expires": NOW + SECOND}),
    Case("busy after 16", facts={"replies_wait": True}, push={"push": PushRef("r1", 4)}),
    Case("busy after 30", facts={"replies_wait": True}, push={"push": PushRef("r1", 40)}),
    Case("skip expired", facts={"replies_wait": True}, push={"expires": NOW + 2 * SECOND}),
)


def outcome_of(*cases: Case) -> str:
    """What comes of a push for which all of the cases hold."""
    person: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    push: dict[str, Any] = {}
    for case in cases:
        person |= case.person
        facts |= case.facts
        push |= case.push
    due = replace(DUE, facts=PushFacts(**facts), **push)
    match may_push(due, MEMBER._replace(**person), NOW):
        case SkipPush(reason):
            return f"skip {reason}"
        case DeferPush(until, why):
            return f"{why} after {(until - NOW).total_seconds():.0f}"
        case None:
            return "goes"


@pytest.mark.parametrize("case", [*IN_ORDER, *OTHERS], ids=lambda case: f"{case.outcome}")
def test_what_comes_of_a_push(case: Case) -> None:
    assert outcome_of(case) == case.outcome


@pytest.mark.parametrize(("first", "second"), list(combinations(IN_ORDER, 2)))
def test_the_first_question_that_applies_decides(first: Case, second: Case) -> None:
    assert outcome_of(second, first) == outcome_of(first, second) == first.outcome


def test_every_reason_that_a_claim_decides_on_is_in_the_table() -> None:
    told = {case.outcome.removeprefix("skip ").partition(": ")[0].partition(" after ")[0] for case in IN_ORDER + OTHERS}
    elsewhere = {SkipReason.HOLDOUT, SkipReason.CANCELLED, SkipReason.NOTHING_TO_SAY, SkipReason.HAS_IT}
    reasons = {reason.value for reason in set(SkipReason) - elsewhere} - {"quiet until after expiry"}
    deferrals = {why.value for why in set(Deferral) - {Deferral.RATE, Deferral.PASSING_FAULT, Deferral.AGAIN}}
    assert reasons | deferrals | {"goes"} <= told | {"quiet"}
