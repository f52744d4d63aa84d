"""What a condition refers to: segments, moments, personal details; and filters that refer to each other in a circle."""

from collections.abc import Iterator, Mapping
from typing import Final

from filters.model import (
    And,
    Condition,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldKnown,
    FieldNumber,
    FieldText,
    FieldYesNo,
    InSegment,
    Not,
    Or,
    TalkedWith,
    TimeCompared,
    TimeKnown,
    TimeWithin,
    When,
)
from filters.parse import parse
from messages.errors import BadInput


def named_segments(condition: Condition) -> frozenset[str]:
    """Return the segments that a condition asks about."""
    return frozenset(_named(condition))


def refuse_cycle(segments: Mapping[str, Condition], name: str) -> None:
    """Raise BadInput if the filter of `name` leans, over other filters, on one that leans on itself.

    `segments` has the filter segments of the bot; those that are not in it are manual, and lean on nothing.
    """
    path: dict[str, Iterator[str]] = {name: _next(segments, name)}
    done: set[str] = set()
    while path:
        current, ways = next(reversed(path.items()))
        onward = next(ways, None)
        if onward is None:
            done.add(current)
            del path[current]
        elif onward in path:
            steps = list(path)
            _refuse([*steps[steps.index(onward) :], onward])
        elif onward not in done:
            path[onward] = _next(segments, onward)


def _next(segments: Mapping[str, Condition], name: str) -> Iterator[str]:
    condition = segments.get(name)
    return iter(()) if condition is None else iter(sorted(named_segments(condition)))


def _refuse(cycle: list[str]) -> None:
    raise BadInput(
        "filters lean on each other in a circle: " + " → ".join(f"`{name}`" for name in cycle),
        place=f"segment {cycle[0]}",
        remedy=f"Take `segment:{cycle[1]}` out of the filter of `{cycle[0]}`, or break the circle elsewhere",
    )


def _named(condition: Condition) -> Iterator[str]:
    match condition:
        case InSegment(name=name):
            yield name
        case Not(condition=inner):
            yield from _named(inner)
        case And(conditions=several) | Or(conditions=several):
            for one in several:
                yield from _named(one)


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


_PERSONAL: Final = (DetailText, DetailKnown, FieldText, FieldNumber, FieldDate, FieldYesNo, FieldKnown, TalkedWith)


def asks_personal(condition: Condition) -> bool:
    """Tell whether a condition asks about personal details: answers to many such questions would tell them."""
    match condition:
        case And(conditions) | Or(conditions):
            return any(map(asks_personal, conditions))
        case Not(inner):
            return asks_personal(inner)
        case _:
            return isinstance(condition, _PERSONAL)


def asks_personal_text(text: str) -> bool:
    """Tell the same of a filter as text; one that can't be read may ask anything."""
    try:
        return asks_personal(parse(text))
    except BadInput:
        return True
