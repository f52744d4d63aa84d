"""The plan of a run: who gets it when, and who does not get it from the start, as sets of numbers of people.

Pure set algebra: nothing is looked up for a single person, and nothing is written for one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from messages.pushes import SkipReason
from storage.push_records import Bucket


class ZonePlan(NamedTuple):
    """People of one time zone, and when it is their time."""

    zone: str
    """Empty: all people at once, whatever their clock shows."""
    people: BitMap
    due: datetime | None
    """None: there is no time at which they could get it."""
    fallback: bool = False
    """They have no zone that is known; `zone` is the schedule's."""
    never: SkipReason = SkipReason.TIME_PASSED
    """Why there is none."""


class Plan(NamedTuple):
    """Who gets a run when, and who does not get it. Each of `audience` is in one set of the others."""

    audience: BitMap
    skipped: Mapping[str, BitMap]
    """By reason (`messages.pushes.reason_text`); none of them is empty."""
    buckets: tuple[tuple[ZonePlan, datetime], ...]
    """Those who get it, with when; the earliest first, none empty."""

    @property
    def receivers(self) -> BitMap:
        """Who gets it, as far as is known before it is sent."""
        return BitMap.union(BitMap(), *(each.people for each, _ in self.buckets))

    @property
    def first(self) -> datetime | None:
        """When the first people are due."""
        return self.buckets[0][1] if self.buckets else None

    @property
    def last(self) -> datetime | None:
        """When the last people are due."""
        return self.buckets[-1][1] if self.buckets else None

    def stored(self) -> tuple[Bucket, ...]:
        """Return the buckets as a store keeps them."""
        return tuple(Bucket(due, each.people.serialize(), each.zone, each.fallback) for each, due in self.buckets)


def plan(audience: BitMap, barred: Iterable[tuple[str, BitMap]], zones: Iterable[ZonePlan]) -> Plan:
    """Plan a run. The first reason that applies to somebody counts; whom no zone has is not due, and is an error.

    `barred`: reasons in their order, with whom they apply to; others than the audience may be among them. `zones` have
    nobody in common.
    """
    left = audience.copy()
    skipped: dict[str, BitMap] = {}

    def skip(reason: str, people: BitMap) -> None:
        found = people & left
        if found:
            skipped[reason] = skipped.get(reason, BitMap()) | found
            left.difference_update(found)

    for reason, people in barred:
        skip(reason, people)
    due: list[tuple[ZonePlan, datetime]] = []
    for each in zones:
        if each.due is None:
            skip(each.never, each.people)
        elif found := each.people & left:
            due.append((each._replace(people=found), each.due))
            left.difference_update(found)
    if left:
        raise ValueError(f"{len(left)} people are in no zone of the plan")
    return Plan(audience, skipped, tuple(sorted(due, key=lambda one: (one[1], one[0].zone))))


def held_out(seed: str, people: BitMap, percent: int) -> BitMap:
    """Return who gets nothing, to compare with: the same for the same seed, about `percent` of any people.

    A digest draws the lots of eight people, whose numbers follow each other: a million take less than a second.
    """
    if not percent or not people:
        return BitMap()
    begin = sha256(seed.encode())

    def lots_of(block: int) -> bytes:
        digest = begin.copy()
        digest.update(block.to_bytes(8, "big"))
        return digest.digest()

    numbers = np.array(people, np.uint32)
    blocks, places = np.unique(numbers >> 3, return_inverse=True)
    lots = np.frombuffer(b"".join(map(lots_of, blocks.tolist())), ">u4").reshape(-1, 8)
    return BitMap(numbers[lots[places, numbers & 7] < percent * (1 << 32) // 100])
