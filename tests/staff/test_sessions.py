"""Signing in, and what follows."""

import asyncio

import pytest

from messages.errors import BadInput, Unauthenticated
from staff.passwords import Passwords
from staff.sessions import (
    IDLE,
    LINK_LASTS,
    LONGEST,
    TooManyAttempts,
    begin_session,
    end_session,
    new_link,
    session_of,
    sessions,
    set_password,
    sign_in_by_link,
    sign_in_by_password,
)
from staff.users import User, change_user, create_user
from storage.audience_records import Role
from storage.port import Store
from tests.staff.world import ANA, AT, BO, BOSS, HOUR, MINUTE, SECOND

PASSWORD = "correct horse battery"


@pytest.fixture
async def user(store: Store) -> User:
    return (await create_user(store, BOSS, AT, email=ANA, name="Ana", role=Role.OPS)).user


async def test_a_link_lets_in_once(store: Store, user: User) -> None:
    secret = await new_link(store, BOSS, AT, ANA)
    assert await sign_in_by_link(store, secret, AT + MINUTE) == user
    with pytest.raises(Unauthenticated):
        await sign_in_by_link(store, secret, AT + MINUTE)


async def test_of_two_who_use_a_link_at_once_one_gets_in(store: Store, user: User) -> None:
    secret = await new_link(store, BOSS, AT, ANA)
    found = await asyncio.gather(*(sign_in_by_link(store, secret, AT) for _ in range(4)), return_exceptions=True)
    assert [one for one in found if not isinstance(one, Unauthenticated)] == [user]


@pytest.mark.parametrize("secret", ["", "x", "\x00", "ü" * 500])
async def test_a_secret_that_nobody_gave_lets_nobody_in(store: Store, user: User, secret: str) -> None:
    assert user.email == ANA
    with pytest.raises(Unauthenticated):
        await sign_in_by_link(store, secret, AT)
    assert await session_of(store, secret, AT) is None


async def test_a_link_ends_in_time_and_with_the_account(store: Store, user: User) -> None:
    late, disabled = await new_link(store, BOSS, AT, user.email), await new_link(store, BOSS, AT, user.email)
    with pytest.raises(Unauthenticated, match="too old"):
        await sign_in_by_link(store, late, AT + LINK_LASTS)
    await change_user(store, BOSS, AT, ANA, is_disabled=True)
    with pytest.raises(Unauthenticated, match="disabled"):
        await sign_in_by_link(store, disabled, AT)


async def test_a_session_ends_when_nobody_uses_it_and_after_a_week(store: Store, user: User) -> None:
    unused = await begin_session(store, user, AT, address="10.0.0.1", agent="Browser")
    used = await begin_session(store, user, AT, address="10.0.0.2", agent="Browser")
    at = AT
    while at < AT + LONGEST - IDLE / 2:
        assert (await session_of(store, used, at)) is not None
        at += IDLE / 2
    assert await session_of(store, unused, AT + IDLE) is None
    assert await session_of(store, used, AT + LONGEST - SECOND) is not None
    assert await session_of(store, used, AT + LONGEST) is None


async def test_sessions_are_listed_and_ended_one_by_one(store: Store, user: User) -> None:
    first = await begin_session(store, user, AT, address="10.0.0.1", agent="x" * 300)
    second = await begin_session(store, user, AT + MINUTE, address="10.0.0.2", agent="Browser")
    listed = await sessions(store, ANA, AT + HOUR)
    assert [(one.address, one.agent) for _, one in listed] == [("10.0.0.2", "Browser"), ("10.0.0.1", "x" * 200)]
    assert await end_session(store, listed[0][0])
    assert await session_of(store, second, AT + HOUR) is None
    assert await session_of(store, first, AT + HOUR) is not None
    assert not await end_session(store, listed[0][0])


async def test_a_password_lets_in_and_a_new_one_ends_the_sessions(store: Store, user: User) -> None:
    passwords = Passwords()
    user = await set_password(store, passwords, user, PASSWORD)
    assert PASSWORD not in user.password
    assert user.password.startswith("$argon2id$")
    secret = await begin_session(store, user, AT, address="", agent="")
    found = await sign_in_by_password(store, passwords, AT, email="Ana@example.org", password=PASSWORD, address="a")
    assert found == user
    await set_password(store, passwords, user, PASSWORD + "!")
    assert await session_of(store, secret, AT) is None
    with pytest.raises(Unauthenticated):
        await sign_in_by_password(store, passwords, AT, email=ANA, password=PASSWORD, address="a")


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
async def test_a_password_is_long_enough_and_not_too_long(store: Store, user: User, password: str) -> None:
    with pytest.raises(BadInput, match="12 to 200"):
        await set_password(store, Passwords(), user, password)
    with pytest.raises(Unauthenticated):  # there is none, and an empty one is none
        await sign_in_by_password(store, Passwords(), AT, email=ANA, password=password, address="a")


async def test_who_guesses_is_told_the_same_whatever_is_wrong_and_then_waits(store: Store, user: User) -> None:
    passwords = Passwords()
    await set_password(store, passwords, user, PASSWORD)
    told = set()
    for email in (ANA, BO, "nobody", ANA, BO):
        with pytest.raises(Unauthenticated) as refused:
            await sign_in_by_password(store, passwords, AT, email=email, password="wrong" * 4, address="10.0.0.9")
        told.add(str(refused.value))
    assert told == {"the address or the password is wrong"}
    waits = []
    at = AT
    for _ in range(8):
        with pytest.raises(TooManyAttempts) as waiting:
            await sign_in_by_password(store, passwords, at, email=ANA, password=PASSWORD, address="10.0.0.9")
        waits.append(waiting.value.seconds)
        at += waiting.value.seconds * SECOND
        with pytest.raises(Unauthenticated):
            await sign_in_by_password(store, passwords, at, email=ANA, password="wrong" * 4, address="10.0.0.9")
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    found = await sign_in_by_password(store, passwords, at + MINUTE, email=ANA, password=PASSWORD, address="10.0.0.9")
    assert found.email == ANA


async def test_guesses_at_once_count_one_by_one(store: Store, user: User) -> None:
    passwords = Passwords()
    await set_password(store, passwords, user, PASSWORD)
    found = await asyncio.gather(
        *(
            sign_in_by_password(store, passwords, AT, email=ANA, password=f"wrong {n} wrong", address=f"10.0.0.{n}")
            for n in range(12)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Unauthenticated) for one in found) == 5
    assert sum(isinstance(one, TooManyAttempts) for one in found) == 7
