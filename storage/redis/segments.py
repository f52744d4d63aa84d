"""Segments that staff made, and what staff does to the memberships of many."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from consent.membership import Act, Refusal, change
from messages.codec import RecordDecoder, encode, to_ms
from messages.consent import ConsentChange, Membership
from messages.errors import StaleVersion
from storage.audience_records import Changed, SegmentRecord, StaffChange, StaffOutcome
from storage.codec import UnreadableRecords
from storage.ledger import facts_of, personal_of
from storage.redis.cluster import Cluster
from storage.redis.continuity import ShardMemory
from storage.redis.ledger import digest, encode_facts
from storage.redis.pipeline import CHANGE_MANY, CURRENT_MEMBERSHIPS, SWAP, Word
from storage.redis.shards import Shard, Shards

_decode = RecordDecoder[SegmentRecord](SegmentRecord)


class RedisSegments:
    """`storage.audience_port.Segments`."""

    _cluster: Cluster
    _meta: Shards
    unreadable: UnreadableRecords

    async def segments(self, bot: str) -> Sequence[SegmentRecord]:
        found = await self._cluster.ask.hgetall(f"{await self._segments_at(bot)}segments")
        self.unreadable.begin("segment", bot)
        read = (
            self.unreadable.read("segment", bot, name.decode(), partial(_decode, record))
            for name, record in found.items()
        )
        return sorted(filter(None, read), key=lambda segment: segment.id)

    async def segments_version(self, bot: str) -> int:
        return int(await self._cluster.ask.hget(f"{await self._segments_at(bot)}meta", "segments") or 0)

    async def save_segment(self, segment: SegmentRecord) -> SegmentRecord:
        saved = msgspec.structs.replace(segment, version=segment.version + 1)
        await self._swap_segment(segment.bot, segment.id, segment.version, encode(saved))
        return saved

    async def delete_segment(self, bot: str, segment: str, *, version: int) -> None:
        await self._swap_segment(bot, segment, version, b"")

    async def _swap_segment(self, bot: str, segment: str, version: int, record: bytes) -> None:
        prefix = await self._segments_at(bot)
        stands: bytes = await self._cluster.ask.hget(f"{prefix}segments", segment) or b""
        is_current = (_decode(stands).version if stands else 0) == version and (stands or record)
        if not is_current or not await self._cluster.call(
            SWAP, prefix, "segments", segment, stands, "meta", "segments", "segments", segment, record
        ):
            raise StaleVersion(f"segment {segment}")

    async def keep_frozen(self, bot: str, name: str, members: bytes, at: datetime) -> None:
        del at
        await self._cluster.ask.hsetnx(f"{await self._segments_at(bot)}frozen", name, members)

    async def frozen(self, bot: str, name: str) -> bytes | None:
        found: bytes | None = await self._cluster.ask.hget(f"{await self._segments_at(bot)}frozen", name)
        return found

    async def drop_frozen(self, bot: str, name: str) -> None:
        await self._cluster.ask.hdel(f"{await self._segments_at(bot)}frozen", name)

    async def _segments_at(self, bot: str) -> str:
        return (await self._meta.of_bot(bot))[0].prefix


_TRIES = 20
"""How often people are looked at again who acted meanwhile."""

_BATCH = 200
"""People in one call of a script: a longer one would hold up turns."""

_encode_outcomes = msgspec.msgpack.Encoder().encode
_decode_outcomes = msgspec.msgpack.Decoder(dict[int, str]).decode


class Marker(NamedTuple):
    """Where it is kept that a step was taken, and what it came to: done again, it answers that."""

    key: str
    field: str


class _CurrentMembership(NamedTuple):
    contact: str
    segment: Membership
    everything: Membership
    barrier: bytes
    lowered: int | None
    """When the segment or everything was last lowered, in milliseconds since 1970."""


class RedisStaffChanges:
    """`storage.audience_port.People.change_many`."""

    _cluster: Cluster
    _meta: Shards
    _memory: ShardMemory

    async def change_many(self, bot: str, change: StaffChange) -> Sequence[StaffOutcome]:
        details = change.details or [change.detail] * len(change.people)
        first: dict[int, str] = {}
        for person, detail in zip(change.people, details, strict=True):
            first.setdefault(person, detail)
        outcomes = await change_people(self._cluster, self._memory, await self._meta.of_bot(bot), change, first)
        return [outcomes[person] for person in change.people]


async def change_people(
    cluster: Cluster,
    memory: ShardMemory,
    shards: Sequence[Shard],
    asked: StaffChange,
    details: Mapping[int, str],
    marker: Marker | None = None,
    *,
    dry_run: bool = False,
) -> dict[int, StaffOutcome]:
    """Do an act for people, given by number with what the ledger says of each; return what became of each. `dry_run`:
    what would become of each; nothing is done.

    All of a shard's, some hundred at a time, or none of them.
    """
    of_shards: defaultdict[int, list[int]] = defaultdict(list)
    for person in details:
        of_shards[(person - 1) % len(shards)].append(person)
    outcomes: dict[int, StaffOutcome] = {}
    for number, people in of_shards.items():
        for start in range(0, len(people), _BATCH):
            some = {person: details[person] for person in people[start : start + _BATCH]}
            mark = None if marker is None else Marker(marker.key, f"{marker.field}/{start}")
            outcomes.update(
                await _change_some(cluster, memory, shards[number], len(shards), asked, some, mark, dry_run)
            )
    return outcomes


async def _change_some(
    cluster: Cluster,
    memory: ShardMemory,
    shard: Shard,
    shards: int,
    asked: StaffChange,
    details: Mapping[int, str],
    marker: Marker | None,
    dry_run: bool,
) -> dict[int, StaffOutcome]:
    for _ in range(_TRIES):
        places = [(person - 1) // shards + 1 for person in details]
        flat = await cluster.call(CURRENT_MEMBERSHIPS, shard.prefix, asked.subject, *places)
        outcomes: dict[int, StaffOutcome] = {}
        words: list[Word] = []
        for index, (person, detail) in enumerate(details.items()):
            current = _read(flat[5 * index : 5 * index + 5])
            outcomes[person], row = _decided(shard.bot, asked, current, detail)
            words += row
        if dry_run:
            return outcomes
        head = (
            (asked.subject, marker.key, marker.field, _encode_outcomes(outcomes))
            if marker
            else (asked.subject, "", "", "")
        )
        remembered = memory.words(shard, raising=asked.act is Act.ADD)
        answer = await cluster.call(CHANGE_MANY, shard.prefix, *head, _acted(asked), *words, *remembered)
        memory.heard(shard, answer)
        if answer[0] == b"ok":
            return outcomes
        if answer[0] == b"done":
            return {person: _outcome(said) for person, said in _decode_outcomes(answer[1]).items()}
    raise StaleVersion(f"people of {asked.subject}")


def _read(words: Sequence[bytes]) -> _CurrentMembership:
    contact, segment, everything, barrier, lowered = words
    known = Membership(segment.decode()), Membership(everything.decode())
    return _CurrentMembership(contact.decode(), *known, barrier, int(lowered) if lowered else None)


def _acted(asked: StaffChange) -> int:
    return to_ms(asked.acted_at or asked.at)


def _decided(
    bot: str, asked: StaffChange, current: _CurrentMembership, detail: str
) -> tuple[StaffOutcome, Sequence[Word]]:
    """Return what becomes of a person, and the words of it that the script takes."""
    if current.barrier == b"unknown":
        return Changed.UNKNOWN, ()
    if current.barrier and asked.act is Act.ADD:
        return Changed.ERASED, ()
    late = current.lowered is not None and current.lowered >= _acted(asked)
    outcome = change(asked.act, asked.subject, current.segment, current.everything, outweighed=late)
    checked = (current.contact, current.segment.value, current.everything.value)
    if isinstance(outcome, Refusal):
        return outcome, (*checked, "", "", "", "")
    if outcome is None:
        return Changed.UNCHANGED, (*checked, "lowered" if asked.act is Act.REMOVE else "", "", "", "")
    row = ConsentChange(
        contact=current.contact,
        subject=asked.subject,
        before=outcome.before,
        after=outcome.after,
        at=asked.at,
        source=asked.source,
        actor=asked.actor,
        detail=detail,
        acted_at=asked.acted_at,
    )
    personal = personal_of(row)
    content = encode_facts(bot, facts_of(row), hashlib.sha256(personal).hexdigest())
    return Changed.CHANGED, (*checked, outcome.after.value, content, digest(content), personal)


def _outcome(said: str) -> StaffOutcome:
    return Refusal(said) if said in set(Refusal) else Changed(said)
