"""Pushes, each in the shard of its contact: how they ended, what the channel told of them, and the list of them."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from messages.codec import from_ms, to_ms
from messages.pushes import PushState, RunState, reason_kind
from storage.codec import UnreadableRecords
from storage.push_records import PushedLately, PushRow
from storage.push_rows import STEP, TOLD, PushKind, kind_of, may_end, shown_row
from storage.records import OutboxRow
from storage.redis.cluster import Cluster
from storage.redis.outbox import ROWS_BATCH, OwnedReplies, read_row
from storage.redis.pipeline import END_PUSH, PUSH_AGAIN, PUSH_RECEIPT, PUSHED, RECORD_PUSH, Word
from storage.redis.runs import PUSHES_IN_HASH, by_shard, push_key
from storage.redis.shards import Shard, Shards, ledger_sequence

_CODES = (
    PushState.DEFERRED,
    PushState.SENDING,
    PushState.SENT,
    PushState.DELIVERED,
    PushState.READ,
    PushState.FAILED,
    PushState.UNKNOWN,
    PushState.SKIPPED,
)
"""As `lua/_push.lua` numbers them, from 1 on."""

_HASHES_BATCH = 100
"""Hashes of pushes that one script, or one round trip, looks at."""

_RECENT = 30 * 86_400_000
"""Milliseconds after its claim in which a receipt is looked for."""


class _Kind(PushKind, frozen=True):
    subject: str = ""


_encode = msgspec.json.Encoder().encode
_decode_kind = msgspec.json.Decoder(_Kind).decode
_unpack = msgspec.msgpack.Decoder().decode


def encode_kind(subject: str, kind: PushKind) -> bytes:
    """Return what many pushes have in common as the shards keep it."""
    return _encode(_Kind(**msgspec.structs.asdict(kind), subject=subject))


class _Packed(NamedTuple):
    """A push in the order of `PUSH_FIELDS` in `lua/_push.lua`; 0 for a time that is none."""

    state: int
    attempts: int
    claims: int
    kind: int
    due: int
    until: int
    claimed: int
    sent: int
    delivered: int
    read: int
    conversation: int
    subject_row: int
    everything_row: int
    reason: str
    ids: str


class RedisPushes:
    """`storage.push_port.Pushes`."""

    _cluster: Cluster
    _meta: Shards
    _worker: str
    _owned: OwnedReplies
    unreadable: UnreadableRecords

    async def record_push(self, bot: str, row: PushRow) -> bool:
        found = await self._push_place(bot, row)
        if found is None:
            return False
        shards = len(await self._meta.of_bot(bot))
        words: list[Word] = [
            row.run,
            row.contact,
            row.state.value,
            row.reason,
            _ms(row.until),
            _ms(row.due),
            encode_kind(row.subject, kind_of(row)),
            _own_row(row.subject_row, shards),
            _own_row(row.everything_row, shards),
            int(STEP in row.run),
        ]
        return bool(await self._cluster.call(RECORD_PUSH, found[0].prefix, *words))

    async def end_push(self, bot: str, row: PushRow, *, own: bool = False) -> Sequence[OutboxRow]:
        found = await self._push_place(bot, row)
        if found is None:
            return ()
        shard, number = found
        conversation = row.conversation or await self._push_conversation(shard, row.run, number)
        told = self._owned.known_up_to(shard, conversation)
        states = [before.value for before in PushState if may_end(before, row.state)]
        words: list[Word] = [
            self._worker,
            row.run,
            number,
            row.state.value,
            row.reason,
            _ms(row.until) if row.state is PushState.DEFERRED else 0,
            _ms(row.sent_at),
            " ".join(row.channel_message_ids),
            conversation,
            told,
            ROWS_BATCH,
            int(own),
            *states,
        ]
        answer = await self._cluster.call(END_PUSH, shard.prefix, *words, about=conversation)
        if answer[0] == b"none":
            return ()
        if answer[0] == 0:
            self._owned.end(shard, conversation, told)
            return ()
        if len(answer) > 1:
            self._owned.add(shard, conversation, int(answer[1]), int(answer[-2]))
        rows = (self._reply_row(shard, int(answer[at]), answer[at + 1]) for at in range(1, len(answer), 2))
        return list(filter(None, rows))

    def _reply_row(self, shard: Shard, number: int, record: bytes) -> OutboxRow | None:
        decode = partial(read_row, record or b"", shard, number)
        return self.unreadable.read("reply", shard.bot, str(shard.reply_sequence(number)), decode)

    async def _push_place(self, bot: str, row: PushRow) -> tuple[Shard, int] | None:
        """Return the shard of a push's contact, and its number there."""
        shards = await self._meta.of_bot(bot)
        if row.number:
            place, home = divmod(row.number - 1, len(shards))
            return shards[home], place + 1
        for shard in shards:
            number = await self._cluster.ask.hget(f"{shard.prefix}contact:{row.contact}", "number")
            if number is not None:
                return shard, int(number)
        return None

    async def _push_conversation(self, shard: Shard, run: str, number: int) -> str:
        packed = await self._cluster.ask.hget(push_key(shard, run, number), str(number))
        if packed is None:
            return ""
        key = await self._cluster.ask.hget(f"{shard.prefix}conversation-keys", _packed(packed).conversation)
        return key.decode() if key else ""

    async def receive_receipt(
        self,
        bot: str,
        conversation: str,
        state: PushState,
        at: datetime,
        *,
        up_to: datetime | None = None,
        ids: Sequence[str] = (),
    ) -> int:
        told = 0
        before = [one.value for one in TOLD[state]]
        since = to_ms(at) - _RECENT
        until = "" if up_to is None else to_ms(up_to)
        words: list[Word] = [conversation, state.value, to_ms(at), until, since, len(before), *before, *ids]
        for shard in await self._meta.of_bot(bot):
            told += await self._cluster.call(PUSH_RECEIPT, shard.prefix, *words)
        return told

    async def pushes(
        self,
        bot: str,
        *,
        run: str = "",
        contact: str = "",
        states: Sequence[PushState] = (),
        reason: str = "",
        after: int = 0,
        limit: int = 1000,
    ) -> Sequence[PushRow]:
        found: list[tuple[int, PushRow]] = []
        for shard in await self._meta.of_bot(bot):
            read = self._pushes_of_contact(shard, contact, run) if contact else self._pushes_of_run(shard, run, after)
            rows = 0
            async for order, row in read:
                fits = (not states or row.state in states) and (not reason or reason_kind(row.reason) == reason)
                if fits and row.number > after:
                    found.append((order, row))
                    rows += 1
                    if rows == limit:
                        break
        found.sort(key=lambda pair: pair[0])
        return [row for _, row in found[:limit]]

    async def _pushes_of_run(self, shard: Shard, run: str, after: int) -> AsyncIterator[tuple[int, PushRow]]:
        people = int(await self._cluster.ask.hget(f"{shard.prefix}meta", "people") or 0)
        shards = len(await self._meta.of_bot(shard.bot))
        first, last = after // shards // PUSHES_IN_HASH, people // PUSHES_IN_HASH
        for start in range(first, last + 1, _HASHES_BATCH):
            hashes = range(start, min(start + _HASHES_BATCH, last + 1))
            commands = [("HGETALL", push_key(shard, run, each * PUSHES_IN_HASH)) for each in hashes]
            packed: list[tuple[str, int, bytes]] = []
            for fields in await self._cluster.read_all(commands):
                packed += [(run, int(number), value) for number, value in _pairs(fields)]
            for row in await self._read_pushes(shard, sorted(packed)):
                yield row.number, row

    async def _pushes_of_contact(self, shard: Shard, contact: str, run: str) -> AsyncIterator[tuple[int, PushRow]]:
        ask = self._cluster.ask
        waiting, numbers = [contact], list[int]()
        while waiting:
            own = waiting.pop()
            number = await ask.hget(f"{shard.prefix}contact:{own}", "number")
            if number is not None:
                numbers.append(int(number))
                waiting += [other.decode() for other in await ask.smembers(f"{shard.prefix}merged-into:{own}")]
        if not numbers:
            return
        names = [name.decode() for name in await ask.zrange(f"{shard.prefix}push-runs", 0, -1)]
        asked = [(name, number) for name in names if run in ("", name) for number in numbers]
        commands = [("HGET", push_key(shard, name, number), number) for name, number in asked]
        values = await self._cluster.read_all(commands) if commands else []
        packed = [(*pair, value) for pair, value in zip(asked, values, strict=True) if value is not None]
        for row in await self._read_pushes(shard, packed):
            latest = row.claimed_at or row.until or row.due
            yield (-_ms(latest), row)

    async def _read_pushes(self, shard: Shard, packed: Sequence[tuple[str, int, bytes]]) -> list[PushRow]:
        if not packed:
            return []
        ask, shards = self._cluster.ask, len(await self._meta.of_bot(shard.bot))
        pushes = [(run, number, _packed(value)) for run, number, value in packed]
        names = await self._names_of(shard, "numbers", (number for _, number, _ in pushes))
        kinds = await self._names_of(shard, "push-kind-texts", (push.kind for _, _, push in pushes))
        keys = await self._names_of(shard, "conversation-keys", (push.conversation for _, _, push in pushes))
        states: dict[str, RunState | None] = {}
        for run in {run for run, _, _ in pushes}:
            state = await ask.hget(f"{shard.prefix}run:{run}", "state")
            states[run] = RunState(state.decode()) if state else None
        rows: list[PushRow] = []
        for run, number, push in pushes:
            row = PushRow(
                run=run,
                contact=names[number].decode(),
                state=_CODES[push.state - 1],
                reason=push.reason,
                due=from_ms(push.due) if push.due else None,
                until=_after(push.due, push.until),
                claimed_at=_after(push.due, push.claimed),
                sent_at=_after(push.due, push.sent),
                delivered_at=_after(push.due, push.delivered),
                read_at=_after(push.due, push.read),
                attempts=push.attempts,
                claims=push.claims,
                conversation=keys.get(push.conversation, b"").decode(),
                channel_message_ids=tuple(push.ids.split()),
                subject_row=ledger_sequence(push.subject_row, shard, shards) if push.subject_row else 0,
                everything_row=ledger_sequence(push.everything_row, shard, shards) if push.everything_row else 0,
                number=ledger_sequence(number, shard, shards),
                **msgspec.structs.asdict(_decode_kind(kinds[push.kind])),
            )
            rows.append(shown_row(row, states[run]))
        return rows

    async def _names_of(self, shard: Shard, key: str, numbers: Iterable[int]) -> dict[int, bytes]:
        asked = sorted(set(numbers))
        found = await self._cluster.ask.hmget(f"{shard.prefix}{key}", asked)
        return {number: name for number, name in zip(asked, found, strict=True) if name is not None}

    async def pushed(
        self, bot: str, numbers: Sequence[int], family: str, since: datetime
    ) -> Mapping[int, PushedLately]:
        shards = await self._meta.of_bot(bot)
        found: dict[int, PushedLately] = {}
        for shard, places in by_shard(numbers, shards).items():
            answers = await self._cluster.call(PUSHED, shard.prefix, family, to_ms(since), *places)
            for place, (in_family, *at) in zip(places, answers, strict=True):
                if in_family or at:
                    lately = PushedLately(tuple(from_ms(int(each)) for each in sorted(at)), bool(in_family))
                    found[ledger_sequence(place, shard, len(shards))] = lately
        return found

    async def send_again(self, bot: str, run: str, states: Sequence[PushState], *, at: datetime) -> int:
        again = 0
        asked = [state.value for state in states if state in (PushState.FAILED, PushState.UNKNOWN)]
        step = _HASHES_BATCH * PUSHES_IN_HASH
        for shard in await self._meta.of_bot(bot):
            people = int(await self._cluster.ask.hget(f"{shard.prefix}meta", "people") or 0)
            for first in range(0, people + 1, step):
                words: list[Word] = [run, to_ms(at), first, first + step - 1, *asked]
                again += await self._cluster.call(PUSH_AGAIN, shard.prefix, *words)
        return again


def _packed(value: bytes) -> _Packed:
    return _Packed(*_unpack(value))


def _pairs(fields: Any) -> Iterable[tuple[bytes, bytes]]:  # noqa: ANN401  # a dictionary, or a list from a pipeline
    if isinstance(fields, dict):
        return fields.items()
    return zip(fields[::2], fields[1::2], strict=True)


def _ms(at: datetime | None) -> int:
    return 0 if at is None else to_ms(at)


def _after(due: int, milliseconds: int) -> datetime | None:
    return from_ms(due + milliseconds - (milliseconds > 0)) if milliseconds else None


def _own_row(sequence: int, shards: int) -> int:
    """Return the number within its shard of a ledger row; 0 for none."""
    return (sequence - 1) // shards + 1 if sequence else 0
