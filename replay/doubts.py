"""From where on it can't be told what a person would have done: the first difference that they see."""

from flows.diff_words import bold, quoted
from replay.comparison import Doubt, DoubtCause, Side, Step
from replay.visible import Reply


def doubt_after(step: Step) -> Doubt | None:
    """Return why what the person says after a step answers something else; None where both sides look the same."""
    found = _seen(step.what, step.recorded, step.draft)
    return None if found is None else Doubt(found[0], step.conversation, step.turn, found[1])


def _seen(what: str, recorded: Side | None, draft: Side | None) -> tuple[DoubtCause, str] | None:
    if draft is None:
        return DoubtCause.PRESS, f"{what} would not be there to press"
    if recorded is None:
        return (DoubtCause.WAIT, "a wait would be over first") if draft.replies or draft.asks else None
    if recorded.asks != draft.asks:
        return DoubtCause.QUESTION, _asked(recorded, draft)
    if recorded.waits_until != draft.waits_until:
        return DoubtCause.WAIT, _waits(recorded, draft)
    if lines(recorded) != lines(draft):
        return DoubtCause.REPLY, _read(recorded.replies, draft.replies)
    return None


def lines(side: Side) -> list[tuple[str, ...]]:
    """Return what the person reads of a side."""
    return [reply.lines for reply in side.replies]


def _asked(recorded: Side, draft: Side) -> str:
    if draft.asks is not None:
        return f"they would first be asked {quoted(draft.asks.words)}"
    return f"they would not be asked {quoted(recorded.asks.words)}" if recorded.asks is not None else ""


def _waits(recorded: Side, draft: Side) -> str:
    if recorded.waits_until is None:
        return "a wait would come first"
    return "there would be no wait" if draft.waits_until is None else "the wait would be another"


def _read(was: tuple[Reply, ...], will: tuple[Reply, ...]) -> str:
    old, new = ([reply.message for reply in side] for side in (was, will))
    if old == new:
        changed = next(after for before, after in zip(was, will, strict=True) if before.lines != after.lines)
        return f"they would first read other words in {named((changed,))}"
    return f"they would first read {named(will)} instead of {named(was)}"


def named(replies: tuple[Reply, ...]) -> str:
    """Name messages by the flow's ids."""
    return ", ".join(bold(reply.message) if reply.message else "our own words" for reply in replies) or "nothing"
