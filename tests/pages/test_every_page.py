"""What holds on every page: accessible in both schemes, no sideways scrolling, each language, a strict policy."""

from typing import Any

import pytest

from storage.audience_records import Role
from tests.pages.browsing import ROOT, Served, Visitor

pytestmark = pytest.mark.pages

PAGES = [
    "/b/demo",
    "/b/demo/segments",
    "/b/demo/segments/tips",
    "/b/demo/contacts?filter=tag:vip",
    "/b/demo/contacts?open=c_3",
    "/b/demo/jobs",
    "/admin/users",
    "/admin/tokens",
    "/me",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def settled(visitor: Visitor, path: str) -> None:
    await visitor.open(path)
    await visitor.page.locator("main h1").first.wait_for()
    await visitor.page.wait_for_load_state("networkidle")


async def violations(visitor: Visitor) -> list[str]:
    """What axe finds; it is evaluated beside the page's own policy."""
    axe = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text()
    await visitor.page.evaluate(axe)
    found: Any = await visitor.page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_accessible(console: Served, scheme: str) -> None:
    async with console.signed_in(Role.ADMIN, color_scheme=scheme, reduced_motion="reduce") as admin:
        found = {}
        for path in PAGES:
            await settled(admin, path)
            found[path] = await violations(admin)
        assert found == {path: [] for path in PAGES}
    async with console.visitor(color_scheme=scheme) as nobody:
        await nobody.open("/")
        await nobody.page.get_by_role("button", name="Sign in").wait_for()
        assert await violations(nobody) == []


@pytest.mark.parametrize("width", [320, 390])
async def test_no_page_scrolls_sideways_on_a_phone(console: Served, width: int) -> None:
    async with console.signed_in(Role.ADMIN, viewport={"width": width, "height": 800}) as admin:
        for path in PAGES:
            await settled(admin, path)
            wide = await admin.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path


async def test_the_pages_speak_french(console: Served) -> None:
    async with console.signed_in(Role.ADMIN, locale="fr-FR") as admin:
        for path, title in (("/b/demo/segments", "Segments"), ("/b/demo/jobs", "Tâches"), ("/admin/tokens", "Jetons")):
            await settled(admin, path)
            assert await admin.page.locator("main h1").inner_text() == title
        assert await admin.page.evaluate("document.documentElement.lang") == "fr"


async def test_a_theme_and_a_language_stay_chosen(console: Served) -> None:
    async with console.signed_in() as ops:
        for menu, item in (("Account", "Dark"), ("Account", "Français")):
            await ops.page.get_by_role("button", name=menu).click()
            await ops.page.get_by_role("menuitemradio", name=item).click()
        await ops.page.reload()
        await ops.page.get_by_role("link", name="Tâches").wait_for()
        assert await ops.page.evaluate("document.documentElement.dataset.mantineColorScheme") == "dark"


async def test_pages_have_a_policy_of_their_own_and_files_are_kept(console: Served) -> None:
    async with console.visitor() as visitor:
        answer = await visitor.page.goto(console.root)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        script = await visitor.page.locator("script[src]").first.get_attribute("src")
        file = await visitor.page.request.get(f"{console.root}{script}")
        assert "immutable" in file.headers["cache-control"]
        assert file.headers["content-encoding"] == "br"
        for path in ("/assets/../../pyproject.toml", "/assets/none.js"):
            assert (await visitor.page.request.get(f"{console.root}{path}")).status in (200, 404)
        text = await (await visitor.page.request.get(f"{console.root}/assets/..%2f..%2fpages.py")).text()
        assert "import" not in text


async def test_a_page_that_is_not_there_says_so(console: Served) -> None:
    async with console.signed_in() as ops:
        await ops.open("/nowhere")
        await ops.sees("There is no such page.")
