"""Turns chained per conversation, read again to be verified. `lua/_talks.lua` makes the links."""

import hashlib
from collections.abc import AsyncIterator, Sequence

from storage.journal_chain import ChainedTurn, ConversationChain, Stray
from storage.redis.journal_prune import pruned_up_to
from storage.redis.keys import Shard
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.turn_log import TurnLine, read_lines
from storage.times import from_ms, to_ms, to_ms_or_none
from storage.tombstone import ERASED, entry_or_none, state_or_bare

_PAGE = 500
_FIELDS = ("state", "contact", "version", "turns", "link", "pruned", "number")


class RedisJournalChain:
    """`storage.journal_chain.JournalChain`."""

    _nodes: Nodes
    _meta: Meta

    async def chains(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationChain]:
        keys: set[str] = set()
        start = f"({after}" if after else "-"
        for shard in await self._meta.of_bot(bot):
            found = await self._nodes.read(
                self._nodes.client.zrangebylex(f"{shard.prefix}conversations", start, "+", start=0, num=limit)
            )
            keys.update(key.decode() for key in found)
        return [chain for key in sorted(keys)[:limit] for chain in await self.chains_of(bot, key)]

    async def chains_of(self, bot: str, conversation: str) -> Sequence[ConversationChain]:
        found = [await self._chain(shard, conversation) for shard in await self._meta.of_bot(bot)]
        return [chain for chain in found if chain is not None]

    async def _chain(self, shard: Shard, key: str) -> ConversationChain | None:
        return await read_chain(self._nodes, shard, key)

    async def chained_turns(self, bot: str, chain: ConversationChain) -> AsyncIterator[ChainedTurn]:
        shard = (await self._meta.of_bot(bot))[chain.shard]
        journal = f"{shard.prefix}journal:{chain.conversation}"
        conversation = f"{shard.prefix}conversation:{chain.conversation}"
        number = await self._nodes.read(self._nodes.client.hget(conversation, "number"))
        links = f"{shard.prefix}links:{(number or b'').decode()}"
        places = sorted(map(int, await self._nodes.read(self._nodes.client.hkeys(journal))))
        for start in range(0, len(places), _PAGE):
            some = places[start : start + _PAGE]
            records, words = await self._nodes.read_all([("HMGET", journal, *some), ("HMGET", links, *some)])
            for place, record, word in zip(some, records, words, strict=True):
                if record is not None:
                    link, _, digest = (word or b"").decode().partition(" ")
                    where = f"turn {place} of the conversation"
                    yield ChainedTurn(place, where, place, None, None, record, link.strip("-"), digest)

    def link(self, previous: str, ordinal: int, content: str) -> str:
        """Return SHA-1 in hex, as `lua/_talks.lua` computes it: Redis has no other; `content` is SHA-256."""
        words = f"{previous or '0' * 40} {ordinal} {content}"
        return hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()

    async def strays(self, bot: str) -> Sequence[Stray]:
        return [stray for shard in await self._meta.of_bot(bot) for stray in await self._strays(shard)]

    async def _strays(self, shard: Shard) -> list[Stray]:
        """Compare the log of turns, in which nothing can be changed, with the journal; look for journals of nobody."""
        found: list[Stray] = []
        place = await pruned_up_to(self._nodes, shard)
        while lines := await read_lines(self._nodes, shard, place, _PAGE):
            records = await self._nodes.read_all(
                ("HGET", f"{shard.prefix}journal:{line.conversation}", line.turn) for line in lines
            )
            for line, record in zip(lines, records, strict=True):
                found += _differs(line, record)
            place = lines[-1].place.decode()
        prefix = f"{shard.prefix}journal:"
        async for keys in self._nodes.keys(shard.prefix, f"{prefix}*"):
            names = [key.decode().removeprefix(prefix) for key in keys]
            known = await self._nodes.read_all(("EXISTS", f"{shard.prefix}conversation:{name}") for name in names)
            found += [
                Stray(name, "the journal has turns of a conversation that is not there")
                for name, there in zip(names, known, strict=True)
                if not there
            ]
        return found


def _differs(line: TurnLine, record: bytes | None) -> list[Stray]:
    if record is None:
        when = f"{from_ms(line.at):%Y-%m-%d %H:%M:%S}"
        return [Stray(line.conversation, f"turn {line.turn} of the conversation, logged at {when}, has no record")]
    entry = entry_or_none(record)
    if entry is not None and to_ms(entry.at) != line.at:
        return [Stray(line.conversation, f"turn {entry.turn} has another time than the log of turns")]
    return []


async def read_chain(nodes: Nodes, shard: Shard, key: str) -> ConversationChain | None:
    """Return what a shard keeps of a conversation's journal; None if it has no such conversation."""
    state, contact, version, turns, link, pruned, number = await nodes.read(
        nodes.client.hmget(f"{shard.prefix}conversation:{key}", *_FIELDS)
    )
    if state is None:
        return None
    last, _, head = (link or b"").decode().partition(" ")
    count = int(turns or 0)
    forgotten, at, forgotten_link = 0, None, ""
    if pruned is not None:
        words = pruned.decode().split(" ")
        forgotten, at, forgotten_link = int(words[0]), int(words[1]), words[2]
    is_erased = key.startswith(f"{ERASED}:")
    chain = ConversationChain(
        conversation=key,
        shard=shard.number,
        contact=(contact or b"").decode(),
        state=state,
        version=int(version or 0),
        turns=count,
        link=head if last == str(count) else "",
        pruned=forgotten,
        pruned_link=forgotten_link,
        pruned_at=at,
        head_is_kept=link is not None or not is_erased,
    )
    return await _pruned_before(nodes, shard, chain, number or b"")


async def _pruned_before(nodes: Nodes, shard: Shard, chain: ConversationChain, number: bytes) -> ConversationChain:
    """Return a chain as it is where a version before forgot turns, which kept no link: what the log of turns lacks."""
    kept = await nodes.read(nodes.client.hkeys(f"{shard.prefix}journal:{chain.conversation}"))
    first = min((place for place in map(int, kept) if place > 0), default=chain.turns + 1)
    place = await pruned_up_to(nodes, shard)
    if first <= chain.pruned + 1 or not place:
        return chain
    logged = await _first_logged(nodes, shard, place, number)
    if logged is not None and logged <= chain.pruned + 1:
        return chain
    last = min(first, logged or first) - 1
    links = f"{shard.prefix}links:{number.decode()}"
    link = ((await nodes.read(nodes.client.hget(links, str(last)))) or b"").decode().partition(" ")[0].strip("-")
    at = await _before(nodes, shard, chain, last)
    return chain._replace(pruned=last, pruned_link=link, pruned_at=max(at, chain.pruned_at or at))


async def _first_logged(nodes: Nodes, shard: Shard, place: str, number: bytes) -> int | None:
    while lines := await read_lines(nodes, shard, place, _PAGE):
        for line in lines:
            if line.talk == number:
                return line.turn
        place = lines[-1].place.decode()
    return None


async def _before(nodes: Nodes, shard: Shard, chain: ConversationChain, last: int) -> int:
    """Return a time that no turn up to the last forgotten one can be after: that of the next one, or of the state."""
    journal = f"{shard.prefix}journal:{chain.conversation}"
    record = await nodes.read(nodes.client.hget(journal, str(last + 1)))
    entry = None if record is None else entry_or_none(record)
    if entry is not None:
        return to_ms(entry.at)
    return to_ms_or_none(state_or_bare(chain.state, 0, "").last_event_at) or 0
