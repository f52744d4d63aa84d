"""A run as a table."""

from collections import Counter

from tests.crash.findings import Findings
from tests.crash.history import NO_ANSWER, History


def told(title: str, history: History, found: Findings) -> str:
    """Return the figures of a run."""
    answers = Counter(request.status for request in history.requests)
    figures = {
        "requests": len(history.requests),
        "  answered 503": answers[503],
        "  not answered": answers[NO_ANSWER],
        "acts acknowledged": history.acknowledged.total(),
        "turns in the journal": found.turns,
        "ledger rows": found.rows,
        "replies that arrived": found.deliveries,
        "  of them repeated": found.repeated,
        "replies marked as in doubt": found.in_doubt,
        "acknowledged turns lost": len(found.lost),
        "turns doubled": len(found.doubled),
        "faults in the ledger": len(found.ledger) + len(found.wrong),
        "replies lost": len(found.undelivered),
        "replies out of order": len(found.disorder),
        "replies repeated without a word": len(found.unsaid),
    }
    return f"\n{title}\n" + "\n".join(f"  {name:34}{figure:>9,}" for name, figure in figures.items())
