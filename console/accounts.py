"""Signing in and out, and what somebody may do and prefers."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from console.operations import Answer, Call, Operation, etag
from console.problems import Problem, invalid
from console.way import COOKIE, Arrival
from messages.codec import RecordDecoder, encode
from messages.errors import NotFound, StaleVersion, Unauthenticated
from staff import sessions, users
from staff.sessions import SignedIn, TooManyAttempts
from staff.users import User
from storage.audience_records import Role
from storage.staff_port import StaffKind, StaffRecord

_MAX_PREFERENCES: Final = 65_536
"""Bytes."""


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lets somebody in: the secret of a link, or an address and a password."""

    link: Annotated[str, msgspec.Meta(max_length=200)] = ""
    email: Annotated[str, msgspec.Meta(max_length=400)] = ""
    password: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Me(msgspec.Struct, frozen=True):
    """Who asks, and what they may do."""

    name: str
    role: Role
    bots: tuple[str, ...]
    """Bots they may ask about, of those that there are."""
    is_masked: bool
    """Whether personal details are hidden from them."""
    email: str = ""
    """Of somebody who is signed in; a token has none."""
    has_password: bool = False


class WhoIsHere(msgspec.Struct, frozen=True):
    """Who is signed in, if anybody is."""

    me: Me | None


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password to have from now on. Who has one gives it too."""

    password: Annotated[str, msgspec.Meta(max_length=1000)]
    current: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class SessionView(msgspec.Struct, frozen=True):
    """A session that goes on."""

    id: str
    began: datetime
    seen: datetime
    address: str
    agent: str
    is_this: bool


class SessionList(msgspec.Struct, frozen=True):
    """The sessions of somebody, the newest first."""

    sessions: tuple[SessionView, ...]


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody prefers in the pages: theme, language, columns, views. The pages say what is in it."""

    values: dict[str, Any] = {}


async def sign_in(call: Call) -> Answer:
    """Begin a session."""
    body: SignIn = call.body
    at, store, way = call.house.clock(), call.store, call.house.way.of(call.request)
    if bool(body.link) == bool(body.email):
        raise invalid("it has neither or both of a link and an address", place="body", remedy="Give one of the two")
    try:
        if body.link:
            user = await sessions.sign_in_by_link(store, body.link, at)
        else:
            user = await sessions.sign_in_by_password(
                store, call.house.passwords, at, email=body.email, password=body.password, address=way.address
            )
    except Unauthenticated as refused:
        raise Problem(401, refused.reason, headers={"WWW-Authenticate": 'Bearer realm="assent"'}) from None
    except TooManyAttempts as refused:
        raise Problem(429, str(refused), headers={"Retry-After": str(refused.seconds)}) from None
    return await _signed_in(call, user, way)


async def _signed_in(call: Call, user: User, way: Arrival) -> Answer:
    """Begin a session with a new id, and end the one that the browser had."""
    if before := call.request.cookies.get(way.cookie):
        await _end(call, sessions.digest_of(before))
    agent = call.request.headers.get("User-Agent", "")
    secret = await sessions.begin_session(call.store, user, call.house.clock(), address=way.address, agent=agent)
    lasts = int(sessions.LONGEST.total_seconds())
    return Answer(
        await _me(call, user.name, user.role, user.bots, user), 201, {"Set-Cookie": _cookie(way, secret, lasts)}
    )


def _cookie(way: Arrival, secret: str, seconds: int) -> str:
    secure = "" if way.cookie == COOKIE else "; Secure"
    return f"{way.cookie}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


async def show_session(call: Call) -> Answer:
    """Tell who is signed in; asking is no error where nobody is."""
    if call.actor.signed_in is None:
        return Answer(WhoIsHere(None))
    user = call.actor.signed_in.user
    return Answer(WhoIsHere(await _me(call, user.name, user.role, user.bots, user)))


async def sign_out(call: Call) -> Answer:
    """End the session that asks."""
    await _end(call, _signed(call).digest)
    way = call.house.way.of(call.request)
    return Answer(status=204, headers={"Set-Cookie": _cookie(way, "", 0)})


async def _end(call: Call, digest: str) -> bool:
    call.house.forget(digest)
    return await sessions.end_session(call.store, digest)


def _signed(call: Call) -> SignedIn:
    """Return the session that asks. Raises Problem 403 for a token."""
    if call.actor.signed_in is None:
        raise Problem(403, "this is for somebody who is signed in, not for a token")
    return call.actor.signed_in


async def _me(call: Call, name: str, role: Role, bots: tuple[str, ...], user: User | None) -> Me:
    known = await call.store.bots()
    allowed = tuple(sorted(bot for bot in known if not bots or bot in bots))
    email, has_password = ("", False) if user is None else (user.email, bool(user.password))
    return Me(name, role, allowed, role is Role.VIEWER, email, has_password)


async def show_me(call: Call) -> Answer:
    """Tell who asks."""
    actor = call.actor
    user = None if actor.signed_in is None else actor.signed_in.user
    return Answer(await _me(call, actor.name, actor.role, actor.bots, user))


async def set_password(call: Call) -> Answer:
    """Have another password. All sessions end, and this one goes on as a new one."""
    body: NewPassword = call.body
    signed = _signed(call)
    user = (await users.known_user(call.store, signed.user.email)).user
    if user.password and not await call.house.passwords.matches(user.password, body.current):
        raise invalid("it is not the password", place="body: current", remedy="Write the one that you have now")
    user = await sessions.set_password(call.store, call.house.passwords, user, body.password)
    answer = await _signed_in(call, user, call.house.way.of(call.request))
    return replace(answer, status=200)


async def list_sessions(call: Call) -> Answer:
    """List one's own sessions."""
    signed = _signed(call)
    found = await sessions.sessions(call.store, signed.user.email, call.house.clock())
    return Answer(
        SessionList(
            tuple(
                SessionView(digest[:32], one.began, one.seen, one.address, one.agent, digest == signed.digest)
                for digest, one in found
            )
        )
    )


async def end_session(call: Call) -> Answer:
    """End one of one's own sessions."""
    signed = _signed(call)
    for digest, _ in await sessions.sessions(call.store, signed.user.email, call.house.clock()):
        if digest[:32] == call.path["session"]:
            await _end(call, digest)
            return Answer(status=204)
    raise NotFound("there is no such session", place="session", remedy="List them again")


_decode_preferences = RecordDecoder[Preferences](Preferences)


async def show_preferences(call: Call) -> Answer:
    """Show what one prefers."""
    found = await call.store.staff_record(StaffKind.PREFERENCES, _signed(call).user.email)
    if found is None:
        return Answer(Preferences(), headers={"ETag": etag(0)})
    return Answer(_decode_preferences(found.record), headers={"ETag": etag(found.version)})


async def save_preferences(call: Call) -> Answer:
    """Keep what one prefers."""
    body: Preferences = call.body
    email, record = _signed(call).user.email, encode(call.body)
    if len(record) > _MAX_PREFERENCES:
        raise Problem(413, f"preferences have at most {_MAX_PREFERENCES} bytes")
    found = await call.store.staff_record(StaffKind.PREFERENCES, email)
    version = 0 if found is None else found.version
    call.expects(version)
    if not await call.store.save_staff_record(StaffRecord(StaffKind.PREFERENCES, email, version + 1, record)):
        raise StaleVersion("preferences")
    return Answer(body, headers={"ETag": etag(version + 1)})


OPERATIONS = (
    Operation("signIn", "POST", "/session", "Sign in with a link or a password.", Role.VIEWER, sign_in, Me, 201,
              SignIn, is_open=True),
    Operation("showSession", "GET", "/session", "Show who is signed in, if anybody is.", Role.VIEWER, show_session,
              WhoIsHere, is_open=True),
    Operation("signOut", "DELETE", "/session", "Sign out.", Role.VIEWER, sign_out, status=204),
    Operation("showMe", "GET", "/me", "Show who asks, and what they may do.", Role.VIEWER, show_me, Me),
    Operation("setPassword", "PUT", "/me/password", "Have another password; all other sessions end.", Role.VIEWER,
              set_password, Me, body=NewPassword),
    Operation("listSessions", "GET", "/me/sessions", "List one's own sessions.", Role.VIEWER, list_sessions,
              SessionList),
    Operation("endSession", "DELETE", "/me/sessions/{session}", "End one of one's own sessions.", Role.VIEWER,
              end_session, status=204),
    Operation("showPreferences", "GET", "/me/preferences", "Show what one prefers in the pages.", Role.VIEWER,
              show_preferences, Preferences),
    Operation("savePreferences", "PUT", "/me/preferences", "Keep what one prefers in the pages.", Role.VIEWER,
              save_preferences, Preferences, body=Preferences, versioned=True),
)  # fmt: skip
