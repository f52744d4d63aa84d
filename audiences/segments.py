"""Segments: those that the live flow has, and those that staff make."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count

import msgspec

from audiences.filter_segments import refuse_unknown_segments
from audiences.index_feed import filters_of
from consent.membership import Act
from filters import wire
from filters.index.people import PeopleIndex
from filters.model import And, Condition, DetailText, FieldText, Not, Or, TalkedWith
from filters.parse import parse
from filters.references import named_segments, refuse_cycle
from filters.words import show
from flows.compile import segments_of
from flows.model.base import text_for
from flows.model.bot import Bot
from flows.walk import segment_uses
from messages.errors import BadInput, StaleVersion
from messages.ids import ALL
from staff.acting import Staff, segment_target
from storage.audience_records import Changed, SegmentKind, SegmentRecord, StaffChange
from storage.port import Store

LONGEST_NAME = 100
LONGEST_ID = 60
"""Characters."""

_AT_ONCE = 1_000
"""Members that are removed in one step."""


class SegmentInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A segment of a bot, wherever it is from."""

    id: str
    name: str
    kind: SegmentKind
    purpose: str = ""
    filter: str = ""
    from_flow: bool = False
    """It is written in the live flow, where it is renamed and taken away."""
    version: int = 0


async def list_segments(store: Store, bot: str, flow: Bot) -> list[SegmentInfo]:
    """Return the segments of a bot: the flow's in its order, then staff's by id."""
    of_flow = _of_flow(flow)
    known = {info.id for info in of_flow}
    own = [
        SegmentInfo(record.id, record.name, record.kind, record.purpose, record.filter, version=record.version)
        for record in await store.segments(bot)
        if record.id not in known
    ]
    return [*of_flow, *own]


async def known_segments(store: Store, bot: str, flow: Bot) -> frozenset[str]:
    """Return the ids of the segments of a bot."""
    return frozenset(info.id for info in await list_segments(store, bot, flow))


def _of_flow(flow: Bot) -> list[SegmentInfo]:
    found = segments_of(flow) if flow.messages else {}
    if not found:
        return []
    language = flow.languages[0]
    return [
        SegmentInfo(
            key,
            text_for(segment.name, language, language),
            SegmentKind.MANUAL,
            text_for(segment.purpose, language, language) if segment.purpose else "",
            from_flow=True,
        )
        for key, segment in found.items()
    ]


async def segment_info(store: Store, bot: str, flow: Bot, segment: str) -> SegmentInfo:
    """Return one segment by its id, or by its name if only one has it. Raises BadInput that names a near one."""
    known = await list_segments(store, bot, flow)
    for info in known:
        if info.id == segment:
            return info
    named = [info for info in known if info.name.casefold() == segment.strip().casefold()]
    if len(named) == 1:
        return named[0]
    near = difflib.get_close_matches(segment, [info.id for info in known], n=1)
    remedy = f"Did you mean `{near[0]}`?" if near else "See `assent segment list`"
    raise BadInput(f"{bot} has no segment {segment!r}", remedy=remedy)


async def manual_segment(store: Store, bot: str, flow: Bot, segment: str) -> SegmentInfo:
    """Return a segment that people can be added to. Raises BadInput for one that follows from a filter."""
    info = await segment_info(store, bot, flow, segment)
    if info.kind is SegmentKind.FILTER:
        raise BadInput(
            f"{info.id} has whoever meets its filter; nobody is added to it or removed by hand",
            remedy="Change its filter, or make a manual segment",
        )
    return info


def read_filter(text: str) -> Condition:
    """Return the condition of a filter given as text or as JSON. Raises BadInput that points at the place."""
    if not text.lstrip().startswith("{"):
        return parse(text)
    try:
        value: object = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise BadInput(f"the filter is no JSON: {error}", place="filter") from error
    return wire.read(value)


def auditable(condition: Condition) -> str:
    """Return a filter as text without what it may tell of somebody: audit rows stay when a person is erased."""
    return show(_without_values(condition))


def _without_values(condition: Condition) -> Condition:
    match condition:
        case And(conditions=several):
            return And(tuple(map(_without_values, several)))
        case Or(conditions=several):
            return Or(tuple(map(_without_values, several)))
        case Not(condition=inner):
            return Not(_without_values(inner))
        case DetailText() | FieldText():
            return msgspec.structs.replace(condition, text="…")
        case TalkedWith():
            return TalkedWith("…")
    return condition


async def create_segment(
    store: Store,
    bot: str,
    flow: Bot,
    staff: Staff,
    at: datetime,
    *,
    name: str = "",
    id: str = "",  # noqa: A002  # what it is called everywhere
    filter: Condition | None = None,  # noqa: A002
    purpose: str = "",
) -> SegmentRecord:
    """Make a segment: manual, or of whoever meets a filter. Without a name it is "Segment #n"; the id follows from it.

    Raises BadInput for a name or an id that is taken or can't be used, and for a filter that leans on itself or on a
    segment that is not there.
    """
    known = await list_segments(store, bot, flow)
    name = _checked_name(name or _next_name({info.name for info in known}), known)
    chosen = _checked_id(id, {info.id for info in known}) if id else _free_id(name, {info.id for info in known})
    record = SegmentRecord(
        bot=bot,
        id=chosen,
        name=name,
        kind=SegmentKind.MANUAL if filter is None else SegmentKind.FILTER,
        created_at=at,
        created_by=staff.name,
        filter="" if filter is None else show(filter),
        purpose=purpose.strip(),
    )
    if filter is not None:
        refuse_unknown_segments(filter, {chosen, *(info.id for info in known)})
        await _refuse_circle(store, bot, chosen, filter)
    try:
        saved = await store.save_segment(record)
    except StaleVersion as error:
        raise BadInput(f"there is a segment {chosen!r} already", place="id", remedy="Choose another id") from error
    detail = "" if filter is None else auditable(filter)
    await staff.record(store, bot, "create_segment", segment_target(chosen), at, detail)
    return saved


async def rename_segment(
    store: Store, bot: str, flow: Bot, segment: str, name: str, staff: Staff, at: datetime
) -> SegmentRecord:
    """Give a segment of staff's another name. Its id stays."""
    known = await list_segments(store, bot, flow)
    record = await own_segment(store, bot, flow, segment)
    name = _checked_name(name, [info for info in known if info.id != record.id])
    saved = await _save(store, msgspec.structs.replace(record, name=name))
    await staff.record(store, bot, "rename_segment", segment_target(record.id), at, f"{record.name} → {name}")
    return saved


async def change_filter(
    store: Store, bot: str, flow: Bot, segment: str, condition: Condition, staff: Staff, at: datetime
) -> SegmentRecord:
    """Give a filter segment another filter. Raises BadInput for one that leans on itself or on what is not there."""
    record = await own_segment(store, bot, flow, segment)
    if record.kind is not SegmentKind.FILTER:
        raise BadInput(f"{record.id} is a manual segment", remedy="Make a new segment with the filter")
    refuse_unknown_segments(condition, await known_segments(store, bot, flow))
    await _refuse_circle(store, bot, record.id, condition)
    saved = await _save(store, msgspec.structs.replace(record, filter=show(condition)))
    detail = f"{auditable(parse(record.filter))} → {auditable(condition)}"
    await staff.record(store, bot, "change_filter", segment_target(record.id), at, detail)
    return saved


async def delete_segment(
    store: Store,
    bot: str,
    flow: Bot,
    segment: str,
    staff: Staff,
    at: datetime,
    index: PeopleIndex,
    *,
    force: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Take a segment of staff's away; return how many members it had.

    Its members are removed first, each with a row of the ledger: who makes a segment of the same id later begins with
    nobody. Who opted out of it stays out. Raises BadInput that tells where the live flow names it, unless `force`, and
    which filters lean on it.
    """
    record = await own_segment(store, bot, flow, segment)
    _refuse_used(record.id, flow, filters_of(await store.segments(bot)), force=force)
    removed = 0
    standing = index.standings.to(record.id).members if record.kind is SegmentKind.MANUAL else ()
    members = list(standing)
    for start in range(0, len(members), _AT_ONCE):
        some = members[start : start + _AT_ONCE]
        act = StaffChange(record.id, Act.REMOVE, at, staff.source, staff.name, some, "the segment was deleted")
        await store.change_many(bot, act)
        removed += len(some)
        progress(removed)
    while record.kind is SegmentKind.MANUAL and (late := await _members_left(store, bot, record.id)):
        act = StaffChange(record.id, Act.REMOVE, at, staff.source, staff.name, late, "the segment was deleted")
        if Changed.CHANGED not in await store.change_many(bot, act):
            break
        removed += len(late)
    await store.delete_segment(bot, record.id, version=record.version)
    await staff.record(store, bot, "delete_segment", segment_target(record.id), at, f"members: {removed}")
    return removed


async def _members_left(store: Store, bot: str, segment: str) -> list[int]:
    """Return some who are in a segment still, as they came after the index was read. Erased people stay as they are."""
    after = ""
    while page := await store.members(bot, segment, after=after, limit=_AT_ONCE):
        people = [person for one in page if (person := await store.person(bot, one.id)) is not None]
        if people:
            return [person.number for person in people]
        after = page[-1].id
    return []


async def own_segment(store: Store, bot: str, flow: Bot, segment: str) -> SegmentRecord:
    """Return the record of a segment that staff made. Raises BadInput for one of the flow."""
    info = await segment_info(store, bot, flow, segment)
    for record in await store.segments(bot):
        if record.id == info.id and not info.from_flow:
            return record
    raise BadInput(
        f"{info.id} is a segment of the live flow",
        remedy="Change it in the flow file, then save and push it",
    )


def _refuse_used(segment: str, flow: Bot, filters: Mapping[str, Condition], *, force: bool) -> None:
    leaning = sorted(name for name, condition in filters.items() if segment in named_segments(condition))
    if leaning:
        raise BadInput(
            f"the filters of {', '.join(leaning)} ask for members of {segment}",
            remedy="Change those filters first",
        )
    uses = [] if force else [use.text for use in segment_uses(flow, segment)]
    if uses:
        raise BadInput(
            f"the live flow names {segment}: {'; '.join(uses)}",
            remedy="Take it out of the flow and push that, or say that it is to go all the same (--force)",
        )


async def _refuse_circle(store: Store, bot: str, segment: str, condition: Condition) -> None:
    refuse_cycle({**filters_of(await store.segments(bot)), segment: condition}, segment)


async def _save(store: Store, record: SegmentRecord) -> SegmentRecord:
    try:
        return await store.save_segment(record)
    except StaleVersion as error:
        raise BadInput(f"{record.id} was changed meanwhile", remedy="Look at it, then do it again") from error


def _next_name(taken: set[str]) -> str:
    return next(name for number in count(1) if (name := f"Segment #{number}") not in taken)


def _checked_name(name: str, others: list[SegmentInfo]) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"a name has 1 to {LONGEST_NAME} characters that can be seen", place="name")
    if any(info.name.casefold() == name.casefold() for info in others):
        raise BadInput(f"there is a segment called {name!r} already", place="name", remedy="Choose another name")
    return name


def _checked_id(wanted: str, taken: set[str]) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", wanted) or len(wanted) > LONGEST_ID:
        raise BadInput(f"an id has small letters, digits, - and _, at most {LONGEST_ID}: not {wanted!r}", place="id")
    if wanted in taken or wanted == ALL:
        raise BadInput(f"there is a segment {wanted!r} already", place="id", remedy="Choose another id")
    return wanted


def _free_id(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_ID - 6] or "segment"
    if slug not in taken:
        return slug
    return next(free for number in count(2) if (free := f"{slug}-{number}") not in taken)
