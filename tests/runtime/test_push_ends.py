"""What each answer of a channel makes of a push, and when a run is held."""

import json

import pytest

from adapters.teams.connector import send_error as teams_error
from adapters.workplace.connector import send_error as graph_error
from messages.errors import Ambiguous, DeliveryError, TemporarilyFailed
from messages.pushes import PushState
from runtime.push_delivery import PushEnd, RunHealth, end_of

UNKNOWN, FAILED, DEFERRED, SKIPPED = PushState.UNKNOWN, PushState.FAILED, PushState.DEFERRED, PushState.SKIPPED


def teams(status: int, code: str = "") -> DeliveryError:
    found = teams_error(status, {}, json.dumps({"error": {"code": code}}).encode() if code else b"")
    assert found is not None
    return found


def graph(code: int, subcode: int = 0, status: int = 400) -> DeliveryError:
    found = graph_error(status, {}, json.dumps({"error": {"code": code, "error_subcode": subcode}}).encode())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (teams(429), (DEFERRED, "rate")),
        (teams(412), (DEFERRED, "passing fault")),
        (teams(503), (DEFERRED, "passing fault")),
        (TemporarilyFailed("no connection"), (DEFERRED, "passing fault")),
        (Ambiguous("no answer"), (UNKNOWN, "no answer")),
        *[(teams(status), (UNKNOWN, "no answer")) for status in (408, 500, 505)],
        *[(teams(status), (UNKNOWN, "gateway")) for status in (502, 504)],
        (teams(403, "BotNotInConversationRoster"), (FAILED, "unreachable: BotNotInConversationRoster")),
        (teams(403), (FAILED, "unreachable")),
        (teams(404, "ConversationNotFound"), (FAILED, "gone")),
        (teams(400), (FAILED, "refused")),
        (teams(413, "MessageSizeTooBig"), (FAILED, "refused: MessageSizeTooBig")),
        *[(graph(code), (DEFERRED, "rate")) for code in (4, 17, 32, 613, 80006)],
        *[(graph(code), (DEFERRED, "passing fault")) for code in (2, 1200)],
        (graph(1), (UNKNOWN, "1")),
        (graph(1, 1357046), (UNKNOWN, "1/1357046")),
        (graph(551, 1545041), (FAILED, "unreachable: 551/1545041")),
        (graph(10, 2018278), (SKIPPED, "outside the window")),
        (graph(10, 2534022), (SKIPPED, "outside the window")),
        (graph(100), (FAILED, "refused: 100")),
    ],
    ids=str,
)
def test_what_an_answer_makes_of_a_push(error: DeliveryError, expected: tuple[PushState, str]) -> None:
    end = end_of(error)
    assert (end.state, end.reason) == expected
    assert not end.hold
    assert end.pause is (expected == (DEFERRED, "rate"))


@pytest.mark.parametrize(
    "error", [teams(401), *[graph(code) for code in (190, 10, 200, 368)], graph(10, 1893063)], ids=str
)
def test_a_fault_of_the_operators_holds_the_run_and_uses_nobody_up(error: DeliveryError) -> None:
    end = end_of(error)
    assert end.state is DEFERRED
    assert RunHealth().ended(end) == error.reason


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_is_asked_again_where_the_settings_say_so(status: int) -> None:
    assert end_of(teams(status), retry_gateway=True).state is DEFERRED
    assert end_of(teams(500), retry_gateway=True).state is UNKNOWN


SENT = PushEnd(PushState.SENT)


def held_after(*ends: PushEnd) -> int:
    """How many pushes end before the run is held; 0: it is not."""
    health = RunHealth()
    return next((number for number, end in enumerate(ends, 1) if health.ended(end)), 0)


def test_a_run_is_held_after_twenty_in_a_row_or_one_in_a_hundred() -> None:
    unknown, failed = end_of(Ambiguous("")), end_of(teams(400))
    for bad in (unknown, failed):
        assert held_after(*[bad] * 30) == 21
        assert held_after(*([bad] * 20 + [SENT]) * 2) == 0
        assert held_after(*([bad] + [SENT] * 89) * 30) == 1 + 90 * 12
        assert held_after(*([bad] + [SENT] * 99) * 30) == 0


def test_people_who_cannot_be_reached_hold_no_run_but_an_administrator_does() -> None:
    gone = end_of(teams(403, "ConversationBlockedByUser"))
    assert held_after(*[gone] * 2000) == 0
    assert held_after(*[end_of(teams(404))] * 2000) == 0
    assert held_after(*[end_of(teams(403, "BotDisabledByAdmin"))] * 10) == 6
