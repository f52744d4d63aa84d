"""Handles as scripts take them, and those that are remembered of erased people."""

from collections.abc import Collection, Sequence

from messages.addresses import Handle
from storage.erased_handles import handle_digest
from storage.redis.keys import Shard
from storage.redis.link import Word
from storage.redis.nodes import Nodes


def handle_words(salt: bytes, new: Collection[Handle], lost: Collection[Handle]) -> list[Word]:
    """Return two lists, each headed by its length: new handles (kind, key, digest), lost ones (kind, key)."""
    words: list[Word] = [len(new)]
    for one in new:
        words += (one.kind.value, one.key, handle_digest(salt, one))
    words.append(len(lost))
    for one in lost:
        words += (one.kind.value, one.key)
    return words


async def erased_among(nodes: Nodes, shard: Shard, salt: bytes, handles: Sequence[Handle]) -> frozenset[Handle]:
    """Return which handles belonged to somebody who was erased; each shard of the bot knows them all."""
    if not handles:
        return frozenset()
    digests = [handle_digest(salt, handle) for handle in handles]
    found = await nodes.read(nodes.client.smismember(f"{shard.prefix}erased", digests))
    return frozenset(handle for handle, there in zip(handles, found, strict=True) if there)
