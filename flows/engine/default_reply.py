"""What is said when nothing else answers."""

from flows.engine import trace
from flows.engine.running import start_message
from flows.engine.work import Work

_UNANSWERED = {trace.MISSING_MESSAGE, trace.MISSING_SEGMENT}


def default_reply(work: Work) -> None:
    """Say the default reply. A message that waits goes on waiting, unless the default reply itself asks or waits."""
    default = work.snapshot.live.bot.default
    work.note(trace.DEFAULT, message=default or "", revision=work.snapshot.live.number)
    if default is not None:
        start_message(work, work.snapshot.live, default)


def unless_silent(work: Work) -> None:
    """Say the default reply when a message that should have answered is missing."""
    if not work.said and any(step.kind in _UNANSWERED for step in work.trace):
        default_reply(work)
