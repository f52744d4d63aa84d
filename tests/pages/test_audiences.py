"""Segments, their members and lists; contacts, filters, one person."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from storage.audience_records import Role
from tests.pages.browsing import EVIL, Served

pytestmark = pytest.mark.pages


async def test_pasted_lines_keep_their_outcomes(console: Served) -> None:
    async with console.signed_in() as ops:
        page = ops.page
        await page.get_by_role("link", name="Segments").click()
        await page.get_by_role("button", name="New segment").click()
        await page.get_by_label("Name").fill("Boots")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("link", name="Boots").click()
        await page.get_by_role("tab", name="Add users").click()
        box = page.get_by_label("E-mail addresses or ids, one per line")
        await box.fill("p1@example.org\np2@example.org\np1@example.org\nnobody@example.org\na@b@c\n")
        await ops.sees("4 lines, 1 is there twice")
        await page.get_by_role("button", name="Add", exact=True).click()
        await ops.sees("2 people changed")
        rows = [re.split(r"\s*\t\s*", text) for text in await page.locator("table.list tbody tr").all_inner_texts()]
        assert rows == [
            ["p1@example.org", "added"],
            ["p2@example.org", "added"],
            ["nobody@example.org", "unknown"],
            ["a@b@c", "not an address or id"],
        ]
        assert "p1@example.org" in await box.input_value()
        await page.get_by_role("tab", name="Members").click()
        await ops.sees("Person 2")
    changes = [row.change for row in await console.store.ledger("demo", limit=10)]
    assert [(one.contact, one.subject, one.source, one.actor) for one in changes] == [
        ("c_1", "boots", "console", "Ops"),
        ("c_2", "boots", "console", "Ops"),
    ]


async def test_a_list_is_uploaded_and_its_numbers_add_up(console: Served, tmp_path: Path) -> None:
    lines = [f"p{number}@example.org" for number in range(25)] + ["bad one", "p3@example.org", "x@example.org"]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    async with console.signed_in() as ops:
        page = ops.page
        await page.get_by_role("link", name="Segments").click()
        await page.get_by_role("button", name="New segment").click()
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("link", name="Segment #1").click()
        await page.get_by_role("tab", name="Upload a list").click()
        await page.locator('input[type="file"]').set_input_files(tmp_path / "list.csv")
        await page.get_by_role("button", name="Import").click()
        await ops.sees("Completed with errors")
        await ops.sees("28 rows: 25 added, 0 already there, 3 failed")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Report").click()
        await (await download.value).save_as(tmp_path / "report.csv")
        report = (tmp_path / "report.csv").read_text()  # nobody else waits
        assert report.count("\n") == 4
        assert "bad one" in report
        await page.get_by_role("link", name="All segments").click()
        row = page.get_by_role("row").filter(has_text="Segment #1")
        await row.get_by_text("Completed with errors").wait_for()
        await expect(row.locator(".number").first).to_have_text("25")


async def test_a_filter_counts_as_one_types_and_is_in_the_address(console: Served) -> None:
    async with console.signed_in() as ops:
        page = ops.page
        await page.get_by_role("link", name="Contacts").click()
        box = page.get_by_role("searchbox", name="Filter")
        await box.fill("tag:vip")
        await ops.sees("10 meet this")
        await box.fill("tag:vip and (")
        await page.locator("[class*=error]").first.wait_for()
        await box.fill('tag:vip and not name is "Person 3"')
        await ops.sees("9 meet this")
        await page.get_by_role("button", name="Apply").click()
        await page.get_by_text("Person 3", exact=True).wait_for(state="detached")
        await expect(page.locator("table.list tbody tr")).to_have_count(9)
        address = page.url.removeprefix(console.root)
        await page.get_by_role("button", name="Save as segment").click()
        await page.get_by_label("Name").fill("Nearly VIP")
        await page.get_by_role("button", name="Save", exact=True).click()
        await ops.sees("Nearly VIP is there")
        await ops.open(address)
        await ops.sees("9 meet this")
        await expect(page.locator("table.list tbody tr")).to_have_count(9)
    (kept,) = await console.store.segments("demo")
    assert kept.filter == 'tag:vip and not name is "Person 3"'


async def test_one_person_is_tagged_noted_and_erased(console: Served) -> None:
    async with console.signed_in() as ops:
        page = ops.page
        await ops.open("/b/demo/contacts?open=c_5")
        popup = page.get_by_role("dialog", name="Person 5")
        await popup.get_by_label("Add a tag").fill("boots")
        await popup.get_by_label("Add a tag").press("Enter")
        await popup.get_by_role("button", name="Remove boots").wait_for()
        await popup.get_by_label("Write a note").fill("Likes <b>boots</b>")
        await popup.get_by_role("button", name="Keep the note").click()
        await popup.get_by_text("Likes <b>boots</b>").wait_for()
        async with page.expect_download() as download:
            await popup.get_by_role("link", name="Download user data").click()
        assert (await download.value).suggested_filename.endswith(".zip")
        await popup.get_by_role("button", name="Delete user").click()
        asked = page.get_by_role("dialog", name="Delete Person 5?")
        assert await asked.get_by_role("button", name="Delete user").is_disabled()
        await asked.get_by_label("Type Person 5 to go on").fill("Person 5")
        await asked.get_by_role("button", name="Delete user").click()
        await ops.sees("The person is erased")
        await popup.wait_for(state="hidden")
        await page.get_by_text("Person 5", exact=True).wait_for(state="detached")
        await ops.open("/b/demo/contacts?open=c_5")
        await page.get_by_role("dialog").wait_for()


async def test_a_hostile_name_is_a_text_everywhere(console: Served) -> None:
    async with console.signed_in() as ops:
        for path in ("/b/demo/contacts", "/b/demo/contacts?open=c_0"):
            await ops.open(path)
            await ops.sees(EVIL[:12])
            assert await ops.page.locator('img[src="x"]').count() == 0
            assert await ops.page.title() != "1"


async def test_a_viewer_sees_nobodys_details_and_no_way_to_change_any(console: Served) -> None:
    async with console.signed_in(Role.VIEWER) as viewer:
        bodies: list[str] = []

        async def keep(route: Route) -> None:
            answer = await route.fetch()
            bodies.append(await answer.text())
            await route.fulfill(response=answer)

        await viewer.page.route("**/api/v1/bots/**", keep)
        for path in ("/b/demo/contacts", "/b/demo/segments", "/b/demo/contacts?open=c_5", "/b/demo/jobs"):
            await viewer.open(path)
            await viewer.page.locator("main h1").wait_for()
            await viewer.page.wait_for_load_state("networkidle")
            assert "@example.org" not in await viewer.page.locator("#page").inner_text()
        assert bodies
        assert not any("p5@example.org" in body or "Person 5" in body for body in bodies)
        buttons = await viewer.page.get_by_role("button").all_inner_texts()
        assert not {"New segment", "Delete user", "Delete", "Keep the note"} & set(buttons)
