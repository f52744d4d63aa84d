"""Where people are written to, and all that is asked about many of them before a push."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from filters.person import KnownPerson
from messages.channel_addresses import ChannelAddress, by_channel
from messages.codec import encode, to_ms
from messages.inbound import ConversationReference
from storage.addresses import (
    MAX_TARGETS,
    ConsentRow,
    PushTarget,
    StateChange,
    moved,
    outside_window,
    push_target,
    unreachable,
)
from storage.codec import UnreadableRecords, read_address, read_state
from storage.records import DeliveryStatus
from storage.redis.cluster import Cluster
from storage.redis.ledger import membership
from storage.redis.outbox import encode_row, read_row
from storage.redis.pipeline import ADDRESSES, PUSH_TARGETS, SET_STATE, Word
from storage.redis.shards import Shard, Shards, ledger_sequence

_STEP = 100
"""People in one call of a script, so that none holds up turns for long."""


async def with_addresses(
    cluster: Cluster, unreadable: UnreadableRecords, shard: Shard, people: Sequence[KnownPerson]
) -> list[KnownPerson]:
    """Return people of a shard with where they are written to."""
    steps = [people[start : start + _STEP] for start in range(0, len(people), _STEP)]
    answers = await asyncio.gather(
        *(cluster.call(ADDRESSES, shard.prefix, *(person.contact.id for person in step)) for step in steps)
    )
    return [
        person._replace(addresses=read_addresses(unreadable, shard, person.contact.id, flat))
        for step, answer in zip(steps, answers, strict=True)
        for person, flat in zip(step, answer, strict=True)
    ]


def read_addresses(
    unreadable: UnreadableRecords, shard: Shard, contact: str, flat: Sequence[bytes]
) -> Sequence[ChannelAddress]:
    """Return the addresses that the states of a contact's conversations tell (`lua/_addresses.lua`)."""
    found = (
        unreadable.read("conversation", shard.bot, f"of {contact}", partial(read_address, record, int(version)))
        for version, record in zip(flat[::2], flat[1::2], strict=True)
    )
    return tuple(by_channel(filter(None, found)).values())


_NO_ROW = ConsentRow()


class RedisAddresses:
    """`storage.addresses.Addresses`."""

    _cluster: Cluster
    _meta: Shards
    unreadable: UnreadableRecords

    async def mark_unreachable(
        self, bot: str, conversation: str, reason: str, at: datetime, *, code: str = "", drop: bool = False
    ) -> None:
        change = partial(unreachable, reason=reason, at=at, code=code, drop=drop)
        await self._change_state(bot, conversation, change, fails=reason)

    async def mark_outside_window(self, bot: str, conversation: str, at: datetime) -> None:
        await self._change_state(bot, conversation, partial(outside_window, at=at))

    async def keep_reference(
        self, bot: str, conversation: str, reference: ConversationReference, *, instead_of: str
    ) -> None:
        await self._change_state(bot, conversation, partial(moved, reference=reference, instead_of=instead_of))

    async def _change_state(self, bot: str, conversation: str, change: StateChange, *, fails: str = "") -> None:
        """Change the state of a conversation; `fails`: why what waits there has failed, if it has."""
        for shard in await self._meta.of_bot(bot):
            while not await self._changed(shard, conversation, change, fails):
                pass

    async def _changed(self, shard: Shard, conversation: str, change: StateChange, fails: str) -> bool:
        """Change the state, unless the conversation changed meanwhile."""
        ask = self._cluster.ask
        version, record, waiting = await ask.hmget(
            f"{shard.prefix}conversation:{conversation}", "version", "state", "waiting"
        )
        state = None if record is None else change(read_state(record, int(version)))
        if state is None:
            return True
        waiting = waiting or b""
        numbers = waiting.split() if fails else []
        records = await ask.hmget(f"{shard.prefix}replies:{conversation}", numbers) if numbers else []
        failed: list[Word] = []
        for number, reply in zip(numbers, records, strict=True):
            decode = partial(read_row, reply or b"", shard, int(number))
            row = self.unreadable.read("reply", shard.bot, str(shard.reply_sequence(int(number))), decode)
            if row is None:
                continue
            row = msgspec.structs.replace(row, status=DeliveryStatus.FAILED, reason=fails, next_attempt_at=None)
            failed += [number, encode_row(row), to_ms(row.queued_at)]
        words: list[Word] = [conversation, version, waiting, encode(state), 1 if fails else 0, *failed]
        return bool(await self._cluster.call(SET_STATE, shard.prefix, *words))

    async def push_targets(self, bot: str, numbers: Sequence[int], subject: str) -> Sequence[PushTarget]:
        shards = await self._meta.of_bot(bot)
        of_shards: defaultdict[int, list[int]] = defaultdict(list)
        for number in numbers[:MAX_TARGETS]:
            place, shard = divmod(number - 1, len(shards))
            of_shards[shard].append(place + 1)
        calls = [
            (shards[shard], places[start : start + _STEP])
            for shard, places in of_shards.items()
            for start in range(0, len(places), _STEP)
        ]
        answers = await asyncio.gather(
            *(self._cluster.call(PUSH_TARGETS, shard.prefix, subject, *places) for shard, places in calls)
        )
        found: dict[int, PushTarget] = {}
        for (home, _), answer in zip(calls, answers, strict=True):
            for row in filter(None, answer):
                target = self.unreadable.read("contact", bot, row[1].decode(), partial(self._target, home, row))
                if target is not None:
                    found[target.number] = target
        return [found[number] for number in numbers if number in found]

    def _target(self, shard: Shard, row: Sequence[Any]) -> PushTarget:
        number, contact, version, record, ours, everything, states = row
        name = contact.decode()
        consent = self._consent_row(shard, ours), self._consent_row(shard, everything)
        addresses = read_addresses(self.unreadable, shard, name, states)
        place = ledger_sequence(int(number), shard, self._cluster.address.shards)
        return push_target(place, name, int(version), record, consent, addresses)

    def _consent_row(self, shard: Shard, field: bytes | None) -> ConsentRow:
        if field is None:
            return _NO_ROW
        state, number = membership(field)
        return ConsentRow(state, ledger_sequence(number, shard, self._cluster.address.shards) if number else 0)
