"""Members of segments: list, add and remove by e-mail address, external id or contact."""

from typing import Annotated

import msgspec

from audiences.who import find_people
from consent.membership import Act
from console.contacts import people_after
from console.operations import Answer, Call, Operation
from console.pages import PageQuery, after, page
from console.problems import Problem, invalid
from console.reading import seen_by
from console.segments import staff_segment
from console.views import ContactPage, Word, contact_view
from messages.consent import SourceKind
from storage.audience_records import Changed, Role, SegmentKind, StaffChange, StaffOutcome

PATH = "/bots/{bot}/segments/{segment}/members"


class MembersBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to add or to remove, 1000 at most."""

    handles: Annotated[tuple[Word, ...], msgspec.Meta(max_length=1000)] = ()
    """E-mail addresses, external ids, accounts (`teams 29:ana`) and contact ids."""
    contacts: Annotated[tuple[Word, ...], msgspec.Meta(max_length=1000)] = ()
    """Ids of contacts."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one of them. They come in the order of the request, handles first."""

    outcome: str
    """`changed`, `unchanged`, or why nothing was done: `unknown`, `malformed`, `several people`, `erased`,
    `opted out`, `opted out of everything`.
    """
    contact: str = ""
    """The contact's id, where one was found."""


class Outcomes(msgspec.Struct, frozen=True):
    """What became of all of them."""

    changed: int
    outcomes: tuple[Outcome, ...]


async def list_members(call: Call) -> Answer:
    """List the members of a segment of either kind."""
    segment = call.path["segment"]
    await _kind(call, segment)
    of = f"members {call.bot} {segment}"
    begin: int = after(call.query, int, of)
    found = (await call.index()).members(segment, call.house.clock())
    people, last = await people_after(call, found, begin, call.query.limit)
    await seen_by(call)
    shown = tuple(contact_view(person, masked=call.masked) for person in people)
    return page(ContactPage(shown), call.request, of, last)


async def add(call: Call) -> Answer:
    """Add people to a manual segment."""
    return await _change(call, Act.ADD)


async def remove(call: Call) -> Answer:
    """Remove people from a manual segment."""
    return await _change(call, Act.REMOVE)


async def manual_segment(call: Call, segment: str) -> None:
    """Raise Problem unless there is a manual segment of that id."""
    if await _kind(call, segment) is SegmentKind.FILTER:
        raise Problem(409, "who is in a filter segment follows from its filter: change that")


async def _kind(call: Call, segment: str) -> SegmentKind:
    if segment in (await call.flow()).segments:
        return SegmentKind.MANUAL
    return (await staff_segment(call, segment)).kind


async def _change(call: Call, act: Act) -> Answer:
    body: MembersBody = call.body
    if not body.handles and not body.contacts:
        raise invalid("nobody is named", place="body", remedy="Give handles or contacts")
    segment = call.path["segment"]
    await manual_segment(call, segment)
    found = await find_people(call.store, call.bot, [*body.handles, *body.contacts])
    numbers = [one for one in found if isinstance(one, int)]
    done: dict[int, StaffOutcome] = {}
    if numbers:
        unique = list(dict.fromkeys(numbers))
        outcomes = await call.store.change_many(
            call.bot,
            StaffChange(
                subject=segment,
                act=act,
                at=call.house.clock(),
                source=SourceKind.API,
                actor=call.token.name,
                people=unique,
            ),
        )
        done = dict(zip(unique, outcomes, strict=True))
    ids = {one.number: one.contact.id for one in await call.store.people_numbered(call.bot, list(done))}
    told = tuple(
        Outcome(done[one].value, ids.get(one, "")) if isinstance(one, int) else Outcome(one.value) for one in found
    )
    changed = sum(outcome is Changed.CHANGED for outcome in done.values())
    await call.record(f"{act.value}_members", f"segment {segment}", f"{changed} of {len(found)}")
    return Answer(Outcomes(changed, told))


OPERATIONS = (
    Operation("listMembers", "GET", PATH, "List members.", Role.VIEWER, list_members, ContactPage, query=PageQuery,
              may_be=(409,)),
    Operation("addMembers", "POST", PATH, "Add people to a manual segment.", Role.OPS, add, Outcomes, body=MembersBody,
              may_be=(409,)),
    Operation("removeMembers", "POST", PATH + "/remove", "Remove people from a manual segment.", Role.OPS, remove,
              Outcomes, body=MembersBody, may_be=(409,)),
)  # fmt: skip
