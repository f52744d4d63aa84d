"""Who waits where in a sequence, as staff sees and changes it. Who is in one is a membership (`audiences.members`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from audiences.context import Context
from audiences.who import find_contact
from broadcasts.enrolling import moved_to, settle
from flows.model.bot import Sequence
from flows.source.nodes import did_you_mean
from messages.consent import SEQUENCE, Membership
from messages.errors import NotFound, StaleVersion, StateConflict
from schedules.wall_clock import zone
from staff.acting import segment_target
from storage.enrolments import Enrolment, EnrolmentState

CLOCK: Final = zone("UTC")
"""By whose clock somebody is sent to who has no zone that is known."""

_TRIES: Final = 20


class EnrolmentView(msgspec.Struct, frozen=True):
    """Where somebody is in a sequence."""

    contact: str
    state: EnrolmentState
    step: str
    """The next one; empty where there is none."""
    due: datetime | None
    had: tuple[str, ...]
    """Steps behind them, sent or passed over."""
    entered_at: datetime
    ended_at: datetime | None
    generation: int
    """How often they entered it, or were moved."""


class StepView(msgspec.Struct, frozen=True):
    """A step of the live flow."""

    id: str
    wait: str
    message: str


class EnrolmentPage(msgspec.Struct, frozen=True):
    """People in a sequence, by id; `next` is where the next page begins."""

    sequence: str
    paused: bool
    steps: tuple[StepView, ...]
    counts: Mapping[str, int]
    """How many there are, by state."""
    enrolments: tuple[EnrolmentView, ...]
    next: str | None = None


async def show_enrolments(context: Context, sequence: str, *, after: str = "", limit: int = 100) -> EnrolmentPage:
    """Return people in a sequence, with where they wait. Raises NotFound."""
    declared = _declared(context, sequence)
    paused = await context.store.paused_sequences(context.bot)
    counts = await context.store.enrolment_counts(context.bot)
    page = await context.store.enrolments(context.bot, sequence, after=after, limit=limit)
    return EnrolmentPage(
        sequence,
        sequence in paused,
        tuple(StepView(step.id, step.wait, step.message) for step in declared.steps),
        {state.value: counts.get((sequence, state), 0) for state in EnrolmentState},
        tuple(map(view_of, page)),
        page[-1].contact if len(page) == limit else None,
    )


def view_of(one: Enrolment) -> EnrolmentView:
    """Return an enrolment as it is shown."""
    return EnrolmentView(
        one.contact, one.state, one.step, one.due, one.had, one.entered_at, one.ended_at, one.generation
    )


async def move_enrolment(context: Context, sequence: str, who: str, step: str) -> EnrolmentView:
    """Let a step be the next one of somebody; its wait runs from now. A step that they had may come again by that.

    Raises NotFound, and StateConflict when they are not in the sequence: only their membership brings them in.
    """
    context.staff.require("move_enrolment")
    declared = _declared(context, sequence)
    ids = [each.id for each in declared.steps]
    if step not in ids:
        raise NotFound(f"the sequence has no step `{step}`", place="step", remedy=did_you_mean(step, ids))
    person = await find_contact(context.store, context.bot, who)
    memberships = await context.store.memberships(context.bot, person.contact.id)
    for _ in range(_TRIES):
        (known,) = await context.store.known_enrolments(context.bot, [(sequence, person.contact.id)])
        is_in = memberships.get(SEQUENCE + sequence) in (Membership.OPTED_IN, Membership.ADDED)
        if known is None or not is_in:
            remedy = "Add them first: assent sequence add. Who opted out comes back by themselves alone"
            raise StateConflict("they are not in the sequence", place="contact", remedy=remedy)
        paused = await context.store.paused_sequences(context.bot)
        moved = moved_to(known, declared, step, context.at)
        moved = settle(moved, person.contact, context.flow, paused, context.at, CLOCK)
        if all(await context.store.save_enrolments(context.bot, [moved])):
            await context.record(
                "move_enrolment", person.contact.id, f"{segment_target(SEQUENCE + sequence)} to {step}"
            )
            return view_of(moved)
    raise StaleVersion(f"the enrolment of {person.contact.id}")


async def pause_sequence(context: Context, sequence: str) -> bool:
    """Let nothing of a sequence be due until it goes on; tell whether that is new. Who is being sent a step gets it."""
    return await _set_paused(context, sequence, "pause_sequence", pause=True)


async def resume_sequence(context: Context, sequence: str) -> bool:
    """Let a sequence go on: steps that are too late by now are passed over. Tell whether that is new."""
    return await _set_paused(context, sequence, "resume_sequence", pause=False)


async def _set_paused(context: Context, sequence: str, act: str, *, pause: bool) -> bool:
    context.staff.require(act)
    _declared(context, sequence)
    changed = await context.store.pause_sequence(context.bot, sequence, paused=pause)
    if changed:
        await context.record(act, segment_target(SEQUENCE + sequence))
    return changed


def _declared(context: Context, sequence: str) -> Sequence:
    found = context.flow.sequences.get(sequence)
    if found is None:
        remedy = did_you_mean(sequence, list(context.flow.sequences), otherwise="The live flow declares none")
        raise NotFound(f"there is no sequence `{sequence}`", place="sequence", remedy=remedy)
    return found
