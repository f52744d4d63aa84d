"""Who may do what: tokens, roles, bots."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import Console
from console.access import BELIEVED, Guard
from console.application import MAX_CALLS, OPERATIONS, listening
from console.operations import Operation
from console.way import Way
from messages.errors import BadSettings
from staff.acting import may
from staff.tokens import PREFIX, digest_of, new_secret
from storage.audience_records import ApiToken, Role
from storage.sqlite.store import SqliteStore
from tests.console.house import AT, ApiHouse, Clock

OF_BOTS = [one for one in OPERATIONS if one.path.startswith("/bots/{bot}")]


def path_of(operation: Operation, bot: str = "demo") -> str:
    """A path of an operation, about things that are not there."""
    named = {"{bot}": bot, "{contact}": "c_none", "{job}": "i_none"}
    named |= {f"{{{word}}}": "none" for word in ("event", "segment", "topic", "sequence", "broadcast", "run")}
    path = operation.path
    for name, value in named.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("operation", OF_BOTS, ids=lambda one: one.name)
async def test_each_operation_asks_for_its_role(api: ApiHouse, operation: Operation) -> None:
    for role in Role:
        told = await api.ask(operation.method, path_of(operation), role=role)
        assert (told.status == 403) is not may(role, operation.role), (role, told.raw)
    unknown = await api.ask(operation.method, path_of(operation), role=None)
    assert (unknown.status, unknown.headers["WWW-Authenticate"]) == (401, 'Bearer realm="assent"')
    assert unknown.headers["Content-Type"] == "application/problem+json"


def test_roles_rise() -> None:
    assert {(role, needed) for role in Role for needed in Role if may(role, needed)} == {
        (Role.VIEWER, Role.VIEWER),
        (Role.OPS, Role.VIEWER),
        (Role.OPS, Role.OPS),
        (Role.BUILDER, Role.VIEWER),
        (Role.BUILDER, Role.OPS),
        (Role.BUILDER, Role.BUILDER),
        *((Role.ADMIN, needed) for needed in Role),
    }


def test_viewers_change_nothing() -> None:
    assert {one.name for one in OF_BOTS if one.role is Role.VIEWER and one.method != "GET"} == {
        "count",
        "previewBroadcast",
    }


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer nonsense", "Bearer \xff"])
async def test_what_is_no_token_is_refused(api: ApiHouse, sent: str) -> None:
    told = await api.ask("GET", "/bots/demo/contacts", role=None, headers={"Authorization": sent})
    assert told.status == 401


@pytest.mark.parametrize("operation", OF_BOTS, ids=lambda one: one.name)
async def test_a_token_is_for_its_bots(api: ApiHouse, operation: Operation) -> None:
    secret = await api.token(Role.BUILDER, "one-bot", bots=("other",))
    told = {
        bot: (await api.ask(operation.method, path_of(operation, bot), secret=secret)).status
        for bot in ("demo", "none", "other")
    }
    assert (told["demo"], told["none"]) == (403, 403)
    assert told["other"] != 403


async def test_a_revoked_token_counts_for_seconds_at_most(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    secret, seconds = new_secret(), 100.0
    await store.add_token(ApiToken("t_1", "x", Role.OPS, digest_of(secret), AT, "ana"))
    guard = Guard(store, Clock(), lambda: seconds, Way())
    assert (await guard.token(f"Bearer {secret}")).id == "t_1"
    await store.revoke_token("t_1", AT)
    assert (await guard.token(f"bearer  {secret}")).id == "t_1"
    seconds += BELIEVED
    with pytest.raises(Exception, match="revoked"):
        await guard.token(f"Bearer {secret}")
    await store.close()


async def test_a_token_expires_at_once(api: ApiHouse) -> None:
    secret = await api.token(Role.OPS, "short", expires_at=AT + timedelta(minutes=1))
    assert (await api.ask("GET", "/bots/demo/contacts", secret=secret)).status == 200
    api.clock.later(60)
    assert (await api.ask("GET", "/bots/demo/contacts", secret=secret)).status == 401


def test_secrets_have_256_bits_and_are_all_different() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) - len(PREFIX) for secret in secrets} == {43}


async def test_without_tokens_the_api_is_on_loopback_only(tmp_path: Path, api: ApiHouse) -> None:
    store = SqliteStore(tmp_path / "none.db")
    await store.open()
    audiences = api_audiences(store)
    with pytest.raises(BadSettings, match="no token counts"):
        async with listening(Console(host="0.0.0.0", port=0), store, audiences):
            pass
    await store.add_token(ApiToken("t", "x", Role.OPS, "d", AT, "ana"))
    async with listening(Console(host="0.0.0.0", port=0), store, audiences):
        pass
    await store.close()


def api_audiences(store: SqliteStore):
    """Audiences of a store that nobody follows."""
    from prometheus_client import CollectorRegistry

    from audiences.index_feed import Audiences

    return Audiences(store, CollectorRegistry(), Clock(), start=lambda *_: None, set_up=lambda _: frozenset({"teams"}))


async def test_a_token_that_asks_too_much_at_once_is_put_off(api: ApiHouse) -> None:
    told = await asyncio.gather(
        *(api.ask("POST", "/bots/demo/counts", {"filter": "tag:x"}) for _ in range(3 * MAX_CALLS))
    )
    statuses = {one.status for one in told}
    assert 200 in statuses
    assert statuses <= {200, 429}
    assert all(one.headers["Retry-After"] == "1" for one in told if one.status == 429)


async def test_logs_hold_no_secret_and_nobodys_name(api: ApiHouse, caplog: pytest.LogCaptureFixture, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    contact = await api.contact(name="Zoraida", email="zoraida@example.org")
    await api.ask("GET", f"/bots/demo/contacts/{contact}")
    await api.ask("GET", "/bots/demo/contacts?filter=email is zoraida@example.org")
    await api.ask("POST", "/bots/demo/contacts", {"email": "zoraida@"})
    await api.ask("GET", "/bots/demo/zoraida")
    await api.ask("GET", "/bots/demo/contacts", secret="assent_wrong")
    out = capfd.readouterr()
    said = caplog.text + out.out + out.err
    assert [word for word in ("zoraida", "Zoraida", "assent_", *api.secrets.values()) if word in said] == []
