"""Members of a segment: added and removed by staff, listed, and counted."""

from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec
from pyroaring import BitMap

from audiences.context import Context
from audiences.filter_segments import check_filter, read_filter
from audiences.segments import SegmentView, all_subjects, manual_segment, segment_info, view_of
from audiences.subscriptions import move_names
from audiences.who import find_people
from consent.membership import Act, Refusal
from filters.index.people import PeopleIndex
from filters.model import Condition
from filters.person import KnownPerson
from filters.references import asks_personal
from filters.wire import write
from filters.words import show
from messages.consent import kind_of_subject
from messages.errors import BadInput, Forbidden, NotFound
from staff.acting import may, segment_target
from storage.audience_records import Changed, Role, StaffChange

_BATCH = 1_000
"""People in one step."""

_WORDS: Mapping[tuple[Act, Changed], str] = {
    (Act.ADD, Changed.CHANGED): "added",
    (Act.REMOVE, Changed.CHANGED): "removed",
}


class MemberResult(msgspec.Struct, frozen=True):
    """What became of one value that somebody gave."""

    value: str
    outcome: str
    """`added`, `removed`, `unchanged`; or why not: `unknown`, `malformed`, `several people`, `erased`, `opted out`,
    `opted out of everything`.
    """
    contact: str = ""
    """The contact's id, where one was found."""

    @property
    def is_done(self) -> bool:
        return self.outcome in ("added", "removed", "unchanged")


class MemberResults(msgspec.Struct, frozen=True):
    """What became of all of them, in the order in which they were given."""

    changed: int
    """How many people were added or removed."""
    outcomes: tuple[MemberResult, ...]


async def change_members(context: Context, segment: str, act: Act, values: Sequence[str]) -> MemberResults:
    """Add people to a manual segment, or remove them: each by e-mail address, external id, account or contact id.

    What the person decided wins: who opted out is not added. A ledger row tells of each change, an audit row of them
    all. Raises NotFound, StateConflict for a filter segment, BadInput if nobody is named.
    """
    action = f"{act.value}_members"
    context.staff.require(action)
    try:
        info = await manual_segment(context.store, context.bot, context.flow, segment)
    except NotFound:
        if act is Act.ADD or not kind_of_subject(segment):
            raise
        info = await segment_info(context.store, context.bot, context.flow, segment, await context.index())
    if not values:
        remedy = "Give e-mail addresses, external ids, accounts or contact ids"
        raise BadInput("nobody is named", place="handles", remedy=remedy)
    results: list[MemberResult] = []
    changed = 0
    for start in range(0, len(values), _BATCH):
        some = values[start : start + _BATCH]
        found = await find_people(context.store, context.bot, some)
        people = list(dict.fromkeys(one for one in found if isinstance(one, int)))
        staff = context.staff
        if kind_of_subject(info.id):
            await move_names(
                context.store, context.bot, await context.store.people_numbered(context.bot, people), context.at
            )
        change = StaffChange(info.id, act, context.at, staff.source, staff.name, people)
        outcomes = dict(zip(people, await context.store.change_many(context.bot, change), strict=True))
        names = {one.number: one.contact.id for one in await context.store.people_numbered(context.bot, people)}
        changed += sum(outcome is Changed.CHANGED for outcome in outcomes.values())
        for value, one in zip(some, found, strict=True):
            if isinstance(one, int):
                outcome = outcomes[one]
                word = outcome.value if isinstance(outcome, Refusal) else _WORDS.get((act, outcome), outcome.value)
                results.append(MemberResult(value, word, names.get(one, "")))
            else:
                results.append(MemberResult(value, one.value))
    await context.record(action, segment_target(info.id), f"{changed} of {len(values)}")
    return MemberResults(changed, tuple(results))


async def list_members(
    context: Context, segment: str, *, after: int = 0, limit: int = 1_000, newest_first: bool = False
) -> tuple[SegmentView, list[KnownPerson], int | None]:
    """Return a segment of either kind with a page of its members, as `people_after` has it. Raises NotFound."""
    index = await context.index()
    view = view_of(await segment_info(context.store, context.bot, context.flow, segment, index), index, context.at)
    found = index.members(view.id, context.at)
    people, last = await people_after(context, found, after, limit, newest_first=newest_first)
    return view, people, last


async def people_after(
    context: Context, found: BitMap, after: int, limit: int, *, newest_first: bool = False
) -> tuple[list[KnownPerson], int | None]:
    """Return those of a set of numbers that come after `after`, and the last number if there are more.

    `newest_first` gives those with the highest numbers instead.
    """
    numbers = list(islice(reversed(found) if newest_first else found.iter_equal_or_larger(after + 1), limit + 1))
    people = list(await context.store.people_numbered(context.bot, numbers[:limit]))
    return people, numbers[limit - 1] if len(numbers) > limit else None


class FilterCount(msgspec.Struct, frozen=True):
    """How many people meet a filter, with the filter in both forms."""

    members: int
    """Who meets the filter."""
    allowed: int
    """Those of them to whom a pushed message may go now."""
    reachable: int
    """Those of the allowed who have an address that works on a channel that is set up for the bot."""
    sequence: int
    """The row of the ledger up to which this was counted."""
    filter: str
    json: dict[str, msgspec.Raw]
    warnings: tuple[str, ...] = ()
    """What is probably wrong with the filter: tags and fields that nobody has."""


async def count_filter(context: Context, source: object) -> FilterCount:
    """Count who meets a filter, given as text or JSON. Raises BadInput, Forbidden."""
    index, condition, warnings = await asked_filter(context, source)
    tree = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in write(condition).items()}
    return FilterCount(*index.count(condition, context.at), show(condition), tree, warnings)


async def asked_filter(context: Context, source: object) -> tuple[PeopleIndex, Condition, tuple[str, ...]]:
    """Return a filter that staff ask by, given as text or JSON, warnings about it, and the index to ask.

    Raises BadInput for one that can't be asked, Forbidden where a viewer asks about personal details.
    """
    condition = read_filter(source)
    if not may(context.staff.role, Role.OPS) and asks_personal(condition):
        raise Forbidden("a viewer may not ask about personal details and fields")
    index = await context.index()
    known = await all_subjects(context.store, context.bot, context.flow)
    return index, condition, check_filter(condition, known, index)
