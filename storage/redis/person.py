"""All that a shard has of one person, as it is before it goes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from flows.engine.turn import ConversationState
from messages.contact import Contact, Identity
from storage.filled_words import FilledWords
from storage.journal_chain import record_digest
from storage.records import JournalEntry
from storage.redis.keys import Shard, account
from storage.redis.nodes import Nodes
from storage.redis.turn_log import read_lines
from storage.tombstone import (
    OwnValues,
    contact_or_unreadable,
    entry_or_none,
    erased_name,
    is_erased_name,
    state_or_bare,
)

_PAGE = 1000


class Talk(NamedTuple):
    """A conversation. `turns` are its journal entries by their numbers, None where one can't be read; `digests` those
    of their records.
    """

    key: str
    version: int
    state: ConversationState
    number: bytes | None
    turns: Mapping[int, JournalEntry | None]
    digests: Mapping[int, str]


class Person(NamedTuple):
    """A contact at home in `shard`, with what is theirs."""

    shard: Shard
    contact: Contact
    talks: Sequence[Talk]
    accounts: Sequence[Identity]
    erased_before: int
    """Conversations that have lost their name already."""
    timers: Sequence[bytes]
    ignored: Sequence[bytes]
    """Places of messages that nothing matched."""
    events: Sequence[bytes]
    """Names of their events that are remembered."""

    def names(self) -> Mapping[str, str]:
        """Return what the conversations will be called, by what they are called now."""
        places = enumerate(self.talks, self.erased_before + 1)
        return {talk.key: erased_name(self.contact.id, place) for place, talk in places}

    def entries(self) -> Sequence[JournalEntry]:
        return _entries(self.talks)

    def own_values(self) -> OwnValues:
        own = OwnValues()
        own.add_contact(self.contact)
        for entry in self.entries():
            own.add_entry(entry)
        return own


async def read_person(nodes: Nodes, shard: Shard, contact: str) -> Person | None:
    """Return what a shard has of a contact; None if it has no such contact."""
    client, prefix = nodes.client, shard.prefix
    record, version = await nodes.read(client.hmget(f"{prefix}contact:{contact}", "record", "version"))
    if record is None:
        return None
    keys = [key.decode() for key in await nodes.read(client.smembers(f"{prefix}conversations-of:{contact}"))]
    live = [key for key in keys if not is_erased_name(key, contact)]
    talks = sorted([await _talk(nodes, shard, contact, key) for key in live], key=_began)
    numbers = {talk.number for talk in talks if talk.number is not None}
    person = contact_or_unreadable(record, int(version), contact)
    return Person(
        shard=shard,
        contact=person,
        talks=talks,
        accounts=await _accounts(nodes, shard, person, talks),
        erased_before=len(keys) - len(live),
        timers=[timer async for timer, key in scan(nodes, f"{prefix}timer-conversations") if key.decode() in live],
        ignored=await _ignored(nodes, shard, numbers),
        events=await _events(nodes, shard, talks),
    )


def _began(talk: Talk) -> tuple[float, str]:
    """Return what orders conversations: who began one meanwhile finds it behind the others."""
    return int(talk.number) if talk.number is not None else inf, talk.key


async def _talk(nodes: Nodes, shard: Shard, contact: str, key: str) -> Talk:
    (version, state, number), records = await nodes.read_all(
        [
            ("HMGET", f"{shard.prefix}conversation:{key}", "version", "state", "number"),
            ("HGETALL", f"{shard.prefix}journal:{key}"),
        ]
    )
    turns = {int(turn): entry_or_none(record) for turn, record in records.items()}
    digests = {int(turn): record_digest(record) for turn, record in records.items()}
    return Talk(key, int(version), state_or_bare(state, int(version), contact), number, turns, digests)


def _entries(talks: Sequence[Talk]) -> Sequence[JournalEntry]:
    return [entry for talk in talks for entry in talk.turns.values() if entry is not None]


async def _accounts(nodes: Nodes, shard: Shard, contact: Contact, talks: Sequence[Talk]) -> Sequence[Identity]:
    """Return the contact's accounts, also where its record can't be read: those of old may be somebody else's."""
    candidates = dict.fromkeys(contact.identities)
    for entry in _entries(talks):
        candidates |= dict.fromkeys((*entry.outcome.contact.identities, entry.event.reference.account))
    if not candidates:
        return []
    names = [account(one.channel, one.user) for one in candidates]
    whose = await nodes.read(nodes.client.hmget(f"{shard.prefix}identities", names))
    return [one for one, owner in zip(candidates, whose, strict=True) if owner == contact.id.encode()]


async def _events(nodes: Nodes, shard: Shard, talks: Sequence[Talk]) -> Sequence[bytes]:
    fields = [b"%b %d" % (talk.number, turn) for talk in talks if talk.number is not None for turn in talk.turns]
    if not fields:
        return []
    found = await nodes.read(nodes.client.hmget(f"{shard.prefix}turn-events", fields))
    return [name for name in found if name is not None]


async def _ignored(nodes: Nodes, shard: Shard, numbers: set[bytes]) -> Sequence[bytes]:
    found: list[bytes] = []
    start = "-"
    while True:
        page = await nodes.read(nodes.client.xrange(f"{shard.prefix}ignored", min=start, count=_PAGE))
        found += [place for place, fields in page if fields[b"conversation"] in numbers]
        if len(page) < _PAGE:
            return found
        start = f"({page[-1][0].decode()}"


async def times_of(nodes: Nodes, shard: Shard, number: bytes) -> Mapping[int, int]:
    """Return when the turns of a conversation were, in milliseconds since 1970, as the log of turns has it."""
    times: dict[int, int] = {}
    after = ""
    while lines := await read_lines(nodes, shard, after, _PAGE):
        times.update((line.turn, line.at) for line in lines if line.talk == number)
        after = lines[-1].place.decode()
    return times


async def evidence_with(nodes: Nodes, shard: Shard, own: OwnValues, filled: FilledWords) -> Sequence[str]:
    """Return the digests of texts in a shard that hold the person's own words, but for those of a flow alone."""
    kept = [(digest.decode(), text.decode()) async for digest, text in scan(nodes, f"{shard.prefix}evidence")]
    found = own.in_texts((digest, text) for digest, text in kept if not filled.is_plain(text))
    return [*found, *(filled.digests & {digest for digest, _ in kept})]


async def scan(nodes: Nodes, key: str) -> AsyncIterator[tuple[bytes, bytes]]:
    """Yield the fields of a hash, some perhaps twice."""
    cursor = -1
    while cursor != 0:
        cursor, found = await nodes.read(nodes.client.hscan(key, max(cursor, 0), count=_PAGE))
        for item in found.items():
            yield item
