"""Words shown beside buttons: which of them are stored already, as far as this worker knows."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from messages.effects import KeepEvidence
from storage.evidence_cache import EvidenceCache
from storage.redis.keys import Shard
from storage.redis.nodes import Nodes


class Sorted(NamedTuple):
    """The evidence of one turn."""

    new: Sequence[KeepEvidence]
    """To be stored with the turn."""
    known: Sequence[KeepEvidence]
    """Thought to be stored."""
    erasures: int
    """How often evidence of the shard was erased, when that was thought."""


class Shown:
    """Knows what is stored until somebody, whom it may have told of, is erased."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._cache = EvidenceCache()
        self._erasures: dict[str, int] = {}

    def sort(self, shard: Shard, effects: Iterable[object]) -> Sorted:
        """Tell the evidence among a turn's effects that is new from that which is stored."""
        evidence = [effect for effect in effects if isinstance(effect, KeepEvidence)]
        known = [text for text in evidence if self._cache.has(shard.prefix, text.digest)]
        new = [text for text in evidence if text not in known]
        return Sorted(new, known, self._erasures.get(shard.prefix, 0))

    async def kept(self, shard: Shard, evidence: Sorted, erasures: int) -> None:
        """Take in what the commit of a turn said. What was erased meanwhile is stored after all."""
        if erasures > self._erasures.get(shard.prefix, 0):
            self._cache.clear()
            self._erasures[shard.prefix] = erasures
        if erasures > evidence.erasures:
            for text in evidence.known:
                key = f"{shard.prefix}evidence"
                await self._nodes.read(self._nodes.client.hsetnx(key, text.digest, text.text))
        if erasures == self._erasures.get(shard.prefix, 0):
            self._cache.add((shard.prefix, text.digest) for text in evidence.new)

    def forget(self) -> None:
        """What is stored is not known any more."""
        self._cache.clear()
