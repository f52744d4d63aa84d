"""What staff does for many people at once. Decided here, on what Redis says of them; written if that still holds."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from consent.membership import Act, Refusal, change
from messages.consent import ConsentChange, Membership
from messages.errors import StaleVersion
from storage.audience_records import Changed, StaffChange, StaffOutcome
from storage.ledger_facts import facts_of, personal_of
from storage.redis.chain import digest, encode_facts
from storage.redis.keys import Shard
from storage.redis.ledger_memory import LedgerMemory
from storage.redis.link import Word
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.scripts import CHANGE_MANY, STANDINGS
from storage.times import to_ms

_TRIES = 20
"""How often people are looked at again who acted meanwhile."""

_AT_ONCE = 200
"""People in one call of a script: a longer one would hold up turns."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[int, str]).decode


class Marker(NamedTuple):
    """Where it is kept that a step was taken, and what it came to: done again, it answers that."""

    key: str
    field: str


class _Standing(NamedTuple):
    contact: str
    segment: Membership
    everything: Membership
    barrier: bytes
    lowered: int | None
    """When the segment or everything was last lowered, in milliseconds since 1970."""


class RedisStaffChanges:
    """`storage.audience_port.People.change_many`."""

    _nodes: Nodes
    _meta: Meta
    _memory: LedgerMemory

    async def change_many(self, bot: str, change: StaffChange) -> Sequence[StaffOutcome]:
        details = change.details or [change.detail] * len(change.people)
        first: dict[int, str] = {}
        for person, detail in zip(change.people, details, strict=True):
            first.setdefault(person, detail)
        outcomes = await change_people(self._nodes, self._memory, await self._meta.of_bot(bot), change, first)
        return [outcomes[person] for person in change.people]


async def change_people(
    nodes: Nodes,
    memory: LedgerMemory,
    shards: Sequence[Shard],
    asked: StaffChange,
    details: Mapping[int, str],
    marker: Marker | None = None,
) -> dict[int, StaffOutcome]:
    """Do an act for people, given by number with what the ledger says of each; return what became of each.

    All of a shard's, some hundred at a time, or none of them.
    """
    of_shards: defaultdict[int, list[int]] = defaultdict(list)
    for person in details:
        of_shards[(person - 1) % len(shards)].append(person)
    outcomes: dict[int, StaffOutcome] = {}
    for number, people in of_shards.items():
        for start in range(0, len(people), _AT_ONCE):
            some = {person: details[person] for person in people[start : start + _AT_ONCE]}
            mark = None if marker is None else Marker(marker.key, f"{marker.field}/{start}")
            outcomes.update(await _change_some(nodes, memory, shards[number], len(shards), asked, some, mark))
    return outcomes


async def _change_some(
    nodes: Nodes,
    memory: LedgerMemory,
    shard: Shard,
    shards: int,
    asked: StaffChange,
    details: Mapping[int, str],
    marker: Marker | None,
) -> dict[int, StaffOutcome]:
    for _ in range(_TRIES):
        places = [(person - 1) // shards + 1 for person in details]
        flat = await nodes.call(STANDINGS, shard.prefix, asked.subject, *places)
        outcomes: dict[int, StaffOutcome] = {}
        words: list[Word] = []
        for index, (person, detail) in enumerate(details.items()):
            standing = _read(flat[5 * index : 5 * index + 5])
            outcomes[person], row = _decided(shard.bot, asked, standing, detail)
            words += row
        head = (asked.subject, marker.key, marker.field, _encode(outcomes)) if marker else (asked.subject, "", "", "")
        remembered = memory.words(shard, raising=asked.act is Act.ADD)
        answer = await nodes.call(CHANGE_MANY, shard.prefix, *head, _acted(asked), *words, *remembered)
        memory.noted(shard, answer)
        if answer[0] == b"ok":
            return outcomes
        if answer[0] == b"done":
            return {person: _outcome(said) for person, said in _decode(answer[1]).items()}
    raise StaleVersion(f"people of {asked.subject}")


def _read(words: Sequence[bytes]) -> _Standing:
    contact, segment, everything, barrier, lowered = words
    known = Membership(segment.decode()), Membership(everything.decode())
    return _Standing(contact.decode(), *known, barrier, int(lowered) if lowered else None)


def _acted(asked: StaffChange) -> int:
    return to_ms(asked.acted_at or asked.at)


def _decided(bot: str, asked: StaffChange, standing: _Standing, detail: str) -> tuple[StaffOutcome, Sequence[Word]]:
    """Return what becomes of a person, and the words of it that the script takes."""
    if standing.barrier == b"unknown":
        return Changed.UNKNOWN, ()
    if standing.barrier and asked.act is Act.ADD:
        return Changed.ERASED, ()
    late = standing.lowered is not None and standing.lowered >= _acted(asked)
    outcome = change(asked.act, asked.subject, standing.segment, standing.everything, outweighed=late)
    checked = (standing.contact, standing.segment.value, standing.everything.value)
    if isinstance(outcome, Refusal):
        return outcome, (*checked, "", "", "", "")
    if outcome is None:
        return Changed.UNCHANGED, (*checked, "lowered" if asked.act is Act.REMOVE else "", "", "", "")
    row = ConsentChange(
        contact=standing.contact,
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
