"""What became of the rows of an import."""

import re
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a row failed."""

    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate in file"
    LEFT = "left the tenant"
    NOT_IN_GROUPS = "not in the bot's groups"
    OPTED_OUT = "opted out"
    SINCE = "removed or opted out since"
    ERASED = "erased"
    AMBIGUOUS = "several people"
    INVALID = "invalid value"
    TAKEN = "another contact's"
    NO_PERMISSION = "no permission to look the user up"


_FORMULA = r"""[ "\u00a0\u200b\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]"""
_MAY_BEGIN_A_FORMULA = re.compile(rf"(^|[,;\t\r\n|])(?='*{_FORMULA})")
"""Where a cell can begin whose text a spreadsheet would run. The file may be cut at another separator than ours. A text
that has an apostrophe there gets one more, so that it is known which one is ours."""
_GUARDED = re.compile(rf"(^|[,;\t\r\n|])'(?='*{_FORMULA})")

_SEPARATOR = re.compile(r"[,;\t\r\n|]")


def harmless(text: str) -> str:
    """Return a text with an apostrophe before whatever a spreadsheet would take for a formula."""
    if text[:1].isalnum() and not _SEPARATOR.search(text):
        return text
    return _MAY_BEGIN_A_FORMULA.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """Return the text that `harmless` was given."""
    return _GUARDED.sub(r"\1", text) if "'" in text else text


def quoted(cell: str) -> str:
    """Return a cell of a CSV file, in quotes."""
    return '"' + cell.replace('"', '""') + '"'
