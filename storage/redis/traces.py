"""All that a shard has of one person, and what was filled in for them elsewhere."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from math import inf
from typing import NamedTuple

import msgspec

from flows.engine.turn import ConversationState
from messages.codec import RecordDecoder, encode
from messages.contact import Contact, Identity
from messages.effects import Answer
from messages.errors import StaleVersion
from storage.audience_records import ImportJob
from storage.erase import (
    FilledWords,
    OwnValues,
    contact_or_unreadable,
    entry_or_none,
    erased_name,
    is_erased_name,
    state_or_bare,
    tells,
)
from storage.ledger import conversation_of
from storage.records import JournalEntry
from storage.redis.cluster import Cluster
from storage.redis.ledger import decode_facts
from storage.redis.pipeline import SWAP, Word
from storage.redis.shards import Shard, account
from storage.redis.turn_log import read_lines
from storage.turns import record_digest

_PAGE = 1000


class OwnConversation(NamedTuple):
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
    talks: Sequence[OwnConversation]
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


async def read_person(cluster: Cluster, shard: Shard, contact: str) -> Person | None:
    """Return what a shard has of a contact; None if it has no such contact."""
    prefix = shard.prefix
    record, version = await cluster.ask.hmget(f"{prefix}contact:{contact}", "record", "version")
    if record is None:
        return None
    keys = [key.decode() for key in await cluster.ask.smembers(f"{prefix}conversations-of:{contact}")]
    live = [key for key in keys if not is_erased_name(key, contact)]
    talks = sorted([await _talk(cluster, shard, contact, key) for key in live], key=_began)
    numbers = {talk.number for talk in talks if talk.number is not None}
    person = contact_or_unreadable(record, int(version), contact)
    return Person(
        shard=shard,
        contact=person,
        talks=talks,
        accounts=await _accounts(cluster, shard, person, talks),
        erased_before=len(keys) - len(live),
        timers=[timer async for timer, key in scan(cluster, f"{prefix}timer-conversations") if key.decode() in live],
        ignored=await _ignored(cluster, shard, numbers),
        events=await _events(cluster, shard, talks),
    )


def _began(talk: OwnConversation) -> tuple[float, str]:
    """Return what orders conversations: who began one meanwhile finds it behind the others."""
    return int(talk.number) if talk.number is not None else inf, talk.key


async def _talk(cluster: Cluster, shard: Shard, contact: str, key: str) -> OwnConversation:
    (version, state, number), records = await cluster.read_all(
        [
            ("HMGET", f"{shard.prefix}conversation:{key}", "version", "state", "number"),
            ("HGETALL", f"{shard.prefix}journal:{key}"),
        ]
    )
    turns = {int(turn): entry_or_none(record) for turn, record in records.items()}
    digests = {int(turn): record_digest(record) for turn, record in records.items()}
    return OwnConversation(key, int(version), state_or_bare(state, int(version), contact), number, turns, digests)


def _entries(talks: Sequence[OwnConversation]) -> Sequence[JournalEntry]:
    return [entry for talk in talks for entry in talk.turns.values() if entry is not None]


async def _accounts(
    cluster: Cluster, shard: Shard, contact: Contact, talks: Sequence[OwnConversation]
) -> Sequence[Identity]:
    """Return the contact's accounts, also where its record can't be read: those of old may be somebody else's."""
    candidates = dict.fromkeys(contact.identities)
    for entry in _entries(talks):
        candidates |= dict.fromkeys((*entry.outcome.contact.identities, entry.event.reference.account))
    if not candidates:
        return []
    names = [account(one.channel, one.user) for one in candidates]
    whose = await cluster.ask.hmget(f"{shard.prefix}identities", names)
    return [one for one, owner in zip(candidates, whose, strict=True) if owner == contact.id.encode()]


async def _events(cluster: Cluster, shard: Shard, talks: Sequence[OwnConversation]) -> Sequence[bytes]:
    fields = [b"%b %d" % (talk.number, turn) for talk in talks if talk.number is not None for turn in talk.turns]
    if not fields:
        return []
    found = await cluster.ask.hmget(f"{shard.prefix}turn-events", fields)
    return [name for name in found if name is not None]


async def _ignored(cluster: Cluster, shard: Shard, numbers: set[bytes]) -> Sequence[bytes]:
    found: list[bytes] = []
    start = "-"
    while True:
        page = await cluster.ask.xrange(f"{shard.prefix}ignored", min=start, count=_PAGE)
        found += [place for place, fields in page if fields[b"conversation"] in numbers]
        if len(page) < _PAGE:
            return found
        start = f"({page[-1][0].decode()}"


async def times_of(cluster: Cluster, shard: Shard, number: bytes) -> Mapping[int, int]:
    """Return when the turns of a conversation were, in milliseconds since 1970, as the log of turns has it."""
    times: dict[int, int] = {}
    after = ""
    while lines := await read_lines(cluster, shard, after, _PAGE):
        times.update((line.turn, line.at) for line in lines if line.talk == number)
        after = lines[-1].place.decode()
    return times


async def evidence_with(cluster: Cluster, shard: Shard, own: OwnValues, filled: FilledWords) -> Sequence[str]:
    """Return the digests of texts in a shard that hold the person's own words, but for those of a flow alone."""
    kept = [(digest.decode(), text.decode()) async for digest, text in scan(cluster, f"{shard.prefix}evidence")]
    found = own.in_texts((digest, text) for digest, text in kept if not filled.is_plain(text))
    return [*found, *(filled.digests & {digest for digest, _ in kept})]


async def scan(cluster: Cluster, key: str) -> AsyncIterator[tuple[bytes, bytes]]:
    """Yield the fields of a hash, some perhaps twice."""
    cursor = -1
    while cursor != 0:
        cursor, found = await cluster.ask.hscan(key, max(cursor, 0), count=_PAGE)
        for item in found.items():
            yield item


Edit = Callable[[str, Contact], Awaitable[object]]

_decode_job = RecordDecoder[ImportJob](ImportJob)


async def forget_elsewhere(
    cluster: Cluster, shards: Sequence[Shard], person: Person, own: Collection[str], filled: FilledWords, edit: Edit
) -> None:
    """Take a person's words out of what other people have; `own` are the ids of the person's contacts, `edit` keeps
    another person's contact.

    What was not there any more when it was to be replaced is left: it goes with whoever replaced it.
    """
    for shard in shards:
        keys = await _forget_rows(cluster, shard, own, filled)
        for key in sorted({*keys, *[key async for key in _in_groups(cluster, shard, filled.groups)]}):
            if key not in {talk.key for talk in person.talks}:
                await _forget_in_turns(cluster, shard, key, filled)
        await _forget_talked_with(cluster, shard, own, filled, edit)


async def _forget_rows(cluster: Cluster, shard: Shard, own: Collection[str], filled: FilledWords) -> set[str]:
    """Forget the personal parts of other people's rows; return the keys of the conversations they are of."""
    keys: set[str] = set()
    if not filled.texts:
        return keys
    async for number, personal in scan(cluster, f"{shard.prefix}ledger-personal"):
        if not filled.are_in_row(personal):
            continue
        ((_, fields),) = await cluster.ask.xrange(
            f"{shard.prefix}ledger", min=f"{number.decode()}-0", max=f"{number.decode()}-0"
        )
        _, facts, _ = decode_facts(fields[b"content"])
        if facts.contact not in own:
            keys.add(conversation_of(personal))
            await cluster.ask.hdel(f"{shard.prefix}ledger-personal", number)
    return keys - {""}


async def _in_groups(cluster: Cluster, shard: Shard, groups: Collection[str]) -> AsyncIterator[str]:
    """Yield the keys of the conversations in these groups."""
    for group in sorted(groups):
        start, end = f"[{group}".encode(), f"[{group}".encode() + b"\xff"
        for key in await cluster.ask.zrangebylex(f"{shard.prefix}conversations", start, end):
            yield key.decode()


async def _forget_in_turns(cluster: Cluster, shard: Shard, key: str, filled: FilledWords) -> None:
    journal = f"journal:{key}"
    async for number, record in scan(cluster, f"{shard.prefix}{journal}"):
        entry = entry_or_none(record)
        left = None if entry is None else filled.without(entry)
        if left is None:
            continue
        words: list[Word] = [journal, number, encode(left)]
        words += await _kept_digest(cluster, shard, key, number, record)
        await cluster.call(SWAP, shard.prefix, journal, number, record, "", "", *words)
        if Answer("") in left.outcome.effects:
            await _forget_answer(cluster, shard, key, number)


async def _kept_digest(cluster: Cluster, shard: Shard, key: str, turn: bytes, record: bytes) -> Sequence[Word]:
    """Return the field in which the digest of a record stays that is about to be replaced (`lua/_talks.lua`)."""
    talk = await cluster.ask.hget(f"{shard.prefix}conversation:{key}", "number")
    if talk is None:
        return ()
    links = f"links:{talk.decode()}"
    link = ((await cluster.ask.hget(f"{shard.prefix}{links}", turn)) or b"-").decode()
    return () if " " in link else (links, turn, f"{link} {record_digest(record)}")


async def _forget_answer(cluster: Cluster, shard: Shard, key: str, turn: bytes) -> None:
    """Forget the synchronous answer to the event of a turn; that there was one stays."""
    talk = await cluster.ask.hget(f"{shard.prefix}conversation:{key}", "number")
    event = await cluster.ask.hget(f"{shard.prefix}turn-events", b"%b %b" % (talk or b"", turn))
    answer = None if event is None else await cluster.ask.hget(f"{shard.prefix}seen", event)
    if event is not None and answer:
        await cluster.call(SWAP, shard.prefix, "seen", event, answer, "", "", "seen", event, "+")


async def _forget_talked_with(
    cluster: Cluster, shard: Shard, own: Collection[str], filled: FilledWords, edit: Edit
) -> None:
    async for _, name in scan(cluster, f"{shard.prefix}numbers"):
        contact = name.decode()
        while contact not in own:
            key = f"{shard.prefix}contact:{contact}"
            record, version = await cluster.ask.hmget(key, "record", "version")
            known = None if record is None else contact_or_unreadable(record, int(version), contact)
            left = None if known is None else filled.without_talked_with(known)
            if left is None:
                break
            try:
                await edit(shard.bot, left)
                break
            except StaleVersion:
                continue


async def forget_file_names(cluster: Cluster, shards: Sequence[Shard], person: Person, jobs: Collection[str]) -> None:
    """Forget the names of files that had the person in them, given as ids of `jobs`, or whose name tells them."""
    words = person.own_values().words()
    prefix = shards[0].prefix
    async for name, found in scan(cluster, f"{prefix}import-records"):
        record: bytes | None = found
        while record is not None:
            job = _decode_job(record)
            if not job.file_name or not (job.id in jobs or tells(job.file_name, words)):
                break
            without = encode(msgspec.structs.replace(job, file_name=""))
            if await cluster.call(
                SWAP, prefix, "import-records", name, record, "", "", "import-records", name, without
            ):
                break
            record = await cluster.ask.hget(f"{prefix}import-records", name)
