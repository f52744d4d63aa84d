"""How the two sides of a step differ besides consent: what is said, fields, tags, events, waits, hand-overs."""

from collections.abc import Collection, Iterator

from flows.diff_words import bold
from replay.comparison import GroupKind, Side, Step, StepKind
from replay.consent_differences import Difference
from replay.doubts import named


def of_step(step: Step) -> Iterator[Difference]:
    """Yield the differences of a step, but for consent."""
    if step.kind is StepKind.STAFF:
        if step.draft is not None and step.draft.refused:
            yield GroupKind.DATA, f"{step.what} would not count: {step.draft.refused}"
        return
    if step.draft is None:
        yield GroupKind.REPLY, f"{step.what} would not be there to press"
        return
    if step.recorded is None:
        yield GroupKind.DATA, "a wait would be over that was not recorded"
        yield from _data(step.what, Side(), step.draft)
        return
    yield from _replies(step.what, step.recorded, step.draft)
    yield from _data(step.what, step.recorded, step.draft)


def _replies(what: str, recorded: Side, draft: Side) -> Iterator[Difference]:
    was, will = recorded.replies, draft.replies
    if [reply.lines for reply in was] == [reply.lines for reply in will]:
        for before, after in zip(was, will, strict=True):
            if before.message != after.message:
                yield GroupKind.RENAMED, f"{named((before,))} would be called {named((after,))} and says the same"
        if recorded.asks != draft.asks:
            yield GroupKind.REPLY, f"{what} leaves another question open"
    elif [reply.message for reply in was] != [reply.message for reply in will]:
        yield GroupKind.REPLY, f"{what} is answered by {named(will)} instead of {named(was)}"
    else:
        for before, after in zip(was, will, strict=True):
            if before.lines != after.lines:
                yield GroupKind.REPLY, f"{named((after,))} reads otherwise"


def _data(what: str, recorded: Side, draft: Side) -> Iterator[Difference]:
    for name in sorted({*recorded.fields, *draft.fields}):
        if name not in draft.fields:
            yield GroupKind.DATA, f"{what} no longer changes field {bold(name)}"
        elif name not in recorded.fields:
            yield GroupKind.DATA, f"{what} now changes field {bold(name)}"
        elif recorded.fields[name] != draft.fields[name]:
            yield GroupKind.DATA, f"{what} changes field {bold(name)} to something else"
    yield from _listed(what, recorded.tags_added, draft.tags_added, "adds tag")
    yield from _listed(what, recorded.tags_removed, draft.tags_removed, "removes tag")
    yield from _listed(what, recorded.events, draft.events, "emits the event")
    yield from _listed(what, recorded.completed, draft.completed, "completes")
    if recorded.handed_over is not draft.handed_over:
        how = "is now handed over" if draft.handed_over else "is no longer handed over"
        yield GroupKind.DATA, f"{what} {how} to a person"
    if recorded.waits_until != draft.waits_until:
        yield GroupKind.DATA, f"{what} {_waits(recorded, draft)}"


def _listed(what: str, was: Collection[str], will: Collection[str], does: str) -> Iterator[Difference]:
    for name in was:
        if name not in will:
            yield GroupKind.DATA, f"{what} no longer {does} {bold(name)}"
    for name in will:
        if name not in was:
            yield GroupKind.DATA, f"{what} now {does} {bold(name)}"


def _waits(recorded: Side, draft: Side) -> str:
    if draft.waits_until is None:
        return "no longer starts a wait"
    return "now starts a wait" if recorded.waits_until is None else "starts a longer or shorter wait"
