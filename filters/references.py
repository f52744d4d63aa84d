"""What a condition refers to: segments, moments, personal details; and filters that refer to each other in a circle."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from filters.model import (
    And,
    AnyKnown,
    Condition,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldKnown,
    FieldNumber,
    FieldText,
    FieldYesNo,
    FilterInvalid,
    InSegment,
    InSequence,
    Not,
    OnChannel,
    OnTopic,
    OptedOut,
    Or,
    Several,
    Tag,
    TalkedWith,
    TimeCompared,
    TimeKnown,
    TimeWithin,
    When,
)
from filters.parse import parse
from messages.consent import SEQUENCE, TOPIC, kind_of_subject, name_of_subject
from messages.errors import BadInput


def leaves(condition: Condition) -> Iterator[Condition]:
    """Yield the conditions that hold no other, in the order in which they are written."""
    match condition:
        case Not(condition=inner):
            yield from leaves(inner)
        case And(conditions=several) | Or(conditions=several):
            for one in several:
                yield from leaves(one)
        case _:
            yield condition


def named_segments(condition: Condition) -> frozenset[str]:
    """Return the segments, topics and sequences whose members a condition asks for."""
    found: dict[type, str] = {InSegment: "", OnTopic: TOPIC, InSequence: SEQUENCE}
    return frozenset(found[type(one)] + getattr(one, "name", "") for one in leaves(condition) if type(one) in found)


class KnownNames(NamedTuple):
    """Names that a bot and its people have."""

    segments: Collection[str]
    """Topics and sequences by their subjects among them."""
    channels: Collection[str]
    tags: Collection[str] = ()
    fields: Collection[str] = ()

    def names(self, kind: str) -> list[str]:
        """Return the ids of the topics or sequences."""
        return [name_of_subject(one) for one in self.segments if kind_of_subject(one) == kind]


_DECLARE: Final = "Declare it in the flow first"


def check_names(condition: Condition, known: KnownNames, place: str = "filter") -> tuple[str, ...]:
    """Return warnings about tags and fields that nobody has. Raises FilterInvalid for an unknown segment or channel.

    A misspelt segment would count nobody, or under `not` everybody; a tag or a field may come with the next import.
    """
    warnings: list[str] = []
    for one in leaves(condition):
        match one:
            case InSegment(name=name) | OptedOut(name=name) if name not in known.segments:
                raise _unknown("segment", name, known.segments, f"{place}, segment:{name}", "Make it first")
            case OnTopic(name=name) if TOPIC + name not in known.segments:
                raise _unknown("topic", name, known.names(TOPIC), f"{place}, topic:{name}", _DECLARE)
            case InSequence(name=name) if SEQUENCE + name not in known.segments:
                raise _unknown("sequence", name, known.names(SEQUENCE), f"{place}, sequence:{name}", _DECLARE)
            case OnChannel(name=name) if name not in known.channels:
                raise _unknown("channel", name, known.channels, f"{place}, channel:{name}", "Set it up first")
            case Tag(name=name) if name not in known.tags:
                warnings.append(_nobody("tag", name, known.tags))
            case (
                FieldText(field=name)
                | FieldNumber(field=name)
                | FieldDate(field=name)
                | FieldYesNo(field=name)
                | FieldKnown(field=name)
            ) if name not in known.fields:
                warnings.append(_nobody("field", name, known.fields))
    return tuple(dict.fromkeys(warnings))


def _unknown(kind: str, name: str, known: Collection[str], place: str, otherwise: str) -> FilterInvalid:
    near = get_close_matches(name, known, n=1)
    remedy = f"Did you mean `{near[0]}`?" if near else f"{otherwise}, or correct its spelling"
    return FilterInvalid(f"there is no {kind} `{name}`", place=place, remedy=remedy)


def _nobody(kind: str, name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"nobody has the {kind} `{name}`" + (f"; did you mean `{near[0]}`?" if near else "")


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
        "filters depend on each other in a circle: " + " → ".join(f"`{name}`" for name in cycle),
        place=f"segment {cycle[0]}",
        remedy=f"Take `segment:{cycle[1]}` out of the filter of `{cycle[0]}`, or break the circle elsewhere",
    )


def asked_moments(condition: Condition) -> frozenset[When]:
    """Return the moments that a condition compares, or asks whether they are known."""
    return frozenset(one.when for one in leaves(condition) if isinstance(one, TimeCompared | TimeWithin | TimeKnown))


_PERSONAL: Final = (DetailText, DetailKnown, FieldText, FieldNumber, FieldDate, FieldYesNo, FieldKnown, TalkedWith)


def asks_personal(condition: Condition) -> bool:
    """Tell whether a condition asks about personal details: answers to many such questions would tell them."""
    return any(
        isinstance(one, _PERSONAL) or (isinstance(one, AnyKnown) and one.of is Several.TALKED_WITH)
        for one in leaves(condition)
    )


def asks_personal_text(text: str) -> bool:
    """Tell the same of a filter as text; one that can't be read may ask anything."""
    try:
        return asks_personal(parse(text))
    except BadInput:
        return True
