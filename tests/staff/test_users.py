"""Accounts of people who sign in."""

import asyncio

import pytest

from messages.errors import BadInput, Forbidden, NotFound, StaleVersion, StateConflict
from staff.passwords import Passwords
from staff.sessions import begin_session, new_link, session_of, set_password, sign_in_by_link
from staff.users import change_user, create_user, erase_user, has_admin, known_user, users
from storage.audience_records import Role
from storage.port import Store
from storage.staff_port import StaffKind, StaffRecord
from tests.staff.world import ANA, AT, BO, BOSS, BOT, HOUR, MINUTE


async def test_an_account_is_known_by_its_address_however_it_is_written(store: Store) -> None:
    made = await create_user(store, BOSS, AT, email=" Ana@Example.org ", name="Ana  Diaz", role=Role.OPS)
    assert (made.user.email, made.user.name, made.version) == (ANA, "Ana Diaz", 1)
    assert await known_user(store, "ANA@example.org") == made
    with pytest.raises(StateConflict, match="has an account already"):
        await create_user(store, BOSS, AT, email=ANA, name="Another", role=Role.ADMIN)
    assert list(await users(store)) == [made]
    rows = await store.audit(BOT)
    assert [(row.actor, row.action, row.target, row.detail) for row in rows] == [
        ("boss", "create_user", f"user {ANA}", "ops")
    ]


@pytest.mark.parametrize(
    ("email", "name", "bots", "place"),
    [
        ("ana", "Ana", (), "email"),
        (ANA, "A\u202ena", (), "name"),
        (ANA, "x" * 101, (), "name"),
        (ANA, "", ("x",), "bot"),
    ],
)
async def test_what_an_account_is_made_of_is_looked_at(
    store: Store, email: str, name: str, bots: tuple[str, ...], place: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await create_user(store, BOSS, AT, email=email, name=name, role=Role.OPS, bots=bots)
    assert refused.value.place == place
    assert await users(store) == []


async def test_only_an_admin_makes_and_changes_accounts(store: Store) -> None:
    builder = BOSS._replace(role=Role.BUILDER)
    for act in (
        create_user(store, builder, AT, email=ANA, name="", role=Role.VIEWER),
        change_user(store, builder, AT, ANA, role=Role.ADMIN),
        erase_user(store, builder, AT, ANA),
        new_link(store, builder, AT, ANA),
    ):
        with pytest.raises(Forbidden, match="needs the role admin"):
            await act


async def test_a_change_of_role_ends_the_sessions_and_a_new_name_does_not(store: Store) -> None:
    user = (await create_user(store, BOSS, AT, email=ANA, name="", role=Role.ADMIN)).user
    await create_user(store, BOSS, AT, email=BO, name="", role=Role.ADMIN)
    secret = await begin_session(store, user, AT, address="127.0.0.1", agent="")
    await change_user(store, BOSS, AT, ANA, name="Ana")
    assert await session_of(store, secret, AT + MINUTE) is not None
    await change_user(store, BOSS, AT, ANA, role=Role.VIEWER)
    assert await session_of(store, secret, AT + MINUTE) is None
    await change_user(store, BOSS, AT, ANA, role=Role.ADMIN)
    assert await session_of(store, secret, AT + MINUTE) is None


async def test_a_change_names_the_version_that_was_read(store: Store) -> None:
    _, version = await create_user(store, BOSS, AT, email=ANA, name="", role=Role.OPS)
    await change_user(store, BOSS, AT, ANA, version=version, role=Role.BUILDER)
    with pytest.raises(StaleVersion):
        await change_user(store, BOSS, AT, ANA, version=version, role=Role.VIEWER)
    assert (await known_user(store, ANA)).user.role is Role.BUILDER


async def test_somebody_who_may_do_everything_is_always_left(store: Store) -> None:
    await create_user(store, BOSS, AT, email=ANA, name="", role=Role.ADMIN)
    await create_user(store, BOSS, AT, email=BO, name="", role=Role.ADMIN, bots=(BOT,))
    for act in (
        change_user(store, BOSS, AT, ANA, role=Role.BUILDER),
        change_user(store, BOSS, AT, ANA, bots=(BOT,)),
        change_user(store, BOSS, AT, ANA, is_disabled=True),
        erase_user(store, BOSS, AT, ANA),
    ):
        with pytest.raises(StateConflict, match="the only one"):
            await act
        user = (await known_user(store, ANA)).user
        assert (user.role, user.bots, user.disabled_at) == (Role.ADMIN, (), None)


async def test_two_admins_who_take_one_anothers_role_leave_one_at_least(store: Store) -> None:
    for email in (ANA, BO):
        await create_user(store, BOSS, AT, email=email, name="", role=Role.ADMIN)
    await asyncio.gather(
        *(change_user(store, BOSS, AT, email, role=Role.VIEWER) for email in (ANA, BO)), return_exceptions=True
    )
    assert await has_admin(store)


async def test_of_somebody_erased_the_audit_alone_is_left(store: Store) -> None:
    await create_user(store, BOSS, AT, email=BO, name="", role=Role.ADMIN)
    user = (await create_user(store, BOSS, AT, email=ANA, name="", role=Role.OPS)).user
    user = await set_password(store, Passwords(), user, "correct horse battery")
    secret = await begin_session(store, user, AT, address="10.0.0.1", agent="Browser")
    link = await new_link(store, BOSS, AT, ANA)
    await store.save_staff_record(StaffRecord(StaffKind.PREFERENCES, ANA, 1, b"{}"))
    await erase_user(store, BOSS, AT, ANA)
    for kind in StaffKind:
        assert all(ANA.encode() not in one.record and one.key != ANA for one in await store.staff_records(kind))
    assert await session_of(store, secret, AT) is None
    with pytest.raises(NotFound):
        await known_user(store, ANA)
    with pytest.raises(Exception, match="unknown"):
        await sign_in_by_link(store, link, AT)
    assert [row.action for row in await store.audit(BOT) if row.target == f"user {ANA}"] == [
        "create_user",
        "link_user",
        "erase_user",
    ]
    assert await store.prune_staff_records(AT + 200 * HOUR) == 0
