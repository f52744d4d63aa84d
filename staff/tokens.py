"""Tokens of the API: who may use it, by which secret, for which bots, until when."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from messages.errors import BadInput, NotFound, StateConflict
from staff.acting import Staff, known_bot
from storage.audience_port import Access
from storage.audience_records import ApiToken, Role
from storage.port import Audit, Revisions

PREFIX: Final = "assent_"
"""What secrets begin with, so that scanners of source code and logs can find them."""
LONGEST_NAME: Final = 100
"""Characters."""


class TokenStore(Access, Audit, Revisions, Protocol):
    """What acts on tokens read and write of a store."""


class NewToken(NamedTuple):
    """A token that was made, and its secret, which is kept nowhere."""

    token: ApiToken
    secret: str


def new_secret() -> str:
    """Return the secret of a new token: 256 bits of chance."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def is_valid(token: ApiToken, now: datetime) -> bool:
    """Tell whether a token counts at `now`."""
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


async def create_token(
    store: TokenStore,
    staff: Staff,
    at: datetime,
    *,
    id: str,  # noqa: A002  # what it is called everywhere
    name: str,
    role: Role,
    bots: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token for some bots, or for all. Its secret is given once.

    An audit row tells of it with each bot that it is for. Raises BadInput, NotFound for a bot that is not there, and
    StateConflict for a name that another token has which counts.
    """
    staff.require("create_token")
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"a name has 1 to {LONGEST_NAME} visible characters", place="name", remedy="Write such a name")
    if expires_at is not None and expires_at <= at:
        raise BadInput("a token expires in the future", place="expires", remedy="Give a later time")
    for bot in bots:
        await known_bot(store, bot)
    if any(one.name == name and is_valid(one, at) for one in await store.tokens()):
        remedy = "Choose another name, or revoke that one first"
        raise StateConflict(f"there is a token called `{name}` already", place="name", remedy=remedy)
    secret = new_secret()
    token = ApiToken(id, name, role, digest_of(secret), at, staff.name, tuple(dict.fromkeys(bots)), expires_at)
    await store.add_token(token)
    await _record(store, staff, "create_token", token, at, f"{name}, {role.value}")
    return NewToken(token, secret)


async def revoke_token(store: TokenStore, staff: Staff, at: datetime, token: str) -> ApiToken:
    """Revoke a token by its id; servers refuse it within seconds. One that was revoked stays so. Raises NotFound."""
    staff.require("revoke_token")
    before = next((one for one in await store.tokens() if one.id == token), None)
    revoked = None if before is None else await store.revoke_token(token, at)
    if before is None or revoked is None:
        raise NotFound(f"there is no token `{token}`", remedy="`assent token list` tells the ids")
    if before.revoked_at is None:
        await _record(store, staff, "revoke_token", revoked, at, revoked.name)
    return revoked


async def _record(store: TokenStore, staff: Staff, action: str, token: ApiToken, at: datetime, detail: str) -> None:
    for bot in token.bots or await store.bots():
        await staff.record(store, bot, action, f"token {token.id}", at, detail)
