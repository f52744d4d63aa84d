"""Which server has which shard, and the link to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import RedisClusterException, RedisError

from messages.errors import StoreError
from storage.redis.address import RedisAddress, shown
from storage.redis.pipeline import BEAT, Confirmation, Pipeline, Script, Word
from storage.redis.shards import ROOT, Shard

LINKS = 4
"""Connections to one server. Redis reads 16 KB of each between two waits for the disk: several make the waits fewer."""
_ALONE = ""
_KEYS_BATCH = 500
_SHARDS_BATCH = 100
"""Shards that one script looks at: Redis does nothing else meanwhile."""
_BETWEEN_LOOKS = 0.5
"""Seconds between two questions of which server has what."""

FAILURES = (RedisError, RedisClusterException, OSError)
"""What redis-py raises when it gets no answer, or a refusal."""


class _Asking:
    """redis-py's commands, each with the store's limit of time and errors: `await cluster.ask.hget(key, field)`."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def __getattr__(self, command: str) -> Callable[..., Awaitable[Any]]:
        cluster = self._cluster
        return lambda *words, **options: cluster.read(getattr(cluster.client, command)(*words, **options))


class Cluster:
    """The servers of a store: one, or the primaries of a Cluster. `connected` hears of each connection to one,
    `interrupted` of each that ended, and `changed` of the prefix of each shard in which people, memberships or segments
    were changed from here.
    """

    def __init__(
        self,
        address: RedisAddress,
        *,
        connected: Callable[[], None],
        interrupted: Callable[[], None] = lambda: None,
        changed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.address = address
        self.ask: Any = _Asking(self)
        """For reads that no turn waits for, and writes of one key. Raises StoreError."""
        self._connected = connected
        self._interrupted = interrupted
        self._changed = changed
        self._client: Any = None
        self._links: dict[tuple[str, int], Pipeline] = {}
        self._clients: dict[str, Redis] = {}
        self._cluster: RedisCluster | None = None
        self._looking: asyncio.Task[None] | None = None
        self._on_disk = False

    @property
    def client(self) -> Any:  # noqa: ANN401  # redis-py's types do not tell its two kinds of client apart
        """redis-py's client, for reads that no turn waits for. Raises StoreError while the store is not open."""
        if self._client is None:
            raise StoreError("the store is not open")
        return self._client

    async def open(self) -> None:
        """Find the servers. Raises StoreError."""
        address = self.address
        if address.cluster:
            self._cluster = self._client = RedisCluster.from_url(
                address.url, socket_timeout=None, socket_connect_timeout=address.timeout
            )
        else:
            self._client = Redis.from_url(address.url, socket_timeout=None, socket_connect_timeout=address.timeout)
        try:
            if self._cluster is not None:
                async with asyncio.timeout(address.timeout):
                    await self._cluster.initialize()
            version = (await self.read(self.client.info("server", **self._anywhere())))["redis_version"]
        except FAILURES as error:
            raise StoreError(f"Redis at {shown(address.url)} can't be reached: {_reason(error)}") from error
        if tuple(int(part) for part in version.split(".")[:2]) < (7, 0):
            raise StoreError(f"Redis at {shown(address.url)} is {version}; the store needs 7.0 or newer")
        self._on_disk = tuple(int(part) for part in version.split(".")[:2]) >= (7, 2)

    def _anywhere(self) -> dict[str, Any]:
        return {"target_nodes": RedisCluster.RANDOM} if self._cluster is not None else {}

    async def close(self) -> None:
        """Finish what is under way, and hang up."""
        if self._looking is not None:
            self._looking.cancel()
        client, self._client = self._client, None  # no new link from here on
        await asyncio.gather(*(link.close() for link in self._links.values()))
        for other in self._clients.values():
            await other.aclose()
        if client is not None:
            await client.aclose()
        self._cluster = None
        self._links = {}
        self._clients = {}

    async def read(self, work: Awaitable[Any]) -> Any:  # noqa: ANN401  # whatever redis-py answers
        """Await a read of redis-py's. Raises StoreError.

        The limit of time is set here and not by redis-py: its own goes through `asyncio.wait_for`, which on Python 3.11
        forgets a cancellation that comes while a command is written.
        """
        try:
            async with asyncio.timeout(self.address.timeout):
                return await work
        except FAILURES as error:
            raise StoreError(f"Redis at {shown(self.address.url)} failed: {_reason(error)}") from error

    async def read_all(self, commands: Iterable[tuple[Word, ...]]) -> list[Any]:
        """Run commands that read keys of one shard, in one round trip. Raises StoreError."""
        pipeline = self.client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        return list(await self.read(pipeline.execute()))

    async def keys(self, prefix: str, pattern: str) -> AsyncIterator[list[bytes]]:
        """Yield the keys that match, of those that begin with `prefix`, some at a time. Raises StoreError."""
        client = self.client
        if self._cluster is not None:
            client = self._client_of(self._name_of(prefix))
        cursor = -1
        while cursor != 0:
            cursor, found = await self.read(client.scan(max(cursor, 0), match=pattern, count=_KEYS_BATCH))
            yield found

    async def call(self, script: Script, prefix: str, *words: Word, about: str = "") -> Any:  # noqa: ANN401  # each its own
        """Run a script on the server that has `prefix`. Calls `about` one conversation run in the order made.

        Raises StoreError.
        """
        try:
            return await self._link(prefix, about).call(script, prefix, *words)
        except StoreError:
            self._look_again()  # the server may have been replaced by another
            raise
        finally:
            if script.followed:
                self._changed(prefix)

    async def call_all(self, script: Script, shards: Sequence[Shard], *words: Word) -> list[Any]:
        """Run a script that takes shards behind its words; return what it answers of each, in this order.

        One server is asked for many of them at once; in a Cluster each is in a place of its own. Raises StoreError.
        """
        size = _SHARDS_BATCH if self._cluster is None else 1
        prefixes = [shard.prefix for shard in shards]
        answers = await asyncio.gather(
            *(
                self.call(script, prefixes[start], *words, *prefixes[start : start + size])
                for start in range(0, len(prefixes), size)
            )
        )
        return [each for answer in answers for each in answer]

    async def settled(self) -> None:
        """Return once all calls made so far are answered, on whichever connection."""
        await asyncio.gather(*(link.settled() for link in list(self._links.values())))

    async def primaries(self) -> Sequence[Any]:
        """Return a client of each server that takes writes. They are closed with the store."""
        if self._cluster is None:
            return [self.client]
        return [self._client_of(node.name) for node in self._cluster.get_primaries()]

    def _client_of(self, name: str) -> Any:  # noqa: ANN401  # see `client`
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = Redis.from_url(self._url_of(name), socket_timeout=None)
        return client

    def _url_of(self, name: str) -> str:
        """Return the URL of one server of a Cluster."""
        parts = urlsplit(self.address.url)
        login, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{login}{at}{name}"))

    async def check(self) -> None:
        """Write something. Raises StoreError."""
        await self.call(BEAT, ROOT)

    def _name_of(self, prefix: str) -> str:
        """Return the server of a Cluster that has `prefix`, as `host:port`."""
        assert self._cluster is not None  # noqa: S101  # asked of a Cluster only
        try:
            node = self._cluster.get_node_from_key(prefix)
        except RedisClusterException as error:
            raise StoreError(f"no server of the Cluster has the slot: {error}") from error
        if node is None:
            raise StoreError("no server of the Cluster has the slot")
        return str(node.name)

    def _link(self, prefix: str, about: str) -> Pipeline:
        if self._client is None:
            raise StoreError("the store is not open")
        name = _ALONE
        if self._cluster is not None:
            name = self._name_of(prefix)
        place = (name, crc32(about.encode()) % LINKS if about else 0)
        link = self._links.get(place)
        if link is None:
            link = self._links[place] = self._new_link(name)
        return link

    def _new_link(self, name: str) -> Pipeline:
        address = self.address
        url = address.url if name == _ALONE else self._url_of(name)
        pool = ConnectionPool.from_url(
            url, protocol=2, socket_timeout=None, socket_connect_timeout=address.timeout, client_name="assent"
        )
        confirmation = None
        if address.replicas:
            milliseconds = int(address.timeout * 1000 * 0.8)
            confirmation = Confirmation(address.replicas, milliseconds, on_disk=self._on_disk)
        connect: Callable[[], AbstractConnection] = pool.make_connection
        return Pipeline(
            connect,
            name=name or shown(url),
            timeout=address.timeout,
            connected=self._connected,
            interrupted=self._interrupted,
            confirmation=confirmation,
        )

    def _look_again(self) -> None:
        """Ask the Cluster which server has what, unless that was asked just now."""
        if self._cluster is not None and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._looked(self._cluster))

    @staticmethod
    async def _looked(cluster: RedisCluster) -> None:
        with contextlib.suppress(*FAILURES):  # the next call that fails asks again
            await cluster.nodes_manager.initialize()
        await asyncio.sleep(_BETWEEN_LOOKS)


def _reason(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
