"""Taking one import from its file to its end, rows that name nobody known asked of the directory."""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, Any, Final

from pyroaring import BitMap

from adapters.port import Directory, NotFound, Profile
from audiences.imports.contacts import ContactSource
from audiences.imports.plan import WINDOW, ListSource, Source, pack, people_in, unpack
from flows.model.bot import Bot
from flows.source.read import read_flow
from messages.addresses import Handle, HandleKind, Malformed, handle_of, handles_of
from messages.contact import DETAILS, Contact, Filled
from messages.errors import BadInput, Conflict, DeliveryError, RateLimited, StaleVersion, WasErased
from messages.import_rows import Outcome, Reason
from storage.audience_records import ImportJob, ImportRow, ImportStep, JobKind, was_erased
from storage.port import Store

TRIES = 5
"""How often somebody is asked for, while the directory fails or asks to wait."""
_PAUSE = 1.0
"""Seconds before the second try; doubled each time."""


class LookUp:
    """Finds the people of one job. `new_id` makes ids of contacts, `clock` tells the time."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        named: BitMap | None = None,
    ) -> None:
        """`named`: the people whom rows before these name, for a dry run: nobody is made."""
        self._store = store
        self._directory = directory
        self._clock = clock
        self._new_id = new_id
        self._named = named
        self._foreseen: set[Handle] = set()
        """Of people whom a dry run would have made."""

    async def row(self, job: ImportJob, waiting: ImportRow) -> ImportRow:
        """Return a row that waited, with the person whom it means, or why it failed. Raises StoreError."""
        handle = handle_of(waiting.value)
        assert not isinstance(handle, Malformed)  # noqa: S101  # such rows never wait
        found = await self._ask(handle)
        if isinstance(found, NotFound):
            return ImportRow(waiting.line, waiting.value, 0, found.reason, found.detail)
        contact = self._contact(handle, found)
        try:
            if self._named is not None:
                return await self._foresee(job, waiting, contact, self._named)
            person = await self._person(job, contact)
        except WasErased:
            return ImportRow(waiting.line, "", 0, Reason.ERASED)
        if not person:
            return ImportRow(waiting.line, waiting.value, 0, Reason.UNKNOWN, "somebody else has their account by now")
        return ImportRow(waiting.line, waiting.value, person)

    async def _foresee(self, job: ImportJob, waiting: ImportRow, contact: Contact, named: BitMap) -> ImportRow:
        """Return what a row would come to, as `row` does. Raises WasErased."""
        row = ImportRow(waiting.line, waiting.value)
        handles = handles_of(contact)
        person = await self._known(job.bot, contact)
        if person:
            is_second = person in named
            named.add(person)
            return row._replace(person=person, outcome=Outcome.UNCHANGED if is_second else None)
        if await self._store.erased_handles(job.bot, list(handles)):
            raise was_erased(is_new=True)
        is_second = not self._foreseen.isdisjoint(handles)
        self._foreseen |= {handle for handle in handles if handle.kind is not HandleKind.EMAIL}
        return row._replace(outcome=Outcome.UNCHANGED if is_second else Outcome.ADDED)

    async def _ask(self, handle: Handle) -> Profile | NotFound:
        pause = _PAUSE
        for attempt in range(1, TRIES + 1):
            try:
                return await self._directory.look_up(handle)
            except DeliveryError as error:
                if attempt < TRIES:
                    wait = error.retry_after if isinstance(error, RateLimited) and error.retry_after else pause
                    await asyncio.sleep(wait)
                    pause *= 2
        return NotFound(Reason.UNKNOWN, "the directory did not answer")

    def _contact(self, handle: Handle, profile: Profile) -> Contact:
        return Contact(
            id=self._new_id(),
            identities=(profile.identity,) if profile.identity else (),
            source="csv",
            created_at=self._clock(),
            **_details_of(profile, handle),
        )

    async def _person(self, job: ImportJob, contact: Contact) -> int:
        """Return the number of who was found, who is a contact from now on."""
        known = await self._known(job.bot, contact)
        if known:
            return known
        try:
            return (await self._store.add_contact(job.bot, contact)).number
        except (Conflict, StaleVersion):  # somebody made them meanwhile
            return await self._known(job.bot, contact)

    async def _known(self, bot: str, contact: Contact) -> int:
        """Return who has an account or an id of this person; an address alone may be of several. 0: nobody."""
        handles = sorted(handles_of(contact))
        found = await self._store.find_people(bot, handles)
        proved = [
            numbers[0] for handle, numbers in zip(handles, found, strict=True) if handle.kind != "email" and numbers
        ]
        return proved[0] if proved else 0


def _details_of(profile: Profile, handle: Handle) -> dict[str, Any]:
    """Return what a directory tells of who was asked for, and by what."""
    found: dict[str, Any] = {
        each.attribute: getattr(profile, each.attribute) for each in DETAILS if each.filled is not Filled.NEVER
    }
    asked = "email" if handle.kind is HandleKind.EMAIL else "external_id"
    return {**found, asked: found[asked] or handle.key}


LEASE: Final = timedelta(seconds=30)
"""How long a job stays a worker's that gives no sign of life."""
STEP: Final = 250
"""Rows of a list that are taken at once."""
CONTACTS_STEP: Final = 500
"""Rows of a file of contacts that are taken at once: most of a step is the wait for the disk."""
_TRIES: Final = 20
"""How often people are looked at again who are changed meanwhile."""
_ASKED_BATCH: Final = 4
"""People that are looked up side by side."""
_PAGE: Final = 100

OnProgress = Callable[[ImportJob], None]


class Importer:
    """Runs imports that are this worker's. `directory` looks unknown people of lists up; None: they stay unknown."""

    def __init__(
        self,
        store: Store,
        worker: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        directory: Directory | None = None,
        on_progress: OnProgress = lambda _: None,
        window: int = WINDOW,
        step: int = 0,
    ) -> None:
        self._store = store
        self._worker = worker
        self._clock = clock
        self._new_id = new_id
        self._directory = directory
        self._on_progress = on_progress
        self._window = window
        self._step = step

    async def claim(self, *, bot: str = "", job: str = "") -> ImportJob | None:
        """Take the next job that nobody has; that one, if it is named."""
        now = self._clock()
        return await self._store.claim_import(self._worker, now, now + LEASE, bot=bot, job=job)

    async def run(self, job: ImportJob) -> ImportJob:
        """Take a job to its end, from wherever somebody left it; return it as it ended.

        A file that is no list ends it before anything is done. Raises JobLost when it is another worker's by now, and
        StoreError.
        """
        with tempfile.TemporaryFile() as file:
            async for chunk in self._store.import_file(job.bot, job.id):
                file.write(chunk)
            source = await self._source(job, file)
            if not job.total:
                try:
                    total = await asyncio.to_thread(source.count)
                except BadInput as problem:
                    return await self._end(job, failed=str(problem))
                until = self._clock() + LEASE
                job = await self._store.set_job_progress(job.bot, job.id, self._worker, until, total=total)
                self._on_progress(job)
            alive = asyncio.create_task(self._stay_alive(job))
            try:
                job = await self._take(job, source)
            finally:
                alive.cancel()
                await asyncio.gather(alive, return_exceptions=True)
        return await self._end(job, cancelled=job.cancelling)

    async def _source(self, job: ImportJob, file: IO[bytes]) -> Source:
        if job.kind is JobKind.IMPORT_CONTACTS:
            return ContactSource(self._store, job, file, await self._flow_of(job.bot), self._clock)
        return ListSource(self._store, job, file, looks_up=self._directory is not None)

    async def _flow_of(self, bot: str) -> Bot:
        """Return what is live; before the first push, a bot with nothing in it."""
        live = await self._store.live(bot)
        revision = None if live is None else await self._store.revision(bot, live.number)
        if revision is None:
            nothing: dict[str, Any] = {"assent": "1", "bot": bot, "name": None, "messages": {}}
            return Bot.model_construct(**nothing)
        return (await asyncio.to_thread(read_flow, revision[1], f"the live flow of {bot}")).bot

    async def _stay_alive(self, job: ImportJob) -> None:
        """Renew the lease, also while a look-up takes long."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            until = self._clock() + LEASE
            await self._store.set_job_progress(job.bot, job.id, self._worker, until)

    async def _end(self, job: ImportJob, *, failed: str = "", cancelled: bool = False) -> ImportJob:
        ended = await self._store.end_import(
            job.bot, job.id, self._worker, at=self._clock(), failed=failed, cancelled=cancelled
        )
        self._on_progress(ended)
        return ended

    async def _take(self, job: ImportJob, source: Source) -> ImportJob:
        """Take all rows; those that wait are looked up beside. In a dry run behind: it has to know whom others name."""
        more_to_come = asyncio.Event()
        named = BitMap()
        if self._directory is None or job.kind is not JobKind.IMPORT_MEMBERS:
            return await self._take_windows(job, source, named)
        if job.dry_run:
            job = await self._take_windows(job, source, named)
            more_to_come.set()
            return await self._look_up(job, self._directory, more_to_come, named) or job
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look_up(job, self._directory, more_to_come))
            job = await self._take_windows(job, source, named)
            more_to_come.set()
            last = await looking
        return last or job

    async def _take_windows(self, job: ImportJob, source: Source, seen: BitMap) -> ImportJob:
        """Take all rows; those whom they name come to `seen`."""
        windows = source.windows(self._window)
        first = 0
        rows: list[Any] | None = await asyncio.to_thread(next, windows, None)
        while rows and not job.cancelling:
            following = asyncio.create_task(asyncio.to_thread(next, windows, None))  # it is read while these are taken
            try:
                job, plan = await self._take_window(job, source, rows, first, seen)
                seen |= await asyncio.to_thread(people_in, plan)
                first += len(rows)
            finally:
                (rows,) = await asyncio.gather(following)
        return job

    async def _take_window(
        self, job: ImportJob, source: Source, rows: list[Any], first: int, seen: BitMap
    ) -> tuple[ImportJob, list[ImportRow]]:
        """Take the rows of a window that were not taken yet; return its plan too."""
        if first + len(rows) <= job.done:
            return job, await source.plan(rows, seen)
        name = f"import:{job.id}:{first}"
        plan, is_fresh = await self._plan(job, source, name, rows, seen)
        job = await self._take_plan(job, source, plan, rows, first, is_fresh=is_fresh)
        await self._store.drop_frozen(job.bot, name)
        return job, plan

    async def _plan(
        self, job: ImportJob, source: Source, name: str, rows: list[Any], seen: BitMap
    ) -> tuple[list[ImportRow], bool]:
        """Return the plan of a window, and whether it was just made: else it is the one that was begun on."""
        kept = await self._store.frozen(job.bot, name)
        if kept is None:
            plan = await source.plan(rows, seen)
            packed = await asyncio.to_thread(pack, plan)
            await self._store.keep_frozen(job.bot, name, packed, self._clock())
            return plan, True
        return await asyncio.to_thread(unpack, kept, rows), False

    async def _take_plan(
        self, job: ImportJob, source: Source, plan: list[ImportRow], rows: list[Any], first: int, *, is_fresh: bool
    ) -> ImportJob:
        while (place := job.done - first) < len(plan) and not job.cancelling:
            size = self._step or (STEP if job.kind is JobKind.IMPORT_MEMBERS else CONTACTS_STEP)
            step = plan[place : place + size]
            job = await self._take_step(job, source, step, rows, is_fresh=is_fresh)
            self._on_progress(job)
            await asyncio.sleep(0)
        return job

    async def _take_step(
        self, job: ImportJob, source: Source, step: list[ImportRow], rows: list[Any], *, is_fresh: bool
    ) -> ImportJob:
        """Take some rows of a plan, planned again as often as somebody changes the people whom they mean."""
        for attempt in range(_TRIES):
            if attempt or not is_fresh:
                step = await source.plan_again(step, rows)
            if job.dry_run:
                step = [row._replace(contact=None) for row in step]
            try:
                return await self._store.apply_import(job.bot, self._a_step(job, job.done, step))
            except (StaleVersion, Conflict, WasErased):
                await asyncio.sleep(0)
        raise StaleVersion(f"people of import {job.id}")

    def _a_step(self, job: ImportJob, first: int, rows: list[ImportRow]) -> ImportStep:
        now = self._clock()
        return ImportStep(job.id, self._worker, first, rows, now, now + LEASE)

    async def _look_up(
        self, job: ImportJob, directory: Directory, ended: asyncio.Event, named: BitMap | None = None
    ) -> ImportJob | None:
        """Settle rows that wait, until there will be no more; return the job after the last."""
        finder = LookUp(self._store, directory, clock=self._clock, new_id=self._new_id, named=named)
        last: ImportJob | None = None
        while True:
            no_more = ended.is_set()
            waiting = await self._store.waiting_rows(job.bot, job.id, limit=_PAGE)
            if last is not None and last.cancelling:
                return last
            if not waiting:
                if no_more:
                    return last and await self._store.import_job(job.bot, job.id)
                await _either(ended)
                continue
            for start in range(0, len(waiting), _ASKED_BATCH):
                some = waiting[start : start + _ASKED_BATCH]
                rows = list(await asyncio.gather(*(finder.row(job, row) for row in some)))
                last = await self._settled(job, rows)
                self._on_progress(last)
                if last.cancelling:
                    break

    async def _settled(self, job: ImportJob, rows: list[ImportRow]) -> ImportJob:
        while True:
            try:
                return await self._store.settle_import(job.bot, self._a_step(job, 0, rows))
            except StaleVersion:  # the other pass was faster
                await asyncio.sleep(0)


async def _either(ended: asyncio.Event) -> None:
    """Return once the event is set, or after a moment."""
    try:
        async with asyncio.timeout(0.1):
            await ended.wait()
    except TimeoutError:
        return
