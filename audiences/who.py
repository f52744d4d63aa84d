"""Whom somebody means by WHO: a contact id, an e-mail address, an external id, or an account on a channel."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from filters.person import KnownPerson
from messages.addresses import Handle, HandleKind, Malformed, handle_of
from messages.channel_addresses import ChannelAddress
from messages.channels import WRITES_FIRST
from messages.consent import ALL
from messages.errors import NotFound, StateConflict
from messages.import_rows import Reason
from storage.port import Store


class _Asked(NamedTuple):
    """One value: what it may be, the likeliest first."""

    value: str
    handles: tuple[Handle, ...]
    problem: str = ""
    """Why it is no address and no external id."""

    @property
    def may_be_id(self) -> bool:
        return bool(self.value) and not any(map(str.isspace, self.value)) and "@" not in self.value


_MADE: Final = "c_"
"""What the ids begin with that are made for contacts. Such an id names its contact, whoever's external id it is too."""

_KINDS = {HandleKind.EMAIL: "an e-mail address", HandleKind.EXTERNAL_ID: "an external id",
          HandleKind.ACCOUNT: "an account"}  # fmt: skip


def _read(value: str) -> _Asked:
    """Read a value. An account is written `teams 29:ana` or `teams:29:ana`."""
    value = value.strip()
    handle = handle_of(value)
    found = [] if isinstance(handle, Malformed) else [handle]
    first, *rest = value.split(maxsplit=1) or [""]
    channel, colon, user = (first, " ", rest[0]) if rest else value.partition(":")
    if channel.isalnum() and colon and user and len(value) <= 1_000 and not (found and found[0].kind == "email"):
        found.append(Handle(HandleKind.ACCOUNT, f"{channel} {user}"))
    return _Asked(value, tuple(found), handle.problem if isinstance(handle, Malformed) else "")


async def _numbers(store: Store, bot: str, asked: Sequence[_Asked]) -> list[Sequence[int]]:
    """Return the numbers of the contacts that each value names."""
    found: list[Sequence[int]] = [()] * len(asked)
    for place, one in enumerate(asked):
        if one.value.startswith(_MADE):
            found[place] = await _with_id(store, bot, one)
    for turn in range(max((len(one.handles) for one in asked), default=0)):
        places = [place for place, one in enumerate(asked) if len(one.handles) > turn and not found[place]]
        numbers = await store.find_people(bot, [asked[place].handles[turn] for place in places])
        for place, several in zip(places, numbers, strict=True):
            found[place] = several
    for place, one in enumerate(asked):
        if not found[place] and not one.value.startswith(_MADE):
            found[place] = await _with_id(store, bot, one)
    return found


async def _with_id(store: Store, bot: str, asked: _Asked) -> Sequence[int]:
    person = await store.person(bot, asked.value) if asked.may_be_id else None
    return (person.number,) if person is not None else ()


async def find_people(store: Store, bot: str, values: Sequence[str]) -> list[int | Reason]:
    """Return for each value the number of the contact that it names, or why it names none.

    Made for thousands at once. Raises StoreError.
    """
    asked = [_read(value) for value in values]
    found = await _numbers(store, bot, asked)
    unknown = [handle for one, numbers in zip(asked, found, strict=True) if not numbers for handle in one.handles]
    erased = await store.erased_handles(bot, list(dict.fromkeys(unknown)))

    def outcome(one: _Asked, numbers: Sequence[int]) -> int | Reason:
        if numbers:
            return numbers[0] if len(numbers) == 1 else Reason.AMBIGUOUS
        if not erased.isdisjoint(one.handles):
            return Reason.ERASED
        return Reason.UNKNOWN if one.handles else Reason.MALFORMED

    return [outcome(one, numbers) for one, numbers in zip(asked, found, strict=True)]


async def find_contact(store: Store, bot: str, who: str) -> KnownPerson:
    """Return the one person that `who` names; the id of one who was merged away names who took them over.

    Raises StateConflict for several, NotFound for nobody, with what was tried.
    """
    asked = _read(who)
    (numbers,) = await _numbers(store, bot, [asked])
    people = await store.people_numbered(bot, numbers)
    if len(people) == 1:
        return people[0]
    if people:
        ids = ", ".join(person.contact.id for person in people)
        raise StateConflict(f"{len(people)} contacts have this address", remedy=f"Name one by its id: {ids}")
    if await store.erased_handles(bot, asked.handles):
        raise NotFound(
            f"{who!r} was somebody's who had their data erased", remedy="Only the contact's id names them now"
        )
    tried = [_KINDS[handle.kind] for handle in asked.handles] + ["a contact id"] * asked.may_be_id
    remedy = f"It was looked for as {' and '.join(tried)}" if tried else f"It is not an address or id: {asked.problem}"
    raise NotFound(f"{bot} has no contact {who!r}", remedy=f"{remedy}. See `assent contact list`")


async def find_contact_id(store: Store, bot: str, who: str) -> str:
    """Return the id of the contact whose records `who` names: also of one who was merged away or erased, by its id.

    Raises as `find_contact`.
    """
    known = who.strip()
    if known and (await store.contact(bot, known) is not None or await store.ledger(bot, contact=known, limit=1)):
        return known
    return (await find_contact(store, bot, who)).contact.id


async def whose_records(store: Store, bot: str, who: str) -> str:
    """Return the same, and for one who was merged away the id of who took them over. Raises as `find_contact`."""
    contact = await find_contact_id(store, bot, who)
    person = await store.person(bot, contact)
    return contact if person is None else person.contact.id


async def audit_target(store: Store, bot: str, target: str) -> str:
    """Return a target as rows of the audit have it: a contact's id where a contact is named in another way. Whatever
    else it is (a conversation, a segment, ""), it stays.

    Raises NotFound for an address that is nobody's, StateConflict for one of several.
    """
    if not target or await store.conversation(bot, target) is not None:
        return target
    try:
        return await find_contact_id(store, bot, target)
    except NotFound:
        if isinstance(handle_of(target), Malformed) or "@" not in target:
            return target
        raise


async def addresses_of(store: Store, bot: str, person: KnownPerson) -> Sequence[ChannelAddress]:
    """Return where a person is written to, one address a channel; also where they can be written to first."""
    for target in await store.push_targets(bot, [person.number], ALL):
        first = [target.address_on(channel) for channel in sorted(WRITES_FIRST)]
        known = {one.channel for one in target.addresses}
        return [*target.addresses, *(one for one in first if one is not None and one.channel not in known)]
    return ()
