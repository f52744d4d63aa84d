"""What staff may do and did: tokens of the API, what it answered, the audit; people who sign in."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from messages.codec import RecordDecoder, encode, from_ms, to_ms
from messages.errors import BadInput
from storage.audience_records import ApiToken, KeptAnswer
from storage.records import AuditRow
from storage.redis.cluster import Cluster
from storage.redis.pipeline import ADD_AUDIT, SWAP
from storage.redis.shards import ROOT, Shard, Shards
from storage.staff_port import StaffKind, StaffRecord

_decode_row = RecordDecoder[AuditRow](AuditRow)


class RedisAudit:
    """`storage.port.Audit`. The rows are in a hash and not in a Stream: whom they are about can be erased."""

    _cluster: Cluster
    _meta: Shards

    async def add_audit(self, row: AuditRow) -> AuditRow:
        shard = (await self._meta.of_bot(row.bot))[0]
        sequence = await self._cluster.call(ADD_AUDIT, shard.prefix, row.target, encode(row))
        return msgspec.structs.replace(row, sequence=sequence)

    async def audit(self, bot: str, *, target: str = "", after: int = 0, limit: int = 100) -> Sequence[AuditRow]:
        shard = (await self._meta.of_bot(bot))[0]
        if not target:
            return await read_audit(self._cluster, shard, after, limit)
        sequences = await self._cluster.ask.zrangebyscore(
            f"{shard.prefix}audit-of:{target}", f"({after}", "+inf", 0, limit
        )
        return await _rows(self._cluster, shard, [int(each) for each in sequences])


async def read_audit(cluster: Cluster, shard: Shard, after: int, limit: int) -> Sequence[AuditRow]:
    """Return the rows after a sequence."""
    first, last = await audit_range(cluster, shard)
    start = max(after + 1, first)
    found: list[AuditRow] = []
    while start <= last and len(found) < limit:  # rows at the beginning may be forgotten meanwhile
        found += await _rows(cluster, shard, range(start, min(last, start + limit - 1) + 1))
        start += limit
    return found[:limit]


async def audit_range(cluster: Cluster, shard: Shard) -> tuple[int, int]:
    """Return the numbers of the oldest and of the newest audit row; the newest is 0 where there is none."""
    first, last = await cluster.ask.hmget(f"{shard.prefix}meta", "audit-first", "audit")
    return int(first or 1), int(last or 0)


async def _rows(cluster: Cluster, shard: Shard, sequences: Sequence[int]) -> Sequence[AuditRow]:
    if not sequences:
        return []
    records = await cluster.ask.hmget(f"{shard.prefix}audit", list(sequences))
    return [
        msgspec.structs.replace(_decode_row(record), sequence=sequence)
        for sequence, record in zip(sequences, records, strict=True)
        if record is not None  # it was forgotten meanwhile
    ]


_decode = RecordDecoder[AuditRow](AuditRow)


async def rename_in_audit(cluster: Cluster, shard: Shard, names: Mapping[str, str]) -> None:
    """Give targets other names, in the rows of a bot's first shard. Done again after it broke off, it goes on."""
    for target, name in names.items():
        numbers = await cluster.ask.zrange(f"{shard.prefix}audit-of:{target}", 0, -1)
        for number in numbers:
            row = _decode(await cluster.ask.hget(f"{shard.prefix}audit", number))
            await cluster.read_all(
                [
                    ("HSET", f"{shard.prefix}audit", number, encode(msgspec.structs.replace(row, target=name))),
                    ("ZADD", f"{shard.prefix}audit-of:{name}", number, number),
                    ("ZREM", f"{shard.prefix}audit-of:{target}", number),
                ]
            )


_decode_token = RecordDecoder[ApiToken](ApiToken)
_decode_answer = RecordDecoder[KeptAnswer](KeptAnswer)

_TOKENS, _DIGESTS, _ANSWERS, _TIMES = "tokens", "token-digests", "answers", "answer-times"
_PAGE = 500


class RedisAccess:
    """`storage.audience_port.Access`."""

    _cluster: Cluster

    async def add_token(self, token: ApiToken) -> None:
        words = (_DIGESTS, token.digest, token.id, _TOKENS, token.id, encode(token))
        if await self.token_with(token.digest) is not None or not await self._cluster.call(
            SWAP, ROOT, _TOKENS, token.id, "", "", "", *words
        ):
            raise BadInput(f"there is a token {token.id} already")

    async def tokens(self) -> Sequence[ApiToken]:
        found = await self._cluster.ask.hgetall(f"{ROOT}{_TOKENS}")
        return sorted(map(_decode_token, found.values()), key=lambda token: (token.created_at, token.id))

    async def token_with(self, digest: str) -> ApiToken | None:
        name = await self._cluster.ask.hget(f"{ROOT}{_DIGESTS}", digest)
        return None if name is None else await self._token(name.decode())

    async def _token(self, name: str) -> ApiToken | None:
        record = await self._cluster.ask.hget(f"{ROOT}{_TOKENS}", name)
        return None if record is None else _decode_token(record)

    async def revoke_token(self, token: str, at: datetime) -> ApiToken | None:
        while True:
            found = await self._token(token)
            if found is None or found.revoked_at is not None:
                return found
            revoked = msgspec.structs.replace(found, revoked_at=at)
            words = (_TOKENS, token, encode(found), "", "", _TOKENS, token, encode(revoked))
            if await self._cluster.call(SWAP, ROOT, *words):
                return revoked

    async def begin_request(self, token: str, key: str, request: str, at: datetime) -> KeptAnswer | None:
        name = _name(token, key)
        words = (_TIMES, name, to_ms(at), _ANSWERS, name, encode(KeptAnswer(request, at)))
        while not await self._cluster.call(SWAP, ROOT, _ANSWERS, name, "", "", "", *words):
            record = await self._cluster.ask.hget(f"{ROOT}{_ANSWERS}", name)
            if record is not None:
                return _decode_answer(record)
        return None

    async def end_request(self, token: str, key: str, answer: KeptAnswer) -> None:
        name = _name(token, key)
        await self._cluster.read_all(
            [
                ("HSET", f"{ROOT}{_TIMES}", name, to_ms(answer.at)),
                ("HSET", f"{ROOT}{_ANSWERS}", name, encode(answer)),
            ]
        )

    async def drop_request(self, token: str, key: str) -> None:
        await drop_answers(self._cluster, [_name(token, key)])


async def drop_answers(cluster: Cluster, names: Sequence[str | bytes]) -> None:
    """Forget answers by the names of their requests."""
    if names:
        await cluster.read_all([("HDEL", f"{ROOT}{_ANSWERS}", *names), ("HDEL", f"{ROOT}{_TIMES}", *names)])


async def prune_answers(cluster: Cluster, cut: int) -> None:
    """Forget answers given before `cut`, in milliseconds since 1970."""
    cursor = -1
    while cursor != 0:
        cursor, times = await cluster.ask.hscan(f"{ROOT}{_TIMES}", max(cursor, 0), count=_PAGE)
        await drop_answers(cluster, [name for name, at in times.items() if int(at) < cut])


async def kept_answers(cluster: Cluster) -> Sequence[tuple[str, str]]:
    """Return the answers that are kept as text, by name."""
    found = await cluster.ask.hgetall(f"{ROOT}{_ANSWERS}")
    return [(name.decode(), record.decode(errors="replace")) for name, record in found.items()]


def _name(token: str, key: str) -> str:
    return f"{token} {key}"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    version: int
    until: int | None
    record: bytes


_decode_kept = RecordDecoder[_Kept](_Kept)


class RedisStaffRecords:
    """`storage.staff_port.StaffRecords`."""

    _cluster: Cluster

    async def staff_record(self, kind: StaffKind, key: str) -> StaffRecord | None:
        raw = await self._raw(kind, key)
        return None if raw is None else _read_record(kind, key, raw)

    async def staff_records(self, kind: StaffKind) -> Sequence[StaffRecord]:
        found = await self._cluster.ask.hgetall(f"{ROOT}{_hash(kind)}")
        return sorted(_read_record(kind, key.decode(), raw) for key, raw in found.items())

    async def save_staff_record(self, record: StaffRecord) -> bool:
        kept = _Kept(record.version, None if record.until is None else to_ms(record.until), record.record)
        before = await self._raw(record.kind, record.key)
        if (0 if before is None else _decode_kept(before).version) != record.version - 1:
            return False
        return await self._swap(record.kind, record.key, before or b"", encode(kept))

    async def drop_staff_record(self, kind: StaffKind, key: str) -> bool:
        while (before := await self._raw(kind, key)) is not None:
            if await self._swap(kind, key, before, b""):
                return True
        return False

    async def prune_staff_records(self, at: datetime) -> int:
        gone = 0
        for kind in StaffKind:
            for one in await self.staff_records(kind):
                if one.until is not None and one.until <= at:
                    gone += await self.drop_staff_record(kind, one.key)
        return gone

    async def _raw(self, kind: StaffKind, key: str) -> bytes | None:
        raw: bytes | None = await self._cluster.ask.hget(f"{ROOT}{_hash(kind)}", key)
        return raw

    async def _swap(self, kind: StaffKind, key: str, before: bytes, after: bytes) -> bool:
        name = _hash(kind)
        return bool(await self._cluster.call(SWAP, ROOT, name, key, before, "", "", name, key, after))


def _hash(kind: StaffKind) -> str:
    return f"staff-{kind.value}"


def _read_record(kind: StaffKind, key: str, raw: bytes) -> StaffRecord:
    kept = _decode_kept(raw)
    return StaffRecord(kind, key, kept.version, kept.record, None if kept.until is None else from_ms(kept.until))
