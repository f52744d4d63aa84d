"""What a condition asks of a person that viewers may not see."""

from typing import Final

from messages.errors import BadInput
from segments.filters.model import (
    And,
    Condition,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldKnown,
    FieldNumber,
    FieldText,
    FieldYesNo,
    Not,
    Or,
    TalkedWith,
)
from segments.filters.parse import parse

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
