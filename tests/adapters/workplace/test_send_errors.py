"""Reading a refusal never breaks, and takes the delay from where Meta puts it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.workplace.connector import send_error
from messages.errors import DeliveryError, RateLimited, TemporarilyFailed, Undeliverable


def refusal(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


def wait(headers: dict[str, str]) -> float | None:
    failure = send_error(400, headers, refusal(code=4))
    assert isinstance(failure, RateLimited)
    return failure.retry_after


def test_an_accepted_message_is_no_error() -> None:
    assert send_error(200, {}, b'{"recipient_id": "42", "message_id": "m_1"}') is None
    assert send_error(200, {}, b"") is None


def test_a_refusal_with_a_good_status_is_a_refusal() -> None:
    assert isinstance(send_error(200, {}, refusal(code=100)), Undeliverable)


@pytest.mark.parametrize(
    ("usage", "seconds"),
    [
        ('{"7": [{"type": "messenger", "estimated_time_to_regain_access": 3}]}', 180.0),
        ('{"7": [{"estimated_time_to_regain_access": 0}]}', None),
        ('{"7": [{"estimated_time_to_regain_access": 999999}]}', 86400.0),
        ("{}", None),
        ("[]", None),
        ('{"7": 5}', None),
        ('{"7": ["x"]}', None),
        ("soon", None),
    ],
)
def test_graph_tells_the_minutes_until_access_returns(usage: str, seconds: float | None) -> None:
    assert wait({"X-Business-Use-Case-Usage": usage}) == seconds


def test_retry_after_comes_first() -> None:
    usage = '{"7": [{"estimated_time_to_regain_access": 3}]}'
    assert wait({"Retry-After": "5", "X-Business-Use-Case-Usage": usage}) == 5


def test_an_unknown_error_that_calls_itself_transient_is_tried_again() -> None:
    assert type(send_error(500, {}, refusal(code=9999, is_transient=True))) is TemporarilyFailed


def test_codes_may_come_as_text() -> None:
    assert isinstance(send_error(400, {}, refusal(code="613")), RateLimited)


def test_the_trace_is_told_and_metas_words_are_not() -> None:
    failure = send_error(400, {}, refusal(code=100, message="Hello, this is private", fbtrace_id="AbC1"))
    assert failure is not None
    assert failure.reason == "Meta refused the message (Meta's error 100, trace AbC1)"


@given(
    st.integers(200, 599),
    st.binary(max_size=50)
    | st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
            for name in ("code", "error_subcode", "fbtrace_id", "is_transient")
        },
    ).map(lambda error: refusal(**error)),
)
def test_any_answer_is_taken_or_a_delivery_error(status: int, body: bytes) -> None:
    failure = send_error(status, {}, body)
    assert failure is None or isinstance(failure, DeliveryError)
    assert failure is not None or status < 300


def test_a_limit_of_the_app_holds_in_every_conversation() -> None:
    failure = send_error(400, {}, refusal(code=4))
    assert isinstance(failure, RateLimited)
    assert failure.everywhere
