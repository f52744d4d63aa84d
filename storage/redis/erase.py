"""Erasing a person: what tells who they are goes from their shard at one moment, and from the others before that."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec

from messages.addresses import Handle, account_handle, handles_of, other_handles
from messages.codec import encode, from_ms, to_ms
from storage.audience_port import People
from storage.audience_records import FailedRow
from storage.erase import (
    FilledWords,
    audit_of,
    bare_entry,
    blank_contact,
    blank_state,
    contact_or_unreadable,
    erased_entry,
    handle_digest,
    names_one_of,
    plain_words,
)
from storage.port import Ledger, Revisions
from storage.records import Erased, JournalEntry
from storage.redis.cluster import Cluster
from storage.redis.contacts import handle_words
from storage.redis.pipeline import ADD_AUDIT, ERASE, ERASE_PUSHES, FORGET_ELSEWHERE, FORGET_ROWS, KEEP_ERASED, Word
from storage.redis.shards import Shard, Shards, account, shard_of
from storage.redis.staff import drop_answers, kept_answers, rename_in_audit
from storage.redis.traces import (
    OwnConversation,
    Person,
    evidence_with,
    forget_elsewhere,
    forget_file_names,
    read_person,
    times_of,
)
from storage.redis.work import forget_work

_decode_row = msgspec.json.Decoder(FailedRow).decode
_encode_row = msgspec.json.Encoder().encode


async def forget_handles(cluster: Cluster, meta: Shards, shards: Sequence[Shard], person: Person, at: int) -> set[str]:
    """Keep the hashes of a person's handles, and forget them in rows of imports and in answers of the API; return the
    jobs that had such rows.

    The handles themselves go with the person, at one moment. Erasing lowers all consent at `at`, in milliseconds since
    1970, or at the person's last act, if the channel's clock puts that later: what they did before it counts no more.
    """
    handles = handles_of(person.contact) | {account_handle(one) for one in person.accounts}
    digests = [handle_digest(meta.salt, handle) for handle in handles]
    lowered = at
    for shard in sorted(shards, key=lambda each: each != person.shard):
        if digests:
            lowered = int(await cluster.call(KEEP_ERASED, shard.prefix, lowered, person.contact.id, *digests))
    prefix = shards[0].prefix
    jobs = await cluster.ask.hkeys(f"{prefix}imports")
    named: set[str] = set()
    for job in jobs:
        for kind in ("failed", "waiting"):
            if await _empty_rows(cluster, f"{prefix}import-{kind}:{job.decode()}", handles):
                named.add(job.decode())
    answers = await kept_answers(cluster)
    await drop_answers(cluster, person.own_values().in_texts(answers))
    return named


async def _empty_rows(cluster: Cluster, key: str, handles: Collection[Handle]) -> bool:
    cursor, is_named = -1, False
    while cursor != 0:
        cursor, found = await cluster.ask.zscan(key, max(cursor, 0), count=1000)
        for member, line in found:
            row = _decode_row(member)
            if names_one_of(row.value, handles):
                empty = _encode_row(row._replace(value="", detail=""))
                await cluster.read_all([("ZADD", key, line, empty), ("ZREM", key, member)])
                is_named = True
    return is_named


class RedisErasure:
    """`storage.port.Erasure`."""

    _cluster: Cluster
    _meta: Shards

    async def erase_contact(self, bot: str, contact: str, *, actor: str, at: datetime) -> Erased | None:
        """Erase; where it breaks off, doing it again goes on.

        What other shards hold goes first, while the person's own shard still tells what that is.
        """
        shards = await self._meta.of_bot(bot)
        contact = await self._who_took_over(shards, contact)
        for shard in shards:
            while (person := await read_person(self._cluster, shard, contact)) is not None:
                names = person.names()
                own = await self._they(shards, contact)
                jobs = await self._jobs_of(bot, own)
                jobs |= await forget_handles(self._cluster, self._meta, shards, person, to_ms(at))
                await forget_file_names(self._cluster, shards, person, jobs)
                merged = await self._forget_merged(shards, contact)
                plain = await plain_words(cast("Revisions", self), bot, person.entries())
                filled = FilledWords(person.contact, person.entries(), plain)
                edit = cast("People", self).edit_contact
                await forget_elsewhere(self._cluster, shards, person, own, filled, edit)
                evidence = await self._erase_elsewhere(shards, person, filled)
                await rename_in_audit(self._cluster, shards[0], names)
                words = await _words(self._cluster, person, names, evidence)
                answer = await self._cluster.call(ERASE, shard.prefix, *words)
                if answer[0] == b"ok":
                    await self._cluster.call(ERASE_PUSHES, shard.prefix, *own)
                    await forget_work(self._cluster, shards, sorted(own))
                    is_new, turns, talks, replies, rows = answer[1:]
                    erased = Erased(turns, talks, replies, rows + merged)
                    if is_new:
                        row = audit_of(bot, contact, erased, actor=actor, at=at)
                        await self._cluster.call(ADD_AUDIT, shards[0].prefix, row.target, encode(row))
                        # Until then the contact tells that the row is lacking.
                        await self._cluster.ask.hdel(f"{shard.prefix}contact:{contact}", "erased")
                    return erased
        return None

    async def _who_took_over(self, shards: Sequence[Shard], contact: str) -> str:
        """Return the contact that one was merged into, over any number of steps; itself if it was not."""
        tried = {contact}
        while True:
            records = [await self._cluster.ask.hget(f"{shard.prefix}contact:{contact}", "record") for shard in shards]
            found = [contact_or_unreadable(record, 0, contact) for record in records if record is not None]
            onward = next((each.merged_into for each in found if each.merged_into), "")
            if not onward or onward in tried:
                return contact
            tried.add(onward)
            contact = onward

    async def _they(self, shards: Sequence[Shard], contact: str) -> set[str]:
        """Return the ids of a contact and of those that were merged into it."""
        found = {contact}
        for shard in shards:
            for one in await self._cluster.ask.smembers(f"{shard.prefix}merged-into:{contact}"):
                found |= await self._they(shards, one.decode())
        return found

    async def _jobs_of(self, bot: str, contacts: Collection[str]) -> set[str]:
        """Return the imports that changed these contacts."""
        jobs: set[str] = set()
        for contact in sorted(contacts):
            after = 0
            while rows := await cast("Ledger", self).ledger(bot, contact=contact, after=after, limit=1000):
                after = rows[-1].sequence
                jobs.update(row.change.detail.partition(":")[0] for row in rows if row.change.source == "csv")
        return jobs

    async def _forget_merged(self, shards: Sequence[Shard], contact: str) -> int:
        """Forget the personal parts of rows of those who were merged into a contact; return how many went."""
        gone = 0
        for shard in shards:
            for one in await self._cluster.ask.smembers(f"{shard.prefix}merged-into:{contact}"):
                gone += await self._cluster.call(FORGET_ROWS, shard.prefix, one)
                gone += await self._forget_merged(shards, one.decode())
        return gone

    async def _erase_elsewhere(self, shards: Sequence[Shard], person: Person, filled: FilledWords) -> Sequence[str]:
        """Erase in other shards than the person's; return the digests of evidence that is to go from their own."""
        own = person.own_values()
        accounts: defaultdict[Shard, list[str]] = defaultdict(list)
        for one in person.accounts:
            accounts[shards[shard_of(one.channel, one.user, len(shards))]].append(account(one.channel, one.user))
        for shard in shards:
            if shard == person.shard:
                continue
            digests = await evidence_with(self._cluster, shard, own, filled)
            words = (accounts[shard], person.events, digests)
            if any(words):
                flat = [word for each in words for word in (len(each), *each)]
                await self._cluster.call(FORGET_ELSEWHERE, shard.prefix, f"@{person.shard.number}", *flat)
        return await evidence_with(self._cluster, person.shard, own, filled)


async def _words(cluster: Cluster, person: Person, names: Mapping[str, str], evidence: Sequence[str]) -> Sequence[Word]:
    """Return what the script takes."""
    contact = person.contact.id
    talks: list[Word] = []
    turns: list[Word] = []
    for talk in person.talks:
        name = names[talk.key]
        talks += (talk.key, talk.version, name, encode(blank_state(talk.state, name)))
        for number, entry in (await _left(cluster, person, talk, name)).items():
            turns += (name, number, encode(entry), talk.digests[number])
    accounts = [account(one.channel, one.user) for one in person.accounts]
    words: list[Word] = [contact, person.contact.version, encode(blank_contact(person.contact)), _count(person)]
    words += (len(person.talks), *talks, len(turns) // 4, *turns, len(accounts), *accounts)
    words += (len(person.timers), *person.timers, len(person.ignored), *person.ignored, len(evidence), *evidence)
    return words + handle_words(b"", (), other_handles(person.contact))


async def _left(cluster: Cluster, person: Person, talk: OwnConversation, name: str) -> dict[int, JournalEntry]:
    """Return what is left of each turn, by its number."""
    left = {number: erased_entry(entry, name) for number, entry in talk.turns.items() if entry is not None}
    broken = talk.turns.keys() - left.keys()
    if broken and talk.number is not None:
        times = await times_of(cluster, person.shard, talk.number)
        for number in broken:
            at = from_ms(times.get(number, 0))
            left[number] = bare_entry(turn="", bot=person.shard.bot, contact=person.contact.id, name=name, at=at)
    return left


def _count(person: Person) -> int:
    return person.erased_before + len(person.talks)
