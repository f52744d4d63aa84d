"""The event of one person's push: what message it says, where, what decides it; what its channel tells of it later."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from broadcasts.planning import Asked, schedule_of
from consent.pushes import PushedTo
from flows.engine.turn import conversation_key
from messages.channel_addresses import ChannelAddress, window_of
from messages.channels import WRITES_FIRST
from messages.consent import ALL
from messages.inbound import InboundEvent, PushDue, Receipt, Sender
from messages.pushes import PushFacts, PushRef, PushState
from schedules.schedule import moved
from schedules.wall_clock import Quiet, after_quiet, quiet_of, read_local, to_instant, zone, zone_names
from storage.addresses import PushTarget
from storage.port import Conversations
from storage.push_port import Pushes
from storage.push_records import BroadcastRecord, PushedLately, RunRecord, ScheduleRecord, Slice, Variant

_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


def push_due(piece: Slice, record: RunRecord, target: PushTarget, facts: PushFacts) -> PushDue:
    """Return the push of a run to one person of a slice."""
    content = record.content
    variant = variant_of(record.seed, target.contact, content)
    return PushDue(
        push=PushRef(piece.run, piece.attempts.get(target.number, 0) + 1),
        subject=content.subject,
        message=variant.message if variant is not None else content.message,
        revision=record.revision,
        digest=record.digest,
        due=piece.due,
        expires=record.expires,
        epoch=piece.epoch,
        variant=variant.name if variant is not None else "",
        patience_until=piece.due + timedelta(seconds=content.patience),
        facts=facts,
    )


def event_of(due: PushDue, target: PushTarget, address: ChannelAddress) -> InboundEvent:
    """Return the event, whose id is the same whoever takes it: so it counts once."""
    event_id = f"push:{due.push.run}:{target.contact}:{due.push.attempt}"
    return InboundEvent(event_id, address.reference, Sender(address.reference.user), due)


def facts_of(
    target: PushTarget,
    address: ChannelAddress,
    lately: PushedLately | None,
    now: datetime,
    *,
    content: BroadcastRecord,
    planned_by: str | None,
    occurrence: str,
    by_filter: bool,
    cap: int,
    asked: Asked | None = None,
    used: bool = False,
) -> PushFacts:
    """Return what is known beside the person's consent and conversation. `by_filter`: their segment is a filter;
    `planned_by`: the zone by whose clock they were planned; empty: one of them, and they were put off since; None: by
    nobody's own; `asked`: who the broadcast is for now, where its audience is live; `used`: an earlier attempt used up
    their consent.
    """
    number = target.number
    window = window_of(address.channel)
    schedule = content.schedule
    current = target.time_zone if target.time_zone in zone_names() else (schedule.zone if schedule else "UTC")
    quiet = quiet_of(content.quiet)
    due = None
    if schedule and planned_by is not None:
        due = _due_by_zone(schedule, occurrence, planned_by, current, quiet, now)
    return PushFacts(
        quiet_until=_quiet_until(quiet, zone(current), now),
        due_by_zone=due,
        catch_up=schedule.catch_up if schedule and due else 0,
        in_segment=(asked is None or number in asked.members) if by_filter else None,
        left_filter=asked is not None and bool(content.filter) and number not in asked.matching,
        excluded=asked is not None and number in asked.excluded,
        used=used,
        window_until=None if window is None else address.opens_until or now,
        pushed_at=lately.at if lately is not None else (),
        cap=cap,
        subject_row=target.subject.row,
        everything_row=target.everything.row,
    )


def _due_by_zone(
    schedule: ScheduleRecord, occurrence: str, planned_by: str, current: str, quiet: Quiet | None, now: datetime
) -> datetime | None:
    """Return when somebody is due who lives by another clock now than they were planned by; None: by the plan.

    Whoever was put off since may have to wait again, but it is not their fault that they come late.
    """
    local = read_local(occurrence)
    if planned_by == current:
        return None
    if not planned_by:
        due = after_quiet(to_instant(local, zone(current)), quiet, zone(current))
        return due if due > now else None
    read = schedule_of(schedule)
    return moved(local, current, now, timedelta(seconds=read.catch_up), late=read.late, quiet=quiet)


def _quiet_until(quiet: Quiet | None, where: ZoneInfo, now: datetime) -> datetime | None:
    """Return the end of quiet hours; None where it is not quiet."""
    end = after_quiet(now, quiet, where)
    return end if end > now else None


def address_of(content: BroadcastRecord, target: PushTarget) -> ChannelAddress | None:
    """Return where somebody is pushed to: the first channel of the broadcast's on which they can be reached, else
    where they acted last.
    """
    channels = (
        content.channels
        or tuple(
            each.channel for each in sorted(target.addresses, key=lambda one: one.last_act or _NEVER, reverse=True)
        )
        or WRITES_FIRST
    )
    found = [address for channel in channels if (address := target.address_on(channel)) is not None]
    return next((address for address in found if not address.unreachable), found[0] if found else None)


def pushed_to(subject: str, target: PushTarget, address: ChannelAddress) -> PushedTo:
    memberships = {subject: target.subject.membership, ALL: target.everything.membership}
    return PushedTo(memberships, unreachable=address.unreachable)


def variant_of(seed: str, contact: str, content: BroadcastRecord) -> Variant | None:
    """Return which message somebody gets: the same for the same run, by their shares among many."""
    if not content.variants:
        return None
    place = int.from_bytes(sha256(f"{seed}\n{contact}".encode()).digest()[:8], "big") * 100 >> 64
    for variant in content.variants:
        place -= variant.share
        if place < 0:
            return variant
    return content.variants[-1]


class ReceiptStore(Pushes, Conversations, Protocol):
    """What taking in a receipt asks of the store."""


async def take_receipt(store: ReceiptStore, bot: str, event: InboundEvent, receipt: Receipt, at: datetime) -> bool:
    """Take in what became of pushes in a conversation; tell whether that was all: an echo of our own words is no turn.

    A receipt's time counts once, so a redelivery changes nothing. Of a push of which nobody knew an echo shows that it
    was sent.
    """
    key = conversation_key(event.reference)
    if not receipt.push:
        state = PushState.READ if receipt.read else PushState.DELIVERED
        await store.receive_receipt(bot, key, state, at, up_to=receipt.up_to, ids=receipt.ids)
        return False
    talk = await store.conversation(bot, key)
    rows = await store.pushes(bot, run=receipt.push, contact=talk.contact.id) if talk is not None else ()
    for row in rows:
        if row.state is PushState.UNKNOWN and row.conversation == key:
            ids = receipt.ids or row.channel_message_ids
            await store.end_push(
                bot, replace(row, state=PushState.SENT, reason="", sent_at=event.sent_at or at, channel_message_ids=ids)
            )
    return True
