"""By what an erased person was found: a keyed hash of it stays, so that no list brings them back; the rest goes."""

from collections.abc import Collection, Sequence

import msgspec

from messages.addresses import Handle, account_handle, handles_of
from storage.audience_records import FailedRow
from storage.erased_handles import handle_digest, names_one_of
from storage.redis.access import drop_answers, kept_answers
from storage.redis.keys import Shard
from storage.redis.meta import Meta
from storage.redis.nodes import Nodes
from storage.redis.person import Person
from storage.redis.scripts import KEEP_ERASED

_decode_row = msgspec.json.Decoder(FailedRow).decode
_encode_row = msgspec.json.Encoder().encode


async def forget_handles(nodes: Nodes, meta: Meta, shards: Sequence[Shard], person: Person, at: int) -> set[str]:
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
            lowered = int(await nodes.call(KEEP_ERASED, shard.prefix, lowered, person.contact.id, *digests))
    prefix = shards[0].prefix
    jobs = await nodes.read(nodes.client.hkeys(f"{prefix}imports"))
    named: set[str] = set()
    for job in jobs:
        for kind in ("failed", "waiting"):
            if await _empty_rows(nodes, f"{prefix}import-{kind}:{job.decode()}", handles):
                named.add(job.decode())
    answers = await kept_answers(nodes)
    await drop_answers(nodes, person.own_values().in_texts(answers))
    return named


async def _empty_rows(nodes: Nodes, key: str, handles: Collection[Handle]) -> bool:
    cursor, is_named = -1, False
    while cursor != 0:
        cursor, found = await nodes.read(nodes.client.zscan(key, max(cursor, 0), count=1000))
        for member, line in found:
            row = _decode_row(member)
            if names_one_of(row.value, handles):
                empty = _encode_row(row._replace(value="", detail=""))
                await nodes.read_all([("ZADD", key, line, empty), ("ZREM", key, member)])
                is_named = True
    return is_named
