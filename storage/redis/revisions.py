"""Drafts, and the revisions that were pushed. What is live is said in every shard, and decided in the first."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from flows.revision import RevisionInfo
from messages.codec import from_ms, to_ms
from messages.errors import PushConflict, StaleVersion
from storage.records import Draft
from storage.redis.cluster import Cluster
from storage.redis.pipeline import KEEP_REVISION, LIVE_MARKS, PUSH, REVISION_BY_DIGEST, SAVE_DRAFT, SET_LIVE
from storage.redis.shards import Shard, Shards

INFO = ("digest", "author", "at", "note", "rolled-back-to")


def _digest_of(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def read_info(bot: str, number: int, values: Sequence[bytes]) -> RevisionInfo:
    digest, author, at, note, rolled_back_to = (value.decode() for value in values)
    return RevisionInfo(bot, number, digest, author, from_ms(int(at)), note, int(rolled_back_to))


class RedisRevisions:
    """`storage.port.Revisions`."""

    _cluster: Cluster
    _meta: Shards
    _announced: dict[str, int]

    async def save_draft(
        self, bot: str, source: str, author: str, at: datetime, *, expected_version: int | None = None
    ) -> Draft:
        first = await self._first(bot)
        digest = _digest_of(source)
        expected = "" if expected_version is None else expected_version
        version = await self._cluster.call(SAVE_DRAFT, first.prefix, expected, source, digest, author, to_ms(at))
        if version < 0:
            raise StaleVersion(f"draft of {bot}")
        return Draft(bot, source, digest, author, at, version)

    async def draft(self, bot: str) -> Draft | None:
        found: Mapping[bytes, bytes] = await self._cluster.ask.hgetall(f"{(await self._first(bot)).prefix}draft")
        if not found:
            return None
        return Draft(
            bot,
            found[b"source"].decode(),
            found[b"digest"].decode(),
            found[b"author"].decode(),
            from_ms(int(found[b"at"])),
            int(found[b"version"]),
        )

    async def push(
        self,
        bot: str,
        source: str,
        *,
        author: str,
        at: datetime,
        note: str = "",
        expected_live: int,
        rolled_back_to: int = 0,
    ) -> RevisionInfo:
        first = await self._first(bot)
        digest = _digest_of(source)
        outcome = await self._cluster.call(
            PUSH, first.prefix, expected_live, source, digest, author, to_ms(at), note, rolled_back_to
        )
        if outcome[0] != b"ok":
            raise PushConflict(expected_live, outcome[1], outcome[2].decode())
        await self._tell_live(bot, outcome[1])
        return RevisionInfo(bot, outcome[1], digest, author, at, note, rolled_back_to)

    async def keep_revision(self, bot: str, source: str, *, author: str, at: datetime) -> RevisionInfo:
        first = await self._first(bot)
        number = await self._cluster.call(KEEP_REVISION, first.prefix, source, _digest_of(source), author, to_ms(at))
        return await self._info(bot, first, number)

    async def kept_revisions(self, bot: str) -> Sequence[RevisionInfo]:
        first = await self._first(bot)
        kept = int(await self._cluster.ask.get(f"{first.prefix}kept-revisions") or 0)
        return [await self._info(bot, first, -number) for number in range(1, kept + 1)]

    async def live(self, bot: str) -> RevisionInfo | None:
        first = await self._first(bot)
        number = int(await self._cluster.ask.get(f"{first.prefix}live") or 0)
        if not number:
            return None
        await self._tell_live(bot, number)
        return await self._info(bot, first, number)

    async def live_marks(self) -> Mapping[str, str]:
        bots = await self._meta.bots()
        marks = await self._cluster.call_all(LIVE_MARKS, [await self._first(bot) for bot in bots])
        return {bot: mark.decode() for bot, mark in zip(bots, marks, strict=True) if mark is not None}

    async def _tell_live(self, bot: str, number: int) -> None:
        """Tell the other shards; one whose push broke off half way is told by whoever looks next."""
        if self._announced.get(bot) == number:
            return
        for shard in (await self._meta.of_bot(bot))[1:]:
            await self._cluster.call(SET_LIVE, shard.prefix, number)
        self._announced[bot] = number

    async def revision(self, bot: str, number: int) -> tuple[RevisionInfo, str] | None:
        first = await self._first(bot)
        *values, source = await self._cluster.ask.hmget(f"{first.prefix}revision:{number}", *INFO, "source")
        return None if source is None else (read_info(bot, number, values), source.decode())

    async def revision_by_digest(self, bot: str, digest: str) -> RevisionInfo | None:
        first = await self._first(bot)
        number = await self._cluster.call(REVISION_BY_DIGEST, first.prefix, digest)
        return await self._info(bot, first, number) if number else None

    async def history(self, bot: str) -> Sequence[RevisionInfo]:
        live = await self.live(bot)
        if live is None:
            return []
        first = await self._first(bot)
        return [live, *[await self._info(bot, first, number) for number in range(live.number - 1, 0, -1)]]

    async def bots(self) -> Sequence[str]:
        return list(await self.live_marks())

    async def _first(self, bot: str) -> Shard:
        return (await self._meta.of_bot(bot))[0]

    async def _info(self, bot: str, first: Shard, number: int) -> RevisionInfo:
        values = await self._cluster.ask.hmget(f"{first.prefix}revision:{number}", *INFO)
        return read_info(bot, number, values)
