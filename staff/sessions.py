"""Signing in to the pages: with a link that is good once, or with a password; and the sessions that follow."""

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from messages.codec import RecordDecoder, encode
from messages.consent import SourceKind
from messages.errors import AssentError, BadInput, NotFound, StateConflict, Unauthenticated
from staff.acting import Staff
from staff.passwords import Passwords
from staff.users import KnownUser, User, UserStore, address_of, create_user, known_user, save_user
from storage.audience_records import Role
from storage.staff_port import StaffKind, StaffRecord, StaffRecords

IDLE: Final = timedelta(hours=12)
"""A session that nobody uses ends after so long."""
LONGEST: Final = timedelta(days=7)
"""Every session ends after so long."""
LINK_LASTS: Final = timedelta(minutes=30)
_DEVELOPER: Final = Staff("developer@assent.localhost", SourceKind.CLI)
_SEEN_EVERY: Final = timedelta(minutes=5)
_FREE: Final = 5
"""So many attempts may fail before the next has to wait."""
_LONGEST_WAIT: Final = 60
_FORGET_ATTEMPTS: Final = timedelta(hours=1)
_TRIES: Final = 20


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who is signed in. Its secret is nowhere; it is kept by its digest."""

    email: str
    epoch: int
    """Of the account when the session began: it is over once that is another."""
    began: datetime
    seen: datetime
    address: str = ""
    agent: str = ""
    """How the browser calls itself, cut to 200 characters."""


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """Lets somebody in once."""

    email: str


class Attempts(msgspec.Struct, frozen=True):
    """How often signing in failed of late, and when next it may be tried."""

    count: int
    again_at: datetime


class SignedIn(NamedTuple):
    """A session that goes on: its digest, and whose it is."""

    digest: str
    session: Session
    user: User


class TooManyAttempts(AssentError):
    """Signing in failed so often that the next attempt has to wait. `seconds`: how long."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many attempts failed: wait {seconds} seconds")


_decode_session = RecordDecoder[Session](Session)
_decode_link = RecordDecoder[Link](Link)
_decode_attempts = RecordDecoder[Attempts](Attempts)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


async def new_link(store: UserStore, staff: Staff, at: datetime, email: str, *, lasts: timedelta = LINK_LASTS) -> str:
    """Return the secret of a link that lets somebody in once. Raises NotFound, BadInput."""
    staff.require("link_user")
    user, _ = await known_user(store, email)
    secret = secrets.token_urlsafe(32)
    record = StaffRecord(StaffKind.LINK, digest_of(secret), 1, encode(Link(user.email)), at + lasts)
    await store.save_staff_record(record)
    for bot in user.bots or await store.bots():
        await staff.record(store, bot, "link_user", f"user {user.email}", at)
    return secret


async def development_link(store: UserStore, at: datetime) -> str:
    """Return the secret of a link that lets the developer of this machine in once, as an admin, for ten minutes."""
    with contextlib.suppress(StateConflict):
        await create_user(store, _DEVELOPER, at, email=_DEVELOPER.name, name="Developer", role=Role.ADMIN)
    return await new_link(store, _DEVELOPER, at, _DEVELOPER.name, lasts=timedelta(minutes=10))


async def sign_in_by_link(store: StaffRecords, secret: str, at: datetime) -> User:
    """Use a link up. Raises Unauthenticated for one that is unknown, used or too old, or whose account is disabled."""
    digest = digest_of(secret)
    found = await store.staff_record(StaffKind.LINK, digest)
    used = found is not None and await store.drop_staff_record(StaffKind.LINK, digest)
    if found is None or not used or found.until is None or found.until <= at:
        raise Unauthenticated("the link is unknown, was used, or is too old")
    try:
        user, _ = await known_user(store, _decode_link(found.record).email)
    except NotFound:
        raise Unauthenticated("the account of the link is gone") from None
    if user.disabled_at is not None:
        raise Unauthenticated("the account is disabled")
    return user


async def sign_in_by_password(
    store: StaffRecords, passwords: Passwords, at: datetime, *, email: str, password: str, address: str
) -> User:
    """Return whose password it is. An attempt counts before it is looked at, so that many at once are many.

    Raises Unauthenticated in the same way for everything that is wrong, and TooManyAttempts.
    """
    try:
        email = address_of(email)
    except BadInput:
        email = ""
    keys = [f"address {address}", *([f"account {email}"] if email else [])]
    for key in keys:
        await _count_attempt(store, key, at)
    found = await store.staff_record(StaffKind.USER, email) if email else None
    known = None if found is None else await known_user(store, email)
    usable = known is not None and known.user.disabled_at is None
    kept = known.user.password if known is not None and usable else ""
    if not await passwords.matches(kept, password) or known is None:
        raise Unauthenticated("the address or the password is wrong")
    for key in keys:
        await store.drop_staff_record(StaffKind.ATTEMPTS, key)
    if passwords.is_outdated(kept):
        return (await _keep_password(store, known, await passwords.hashed(password), epoch=known.user.epoch)).user
    return known.user


async def _count_attempt(store: StaffRecords, key: str, at: datetime) -> None:
    for _ in range(_TRIES):
        found = await store.staff_record(StaffKind.ATTEMPTS, key)
        kept = found if found is not None and (found.until is None or at < found.until) else None
        before = Attempts(0, at) if kept is None else _decode_attempts(kept.record)
        if at < before.again_at:
            raise TooManyAttempts(max(1, -int((at - before.again_at).total_seconds() // 1)))
        count = before.count + 1
        wait = timedelta(seconds=min(2 ** (count - _FREE), _LONGEST_WAIT)) if count >= _FREE else timedelta(0)
        version = 1 if found is None else found.version + 1
        record = encode(Attempts(count, at + wait))
        if await store.save_staff_record(StaffRecord(StaffKind.ATTEMPTS, key, version, record, at + _FORGET_ATTEMPTS)):
            return
    raise TooManyAttempts(1)


async def set_password(store: StaffRecords, passwords: Passwords, user: User, password: str) -> User:
    """Give an account a password. Its other sessions end. Raises BadInput, NotFound, StaleVersion."""
    kept = await passwords.hashed(password)
    known = await known_user(store, user.email)
    return (await _keep_password(store, known, kept, epoch=known.user.epoch + 1)).user


async def _keep_password(store: StaffRecords, known: KnownUser, kept: str, *, epoch: int) -> KnownUser:
    return await save_user(store, msgspec.structs.replace(known.user, password=kept, epoch=epoch), known.version)


async def begin_session(store: StaffRecords, user: User, at: datetime, *, address: str, agent: str) -> str:
    """Return the secret of a new session."""
    secret = secrets.token_urlsafe(32)
    session = Session(user.email, user.epoch, at, at, address, agent[:200])
    await store.save_staff_record(
        StaffRecord(StaffKind.SESSION, digest_of(secret), 1, encode(session), at + min(IDLE, LONGEST))
    )
    return secret


async def session_of(store: StaffRecords, secret: str, at: datetime) -> SignedIn | None:
    """Return the session of a secret, if it goes on; that it is used is written down now and then."""
    digest = digest_of(secret)
    found = await store.staff_record(StaffKind.SESSION, digest)
    if found is None or found.until is None or found.until <= at:
        return None
    session = _decode_session(found.record)
    try:
        user, _ = await known_user(store, session.email)
    except NotFound:
        return None
    if user.disabled_at is not None or user.epoch != session.epoch:
        return None
    if at - session.seen >= _SEEN_EVERY:
        session = msgspec.structs.replace(session, seen=at)
        until = min(at + IDLE, session.began + LONGEST)
        # Of several requests at once one writes it down; the others have nothing to add.
        await store.save_staff_record(found._replace(version=found.version + 1, record=encode(session), until=until))
    return SignedIn(digest, session, user)


async def sessions(store: StaffRecords, email: str, at: datetime) -> Sequence[tuple[str, Session]]:
    """Return the sessions of an account that go on, each with its digest, the newest first."""
    user, _ = await known_user(store, email)
    kept = [one for one in await store.staff_records(StaffKind.SESSION) if one.until is not None and at < one.until]
    found = [(one.key, _decode_session(one.record)) for one in kept]
    mine = [(key, one) for key, one in found if one.email == user.email and one.epoch == user.epoch]
    return sorted(mine, key=lambda one: one[1].began, reverse=True)


async def end_session(store: StaffRecords, digest: str) -> bool:
    """End a session by its digest; tell whether it went on."""
    return await store.drop_staff_record(StaffKind.SESSION, digest)


async def last_seen(store: StaffRecords) -> Mapping[str, datetime]:
    """Return when somebody last used a session of each account, where there is one."""
    seen: dict[str, datetime] = {}
    for one in await store.staff_records(StaffKind.SESSION):
        session = _decode_session(one.record)
        seen[session.email] = max(session.seen, seen.get(session.email, session.seen))
    return seen
