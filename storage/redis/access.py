"""Who may use the API, and what it answered. Both belong to the store as a whole."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from messages.codec import RecordDecoder, encode
from messages.errors import BadInput
from storage.audience_records import ApiToken, KeptAnswer
from storage.redis.keys import ROOT
from storage.redis.nodes import Nodes
from storage.redis.scripts import SWAP
from storage.times import to_ms

_decode_token = RecordDecoder[ApiToken](ApiToken)
_decode_answer = RecordDecoder[KeptAnswer](KeptAnswer)

_TOKENS, _DIGESTS, _ANSWERS, _TIMES = "tokens", "token-digests", "answers", "answer-times"
_PAGE = 500


class RedisAccess:
    """`storage.audience_port.Access`."""

    _nodes: Nodes

    async def add_token(self, token: ApiToken) -> None:
        words = (_DIGESTS, token.digest, token.id, _TOKENS, token.id, encode(token))
        if await self.token_with(token.digest) is not None or not await self._nodes.call(
            SWAP, ROOT, _TOKENS, token.id, "", "", "", *words
        ):
            raise BadInput(f"there is a token {token.id} already")

    async def tokens(self) -> Sequence[ApiToken]:
        found = await self._nodes.read(self._nodes.client.hgetall(f"{ROOT}{_TOKENS}"))
        return sorted(map(_decode_token, found.values()), key=lambda token: (token.created_at, token.id))

    async def token_with(self, digest: str) -> ApiToken | None:
        name = await self._nodes.read(self._nodes.client.hget(f"{ROOT}{_DIGESTS}", digest))
        return None if name is None else await self._token(name.decode())

    async def _token(self, name: str) -> ApiToken | None:
        record = await self._nodes.read(self._nodes.client.hget(f"{ROOT}{_TOKENS}", name))
        return None if record is None else _decode_token(record)

    async def revoke_token(self, token: str, at: datetime) -> ApiToken | None:
        while True:
            found = await self._token(token)
            if found is None or found.revoked_at is not None:
                return found
            revoked = msgspec.structs.replace(found, revoked_at=at)
            words = (_TOKENS, token, encode(found), "", "", _TOKENS, token, encode(revoked))
            if await self._nodes.call(SWAP, ROOT, *words):
                return revoked

    async def begin_request(self, token: str, key: str, request: str, at: datetime) -> KeptAnswer | None:
        name = _name(token, key)
        words = (_TIMES, name, to_ms(at), _ANSWERS, name, encode(KeptAnswer(request, at)))
        while not await self._nodes.call(SWAP, ROOT, _ANSWERS, name, "", "", "", *words):
            record = await self._nodes.read(self._nodes.client.hget(f"{ROOT}{_ANSWERS}", name))
            if record is not None:
                return _decode_answer(record)
        return None

    async def end_request(self, token: str, key: str, answer: KeptAnswer) -> None:
        name = _name(token, key)
        await self._nodes.read_all(
            [
                ("HSET", f"{ROOT}{_TIMES}", name, to_ms(answer.at)),
                ("HSET", f"{ROOT}{_ANSWERS}", name, encode(answer)),
            ]
        )

    async def drop_request(self, token: str, key: str) -> None:
        await drop_answers(self._nodes, [_name(token, key)])


async def drop_answers(nodes: Nodes, names: Sequence[str | bytes]) -> None:
    """Forget answers by the names of their requests."""
    if names:
        await nodes.read_all([("HDEL", f"{ROOT}{_ANSWERS}", *names), ("HDEL", f"{ROOT}{_TIMES}", *names)])


async def prune_answers(nodes: Nodes, cut: int) -> None:
    """Forget answers given before `cut`, in milliseconds since 1970."""
    cursor = -1
    while cursor != 0:
        cursor, times = await nodes.read(nodes.client.hscan(f"{ROOT}{_TIMES}", max(cursor, 0), count=_PAGE))
        await drop_answers(nodes, [name for name, at in times.items() if int(at) < cut])


async def kept_answers(nodes: Nodes) -> Sequence[tuple[str, str]]:
    """Return the answers that are kept as text, by name."""
    found = await nodes.read(nodes.client.hgetall(f"{ROOT}{_ANSWERS}"))
    return [(name.decode(), record.decode(errors="replace")) for name, record in found.items()]


def _name(token: str, key: str) -> str:
    return f"{token} {key}"
