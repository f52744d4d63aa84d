"""Broadcasts, runs and pushes built by hand, and the people whom they go to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pyroaring import BitMap

from messages.consent import Membership
from messages.effects import DeferPush, Effect, OutgoingMessage, OutgoingText, Send, SkipPush
from messages.inbound import PushDue
from messages.pushes import Deferral, PushRef, RunState
from storage.port import Store
from storage.push_records import BroadcastRecord, Bucket, RunRecord, RunStatus
from storage.records import Committed, Loaded
from tests.storage.talk import NOW, Talk

BOT = "wellbeing"
DAY = timedelta(days=1)
WEEKLY = BroadcastRecord(BOT, "weekly", "Weekly tip", "tips", NOW, "ann", message="tip")


def run_of(
    people: Sequence[int],
    run: str = "r1",
    *,
    occurrence: str = "",
    family: str = "",
    skipped: Mapping[str, Sequence[int]] | None = None,
    later: Mapping[timedelta, Sequence[int]] | None = None,
    **more: Any,
) -> RunRecord:
    """A run to people by number: all of them now, but for those who are skipped from the start, or due later."""
    skipped, later = skipped or {}, later or {}
    apart = {number for numbers in (*skipped.values(), *later.values()) for number in numbers}
    buckets = {timedelta(): [number for number in people if number not in apart], **later}
    return RunRecord(
        bot=BOT,
        id=run,
        broadcast=WEEKLY.id,
        occurrence=occurrence or f"now:{run}",
        family=family or run,
        content=WEEKLY,
        created_at=NOW,
        created_by="ann",
        due=NOW,
        expires=NOW + DAY,
        planned=len(people),
        audience=BitMap(people).serialize(),
        skipped={reason: BitMap(numbers).serialize() for reason, numbers in skipped.items()},
        buckets=tuple(Bucket(NOW + wait, BitMap(numbers).serialize()) for wait, numbers in buckets.items() if numbers),
        **more,
    )


async def known_members(store: Store, *names: str, subject: str = "tips") -> list[int]:
    """People who opted in, in a conversation with nothing waiting; return their numbers."""
    return [await known_member(store, name, subject) for name in names]


async def known_member(store: Store, name: str, subject: str = "tips") -> int:
    talk = Talk(name)
    await talk.take(store, f"{name} joins", consent={subject: Membership.OPTED_IN})
    return await number_of(store, name)


async def number_of(store: Store, name: str) -> int:
    loaded = await Talk(name).load(store)
    assert loaded.contact is not None
    found = await store.person(BOT, loaded.contact.id)
    assert found is not None
    return found.number


def claims(run: str = "r1", attempt: int = 1) -> Send:
    """What a turn decides that sends a push."""
    push = PushRef(run, attempt)
    return Send(OutgoingMessage(f"m_{run}_{attempt}", (OutgoingText("a tip"),), message="tip", push=push))


def skips(reason: str = "opted out") -> SkipPush:
    return SkipPush(reason)


def defers(minutes: int = 5, why: Deferral = Deferral.QUIET) -> DeferPush:
    return DeferPush(NOW + timedelta(minutes=minutes), why)


def push_due(run: str = "r1", attempt: int = 1, *, epoch: int = 1, subject: str = "tips", variant: str = "") -> PushDue:
    return PushDue(PushRef(run, attempt), subject, "tip", 1, "0123", NOW, NOW + DAY, epoch=epoch, variant=variant)


async def push(
    store: Store,
    name: str,
    *effects: Effect,
    due: PushDue | None = None,
    loaded: Loaded | None = None,
    at: Any = NOW,
) -> Committed:
    """Take a push through its turn; it is sent where no effect is given."""
    talk = Talk(name)
    event = due or push_due()
    loaded = loaded or await talk.load(store)
    effects = effects or (claims(event.push.run, event.push.attempt),)
    name_of_event = f"push:{event.push.run}:{name}:{event.push.attempt}"
    return await store.commit(talk.turn(loaded, name_of_event, *effects, action=event, at=at))


async def stands(store: Store, run: str = "r1") -> RunStatus:
    found = await store.run(BOT, run)
    assert found is not None
    return found[1]


async def waiting(store: Store, run: str = "r1") -> int:
    found = await store.run(BOT, run)
    assert found is not None
    return found[0].planned - sum(found[1].counts.values())


async def change(store: Store, state: RunState, run: str = "r1", *among: RunState) -> RunStatus:
    return await store.change_run(BOT, run, state, among=among or tuple(RunState), at=NOW, by="ann")


def plain(status: RunStatus) -> dict[str, int]:
    """Counters under short names: `skipped: opted out`."""
    return {f"{state.value}{kind and ': '}{kind}": count for (state, kind), count in status.counts.items()}
