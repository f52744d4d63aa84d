"""Runs a message: its parts one after the other, until a question, a wait, or the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from flows.builtin_buttons import SUBSCRIPTIONS, WHY
from flows.engine import trace
from flows.engine.rendering import Voice, builtin, quick_replies, read_above
from flows.engine.turn import Caller, Run
from flows.engine.work import Work
from flows.model.parts import MAX_CALLS, Part
from flows.revision import Revision
from messages.effects import OutgoingButton, OutgoingPart, OutgoingText
from messages.inbound import PushDue

MAX_STEPS = 200
"""How many parts one turn runs; a flow that goes round and round ends there."""

MAX_MESSAGES = 20
"""How many messages one turn sends; the same."""

LEFT = object()
"""What a part returns when the run stops at it."""

RunsPart = Callable[[Any, "Runner"], object]
"""What one kind of part does."""


@dataclass(slots=True)
class Frame:
    """A list of parts being run. `branch` is the one of the part that holds it: 0 (then) or 1 (else) of an `if`."""

    parts: tuple[Part, ...]
    index: int
    branch: int = 0


def frames_at(revision: Revision, run: Run | Caller) -> list[Frame]:
    """Return the way to the part that a run waits at, or was called from; nothing if the revision has no such part."""
    if run.message not in revision.bot.messages:
        return []
    parts: str | tuple[Part, ...] = revision.bot.messages[run.message].parts
    frames: list[Frame] = []
    for position in range(0, len(run.cursor), 2):
        index = run.cursor[position]
        if isinstance(parts, str) or not 0 <= index < len(parts):
            return []
        frames.append(Frame(parts, index, run.cursor[position - 1] if position else 0))
        branches = parts[index].branches()
        parts = ()
        if position + 1 < len(run.cursor) and 0 <= run.cursor[position + 1] < len(branches):
            parts = branches[run.cursor[position + 1]].goes_on
    return frames


class Runner:
    """Runs the parts of one message after another; `revision` stays the same throughout."""

    def __init__(
        self,
        work: Work,
        revision: Revision,
        message: str,
        kinds: Mapping[type, RunsPart],
        callers: tuple[Caller, ...] = (),
    ) -> None:
        self.work = work
        self.callers = callers
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
        """Run until the message ends or waits, and what called it."""
        while self._runs() and self.callers:
            self._go_back()

    def _runs(self) -> bool:
        """Run the message; tell whether it came to its end."""
        while self.frames:
            frame = self.frames[-1]
            if frame.index >= len(frame.parts):
                self.frames.pop()
                if self.frames:
                    self.frames[-1].index += 1
                continue
            self.work.steps += 1
            if self.work.steps > MAX_STEPS or self.work.messages >= MAX_MESSAGES:
                what = f"{MAX_STEPS} parts" if self.work.steps > MAX_STEPS else f"{MAX_MESSAGES} messages"
                self.note(trace.TOO_MANY_STEPS, f"more than {what} in one turn", notice=True)
                self.flush()
                return False
            part = frame.parts[frame.index]
            if self.kinds[type(part)](part, self) is LEFT:
                return False
        self.finish()
        return True

    def call(self, message: str) -> object:
        """Go on with another message, and come back to what follows here."""
        if message not in self.revision.bot.messages:
            self.note(trace.MISSING_MESSAGE, message, notice=True)
            self.next()
            return None
        self.flush()
        if len(self.callers) >= MAX_CALLS:
            self.note(trace.TOO_DEEP, f"more than {MAX_CALLS} messages call each other", notice=True)
            return LEFT
        self.callers = (*self.callers, Caller(self.message, self.cursor()))
        self._enter(message)
        return None

    def _go_back(self) -> None:
        """Go on behind the part that called the message that ended."""
        *callers, caller = self.callers
        self.callers = tuple(callers)
        frames = frames_at(self.revision, caller)
        if not frames:
            self.work.note(trace.MISSING_PART, message=caller.message, revision=self.revision.number, notice=True)
            return
        self._enter(caller.message)
        self.frames = frames
        self.next()

    def waiting(self, *, asked: bool = False, timer: str = "") -> Run:
        """Return what is kept of a message that waits at the part that runs now."""
        return Run(self.revision.number, self.message, self.cursor(), asked=asked, timer=timer, callers=self.callers)

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
        if self.revision.bot.messages[self.message].way_out is not None:
            self._add_way_out()
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

    def _add_way_out(self) -> None:
        """Put the buttons of the person's own subscriptions under the last text."""
        last = self.pending[-1] if self.pending else None
        if not isinstance(last, OutgoingText):
            self.note(trace.NO_ROOM, "way_out", notice=True)
            return
        wanted = (SUBSCRIPTIONS, WHY) if isinstance(self.work.event.action, PushDue) else (SUBSCRIPTIONS,)
        made = (builtin(last.text, each, self.voice) for each in wanted)
        self.pending[-1] = replace(last, buttons=(*last.buttons, *(one for one in made if one is not None)))

    def wait(self, run: Run) -> object:
        """Leave the message where it is, to be gone on with later."""
        if self.work.handed_over:
            self.note(trace.NOBODY_WAITS, "after hand_over nothing can be asked or waited for", notice=True)
            self.flush()
            return LEFT
        if self.work.keeps_question:
            self.note(trace.KEPT_QUESTION)
            self.flush()
            return LEFT
        self.work.cancel_run()
        self.work.run = replace(run, private=self.work.private, consent=self.work.terms_of_wait())
        return None

    def note(self, kind: str, detail: str = "", *, notice: bool = False) -> None:
        """Add a step about this message to the trace."""
        self.work.note(kind, detail, message=self.message, revision=self.revision.number, notice=notice)
