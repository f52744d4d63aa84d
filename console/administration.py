"""The people who sign in, and the tokens of the API: what an admin looks after."""

from datetime import datetime
from typing import Annotated

import msgspec

from console.operations import Answer, Call, Operation, etag
from console.problems import Problem
from staff import sessions, tokens, users
from staff.users import KnownUser
from storage.audience_records import ApiToken, Role

Bots = Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)]


class UserView(msgspec.Struct, frozen=True):
    """An account."""

    email: str
    name: str
    role: Role
    bots: tuple[str, ...]
    created_at: datetime
    created_by: str
    has_password: bool
    version: int
    disabled_at: datetime | None = None
    seen_at: datetime | None = None
    """When somebody last used a session of it that goes on."""


class UserList(msgspec.Struct, frozen=True):
    """All accounts, by address."""

    users: tuple[UserView, ...]


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account to make."""

    email: str
    role: Role
    name: str = ""
    bots: Bots = ()


class UserChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another one. What is left out stays."""

    name: str | None = None
    role: Role | None = None
    bots: Bots | None = None
    is_disabled: bool | None = None


class LinkView(msgspec.Struct, frozen=True):
    """A link that lets in once: `/#once=SECRET` at this server."""

    secret: str
    until: datetime


class TokenView(msgspec.Struct, frozen=True):
    """A token of the API."""

    id: str
    name: str
    role: Role
    bots: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class TokenList(msgspec.Struct, frozen=True):
    """All tokens, by time, revoked ones too."""

    tokens: tuple[TokenView, ...]


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token to make."""

    name: str
    role: Role
    bots: Bots = ()
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class MadeToken(msgspec.Struct, frozen=True):
    """A token with its secret, which is shown this once."""

    token: TokenView
    secret: str


def _shown(known: KnownUser, seen: datetime | None) -> UserView:
    user = known.user
    return UserView(
        user.email, user.name, user.role, user.bots, user.created_at, user.created_by, bool(user.password),
        known.version, user.disabled_at, seen,
    )  # fmt: skip


async def list_users(call: Call) -> Answer:
    """List all accounts."""
    seen = await sessions.last_seen(call.store)
    return Answer(UserList(tuple(_shown(one, seen.get(one.user.email)) for one in await users.users(call.store))))


async def create_user(call: Call) -> Answer:
    """Make an account."""
    body: NewUser = call.body
    made = await users.create_user(
        call.store, call.staff, call.house.clock(), email=body.email, name=body.name, role=body.role, bots=body.bots
    )
    location = f"/api/v1/users/{made.user.email}"
    return Answer(_shown(made, None), 201, {"Location": location, "ETag": etag(made.version)})


async def change_user(call: Call) -> Answer:
    """Change an account. One's own role can't fall."""
    body: UserChange = call.body
    signed = call.actor.signed_in
    own = signed is not None and signed.user.email == users.address_of(call.path["email"])
    if own and (body.role, body.bots, body.is_disabled) != (None, None, None):
        raise Problem(409, "nobody changes their own role, bots or standing: ask another admin")
    changed = await users.change_user(
        call.store, call.staff, call.house.clock(), call.path["email"], version=call.expected_version,
        name=body.name, role=body.role, bots=body.bots, is_disabled=body.is_disabled,
    )  # fmt: skip
    return Answer(_shown(changed, None), headers={"ETag": etag(changed.version)})


async def erase_user(call: Call) -> Answer:
    """Take an account away, with its sessions and preferences; the audit keeps what its owner did."""
    await users.erase_user(call.store, call.staff, call.house.clock(), call.path["email"])
    return Answer(status=204)


async def link_user(call: Call) -> Answer:
    """Make a link that lets somebody in once."""
    at = call.house.clock()
    secret = await sessions.new_link(call.store, call.staff, at, call.path["email"])
    return Answer(LinkView(secret, at + sessions.LINK_LASTS), 201)


def _token(one: ApiToken) -> TokenView:
    return TokenView(
        one.id, one.name, one.role, one.bots, one.created_at, one.created_by, one.expires_at, one.revoked_at
    )


async def list_tokens(call: Call) -> Answer:
    """List all tokens."""
    return Answer(TokenList(tuple(map(_token, await call.store.tokens()))))


async def create_token(call: Call) -> Answer:
    """Make a token; its secret is shown this once."""
    body: NewToken = call.body
    made = await tokens.create_token(
        call.store, call.staff, call.house.clock(), id=f"t_{call.house.new_id()}", name=body.name, role=body.role,
        bots=body.bots, expires_at=body.expires_at,
    )  # fmt: skip
    return Answer(MadeToken(_token(made.token), made.secret), 201)


async def revoke_token(call: Call) -> Answer:
    """Revoke a token."""
    revoked = await tokens.revoke_token(call.store, call.staff, call.house.clock(), call.path["token"])
    call.house.forget(revoked.digest)
    return Answer(_token(revoked))


OPERATIONS = (
    Operation("listUsers", "GET", "/users", "List the people who may sign in.", Role.ADMIN, list_users, UserList),
    Operation("createUser", "POST", "/users", "Make an account.", Role.ADMIN, create_user, UserView, 201, NewUser),
    Operation("changeUser", "PATCH", "/users/{email}", "Change an account.", Role.ADMIN, change_user, UserView,
              body=UserChange, versioned=True, may_be=(409,)),
    Operation("eraseUser", "DELETE", "/users/{email}", "Take an account away.", Role.ADMIN, erase_user, status=204,
              may_be=(409,)),
    Operation("linkUser", "POST", "/users/{email}/link", "Make a link that lets somebody in once.", Role.ADMIN,
              link_user, LinkView, 201, is_secret=True),
    Operation("listTokens", "GET", "/tokens", "List the tokens of the API.", Role.ADMIN, list_tokens, TokenList),
    Operation("createToken", "POST", "/tokens", "Make a token; its secret is shown this once.", Role.ADMIN,
              create_token, MadeToken, 201, NewToken, is_secret=True),
    Operation("revokeToken", "DELETE", "/tokens/{token}", "Revoke a token.", Role.ADMIN, revoke_token, TokenView),
)  # fmt: skip
