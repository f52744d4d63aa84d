"""What a condition of the filter language is: its kinds of leaves, how they join, and how large they may be."""

import unicodedata
from datetime import UTC, date, datetime
from enum import StrEnum

import msgspec

from messages.errors import BadInput

LONGEST = 10_000
"""Characters that the text of a filter may have."""

DEEPEST = 50
"""How many `not` and parentheses may be open at once in the text of a filter."""

LONGEST_VALUE = 500
"""Characters that a name or a text in a condition may have."""

LARGEST = 10**15
"""Numbers are closer to zero than this, so that whole ones are exact."""


class FilterInvalid(BadInput):
    """A filter that can't be read. `at` is where: an offset in its text, or the steps to a value in its JSON."""

    def __init__(
        self, problem: str, *, at: "int | tuple[str | int, ...]" = 0, place: str = "", remedy: str = ""
    ) -> None:
        self.at = at
        super().__init__(problem, place=place, remedy=remedy)


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
    TIME_ZONE = "time_zone"
    EXTERNAL_ID = "external_id"
    SOURCE = "source"


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


_MAX_HOURS = 876_000
_MAX_DAYS = 36_500


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


class _Name(msgspec.Struct, frozen=True):
    """A condition that holds nothing but a name."""

    name: str

    def __post_init__(self) -> None:
        check_text(self.name)


class Tag(_Name, frozen=True):
    """The person carries a tag."""


class InSegment(_Name, frozen=True):
    """The person is a member of a segment of either kind."""


class OptedOut(_Name, frozen=True):
    """The person left a segment by their own act."""


class OnChannel(_Name, frozen=True):
    """The person has an identity on a channel."""


class TalkedWith(_Name, frozen=True):
    """The person talked with somebody, who goes by the name that the flow or the API told."""


class HadEvent(_Name, frozen=True):
    """A flow, or the API, emitted an event for the person."""


class InSequence(_Name, frozen=True):
    """The person is in a sequence."""


class OnTopic(_Name, frozen=True):
    """The person follows a topic."""


class Several(StrEnum):
    """What a person may have any number of, by the word of the condition that asks for one of them."""

    TAG = "tag"
    CHANNEL = "channel"
    TALKED_WITH = "talked_with"
    EVENT = "event"
    SEQUENCE = "sequence"
    TOPIC = "topic"


class AnyKnown(msgspec.Struct, frozen=True):
    """The person has at least one of these, such as a tag; or with `known` false, none."""

    of: Several
    known: bool


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
            raise ValueError("the number is too large: at most 15 digits before the point")


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
        maximum, name = (_MAX_DAYS, "days") if self.unit is Unit.DAYS else (_MAX_HOURS, "hours")
        if not 1 <= self.amount <= maximum:
            raise ValueError(f"1 to {maximum:,} {name} can be counted back")


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
    | OptedOut
    | OnChannel
    | TalkedWith
    | HadEvent
    | InSequence
    | OnTopic
    | AnyKnown
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

Named = Tag | InSegment | OptedOut | OnChannel | TalkedWith | HadEvent | InSequence | OnTopic

NAMED: dict[str, type[Named]] = {
    "tag": Tag,
    "segment": InSegment,
    "opted_out": OptedOut,
    "channel": OnChannel,
    "talked_with": TalkedWith,
    "event": HadEvent,
    "sequence": InSequence,
    "topic": OnTopic,
}
"""Conditions that hold nothing but a name, by the word that stands before it."""

SEVERAL_OF: dict[type, Several] = {NAMED[several]: several for several in Several}
"""Of which of these a condition asks for one."""


def _several(conditions: "tuple[Condition, ...]") -> None:
    if len(conditions) < 2:
        raise ValueError("two or more conditions are joined")
