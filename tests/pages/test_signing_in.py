"""Getting in, and staying where one was."""

import re

import pytest

from runtime.clock import now
from staff.passwords import Passwords
from staff.sessions import set_password
from staff.users import change_user, known_user
from storage.audience_records import Role
from tests.pages.browsing import BOSS, Served

pytestmark = pytest.mark.pages
ANA = "ana@example.org"
PASSWORD = "correct horse battery"


async def test_a_link_lets_in_once_and_is_in_no_address_after(console: Served) -> None:
    link = await console.account(ANA)
    async with console.visitor() as ana:
        await ana.page.goto(link)
        await ana.page.get_by_role("button", name="Sign in with the link").wait_for()
        assert "once" not in ana.page.url
        await ana.page.get_by_role("button", name="Sign in with the link").click()
        await ana.page.wait_for_url("**/b/demo")
        await ana.sees("Revision 1")
    async with console.visitor() as other:
        await other.page.goto(link)
        await other.page.get_by_role("button", name="Sign in with the link").click()
        await other.sees("the link is unknown, was used, or is too old")


async def test_wrong_passwords_are_told_in_the_same_words_and_then_have_to_wait(console: Served) -> None:
    await console.account(ANA)
    await set_password(console.store, Passwords(), (await known_user(console.store, ANA)).user, PASSWORD)
    async with console.visitor() as ana:
        await ana.open("/")
        await ana.page.get_by_label("E-mail address").fill(ANA)
        for _ in range(5):
            await ana.page.get_by_role("textbox", name="Password").fill("wrong wrong wrong")
            async with ana.page.expect_response("**/api/v1/session"):
                await ana.page.get_by_role("button", name="Sign in").click()
            await ana.sees("the address or the password is wrong")
        for _ in range(6):  # each wait is longer than the one before, so that one is longer than this machine is slow
            async with ana.page.expect_response("**/api/v1/session") as later:
                await ana.page.get_by_role("button", name="Sign in").click()
            if (await later.value).status == 429:
                break
        await ana.sees("Too many attempts failed")
        await ana.page.get_by_role("textbox", name="Password").fill(PASSWORD)
        await ana.page.get_by_role("button", name="Sign in").click()  # waits until it may be pressed
        await ana.page.wait_for_url("**/b/demo")
        cookies = await ana.page.context.cookies()
        assert [(one["name"], one["httpOnly"], one["sameSite"]) for one in cookies] == [("assent", True, "Lax")]


async def test_who_is_signed_out_signs_in_over_the_page_and_goes_on(console: Served) -> None:
    async with console.signed_in() as ops:
        await ops.page.get_by_role("link", name="Segments").click()
        await ops.page.get_by_role("button", name="New segment").click()
        await ops.page.get_by_label("Purpose").fill("A text that took long to write")
        user = (await known_user(console.store, "ops@example.org")).user
        await set_password(console.store, Passwords(), user, PASSWORD)  # every session ends
        dialog = ops.page.get_by_role("dialog", name="Sign in")
        await dialog.wait_for(timeout=60_000)  # the page asks for the jobs again and again, and is refused
        await dialog.get_by_label("E-mail address").fill("ops@example.org")
        await dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
        await dialog.get_by_role("button", name="Sign in").click()
        await dialog.wait_for(state="hidden")
        assert await ops.page.get_by_label("Purpose").input_value() == "A text that took long to write"


async def test_signing_out_leaves_nothing_to_go_back_to(console: Served) -> None:
    async with console.signed_in() as ops:
        await ops.page.get_by_role("link", name="Contacts").click()
        await ops.sees("Person 1")
        await ops.page.get_by_role("button", name="Account").click()
        await ops.page.get_by_role("menuitem", name="Sign out").click()
        await ops.page.get_by_role("button", name="Sign in").wait_for()
        await ops.page.reload()
        await ops.page.get_by_role("button", name="Sign in").wait_for()
        assert await ops.page.get_by_text("Person 1").count() == 0


async def test_an_admin_invites_somebody_who_then_gets_in(console: Served) -> None:
    async with console.signed_in(Role.ADMIN) as admin, console.visitor() as invited:
        await admin.page.get_by_role("link", name="Users").click()
        await admin.page.get_by_role("button", name="New user").click()
        await admin.page.get_by_label("E-mail address").fill("bo@example.org")
        await admin.page.get_by_role("button", name="Create and make a link").click()
        secret = admin.page.get_by_text(re.compile(r"/#once="))
        await invited.page.goto(await secret.inner_text())
        await invited.page.get_by_role("button", name="Sign in with the link").click()
        await invited.page.wait_for_url("**/b/demo")
        assert await invited.page.get_by_role("link", name="Users").count() == 0
    assert (await known_user(console.store, "bo@example.org")).user.role is Role.OPS


async def test_a_new_role_ends_what_somebody_had_open(console: Served) -> None:
    async with console.signed_in(Role.OPS) as ops:
        await ops.page.get_by_role("link", name="Segments").click()
        await ops.sees("New segment")
        await change_user(console.store, BOSS, now(), "ops@example.org", role=Role.VIEWER)
        async with ops.page.expect_response(lambda answer: answer.status == 401, timeout=20_000):
            await ops.page.get_by_role("link", name="Jobs").click()
        await ops.page.get_by_role("dialog", name="Sign in").wait_for()
