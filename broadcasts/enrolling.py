"""The way of a person through a sequence: entering, the next step and when it is due, leaving. Pure.

Memberships of `sequence:ID` say who is in; an enrolment follows them. Everything here may be done again: what was
taken in before changes nothing.
"""

from collections.abc import Collection
from collections.abc import Sequence as Rows
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from flows.hours import day_in
from flows.model.base import seconds_of
from flows.model.bot import Bot, Sequence, Step
from messages.contact import Contact
from messages.errors import BadInput
from schedules.wall_clock import due_after, own_zone, read_wait
from storage.enrolments import Enrolment, EnrolmentState

LATE: Final = timedelta(days=1)
"""How late a step may be that does not say."""

LOOK_AGAIN: Final = timedelta(hours=6)
"""After how long a wait that depends on a date of the person is looked at again: staff or a flow may change it."""


def entered(known: Enrolment | None, bot: str, name: str, contact: str, at: datetime, reentry: str) -> Enrolment | None:
    """Return the enrolment of somebody whose membership began at `at`; None where that changes nothing.

    `reentry` is the sequence's: with `never`, who left goes on behind what they had, and who was through it stays so.
    """
    if known is None:
        return Enrolment(bot, name, contact, entered_at=at)
    if known.state is EnrolmentState.ACTIVE or (known.ended_at is not None and at <= known.ended_at):
        return None
    if reentry == "after_end":
        return Enrolment(bot, name, contact, at, generation=known.generation + 1, version=known.version)
    if known.state is EnrolmentState.LEFT:
        return replace(
            known, state=EnrolmentState.ACTIVE, entered_at=at, base=None, ended_at=None, step="", due=None, look_at=None
        )
    return None


def ended(known: Enrolment, at: datetime, state: EnrolmentState = EnrolmentState.LEFT) -> Enrolment | None:
    """Return the enrolment of somebody who is out since `at`; None where that changes nothing."""
    if known.state is not EnrolmentState.ACTIVE or at < known.entered_at:
        return None
    return replace(known, state=state, step="", due=None, look_at=None, ended_at=at)


def taken_over(kept: Enrolment, gone: Enrolment) -> Enrolment | None:
    """Return the enrolment of a contact that took over another one: a step that either had does not come again."""
    had = (*kept.had, *(step for step in gone.had if step not in kept.had))
    bases = [base for base in (kept.base, gone.base) if base is not None]
    joined = replace(kept, had=had, base=max(bases, default=None))
    return None if joined == kept else joined


def behind(known: Enrolment, step: str, at: datetime) -> Enrolment:
    """Return the enrolment of somebody whose step is over since `at`: sent, or passed over."""
    had = known.had if step in known.had else (*known.had, step)
    return replace(known, had=had, base=at, step="", due=None, look_at=None)


def steps_ahead(known: Enrolment, sequence: Sequence) -> Rows[Step]:
    """Return the steps that are still to come, by the live revision: those after the last one that they had.

    What was put in before that place is not sent, and what is gone is passed over.
    """
    had = set(known.had)
    place = max((number for number, step in enumerate(sequence.steps) if step.id in had), default=-1)
    return [step for step in sequence.steps[place + 1 :] if step.id not in had]


def settled(known: Enrolment, sequence: Sequence | None, person: Contact, now: datetime, zone: ZoneInfo) -> Enrolment:
    """Return an active enrolment with its next step and when that is due.

    A step that would be later than it may be is passed over; behind the last one, it is done. Without `sequence`, which
    the live flow does not have, nothing is due. `zone` is the clock of who has none that is known.
    """
    if known.state is not EnrolmentState.ACTIVE or sequence is None:
        return known if known.state is not EnrolmentState.ACTIVE else replace(known, step="", due=None, look_at=None)
    where = own_zone(person.time_zone, zone)
    for step in steps_ahead(known, sequence):
        due = _due(step, known.base or known.entered_at, where, person)
        late = LATE if step.late is None else timedelta(seconds=seconds_of(step.late))
        if due is None or now <= due + late:
            return replace(known, step=step.id, due=due)
        known = behind(known, step.id, due)
    return replace(known, state=EnrolmentState.DONE, step="", due=None, look_at=None, ended_at=now)


def settle(
    known: Enrolment, person: Contact, flow: Bot, paused: Collection[str], now: datetime, zone: ZoneInfo
) -> Enrolment:
    """Return an enrolment as it is to be kept: `settled` by the live flow, with when it comes up. Nothing of a sequence
    that is paused does.
    """
    sequence = flow.sequences.get(known.sequence)
    after = settled(known, sequence, person, now, zone)
    if after.sequence in paused:
        return replace(after, due=None, look_at=None)
    again = now + LOOK_AGAIN
    is_early = waits_for_a_date(after, sequence) and (after.due is None or after.due > again)
    return replace(after, look_at=again if is_early else None)


def moved_to(known: Enrolment, sequence: Sequence, step: str, at: datetime) -> Enrolment:
    """Return the enrolment of somebody whom staff moved before a step: its wait runs from now, those before are behind.

    Who was through, or left, is active again: whether they may be sent anything is for their membership to say.
    """
    ids = [each.id for each in sequence.steps]
    again = replace(known, state=EnrolmentState.ACTIVE, had=tuple(ids[: ids.index(step)]), base=at, ended_at=None)
    return replace(again, generation=known.generation + 1, step="", due=None, look_at=None)


def _due(step: Step, base: datetime, where: ZoneInfo, person: Contact) -> datetime | None:
    """Return when a step is due; None where nothing tells. What a check of a version before let pass is never due."""
    try:
        wait = read_wait(step.wait)
    except BadInput:
        return None
    return due_after(base, wait, where, day_in(person, wait.field))


def waits_for_a_date(known: Enrolment, sequence: Sequence | None) -> bool:
    """Tell whether the next step depends on a date of the person, which may change."""
    steps = () if sequence is None else sequence.steps
    return any(step.wait.startswith("field.") for step in steps if step.id == known.step)
