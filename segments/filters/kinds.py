"""The kinds of things that conditions tell apart, and how large conditions may be."""

import unicodedata
from enum import StrEnum

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
