"""The pace of an account: never more in a second than rate plus burst, whoever asks, however late they are."""

from bisect import bisect_right
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.pace import BEGIN, GROWS_EVERY, GROWTH, SLOWEST, Limits, Pace, pause, reserve
from storage.redis.pipeline import PACE
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import _server, empty_database

DATABASE = 9


@dataclass
class Book:
    """What left and when, kept apart from what is tested."""

    sent: list[float] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)

    def most_in_a_second(self) -> int:
        sent = sorted(self.sent)
        return max((bisect_right(sent, at + 0.999999) - place for place, at in enumerate(sent)), default=0)

    def during_pauses(self, late: float) -> list[float]:
        return [at for at in self.sent for begin, end in self.pauses if begin + late < at < end - 1e-6]


steps = st.lists(
    st.tuples(
        st.floats(0, 3, allow_nan=False),  # seconds that pass
        st.integers(1, 10),  # places that a worker wants
        st.floats(0, 0.4),  # how late it is
        st.sampled_from([None, None, None, None, 0.5, 4.0]),  # a pause that the channel asks for
    ),
    min_size=20,
    max_size=200,
)


@given(rate=st.sampled_from([1.0, 8.0, 40.0, 240.0]), steps=steps, debts=st.integers(0, 3))
def test_no_second_has_more_than_rate_and_burst(
    rate: float, steps: list[tuple[float, int, float, float | None]], debts: int
) -> None:
    limits, pace, now, book = Limits(rate), Pace(rate=rate), 100.0, Book()
    for passes, wanted, late, asked in steps:
        now += passes / rate * 4
        pace, places = reserve(pace, now, limits, wanted, debts)
        if places.at:
            assert places.at[-1] <= 1.0 + 1e-6
        if late <= limits.lateness:
            book.sent += [now + at + late for at in places.at]
        if asked is not None:
            book.pauses.append((now, now + asked))
            pace = pause(pace, now, asked, 0.5)
    assert book.most_in_a_second() <= rate + limits.burst
    assert SLOWEST <= pace.rate <= rate


def test_it_begins_slowly_grows_by_a_tenth_and_is_halved_by_a_pause() -> None:
    limits, pace, now, rates = Limits(50.0), Pace(), 1000.0, []
    for _ in range(12):
        pace, places = reserve(pace, now, limits, 1)
        rates.append(round(places.rate, 2))
        now += GROWS_EVERY
    assert rates == [round(min(50.0, BEGIN * GROWTH**step), 2) for step in range(12)]
    pace = pause(pace, now, 3.0, 0.0)
    pace = pause(pace, now + 0.1, 1.0, 0.0)
    assert (pace.rate, pace.closed_until) == (25.0, now + 3.0)
    assert reserve(pace, now + 2.9, limits, 5)[1].at == ()
    assert reserve(pace, now + 2.9, limits, 5)[1].wait == pytest.approx(0.1)
    assert reserve(pace, now + 3.0, limits, 5)[1].at == pytest.approx((0, 0.04, 0.08, 0.12, 0.16))


def test_pauses_in_a_row_without_a_time_are_doubled() -> None:
    pace, now = Pace(rate=50.0), 1000.0
    waits = []
    for _ in range(4):
        pace = pause(pace, now, None, 0.0)
        waits.append(pace.closed_until - now)
        now = pace.closed_until + 0.1
    assert waits == pytest.approx([2, 4, 8, 16])


def test_replies_take_places_of_pushes_and_never_more_than_a_second_of_them() -> None:
    limits, pace = Limits(10.0), Pace(rate=10.0)
    pace, places = reserve(pace, 50.0, limits, 1, debts=5)
    assert places.at == pytest.approx((0.5,))
    _, places = reserve(pace, 50.0, limits, 1, debts=1000)
    assert places.at == pytest.approx((1.0,))


@needs_redis
def test_redis_decides_the_same() -> None:
    empty_database(DATABASE)
    limits, pace, now = Limits(40.0), Pace(), 1000.0
    with _server().client(DATABASE) as client:
        ask = client.register_script(PACE.text)
        for step in range(120):
            now += 0.37 * (step % 5)
            if step % 17 == 16:
                asked = None if step % 2 else 1.5
                pace = pause(pace, now, asked, 0.25)
                ask(keys=["pace"], args=["pause", "", "" if asked is None else asked, "", 0.25, f"{now:.6f}", ""])
                continue
            pace, places = reserve(pace, now, limits, step % 11 + 1, step % 3)
            words = ["reserve", limits.rate, step % 11 + 1, step % 3, "", f"{now:.6f}", limits.begin]
            wait, rate, *given = (float(word) for word in ask(keys=["pace"], args=words))
            assert (given, wait, rate) == (
                pytest.approx(places.at, abs=1e-4),
                pytest.approx(places.wait, abs=1e-4),
                pytest.approx(places.rate, abs=1e-4),
            )
