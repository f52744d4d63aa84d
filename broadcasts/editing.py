"""Broadcasts as staff define them: made, changed, shown, listed and archived. What one names has to be there."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from audiences.context import Context
from audiences.filter_segments import CHANNELS, check_filter, read_filter
from audiences.names import checked_id, checked_name, free_id, taken_already
from audiences.segments import all_subjects
from broadcasts.content import content_of
from broadcasts.planning import schedule_of
from filters.words import show
from flows.source.nodes import did_you_mean
from messages.consent import TOPIC, kind_of_subject
from messages.errors import BadInput, NotFound, StaleVersion, StateConflict
from schedules.schedule import last_due
from schedules.wall_clock import NO_QUIET, read_quiet
from storage.push_records import BroadcastRecord, ScheduleRecord, Variant

LONGEST_ID: Final = 54
"""Characters: as a message of a revision it has `broadcast.` before it."""
MAX_BROADCASTS: Final = 10_000
MAX_EXCLUDES: Final = 20
MAX_VARIANTS: Final = 5
LONGEST_WORDS: Final = 100_000
"""Characters."""
DAY: Final = 86_400
LONGEST_RUN: Final = 7 * DAY

Filter = str | dict[str, Any]
Ids = Annotated[tuple[str, ...], msgspec.Meta(max_length=100)]


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What staff say of a broadcast. What is left out stays, or has its default."""

    name: str | UnsetType = UNSET
    segment: str | UnsetType = UNSET
    """Whose consent it stands on: a segment, or `topic:ID`. Its members get it."""
    message: str | UnsetType = UNSET
    """A message of the live flow."""
    words: str | UnsetType = UNSET
    """A message of its own, as YAML or JSON: `parts`, and `quick_replies`."""
    variants: tuple[Variant, ...] | UnsetType = UNSET
    """Messages that it is tried with, 2 to 5, with percents that make 100."""
    filter: Filter | UnsetType = UNSET
    """Narrows the audience: text or JSON; empty: all members."""
    exclude: Ids | UnsetType = UNSET
    """Segments whose members don't get it, 20 at most."""
    channels: Ids | UnsetType = UNSET
    """In order of preference; none: where each last spoke."""
    audience: Literal["frozen", "live"] | UnsetType = UNSET
    """`live`: filter and excludes are asked again when it is sent."""
    quiet: str | UnsetType = UNSET
    """Quiet hours by each person's clock, `21:00-08:00`; `none`; empty: those of the bot."""
    cap_exempt: bool | UnsetType = UNSET
    """Whether it is sent to people who had as many pushes as the cap allows."""
    holdout: Annotated[int, msgspec.Meta(ge=0, le=90)] | UnsetType = UNSET
    """Percent of the audience that gets nothing, to compare with."""
    expires_after: Annotated[int, msgspec.Meta(ge=60, le=LONGEST_RUN)] | UnsetType = UNSET
    """Seconds after they are due in which people may still get it."""
    patience: Annotated[int, msgspec.Meta(ge=0, le=DAY)] | UnsetType = UNSET
    """Seconds that it waits for who is in a question or with a person."""


class BroadcastView(msgspec.Struct, frozen=True):
    """A broadcast, as the command and the API show it."""

    id: str
    name: str
    segment: str
    message: str
    words: str
    variants: tuple[Variant, ...]
    filter: str
    """For viewers, masked where it asks about personal details."""
    exclude: tuple[str, ...]
    channels: tuple[str, ...]
    audience: str
    schedule: ScheduleRecord | None
    held: str
    """Why the schedule starts nothing until staff resume it; empty: it does."""
    quiet: str
    cap_exempt: bool
    holdout: int
    expires_after: int
    patience: int
    created_by: str
    archived: bool
    version: int
    warnings: tuple[str, ...] = ()
    """What is probably wrong: no way out, what a channel would cut, tags and fields that nobody has."""


class Saved(NamedTuple):
    """A broadcast that was made or changed, and what is probably wrong with it."""

    broadcast: BroadcastRecord
    warnings: tuple[str, ...] = ()


def broadcast_target(broadcast: str) -> str:
    """Return what audit rows about a broadcast name."""
    return f"broadcast {broadcast}"


def view_of(broadcast: BroadcastRecord, warnings: Sequence[str] = ()) -> BroadcastView:
    """Return a broadcast as it is shown."""
    own = {name: getattr(broadcast, name) for name in BroadcastView.__struct_fields__ if hasattr(broadcast, name)}
    audience = "live" if broadcast.live else "frozen"
    return BroadcastView(**own, segment=broadcast.subject, audience=audience, warnings=tuple(warnings))


async def list_broadcasts(context: Context) -> list[BroadcastView]:
    """Return all broadcasts that are not archived, by id."""
    return [view_of(each) for each in await context.store.broadcasts(context.bot)]


async def known_broadcast(context: Context, broadcast: str) -> BroadcastRecord:
    """Return a broadcast by its id, or by its name if only one has it. Raises NotFound that names a near one."""
    found = await context.store.broadcast(context.bot, broadcast)
    if found is not None:
        return found
    known = await context.store.broadcasts(context.bot)
    wanted = " ".join(broadcast.split()).casefold()
    named = [each for each in known if each.name.casefold() == wanted]
    if len(named) == 1:
        return named[0]
    remedy = did_you_mean(broadcast, [each.id for each in known], otherwise="List the broadcasts to see their ids")
    raise NotFound(f"there is no broadcast `{broadcast}`", remedy=remedy)


async def show_broadcast(context: Context, broadcast: str) -> BroadcastView:
    """Return one broadcast, with what is wrong with it on the flow that is live now. Raises NotFound."""
    record = await known_broadcast(context, broadcast)
    if record.archived:
        return view_of(record)
    try:
        return view_of(record, (await checked(context, record)).warnings)
    except BadInput as error:
        return view_of(record, (str(error),))


async def create_broadcast(context: Context, definition: Definition, *, id: str = "") -> Saved:  # noqa: A002
    """Define a broadcast. Nothing is sent. Raises BadInput, FlowInvalid for words that can't be said, StateConflict."""
    context.staff.require("create_broadcast")
    known = await context.store.broadcasts(context.bot)
    if len(known) >= MAX_BROADCASTS:
        raise StateConflict(f"the bot has {MAX_BROADCASTS:,} broadcasts", remedy="Archive those that are over")
    if not definition.name:
        raise BadInput("a broadcast needs a name", place="name", remedy="Give one")
    name = checked_name(definition.name, [each.name for each in known], "broadcast")
    taken = {each.id for each in known}
    if id:
        chosen = checked_id(id, taken, "broadcast", LONGEST_ID)
    else:
        chosen = free_id(name, taken, "broadcast", LONGEST_ID)
        while await context.store.broadcast(context.bot, chosen) is not None:  # one that was archived has it
            taken.add(chosen)
            chosen = free_id(name, taken, "broadcast", LONGEST_ID)
    empty = BroadcastRecord(context.bot, chosen, name, "", context.at, context.staff.name)
    saved = await checked(context, _with(empty, definition))
    try:
        record = await context.store.save_broadcast(saved.broadcast)
    except StaleVersion as error:
        raise taken_already("broadcast", "", chosen) from error
    await context.record("create_broadcast", broadcast_target(chosen), f"to {record.subject}")
    return Saved(record, saved.warnings)


async def edit_broadcast(
    context: Context, broadcast: str, definition: Definition, *, version: int | None = None
) -> Saved:
    """Change a broadcast: its next run. A run that there is goes on as it was frozen.

    What is the same already changes nothing. Raises as `create_broadcast`, NotFound, and StaleVersion if it is not of
    the version that is expected, or was changed meanwhile.
    """
    context.staff.require("edit_broadcast")
    record = await editable(context, broadcast, version)
    if definition.name:
        others = [each.name for each in await context.store.broadcasts(context.bot) if each.id != record.id]
        definition = msgspec.structs.replace(definition, name=checked_name(definition.name, others, "broadcast"))
    saved = await checked(context, _with(record, definition))
    if saved.broadcast == record:
        return saved
    before, after = view_of(record), view_of(saved.broadcast)
    fields = [name for name in BroadcastView.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    stored = await context.store.save_broadcast(saved.broadcast)
    await context.record("edit_broadcast", broadcast_target(record.id), ", ".join(fields))
    return Saved(stored, saved.warnings)


async def resume_broadcast(context: Context, broadcast: str) -> Saved:
    """Let a held schedule go on, with what comes after this moment: what came due meanwhile, or was sent before already
    and is forgotten, is not made up for. One that is not held stays as it is. Raises NotFound.
    """
    context.staff.require("resume_broadcast")
    record = await known_broadcast(context, broadcast)
    if not record.held:
        return Saved(record)
    passed = None if record.schedule is None else last_due(schedule_of(record.schedule), context.at)
    last = record.last_occurrence if passed is None else passed.isoformat()
    new = msgspec.structs.replace(record, held="", last_occurrence=last, queued_occurrence="")
    saved = await context.store.save_broadcast(new)
    await context.record("resume_broadcast", broadcast_target(record.id))
    return Saved(saved)


async def editable(context: Context, broadcast: str, version: int | None) -> BroadcastRecord:
    """Return a broadcast that can be changed. Raises NotFound, StaleVersion, StateConflict for one that is archived."""
    record = await known_broadcast(context, broadcast)
    if version is not None and record.version != version:
        raise StaleVersion(broadcast_target(record.id))
    if record.archived:
        raise StateConflict(f"{record.id} is archived", remedy="Make a new broadcast")
    return record


def _with(record: BroadcastRecord, definition: Definition) -> BroadcastRecord:
    """Return a broadcast with what staff say of it. Of message, words and variants, the one that is given counts."""
    given = {name: value for name in Definition.__struct_fields__ if (value := getattr(definition, name)) is not UNSET}
    said = [name for name in ("message", "words", "variants") if given.get(name)]
    if len(said) > 1:
        remedy = "Give one of message, words and variants"
        raise BadInput("it says more than one thing", place=said[1], remedy=remedy)
    if said:
        given = {**given, **{name: type(given[name])() for name in said}, "message": "", "words": "", "variants": ()}
        given[said[0]] = getattr(definition, said[0])
    if "segment" in given:
        given["subject"] = given.pop("segment")
    if "audience" in given:
        given["live"] = given.pop("audience") == "live"
    if not isinstance(given.get("filter", ""), str):
        given["filter"] = show(read_filter(given["filter"]))
    return msgspec.structs.replace(record, **given)


async def checked(context: Context, broadcast: BroadcastRecord) -> Saved:
    """Return a broadcast whose parts are there and go together, and warnings. Raises BadInput that names the place."""
    known = await all_subjects(context.store, context.bot, context.flow)
    index = await context.index()
    subjects = {*known, *index.subjects}
    subject = _checked_subject(broadcast.subject, subjects)
    if not (broadcast.message or broadcast.words or broadcast.variants):
        raise BadInput(
            "it says nothing", place="message", remedy="Give a message of the live flow, or words of its own"
        )
    if len(broadcast.words) > LONGEST_WORDS:
        raise BadInput(f"longer than {LONGEST_WORDS:,} characters", place="words", remedy="Shorten it")
    _check_variants(broadcast.variants)
    if len(broadcast.exclude) > MAX_EXCLUDES:
        remedy = "Make a filter segment of them, and exclude that"
        raise BadInput(f"more than {MAX_EXCLUDES} segments", place="exclude", remedy=remedy)
    exclude = tuple(dict.fromkeys(each.strip() for each in broadcast.exclude))
    for place, segment in enumerate(exclude):
        _refuse_unknown(segment, subjects, f"exclude[{place}]")
        if segment == subject:
            raise BadInput("it excludes the segment that it goes to", place=f"exclude[{place}]", remedy="Leave it out")
    channels = tuple(dict.fromkeys(broadcast.channels))
    for place, channel in enumerate(channels):
        if channel not in CHANNELS:
            remedy = did_you_mean(channel, sorted(CHANNELS), otherwise=f"Name one of {', '.join(sorted(CHANNELS))}")
            raise BadInput(f"there is no channel `{channel}`", place=f"channels[{place}]", remedy=remedy)
    quiet = broadcast.quiet.strip()
    if quiet not in ("", NO_QUIET):
        quiet = str(read_quiet(quiet, "quiet"))
    warnings: tuple[str, ...] = ()
    text = broadcast.filter.strip()
    if text:
        condition = read_filter(text)
        warnings = check_filter(condition, known, index)
        text = show(condition)
    changed = msgspec.structs.replace(
        broadcast, subject=subject, exclude=exclude, channels=channels, quiet=quiet, filter=text
    )
    return Saved(changed, (*content_of(changed, context.flow).warnings, *warnings))


def _checked_subject(subject: str, known: Collection[str]) -> str:
    subject = subject.strip()
    if not subject:
        remedy = "Name a segment, or topic:ID"
        raise BadInput("it does not say whose consent it stands on", place="segment", remedy=remedy)
    if kind_of_subject(subject) not in ("", TOPIC):
        raise BadInput("a sequence sends its own steps", place="segment", remedy="Name a segment or a topic")
    _refuse_unknown(subject, known, "segment")
    return subject


def _refuse_unknown(segment: str, known: Collection[str], place: str) -> None:
    if segment not in known:
        of_its_kind = sorted(each for each in known if kind_of_subject(each) == kind_of_subject(segment))
        kind = "topic" if kind_of_subject(segment) == TOPIC else "segment"
        remedy = did_you_mean(segment, of_its_kind, otherwise=f"The bot has none of this name: see its {kind}s")
        raise BadInput(f"there is no {kind} `{segment}`", place=place, remedy=remedy)


def _check_variants(variants: Sequence[Variant]) -> None:
    if not variants:
        return
    if not 2 <= len(variants) <= MAX_VARIANTS:
        raise BadInput(f"there are {len(variants)}", place="variants", remedy=f"Give 2 to {MAX_VARIANTS}, or a message")
    names = [each.name for each in variants]
    for place, each in enumerate(variants):
        if not each.name.strip() or names.index(each.name) != place:
            raise BadInput("each variant needs a name of its own", place=f"variants[{place}].name", remedy="Name it")
        if not 1 <= each.share <= 99:
            raise BadInput("a share is 1 to 99 percent", place=f"variants[{place}].share", remedy="Correct it")
    total = sum(each.share for each in variants)
    if total != 100:
        raise BadInput(f"the shares make {total} percent", place="variants", remedy="Let them make 100")
