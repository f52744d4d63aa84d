"""Conversations: what ops looks at (turns, replies, ignored messages), and their waits."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import islice
from typing import Any

from messages.codec import RecordDecoder, from_ms, in_calendar, to_ms
from messages.contact import Contact
from messages.errors import UnreadableRecord
from storage.codec import UnreadableRecords, read_contact, read_state
from storage.records import ConversationSummary, DeliveryStatus, DueTimer, IgnoredMessage, JournalEntry, OutboxRow
from storage.redis.cluster import Cluster
from storage.redis.journal import records_of, turns_of
from storage.redis.outbox import Lease, read_row
from storage.redis.pipeline import DUE_TIMERS, NEXT_TIMER
from storage.redis.shards import Shard, Shards
from storage.redis.turn_log import conversation_keys


async def read_ignored(
    cluster: Cluster, shard: Shard, entries: Sequence[tuple[bytes, dict[bytes, Any]]]
) -> Sequence[IgnoredMessage]:
    """Return the messages of a part of the Stream."""
    if not entries:
        return []
    keys = await conversation_keys(cluster, shard, (fields[b"conversation"] for _, fields in entries))
    places = [place for place, _ in entries]
    texts = await cluster.ask.hmget(f"{shard.prefix}ignored-texts", places)
    return [
        IgnoredMessage(shard.bot, keys[fields[b"conversation"]], from_ms(int(fields[b"at"])), text.decode())
        for (_, fields), text in zip(entries, texts, strict=True)
        if text is not None
    ]


_decode_entry = RecordDecoder[JournalEntry](JournalEntry)

_PAGE = 500


class RedisConversations:
    """`storage.port.Conversations`."""

    _cluster: Cluster
    _meta: Shards

    async def conversations(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationSummary]:
        found: set[bytes] = set()
        start = b"(" + after.encode() if after else b"-"
        for shard in await self._meta.of_bot(bot):
            found.update(
                await self._cluster.ask.zrangebylex(f"{shard.prefix}conversations", start, "+", start=0, num=limit)
            )
        summaries = [await self.conversation(bot, key.decode()) for key in islice(sorted(found), limit)]
        return [summary for summary in summaries if summary is not None]

    async def conversation(self, bot: str, key: str) -> ConversationSummary | None:
        found = [
            summary
            for shard in await self._meta.of_bot(bot)
            if (summary := await self._summary(shard, key)) is not None
        ]
        # Somebody else may have begun it, who is at home in another shard.
        return max(found, key=_last_event, default=None)

    async def _summary(self, shard: Shard, key: str) -> ConversationSummary | None:
        version, state, contact, turns, failed, waiting = await self._cluster.ask.hmget(
            _conversation(shard, key), "version", "state", "contact", "turns", "failed", "waiting"
        )
        person = None if contact is None else await self._contact(shard, contact.decode())
        if state is None or person is None:
            return None
        return ConversationSummary(
            bot=shard.bot,
            state=read_state(state, int(version)),
            contact=person,
            turns=int(turns or 0),
            pending=len((waiting or b"").split()),
            failed=int(failed or 0),
        )

    async def journal(
        self, bot: str, conversation: str, *, after: str = "", limit: int = 1000
    ) -> Sequence[JournalEntry]:
        places = await turns_of(self._cluster, await self._meta.of_bot(bot), conversation)
        found: list[JournalEntry] = []
        passed = not after
        for start in range(0, len(places), _PAGE):
            records = await records_of(self._cluster, conversation, places[start : start + _PAGE])
            for entry in (_decode_entry(record) for record in records if record is not None):
                if passed and len(found) < limit:
                    found.append(entry)
                passed = passed or entry.turn == after
            if len(found) >= limit:
                break
        return found if passed else await self.journal(bot, conversation, limit=limit)

    async def deliveries(
        self, bot: str, conversation: str, *, status: DeliveryStatus | None = None, limit: int = 1000
    ) -> Sequence[OutboxRow]:
        of_shards: list[list[OutboxRow]] = []
        for shard in await self._meta.of_bot(bot):
            replies, in_doubt = await self._cluster.read_all(
                [
                    ("HGETALL", f"{shard.prefix}replies:{conversation}"),
                    ("HGET", _conversation(shard, conversation), "in-doubt"),
                ]
            )
            rows = (
                read_row(record, shard, int(number), in_doubt=number == in_doubt) for number, record in replies.items()
            )
            of_shards.append(sorted(rows, key=lambda row: row.sequence))
        rows = merge(*of_shards, key=lambda row: row.queued_at)
        return [row for row in rows if status is None or row.status is status][:limit]

    async def ignored(self, bot: str, *, limit: int = 100) -> Sequence[IgnoredMessage]:
        found: list[IgnoredMessage] = []
        for shard in await self._meta.of_bot(bot):
            entries = await self._cluster.ask.xrevrange(f"{shard.prefix}ignored", count=limit)
            found += await read_ignored(self._cluster, shard, entries)
        if self._cluster.address.shards > 1:
            found.sort(key=lambda message: message.at, reverse=True)
        return found[:limit]

    async def contact(self, bot: str, contact: str) -> Contact | None:
        for shard in await self._meta.of_bot(bot):
            if (found := await self._contact(shard, contact)) is not None:
                return found
        return None

    async def _contact(self, shard: Shard, contact: str) -> Contact | None:
        record, version = await self._cluster.ask.hmget(f"{shard.prefix}contact:{contact}", "record", "version")
        return None if record is None else read_contact(record, int(version))

    async def members(self, bot: str, segment: str, *, after: str = "", limit: int = 1000) -> Sequence[Contact]:
        shards = await self._meta.of_bot(bot)
        since = await self._known_since(shards, after)
        found: list[tuple[float, bytes, Shard]] = []
        for shard in shards:
            page = await self._cluster.ask.zrange(
                f"{shard.prefix}members:{segment}",
                f"({since}" if since else "-inf",
                "+inf",
                byscore=True,
                offset=0,
                num=limit,
                withscores=True,
            )
            found += [(score, contact, shard) for contact, score in page]
        members = [await self._contact(shard, contact.decode()) for _, contact, shard in sorted(found)[:limit]]
        return [contact for contact in members if contact is not None]

    async def _known_since(self, shards: Sequence[Shard], contact: str) -> str:
        """Return when the contact became known, in microseconds; no two of a shard did at once."""
        for shard in shards if contact else ():
            since = await self._cluster.ask.hget(f"{shard.prefix}contact:{contact}", "since")
            if since is not None:
                return str(since.decode())
        return ""


def _conversation(shard: Shard, key: str) -> str:
    return f"{shard.prefix}conversation:{key}"


def _last_event(summary: ConversationSummary) -> float:
    at = summary.state.last_event_at
    return at.timestamp() if at is not None else 0.0


class RedisTimers:
    """`storage.port.Timers`. A timer that is due is taken by one worker, unless that one goes."""

    _cluster: Cluster
    _meta: Shards
    _worker: str
    _lease: Lease
    unreadable: UnreadableRecords

    async def due_timers(
        self, now: datetime, limit: int = 1000, *, after: DueTimer | None = None
    ) -> Sequence[DueTimer]:
        found: list[DueTimer] = []
        if after is None:
            self.unreadable.begin("timer")
        shards = await self._meta.all()
        for shard, first in zip(shards, await self._next(shards, "-inf"), strict=True):
            if first is None or int(first) > to_ms(now):
                continue
            found += await self._due_in(shard, to_ms(now), limit, _place(shard.bot, after))
        return sorted(found, key=lambda timer: (timer.due, timer.bot, timer.timer))[:limit]

    async def _due_in(self, shard: Shard, now: int, limit: int, place: tuple[str, str]) -> list[DueTimer]:
        """Return the next timers of a shard that can be read, as many as there are up to `limit`."""
        found: list[DueTimer] = []
        while True:
            due = await self._cluster.call(
                DUE_TIMERS, shard.prefix, self._as_worker(), now, limit, self._lease.milliseconds, *place
            )
            for timer, at, *conversation in due:
                name = timer.decode()
                read = self.unreadable.read(
                    "timer", shard.bot, name, partial(_read_due, shard.bot, name, int(at), *conversation)
                )
                if read is not None:
                    found.append(read)
                place = (str(int(at)), name)
            if len(found) >= limit or len(due) < limit:
                return found[:limit]

    async def next_timer(self, *, after: datetime | None = None) -> datetime | None:
        last = "-inf" if after is None else f"({to_ms(after)}"
        found = await self._next(await self._meta.all(), last)
        return min(filter(None, (in_calendar(int(due)) for due in found if due is not None)), default=None)

    async def _next(self, shards: Sequence[Shard], after: str) -> list[bytes | None]:
        """Return when the next timer of each shard is due."""
        return await self._cluster.call_all(NEXT_TIMER, shards, self._as_worker(), after)

    def _as_worker(self) -> str:
        return self._worker if self._lease.serving else ""


def _place(bot: str, after: DueTimer | None) -> tuple[str, str]:
    """Return the time and the id after which a shard of a bot is read; an empty id: from that time on."""
    if after is None:
        return "-inf", ""
    at = to_ms(after.due)
    if bot == after.bot:
        return str(at), after.timer
    return str(at if bot > after.bot else at + 1), ""


def _read_due(
    bot: str, timer: str, at: int, conversation: bytes | None, version: bytes | None, state: bytes | None
) -> DueTimer:
    if conversation is None or version is None or state is None:
        raise UnreadableRecord("it has no conversation")
    return DueTimer(bot, timer, conversation.decode(), read_state(state, int(version)).reference, from_ms(at))
