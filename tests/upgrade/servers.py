"""Servers of two versions, and people who write to either."""

import asyncio
import itertools
import os
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson

from adapters.workplace.settings import HEADER, sign_body
from segment_buttons.payload import form_of
from standin.server import StandIn
from tests.runtime.harness import APP_SECRET, FLOW, KEY

LEASE = 4
"""Seconds; a slow machine keeps a server silent for one."""
_NUMBERS = itertools.count(1)


class Server:
    """A server of one version, started and ended as often as one likes; its channel is a stand-in of its own."""

    def __init__(self, program: Path | None, store: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "bot.yaml").write_text(FLOW)
        self._command = [str(program)] if program is not None else [sys.executable, "-m", "cli.main"]
        self._folder = folder
        self._store = store
        self._stack = AsyncExitStack()
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        self.standin = await self._stack.enter_async_context(StandIn())
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()
        await self._stack.aclose()

    async def start(self) -> None:
        """Start it; return once it listens."""
        process = await self._launched()
        assert process.stdout is not None
        line = b""
        async with asyncio.timeout(240):
            while not line.startswith(b"Serving"):
                line = await process.stdout.readline()
                assert line, f"the server ended instead of listening: {await self.why_it_ended()}"
        self.url = line.decode().split()[-1]

    async def refuses_to_start(self) -> str:
        """Start it; return what it said when it ended."""
        await self._launched()
        return await self.why_it_ended()

    async def why_it_ended(self) -> str:
        assert self._process is not None
        await self._process.communicate()
        assert self._process.returncode != 0
        return (self._folder / "log").read_text()

    async def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        await self._process.communicate()
        assert self._process.returncode == 0

    async def _launched(self) -> asyncio.subprocess.Process:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PYTHONUNBUFFERED": "1",
            "ASSENT_STORE": self._store,
            "ASSENT_SERVER__PORT": "0",
            "ASSENT_BUTTON_KEYS": KEY,
            "ASSENT_CONNECTOR": self.standin.url,
            "ASSENT_LOG__LEVEL": "warning",
            "ASSENT_BOTS__DEMO__WORKPLACE__APP_SECRET": APP_SECRET,
        }
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                *("serve", "--dev", "--flow", str(self._folder / "bot.yaml")),
                cwd=self._folder,
                env=environment,
                stdout=PIPE,
                stderr=log,
            )
        return self._process

    async def asks(self, user: str) -> dict[str, str]:
        """Say hello; return the payloads of the buttons that came, by their words."""
        already = self.standin.log.count
        assert await self.posts(user, text="hello") == 200
        found: dict[str, str] = {}
        for delivery in (await self.standin.wait_for(already + 2))[already:]:
            for attachment in delivery.body.get("attachments", ()):
                for button in attachment["content"].get("buttons", ()):
                    found[button["title"]] = button["value"]["assent"]
        return found

    async def asks_in_form(self, user: str, form: int) -> dict[str, str]:
        """Say hello until the buttons that come have this form."""
        async with asyncio.timeout(120):
            while True:
                payloads = await self.asks(user)
                if {form_of(payload) for payload in payloads.values()} == {form}:
                    return payloads
                await asyncio.sleep(0.1)

    async def presses(self, user: str, payload: str, *, ago: timedelta = timedelta()) -> int:
        """Press a button of Teams; return the status of the answer."""
        return await self.posts(user, ago=ago, text="pressed", value={"assent": payload})

    async def messenger(self, user: str, *, ago: timedelta = timedelta(), **what: object) -> int:
        """Post an event as Messenger does; return the status of the answer."""
        at = int((datetime.now(UTC) - ago).timestamp() * 1000)
        event = {"sender": {"id": user}, "recipient": {"id": "7"}, "timestamp": at, **what}
        body = orjson.dumps({"object": "page", "entry": [{"id": "7", "time": at, "messaging": [event]}]})
        signed = {HEADER: sign_body(body, APP_SECRET)}
        async with self._http.post(f"{self.url}/webhooks/workplace", data=body, headers=signed) as response:
            return response.status

    async def writes(self, user: str, text: str) -> int:
        """Write in Messenger."""
        return await self.messenger(user, message={"mid": f"m{next(_NUMBERS)}", "text": text})

    async def taps(self, user: str, payload: str, *, ago: timedelta = timedelta()) -> int:
        """Press a button in Messenger."""
        pressed = {"mid": f"m{next(_NUMBERS)}", "title": "pressed", "payload": payload}
        return await self.messenger(user, ago=ago, postback=pressed)

    async def posts(self, user: str, *, ago: timedelta = timedelta(), **more: object) -> int:
        """Post an activity as Teams does."""
        activity: dict[str, Any] = {
            "type": "message",
            "id": f"activity-{next(_NUMBERS)}",
            "timestamp": (datetime.now(UTC) - ago).isoformat(),
            "channelId": "msteams",
            "serviceUrl": self.standin.url,
            "from": {"id": f"29:{user}", "name": user.title()},
            "recipient": {"id": "28:demo"},
            "conversation": {"id": f"a:{user}", "conversationType": "personal", "tenantId": "t"},
            **more,
        }
        async with self._http.post(f"{self.url}/api/messages", json=activity) as response:
            return response.status
