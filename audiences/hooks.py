"""What other systems are told: changes of consent to catch up with, and events that could not be delivered."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from audiences.context import Context
from messages.consent import LedgerRow, Membership, SourceKind
from messages.effects import Notify, NotifyConsent
from messages.errors import BadInput, NotFound
from storage.ledger import LedgerPosition
from storage.port import Store
from storage.work import Work, WorkState

PAGE = 1000


class ConsentEvent(msgspec.Struct, frozen=True):
    """A row of the ledger, without words."""

    sequence: int
    contact: str
    subject: str
    before: Membership
    after: Membership
    at: datetime
    source: SourceKind


class ConsentEvents(msgspec.Struct, frozen=True):
    """Changes of consent after a place. `after` is where to go on, also later; `more`: there are more by now."""

    changes: tuple[ConsentEvent, ...]
    after: str
    more: bool


class FailedEvent(msgspec.Struct, frozen=True):
    """An event that a hook was not told."""

    id: str
    hook: str
    event: str
    contact: str
    at: datetime
    attempts: int
    reason: str


class FailedEvents(msgspec.Struct, frozen=True):
    """Events that were given up, and how many wait."""

    events: tuple[FailedEvent, ...]
    waiting: int


async def rows_of(store: Store, bot: str, sequences: Sequence[int]) -> Sequence[LedgerRow]:
    """Return the rows of the ledger that have these sequences, in order."""
    wanted = set(sequences)
    found: list[LedgerRow] = []
    after = min(wanted) - 1 if wanted else 0
    while len(found) < len(wanted) and (rows := await store.ledger(bot, after=after, limit=PAGE)):
        found += [row for row in rows if row.sequence in wanted]
        after = rows[-1].sequence
    return found


async def consent_events(context: Context, after: str, limit: int) -> ConsentEvents:
    """Return what changed after a place that an earlier page named; from the beginning without one. Raises BadInput."""
    found = await context.store.follow_memberships(context.bot, _position(after), limit=limit)
    rows = await rows_of(context.store, context.bot, [row.sequence for row in found.rows])
    changes = tuple(
        ConsentEvent(
            row.sequence, change.contact, change.subject, change.before, change.after, change.at, change.source
        )
        for row in rows
        for change in (row.change,)
    )
    return ConsentEvents(changes, ".".join(map(str, found.position)), found.more)


def _position(after: str) -> LedgerPosition:
    try:
        return tuple(int(number) for number in after.split(".")) if after else ()
    except ValueError as error:
        remedy = "Write the `after` of an earlier answer"
        raise BadInput(f"{after!r} is no place in the ledger", place="after", remedy=remedy) from error


async def failed_events(context: Context, limit: int = 100) -> FailedEvents:
    """Return what hooks were not told, the oldest first."""
    rows = await context.store.dead_work(context.bot, limit=limit)
    counts = await context.store.work_counts(context.bot)
    waiting = sum(count for (_, state), count in counts.items() if state is WorkState.WAITING)
    return FailedEvents(tuple(_failed(row) for row in rows), waiting)


def _failed(row: Work) -> FailedEvent:
    effect = row.effect
    hook = effect.hook if isinstance(effect, Notify | NotifyConsent) else ""
    event = effect.event if isinstance(effect, Notify) else "consent"
    return FailedEvent(row.id, hook, event, row.contact, row.created_at, row.attempts, row.reason)


async def resend_event(context: Context, event: str) -> None:
    """Tell a hook what it was not told, under the same key. Raises NotFound."""
    context.staff.require("resend_event")
    if not await context.store.work_again(context.bot, event, context.at):
        remedy = "List those that failed: assent hook failed"
        raise NotFound(f"no event `{event}` was given up", place="event", remedy=remedy)
    await context.record("resend_event", event)
