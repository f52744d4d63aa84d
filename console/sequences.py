"""Sequences: who waits where. Who is in one is a membership (`console.segments`)."""

from typing import Annotated

import msgspec

from broadcasts import sequences
from broadcasts.sequences import EnrolmentPage, EnrolmentView
from console.operations import Answer, Call, Operation, PageQuery, after, page
from storage.audience_records import Role

ONE = "/bots/{bot}/sequences/{sequence}"
ENROLMENTS = ONE + "/enrolments"


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody is moved to."""

    step: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """The step that comes next; its wait runs from now."""


class Pausing(msgspec.Struct, frozen=True):
    """Whether a sequence is paused."""

    sequence: str
    paused: bool


async def list_enrolments(call: Call) -> Answer:
    """List people in a sequence, with where they wait."""
    query: PageQuery = call.query
    name = call.path["sequence"]
    start = after(query, str, f"enrolments {name}")
    found = await sequences.show_enrolments(await call.context(), name, after=start, limit=query.limit)
    return page(msgspec.structs.replace(found, next=None), call.request, f"enrolments {name}", found.next)


async def move(call: Call) -> Answer:
    """Move somebody within a sequence."""
    body: Move = call.body
    context = await call.context()
    return Answer(await sequences.move_enrolment(context, call.path["sequence"], call.path["contact"], body.step))


async def pause(call: Call) -> Answer:
    """Pause a sequence."""
    await sequences.pause_sequence(await call.context(), call.path["sequence"])
    return Answer(Pausing(call.path["sequence"], paused=True))


async def resume(call: Call) -> Answer:
    """Resume a sequence."""
    await sequences.resume_sequence(await call.context(), call.path["sequence"])
    return Answer(Pausing(call.path["sequence"], paused=False))


OPERATIONS = (
    Operation("listEnrolments", "GET", ENROLMENTS, "List people in a sequence, with where they wait.", Role.VIEWER,
              list_enrolments, EnrolmentPage, query=PageQuery),
    Operation("moveEnrolment", "POST", ENROLMENTS + "/{contact}/move", "Move somebody within a sequence.", Role.OPS,
              move, EnrolmentView, body=Move, may_be=(409,)),
    Operation("pauseSequence", "POST", ONE + "/pause", "Pause a sequence.", Role.OPS, pause, Pausing),
    Operation("resumeSequence", "POST", ONE + "/resume", "Resume a sequence.", Role.OPS, resume, Pausing),
)  # fmt: skip
