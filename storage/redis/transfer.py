"""Reading everything out of Redis, in an order that is the same each time while nobody writes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from messages.codec import RecordDecoder, from_ms, to_ms_or_none
from messages.errors import StoreError
from messages.inbound import ConversationReference
from storage.audience_records import FailedRow, ImportJob, SegmentRecord
from storage.codec import read_contact, read_state
from storage.records import Draft
from storage.redis.cluster import Cluster
from storage.redis.conversations import read_ignored
from storage.redis.enrolments import page_of_shard
from storage.redis.journal import export_journal, read_chain
from storage.redis.ledger import decode_facts, fields_of, lowered_of, personal_of_rows, raised_of
from storage.redis.outbox import read_row
from storage.redis.pipeline import ACT_TIMES, ANYBODY, HOLDS_ANYTHING
from storage.redis.restore import Restore
from storage.redis.revisions import INFO, read_info
from storage.redis.shards import LOOSE_EVENTS, ROOT, Shard, Shards
from storage.redis.staff import read_audit
from storage.redis.turn_log import TurnLine, events_of, read_lines
from storage.redis.work import page_of_work
from storage.transfer import (
    Copying,
    ErasedHandle,
    Evidence,
    FailedImportRow,
    Ignored,
    JournalEnd,
    Kind,
    LastSeen,
    LedgerRecord,
    Page,
    Record,
    RevisionRecord,
    SeenEvent,
    SubjectTimes,
    Timer,
    ended_import,
)

_decode_segment = RecordDecoder[SegmentRecord](SegmentRecord)
_decode_import = RecordDecoder[ImportJob](ImportJob)
_decode_row = msgspec.json.Decoder(FailedRow).decode


class Step(NamedTuple):
    """Some records of one shard, and where it goes on; None at its end."""

    records: Sequence[Record]
    after: str | None


async def export_segments(cluster: Cluster, shard: Shard, place: str, limit: int) -> Step:
    """Read segments by id."""
    found = await cluster.ask.hgetall(f"{shard.prefix}segments")
    names = sorted(name.decode() for name in found if name.decode() > place)[:limit]
    records = [_decode_segment(found[name.encode()]) for name in names]
    return Step(records, names[-1] if len(names) == limit else None)


async def export_erased(cluster: Cluster, meta: Shards, shard: Shard, place: str, limit: int) -> Step:
    """Read what is left of handles of erased people."""
    found = await cluster.ask.smembers(f"{shard.prefix}erased")
    digests = sorted(digest.decode() for digest in found if digest.decode() > place)[:limit]
    found_times = await cluster.read_all(("HGET", f"{shard.prefix}erased-times", digest) for digest in digests)
    times = [None if at is None else int(at) for at in found_times]
    records = [ErasedHandle(meta.salt, digest, at) for digest, at in zip(digests, times, strict=True)]
    return Step(records, digests[-1] if len(digests) == limit else None)


async def _jobs(cluster: Cluster, shard: Shard) -> list[tuple[int, str]]:
    """Return the jobs in order of time, each with its place."""
    order = await cluster.ask.hgetall(f"{shard.prefix}imports")
    return sorted((int(place), name.decode()) for name, place in order.items())


async def export_imports(cluster: Cluster, shard: Shard, place: str, limit: int) -> Step:
    """Read jobs in order of time."""
    jobs = [job for job in await _jobs(cluster, shard) if job[0] > int(place or 0)][:limit]
    if not jobs:
        return Step([], None)
    found = await cluster.ask.hmget(f"{shard.prefix}import-records", [name for _, name in jobs])
    records = [ended_import(_decode_import(record)) for record in found]
    return Step(records, str(jobs[-1][0]) if len(jobs) == limit else None)


async def export_failed_rows(cluster: Cluster, shard: Shard, place: str, limit: int) -> Step:
    """Read failed rows, job after job, by line."""
    at, _, line = place.partition(" ")
    records: list[Record] = []
    for number, name in await _jobs(cluster, shard):
        if number < int(at or 0):
            continue
        start = f"({line}" if number == int(at or 0) and line else "-inf"
        left = limit - len(records)
        key = f"{shard.prefix}import-failed:{name}"
        for found in await cluster.ask.zrangebyscore(key, start, "+inf", 0, left):
            row = _decode_row(found)
            records.append(FailedImportRow(name, row.line, row.value, row.reason.value, row.detail))
            place = f"{number} {row.line}"
        if len(records) == limit:
            return Step(records, place)
    return Step(records, None)


def _seen(name: bytes, at: int, answer: bytes, said: bytes | None) -> SeenEvent:
    channel, _, event_id = name.decode().partition(" ")
    return SeenEvent(channel, event_id, at, answer[1:].decode() if answer else None, said.decode() if said else "")


_Read = Callable[[Shard, str, int], Awaitable[tuple[Sequence[Record], str | None]]]

_IN_FIRST_SHARD = frozenset(
    {
        Kind.EVIDENCE, Kind.AUDIT, Kind.DRAFTS, Kind.REVISIONS, Kind.SEGMENTS, Kind.ERASED, Kind.IMPORTS,
        Kind.FAILED_ROWS,
    }
)  # fmt: skip
"""Kinds of which the first shard has all."""


class Export:
    """Reads shard after shard, but the journal. A place is `number of the shard:place in it`."""

    def __init__(self, cluster: Cluster, meta: Shards) -> None:
        self._cluster = cluster
        self._meta = meta
        self._contacts: dict[Shard, list[bytes]] = {}
        self._read: Mapping[Kind, _Read] = {
            Kind.CONTACTS: self._of_contacts,
            Kind.LAST_SEEN: self._of_last_seen,
            Kind.CONVERSATIONS: self._of_conversations,
            Kind.JOURNAL_ENDS: self._of_journal_ends,
            Kind.EVENTS: self._of_events,
            Kind.EVIDENCE: self._of_evidence,
            Kind.REPLIES: self._of_replies,
            Kind.TIMERS: self._of_timers,
            Kind.IGNORED: self._of_ignored,
            Kind.LEDGER: self._of_ledger,
            Kind.ACT_TIMES: self._of_act_times,
            Kind.AUDIT: self._of_audit,
            Kind.DRAFTS: self._of_draft,
            Kind.REVISIONS: self._of_revisions,
            Kind.SEGMENTS: partial(export_segments, cluster),
            Kind.ENROLMENTS: partial(page_of_shard, cluster),
            Kind.WORK: partial(page_of_work, cluster),
            Kind.ERASED: partial(export_erased, cluster, meta),
            Kind.IMPORTS: partial(export_imports, cluster),
            Kind.FAILED_ROWS: partial(export_failed_rows, cluster),
        }

    async def page(self, bot: str, kind: Kind, after: str, limit: int) -> Page:
        shards = await self._meta.of_bot(bot)
        if kind is Kind.JOURNAL:
            return await export_journal(self._cluster, shards, after, limit)
        number, _, place = after.partition(":")
        at = int(number or 0)
        records, more = await self._read[kind](shards[at], place, limit)
        end = "" if kind in _IN_FIRST_SHARD or at + 1 == len(shards) else f"{at + 1}:"
        return Page(records, end if more is None else f"{at}:{more}")

    async def _of_contacts(self, shard: Shard, place: str, limit: int) -> Step:
        start = int(place or 0)
        keys = (await self._contacts_of(shard))[start : start + limit]
        found = await self._cluster.read_all(("HMGET", key, "record", "version") for key in keys)
        records = [read_contact(record, int(version)) for record, version in found]
        return Step(records, str(start + limit) if len(keys) == limit else None)

    async def _of_last_seen(self, shard: Shard, place: str, limit: int) -> Step:
        start = int(place or 0)
        keys = (await self._contacts_of(shard))[start : start + limit]
        found = await self._cluster.read_all(("HMGET", key, "seen", "barred") for key in keys)
        names = [key.decode().removeprefix(f"{shard.prefix}contact:") for key in keys]
        records = [
            LastSeen(name, None if seen is None else int(seen), barred is not None)
            for name, (seen, barred) in zip(names, found, strict=True)
        ]
        return Step(records, str(start + limit) if len(keys) == limit else None)

    async def _of_act_times(self, shard: Shard, place: str, limit: int) -> Step:
        start = int(place or 0)
        keys = (await self._contacts_of(shard))[start : start + limit]
        names = [key.decode().removeprefix(f"{shard.prefix}contact:") for key in keys]
        found = await self._cluster.call(ACT_TIMES, shard.prefix, *names) if names else []
        records: list[Record] = []
        for name, kept, by_rows in zip(names, found[::2], found[1::2], strict=True):
            fields = fields_of(kept)
            lowered, raised = lowered_of(fields, by_rows), raised_of(fields)
            records += [
                SubjectTimes(name, subject, to_ms_or_none(lowered.get(subject)), to_ms_or_none(raised.get(subject)))
                for subject in sorted({*lowered, *raised})
            ]
        return Step(records, str(start + limit) if len(keys) == limit else None)

    async def _contacts_of(self, shard: Shard) -> list[bytes]:
        if shard not in self._contacts:
            self._contacts[shard] = await self._listed_contacts(shard)
        return self._contacts[shard]

    async def _listed_contacts(self, shard: Shard) -> list[bytes]:
        """Return the keys of contacts in the order in which they became known."""
        listed: list[tuple[int, bytes]] = []
        async for keys in self._cluster.keys(shard.prefix, f"{shard.prefix}contact:*"):
            since = await self._cluster.read_all(("HGET", key, "since") for key in keys)
            listed += [(int(each), key) for each, key in zip(since, keys, strict=True)]
        return [key for _, key in sorted(set(listed))]

    async def _keys(self, shard: Shard, place: str, limit: int) -> list[bytes]:
        """Return the next conversations by key."""
        start = f"({place}" if place else "-"
        found: list[bytes] = await self._cluster.ask.zrangebylex(
            f"{shard.prefix}conversations", start, "+", start=0, num=limit
        )
        return found

    async def _of_conversations(self, shard: Shard, place: str, limit: int) -> Step:
        keys = await self._keys(shard, place, limit)
        found = await self._cluster.read_all(
            ("HMGET", f"{shard.prefix}conversation:{key.decode()}", "state", "version") for key in keys
        )
        records = [read_state(state, int(version)) for state, version in found]
        return Step(records, keys[-1].decode() if len(keys) == limit else None)

    async def _of_journal_ends(self, shard: Shard, place: str, limit: int) -> Step:
        keys = await self._keys(shard, place, limit)
        chains = [await read_chain(self._cluster, shard, key.decode()) for key in keys]
        records = [
            JournalEnd(chain.conversation, chain.turns, chain.pruned, chain.pruned_at) for chain in chains if chain
        ]
        return Step(records, keys[-1].decode() if len(keys) == limit else None)

    async def _turns(self, shard: Shard, place: str, limit: int) -> tuple[Sequence[TurnLine], str | None]:
        """Return the next lines of the log of turns, and where it goes on."""
        lines = await read_lines(self._cluster, shard, place, limit)
        return lines, lines[-1].place.decode() if len(lines) == limit else None

    async def _of_events(self, shard: Shard, place: str, limit: int) -> Step:
        if shard.number == 0 and "-" not in place:
            return await self._of_loose_events(shard, int(place or 0), limit)
        lines, after = await self._turns(shard, place, limit)
        events = await events_of(self._cluster, shard, lines)
        known = await self._known_events(shard, [name or b"" for name in events])
        records: list[Record] = []
        for line, name, (answer, said) in zip(lines, events, known, strict=True):
            if name is not None and answer is not None:
                records.append(_seen(name, line.at, answer, said))
        return Step(records, after)

    async def _known_events(self, shard: Shard, names: Sequence[bytes]) -> Sequence[tuple[bytes | None, bytes | None]]:
        """Return answer and fingerprint of each event."""
        answers = await self._cluster.read_all(("HGET", f"{shard.prefix}seen", name) for name in names)
        said = await self._cluster.read_all(("HGET", f"{shard.prefix}fingerprints", name) for name in names)
        return list(zip(answers, said, strict=True))

    async def _of_loose_events(self, shard: Shard, start: int, limit: int) -> Step:
        """Those that no turn in the log is of. After them comes the log."""
        found = await self._cluster.ask.zrange(
            f"{shard.prefix}{LOOSE_EVENTS}", start, start + limit - 1, withscores=True
        )
        known = await self._known_events(shard, [name for name, _ in found])
        records = [
            _seen(name, int(at), answer or b"", said) for (name, at), (answer, said) in zip(found, known, strict=True)
        ]
        return Step(records, str(start + limit) if len(found) == limit else "0-0")

    async def _of_evidence(self, shard: Shard, place: str, limit: int) -> Step:
        found: dict[bytes, bytes] = {}
        for each in await self._meta.of_bot(shard.bot):
            found.update(await self._cluster.ask.hgetall(f"{each.prefix}evidence"))
        digests = sorted(digest for digest in found if digest.decode() > place)[:limit]
        records = [Evidence(digest.decode(), found[digest].decode()) for digest in digests]
        return Step(records, digests[-1].decode() if len(digests) == limit else None)

    async def _of_replies(self, shard: Shard, place: str, limit: int) -> Step:
        keys = await self._keys(shard, place, limit)
        found = await self._cluster.read_all(("HGETALL", f"{shard.prefix}replies:{key.decode()}") for key in keys)
        doubts = await self._cluster.read_all(
            ("HGET", f"{shard.prefix}conversation:{key.decode()}", "in-doubt") for key in keys
        )
        records: list[Record] = []
        for replies, doubt in zip(found, doubts, strict=True):
            for number in sorted(replies, key=int):
                row = read_row(replies[number], shard, 0, in_doubt=number == doubt)
                records.append(msgspec.structs.replace(row, sequence=0))
        return Step(records, keys[-1].decode() if len(keys) == limit else None)

    async def _references(self, shard: Shard, keys: Sequence[bytes]) -> list[ConversationReference]:
        states = await self._cluster.read_all(
            ("HGET", f"{shard.prefix}conversation:{key.decode()}", "state") for key in keys
        )
        return [read_state(state, 0).reference for state in states]

    async def _of_timers(self, shard: Shard, place: str, limit: int) -> Step:
        start = int(place or 0)
        timers = await self._cluster.ask.zrange(f"{shard.prefix}timers", start, start + limit - 1, withscores=True)
        names = f"{shard.prefix}timer-conversations"
        keys = await self._cluster.read_all(("HGET", names, timer) for timer, _ in timers)
        references = await self._references(shard, keys)
        records = [
            Timer(timer.decode(), key.decode(), reference, from_ms(int(due)))
            for (timer, due), key, reference in zip(timers, keys, references, strict=True)
        ]
        return Step(records, str(start + limit) if len(timers) == limit else None)

    async def _of_ignored(self, shard: Shard, place: str, limit: int) -> Step:
        start = f"({place}" if place else "-"
        entries = await self._cluster.ask.xrange(f"{shard.prefix}ignored", min=start, count=limit)
        messages = await read_ignored(self._cluster, shard, entries)
        references = await self._references(shard, [message.conversation.encode() for message in messages])
        records = [
            Ignored(message.conversation, reference, message.at, message.text)
            for message, reference in zip(messages, references, strict=True)
        ]
        return Step(records, entries[-1][0].decode() if len(entries) == limit else None)

    async def _of_ledger(self, shard: Shard, place: str, limit: int) -> Step:
        start = f"({place}" if place else "-"
        entries = await self._cluster.ask.xrange(f"{shard.prefix}ledger", min=start, count=limit)
        personal = await personal_of_rows(self._cluster, shard, entries)
        records: list[Record] = []
        for (_, fields), part in zip(entries, personal, strict=True):
            _, facts, personal_digest = decode_facts(fields[b"content"])
            records.append(LedgerRecord(facts, part, personal_digest))
        return Step(records, entries[-1][0].decode() if len(entries) == limit else None)

    async def _of_audit(self, shard: Shard, place: str, limit: int) -> Step:
        rows = await read_audit(self._cluster, shard, int(place or 0), limit)
        return Step(rows, str(rows[-1].sequence) if len(rows) == limit else None)

    async def _of_draft(self, shard: Shard, place: str, limit: int) -> Step:
        del place, limit
        found = await self._cluster.ask.hgetall(f"{shard.prefix}draft")
        if not found:
            return Step([], None)
        words = {name.decode(): value.decode() for name, value in found.items()}
        at, version = from_ms(int(words["at"])), int(words["version"])
        return Step([Draft(shard.bot, words["source"], words["digest"], words["author"], at, version)], None)

    async def _of_revisions(self, shard: Shard, place: str, limit: int) -> Step:
        first = int(place or 0) + 1
        live = int(await self._cluster.ask.get(f"{shard.prefix}live") or 0)
        kept = int(await self._cluster.ask.get(f"{shard.prefix}kept-revisions") or 0)
        last = min(live + kept, first + limit - 1)
        numbers = [each if each <= live else live - each for each in range(first, last + 1)]
        found = await self._cluster.read_all(
            ("HMGET", f"{shard.prefix}revision:{number}", *INFO, "source") for number in numbers
        )
        records = [
            RevisionRecord(read_info(shard.bot, number, values), source.decode())
            for number, (*values, source) in zip(numbers, found, strict=True)
        ]
        return Step(records, str(last) if last < live + kept else None)


_COPYING = f"{ROOT}copying"


class RedisTransfer:
    """`storage.transfer.Transfer`."""

    _cluster: Cluster
    _meta: Shards
    _export: Export
    _restore: Restore

    async def refuse_if_served(self) -> None:
        for shard in await self._meta.all():
            serving = await self._cluster.call(ANYBODY, shard.prefix)
            if serving is not None:
                raise StoreError(f"server {serving.decode()} is serving from this store: stop it first")

    async def all_bots(self) -> Sequence[str]:
        shards = await self._meta.all()
        held = await self._cluster.call_all(HOLDS_ANYTHING, shards)
        return sorted({shard.bot for shard, is_held in zip(shards, held, strict=True) if is_held})

    async def export(self, bot: str, kind: Kind, after: str, limit: int) -> Page:
        return await self._export.page(bot, kind, after, limit)

    async def restore(self, bot: str, kind: Kind, first: int, records: Sequence[Record], place: str) -> None:
        await self._restore.write(bot, kind, first, records)
        await self._cluster.ask.hset(_COPYING, "place", place)

    async def copying(self) -> Copying | None:
        source, place = await self._cluster.ask.hmget(_COPYING, "source", "place")
        return None if source is None else Copying(source.decode(), place.decode())

    async def begin_copy(self, source: str) -> None:
        await self._cluster.ask.hset(_COPYING, mapping={"source": source, "place": ""})

    async def end_copy(self) -> None:
        for shard in await self._meta.all():
            await self._cluster.ask.delete(f"{shard.prefix}restored")
        await self._cluster.ask.delete(_COPYING)
