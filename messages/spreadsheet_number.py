"""Numbers that a spreadsheet rewrote: a phone or an id in a column of numbers loses digits on its way into a file."""

import re
from typing import Final

_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]\d{1,3}", re.IGNORECASE)
_WITH_FRACTION: Final = re.compile(r"\+?\d{4,}[.,]0+")
_TOO_WIDE: Final = re.compile(r"#+")

PROBLEM: Final = "a spreadsheet rewrote this number, and digits of it may be lost"
REMEDY: Final = "Format the column as text, write the numbers again, and save the file"


def is_scientific(value: str) -> bool:
    """Tell whether a value is a long number as spreadsheets write it: `3.36E+10`, `3,36E+10`, `####`.

    An id such as `12E3` is none: spreadsheets write the sign.
    """
    return _SCIENTIFIC.fullmatch(value) is not None or _TOO_WIDE.fullmatch(value) is not None


def is_rewritten(value: str) -> bool:
    """Tell whether digits that count nothing, as those of a phone, came through a column of numbers: also
    `33612345678.0`.
    """
    return is_scientific(value) or _WITH_FRACTION.fullmatch(value) is not None
