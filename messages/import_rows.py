"""What became of the rows of an import."""

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
