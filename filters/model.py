"""What a condition of the filter language is: its kinds of leaves, how they join, and how large they may be."""

import unicodedata
from datetime import UTC, date, datetime
from enum import StrEnum

import msgspec

LONGEST = 10_000
"""Characters that the text of a filter may have."""

DEEPEST = 50
"""How many `not` and parentheses may be open at once in the text of a filter."""

LONGEST_VALUE = 500
"""Characters that a name or a text in a condition may have."""

LARGEST = 10**15
"""Numbers are closer to zero than this, so that whole ones are exact."""


class TextOrder(StrEnum):
    """How a text is compared."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"


class Order(StrEnum):
    """How a number, a day or a moment is compared. `BEFORE` is below and `AFTER` above, for a number."""

    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BEFORE = "before"
    AFTER = "after"


class Detail(StrEnum):
    """What is known of a person by itself, without a field of the builder's."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    PHONE = "phone"
    GENDER = "gender"
    LANGUAGE = "language"
    COUNTRY = "country"


class When(StrEnum):
    """A moment in what is known of a person."""

    LAST_SEEN = "last_seen"
    SUBSCRIBED = "subscribed"


class Kind(StrEnum):
    """What can be completed."""

    PRODUCT = "product"
    COLLECTION = "collection"
    FLOW = "flow"


class Unit(StrEnum):
    """What a span is counted in."""

    DAYS = "d"
    HOURS = "h"


def check_text(text: str) -> None:
    """Raise ValueError for a name or text that a condition can't hold."""
    if not text.strip():
        raise ValueError("the text is empty")
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"the text has {len(text):,} characters, and at most {LONGEST_VALUE} are allowed")
    for character in text:
        if character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(f"the text has the character U+{ord(character):04X}, which can't be written")


_MOST_HOURS = 876_000
_MOST_DAYS = 36_500


class And(msgspec.Struct, frozen=True):
    """All of two or more."""

    conditions: "tuple[Condition, ...]"

    def __post_init__(self) -> None:
        _several(self.conditions)


class Or(msgspec.Struct, frozen=True):
    """At least one of two or more."""

    conditions: "tuple[Condition, ...]"

    def __post_init__(self) -> None:
        _several(self.conditions)


class Not(msgspec.Struct, frozen=True):
    """The opposite: also true where something is not known."""

    condition: "Condition"


class Tag(msgspec.Struct, frozen=True):
    """The person carries a tag."""

    name: str

    def __post_init__(self) -> None:
        check_text(self.name)


class InSegment(msgspec.Struct, frozen=True):
    """The person is a member of a segment of either kind."""

    name: str

    def __post_init__(self) -> None:
        check_text(self.name)


class OnChannel(msgspec.Struct, frozen=True):
    """The person has an identity on a channel."""

    name: str

    def __post_init__(self) -> None:
        check_text(self.name)


class TalkedWith(msgspec.Struct, frozen=True):
    """The person talked with somebody, who goes by the name that the flow or the API told."""

    name: str

    def __post_init__(self) -> None:
        check_text(self.name)


class HadEvent(msgspec.Struct, frozen=True):
    """A flow, or the API, emitted an event for the person."""

    name: str

    def __post_init__(self) -> None:
        check_text(self.name)


class Completed(msgspec.Struct, frozen=True):
    """The person completed a product, a collection or a bot flow."""

    kind: Kind
    item: str

    def __post_init__(self) -> None:
        check_text(self.item)


class FieldText(msgspec.Struct, frozen=True):
    """A field holds a text that compares as said."""

    field: str
    order: TextOrder
    text: str

    def __post_init__(self) -> None:
        check_text(self.field)
        check_text(self.text)


class FieldNumber(msgspec.Struct, frozen=True):
    """A field holds a number that compares as said."""

    field: str
    order: Order
    number: int | float

    def __post_init__(self) -> None:
        check_text(self.field)
        if not -LARGEST < self.number < LARGEST:
            raise ValueError("the number is too large: at most 15 digits stand before the point")


class FieldDate(msgspec.Struct, frozen=True):
    """A field holds a date that compares as said."""

    field: str
    order: Order
    day: date

    def __post_init__(self) -> None:
        check_text(self.field)


class FieldYesNo(msgspec.Struct, frozen=True):
    """A field holds yes, or holds no."""

    field: str
    yes: bool

    def __post_init__(self) -> None:
        check_text(self.field)


class FieldKnown(msgspec.Struct, frozen=True):
    """A field holds something, or nothing."""

    field: str
    known: bool

    def __post_init__(self) -> None:
        check_text(self.field)


class DetailText(msgspec.Struct, frozen=True):
    """A personal detail compares as said."""

    detail: Detail
    order: TextOrder
    text: str

    def __post_init__(self) -> None:
        check_text(self.text)


class DetailKnown(msgspec.Struct, frozen=True):
    """A personal detail is known, or not."""

    detail: Detail
    known: bool


class TimeCompared(msgspec.Struct, frozen=True):
    """A moment stands so to a day in UTC, or to a moment, which is kept in UTC."""

    when: When
    order: Order
    at: date | datetime

    def __post_init__(self) -> None:
        if isinstance(self.at, datetime) and self.at.tzinfo is not UTC:
            raise ValueError("the moment is not in UTC")


class TimeWithin(msgspec.Struct, frozen=True):
    """A moment lies in the last days (counted in UTC) or hours, or with `within` false, before them."""

    when: When
    amount: int
    unit: Unit
    within: bool = True

    def __post_init__(self) -> None:
        most, name = (_MOST_DAYS, "days") if self.unit is Unit.DAYS else (_MOST_HOURS, "hours")
        if not 1 <= self.amount <= most:
            raise ValueError(f"1 to {most:,} {name} can be counted back")


class TimeKnown(msgspec.Struct, frozen=True):
    """A moment is known, or not."""

    when: When
    known: bool


Condition = (
    And
    | Or
    | Not
    | Tag
    | InSegment
    | OnChannel
    | TalkedWith
    | HadEvent
    | Completed
    | FieldText
    | FieldNumber
    | FieldDate
    | FieldYesNo
    | FieldKnown
    | DetailText
    | DetailKnown
    | TimeCompared
    | TimeWithin
    | TimeKnown
)

Named = Tag | InSegment | OnChannel | TalkedWith | HadEvent

NAMED: dict[str, type[Named]] = {
    "tag": Tag,
    "segment": InSegment,
    "channel": OnChannel,
    "talked_with": TalkedWith,
    "event": HadEvent,
}
"""Conditions that hold nothing but a name, by the word that stands before it."""


def _several(conditions: "tuple[Condition, ...]") -> None:
    if len(conditions) < 2:
        raise ValueError("two or more conditions are joined")
