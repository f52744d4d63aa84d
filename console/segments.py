"""Segments: those of the live flow, and those that staff made; their members, and counts."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from audiences import members, segments
from audiences.contact_values import contact_view
from audiences.members import FilterCount, MemberResults
from audiences.segments import Saved, SegmentView
from consent.membership import Act
from console.access import seen_by
from console.operations import Answer, Call, Operation, PageQuery, after, etag, page
from console.views import ContactPage
from filters.references import asks_personal_text
from flows.own_lines import MASKED
from messages.consent import SEQUENCE, TOPIC, name_of_subject
from staff.acting import segment_target
from storage.audience_records import Role

PATH = "/bots/{bot}/segments"
MEMBERS = PATH + "/{segment}/members"
TOPICS = "/bots/{bot}/topics"
SEQUENCES = "/bots/{bot}/sequences"
Filter = str | dict[str, Any]
People = Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)]


class SegmentList(msgspec.Struct, frozen=True):
    """All segments of a bot: the flow's in its order, then staff's by id."""

    segments: tuple[SegmentView, ...]


class TopicList(msgspec.Struct, frozen=True):
    """All topics of a bot."""

    topics: tuple[SegmentView, ...]


class SequenceList(msgspec.Struct, frozen=True):
    """All sequences of a bot."""

    sequences: tuple[SegmentView, ...]


class NewTopic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic to make."""

    name: str
    id: str = ""
    """Without one, it follows from the name."""
    purpose: str = ""


class NewSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A segment to make: a filter segment if it has a filter, else a manual one."""

    id: str = ""
    """By which flows and filters name it; without one, it follows from the name."""
    name: str = ""
    """Without one, `Segment #n`."""
    purpose: str = ""
    filter: Filter | None = None
    """A condition, as text or JSON."""


class SegmentChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another one. What is left out stays."""

    name: str | None = None
    purpose: str | None = None
    filter: Filter | None = None


class DeleteQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to delete a segment."""

    force: Annotated[bool, msgspec.Meta(description="Also if the live flow names it.")] = False


class MembersBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to add or to remove, 1000 at most in each list. Handles come first in the answer."""

    handles: People = ()
    """E-mail addresses, external ids and accounts (`teams 29:…`)."""
    contacts: People = ()
    """Ids of contacts."""


class CountBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to count."""

    filter: Filter
    """A condition, as text or JSON."""


async def list_segments(call: Call) -> Answer:
    """List all segments with their counts."""
    found = await segments.show_segments(await call.context())
    return Answer(SegmentList(tuple(_shown(call, one) for one in found)))


async def show(call: Call) -> Answer:
    """Show one segment with its count."""
    view = await segments.show_segment(await call.context(), _subject(call))
    return Answer(_shown(call, view), headers={"ETag": etag(view.version)} if view.version else {})


async def create(call: Call) -> Answer:
    """Make a segment."""
    body: NewSegment = call.body
    made = await segments.create_segment(
        await call.context(), name=body.name, id=body.id, filter=body.filter, purpose=body.purpose
    )
    location = f"/api/v1/bots/{call.bot}/segments/{made.segment.id}"
    return await _saved(call, made, 201, {"Location": location})


async def change(call: Call) -> Answer:
    """Give a segment of staff's another name, purpose or filter."""
    body: SegmentChange = call.body
    changed = await segments.change_segment(
        await call.context(),
        call.path["segment"],
        name=body.name,
        purpose=body.purpose,
        filter=body.filter,
        version=call.expected_version,
    )
    return await _saved(call, changed, 200, {})


async def delete(call: Call) -> Answer:
    """Delete a segment that nothing names; its members are removed first, with a row of the ledger each."""
    await segments.delete_segment(await call.context(), call.path["segment"], force=call.query.force)
    return Answer(status=204)


async def list_members(call: Call) -> Answer:
    """List the members of a segment of either kind."""
    of = f"members {call.bot} {_subject(call)}"
    begin: int = after(call.query, int, of)
    context = await call.context()
    segment, people, last = await members.list_members(context, _subject(call), after=begin, limit=call.query.limit)
    await seen_by(call, segment_target(segment.id))
    shown = tuple(contact_view(person, masked=call.masked) for person in people)
    return page(ContactPage(shown), call.request, of, last)


async def add(call: Call) -> Answer:
    """Add people to a manual segment."""
    return await _change(call, Act.ADD)


async def remove(call: Call) -> Answer:
    """Remove people from a manual segment."""
    return await _change(call, Act.REMOVE)


async def _change(call: Call, act: Act) -> Answer:
    body: MembersBody = call.body
    values = [*body.handles, *body.contacts]
    return Answer(await members.change_members(await call.context(), _subject(call), act, values))


def _subject(call: Call) -> str:
    """Return what the path names: a segment, a topic or a sequence."""
    kinds = {"topic": TOPIC, "sequence": SEQUENCE}
    return (
        next((kind + call.path[word] for word, kind in kinds.items() if word in call.path), "") or call.path["segment"]
    )


async def list_topics(call: Call) -> Answer:
    """List all topics with their counts."""
    return Answer(TopicList(tuple(await segments.show_segments(await call.context(), TOPIC))))


async def list_sequences(call: Call) -> Answer:
    """List all sequences with their counts."""
    return Answer(SequenceList(tuple(await segments.show_segments(await call.context(), SEQUENCE))))


async def create_topic(call: Call) -> Answer:
    """Make a topic."""
    body: NewTopic = call.body
    made = await segments.create_topic(await call.context(), name=body.name, id=body.id, purpose=body.purpose)
    location = f"/api/v1/bots/{call.bot}/topics/{name_of_subject(made.segment.id)}"
    return await _saved(call, made, 201, {"Location": location})


async def count(call: Call) -> Answer:
    """Count who meets a filter."""
    return Answer(await members.count_filter(await call.context(), call.body.filter))


async def _saved(call: Call, saved: Saved, status: int, headers: Mapping[str, str]) -> Answer:
    view = segments.view_of(saved.segment, await call.index(), call.house.clock(), saved.warnings)
    return Answer(_shown(call, view), status, {"ETag": etag(view.version), **headers})


def _shown(call: Call, view: SegmentView) -> SegmentView:
    is_hidden = bool(view.filter) and call.masked and asks_personal_text(view.filter)
    return msgspec.structs.replace(view, filter=MASKED) if is_hidden else view


def _membership_operations(what: str, path: str) -> tuple[Operation, ...]:
    """Return what topics and sequences share with segments."""
    word, people = what.lower(), path + "/members"
    return (
        Operation(f"show{what}", "GET", path, f"Show one {word}.", Role.VIEWER, show, SegmentView),
        Operation(f"list{what}Members", "GET", people, f"List members of a {word}.", Role.VIEWER, list_members,
                  ContactPage, query=PageQuery),
        Operation(f"add{what}Members", "POST", people, f"Add people to a {word}.", Role.OPS, add, MemberResults,
                  body=MembersBody),
        Operation(f"remove{what}Members", "POST", people + "/remove", f"Remove people from a {word}.", Role.OPS, remove,
                  MemberResults, body=MembersBody),
    )  # fmt: skip


OPERATIONS = (
    Operation("listSegments", "GET", PATH, "List segments with counts.", Role.VIEWER, list_segments, SegmentList),
    Operation("createSegment", "POST", PATH, "Make a manual or a filter segment.", Role.OPS, create, SegmentView, 201,
              body=NewSegment, may_be=(409,)),
    Operation("showSegment", "GET", PATH + "/{segment}", "Show one segment.", Role.VIEWER, show, SegmentView),
    Operation("changeSegment", "PATCH", PATH + "/{segment}", "Change the name, purpose or filter of a segment.",
              Role.OPS, change, SegmentView, body=SegmentChange, versioned=True, may_be=(409,)),
    Operation("deleteSegment", "DELETE", PATH + "/{segment}", "Delete a segment that nothing names.", Role.OPS, delete,
              status=204, query=DeleteQuery, may_be=(409,)),
    Operation("listMembers", "GET", MEMBERS, "List members.", Role.VIEWER, list_members, ContactPage, query=PageQuery,
              may_be=(409,)),
    Operation("addMembers", "POST", MEMBERS, "Add people to a manual segment.", Role.OPS, add, MemberResults,
              body=MembersBody, may_be=(409,)),
    Operation("removeMembers", "POST", MEMBERS + "/remove", "Remove people from a manual segment.", Role.OPS, remove,
              MemberResults, body=MembersBody, may_be=(409,)),
    Operation("listTopics", "GET", TOPICS, "List topics with counts.", Role.VIEWER, list_topics, TopicList),
    Operation("createTopic", "POST", TOPICS, "Make a topic.", Role.OPS, create_topic, SegmentView, 201, body=NewTopic,
              may_be=(409,)),
    Operation("listSequences", "GET", SEQUENCES, "List sequences with counts.", Role.VIEWER, list_sequences,
              SequenceList),
    *_membership_operations("Topic", TOPICS + "/{topic}"),
    *_membership_operations("Sequence", SEQUENCES + "/{sequence}"),
    Operation("count", "POST", "/bots/{bot}/counts", "Count who meets a filter.", Role.VIEWER, count, FilterCount,
              body=CountBody),
)  # fmt: skip
