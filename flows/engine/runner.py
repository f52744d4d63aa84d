"""Going through the parts of a message: where it is, what it has to say, where it goes next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from flows.engine import trace
from flows.engine.rendering import Voice, quick_replies, read_above
from flows.engine.state import Run
from flows.engine.work import Work
from flows.model.parts import IfPart, Part
from flows.revision import Revision
from messages.outgoing import OutgoingButton, OutgoingPart, OutgoingText

MOST_STEPS = 200
"""How many parts one turn runs; a flow that goes round and round ends there."""

MOST_MESSAGES = 20
"""How many messages one turn sends; the same."""

LEFT = object()
"""What a part returns when the run stops at it."""

RunsPart = Callable[[Any, "Runner"], object]
"""What one kind of part does."""


@dataclass(slots=True)
class Frame:
    """A list of parts being run. `branch` is the one of the `if` that holds it: 0 (then) or 1 (else)."""

    parts: tuple[Part, ...]
    index: int
    branch: int = 0


def frames_at(revision: Revision, run: Run) -> list[Frame]:
    """Return the way to the part that a run waits at; nothing if the revision has no such part."""
    if run.message not in revision.bot.messages:
        return []
    parts: str | tuple[Part, ...] = revision.bot.messages[run.message].parts
    frames: list[Frame] = []
    for position in range(0, len(run.cursor), 2):
        index = run.cursor[position]
        if isinstance(parts, str) or not 0 <= index < len(parts):
            return []
        frames.append(Frame(parts, index, run.cursor[position - 1] if position else 0))
        part = parts[index]
        parts = ()
        if isinstance(part, IfPart) and position + 1 < len(run.cursor):
            parts = part.else_ if run.cursor[position + 1] else part.then
    return frames


class Runner:
    """Runs the parts of one message after another; `revision` stays the same throughout."""

    def __init__(self, work: Work, revision: Revision, message: str, kinds: Mapping[type, RunsPart]) -> None:
        self.work = work
        self.kinds = kinds
        self.revision = revision
        self.pending: list[OutgoingPart] = []
        self._enter(message)

    def _enter(self, message: str) -> None:
        self.message = message
        self.voice = Voice(self.work, self.revision, message)
        self.frames = [Frame(self.revision.bot.messages[message].parts, 0)]
        self.work.note(trace.MESSAGE, message=message, revision=self.revision.number)
        if message in self.revision.personal:
            self.work.speak_alone()

    def cursor(self) -> tuple[int, ...]:
        """The way to the part that runs now."""
        path: list[int] = []
        for depth, frame in enumerate(self.frames):
            path.extend([frame.branch, frame.index] if depth else [frame.index])
        return tuple(path)

    def run(self) -> None:
        """Run until the message ends or waits."""
        while self.frames:
            frame = self.frames[-1]
            if frame.index >= len(frame.parts):
                self.frames.pop()
                if self.frames:
                    self.frames[-1].index += 1
                continue
            self.work.steps += 1
            if self.work.steps > MOST_STEPS or self.work.messages >= MOST_MESSAGES:
                what = f"{MOST_STEPS} parts" if self.work.steps > MOST_STEPS else f"{MOST_MESSAGES} messages"
                self.note(trace.TOO_MANY_STEPS, f"more than {what} in one turn", notice=True)
                self.flush()
                return
            part = frame.parts[frame.index]
            if self.kinds[type(part)](part, self) is LEFT:
                return
        self.finish()

    def next(self) -> None:
        """Go on with the part behind the one that ran."""
        self.frames[-1].index += 1

    def go_to(self, message: str) -> object:
        """Go on with another message; what follows here is not run."""
        self.flush()
        if message not in self.revision.bot.messages:
            self.note(trace.MISSING_MESSAGE, message, notice=True)
            return LEFT
        self._enter(message)
        return None

    def flush(self, replies: tuple[OutgoingButton, ...] = ()) -> None:
        """Send what was gathered as one message."""
        self.add_addition()
        if self.pending:
            self.work.say(
                tuple(self.pending), revision=self.revision.number, message=self.message, quick_replies=replies
            )
            self.pending = []

    def add_addition(self) -> None:
        """Add our own words behind what the flow says."""
        if self.work.addition:
            self.pending.append(OutgoingText(self.work.addition))
            self.work.addition = ""

    def finish(self) -> None:
        """End the message: send what is left, with the quick replies."""
        buttons = self.revision.bot.messages[self.message].quick_replies
        if not buttons:
            self.flush()
            return
        if not self.pending:
            self.note(trace.NO_ROOM, notice=True)
            self.flush()
            return
        replies, offered = quick_replies(buttons, read_above(self.pending), self.voice)
        self.work.offered = () if self.work.apart else offered
        self.flush(replies)

    def wait(self, run: Run) -> object:
        """Leave the message where it is, to be gone on with later."""
        if self.work.handed_over:
            self.note(trace.NOBODY_WAITS, "after hand_over nothing can be asked or waited for", notice=True)
            self.flush()
            return LEFT
        self.work.cancel_run()
        self.work.run = replace(run, private=self.work.private, consent=self.work.terms_of_wait())
        return None

    def note(self, kind: str, detail: str = "", *, notice: bool = False) -> None:
        """Add a step about this message to the trace."""
        self.work.note(kind, detail, message=self.message, revision=self.revision.number, notice=notice)
