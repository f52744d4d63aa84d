"""Segments: those that the live flow has, and those that staff make."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import NamedTuple

import msgspec

from audiences.context import Context
from audiences.filter_segments import auditable, auditable_text, check_filter, read_filter
from audiences.index_feed import filters_of
from audiences.names import checked_id, checked_name, checked_purpose, free_id, taken_already
from consent.membership import Act
from filters.index.people import PeopleIndex
from filters.model import Condition
from filters.references import named_segments, refuse_cycle
from filters.words import show
from flows.compile import subjects_of
from flows.model.base import text_for
from flows.model.bot import Bot
from flows.source.nodes import did_you_mean
from flows.walk import segment_uses
from messages.consent import ALL, KINDS, TOPIC, kind_of_subject, name_of_subject
from messages.errors import BadInput, InUse, NotFound, StaleVersion, StateConflict
from staff.acting import segment_target
from storage.audience_records import Changed, SegmentKind, SegmentRecord, StaffChange
from storage.port import Store

_BATCH = 1_000
"""Members that are removed in one step."""


class SegmentInfo(msgspec.Struct, frozen=True):
    """A segment of a bot, wherever it is from."""

    id: str
    name: str
    kind: SegmentKind
    purpose: str = ""
    filter: str = ""
    from_flow: bool = False
    """It is written in the live flow, where it is renamed and deleted."""
    version: int = 0


class SegmentView(msgspec.Struct, frozen=True):
    """A segment with its count, as the command and the API show it."""

    id: str
    name: str
    kind: SegmentKind
    made_by: str
    """`flow` or `staff`."""
    purpose: str
    filter: str
    """The condition as text; empty for a manual segment. For viewers, masked where it asks about personal details."""
    version: int
    members: int
    """Who opted in or was added, or meets the filter."""
    allowed: int
    """Members to whom a pushed message may go now."""
    reachable: int
    """Those of them who have an address that works on a channel that is set up for the bot."""
    sequence: int
    """The row of the ledger up to which this was counted."""
    warnings: tuple[str, ...] = ()
    """What is probably wrong with the filter: tags and fields that nobody has."""


class Saved(NamedTuple):
    """A segment that was made or changed, and what is probably wrong with its filter."""

    segment: SegmentInfo
    warnings: tuple[str, ...] = ()


class Deleted(NamedTuple):
    """The segment that was deleted, and how many members it had."""

    segment: str
    members: int


async def list_segments(store: Store, bot: str, flow: Bot, kind: str = "") -> list[SegmentInfo]:
    """Return the segments of a bot: the flow's in its order, then staff's by id. `kind`: its topics or sequences
    (`messages.consent.TOPIC`, `SEQUENCE`) instead.
    """
    of_flow = _of_flow(flow, kind)
    known = {info.id for info in of_flow}
    made = [record for record in await store.segments(bot) if kind_of_subject(record.id) == kind]
    return [*of_flow, *(_info(record) for record in made if record.id not in known)]


async def all_subjects(store: Store, bot: str, flow: Bot) -> list[str]:
    """Return the segments, topics and sequences of a bot, as subjects."""
    return [info.id for kind in ("", *KINDS) for info in await list_segments(store, bot, flow, kind)]


def _info(record: SegmentRecord) -> SegmentInfo:
    return SegmentInfo(record.id, record.name, record.kind, record.purpose, record.filter, version=record.version)


def _of_flow(flow: Bot, kind: str) -> list[SegmentInfo]:
    language = flow.languages[0]
    return [
        SegmentInfo(
            subject,
            text_for(segment.name, language, language),
            SegmentKind.MANUAL,
            text_for(segment.purpose, language, language) if segment.purpose else "",
            from_flow=True,
        )
        for subject, segment in (subjects_of(flow) if flow.messages else {}).items()
        if kind_of_subject(subject) == kind
    ]


async def show_segments(context: Context, kind: str = "") -> list[SegmentView]:
    """Return all segments, or all topics or sequences, with their counts.

    Topics and sequences that nobody declares and somebody is in are among them.
    """
    index = await context.index()
    found = await list_segments(context.store, context.bot, context.flow, kind)
    known = {info.id for info in found}
    if kind:
        found += [
            SegmentInfo(subject, name_of_subject(subject), SegmentKind.MANUAL, from_flow=True)
            for subject in sorted(index.subjects - known)
            if kind_of_subject(subject) == kind
        ]
    return [view_of(info, index, context.at) for info in found]


async def show_segment(context: Context, segment: str) -> SegmentView:
    """Return one segment with its count. Raises NotFound."""
    index = await context.index()
    info = await segment_info(context.store, context.bot, context.flow, segment, index)
    return view_of(info, index, context.at)


def view_of(info: SegmentInfo, index: PeopleIndex, at: datetime, warnings: tuple[str, ...] = ()) -> SegmentView:
    """Return a segment with its count at `at`."""
    made_by = "flow" if info.from_flow else "staff"
    counted = index.count(info.id, at)
    return SegmentView(
        info.id, info.name, info.kind, made_by, info.purpose, info.filter, info.version, *counted, warnings
    )


async def segment_info(
    store: Store, bot: str, flow: Bot, segment: str, index: PeopleIndex | None = None
) -> SegmentInfo:
    """Return one segment by its id, or by its name if only one has it; a topic or a sequence by `topic:` or `sequence:`
    and either. Raises NotFound that names a near one.

    With an index, one that only a former revision had is found by its members.
    """
    kind, wanted = kind_of_subject(segment), name_of_subject(segment)
    known = await list_segments(store, bot, flow, kind)
    for info in known:
        if info.id == segment:
            return info
    named = [info for info in known if info.name.casefold() == " ".join(wanted.split()).casefold()]
    if len(named) == 1:
        return named[0]
    if index is not None and segment in index.subjects:
        return SegmentInfo(segment, wanted, SegmentKind.MANUAL, from_flow=True)
    word = kind.rstrip(":") or "segment"
    near = [name_of_subject(info.id) for info in known]
    remedy = did_you_mean(wanted, near, otherwise=f"List the {word}s to see their ids")
    raise NotFound(f"there is no {word} `{wanted}`", remedy=remedy)


async def refuse_unknown_segment(store: Store, bot: str, flow: Bot, segment: str) -> None:
    """Raise NotFound for a segment that the bot does not have and that no row of the ledger is about.

    "" and `messages.consent.ALL` are none.
    """
    if segment not in ("", ALL) and not await store.ledger(bot, subject=segment, limit=1):
        await segment_info(store, bot, flow, segment)


async def manual_segment(store: Store, bot: str, flow: Bot, segment: str) -> SegmentInfo:
    """Return a segment that people can be added to. Raises NotFound, and StateConflict for a filter segment."""
    info = await segment_info(store, bot, flow, segment)
    if info.kind is SegmentKind.FILTER:
        raise StateConflict(
            f"{info.id} follows from its filter: nobody is added to it or removed by hand",
            remedy="Change its filter, or make a manual segment",
        )
    return info


async def create_segment(
    context: Context,
    *,
    name: str | None = None,
    id: str = "",  # noqa: A002  # what it is called everywhere
    filter: object = None,  # noqa: A002
    purpose: str = "",
) -> Saved:
    """Make a segment: manual, or of everyone who matches a filter, which is text or JSON.

    Without a name it is "Segment #n"; without an id, that follows from the name. Raises BadInput,
    StateConflict for a name or an id that is taken.
    """
    context.staff.require("create_segment")
    known = await list_segments(context.store, context.bot, context.flow)
    ids, names = {info.id for info in known}, {info.name for info in known}
    checked = checked_name(name or _next_name(names), names, "segment")
    chosen = checked_id(id, ids, "segment") if id else free_id(checked, ids, "segment")
    record = SegmentRecord(
        bot=context.bot,
        id=chosen,
        name=checked,
        kind=SegmentKind.MANUAL if filter is None else SegmentKind.FILTER,
        created_at=context.at,
        created_by=context.staff.name,
        purpose=checked_purpose(purpose),
    )
    warnings: tuple[str, ...] = ()
    detail = ""
    if filter is not None:
        condition, warnings = await _checked_filter(context, chosen, filter)
        record = msgspec.structs.replace(record, filter=show(condition))
        detail = auditable(condition)
    try:
        saved = await context.store.save_segment(record)
    except StaleVersion as error:
        raise taken_already("segment", "", chosen) from error
    await context.record("create_segment", segment_target(chosen), detail)
    return Saved(_info(saved), warnings)


async def create_topic(context: Context, *, name: str, id: str = "", purpose: str = "") -> Saved:  # noqa: A002
    """Make a topic, which people are added to as to a manual segment. Raises as `create_segment` does."""
    context.staff.require("create_topic")
    known = await list_segments(context.store, context.bot, context.flow, TOPIC)
    ids, names = {name_of_subject(info.id) for info in known}, {info.name for info in known}
    checked = checked_name(name, names, "topic")
    chosen = checked_id(id, ids, "topic") if id else free_id(checked, ids, "topic")
    record = SegmentRecord(
        context.bot,
        TOPIC + chosen,
        checked,
        SegmentKind.MANUAL,
        context.at,
        context.staff.name,
        purpose=checked_purpose(purpose),
    )
    try:
        saved = await context.store.save_segment(record)
    except StaleVersion as error:
        raise taken_already("topic", "", chosen) from error
    await context.record("create_topic", segment_target(record.id))
    return Saved(_info(saved))


async def change_segment(
    context: Context,
    segment: str,
    *,
    name: str | None = None,
    purpose: str | None = None,
    filter: object = None,  # noqa: A002
    version: int | None = None,
) -> Saved:
    """Give a segment of staff's another name, purpose or filter; what is None stays, and its id always does.

    What is the same already changes nothing. Raises BadInput, StateConflict, NotFound, and
    StaleVersion if it is not of the version that is expected, or was changed meanwhile.
    """
    wanted = {"rename_segment": name, "change_purpose": purpose, "change_filter": filter}
    for action in [action for action, value in wanted.items() if value is not None]:
        context.staff.require(action)
    record = await own_segment(context, segment)
    if version is not None and record.version != version:
        raise StaleVersion(segment_target(record.id))
    known = await list_segments(context.store, context.bot, context.flow)
    new, rows = record, {}
    warnings: tuple[str, ...] = ()
    if name is not None:
        others = [info.name for info in known if info.id != record.id]
        new = msgspec.structs.replace(new, name=checked_name(name, others, "segment"))
        rows["rename_segment"] = f"{record.name} → {new.name}"
    if purpose is not None:
        new = msgspec.structs.replace(new, purpose=checked_purpose(purpose))
        rows["change_purpose"] = new.purpose
    if filter is not None:
        if record.kind is not SegmentKind.FILTER:
            raise StateConflict(f"{record.id} is a manual segment", remedy="Make a new segment with the filter")
        condition, warnings = await _checked_filter(context, record.id, filter)
        new = msgspec.structs.replace(new, filter=show(condition))
        rows["change_filter"] = f"{auditable_text(record.filter)} → {auditable(condition)}"
    same = {"rename_segment": record.name == new.name, "change_purpose": record.purpose == new.purpose}
    same["change_filter"] = record.filter == new.filter
    if new != record:
        new = await context.store.save_segment(new)
        for action, detail in rows.items():
            if not same[action]:
                await context.record(action, segment_target(record.id), detail)
    return Saved(_info(new), warnings)


async def delete_segment(
    context: Context, segment: str, *, force: bool = False, progress: Callable[[int], None] = lambda _: None
) -> Deleted:
    """Delete a segment of staff's.

    Its members are removed first, each with a row of the ledger: who makes a segment of the same id later begins with
    nobody. Who opted out of it stays out. Raises InUse that tells which filters name it, and, unless `force`, where the
    live flow does.
    """
    context.staff.require("delete_segment")
    store, bot = context.store, context.bot
    record = await own_segment(context, segment)
    _refuse_used(record.id, context.flow, filters_of(await store.segments(bot)), force=force)
    removed = 0
    if record.kind is SegmentKind.MANUAL:
        members = list((await context.index()).standings.to(record.id).members)
        for start in range(0, len(members), _BATCH):
            some = members[start : start + _BATCH]
            await store.change_many(bot, _removal(context, record.id, some))
            removed += len(some)
            progress(removed)
        while late := await _members_left(store, bot, record.id):
            if Changed.CHANGED not in await store.change_many(bot, _removal(context, record.id, late)):
                break
            removed += len(late)
    await store.delete_segment(bot, record.id, version=record.version)
    await context.record("delete_segment", segment_target(record.id), f"members: {removed}")
    return Deleted(record.id, removed)


def _removal(context: Context, segment: str, people: list[int]) -> StaffChange:
    staff = context.staff
    return StaffChange(
        segment, Act.REMOVE, context.at, staff.source, staff.name, people, "the segment was deleted"
    )  # fmt: skip


async def _members_left(store: Store, bot: str, segment: str) -> list[int]:
    """Return some who are in a segment still, as they came after the index was read. Erased people stay as they are."""
    after = ""
    while page := await store.members(bot, segment, after=after, limit=_BATCH):
        people = [person for one in page if (person := await store.person(bot, one.id)) is not None]
        if people:
            return [person.number for person in people]
        after = page[-1].id
    return []


async def own_segment(context: Context, segment: str) -> SegmentRecord:
    """Return the record of a segment that staff made. Raises NotFound, and StateConflict for one of the flow."""
    info = await segment_info(context.store, context.bot, context.flow, segment)
    for record in await context.store.segments(context.bot):
        if record.id == info.id and not info.from_flow:
            return record
    raise StateConflict(
        f"{info.id} is a segment of the live flow", remedy="Change it in the flow file, then save and push it"
    )


def _refuse_used(segment: str, flow: Bot, filters: Mapping[str, Condition], *, force: bool) -> None:
    asking = sorted(name for name, condition in filters.items() if segment in named_segments(condition))
    if asking:
        raise InUse(
            f"{segment} is in use: filter of {', '.join(asking)}",
            tuple(f"segment {name}" for name in asking),
            remedy="Change those filters first",
        )
    uses = () if force else tuple(use.text for use in segment_uses(flow, segment))
    if uses:
        raise InUse(
            f"{segment} is in use: {'; '.join(uses)} of the live flow",
            tuple(f"live flow: {use}" for use in uses),
            remedy="Take it out of the flow and push that, or force the deletion",
        )


async def _checked_filter(context: Context, segment: str, source: object) -> tuple[Condition, tuple[str, ...]]:
    """Return a filter that a segment can have, and warnings about it. Raises BadInput for one that can't be."""
    condition = read_filter(source)
    known = {segment, *await all_subjects(context.store, context.bot, context.flow)}
    warnings = check_filter(condition, known, await context.index())
    try:
        refuse_cycle({**filters_of(await context.store.segments(context.bot)), segment: condition}, segment)
    except BadInput as error:
        raise BadInput(error.problem, place="filter", remedy=error.remedy) from error
    return condition, warnings


def _next_name(taken: set[str]) -> str:
    return next(name for number in count(1) if (name := f"Segment #{number}") not in taken)
