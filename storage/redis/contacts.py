"""Contacts: found by their handles, kept, changed and merged by staff, followed by whoever counts them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from heapq import merge
from itertools import islice
from typing import Any

import msgspec

from filters.person import KnownPerson, MembershipRow
from messages.addresses import Handle, HandleKind, account_handles, handles_of, other_handles
from messages.codec import encode, from_ms
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Contact, Identity
from messages.errors import BadInput, Conflict, StaleVersion
from storage.audience_records import MembershipPage, PeoplePage, PeoplePosition, taken, was_erased
from storage.change_feed import ChangeFeed, as_soon_as_found
from storage.codec import UnreadableRecords, read_contact
from storage.continuity import any_raises
from storage.erase import handle_digest
from storage.ledger import LedgerPosition
from storage.redis.addresses import with_addresses
from storage.redis.cluster import Cluster
from storage.redis.continuity import ShardMemory
from storage.redis.ledger import change_words, decode_facts, memberships_of
from storage.redis.pipeline import CLAIM_ACCOUNT, MERGE, SAVE_CONTACT, Word
from storage.redis.shards import Shard, Shards, account, ledger_sequence, number_of, rows_up_to, shard_of

Elsewhere = Iterable[tuple[Shard, str]]
"""Accounts, each after its own shard."""


async def claim(cluster: Cluster, home: Shard, accounts: Elsewhere) -> Sequence[tuple[Shard, str]] | str:
    """Claim accounts for a contact in `home`; return them, or the name of one that is another contact's."""
    claimed: list[tuple[Shard, str]] = []
    for shard, name in accounts:
        if not await cluster.call(CLAIM_ACCOUNT, shard.prefix, name, f"@{home.number}"):
            await give_back(cluster, home, claimed)
            return name
        claimed.append((shard, name))
    return claimed


async def confirm(cluster: Cluster, home: Shard, claimed: Elsewhere) -> None:
    """Claim again what its contact has by now."""
    for shard, name in claimed:
        await cluster.call(CLAIM_ACCOUNT, shard.prefix, name, f"@{home.number}")


async def give_back(cluster: Cluster, home: Shard, claimed: Elsewhere) -> None:
    """Give accounts back, but for those that a contact in `home` has all the same."""
    for shard, name in claimed:
        await cluster.call(CLAIM_ACCOUNT, shard.prefix, name, "")
        if await cluster.ask.hexists(f"{home.prefix}identities", name):
            await cluster.call(CLAIM_ACCOUNT, shard.prefix, name, f"@{home.number}")


def handle_words(salt: bytes, new: Collection[Handle], lost: Collection[Handle]) -> list[Word]:
    """Return two lists, each headed by its length: new handles (kind, key, digest), lost ones (kind, key)."""
    words: list[Word] = [len(new)]
    for one in new:
        words += (one.kind.value, one.key, handle_digest(salt, one))
    words.append(len(lost))
    for one in lost:
        words += (one.kind.value, one.key)
    return words


async def erased_among(cluster: Cluster, shard: Shard, salt: bytes, handles: Sequence[Handle]) -> frozenset[Handle]:
    """Return which handles belonged to somebody who was erased; each shard of the bot knows them all."""
    if not handles:
        return frozenset()
    digests = [handle_digest(salt, handle) for handle in handles]
    found = await cluster.ask.smismember(f"{shard.prefix}erased", digests)
    return frozenset(handle for handle, there in zip(handles, found, strict=True) if there)


_FIELDS = ("record", "version", "number", "seen", "gone")


class RedisPeople:
    """`storage.audience_port.People`, without `change_many`."""

    _cluster: Cluster
    _meta: Shards
    _memory: ShardMemory
    _feed: ChangeFeed
    unreadable: UnreadableRecords

    async def people(self, bot: str, *, after: int = 0, limit: int = 1000) -> Sequence[KnownPerson]:
        found: list[list[KnownPerson]] = []
        for shard in await self._meta.of_bot(bot):
            start = max(rows_up_to(after, shard, self._cluster.address.shards), 0)
            found.append(await self._from(shard, start, limit))
        return list(islice(merge(*found, key=lambda person: person.number), limit))

    async def _from(self, shard: Shard, start: int, limit: int) -> list[KnownPerson]:
        last = int(await self._cluster.ask.hget(f"{shard.prefix}meta", "people") or 0)
        found: list[KnownPerson] = []
        while start < last and len(found) < limit:
            numbers = range(start + 1, min(start + limit, last) + 1)
            found += [person for person in await self._numbered(shard, numbers) if not person.is_gone]
            start = numbers[-1]
        return found[:limit]

    async def people_numbered(self, bot: str, numbers: Sequence[int]) -> Sequence[KnownPerson]:
        shards = await self._meta.of_bot(bot)
        of_shards: defaultdict[int, list[int]] = defaultdict(list)
        for number in numbers:
            place, shard = divmod(number - 1, len(shards))
            of_shards[shard].append(place + 1)
        found = [
            person
            for shard, places in of_shards.items()
            for person in await self._numbered(shards[shard], places)
            if not person.is_gone
        ]
        known = {person.number: person for person in found}
        return [known[number] for number in numbers if number in known]

    async def _numbered(self, shard: Shard, numbers: Sequence[int]) -> list[KnownPerson]:
        """Return those of a shard with these numbers in it."""
        if not numbers:
            return []
        names = await self._cluster.ask.hmget(f"{shard.prefix}numbers", list(numbers))
        return await self._named(shard, [name for name in names if name is not None])

    async def _named(self, shard: Shard, names: Sequence[bytes]) -> list[KnownPerson]:
        commands = [("HMGET", f"{shard.prefix}contact:{name.decode()}", *_FIELDS) for name in names]
        rows = await self._cluster.read_all(commands) if commands else []
        found = (
            self.unreadable.read("contact", shard.bot, name.decode(), partial(self._known, shard, row))
            for name, row in zip(names, rows, strict=True)
            if row[0] is not None
        )
        return list(filter(None, found))

    def _known(self, shard: Shard, row: Sequence[Any]) -> KnownPerson:
        record, version, number, seen, _ = row
        place = ledger_sequence(int(number), shard, self._cluster.address.shards)
        return KnownPerson(place, read_contact(record, int(version)), None if seen is None else from_ms(int(seen)))

    async def person(self, bot: str, contact: str) -> KnownPerson | None:
        tried: set[str] = set()
        while contact not in tried:
            tried.add(contact)
            found = await self._find(bot, contact)
            if found is None:
                return None
            _, person = found
            if not person.contact.merged_into:
                return None if person.is_gone else person
            contact = person.contact.merged_into
        return None

    async def _find(self, bot: str, contact: str) -> tuple[Shard, KnownPerson] | None:
        """Return a contact with its shard. Raises UnreadableRecord."""
        for shard in await self._meta.of_bot(bot):
            row = await self._cluster.ask.hmget(f"{shard.prefix}contact:{contact}", *_FIELDS)
            if row[0] is not None:
                return shard, self._known(shard, row)
        return None

    async def _is_there(self, bot: str, contact: str) -> bool:
        keys = [f"{shard.prefix}contact:{contact}" for shard in await self._meta.of_bot(bot)]
        return any([await self._cluster.ask.exists(key) for key in keys])

    async def memberships(self, bot: str, contact: str) -> dict[str, Membership]:
        for shard in await self._meta.of_bot(bot):
            fields = await self._cluster.ask.hgetall(f"{shard.prefix}contact:{contact}")
            if fields:
                return dict(memberships_of(fields))
        return {}

    async def find_people(self, bot: str, handles: Sequence[Handle]) -> Sequence[Sequence[int]]:
        found: list[list[int]] = [[] for _ in handles]
        kinds: defaultdict[HandleKind, list[int]] = defaultdict(list)
        for place, handle in enumerate(handles):
            kinds[handle.kind].append(place)
        for shard in await self._meta.of_bot(bot):
            for kind, places in kinds.items():
                keys = [handles[place].key for place in places]
                if kind is HandleKind.ACCOUNT:
                    numbers = await self._of_accounts(shard, keys)
                else:
                    numbers = await self._cluster.ask.hmget(f"{shard.prefix}handles:{kind.value}", keys)
                for place, known in zip(places, numbers, strict=True):
                    if known:
                        found[place] += self._sequences(shard, known)
        return [sorted(numbers) if len(numbers) > 1 else numbers for numbers in found]

    def _sequences(self, shard: Shard, numbers: bytes) -> list[int]:
        return [ledger_sequence(int(each), shard, self._cluster.address.shards) for each in numbers.split()]

    async def _of_accounts(self, shard: Shard, accounts: Sequence[str]) -> list[bytes | None]:
        names = await self._cluster.ask.hmget(f"{shard.prefix}identities", accounts)
        here = [name if name is not None and not name.startswith(b"@") else None for name in names]
        return await self._cluster.read_all(
            ("HGET", f"{shard.prefix}contact:{(name or b'').decode()}", "number") for name in here
        )

    async def erased_handles(self, bot: str, handles: Sequence[Handle]) -> frozenset[Handle]:
        shard = (await self._meta.of_bot(bot))[0]
        return await erased_among(self._cluster, shard, self._meta.salt, handles)

    # -- changes by staff

    async def add_contact(self, bot: str, contact: Contact, *, unique_address: bool = False) -> KnownPerson:
        if await self._is_there(bot, contact.id):
            raise Conflict(f"there is a contact {contact.id} already", contact.id)
        shards = await self._meta.of_bot(bot)
        return await self._save(shards, home_of(shards, contact), contact, None, unique_address)

    async def edit_contact(self, bot: str, contact: Contact, *, unique_address: bool = False) -> KnownPerson:
        found = await self._find(bot, contact.id)
        if found is None or found[1].is_gone or found[1].contact.version != contact.version:
            raise StaleVersion(f"contact {contact.id}")
        return await self._save(await self._meta.of_bot(bot), found[0], contact, found[1].contact, unique_address)

    async def _save(
        self, shards: Sequence[Shard], home: Shard, contact: Contact, before: Contact | None, unique_address: bool
    ) -> KnownPerson:
        old_accounts = frozenset[Handle]() if before is None else account_handles(before)
        accounts = account_handles(contact)
        old = frozenset[Handle]() if before is None else other_handles(before)
        new = other_handles(contact)
        unique = [one for one in new - old if unique_address or one.kind is not HandleKind.EMAIL]
        await self._refuse_taken_elsewhere(shards, home, [*(accounts - old_accounts), *unique])
        claimed = await self._claim(shards, home, [one.key for one in accounts - old_accounts])
        gone = [one.key for one in old_accounts - accounts]
        added = [one.key for one in accounts - old_accounts]
        words: list[Word] = [contact.id, contact.version, encode(contact), "1" if unique_address else ""]
        words += [len(added), *added, len(gone), *gone]
        words += handle_words(self._meta.salt, (new - old) | (accounts - old_accounts), old - new)
        answer = await self._cluster.call(SAVE_CONTACT, home.prefix, *words)
        if answer[0] != b"ok":
            await give_back(self._cluster, home, claimed)
            refuse(contact, answer, is_new=before is None)
        await confirm(self._cluster, home, claimed)
        await self._let_go(shards, home, gone)
        _, number, seen = answer
        saved = msgspec.structs.replace(contact, version=contact.version + 1)
        place = ledger_sequence(number, home, len(shards))
        return KnownPerson(place, saved, None if seen is None else from_ms(int(seen)))

    async def _refuse_taken_elsewhere(self, shards: Sequence[Shard], home: Shard, handles: Sequence[Handle]) -> None:
        """Raise Taken when what belongs to one person alone is one's in another shard."""
        if len(shards) == 1:
            return
        for handle, numbers in zip(handles, await self.find_people(home.bot, handles), strict=True):
            for person in await self.people_numbered(home.bot, numbers):
                if (person.number - 1) % len(shards) != home.number:
                    raise taken(handle, person.contact.id)

    async def _claim(
        self, shards: Sequence[Shard], home: Shard, accounts: Sequence[str]
    ) -> Sequence[tuple[Shard, str]]:
        claimed = await claim(self._cluster, home, _elsewhere(shards, home, accounts))
        if isinstance(claimed, str):
            raise Conflict(f"the account {claimed!r} is another contact's", "")
        return claimed

    async def _let_go(self, shards: Sequence[Shard], home: Shard, accounts: Sequence[str]) -> None:
        for shard, name in _elsewhere(shards, home, accounts):
            await self._cluster.call(CLAIM_ACCOUNT, shard.prefix, name, "")

    async def merge_contacts(
        self, bot: str, kept: Contact, gone: Contact, changes: Sequence[ConsentChange]
    ) -> KnownPerson:
        homes = [await self._find(bot, each.id) for each in (kept, gone)]
        if homes[0] is None or homes[1] is None:
            raise StaleVersion(f"contact {kept.id}")
        if homes[0][0] != homes[1][0]:
            raise BadInput(
                f"{kept.id} and {gone.id} are kept in different shards of the store, which can't be joined",
                remedy="Copy the store into one with a single shard (assent store copy), then merge",
            )
        shard, left = homes[0][0], Contact(id=gone.id, identities=(), merged_into=kept.id)
        words: list[Word] = [kept.id, kept.version, encode(kept), gone.id, gone.version, encode(left)]
        for each in (kept, gone):
            theirs = [change for change in changes if change.contact == each.id]
            words.append(len(theirs))
            for change in theirs:
                words += change_words(bot, change)
        words += handle_words(self._meta.salt, handles_of(kept), ())
        words += handle_words(self._meta.salt, (), other_handles(gone))
        words += self._memory.words(shard, raising=any_raises(changes))
        answer = await self._cluster.call(MERGE, shard.prefix, *words)
        self._memory.heard(shard, answer)
        if answer[0] != b"ok":
            raise StaleVersion(f"contact {answer[1].decode()}")
        found = await self._find(bot, kept.id)
        assert found is not None  # noqa: S101  # it was kept
        return found[1]

    # -- following

    async def follow_people(
        self, bot: str, position: PeoplePosition = (), *, limit: int = 10_000, wait: float = 0.0
    ) -> PeoplePage:
        shards = await self._meta.of_bot(bot)
        places = list(position or (0,) * len(shards))

        async def look() -> list[tuple[Shard, bytes, int]]:
            found: list[tuple[Shard, bytes, int]] = []
            for shard in shards:
                rows = await self._cluster.ask.zrangebyscore(
                    f"{shard.prefix}people",
                    f"({places[shard.number]}",
                    "+inf",
                    0,
                    limit - len(found),
                    withscores=True,
                )
                found += [(shard, name, int(change)) for name, change in rows]
                if len(found) >= limit:
                    break
            return found

        changed = await as_soon_as_found(self._feed, bot, look, wait)
        people: list[KnownPerson] = []
        for shard in shards:
            names = [name for where, name, _ in changed if where == shard]
            of_shard = await self._named(shard, names)
            people += await with_addresses(self._cluster, self.unreadable, shard, of_shard)
        for shard, _, change in changed:
            places[shard.number] = change
        return PeoplePage(people, tuple(places), more=len(changed) >= limit)

    async def follow_memberships(
        self, bot: str, position: LedgerPosition = (), *, limit: int = 10_000, wait: float = 0.0
    ) -> MembershipPage:
        shards = await self._meta.of_bot(bot)
        numbers = list(position or (0,) * len(shards))

        async def look() -> list[MembershipRow]:
            rows: list[MembershipRow] = []
            for shard in shards:
                page = await self._cluster.ask.xrange(
                    f"{shard.prefix}ledger", min=f"{numbers[shard.number] + 1}-0", count=max(limit - len(rows), 1)
                )
                for entry, fields in page[: limit - len(rows)]:
                    numbers[shard.number] = number_of(entry)
                    rows.append(self._membership_row(shard, number_of(entry), fields))
            return rows

        rows = await as_soon_as_found(self._feed, bot, look, wait)
        return MembershipPage(rows, tuple(numbers), more=len(rows) >= limit)

    def _membership_row(self, shard: Shard, number: int, fields: Mapping[bytes, bytes]) -> MembershipRow:
        _, facts, _ = decode_facts(fields[b"content"])
        shards = self._cluster.address.shards
        return MembershipRow(
            ledger_sequence(number, shard, shards),
            ledger_sequence(int(fields[b"person"]), shard, shards),
            facts.subject,
            Membership(facts.before),
            Membership(facts.after),
            facts.at,
            facts.source == SourceKind.MERGE,
        )


def home_of(shards: Sequence[Shard], contact: Contact) -> Shard:
    """Return the shard of a new contact."""
    first = contact.identities[0] if contact.identities else Identity("", contact.id)
    return shards[shard_of(first.channel, first.user, len(shards))]


def _elsewhere(shards: Sequence[Shard], home: Shard, accounts: Sequence[str]) -> list[tuple[Shard, str]]:
    """Return the accounts whose shard is not the home of their contact, with that shard."""
    found: list[tuple[Shard, str]] = []
    for name in accounts:
        channel, _, user = name.partition(" ")
        shard = shards[shard_of(channel, user, len(shards))]
        if shard != home:
            found.append((shard, account(channel, user)))
    return found


def refuse(contact: Contact, answer: Sequence[Any], *, is_new: bool) -> None:
    """Raise what a script answered instead of doing it."""
    match answer:
        case [b"taken", bytes(what), bytes(owner)]:
            kind, _, key = what.decode().partition(" ")
            raise taken(Handle(HandleKind(kind), key), owner.decode())
        case [b"erased"]:
            raise was_erased(is_new=is_new)
        case _:
            raise StaleVersion(f"contact {contact.id}")
