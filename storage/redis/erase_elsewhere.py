"""What was filled in for an erased person, in other people's rows, turns and contacts; and the names of files."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

import msgspec

from messages.codec import RecordDecoder, encode
from messages.contact import Contact
from messages.effects import Answer
from messages.errors import StaleVersion
from storage.audience_records import ImportJob
from storage.filled_words import FilledWords, tells
from storage.journal_chain import record_digest
from storage.ledger_facts import conversation_of
from storage.redis.chain import decode_facts
from storage.redis.keys import Shard
from storage.redis.link import Word
from storage.redis.nodes import Nodes
from storage.redis.person import Person, scan
from storage.redis.scripts import SWAP
from storage.tombstone import contact_or_unreadable, entry_or_none

Edit = Callable[[str, Contact], Awaitable[object]]

_decode_job = RecordDecoder[ImportJob](ImportJob)


async def forget_elsewhere(
    nodes: Nodes, shards: Sequence[Shard], person: Person, own: Collection[str], filled: FilledWords, edit: Edit
) -> None:
    """Take a person's words out of what other people have; `own` are the ids of the person's contacts, `edit` keeps
    another person's contact.

    What was not there any more when it was to be replaced is left: it goes with whoever replaced it.
    """
    for shard in shards:
        keys = await _forget_rows(nodes, shard, own, filled)
        for key in sorted({*keys, *[key async for key in _in_groups(nodes, shard, filled.groups)]}):
            if key not in {talk.key for talk in person.talks}:
                await _forget_in_turns(nodes, shard, key, filled)
        await _forget_talked_with(nodes, shard, own, filled, edit)


async def _forget_rows(nodes: Nodes, shard: Shard, own: Collection[str], filled: FilledWords) -> set[str]:
    """Forget the personal parts of other people's rows; return the keys of the conversations they are of."""
    keys: set[str] = set()
    if not filled.texts:
        return keys
    async for number, personal in scan(nodes, f"{shard.prefix}ledger-personal"):
        if not filled.are_in_row(personal):
            continue
        ((_, fields),) = await nodes.read(
            nodes.client.xrange(f"{shard.prefix}ledger", min=f"{number.decode()}-0", max=f"{number.decode()}-0")
        )
        _, facts, _ = decode_facts(fields[b"content"])
        if facts.contact not in own:
            keys.add(conversation_of(personal))
            await nodes.read(nodes.client.hdel(f"{shard.prefix}ledger-personal", number))
    return keys - {""}


async def _in_groups(nodes: Nodes, shard: Shard, groups: Collection[str]) -> AsyncIterator[str]:
    """Yield the keys of the conversations in these groups."""
    for group in sorted(groups):
        start, end = f"[{group}".encode(), f"[{group}".encode() + b"\xff"
        for key in await nodes.read(nodes.client.zrangebylex(f"{shard.prefix}conversations", start, end)):
            yield key.decode()


async def _forget_in_turns(nodes: Nodes, shard: Shard, key: str, filled: FilledWords) -> None:
    journal = f"journal:{key}"
    async for number, record in scan(nodes, f"{shard.prefix}{journal}"):
        entry = entry_or_none(record)
        left = None if entry is None else filled.without(entry)
        if left is None:
            continue
        words: list[Word] = [journal, number, encode(left)]
        words += await _kept_digest(nodes, shard, key, number, record)
        await nodes.call(SWAP, shard.prefix, journal, number, record, "", "", *words)
        if Answer("") in left.outcome.effects:
            await _forget_answer(nodes, shard, key, number)


async def _kept_digest(nodes: Nodes, shard: Shard, key: str, turn: bytes, record: bytes) -> Sequence[Word]:
    """Return the field in which the digest of a record stays that is about to be replaced (`lua/_talks.lua`)."""
    talk = await nodes.read(nodes.client.hget(f"{shard.prefix}conversation:{key}", "number"))
    if talk is None:
        return ()
    links = f"links:{talk.decode()}"
    link = ((await nodes.read(nodes.client.hget(f"{shard.prefix}{links}", turn))) or b"-").decode()
    return () if " " in link else (links, turn, f"{link} {record_digest(record)}")


async def _forget_answer(nodes: Nodes, shard: Shard, key: str, turn: bytes) -> None:
    """Forget the synchronous answer to the event of a turn; that there was one stays."""
    talk = await nodes.read(nodes.client.hget(f"{shard.prefix}conversation:{key}", "number"))
    event = await nodes.read(nodes.client.hget(f"{shard.prefix}turn-events", b"%b %b" % (talk or b"", turn)))
    answer = None if event is None else await nodes.read(nodes.client.hget(f"{shard.prefix}seen", event))
    if event is not None and answer:
        await nodes.call(SWAP, shard.prefix, "seen", event, answer, "", "", "seen", event, "+")


async def _forget_talked_with(
    nodes: Nodes, shard: Shard, own: Collection[str], filled: FilledWords, edit: Edit
) -> None:
    async for _, name in scan(nodes, f"{shard.prefix}numbers"):
        contact = name.decode()
        while contact not in own:
            key = f"{shard.prefix}contact:{contact}"
            record, version = await nodes.read(nodes.client.hmget(key, "record", "version"))
            known = None if record is None else contact_or_unreadable(record, int(version), contact)
            left = None if known is None else filled.without_talked_with(known)
            if left is None:
                break
            try:
                await edit(shard.bot, left)
                break
            except StaleVersion:
                continue


async def forget_file_names(nodes: Nodes, shards: Sequence[Shard], person: Person, jobs: Collection[str]) -> None:
    """Forget the names of files that had the person in them, given as ids of `jobs`, or whose name tells them."""
    words = person.own_values().words()
    prefix = shards[0].prefix
    async for name, found in scan(nodes, f"{prefix}import-records"):
        record: bytes | None = found
        while record is not None:
            job = _decode_job(record)
            if not job.file_name or not (job.id in jobs or tells(job.file_name, words)):
                break
            without = encode(msgspec.structs.replace(job, file_name=""))
            if await nodes.call(SWAP, prefix, "import-records", name, record, "", "", "import-records", name, without):
                break
            record = await nodes.read(nodes.client.hget(f"{prefix}import-records", name))
