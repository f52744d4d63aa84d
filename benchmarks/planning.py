"""What it takes to plan a broadcast: set algebra over people, and the lots of a holdout."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from pyroaring import BitMap

from broadcasts.plan import Plan, ZonePlan, held_out, plan
from schedules.schedule import local_buckets
from schedules.wall_clock import zone_names

Row = dict[str, str | int | float]

ZONES: Final = 40
_NOW: Final = datetime(2027, 1, 14, tzinfo=UTC)
_LOCAL: Final = datetime(2027, 1, 15, 9)  # noqa: DTZ001  # what clocks show


def measure(people: int) -> Sequence[Row]:
    """Plan for so many people who live in 40 zones; of each tenth nothing is known."""
    chosen = random.Random(7)
    everybody = BitMap(range(1, people + 1))
    names = chosen.sample(sorted(zone_names()), ZONES)
    lives = chosen.choices(range(ZONES), k=people)
    zones = {name: BitMap([n for n, at in enumerate(lives, 1) if at == here]) for here, name in enumerate(names)}
    without = BitMap(chosen.sample(range(1, people + 1), people // 10))

    def planned(percent: int) -> Plan:
        due = local_buckets(_LOCAL, zones, _NOW)
        barred = [("no account", without), ("holdout", held_out("b/tip", everybody, percent))]
        return plan(everybody, barred, [ZonePlan(name, found, due[name]) for name, found in zones.items()])

    return [_row(people, percent, planned) for percent in (0, 10)]


def _row(people: int, percent: int, planned: Callable[[int], Plan]) -> Row:
    begun = time.perf_counter()
    found = planned(percent)
    stored = found.stored()
    taken = time.perf_counter() - begun
    kept = [each.people for each in stored] + [each.serialize() for each in found.skipped.values()]
    size = sum(map(len, kept)) + len(found.audience.serialize())
    return {
        "people": people,
        "holdout, %": percent,
        "plan, s": taken,
        "kept, MB": size / 1e6,
        "most, s": 2,
        "most, MB": 4,
    }
