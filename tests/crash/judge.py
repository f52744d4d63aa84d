"""What must hold of several servers: the history of a run beside the store that is left."""

from collections.abc import Sequence
from pathlib import Path

from tests.crash.examine import Kept, examine_store, look_at_words
from tests.crash.findings import Findings
from tests.crash.history import History, Reply


async def judge(address: str, history: History, logs: Sequence[Path], *, repeats: bool) -> Findings:
    """Look at everything. `repeats`: whether anything happened after which a reply may come twice."""
    found, people = await examine_store(address, history)
    for person, kept in people.items():
        replies = [reply for reply in history.replies if reply.person == person]
        _look_at_order(person, replies, kept, found)
        look_at_words(replies, found)
    if found.repeated and not repeats:
        found.disorder.append(f"{found.repeated} replies were repeated, and nothing was the matter")
    found.in_doubt = sum(row.ambiguous or row.attempts > 1 for kept in people.values() for row in kept.rows)
    found.faults = [line for log in logs for line in log.read_text().splitlines() if _is_fault(line)]
    return found


def _is_fault(line: str) -> bool:
    """Tell an error, or anything that is not an entry of the log at all, from a warning."""
    return not line.startswith("{") or '"level": "error"' in line


def _look_at_order(person: str, replies: Sequence[Reply], kept: Kept, found: Findings) -> None:
    """Replies come in the order of their turns. One may come again before the next does, and then its row says so."""
    came = 0
    for reply in replies:
        if kept.answered[came : came + 1] == [reply.act]:
            came += 1
        elif came and reply.act == kept.answered[came - 1]:
            found.repeated += 1
            row = kept.rows[came - 1]
            if not row.ambiguous and row.attempts < 2:
                found.unsaid.append(f"{person}: reply {reply.act} at {reply.at:.3f} by server {reply.server}")
        else:
            found.disorder.append(
                f"{person}: reply {reply.act} at {reply.at:.3f} by server {reply.server}, after reply {came - 1}"
            )
            return
    if came != len(kept.answered):
        found.disorder.append(f"{person}: {len(kept.answered)} acts to be answered, {came} replies")
