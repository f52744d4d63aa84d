"""What each kind of part does, and how a message begins and goes on."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from consent.membership import Act
from flows.engine import trace
from flows.engine.conditions import found, holds
from flows.engine.consent import change_by_flow
from flows.engine.offers import hand_over
from flows.engine.rendering import SENDING, rendered
from flows.engine.runner import LEFT, Frame, Runner, RunsPart, frames_at
from flows.engine.turn import Caller, Run
from flows.engine.values import offered_choices, read_answer
from flows.engine.work import Work
from flows.hours import day_in, hours_of, zone_of
from flows.model.base import seconds_of
from flows.model.parts import (
    LONGEST_ANSWER,
    CallMessagePart,
    GoToPart,
    IfHoursPart,
    IfPart,
    Part,
    QuestionPart,
    SplitPart,
)
from flows.model.state_parts import (
    AddTagPart,
    ClearPart,
    CompletePart,
    EmitPart,
    HandOverPart,
    JoinPart,
    LeavePart,
    RemoveTagPart,
    SetPart,
    WaitPart,
    WaitUntilPart,
)
from flows.revision import Revision
from messages.contact import FieldValue
from messages.effects import Complete, Emit, HandOver, OutgoingText, StartTimer
from messages.errors import BadInput
from messages.inbound import EffectDone
from schedules.wall_clock import due_after, monday_to_friday, read_wait, to_local, tz_version

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
    if runner.wait(runner.waiting(asked=True)) is LEFT:
        return LEFT
    runner.add_addition()
    runner.pending.append(OutgoingText(runner.voice.words(part.question) or "?"))
    runner.flush(offered_choices(part, runner.voice))
    return LEFT


def _wait(part: WaitPart, runner: Runner) -> object:
    work = runner.work
    timer = work.ids.new("t")
    if runner.wait(runner.waiting(timer=timer)) is LEFT:
        return LEFT
    runner.flush()
    work.effects.append(StartTimer(timer, work.now + timedelta(seconds=seconds_of(part.wait))))
    return LEFT


def _wait_until(part: WaitUntilPart, runner: Runner) -> object:
    """Pause until the time by the clock of the hours, or of the person; a time that is over is due at once."""
    work, hours = runner.work, runner.revision.bot.hours.get(part.hours or "")
    where = zone_of(hours, work.contact.time_zone)
    try:
        wait = read_wait(part.wait_until)
        works = hours_of(hours).works if hours is not None else monday_to_friday
        due = due_after(work.now, wait, where, day_in(work.contact, wait.field), works)
        problem = "" if due is not None else f"{wait.field or part.wait_until} tells no day"
    except BadInput as error:
        due, problem = None, error.problem
    if due is None:
        runner.note(trace.NO_TIME, problem, notice=True)
        runner.flush()
        return LEFT
    timer = work.ids.new("t")
    if runner.wait(runner.waiting(timer=timer)) is LEFT:
        return LEFT
    runner.flush()
    runner.note(trace.CLOCK, f"{due.isoformat()} by {where.key}, {tz_version()}")
    work.effects.append(StartTimer(timer, due))
    return LEFT


def _if_hours(part: IfHoursPart, runner: Runner) -> object:
    """Go the way of the hours. Hours that can't be read, or are not there, are closed."""
    hours = runner.revision.bot.hours.get(part.if_hours)
    where = zone_of(hours, runner.work.contact.time_zone)
    local = to_local(runner.work.now, where)
    try:
        is_open = hours is not None and hours_of(hours).is_open(local)
    except BadInput as error:
        runner.note(trace.NO_TIME, error.problem, notice=True)
        is_open = False
    seen = f"{part.if_hours} at {local:%a %Y-%m-%d %H:%M} by {where.key}, {tz_version()}"
    runner.note(trace.HOURS, f"{'then' if is_open else 'else'}: {seen}")
    branch = part.then if is_open else part.else_
    if isinstance(branch, str):
        return runner.go_to(branch)
    runner.frames.append(Frame(branch, 0, 0 if is_open else 1))
    return None


def _if(part: IfPart, runner: Runner) -> object:
    held = holds(part.if_, runner.work, runner.revision)
    seen = found(part.if_, runner.work, runner.revision)
    runner.note(trace.CONDITION, f"{'then' if held else 'else'}: {seen}")
    branch = part.then if held else part.else_
    if isinstance(branch, str):
        return runner.go_to(branch)
    runner.frames.append(Frame(branch, 0, 0 if held else 1))
    return None


def _split(part: SplitPart, runner: Runner) -> object:
    """Go the way that the person's id and the name of the split choose: it stays theirs while the weights stay."""
    chosen = chosen_way(part, runner.revision.bot.bot, runner.work.contact.id)
    runner.note(trace.SPLIT, f"{part.split}: way {chosen + 1} of {len(part.ways)}")
    branch = part.ways[chosen].then
    if isinstance(branch, str):
        return runner.go_to(branch)
    runner.frames.append(Frame(branch, 0, chosen))
    return None


def chosen_way(part: SplitPart, bot: str, contact: str) -> int:
    """Return which way of a split a person goes, from 0."""
    told = f"{bot}\n{part.split}\n{contact}".encode()
    share = int.from_bytes(hashlib.sha256(told).digest()[:8], "big")
    at = share * sum(way.weight for way in part.ways) >> 64
    for position, way in enumerate(part.ways):
        at -= way.weight
        if at < 0:
            return position
    return len(part.ways) - 1


def _go_to(part: GoToPart, runner: Runner) -> object:
    return runner.go_to(part.go_to)


def _call(part: CallMessagePart, runner: Runner) -> object:
    return runner.call(part.call_message)


def _set(part: SetPart, runner: Runner) -> None:
    value = runner.voice.words(part.to)
    field = runner.revision.bot.fields.get(part.set)
    kind = field.type if field is not None else "text"
    typed: FieldValue | None = read_answer(kind, value, "en-GB") if len(value) <= LONGEST_ANSWER else None
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
    CallMessagePart: _call,
    SplitPart: _split,
    WaitPart: _wait,
    WaitUntilPart: _wait_until,
    IfHoursPart: _if_hours,
    HandOverPart: _hand_over,
    EmitPart: _emit,
    CompletePart: _complete,
    JoinPart: _join,
    LeavePart: _leave,
}
"""Every kind of part, and what runs it."""


def start_message(work: Work, revision: Revision, message: str, callers: tuple[Caller, ...] = ()) -> bool:
    """Run a message from its first part. Tell whether the revision has it; a missing one is a notice.

    `callers`: the messages that go on when it ends.
    """
    if message not in revision.bot.messages:
        work.note(trace.MISSING_MESSAGE, message=message, revision=revision.number, notice=True)
        return False
    Runner(work, revision, message, PARTS, callers).run()
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
    runner = Runner(work, revision, run.message, PARTS, run.callers)
    runner.frames = frames
    runner.next()
    runner.run()


def after_effect(work: Work, revision: Revision, run: Run, outcome: EffectDone) -> None:
    """Go on behind the part that waited for an effect, or with its `otherwise` where it was given up."""
    otherwise = getattr(part_at(revision, run), "otherwise", None) if outcome.fault else None
    if otherwise is None:
        resume(work, revision, run)
        return
    work.private = work.private or run.private
    if run.consent is not None:
        work.opted_in.update(run.consent.segments)
    start_message(work, revision, otherwise, run.callers)


def part_at(revision: Revision, run: Run) -> Part | None:
    """Return the part that a run waits at; None if the revision has nothing there."""
    frames = frames_at(revision, run)
    return frames[-1].parts[frames[-1].index] if frames else None
