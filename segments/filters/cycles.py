"""Segments whose filters lean on each other."""

from collections.abc import Iterator, Mapping

from messages.errors import BadInput
from segments.filters.model import And, Condition, InSegment, Not, Or


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
