"""What a start would come to, before it: who gets it when, who does not and why, how long it takes, how it looks.

It is planned as a start plans it, so nobody is told otherwise than it happens as long as nothing changes meanwhile.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from pyroaring import BitMap

from audiences.context import Context
from broadcasts.content import Cut, cut
from broadcasts.editing import checked, known_broadcast
from broadcasts.plan import ZonePlan
from broadcasts.planning import Planned, planned, refuse_late, schedule_of
from broadcasts.runs import BucketView
from filters.index.people import PeopleIndex
from filters.person import KnownPerson
from flows.compile import compile_revision
from flows.engine.take_turn import take_turn
from flows.engine.turn import ConversationState, IdSource, Snapshot, Turn, conversation_key
from flows.revision import Revision
from messages.channels import KINDS, NO_LIMIT
from messages.consent import Membership
from messages.effects import Send
from messages.errors import BadInput, NotFound
from messages.inbound import ConversationReference, InboundEvent, PushDue, Sender
from messages.pushes import PushRef
from privacy.masking import FlowTexts, Mask
from replay.visible import lines_of
from schedules.schedule import next_instants
from storage.audience_records import SegmentKind
from storage.push_records import BroadcastRecord

SHARE: Final = 0.8
"""Of the rate that a channel takes, as much as pushes use: replies come first."""
RENDERED: Final = 3
"""People for whom it is shown how it looks."""


class Rendering(msgspec.Struct, frozen=True):
    """How it looks for one person."""

    contact: str
    message: str
    lines: tuple[str, ...]
    """As the person reads it; masked for those who may not see what names somebody. Empty: it says nothing to them."""


class Reason(msgspec.Struct, frozen=True):
    """How many people do not get it, and why."""

    reason: str
    people: int
    planned: bool
    """They are among those whom the run counts, as skipped; else they are no part of it."""


class Preview(msgspec.Struct, frozen=True):
    """What a start would come to."""

    broadcast: str
    occurrence: str
    """Wall clock of the schedule's next one; empty: now."""
    receivers: int
    """Who gets it. Give it as `expected` to start it."""
    planned: int
    """These, and those who are skipped from the start."""
    reasons: tuple[Reason, ...]
    buckets: tuple[BucketView, ...]
    first: datetime | None
    last: datetime | None
    seconds: int
    """How long it takes at the channels' pace, if all are due at once."""
    ends: datetime | None
    """When the last people have it, at that pace and with the times at which they are due."""
    cuts: tuple[Cut, ...]
    """What each channel would shorten, split or show otherwise."""
    renderings: tuple[Rendering, ...]
    sequence: int
    """The row of the ledger up to which this is exact."""
    warnings: tuple[str, ...] = ()


class LeftOut(NamedTuple):
    """Some of those who do not get it for one reason, and the number after which there are more."""

    reason: str
    people: list[KnownPerson]
    last: int | None


async def preview(context: Context, broadcast: str, *, now: bool = False, masked: bool = True) -> Preview:
    """Preview a broadcast: its next occurrence, or where it has no schedule, or `now` is said, a start now.

    Raises NotFound, and BadInput and StateConflict for what could not be started.
    """
    record, found, occurrence, warnings = await _found(context, broadcast, now=now)
    index = await context.index()
    plan = found.plan
    reasons = [Reason(reason, len(people), planned=True) for reason, people in plan.skipped.items()]
    reasons += [Reason(reason, len(people), planned=False) for reason, people in found.left_out.items()]
    took = [_seconds(index, record, each.people) for each, _ in plan.buckets]
    return Preview(
        broadcast=record.id,
        occurrence="" if occurrence is None else occurrence.isoformat(),
        receivers=len(plan.receivers),
        planned=len(plan.audience),
        reasons=tuple(reasons),
        buckets=tuple(BucketView(due, len(each.people), each.zone, each.fallback) for each, due in plan.buckets),
        first=plan.first,
        last=plan.last,
        seconds=round(max((sum(each) for each in zip(*took, strict=True)), default=0.0)),
        ends=_ends(plan.buckets, took),
        cuts=tuple(each for message in found.content.messages.values() for each in cut(found.content.bot, message)),
        renderings=tuple([each async for each in _renderings(context, record, found, masked=masked)]),
        sequence=found.sequence,
        warnings=warnings,
    )


async def left_out(
    context: Context, broadcast: str, reason: str, *, now: bool = False, after: int = 0, limit: int = 100
) -> LeftOut:
    """Return a page of those who do not get it for a reason, by number. Raises NotFound for one that nobody has."""
    _, found, _, _ = await _found(context, broadcast, now=now)
    sets = dict(found.left_out)
    for name, skipped in found.plan.skipped.items():
        sets[name] = sets.get(name, BitMap()) | skipped
    if reason not in sets:
        remedy = f"Name one of {', '.join(sets)}" if sets else "Everybody gets it"
        raise NotFound(f"nobody is left out for {reason!r}", remedy=remedy)
    numbers = list(sets[reason].iter_equal_or_larger(after + 1))
    page = numbers[:limit]
    people = list(await context.store.people_numbered(context.bot, page))
    return LeftOut(reason, people, page[-1] if len(numbers) > limit else None)


async def _found(
    context: Context, broadcast: str, *, now: bool
) -> tuple[BroadcastRecord, Planned, datetime | None, tuple[str, ...]]:
    record = await known_broadcast(context, broadcast)
    saved = await checked(context, record)
    if record.schedule is None or now:
        return record, await planned(context, saved.broadcast), None, saved.warnings
    schedule = schedule_of(record.schedule)
    coming = next_instants(schedule, context.at, 1)
    if not coming:
        raise BadInput("its schedule is over", place="schedule", remedy="Give it another one, or preview a start now")
    found = await planned(context, saved.broadcast, coming[0].local)
    if schedule.local:
        refuse_late(found, schedule)
    return record, found, coming[0].local, saved.warnings


def _seconds(index: PeopleIndex, record: BroadcastRecord, receivers: BitMap) -> list[float]:
    """Return how long people take on each channel at its pace, each person on the first one that reaches them."""
    left, took = receivers.copy(), []
    for channel in record.channels or sorted(index.set_up):
        own = left & index.reachable_on(channel)
        left -= own
        rate = next((kind.shows.rate for kind in KINDS if channel in (kind.name, *kind.accounts)), NO_LIMIT)
        took.append(len(own) / (rate * SHARE))
    return took


def _ends(buckets: Sequence[tuple[ZonePlan, datetime]], took: Sequence[Sequence[float]]) -> datetime | None:
    """Return when the last channel is through: each takes those who are due one after the other."""
    ends: dict[int, datetime] = {}
    for (_, due), seconds in zip(buckets, took, strict=True):
        for channel, taken in enumerate(seconds):
            ends[channel] = max(ends.get(channel, due), due) + timedelta(seconds=taken)
    return max(ends.values(), default=None)


async def _renderings(
    context: Context, record: BroadcastRecord, found: Planned, *, masked: bool
) -> AsyncIterator[Rendering]:
    numbers = list(found.plan.receivers)
    some = sorted({numbers[len(numbers) * place // RENDERED] for place in range(RENDERED)}) if numbers else []
    if not some:
        return
    revision = compile_revision(found.content.bot, 1, "")
    filters = {
        one.id: one.filter for one in await context.store.segments(context.bot) if one.kind is SegmentKind.FILTER
    }
    messages = list(found.content.messages.values())
    for place, person in enumerate(await context.store.people_numbered(context.bot, some)):
        message = messages[place % len(messages)]
        memberships = await context.store.memberships(context.bot, person.contact.id)
        turn = _turn(context, record, revision, message, person, memberships, filters)
        if masked:
            turn = Mask(person.contact, flows=FlowTexts({1: revision})).masked(turn)
        sent = [effect.message for effect in turn.effects if isinstance(effect, Send)]
        yield Rendering(person.contact.id, message, tuple(line for each in sent for line in lines_of(each)))


def _turn(
    context: Context, record: BroadcastRecord, revision: Revision, message: str, person: KnownPerson,
    memberships: Mapping[str, Membership], filters: Mapping[str, str],
) -> Turn:  # fmt: skip
    """Take the turn that the push would be, in a conversation in which nothing is open."""
    account = next(iter(person.contact.identities), None)
    reference = ConversationReference(account.channel if account else "", "preview", account.user if account else "-")
    state = ConversationState(conversation_key(reference), reference, person.contact.id)
    by_filter = record.subject in filters and record.subject not in memberships
    snapshot = Snapshot(context.bot, state, person.contact, memberships, revision, filters=filters)
    due = PushDue(
        PushRef("preview"), record.subject, message, 1, "", due=context.at, expires=context.at.replace(year=9000)
    )
    if by_filter:
        due = msgspec.structs.replace(due, facts=msgspec.structs.replace(due.facts, in_segment=True))
    event = InboundEvent("push:preview", reference, Sender(reference.user), due)
    return take_turn(snapshot, event, context.at, IdSource("preview"))
