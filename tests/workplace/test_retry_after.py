"""A channel says how long to wait in seconds or as a date; what can't be read is no answer."""

from datetime import UTC, datetime

import pytest

from adapters.retry_after import LONGEST, retry_after

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        (" 1.5 ", 1.5),
        ("Mon, 23 Nov 2026 08:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0.0),
        ("999999999", LONGEST),
    ],
)
def test_seconds_and_dates_are_read(header: str, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "nan", "1e", "Mon, 23 Nov 2026 08:00:30", "²"])
def test_what_is_neither_is_no_answer(header: str | None) -> None:
    assert retry_after(header, NOW) is None
