"""Starting a message, and going on with one that waited."""

from flows.engine import trace
from flows.engine.parts import PARTS
from flows.engine.runner import Runner, frames_at
from flows.engine.state import Run
from flows.engine.work import Work
from flows.model.parts import Part
from flows.revision import Revision


def start_message(work: Work, revision: Revision, message: str) -> bool:
    """Run a message from its first part. Tell whether the revision has it; a missing one is a notice."""
    if message not in revision.bot.messages:
        work.note(trace.MISSING_MESSAGE, message=message, revision=revision.number, notice=True)
        return False
    Runner(work, revision, message, PARTS).run()
    return True


def resume(work: Work, revision: Revision, run: Run) -> None:
    """Run what follows the part that waited."""
    frames = frames_at(revision, run)
    if not frames:
        work.note(trace.MISSING_PART, message=run.message, revision=run.revision, notice=True)
        return
    work.private = work.private or run.private
    if run.consent is not None:
        work.opted_in.update(run.consent.segments)
    runner = Runner(work, revision, run.message, PARTS)
    runner.frames = frames
    runner.next()
    runner.run()


def part_at(revision: Revision, run: Run) -> Part | None:
    """Return the part that a run waits at; None if the revision has nothing there."""
    frames = frames_at(revision, run)
    return frames[-1].parts[frames[-1].index] if frames else None
