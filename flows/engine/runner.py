"""Runs a message: its parts one after the other, until a question, a wait, or the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from msgspec.structs import replace

from consent.membership import Act
from flows.builtin_buttons import SUBSCRIPTIONS, WHY
from flows.engine import trace
from flows.engine.conditions import found, holds
from flows.engine.consent import change_by_flow
from flows.engine.offers import hand_over
from flows.engine.rendering import SENDING, Voice, builtin, quick_replies, read_above, rendered
from flows.engine.turn import Run
from flows.engine.values import LONGEST, offered_choices, read_answer
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
    JoinPart,
    LeavePart,
    Part,
    QuestionPart,
    RemoveTagPart,
    SetPart,
    WaitPart,
)
from flows.revision import Revision
from messages.contact import FieldValue
from messages.effects import Complete, Emit, HandOver, OutgoingButton, OutgoingPart, OutgoingText, StartTimer
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
            if self.work.steps > MAX_STEPS or self.work.messages >= MAX_MESSAGES:
                what = f"{MAX_STEPS} parts" if self.work.steps > MAX_STEPS else f"{MAX_MESSAGES} messages"
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
        self.work.cancel_run()
        self.work.run = replace(run, private=self.work.private, consent=self.work.terms_of_wait())
        return None

    def note(self, kind: str, detail: str = "", *, notice: bool = False) -> None:
        """Add a step about this message to the trace."""
        self.work.note(kind, detail, message=self.message, revision=self.revision.number, notice=notice)


HANDED_OVER: Final = "hand_over"
"""The event that a contact had who was handed over to a person."""

TALKED_WITH: Final = "talked_with"
"""The event that tells, under `who` in its data, with whom the contact talked."""


def _say(part: Part, runner: Runner) -> None:
    outgoing = rendered(part, runner.voice)
    if outgoing is not None:
        runner.pending.append(outgoing)
    runner.next()


def _question(part: QuestionPart, runner: Runner) -> object:
    if runner.work.apart:
        runner.note(trace.ASKS_APART, "in a group, what is said to the person alone can't ask", notice=True)
        runner.flush()
        runner.work.asks_alone = True
        return LEFT
    run = Run(runner.revision.number, runner.message, runner.cursor(), asked=True)
    if runner.wait(run) is LEFT:
        return LEFT
    runner.add_addition()
    runner.pending.append(OutgoingText(runner.voice.words(part.question) or "?"))
    runner.flush(offered_choices(part, runner.voice))
    return LEFT


def _wait(part: WaitPart, runner: Runner) -> object:
    work = runner.work
    timer = work.ids.new("t")
    if runner.wait(Run(runner.revision.number, runner.message, runner.cursor(), timer=timer)) is LEFT:
        return LEFT
    runner.flush()
    work.effects.append(StartTimer(timer, work.now + timedelta(seconds=seconds_of(part.wait))))
    return LEFT


def _if(part: IfPart, runner: Runner) -> object:
    held = holds(part.if_, runner.work, runner.revision)
    seen = found(part.if_, runner.work, runner.revision)
    runner.note(trace.CONDITION, f"{'then' if held else 'else'}: {seen}")
    branch = part.then if held else part.else_
    if isinstance(branch, str):
        return runner.go_to(branch)
    runner.frames.append(Frame(branch, 0, 0 if held else 1))
    return None


def _go_to(part: GoToPart, runner: Runner) -> object:
    return runner.go_to(part.go_to)


def _set(part: SetPart, runner: Runner) -> None:
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


def _clear(part: ClearPart, runner: Runner) -> None:
    work = runner.work
    if part.clear in work.contact.fields:
        fields = {name: value for name, value in work.contact.fields.items() if name != part.clear}
        work.contact = replace(work.contact, fields=fields)
        runner.note(trace.FIELD, part.clear)
    runner.next()


def _add_tag(part: AddTagPart, runner: Runner) -> None:
    _retag(runner, runner.work.contact.tags | {part.add_tag}, part.add_tag)


def _remove_tag(part: RemoveTagPart, runner: Runner) -> None:
    _retag(runner, runner.work.contact.tags - {part.remove_tag}, part.remove_tag)


def _retag(runner: Runner, tags: frozenset[str], tag: str) -> None:
    if tags != runner.work.contact.tags:
        runner.work.contact = replace(runner.work.contact, tags=tags)
        runner.note(trace.TAG, tag)
    runner.next()


def _hand_over(part: HandOverPart, runner: Runner) -> None:
    way_back = hand_over(part, runner.voice)
    if way_back is not None:
        runner.pending.append(way_back)
    runner.work.had_event(HANDED_OVER)
    runner.work.effects.append(HandOver(runner.voice.words(part.hand_over)))
    runner.next()


def _emit(part: EmitPart, runner: Runner) -> None:
    data: dict[str, FieldValue] = {key: runner.voice.words(value) for key, value in part.data.items()}
    runner.work.effects.append(Emit(part.emit, data))
    runner.work.had_event(part.emit)
    if part.emit == TALKED_WITH and isinstance(who := data.get("who"), str):
        runner.work.talked_with(who)
    runner.next()


def _complete(part: CompletePart, runner: Runner) -> None:
    runner.work.effects.append(Complete(part.complete, part.item))
    runner.work.completed(part.complete, part.item)
    runner.next()


def _join(part: JoinPart, runner: Runner) -> None:
    change_by_flow(runner.work, Act.ADD, part.join, runner.revision, runner.message)
    runner.next()


def _leave(part: LeavePart, runner: Runner) -> None:
    change_by_flow(runner.work, Act.REMOVE, part.leave, runner.revision, runner.message)
    runner.next()


PARTS: Mapping[type, RunsPart] = {
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
    JoinPart: _join,
    LeavePart: _leave,
}
"""Every kind of part, and what runs it."""


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
