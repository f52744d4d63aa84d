"""Promises that were broken, each with its evidence; and the figures of a run."""

from dataclasses import dataclass, field


@dataclass
class Findings:
    """What a run came to."""

    refused: list[str] = field(default_factory=list)
    """Answered neither 200 nor 503."""
    lost: list[str] = field(default_factory=list)
    """Acknowledged, and not in the journal."""
    doubled: list[str] = field(default_factory=list)
    """In the journal twice."""
    ledger: list[str] = field(default_factory=list)
    """Rows that do not fold to the memberships, or were altered."""
    wrong: list[str] = field(default_factory=list)
    """Rows or memberships that are not what the acts made them."""
    undelivered: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    """Replies skipped, out of order, not to the act that they name, or repeated for no reason."""
    unsaid: list[str] = field(default_factory=list)
    """Replies that came twice without a word of it in the outbox."""
    faults: list[str] = field(default_factory=list)
    """Errors in the servers' logs."""
    turns: int = 0
    rows: int = 0
    deliveries: int = 0
    repeated: int = 0
    in_doubt: int = 0
    """Replies of which the outbox says that they may have come twice."""

    def broken(self) -> list[str]:
        return [
            *self.refused,
            *self.lost,
            *self.doubled,
            *self.ledger,
            *self.wrong,
            *self.undelivered,
            *self.disorder,
            *self.unsaid,
            *self.faults,
        ]
