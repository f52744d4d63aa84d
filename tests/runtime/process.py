"""`assent serve` in a process of its own."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.runtime.harness import ROOT


class ServerProcess:
    """A real server on `folder/server.db`, on a free port; its replies go to `connector`. It can be started again."""

    def __init__(self, folder: Path, flow: str, connector: str, key: str, **environment: str) -> None:
        self._flow = folder / "flow.yaml"
        self._flow.write_text(flow)
        self.store = f"sqlite:///{folder / 'server.db'}"
        self.log = folder / "server.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ASSENT_")},
            "ASSENT_STORE": self.store,
            "ASSENT_SERVER__PORT": "0",
            "ASSENT_STORE_MEMORY": str(folder / "server.memory"),
            "ASSENT_BUTTON_KEYS": key,
            "ASSENT_CONNECTOR": connector,
            "ASSENT_LOG__LEVEL": "warning",
            **environment,
        }
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None

    async def launch(self, *arguments: str) -> None:
        """Start it; don't wait until it listens."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "cli.main",
                "serve",
                "--flow",
                str(self._flow),
                *arguments,
                cwd=ROOT,
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )

    async def start(self) -> list[str]:
        """Start it; return what it printed, once it listens."""
        await self.launch()
        assert self._process is not None
        assert self._process.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(240):
            while not (lines and lines[-1].startswith("Serving")):
                line = (await self._process.stdout.readline()).decode()
                assert line, f"the server ended instead of listening: {self.log.read_text()[-2000:]}"
                lines.append(line.rstrip("\n"))
        self.url = lines[-1].split()[-1]
        return lines

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        await self._process.communicate()

    async def stop(self) -> int:
        """SIGTERM: it finishes what is in hand. Returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Return the exit code, once it has ended."""
        assert self._process is not None
        await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode
