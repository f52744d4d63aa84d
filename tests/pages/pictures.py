"""Takes the pictures of the documentation from the running console: `make pictures`."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from audiences.context import Context
from audiences.segments import create_segment
from consent.membership import Act
from flows.source.read import read_flow
from messages.contact import Contact
from runtime.clock import now
from storage.audience_records import Role, StaffChange
from storage.port import Store
from tests.pages.browsing import BOSS, chromium, served
from tests.runtime.harness import FLOW

_NAMES = ("Ana Diaz", "Bo Lund", "Cleo Martin", "Dev Shah", "Eva Novak", "Finn Berg", "Gita Rao", "Hugo Roy")
PICTURES = {
    "segments": ("/b/demo/segments", "light"),
    "contacts": ("/b/demo/contacts?filter=tag:vip", "light"),
    "contact": ("/b/demo/contacts?open=c_2", "dark"),
}


async def _fill(store: Store) -> None:
    context = Context(store, "demo", read_flow(FLOW, "flow.yaml").bot, BOSS, now())
    for number, name in enumerate(_NAMES):
        email = f"{name.split()[0].lower()}@example.org"
        tags = frozenset({"vip"} if number % 2 == 0 else {"north"})
        language = ("en", "fr", "de")[number % 3]
        contact = Contact(f"c_{number}", (), name=name, email=email, tags=tags, language=language, created_at=now())
        await store.add_contact("demo", contact, unique_address=True)
    await create_segment(context, name="Press", purpose="For the press, when there is news.")
    await create_segment(context, name="VIPs", filter="tag:vip")
    people = [one.number for one in (await store.people("demo"))[:5]]
    await store.change_many("demo", StaffChange("press", Act.ADD, now(), BOSS.source, BOSS.name, people))


async def take(folder: Path) -> None:
    """Write the pictures into a folder that is there."""
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            async with served(Path(work), browser) as console:
                await _fill(console.store)
                for name, (path, scheme) in PICTURES.items():
                    size = {"width": 1280, "height": 640}
                    who = f"{name}@example.org"
                    async with console.signed_in(Role.OPS, who, color_scheme=scheme, viewport=size) as ops:
                        await ops.open(path)
                        await ops.page.wait_for_load_state("networkidle")
                        await ops.page.screenshot(path=folder / f"{name}.png")
            await browser.close()


if __name__ == "__main__":
    pictures = Path(sys.argv[1]).resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(pictures))
