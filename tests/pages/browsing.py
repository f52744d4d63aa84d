"""Where Chromium and the built pages are, and a console with people in it."""

import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from config.settings import Console, Settings
from config.settings import Server as ServerSettings
from console.application import console_beside
from console.pages import BUILT
from messages.consent import SourceKind
from messages.contact import Contact
from runtime.app import started
from runtime.clock import now
from staff.acting import Staff
from staff.sessions import new_link
from staff.users import create_user
from storage.audience_records import Role
from storage.port import Store
from tests.runtime.harness import FLOW

expect.set_options(timeout=15_000)

ROOT: Final = Path(__file__).parent.parent.parent
BOSS: Final = Staff("boss", SourceKind.CLI)
EVIL: Final = '<img src=x onerror="document.title=1">\u202e'
"""A name that must stay a text wherever it is shown."""


REFUSED: Final = re.compile(r"Failed to load resource: the server responded with a status of 4(01|04|22|29) ")
"""What Chromium says by itself of each answer that is a refusal."""


def chromium() -> str:
    """Return where Chromium is; empty where there is none."""
    return os.environ.get("CHROMIUM", "") or shutil.which("chromium") or shutil.which("google-chrome") or ""


def why_not() -> str:
    """Return why no page can be tried here; empty where they can."""
    if not chromium():
        return "no Chromium on this machine: apt-get install chromium, or set CHROMIUM"
    if not (BUILT / "index.html").is_file():
        return "the pages are not built: make pages"
    return ""


@dataclass
class Visitor:
    """Somebody at a browser, and what the browser complained of."""

    page: Page
    root: str
    complaints: list[str]

    async def open(self, path: str) -> None:
        """Go to an address of the console."""
        await self.page.goto(self.root + path)

    async def sees(self, text: str) -> None:
        """Wait until a text is on the page."""
        await self.page.get_by_text(text).first.wait_for()


@dataclass
class Served:
    """A console that is served."""

    root: str
    store: Store
    browser: Browser
    folder: Path

    async def account(self, email: str, role: Role = Role.OPS) -> str:
        """Make an account; return the address of a link that lets in once."""
        await create_user(self.store, BOSS, now(), email=email, name=email.split("@", maxsplit=1)[0].title(), role=role)
        return f"{self.root}/#once={await new_link(self.store, BOSS, now(), email)}"

    @contextlib.asynccontextmanager
    async def visitor(self, **context: object) -> AsyncIterator[Visitor]:
        """Open a browser of somebody's own. What it complains of fails the test."""
        opened: BrowserContext = await self.browser.new_context(**{"locale": "en-GB", **context})  # type: ignore[arg-type]
        page = await opened.new_page()
        page.set_default_timeout(15_000)
        complaints: list[str] = []

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not REFUSED.match(message.text):
                complaints.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.tracing.start(screenshots=True, snapshots=True)
        try:
            yield Visitor(page, self.root, complaints)
            assert complaints == []
        except BaseException:
            await page.screenshot(path=self.folder / "page.png")
            await opened.tracing.stop(path=self.folder / "trace.zip")
            raise
        finally:
            await opened.close()

    @contextlib.asynccontextmanager
    async def signed_in(self, role: Role = Role.OPS, email: str = "", **context: object) -> AsyncIterator[Visitor]:
        """Open a browser in which somebody is signed in."""
        link = await self.account(email or f"{role.value}@example.org", role)
        async with self.visitor(**context) as visitor:
            await visitor.page.goto(link)
            await visitor.page.get_by_role("button", name=re.compile("link|lien")).click()
            await visitor.page.wait_for_url("**/b/demo")
            yield visitor


@contextlib.asynccontextmanager
async def served(folder: Path, browser: Browser) -> AsyncIterator[Served]:
    """Serve a bot and its console from a store of its own."""
    (folder / "flow.yaml").write_text(FLOW)
    settings = Settings(
        store=f"sqlite:///{folder}/assent.db",
        server=ServerSettings(port=0, grace=0.5),
        console=Console(listen="on", port=0),
    )
    told: list[str] = []
    beside = partial(console_beside, dev=True, announce=told.append)
    async with started(settings, dev=True, flow=folder / "flow.yaml", beside=beside) as server:
        root = told[0].removeprefix("Console: ").partition("/#")[0]
        yield Served(root, server.store, browser, folder)


async def people(store: Store, count: int) -> None:
    """Keep some people, of whom every third is a VIP; the first has a hostile name."""
    for number in range(count):
        name = EVIL if number == 0 else f"Person {number}"
        tags = ("vip",) if number % 3 == 0 else ()
        email = f"p{number}@example.org"
        contact = Contact(id=f"c_{number}", identities=(), name=name, email=email, tags=tags, created_at=now())
        await store.add_contact("demo", contact, unique_address=True)
