"""Checks of topics and sequences: their ids, the steps, and what a message sent by itself has to offer."""

from collections.abc import Iterator

from flows.checks.view import Check, Fault, Limits, View, by_language, error, warning
from flows.model.bot import CONSENT_EVENT, Bot, Sequence
from flows.model.buttons import consent_of
from flows.model.parts import Part
from flows.model.state_parts import CompletePart, EmitPart, HandOverPart
from flows.source.nodes import did_you_mean
from flows.walk import all_parts, buttons_of
from messages.consent import ALL, SEQUENCE, kind_of_subject
from messages.errors import BadInput
from schedules.wall_clock import quiet_of, read_wait

SHARED_ID = error("shared-id", "A topic or a sequence has the id of a segment, or of one another.")
DUPLICATE_STEP = error("duplicate-step-id", "Two steps of a sequence have the same `id`.")
STEP_WITHOUT_WAY_OUT = warning(
    "step-without-way-out", "The message of a step has no button that opts out, and the help text does not name STOP."
)
UNHEARD_EVENT = warning("hook-without-event", "A hook is to hear of something that no message does.")
BAD_WAIT = error("bad-wait", "The wait of a step, or quiet hours, can't be read.")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    yield from _shared(view)
    yield from _quiet(view.bot.quiet, "quiet")
    yield from _hooks(view)
    for name, sequence in view.bot.sequences.items():
        yield from _times(view, name, sequence)
        seen: set[str] = set()
        for position, step in enumerate(sequence.steps):
            path = ("sequences", name, "steps", position)
            if step.id in seen:
                yield DUPLICATE_STEP.broken(
                    (*path, "id"),
                    f"another step of `{name}` is called `{step.id}`",
                    "Give this one another id; who had a step is told by it",
                )
            seen.add(step.id)
            if step.message in view.bot.messages and not _has_way_out(view.bot, step.message, SEQUENCE + name):
                yield STEP_WITHOUT_WAY_OUT.broken(
                    (*path, "message"),
                    f"nothing in `{step.message}` tells how to get no more of `{name}`",
                    f"Add a button with `sequence: {name}, act: opt_out`, or name STOP in `unsubscribe: help:`",
                )


def _hooks(view: View) -> Iterator[Fault]:
    """Faults of hooks that nothing is told to."""
    done = {told for placed in all_parts(view.bot) if (told := _told(placed.part))}
    for name, hook in view.bot.hooks.items():
        for position, event in enumerate(hook.events):
            if event != CONSENT_EVENT and event not in done:
                yield UNHEARD_EVENT.broken(
                    ("hooks", name, "events", position),
                    f"nothing in the flow does `{event}`",
                    "Correct it, or take it out",
                )


def _told(part: Part) -> str:
    match part:
        case EmitPart():
            return f"emit:{part.emit}"
        case CompletePart():
            return f"complete:{part.complete}"
        case HandOverPart():
            return "hand_over"
    return ""


def _times(view: View, name: str, sequence: Sequence) -> Iterator[Fault]:
    """Faults of what is read when a step is due: at the push it can still be mended."""
    for position, step in enumerate(sequence.steps):
        path = ("sequences", name, "steps", position, "wait")
        try:
            field = read_wait(step.wait).field
        except BadInput as problem:
            yield BAD_WAIT.broken(path, problem.problem, problem.remedy)
        else:
            if field and field not in view.bot.fields:
                remedy = did_you_mean(field, view.bot.fields, otherwise="Declare it under `fields:`")
                yield BAD_WAIT.broken(path, f"there is no field `{field}`", remedy)
    yield from _quiet(sequence.quiet, "sequences", name, "quiet")


def _quiet(written: str | None, *path: str) -> Iterator[Fault]:
    try:
        quiet_of(written or "")
    except BadInput as problem:
        yield BAD_WAIT.broken(path, problem.problem, problem.remedy)


def _shared(view: View) -> Iterator[Fault]:
    taken = dict.fromkeys((name for name in view.segments if not kind_of_subject(name)), "segment")
    for word, listed in (("topic", view.bot.topics), ("sequence", view.bot.sequences)):
        for name in listed:
            if name in taken:
                yield SHARED_ID.broken(
                    (f"{word}s", name),
                    f"a {taken[name]} is called `{name}` already, and `stop {name}` can mean one of them alone",
                    f"Give the {word} another id",
                    at_key=True,
                )
            taken.setdefault(name, word)


def _has_way_out(bot: Bot, message: str, subject: str) -> bool:
    help_text = bot.unsubscribe.help
    if help_text is None or all("STOP" in words for _, words in by_language(help_text)):
        return True
    if bot.messages[message].way_out is not None:
        return True
    acts = (consent_of(button) for _, _, button, _ in buttons_of(message, bot.messages[message]))
    return any(act is not None and not act.raises and act.subject in (subject, ALL) for act in acts)


SUBSCRIPTIONS = Check((SHARED_ID, DUPLICATE_STEP, STEP_WITHOUT_WAY_OUT, UNHEARD_EVENT, BAD_WAIT), _find)
