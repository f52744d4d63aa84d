"""What a store keeps beside consent, people and recorded turns, and can forget once it is old."""

from enum import StrEnum


class Retained(StrEnum):
    """One kind; the text is its name in the log."""

    FAILED_REPLIES = "failed replies"
    """Replies that were given up, by when they were queued."""
    IGNORED_MESSAGES = "ignored messages"
    """What nothing matched, by when it was said."""
    IMPORT_REPORTS = "import reports"
    """Rows of files that failed, by when the import ended. The job itself stays: ledger rows name it."""
    AUDIT = "audit rows"
    """What staff did. The newest row of each bot stays, so that no number comes twice."""
