"""People who sign in to the pages: their accounts, roles, and what is erased of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from messages.addresses import Address, read_value
from messages.codec import RecordDecoder, encode
from messages.errors import BadInput, NotFound, StaleVersion, StateConflict
from staff.acting import Staff, known_bot
from storage.audience_records import Role
from storage.port import Audit, Revisions
from storage.staff_port import StaffKind, StaffRecord, StaffRecords

LONGEST_NAME: Final = 100
"""Characters."""


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account. `epoch` counts what ends its sessions: a change of role, of bots or of the password."""

    email: str
    name: str
    role: Role
    created_at: datetime
    created_by: str
    bots: tuple[str, ...] = ()
    """Bots it is for; all of them when empty."""
    password: str = ""
    """As `staff.passwords` keeps it; '' where there is none."""
    disabled_at: datetime | None = None
    epoch: int = 0


class KnownUser(NamedTuple):
    """An account with the version that a change of it names."""

    user: User
    version: int


class UserStore(StaffRecords, Audit, Revisions, Protocol):
    """What acts on accounts read and write of a store."""


_decode = RecordDecoder[User](User)


def address_of(email: str) -> str:
    """Return an address as accounts have it. Raises BadInput."""
    match read_value(email.strip()):
        case Address(key=key):
            return key
    raise BadInput(f"{email!r} is not an e-mail address", place="email", remedy="Write one such as ana@example.org")


async def users(store: StaffRecords) -> Sequence[KnownUser]:
    """Return all accounts, by address."""
    return [KnownUser(_decode(one.record), one.version) for one in await store.staff_records(StaffKind.USER)]


async def known_user(store: StaffRecords, email: str) -> KnownUser:
    """Return an account by its address. Raises NotFound, BadInput."""
    found = await store.staff_record(StaffKind.USER, address_of(email))
    if found is None:
        raise NotFound(f"there is no user {email}", place="email", remedy="`assent user list` tells who there is")
    return KnownUser(_decode(found.record), found.version)


async def save_user(store: StaffRecords, user: User, version: int) -> KnownUser:
    """Write an account as the next after `version`. Raises StaleVersion."""
    if not await store.save_staff_record(StaffRecord(StaffKind.USER, user.email, version + 1, encode(user))):
        raise StaleVersion(f"user {user.email}")
    return KnownUser(user, version + 1)


async def create_user(
    store: UserStore, staff: Staff, at: datetime, *, email: str, name: str, role: Role, bots: Sequence[str] = ()
) -> KnownUser:
    """Make an account without a password: a link lets its owner in (`staff.sessions.new_link`).

    Raises BadInput, NotFound for a bot that is not there, StateConflict where the address has an account.
    """
    staff.require("create_user")
    email = address_of(email)
    user = User(email, _name(name or email), role, at, staff.name, await _bots(store, bots))
    try:
        made = await save_user(store, user, 0)
    except StaleVersion:
        raise StateConflict(
            f"{email} has an account already", place="email", remedy="Change that one, or make it a new link"
        ) from None
    await _record(store, staff, "create_user", user, at, role.value)
    return made


async def change_user(
    store: UserStore,
    staff: Staff,
    at: datetime,
    email: str,
    *,
    version: int | None = None,
    name: str | None = None,
    role: Role | None = None,
    bots: Sequence[str] | None = None,
    is_disabled: bool | None = None,
) -> KnownUser:
    """Change an account; what is None stays. Its sessions end when its role, its bots or its standing change.

    Raises BadInput, NotFound, StaleVersion where `version` is no longer its version, StateConflict where nobody would
    be left who may do everything.
    """
    staff.require("change_user")
    before, found = await known_user(store, email)
    if version is not None and version != found:
        raise StaleVersion(f"user {before.email}")
    after = msgspec.structs.replace(
        before,
        name=before.name if name is None else _name(name),
        role=before.role if role is None else role,
        bots=before.bots if bots is None else await _bots(store, bots),
        disabled_at=before.disabled_at if is_disabled is None else (before.disabled_at or at) if is_disabled else None,
    )
    if after == before:
        return KnownUser(before, found)
    if (after.role, after.bots, after.disabled_at) != (before.role, before.bots, before.disabled_at):
        after = msgspec.structs.replace(after, epoch=before.epoch + 1)
    changed = await save_user(store, after, found)
    if _counts_as_admin(before) and not _counts_as_admin(after) and not await has_admin(store):
        await save_user(store, msgspec.structs.replace(before, epoch=after.epoch), changed.version)
        raise _last_admin(before.email)
    await _record(store, staff, "change_user", after, at, _told(before, after))
    return changed


async def erase_user(store: UserStore, staff: Staff, at: datetime, email: str) -> None:
    """Take an account away, with its sessions and preferences. The audit keeps what its owner did, under their name.

    Raises NotFound, StateConflict where nobody would be left who may do everything.
    """
    staff.require("erase_user")
    user, version = await known_user(store, email)
    others = [one.user for one in await users(store) if one.user.email != user.email]
    if _counts_as_admin(user) and not any(map(_counts_as_admin, others)):
        raise _last_admin(user.email)
    await save_user(store, msgspec.structs.replace(user, disabled_at=user.disabled_at or at, password=""), version)
    for kind in (StaffKind.SESSION, StaffKind.LINK, StaffKind.IDENTITY):
        for one in await store.staff_records(kind):
            if read_owner(one.record) == user.email:
                await store.drop_staff_record(kind, one.key)
    await store.drop_staff_record(StaffKind.PREFERENCES, user.email)
    await store.drop_staff_record(StaffKind.USER, user.email)
    await _record(store, staff, "erase_user", user, at, "")


class _Owned(msgspec.Struct):
    email: str


_decode_owned = RecordDecoder[_Owned](_Owned)


def read_owner(record: bytes) -> str:
    """Return whose a session, a link or an identity is: each has the address under `email`."""
    return _decode_owned(record).email


def _counts_as_admin(user: User) -> bool:
    return user.role is Role.ADMIN and not user.bots and user.disabled_at is None


async def has_admin(store: StaffRecords) -> bool:
    """Tell whether somebody may do everything, for all bots."""
    return any(_counts_as_admin(one.user) for one in await users(store))


def _last_admin(email: str) -> StateConflict:
    return StateConflict(
        f"{email} is the only one who may do everything", place="role", remedy="Make somebody else an admin first"
    )


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"a name has 1 to {LONGEST_NAME} visible characters", place="name", remedy="Write such a name")
    return name


async def _bots(store: Revisions, bots: Sequence[str]) -> tuple[str, ...]:
    return tuple([await known_bot(store, bot) for bot in dict.fromkeys(bots)])


def _told(before: User, after: User) -> str:
    told = []
    if before.role is not after.role:
        told.append(f"{before.role.value} to {after.role.value}")
    if before.bots != after.bots:
        told.append(f"bots: {', '.join(after.bots) or 'all'}")
    if before.disabled_at != after.disabled_at:
        told.append("enabled" if after.disabled_at is None else "disabled")
    return ", ".join(told) or "name"


async def _record(store: UserStore, staff: Staff, action: str, user: User, at: datetime, detail: str) -> None:
    for bot in user.bots or await store.bots():
        await staff.record(store, bot, action, f"user {user.email}", at, detail)
