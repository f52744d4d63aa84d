"""Conditions of an `if` part."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from flows.model.base import Id, Language, Piece, Words
from flows.model.buttons import kind_of


class SegmentCondition(Piece):
    """The person is a member of a segment: `{segment: tips}`; with `is: opted_out`, has left it by their own act."""

    segment: Id
    """The segment to look at."""
    is_: Annotated[Literal["member", "opted_out"], Field(alias="is")] = "member"
    """`member`, or `opted_out` for somebody who left by their own act."""


class FieldCondition(Piece):
    """A stored answer compares as said: `{field: team, is: Sales}`, `{field: age, at_least: 18}`.

    Exactly one comparison. Text compares without regard to case; `at_least` and `at_most` work on numbers and dates.
    """

    field: Id
    """The field to look at."""
    is_: Annotated[Words | None, Field(alias="is")] = None
    """Equal to this."""
    is_not: Words | None = None
    """Anything but this."""
    contains: Words | None = None
    """Has this text in it."""
    at_least: Words | None = None
    """This number or date, or a later one."""
    at_most: Words | None = None
    """This number or date, or an earlier one."""
    known: bool | None = None
    """`true`: something is stored; `false`: nothing is."""


class TagCondition(Piece):
    """The person carries a tag: `{tag: vip}`."""

    tag: Id
    """The tag to look for."""


class LanguageCondition(Piece):
    """The conversation is in a language: `{language: fr}` (also true for fr-CA)."""

    language: Language
    """The language, e.g. `fr`."""


class NotCondition(Piece):
    """The opposite: `{not: {tag: vip}}`."""

    not_: Annotated[Condition, Field(alias="not")]
    """The condition that must not hold."""


class AllCondition(Piece):
    """All of them: `{all: [{tag: vip}, {segment: tips}]}`."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)]
    """The conditions that must all hold."""


class AnyCondition(Piece):
    """At least one of them: `{any: [{tag: vip}, {segment: tips}]}`."""

    any: Annotated[tuple[Condition, ...], Field(min_length=1)]
    """The conditions of which one must hold."""


CONDITIONS: dict[str, type[Any]] = {
    "segment": SegmentCondition,
    "field": FieldCondition,
    "tag": TagCondition,
    "language": LanguageCondition,
    "not": NotCondition,
    "all": AllCondition,
    "any": AnyCondition,
}
"""Every kind of condition, by the key that tells it."""


def _condition_kind(value: object) -> str | None:
    return kind_of(value, CONDITIONS)


Condition = Annotated[
    Annotated[SegmentCondition, Tag(":segment")]
    | Annotated[FieldCondition, Tag(":field")]
    | Annotated[TagCondition, Tag(":tag")]
    | Annotated[LanguageCondition, Tag(":language")]
    | Annotated[NotCondition, Tag(":not")]
    | Annotated[AllCondition, Tag(":all")]
    | Annotated[AnyCondition, Tag(":any")],
    Discriminator(_condition_kind),
]

NotCondition.model_rebuild()
AllCondition.model_rebuild()
AnyCondition.model_rebuild()
