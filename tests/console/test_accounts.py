"""Signing in over HTTP, as a browser does, and what cookies, proxies and other sites may and may not do."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console import accounts, administration
from console.access import BELIEVED
from messages.consent import SourceKind
from staff.acting import Staff, may
from staff.sessions import new_link
from staff.users import create_user
from storage.audience_records import Role
from tests.console.house import ApiHouse, Told, api_house

OPERATIONS = [one for one in (*accounts.OPERATIONS, *administration.OPERATIONS) if not one.is_open]
SAME: Mapping[str, str] = {"Sec-Fetch-Site": "same-origin"}
ANA, BO = "ana@example.org", "bo@example.org"
PASSWORD = "correct horse battery"
BOSS = Staff("boss", SourceKind.CLI)


class Browser:
    """Somebody's browser: it keeps the cookie, and says where its requests come from."""

    def __init__(self, api: ApiHouse, headers: Mapping[str, str] = SAME) -> None:
        self.api = api
        self.headers = dict(headers)
        self.cookie = ""

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Told:
        sent = {**self.headers, **headers, **({"Cookie": self.cookie} if self.cookie else {})}
        told = await self.api.ask(method, path, body, role=None, headers=sent)
        if "Set-Cookie" in told.headers:
            self.cookie = told.headers["Set-Cookie"].split(";")[0]
        return told


async def account(api: ApiHouse, email: str = ANA, role: Role = Role.OPS, **more: Any) -> str:
    """Make an account; return the secret of a link."""
    await create_user(api.store, BOSS, api.clock(), email=email, name="", role=role, **more)
    return await new_link(api.store, BOSS, api.clock(), email)


async def signed_in(api: ApiHouse, email: str = ANA, role: Role = Role.OPS, **more: Any) -> Browser:
    browser = Browser(api)
    told = await browser.ask("POST", "/session", {"link": await account(api, email, role, **more)})
    assert told.status == 201, told.raw
    return browser


async def test_somebody_signs_in_by_a_link_sees_who_they_are_and_signs_out(api_on_each: ApiHouse) -> None:
    api = api_on_each
    link = await account(api)
    browser = Browser(api)
    told = await browser.ask("POST", "/session", {"link": link})
    assert (told.status, told.json["email"], told.json["role"], told.json["bots"]) == (
        201,
        ANA,
        "ops",
        ["demo", "other"],
    )
    kept = told.headers["Set-Cookie"]
    assert [part in kept for part in ("; HttpOnly", "; SameSite=Lax", "; Path=/", "Secure")] == [
        True,
        True,
        True,
        False,
    ]
    assert (await browser.ask("GET", "/me")).json["name"] == ANA
    assert (await browser.ask("GET", "/bots/demo/contacts")).status == 200
    before = browser.cookie
    assert (await browser.ask("DELETE", "/session")).status == 204
    browser.cookie = before
    assert (await browser.ask("GET", "/me")).status == 401
    assert (await Browser(api).ask("POST", "/session", {"link": link})).status == 401


async def test_what_somebody_does_is_in_the_ledger_and_the_audit_by_their_name(api_on_each: ApiHouse) -> None:
    api = api_on_each
    browser = await signed_in(api)
    contact = (await browser.ask("POST", "/bots/demo/contacts", {"name": "Cy", "email": "cy@example.org"})).json["id"]
    await browser.ask("POST", "/bots/demo/segments", {"name": "Press"})
    assert (await browser.ask("POST", "/bots/demo/segments/press/members", {"contacts": [contact]})).status == 200
    (row,) = await api.store.ledger("demo", contact=contact)
    assert (row.change.source, row.change.actor) == (SourceKind.CONSOLE, ANA)
    assert {(one.actor, one.address) for one in await api.store.audit("demo") if one.actor == ANA} == {
        (ANA, "127.0.0.1")
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_another_sites_page_changes_nothing(api: ApiHouse, headers: dict[str, str]) -> None:
    browser = await signed_in(api)
    browser.headers = headers
    for method, path, body in (
        ("POST", "/bots/demo/segments", {"name": "Press"}),
        ("DELETE", "/session", None),
        ("PUT", "/me/password", {"password": PASSWORD}),
        ("POST", "/session", {"link": "x"}),
    ):
        assert (await browser.ask(method, path, body)).status == 403
    assert await api.store.segments("demo") == []
    browser.headers = {"Origin": api.root}
    assert (await browser.ask("POST", "/bots/demo/segments", {"name": "Press"})).status == 201


async def test_a_token_beside_a_cookie_decides_alone(api: ApiHouse) -> None:
    browser = await signed_in(api, role=Role.ADMIN)
    told = await browser.ask("GET", "/me", Authorization=f"Bearer {api.secrets[Role.VIEWER]}")
    assert (told.json["name"], told.json["email"], told.json["role"]) == ("viewer", "", "viewer")
    assert (await browser.ask("GET", "/me", Authorization="Bearer wrong")).status == 401


async def test_a_password_is_set_once_in_and_asked_for_after(api_on_each: ApiHouse) -> None:
    api = api_on_each
    first, other = await signed_in(api), Browser(api)
    other.cookie = first.cookie
    assert (await first.ask("PUT", "/me/password", {"password": "short"})).status == 422
    told = await first.ask("PUT", "/me/password", {"password": PASSWORD})
    assert (told.status, told.json["has_password"]) == (200, True)
    assert first.cookie != other.cookie
    assert (await first.ask("GET", "/me")).status == 200
    assert (await other.ask("GET", "/me")).status == 401
    assert (await first.ask("PUT", "/me/password", {"password": PASSWORD + "2"})).status == 422
    assert (await first.ask("PUT", "/me/password", {"password": PASSWORD + "2", "current": PASSWORD})).status == 200
    again = Browser(api)
    assert (await again.ask("POST", "/session", {"email": ANA, "password": PASSWORD})).status == 401
    assert (await again.ask("POST", "/session", {"email": ANA, "password": PASSWORD + "2"})).status == 201


async def test_who_guesses_hears_the_same_words_and_then_waits(api: ApiHouse) -> None:
    await account(api)
    guesses = [{"email": email, "password": "wrong wrong wrong"} for email in (ANA, BO, "x", ANA, BO)]
    told = [await Browser(api).ask("POST", "/session", guess) for guess in guesses]
    assert {(one.status, one.json["detail"]) for one in told} == {(401, "the address or the password is wrong")}
    late = await Browser(api).ask("POST", "/session", guesses[0])
    assert (late.status, late.headers["Retry-After"]) == (429, "1")


async def test_over_a_network_signing_in_needs_tls_and_a_proxy_that_is_trusted(tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "assent.example.org", "X-Forwarded-For": "192.0.2.7"}
    direct, behind = tmp_path / "direct", tmp_path / "behind"
    direct.mkdir()
    behind.mkdir()
    async with api_house(direct) as api:
        for host in ("assent.example.org", "127.0.0.1.evil.example"):
            told = await Browser(api, {**SAME, "Host": host}).ask("POST", "/session", {"link": "x"})
            assert (told.status, "TLS" in told.json["detail"]) == (403, True)
        told = await Browser(api, {**SAME, **forwarded}).ask("POST", "/session", {"link": "x"})
        assert told.status == 401  # nobody trusts what it says: it is a request within this machine
    async with api_house(behind, trusted_proxies=("127.0.0.0/8",)) as api:
        browser = Browser(api, {**SAME, **forwarded})
        told = await browser.ask("POST", "/session", {"link": await account(api)})
        assert told.status == 201
        assert told.headers["Set-Cookie"].startswith("__Host-assent=")
        assert "; Secure" in told.headers["Set-Cookie"]
        (listed,) = (await browser.ask("GET", "/me/sessions")).json["sessions"]
        assert listed["address"] == "192.0.2.7"
        browser.headers = {**forwarded, "Origin": "https://assent.example.org"}
        assert (await browser.ask("POST", "/bots/demo/segments", {"name": "Press"})).status == 201
        browser.headers = {**SAME, **forwarded, "X-Forwarded-Proto": "http"}
        assert (await browser.ask("POST", "/session", {"link": "x"})).status == 403


@pytest.fixture
async def admin(api: ApiHouse) -> Browser:
    return await signed_in(api, "boss@example.org", Role.ADMIN)


@pytest.mark.parametrize(
    "operation",
    OPERATIONS,
    ids=lambda one: one.name,
)
async def test_each_operation_asks_for_its_role(api: ApiHouse, operation: Any) -> None:
    path = operation.path.replace("{email}", "none@example.org").replace("{token}", "none").replace("{session}", "none")
    own = path.startswith("/me/") or path == "/session"
    body = {"setPassword": {"password": "x"}, "savePreferences": {"values": {}}}.get(operation.name)
    any_version = {"If-Match": "*"}
    for role in Role:
        told = await api.ask(operation.method, path, body, role=role, headers=any_version)
        assert (told.status == 403) is (own or not may(role, operation.role)), (role, told.raw)
    for role in Role:
        browser = await signed_in(api, f"{role}@example.org", role)
        told = await browser.ask(operation.method, path, body)
        assert (told.status == 403) is not may(role, operation.role), (role, told.raw)
    limited = await signed_in(api, "limited@example.org", Role.ADMIN, bots=("demo",))
    assert ((await limited.ask(operation.method, path)).status == 403) is (operation.role is Role.ADMIN)
    assert (await Browser(api).ask(operation.method, path)).status == 401


async def test_an_admin_makes_changes_and_erases_accounts(api: ApiHouse, admin: Browser) -> None:
    made = await admin.ask("POST", "/users", {"email": ANA, "role": "viewer", "bots": ["demo"]})
    assert (made.status, made.json["version"], made.json["bots"]) == (201, 1, ["demo"])
    link = (await admin.ask("POST", f"/users/{ANA}/link")).json["secret"]
    ana = Browser(api)
    assert (await ana.ask("POST", "/session", {"link": link})).status == 201
    assert (await ana.ask("GET", "/me")).json["bots"] == ["demo"]
    assert (await ana.ask("GET", "/bots/other/segments")).status == 403
    assert (await admin.ask("PATCH", f"/users/{ANA}", {"role": "ops"})).status == 428
    changed = await admin.ask("PATCH", f"/users/{ANA}", {"role": "ops"}, **{"If-Match": made.headers["ETag"]})
    assert (changed.status, changed.json["role"]) == (200, "ops")
    stale = await admin.ask("PATCH", f"/users/{ANA}", {"role": "admin"}, **{"If-Match": made.headers["ETag"]})
    assert stale.status == 412
    assert (await admin.ask("DELETE", f"/users/{ANA}")).status == 204
    assert [one["email"] for one in (await admin.ask("GET", "/users")).json["users"]] == ["boss@example.org"]


async def test_nobody_takes_their_own_role_or_the_last_admins(api: ApiHouse, admin: Browser) -> None:
    own = "/users/boss@example.org"
    for change in ({"role": "viewer"}, {"bots": ["demo"]}, {"is_disabled": True}):
        assert (await admin.ask("PATCH", own, change, **{"If-Match": "*"})).status == 409
    assert (await admin.ask("DELETE", own)).status == 409
    assert (await admin.ask("PATCH", own, {"name": "Boss"}, **{"If-Match": "*"})).status == 200


async def test_a_session_of_somebody_disabled_ends_within_seconds(api: ApiHouse, admin: Browser) -> None:
    ana = await signed_in(api)
    assert (await ana.ask("GET", "/me")).status == 200
    assert (await admin.ask("PATCH", f"/users/{ANA}", {"is_disabled": True}, **{"If-Match": "*"})).status == 200
    again = Browser(api)
    again.cookie = ana.cookie
    assert BELIEVED <= 2
    link = await admin.ask("POST", f"/users/{ANA}/link")
    assert (await Browser(api).ask("POST", "/session", {"link": link.json["secret"]})).status == 401


async def test_secrets_are_answered_once_and_never_kept(api: ApiHouse, admin: Browser) -> None:
    await admin.ask("POST", "/users", {"email": ANA, "role": "viewer"})
    key = {"Idempotency-Key": "k1"}
    one, two = [await admin.ask("POST", f"/users/{ANA}/link", **key) for _ in range(2)]
    assert one.json["secret"] != two.json["secret"]
    made = await admin.ask("POST", "/tokens", {"name": "crm", "role": "viewer"}, **key)
    assert made.status == 201
    told = await api.ask("GET", "/me", secret=made.json["secret"])
    assert told.json["name"] == "crm"
    assert (await admin.ask("DELETE", f"/tokens/{made.json['token']['id']}")).json["revoked_at"]
    assert (await api.ask("GET", "/me", secret=made.json["secret"])).status == 401  # at once, here


async def test_preferences_are_ones_own_and_not_overwritten_unseen(api_on_each: ApiHouse) -> None:
    api = api_on_each
    ana, bo = await signed_in(api), await signed_in(api, BO)
    assert (await ana.ask("GET", "/me/preferences")).json == {"values": {}}
    kept = await ana.ask("PUT", "/me/preferences", {"values": {"theme": "dark"}}, **{"If-Match": '"0"'})
    assert (kept.status, kept.headers["ETag"]) == (200, '"1"')
    stale = await ana.ask("PUT", "/me/preferences", {"values": {}}, **{"If-Match": '"0"'})
    assert stale.status == 412
    assert (await ana.ask("GET", "/me/preferences")).json == {"values": {"theme": "dark"}}
    assert (await bo.ask("GET", "/me/preferences")).json == {"values": {}}
    large = await ana.ask("PUT", "/me/preferences", {"values": {"x": "y" * 70_000}}, **{"If-Match": '"1"'})
    assert large.status == 413


async def test_sessions_end_one_by_one(api: ApiHouse) -> None:
    ana, other = await signed_in(api), Browser(api)
    link = await new_link(api.store, BOSS, api.clock(), ANA)
    api.clock.at += timedelta(minutes=1)
    assert (await other.ask("POST", "/session", {"link": link})).status == 201
    listed = (await ana.ask("GET", "/me/sessions")).json["sessions"]
    assert [one["is_this"] for one in listed] == [False, True]
    assert (await ana.ask("DELETE", f"/me/sessions/{listed[0]['id']}")).status == 204
    assert (await other.ask("GET", "/me")).status == 401
    assert (await ana.ask("DELETE", f"/me/sessions/{listed[0]['id']}")).status == 404
