"""What of a Redis changed since the last look, for all bots at once, and hearing of it."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager

from storage.change_feed import FLOWS, ChangeFeed, Listener
from storage.redis.keys import Shard
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import CHANGES


class ShardChanges:
    """Tells what changed. Numbers that the shards keep anyway say it, so no writer has to: one of an older version is
    heard too.
    """

    def __init__(self, nodes: Nodes, meta: Meta) -> None:
        self._nodes = nodes
        self._meta = meta
        self._answers: list[list[bytes]] = []
        self._seen: Mapping[Shard, list[bytes]] = {}
        self._was_away = True

    def forget(self) -> None:
        """Take everything for changed: the server was away."""
        self._was_away = True

    async def look(self) -> Collection[str] | None:
        """Return the subjects that changed since the last look; None: any may have. Raises StoreError."""
        shards = await self._meta.all()
        answers = await self._nodes.call_all(CHANGES, shards)
        if answers == self._answers and not self._was_away:
            return ()  # shards only become more, in the order in which they became known
        before, now = self._seen, dict(zip(shards, answers, strict=True))
        self._answers, self._seen = answers, now
        if self._was_away:
            self._was_away = False
            return None
        found: set[str] = set()
        for shard, (people, flows) in now.items():
            people_before, flows_before = before.get(shard, [b"", b""])
            if people != people_before:
                found.add(shard.bot)
            if flows != flows_before:
                found.add(FLOWS)
        return found


class RedisChanges:
    """`storage.change_feed.Changes`."""

    _feed: ChangeFeed

    def changes_of(self, bot: str) -> AbstractContextManager[Listener]:
        return self._feed.listening(bot)

    def changes_of_flows(self) -> AbstractContextManager[Listener]:
        return self._feed.listening(FLOWS)
