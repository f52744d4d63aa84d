"""Checks of opening hours, and of waits until a time."""

from collections.abc import Iterator

from flows.checks.view import Check, Fault, Limits, View, error
from flows.hours import hours_of
from flows.model.parts import IfHoursPart
from flows.model.state_parts import WaitUntilPart
from flows.source.nodes import did_you_mean
from flows.walk import Path
from messages.errors import BadInput
from schedules.wall_clock import read_wait

BAD_HOURS = error("bad-hours", "Opening hours, or a wait until a time, can't be read.")
UNKNOWN_HOURS = error("unknown-hours", "A part names hours that the flow does not have.")


def _find_hours(view: View, _limits: Limits) -> Iterator[Fault]:
    for name, hours in view.bot.hours.items():
        try:
            hours_of(hours)
        except BadInput as problem:
            yield BAD_HOURS.broken(("hours", name, problem.place), problem.problem, problem.remedy)
    for path, _, part in view.parts:
        match part:
            case IfHoursPart(if_hours=name):
                yield from _named(view, (*path, "if_hours"), name)
            case WaitUntilPart():
                yield from _wait(view, path, part)
            case _:
                pass


def _named(view: View, path: Path, name: str) -> Iterator[Fault]:
    if name not in view.bot.hours:
        remedy = did_you_mean(name, view.bot.hours, otherwise=f"Add `{name}` under `hours`")
        yield UNKNOWN_HOURS.broken(path, f"there are no hours `{name}`", remedy)


def _wait(view: View, path: Path, part: WaitUntilPart) -> Iterator[Fault]:
    if part.hours is not None:
        yield from _named(view, (*path, "hours"), part.hours)
    try:
        field = read_wait(part.wait_until).field
    except BadInput as problem:
        yield BAD_HOURS.broken((*path, "wait_until"), problem.problem, problem.remedy)
        return
    if field and field not in view.bot.fields:
        remedy = did_you_mean(field, view.bot.fields, otherwise="Declare it under `fields:`")
        yield BAD_HOURS.broken((*path, "wait_until"), f"there is no field `{field}`", remedy)


CHECK = Check((BAD_HOURS, UNKNOWN_HOURS), _find_hours)
