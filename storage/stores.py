"""A store by its URL, and all of one copied into another, page by page, so that it can break off and go on."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from messages.codec import encode
from messages.contact import Contact
from messages.errors import BadInput, BadSettings
from storage.continuity import CopiedFrom
from storage.port import Store
from storage.push_transfer import CopiedPush
from storage.records import OutboxRow
from storage.redis.address import SCHEMES, shown
from storage.staff_port import LASTING
from storage.transfer import Ignored, JournalRecord, Kind, LedgerRecord, Record

PAGE = 1000
"""Records in one step."""

_MODULUS = 1 << 128

Progress = Callable[[str, Kind, int], None]
"""Hears of bot, kind, and how many records of that kind are done."""


class _Place(msgspec.Struct, frozen=True):
    """How far a copy got: `done` records of a bot and kind are written, and reading goes on after `after`."""

    bot: str
    kind: Kind
    done: int
    after: str


class Compared(NamedTuple):
    """One kind of records of one bot, in both stores: how many, and a digest over all of them in any order."""

    bot: str
    kind: Kind
    source: tuple[int, str]
    target: tuple[int, str]

    @property
    def is_same(self) -> bool:
        return self.source == self.target


_encode_place = msgspec.json.Encoder().encode
_decode_place = msgspec.json.Decoder(_Place).decode


async def copy_store(source: Store, target: Store, name: str, progress: Progress) -> None:
    """Copy everything. `name` is how the source is known in the target while the copy is not finished.

    Raises BadInput for a target that holds something else, StoreError when either store fails or is served from.
    """
    await source.refuse_if_served()
    await target.refuse_if_served()
    await _refuse_open_losses(source)
    begun = await target.copying()
    if begun is None:
        if await target.all_bots():
            raise BadInput("the target holds bots already", place="to", remedy="Name an empty store")
        await target.begin_copy(name)
    elif begun.source != name:
        raise BadInput(
            f"the target holds a part of {begun.source}", place="to", remedy="Finish that copy, or name an empty store"
        )
    for staff in LASTING:
        for record in await source.staff_records(staff):
            await target.save_staff_record(record._replace(version=1))
    place = _decode_place(begun.place) if begun is not None and begun.place else None
    for bot in await source.all_bots():
        for kind in Kind:
            if place is not None and (bot, kind) != (place.bot, place.kind):
                continue  # it was copied before
            begin, place = place, None
            await _copy_kind(source, target, bot, kind, begin, progress)
    await _continue(source, target)
    if place is not None:
        raise BadInput("the source is not what it was when the copy began", place="from", remedy="Begin a new copy")


async def _continue(source: Store, target: Store) -> None:
    """Have the target know how far the ledgers of the source went: what is remembered of that is compared with it."""
    identity = await source.identity()
    heads = {bot: {head.shard: head.sequence for head in await source.heads(bot)} for bot in await source.all_bots()}
    await target.become_copy_of([*identity.copied_from, CopiedFrom(identity.id, heads, identity.mark)])


async def _refuse_open_losses(source: Store) -> None:
    """Raise BadInput when rows of the source are missing: the copy would have no sign of it."""
    for bot in await source.all_bots():
        for loss in await source.losses(bot):
            if loss.is_open:
                raise BadInput(str(loss), place="from", remedy="Accept that first: assent store accept-loss")


async def _copy_kind(
    source: Store, target: Store, bot: str, kind: Kind, begin: _Place | None, progress: Progress
) -> None:
    done, after = (begin.done, begin.after) if begin is not None else (0, "")
    if begin is not None and begin.done and not begin.after:
        return
    while True:
        page = await source.export(bot, kind, after, PAGE)
        now = _Place(bot, kind, done + len(page.records), page.after)
        await target.restore(bot, kind, done, page.records, _encode_place(now).decode())
        done, after = now.done, now.after
        progress(bot, kind, done)
        if not after:
            return


async def compare_stores(source: Store, target: Store, progress: Progress) -> Sequence[Compared]:
    """Read both stores again and compare what they hold. Memberships are compared by each store's own verification."""
    bots = sorted({*await source.all_bots(), *await target.all_bots()})
    compared: list[Compared] = []
    for bot in bots:
        for kind in Kind:
            sums = [await _digest(store, bot, kind, progress) for store in (source, target)]
            compared.append(Compared(bot, kind, *sums))
    return compared


async def _digest(store: Store, bot: str, kind: Kind, progress: Progress) -> tuple[int, str]:
    """Sum the hashes of all records, each with its place among those of its person or conversation."""
    places: defaultdict[str, int] = defaultdict(int)
    count = total = 0
    after = ""
    while True:
        page = await store.export(bot, kind, after, PAGE)
        for record in page.records:
            owner, plain = _plain(record)
            places[owner] += 1
            hashed = hashlib.blake2b(encode((owner, places[owner], plain)), digest_size=16).digest()
            total = (total + int.from_bytes(hashed, "big")) % _MODULUS
        count += len(page.records)
        progress(bot, kind, count)
        if not page.after:
            return count, f"{total:032x}"
        after = page.after


def _plain(record: Record) -> tuple[str, object]:
    """Return whose the record is, if the order among theirs counts, and what of it is the same in every store."""
    match record:
        case JournalRecord():
            proof = (record.chained, record.digest)
            return record.conversation, (record.turn, record.at, record.record, *proof)
        case OutboxRow() | Ignored():
            return record.conversation, record
        case LedgerRecord(facts, personal, personal_digest):
            return facts.contact, (tuple(facts), personal, personal_digest)
        case Contact():
            return record.id, record
        case CopiedPush(row):  # rows of the ledger have numbers of each store's own
            return encode(msgspec.structs.replace(row, subject_row=0, everything_row=0)).hex(), None
        case _:
            return encode(record).hex(), None


def open_store(url: str) -> Store:
    """Return the store that `url` names, not opened yet.

    `sqlite:///assent.db` is a file in the working folder, `sqlite:////var/lib/assent.db` one by its full path,
    `sqlite://` a private store that is gone once closed; `redis://host:6379/0`, `rediss://` and `redis+cluster://` are
    Redis (`storage.redis.address`). Raises BadSettings.
    """
    if urlsplit(url).scheme in SCHEMES:
        from storage.redis.store import RedisStore  # noqa: PLC0415  # who uses the one store pays for no other

        return RedisStore(url)
    from storage.sqlite.store import SqliteStore  # noqa: PLC0415  # same

    file = store_file(url)
    return SqliteStore(file) if file is not None else SqliteStore.in_memory()


def is_shared(url: str) -> bool:
    """Tell whether several servers, on several machines, may serve from a store."""
    return urlsplit(url).scheme in SCHEMES


def store_file(url: str) -> Path | None:
    """Return the file that a store is kept in; None for one that has none. Raises BadSettings."""
    parts = urlsplit(url)
    if parts.scheme in SCHEMES:
        return None
    if parts.scheme != "sqlite":
        raise BadSettings(
            f"store {shown(url)!r} can't be used", remedy="Write it as sqlite:///assent.db or redis://host:6379/0"
        )
    if parts.netloc:
        raise BadSettings(
            f"store {url!r} names a host, and a SQLite file has none",
            remedy="Write three slashes before a relative path, four before a full one: sqlite:///assent.db",
        )
    path = unquote(parts.path.removeprefix("/"))
    return Path(path) if path not in ("", ":memory:") else None
