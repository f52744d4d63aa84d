"""The moments that a condition asks about."""

from collections.abc import Iterator

from segments.filters.kinds import When
from segments.filters.model import And, Condition, Not, Or, TimeCompared, TimeKnown, TimeWithin


def asked_moments(condition: Condition) -> frozenset[When]:
    """Return the moments that a condition compares, or asks whether they are known."""
    return frozenset(_asked(condition))


def _asked(condition: Condition) -> Iterator[When]:
    match condition:
        case TimeCompared(when=when) | TimeWithin(when=when) | TimeKnown(when=when):
            yield when
        case Not(condition=inner):
            yield from _asked(inner)
        case And(conditions=several) | Or(conditions=several):
            for one in several:
                yield from _asked(one)
