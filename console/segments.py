"""Segments: those of the live flow, and those that staff made."""

from typing import Annotated, Any, Literal

import msgspec

from audiences.filter_segments import refuse_unknown_segments
from audiences.index_feed import filters_of
from audiences.segments import create_segment, delete_segment
from console.live_flow import LiveFlow
from console.operations import Answer, Call, Operation, etag
from console.problems import Fault, Problem, invalid
from console.reading import read_filter
from console.views import Text, Word
from filters.index.people import PeopleIndex
from filters.model import LONGEST, Condition
from filters.references import asks_personal_text, named_segments, refuse_cycle
from filters.words import show as written
from flows.own_lines import MASKED
from flows.walk import segment_uses
from messages.errors import BadInput, StaleVersion
from storage.audience_records import Role, SegmentKind, SegmentRecord

PATH = "/bots/{bot}/segments"
ID = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_-]*$", max_length=60)]
FilterText = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
Filter = FilterText | dict[str, Any]


class SegmentView(msgspec.Struct, frozen=True):
    """A segment with its count."""

    id: str
    name: str
    kind: Literal["manual", "filter"]
    made_by: Literal["flow", "staff"]
    purpose: str
    filter: str
    """The condition as text; empty for a manual segment. For viewers, masked where it asks about personal details."""
    version: int
    members: int
    """Who opted in or was added, or meets the filter."""
    allowed: int
    """Members to whom a pushed message may go now."""
    reachable: int
    """Those of them who have an account on a channel that is set up for the bot."""
    sequence: int
    """The row of the ledger up to which this was counted."""


class SegmentList(msgspec.Struct, frozen=True):
    """All segments of a bot."""

    segments: tuple[SegmentView, ...]


class NewSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A segment to make: a filter segment if it has a filter, else a manual one."""

    id: ID = ""
    """By which flows and filters name it; without one, it follows from the name."""
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """Without one, `Segment #n`."""
    purpose: Text = ""
    filter: Filter | None = None
    """A condition, as text or JSON."""


class SegmentChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another one. What is left out stays."""

    name: Word | None = None
    purpose: Text | None = None
    filter: Filter | None = None


async def list_segments(call: Call) -> Answer:
    """List all segments with their counts."""
    flow = await call.flow()
    index = await call.index()
    own = [_view(call, segment, index) for segment in await call.store.segments(call.bot)]
    declared = [_flow_view(call, flow, segment, index) for segment in flow.segments]
    return Answer(SegmentList(tuple(sorted(declared + own, key=lambda one: one.id))))


async def show(call: Call) -> Answer:
    """Show one segment with its count."""
    name = call.path["segment"]
    flow = await call.flow()
    index = await call.index()
    if name in flow.segments:
        return Answer(_flow_view(call, flow, name, index))
    record = await staff_segment(call, name)
    return Answer(_view(call, record, index), headers={"ETag": etag(record.version)})


async def create(call: Call) -> Answer:
    """Make a segment."""
    body: NewSegment = call.body
    flow = await call.flow()
    there = {segment.id for segment in await call.store.segments(call.bot)} | set(flow.segments)
    if body.id in there:
        raise Problem(409, "there is a segment of that id already")
    condition = None if body.filter is None else read_filter(call, body.filter, "body: filter")
    try:
        saved = await create_segment(
            call.store,
            call.bot,
            flow.bot,
            call.staff,
            call.house.clock(),
            name=body.name.strip(),
            id=body.id,
            filter=condition,
            purpose=body.purpose,
        )
    except BadInput as error:
        raise _in_body(error) from None
    headers = {"ETag": etag(saved.version), "Location": f"/api/v1/bots/{call.bot}/segments/{saved.id}"}
    return Answer(_view(call, saved, await call.index()), 201, headers)


async def change(call: Call) -> Answer:
    """Rename a segment, or give a filter segment another filter."""
    body: SegmentChange = call.body
    record = await staff_segment(call, call.path["segment"])
    call.expects(record.version)
    text = record.filter
    if body.filter is not None:
        if record.kind is SegmentKind.MANUAL:
            raise invalid("a manual segment has no filter", place="body: filter", remedy="Make a filter segment")
        flow = await call.flow()
        there = {segment.id for segment in await call.store.segments(call.bot)} | set(flow.segments)
        text = await _checked(call, record.id, read_filter(call, body.filter, "body: filter"), there)
    if body.name is not None:
        await _refuse_taken(call, record.id, body.name)
    new = msgspec.structs.replace(
        record,
        name=record.name if body.name is None else body.name.strip(),
        purpose=record.purpose if body.purpose is None else body.purpose.strip(),
        filter=text,
    )
    try:
        saved = await call.store.save_segment(new)
    except StaleVersion:
        raise Problem(412, "it was changed meanwhile: read it again, then repeat the request") from None
    await call.record("change_segment", f"segment {record.id}")
    return Answer(_view(call, saved, await call.index()), headers={"ETag": etag(saved.version)})


async def delete(call: Call) -> Answer:
    """Delete a segment that nothing names; its members are removed first, with a row of the ledger each."""
    record = await staff_segment(call, call.path["segment"])
    flow = await call.flow()
    filters = filters_of(await call.store.segments(call.bot))
    uses = sorted(f"segment {own}" for own, condition in filters.items() if record.id in named_segments(condition))
    uses += [f"live flow: {use.text}" for use in segment_uses(flow.bot, record.id)]
    if uses:
        faults = tuple(Fault(place, "it names this segment", "Take it out there first") for place in uses)
        raise Problem(409, "the segment is in use", errors=faults)
    at = call.house.clock()
    await delete_segment(call.store, call.bot, flow.bot, record.id, call.staff, at, await call.index(), force=True)
    return Answer(status=204)


async def _refuse_taken(call: Call, segment: str, name: str) -> None:
    """Raise Problem 409 if another segment is called so."""
    flow = await call.flow()
    others = [one.name for one in await call.store.segments(call.bot) if one.id != segment]
    if name.strip().casefold() in {other.casefold() for other in [*others, *map(flow.name_of, flow.segments)]}:
        raise Problem(409, "another segment is called so")


async def staff_segment(call: Call, name: str) -> SegmentRecord:
    """Return a segment that staff made. Raises Problem: 404, or 409 for one of the flow."""
    for segment in await call.store.segments(call.bot):
        if segment.id == name:
            return segment
    if name in (await call.flow()).segments:
        raise Problem(409, "the segment is the flow's: change it there")
    raise Problem(404, "there is no such segment")


async def _checked(call: Call, name: str, condition: Condition, there: set[str]) -> str:
    """Return the text of a filter. Raises Problem for a segment that is not there, BadInput for a circle."""
    try:
        refuse_unknown_segments(condition, there)
        refuse_cycle({**filters_of(await call.store.segments(call.bot)), name: condition}, name)
    except BadInput as error:
        raise _in_body(error) from None
    return written(condition)


def _in_body(error: BadInput) -> BadInput:
    place = error.place if error.place in ("id", "name", "filter") else "filter"
    return BadInput(error.problem, place=f"body: {place}", remedy=error.remedy)


def _view(call: Call, record: SegmentRecord, index: PeopleIndex) -> SegmentView:
    counted = index.count(record.id, call.house.clock())
    text = record.filter
    if text and call.masked and asks_personal_text(text):
        text = MASKED
    return SegmentView(
        record.id, record.name, record.kind.value, "staff", record.purpose, text, record.version, *counted
    )  # fmt: skip


def _flow_view(call: Call, flow: LiveFlow, name: str, index: PeopleIndex) -> SegmentView:
    counted = index.count(name, call.house.clock())
    return SegmentView(name, flow.name_of(name), "manual", "flow", flow.purpose_of(name), "", 0, *counted)


OPERATIONS = (
    Operation("listSegments", "GET", PATH, "List segments with counts.", Role.VIEWER, list_segments, SegmentList),
    Operation("createSegment", "POST", PATH, "Make a manual or a filter segment.", Role.OPS, create, SegmentView, 201,
              body=NewSegment, may_be=(409,)),
    Operation("showSegment", "GET", PATH + "/{segment}", "Show one segment.", Role.VIEWER, show, SegmentView),
    Operation("changeSegment", "PATCH", PATH + "/{segment}", "Rename a segment, or change its filter.", Role.OPS,
              change, SegmentView, body=SegmentChange, versioned=True, may_be=(409,)),
    Operation("deleteSegment", "DELETE", PATH + "/{segment}", "Delete a segment that nothing names.", Role.OPS, delete,
              status=204, may_be=(409,)),
)  # fmt: skip
