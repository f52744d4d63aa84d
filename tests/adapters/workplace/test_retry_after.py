"""A channel says how long to wait in seconds or as a date; what can't be read is no answer."""

import pytest

from adapters.exchange import LONGEST, retry_after

NOW = "Mon, 23 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("2", 2.0),
        (" 1.5 ", 1.5),
        ("Mon, 23 Nov 2026 08:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0.0),
        ("999999999", LONGEST),
    ],
)
def test_seconds_and_dates_are_read(asked: str, seconds: float) -> None:
    assert retry_after({"Retry-After": asked, "Date": NOW}) == seconds


@pytest.mark.parametrize("asked", ["", "soon", "-5", "nan", "1e", "Mon, 23 Nov 2026 08:00:30", "²"])
def test_what_is_neither_is_no_answer(asked: str) -> None:
    assert retry_after({"Retry-After": asked, "Date": NOW}) is None


def test_without_a_header_there_is_no_answer() -> None:
    assert retry_after({}) is None


def test_a_date_without_the_answers_own_date_is_no_answer() -> None:
    assert retry_after({"Retry-After": "Mon, 23 Nov 2026 08:00:30 GMT"}) is None
