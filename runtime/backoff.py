"""When a failed send is tried again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter, as the channels ask for; all times in seconds.

    `most_attempts` and `most_age` end it. `most_ambiguous` bounds how often a message may be repeated that the channel
    may have shown already: Teams' send call has no idempotency key, so each such repeat may be seen twice.
    """

    first: float = 0.5
    longest: float = 300.0
    most_attempts: int = 50
    most_age: float = 86_400.0
    most_ambiguous: int = 2

    def delay(self, attempts: int, chance: float, asked: float | None = None) -> float:
        """Return how long to wait after the n-th failed attempt. `asked` is the channel's Retry-After: the least."""
        grown = min(self.longest, self.first * 2.0 ** min(attempts, 30)) * chance
        if asked is None:
            return grown
        return asked + min(grown, 1.0)
