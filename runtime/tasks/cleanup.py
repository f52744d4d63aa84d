"""Deletes what is kept for a while only: one table says how long, and docs/operations.md shows it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from config.settings import Settings
from messages.errors import StaleVersion, StoreError
from runtime.clock import Clock
from storage.port import Store
from storage.records import Retained

log = structlog.get_logger("assent.upkeep")

_PAGE = 500


async def forget_notes(store: Store, before: datetime) -> int:
    """Take notes older than `before` away; return how many went. Who acts meanwhile is left to the next time."""
    gone = 0
    for bot in await store.all_bots():
        after = 0
        while people := await store.people(bot, after=after, limit=_PAGE):
            after = people[-1].number
            for person in people:
                kept = tuple(note for note in person.contact.notes if note.at >= before)
                if len(kept) == len(person.contact.notes):
                    continue
                try:
                    await store.edit_contact(bot, msgspec.structs.replace(person.contact, notes=kept))
                except StaleVersion:
                    log.info("notes are left to the next cleanup: the person acted meanwhile", bot=bot)
                    continue
                gone += len(person.contact.notes) - len(kept)
    return gone


Cleaner = Callable[[Store, datetime, int], Awaitable[int]]
"""Forgets what is more than the setting says (days, megabytes), at a moment; returns how many went."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of what is kept.

    `amount` reads its setting: days, or megabytes; 0 is for ever. Where there is no `cleaner`, `until` says what ends
    it: another cleaner, an act, or nothing.
    """

    name: str
    setting: str = ""
    amount: Callable[[Settings], int] = lambda _: 0
    cleaner: Cleaner | None = None
    until: str = ""


async def _events(store: Store, at: datetime, days: int) -> int:
    gone = await store.prune(at, timedelta(days=days))
    await store.prune_staff_records(at)
    return gone.seen_events + gone.deliveries


async def _old_turns(store: Store, at: datetime, days: int) -> int:
    return await store.prune_journal(before=at - timedelta(days=days))


async def _surplus_turns(store: Store, _: datetime, megabytes: int) -> int:
    return await store.prune_journal(keep_bytes=megabytes * 1_000_000)


async def _notes(store: Store, at: datetime, days: int) -> int:
    return await forget_notes(store, at - timedelta(days=days))


def _prunes(what: Retained) -> Cleaner:
    async def clean(store: Store, at: datetime, days: int) -> int:
        return await store.prune_kept(what, at - timedelta(days=days))

    return clean


_WITH_EVENTS: Final = "with the ids of events"

RETENTION: Final[Sequence[Kept]] = (
    Kept("ids of events", "keep_days", lambda settings: settings.keep_days, _events),
    Kept("delivered replies", "keep_days", lambda settings: settings.keep_days, until=_WITH_EVENTS),
    Kept("answers of the API", "keep_days", lambda settings: settings.keep_days, until=_WITH_EVENTS),
    Kept("uploads that broke off", "keep_days", lambda settings: settings.keep_days, until=_WITH_EVENTS),
    Kept("recorded turns", "journal.keep_days", lambda settings: settings.journal.keep_days, _old_turns),
    Kept("recorded turns, by size", "journal.keep_mb", lambda settings: settings.journal.keep_mb, _surplus_turns),
    Kept(
        "failed replies",
        "retention.failed_reply_days",
        lambda settings: settings.retention.failed_reply_days,
        _prunes(Retained.FAILED_REPLIES),
    ),
    Kept(
        "ignored messages",
        "retention.ignored_days",
        lambda settings: settings.retention.ignored_days,
        _prunes(Retained.IGNORED_MESSAGES),
    ),
    Kept(
        "import reports",
        "retention.report_days",
        lambda settings: settings.retention.report_days,
        _prunes(Retained.IMPORT_REPORTS),
    ),
    Kept(
        "pushes",
        "retention.push_days",
        lambda settings: settings.retention.push_days,
        _prunes(Retained.PUSHES),
    ),
    Kept(
        "audit rows",
        "retention.audit_days",
        lambda settings: settings.retention.audit_days,
        _prunes(Retained.AUDIT),
    ),
    Kept("notes", "retention.note_days", lambda settings: settings.retention.note_days, _notes),
    Kept(
        "waiting replies",
        "outbox.max_age",
        lambda settings: round(settings.outbox.max_age / 86_400),
        until="they are sent or given up",
    ),
    Kept("uploads", until="the import ends"),
    Kept("import jobs", until="never: ledger rows name them"),
    Kept("exports", until="you delete the file: the store keeps none"),
    Kept("waits", until="they are over, or a STOP"),
    Kept("members frozen for a send", until="the send ends"),
    Kept("leases and forms of servers", until="the server ends, or its lease"),
    Kept("people, fields, accounts, conversations", until="the person is erased"),
    Kept("hashes of erased accounts", until="never: no list may bring the person back"),
    Kept("consent ledger", until="never; erasing a person takes the personal part of a row"),
    Kept("words that were shown", until="never: they prove a yes; a person's own words go when they are erased"),
    Kept("lost ledger rows", until="never"),
    Kept("flows", until="never: a button of an old message names its revision"),
    Kept("tokens", until="never: rows name them; a revoked one opens nothing"),
)
"""Everything that a store keeps."""


EVERY = 3600.0
"""Seconds between two times; also before the first, so that a start is quick."""


class Cleanup:
    """Keeps the store from growing by what nobody asks for any more. The ledger stays."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, table: Sequence[Kept] = RETENTION) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._table = table

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.once()

    async def once(self) -> None:
        """Forget what is old enough. Where one kind fails, the others are cleaned before that is raised."""
        now = self._clock()
        gone: dict[str, int] = {}
        unexpected: list[Exception] = []
        for kept in self._table:
            amount = kept.amount(self._settings)
            if kept.cleaner is None or not amount:
                continue
            try:
                gone[kept.name] = await kept.cleaner(self._store, now, amount)
            except StoreError as error:
                log.warning("cleanup skipped", what=kept.name, reason=str(error))
            except Exception as error:  # noqa: BLE001  # raised below
                unexpected.append(error)
        if any(gone.values()):
            log.info("pruned", rows={name: count for name, count in gone.items() if count})
        if unexpected:
            raise ExceptionGroup("cleanup", unexpected)
