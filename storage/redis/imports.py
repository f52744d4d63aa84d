"""Files of people on their way into segments, in the bot's first shard: jobs, files, rows that wait or failed."""

from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256

import msgspec

from consent.membership import Act
from messages.addresses import Handle, other_handles
from messages.codec import RecordDecoder, encode, to_ms
from messages.contact import Contact
from messages.errors import BadInput, JobLost, StaleVersion
from messages.import_rows import Reason
from storage.audience_records import (
    ENDED,
    IMPORTS,
    FailedRow,
    ImportJob,
    ImportRow,
    ImportState,
    ImportStep,
    JobKind,
    StaffChange,
)
from storage.change_feed import JOBS
from storage.codec import UnreadableRecords
from storage.imports import (
    Settled,
    counted,
    ended,
    in_chunks,
    named,
    nobody_has,
    people_of,
    progressed,
    settled,
    settled_contacts,
    without_erased,
)
from storage.redis.cluster import Cluster
from storage.redis.contacts import RedisPeople, erased_among, handle_words, home_of, refuse
from storage.redis.continuity import ShardMemory
from storage.redis.pipeline import IMPORT_STEP, IMPORTS_TO_DO, SAVE_CONTACTS, SWAP, Word
from storage.redis.segments import Marker, change_people
from storage.redis.shards import Shard, Shards

_KEY = "uploads"
"""Names of their jobs, by when that began."""


async def begin_upload(cluster: Cluster, shard: Shard, job: str, at: datetime) -> None:
    await cluster.ask.zadd(f"{shard.prefix}{_KEY}", {job: to_ms(at)})


async def end_upload(cluster: Cluster, shard: Shard, job: str) -> None:
    """The file is whole, and its job is there."""
    await cluster.ask.zrem(f"{shard.prefix}{_KEY}", job)


async def prune_uploads(cluster: Cluster, shards: Sequence[Shard], cut: int) -> None:
    """Forget files that began before `cut`, in milliseconds since 1970, and never became a job."""
    for shard in shards:
        for name in await cluster.ask.zrangebyscore(f"{shard.prefix}{_KEY}", "-inf", f"({cut}"):
            job = name.decode()
            if not await cluster.ask.hexists(f"{shard.prefix}imports", job):
                await cluster.ask.delete(f"{shard.prefix}import-file:{job}")
            await end_upload(cluster, shard, job)


_decode = RecordDecoder[ImportJob](ImportJob)
_encode_row = msgspec.json.Encoder().encode
_decode_row = msgspec.json.Decoder(FailedRow).decode

_RECORDS, _ORDER, _TO_DO = "import-records", "imports", "imports-to-do"

_CONTACTS_BATCH = 50
"""Contacts in one call of a script: a longer one would hold up turns."""


class RedisImports(RedisPeople):
    """`storage.audience_port.Imports`."""

    _cluster: Cluster
    _meta: Shards
    _memory: ShardMemory
    unreadable: UnreadableRecords

    async def add_import(self, job: ImportJob, file: AsyncIterable[bytes]) -> ImportJob:
        """Store the file chunk by chunk, then the job; what a crash leaves of a file goes with `prune`."""
        shard = (await self._meta.of_bot(job.bot))[0]
        if await self._job_record(shard, job.id):
            raise BadInput(f"there is an import {job.id} already")
        await begin_upload(self._cluster, shard, job.id, job.created_at)
        digest, size = sha256(), 0
        async for part in in_chunks(file):
            digest.update(part)
            size += len(part)
            await self._cluster.ask.rpush(f"{shard.prefix}import-file:{job.id}", part)
        queued = msgspec.structs.replace(job, size=size, digest=digest.hexdigest(), state=ImportState.QUEUED)
        place = await self._cluster.ask.hincrby(f"{shard.prefix}meta", "imports", 1)
        words = (_RECORDS, job.id, encode(queued), _ORDER, job.id, place, _TO_DO, job.id, place)
        if not await self._cluster.call(SWAP, shard.prefix, _RECORDS, job.id, "", "", "", *words):
            raise BadInput(f"there is an import {job.id} already")
        await end_upload(self._cluster, shard, job.id)
        self._feed.committed(JOBS)
        return queued

    async def import_file(self, bot: str, job: str) -> AsyncIterator[bytes]:
        key = f"{(await self._meta.of_bot(bot))[0].prefix}import-file:{job}"
        place = 0
        while (part := await self._cluster.ask.lindex(key, place)) is not None:
            yield part
            place += 1

    async def imports(self, bot: str, *, before: str = "", limit: int = 100) -> Sequence[ImportJob]:
        prefix = (await self._meta.of_bot(bot))[0].prefix
        order = await self._cluster.ask.hgetall(f"{prefix}{_ORDER}")
        last = int(order.get(before.encode(), 1 << 62))
        names = sorted((name for name, place in order.items() if int(place) < last), key=lambda name: -int(order[name]))
        if not names:
            return []
        records = await self._cluster.ask.hmget(f"{prefix}{_RECORDS}", names[:limit])
        found = (self._readable_job(bot, name, record) for name, record in zip(names, records, strict=False))
        return list(filter(None, found))

    def _readable_job(self, bot: str, name: bytes, record: bytes | None) -> ImportJob | None:
        return self.unreadable.read("import", bot, name.decode(), partial(_decode, record or b""))

    async def import_job(self, bot: str, job: str) -> ImportJob | None:
        record = await self._job_record((await self._meta.of_bot(bot))[0], job)
        return _decode(record) if record else None

    async def _job_record(self, shard: Shard, job: str) -> bytes:
        return await self._cluster.ask.hget(f"{shard.prefix}{_RECORDS}", job) or b""

    async def claim_import(
        self,
        worker: str,
        now: datetime,
        leased_until: datetime,
        *,
        bot: str = "",
        job: str = "",
        kinds: Collection[JobKind] = IMPORTS,
    ) -> ImportJob | None:
        if not bot:
            self.unreadable.begin("import")
        waiting: list[tuple[datetime, int, str, Shard]] = []
        shards = [(await self._meta.of_bot(each))[0] for each in ([bot] if bot else await self._meta.bots())]
        for shard, to_do in zip(shards, await self._cluster.call_all(IMPORTS_TO_DO, shards), strict=True):
            for name, place in zip(to_do[::2], to_do[1::2], strict=True):
                found = self._readable_job(shard.bot, name, await self._job_record(shard, name.decode()))
                if found is None or found.kind not in kinds or job not in ("", found.id):
                    continue
                if found.leased_until is None or found.leased_until < now:
                    waiting.append((found.created_at, int(place), found.id, shard))
        for _, _, name, shard in sorted(waiting, key=lambda one: one[:3]):
            record = await self._job_record(shard, name)
            found = _decode(record)
            if found.state in ENDED or (found.leased_until is not None and found.leased_until >= now):
                continue
            claimed = msgspec.structs.replace(
                found,
                state=ImportState.RUNNING,
                worker=worker,
                leased_until=leased_until,
                started_at=found.started_at or now,
            )
            if await self._replace_job(shard, record, claimed):
                return claimed
        return None

    async def _replace_job(self, shard: Shard, record: bytes, job: ImportJob) -> bool:
        words = (_RECORDS, job.id, encode(job))
        return bool(await self._cluster.call(SWAP, shard.prefix, _RECORDS, job.id, record, "", "", *words))

    async def set_job_progress(
        self,
        bot: str,
        job: str,
        worker: str,
        leased_until: datetime,
        *,
        total: int | None = None,
        done: int | None = None,
    ) -> ImportJob:
        return await self._change_job(
            bot, job, worker, lambda found: progressed(found, leased_until, total=total, done=done)
        )

    async def _change_job(self, bot: str, job: str, worker: str, change: Callable[[ImportJob], ImportJob]) -> ImportJob:
        """Replace a job that is the worker's. Raises JobLost."""
        shard = (await self._meta.of_bot(bot))[0]
        while True:
            record, found = await self._own_job(shard, job, worker)
            changed = change(found)
            if await self._replace_job(shard, record, changed):
                return changed

    async def _own_job(self, shard: Shard, job: str, worker: str) -> tuple[bytes, ImportJob]:
        record = await self._job_record(shard, job)
        if not record:
            raise _unknown(shard.bot, job)
        found = _decode(record)
        if found.state is not ImportState.RUNNING or found.worker != worker:
            raise JobLost(job)
        return record, found

    async def apply_import(self, bot: str, step: ImportStep) -> ImportJob:
        shards = await self._meta.of_bot(bot)
        _, job = await self._own_job(shards[0], step.job, step.worker)
        if step.first < job.done:
            return job
        if step.first > job.done:
            raise StaleVersion(f"place of import {step.job}")
        return await self._take_rows(shards, step, step.rows, f"{step.first}", done=len(step.rows))

    async def settle_import(self, bot: str, step: ImportStep) -> ImportJob:
        shards = await self._meta.of_bot(bot)
        await self._own_job(shards[0], step.job, step.worker)
        rows = []
        for row in step.rows:
            key = f"{shards[0].prefix}import-waiting:{step.job}"
            if await self._cluster.ask.zcount(key, row.line, row.line):
                rows.append(row)
        field = "w" + ",".join(str(row.line) for row in rows)
        return await self._take_rows(shards, step, rows, field, done=0)

    async def _take_rows(
        self, shards: Sequence[Shard], step: ImportStep, rows: Sequence[ImportRow], field: str, *, done: int
    ) -> ImportJob:
        """Do what rows say, shard by shard, then say in the first shard what came of it."""
        _, job = await self._own_job(shards[0], step.job, step.worker)
        if job.kind is JobKind.IMPORT_CONTACTS:
            await self._keep_contacts(shards, [row.contact for row in rows if row.contact is not None])
            result = settled_contacts(rows)
        else:
            result = await self._added(shards, job, step, rows, field)
        erased = await erased_among(self._cluster, shards[0], self._meta.salt, list(named(result)))
        result = without_erased(result, erased)
        settled_lines = [] if done else [row.line for row in rows]
        words: list[Word] = [len(settled_lines), *settled_lines, len(result.failed)]
        for failed in result.failed:
            words += (failed.line, _encode_row(failed))
        words.append(len(result.waiting))
        for row in result.waiting:
            words += (row.line, _encode_row(FailedRow(row.line, row.value, Reason.UNKNOWN)))
        while True:
            record, job = await self._own_job(shards[0], step.job, step.worker)
            if done and job.done != step.first:
                return job
            waited = msgspec.structs.replace(job, looking_up=job.looking_up - len(settled_lines))
            taken = counted(waited, step, result, done=done)
            if await self._cluster.call(IMPORT_STEP, shards[0].prefix, job.id, record, encode(taken), *words):
                return taken

    async def _added(
        self, shards: Sequence[Shard], job: ImportJob, step: ImportStep, rows: Sequence[ImportRow], field: str
    ) -> Settled:
        """Add the people of rows to the segment. A shard remembers what a step did there, so that a step which broke
        off between shards goes on.
        """
        lines = people_of(rows)
        act = StaffChange(job.segment, Act.ADD, step.at, job.source, job.actor, list(lines), acted_at=job.created_at)
        marker = Marker(f"import-steps:{job.id}", field)
        details = {person: f"{job.id}:{line}" for person, line in lines.items()}
        outcomes = await change_people(self._cluster, self._memory, shards, act, details, marker, dry_run=job.dry_run)
        return settled(rows, lines, outcomes)

    async def _keep_contacts(self, shards: Sequence[Shard], contacts: Sequence[Contact]) -> None:
        """Add contacts and replace others, as `add_contact` and `edit_contact` do with `unique_address`: of a shard
        some at a time, or none of those. One that is new and there already stays as it is. No account changes.

        Raises StaleVersion, Taken and WasErased.
        """
        salt = self._meta.salt
        changed = [contact.id.encode() for contact in contacts if contact.version]
        before: dict[str, tuple[Shard, Contact]] = {}
        for shard in shards if changed else ():
            before.update((person.contact.id, (shard, person.contact)) for person in await self._named(shard, changed))
        of_shards: defaultdict[Shard, list[Contact]] = defaultdict(list)
        for contact in contacts:
            if not contact.version:
                if contact.identities:
                    await self._add_with_accounts(shards, contact)
                else:
                    of_shards[home_of(shards, contact)].append(contact)
            elif contact.id not in before:
                raise StaleVersion(f"contact {contact.id}")
            else:
                of_shards[before[contact.id][0]].append(contact)
        for shard, its_contacts in of_shards.items():
            gained = [
                other_handles(contact) - (other_handles(before[contact.id][1]) if contact.version else frozenset())
                for contact in its_contacts
            ]
            await self._refuse_taken_elsewhere(shards, shard, [one for handles in gained for one in handles])
            for start in range(0, len(its_contacts), _CONTACTS_BATCH):
                some = its_contacts[start : start + _CONTACTS_BATCH]
                words: list[Word] = [len(some)]
                for contact, new in zip(some, gained[start:], strict=False):
                    old = other_handles(before[contact.id][1]) if contact.version else frozenset[Handle]()
                    words += (contact.id, contact.version, encode(contact), "1", 0, 0)
                    words += handle_words(salt, new, old - other_handles(contact))
                answer = await self._cluster.call(SAVE_CONTACTS, shard.prefix, *words)
                if answer[0] != b"ok":
                    refuse(some[0], answer, is_new=not some[0].version)

    async def _add_with_accounts(self, shards: Sequence[Shard], contact: Contact) -> None:
        """Add a contact, unless it is there: an account may be claimed in another shard."""
        if await self._find(shards[0].bot, contact.id) is None:
            await self._save(shards, home_of(shards, contact), contact, None, unique_address=True)

    async def waiting_rows(self, bot: str, job: str, *, after: int = 0, limit: int = 1000) -> Sequence[ImportRow]:
        rows = await self._import_rows(bot, f"import-waiting:{job}", after, limit)
        return [ImportRow(row.line, row.value, waits=True) for row in rows]

    async def failed_rows(self, bot: str, job: str, *, after: int = 0, limit: int = 1000) -> Sequence[FailedRow]:
        return await self._import_rows(bot, f"import-failed:{job}", after, limit)

    async def _import_rows(self, bot: str, key: str, after: int, limit: int) -> Sequence[FailedRow]:
        prefix = (await self._meta.of_bot(bot))[0].prefix
        found = await self._cluster.ask.zrangebyscore(f"{prefix}{key}", f"({after}", "+inf", 0, limit)
        return [_decode_row(row) for row in found]

    async def end_import(
        self, bot: str, job: str, worker: str, *, at: datetime, failed: str = "", cancelled: bool = False
    ) -> ImportJob:
        done = await self._change_job(
            bot, job, worker, lambda found: ended(found, at, failed=failed, cancelled=cancelled)
        )
        await self._clear_job(bot, job)
        return done

    async def cancel_import(self, bot: str, job: str, at: datetime) -> ImportJob:
        shard = (await self._meta.of_bot(bot))[0]
        while True:
            record = await self._job_record(shard, job)
            if not record:
                raise _unknown(bot, job)
            found = _decode(record)
            if found.state in ENDED:
                return found
            waits = nobody_has(found, at)
            cancelled = ended(found, at, cancelled=True) if waits else msgspec.structs.replace(found, cancelling=True)
            if await self._replace_job(shard, record, cancelled):
                if waits:
                    await self._clear_job(bot, job)
                return cancelled

    async def _clear_job(self, bot: str, job: str) -> None:
        """Forget what a job that ended needs no more."""
        shards = await self._meta.of_bot(bot)
        for shard in shards:
            await self._cluster.read_all([("DEL", f"{shard.prefix}import-steps:{job}")])
        prefix = shards[0].prefix
        await self._cluster.read_all(
            [
                ("DEL", f"{prefix}import-file:{job}", f"{prefix}import-waiting:{job}"),
                ("HDEL", f"{prefix}{_TO_DO}", job),
            ]
        )


def _unknown(bot: str, job: str) -> BadInput:
    return BadInput(f"{bot} has no import {job!r}", remedy="`assent job list` shows the ids")
