"""Running a message: its parts in order, until it ends, asks, waits or goes to another one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from flows.engine import trace
from flows.engine.choices import offered_choices
from flows.engine.conditions import holds
from flows.engine.rendering import SENDING, Voice, quick_replies, rendered
from flows.engine.state import Run
from flows.engine.values import LONGEST, read_answer
from flows.engine.work import Work
from flows.model.base import seconds_of
from flows.model.parts import (
    AddTagPart,
    ClearPart,
    CompletePart,
    EmitPart,
    GoToPart,
    HandOverPart,
    IfPart,
    Part,
    QuestionPart,
    RemoveTagPart,
    SetPart,
    WaitPart,
)
from flows.revision import Revision
from messages.contact import FieldValue
from messages.effects import Complete, Emit, HandOver, StartTimer
from messages.outgoing import OutgoingButton, OutgoingPart, OutgoingText

MOST_STEPS = 200
"""How many parts one turn runs; a flow that goes round and round ends there."""


@dataclass(slots=True)
class _Frame:
    """A list of parts being run. `branch` is the one of the `if` that holds it: 0 (then) or 1 (else)."""

    parts: tuple[Part, ...]
    index: int
    branch: int = 0


def start_message(work: Work, revision: Revision, message: str) -> bool:
    """Run a message from its first part. Tell whether the revision has it; a missing one is a notice."""
    if message not in revision.bot.messages:
        work.note(trace.MISSING_MESSAGE, message=message, revision=revision.number, notice=True)
        return False
    _Runner(work, revision, message).run()
    return True


def resume(work: Work, revision: Revision, run: Run) -> None:
    """Run what follows the part that waited."""
    runner = _Runner(work, revision, run.message)
    if runner.place(run.cursor):
        work.private = work.private or run.private
        runner.frames[-1].index += 1
        runner.run()


def part_at(revision: Revision, run: Run) -> Part | None:
    """Return the part that a run waits at; None if the revision has nothing there."""
    parts: str | tuple[Part, ...] = ()
    if run.message in revision.bot.messages:
        parts = revision.bot.messages[run.message].parts
    found: Part | None = None
    for depth, step in enumerate(run.cursor):
        if depth % 2:
            if not isinstance(found, IfPart):
                return None
            parts = found.else_ if step else found.then
        else:
            if isinstance(parts, str) or not 0 <= step < len(parts):
                return None
            found = parts[step]
    return found


class _Runner:
    """Runs the parts of one message after another; `revision` stays the same throughout."""

    def __init__(self, work: Work, revision: Revision, message: str) -> None:
        self.work = work
        self.revision = revision
        self.pending: list[OutgoingPart] = []
        self._enter(message)

    def _enter(self, message: str) -> None:
        self.message = message
        self.voice = Voice(self.work, self.revision, message)
        self.frames = [_Frame(self.revision.bot.messages[message].parts, 0)]
        self.work.note(trace.MESSAGE, message=message, revision=self.revision.number)

    def place(self, cursor: tuple[int, ...]) -> bool:
        """Go to the part at `cursor`; tell whether there is one."""
        parts: str | tuple[Part, ...] = self.frames[0].parts
        self.frames = []
        for position in range(0, len(cursor), 2):
            branch = cursor[position - 1] if position else 0
            index = cursor[position]
            if isinstance(parts, str) or not 0 <= index < len(parts):
                return False
            self.frames.append(_Frame(parts, index, branch))
            part = parts[index]
            if isinstance(part, IfPart) and position + 1 < len(cursor):
                parts = part.else_ if cursor[position + 1] else part.then
        return bool(self.frames)

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
            if self.work.steps > MOST_STEPS:
                self.note(trace.TOO_MANY_STEPS, f"more than {MOST_STEPS} parts in one turn", notice=True)
                self.flush()
                return
            part = frame.parts[frame.index]
            if _RUNS[type(part)](part, self) is _LEFT:
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
            return _LEFT
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
        shown = "\n".join(part.text for part in self.pending if isinstance(part, OutgoingText))
        replies, self.work.offered = quick_replies(buttons, shown, self.voice)
        self.flush(replies)

    def wait(self, run: Run) -> object:
        """Leave the message where it is, to be gone on with later."""
        if self.work.handed_over:
            self.note(trace.NOBODY_WAITS, "after hand_over nothing can be asked or waited for", notice=True)
            self.flush()
            return _LEFT
        self.work.cancel_run()
        self.work.run = replace(run, private=self.work.private)
        return None

    def note(self, kind: str, detail: str = "", *, notice: bool = False) -> None:
        """Add a step about this message to the trace."""
        self.work.note(kind, detail, message=self.message, revision=self.revision.number, notice=notice)


_LEFT = object()
"""What a part returns when the run stops at it."""


def _say(part: Part, runner: _Runner) -> None:
    outgoing = rendered(part, runner.voice)
    if outgoing is not None:
        runner.pending.append(outgoing)
    runner.next()


def _question(part: QuestionPart, runner: _Runner) -> object:
    run = Run(runner.revision.number, runner.message, runner.cursor(), asked=True)
    if runner.wait(run) is _LEFT:
        return _LEFT
    runner.add_addition()
    runner.pending.append(OutgoingText(runner.voice.words(part.question) or "?"))
    runner.flush(offered_choices(part, runner.voice))
    return _LEFT


def _wait(part: WaitPart, runner: _Runner) -> object:
    work = runner.work
    timer = work.ids.new("t")
    if runner.wait(Run(runner.revision.number, runner.message, runner.cursor(), timer=timer)) is _LEFT:
        return _LEFT
    runner.flush()
    work.effects.append(StartTimer(timer, work.now + timedelta(seconds=seconds_of(part.wait))))
    return _LEFT


def _if(part: IfPart, runner: _Runner) -> object:
    held = holds(part.if_, runner.work, runner.revision)
    runner.note(trace.CONDITION, "then" if held else "else")
    branch = part.then if held else part.else_
    if isinstance(branch, str):
        return runner.go_to(branch)
    runner.frames.append(_Frame(branch, 0, 0 if held else 1))
    return None


def _go_to(part: GoToPart, runner: _Runner) -> object:
    return runner.go_to(part.go_to)


def _set(part: SetPart, runner: _Runner) -> None:
    value = runner.voice.words(part.to)
    field = runner.revision.bot.fields.get(part.set)
    kind = field.type if field is not None else "text"
    typed: FieldValue | None = read_answer(kind, value, "en-GB") if len(value) <= LONGEST else None
    if typed is None:
        runner.note(trace.UNFIT_VALUE, f"{part.set} is a {kind}; nothing was stored", notice=True)
    else:
        runner.work.store(part.set, typed)
        runner.note(trace.FIELD, part.set)
    runner.next()


def _clear(part: ClearPart, runner: _Runner) -> None:
    work = runner.work
    if part.clear in work.contact.fields:
        fields = {name: value for name, value in work.contact.fields.items() if name != part.clear}
        work.contact = replace(work.contact, fields=fields)
        runner.note(trace.FIELD, part.clear)
    runner.next()


def _add_tag(part: AddTagPart, runner: _Runner) -> None:
    _retag(runner, runner.work.contact.tags | {part.add_tag}, part.add_tag)


def _remove_tag(part: RemoveTagPart, runner: _Runner) -> None:
    _retag(runner, runner.work.contact.tags - {part.remove_tag}, part.remove_tag)


def _retag(runner: _Runner, tags: frozenset[str], tag: str) -> None:
    if tags != runner.work.contact.tags:
        runner.work.contact = replace(runner.work.contact, tags=tags)
        runner.note(trace.TAG, tag)
    runner.next()


def _hand_over(part: HandOverPart, runner: _Runner) -> None:
    runner.work.cancel_run()
    runner.work.handed_over = True
    runner.work.effects.append(HandOver(runner.voice.words(part.hand_over)))
    runner.next()


def _emit(part: EmitPart, runner: _Runner) -> None:
    data: dict[str, FieldValue] = {key: runner.voice.words(value) for key, value in part.data.items()}
    runner.work.effects.append(Emit(part.emit, data))
    runner.next()


def _complete(part: CompletePart, runner: _Runner) -> None:
    runner.work.effects.append(Complete(part.complete, part.item))
    runner.next()


_RUNS: dict[type, Callable[[Any, _Runner], object]] = {
    **dict.fromkeys(SENDING, _say),
    QuestionPart: _question,
    IfPart: _if,
    SetPart: _set,
    ClearPart: _clear,
    AddTagPart: _add_tag,
    RemoveTagPart: _remove_tag,
    GoToPart: _go_to,
    WaitPart: _wait,
    HandOverPart: _hand_over,
    EmitPart: _emit,
    CompletePart: _complete,
}
"""What each kind of part does."""
