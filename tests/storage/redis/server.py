"""Real `redis-server` processes on loopback."""

import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

HOST = "127.0.0.1"
MAX_WAIT = 120.0
"""Seconds until waiting for a server counts as failed."""
PORTS = range(12_000, 32_000)
"""Below the ports that systems give to clients: a server that was stopped finds its own free again."""
SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
    "repl-diskless-sync-delay": "0",
}


def find_redis_server() -> Path | None:
    """Return the program that PATH names; None where there is none."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise AssertionError("no free port among a hundred")


def wait_until(holds: Callable[[], bool], what: str, *, pause: Callable[[float], object] = time.sleep) -> None:
    """Return once `holds` does; raise AssertionError, which tells `what` was awaited, when it takes too long."""
    deadline = time.monotonic() + MAX_WAIT
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {MAX_WAIT:g} s")
        pause(0.01)


class RedisServer:
    """A server on a free port, with its files in `folder`. Once started it can be stopped or killed, and started again
    on the same port and folder.

    Settings are those of redis.conf with `_` for `-`: `RedisServer(folder, appendfsync="everysec")`.
    """

    def __init__(self, folder: Path, *, replica_of: Self | None = None, **settings: str | int) -> None:
        self.folder = folder
        self.port = free_port()
        self._master = replica_of
        self._settings = {**SETTINGS, **{name.replace("_", "-"): str(value) for name, value in settings.items()}}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What a client is given, without a database."""
        return f"redis://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote about itself."""
        file = self.folder / "redis.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self) -> None:
        """Start it, and return once it answers, with all that its files held."""
        program = find_redis_server()
        assert program is not None, "no redis-server on PATH"
        assert self._process is None, "it runs already"
        self.folder.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            [program, *self._arguments()],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        self._process = process

        def pause(seconds: float) -> None:
            with suppress(subprocess.TimeoutExpired):
                ended = process.wait(seconds)
                raise AssertionError(f"redis-server ended with {ended}: {self.log[-2000:]}")

        try:
            wait_until(self.answers, "redis-server answers", pause=pause)
        except BaseException:
            self.kill()
            raise

    def answers(self) -> bool:
        """Tell whether it serves; one that still reads its files does not."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as client:
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    def stop(self) -> None:
        """SIGTERM: it writes what it holds and ends."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def change(self, **settings: str | int) -> None:
        """Have it use other settings when it is started again."""
        self._settings |= {name.replace("_", "-"): str(value) for name, value in settings.items()}

    def freeze(self) -> None:
        """SIGSTOP: its connections stay, and nothing is answered until `thaw`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def client(self, database: int = 0) -> Iterator[Redis]:
        """A connection that tries nothing twice."""
        password = self._settings.get("requirepass")
        with closing(Redis(HOST, self.port, database, password=password, retry=Retry(NoBackoff(), 0))) as client:
            yield client

    def command(self, *words: str | int) -> Any:
        """Send one command, return its answer."""
        with self.client() as client:
            return client.execute_command(*words)  # type: ignore[no-untyped-call]

    def follow(self, master: Self) -> None:
        """Become a replica of `master`, after a restart as well."""
        self._master = master
        self.command("REPLICAOF", HOST, master.port)

    def promote(self) -> None:
        """Become a master, after a restart as well."""
        self._master = None
        self.command("REPLICAOF", "NO", "ONE")

    def wait_in_step(self) -> None:
        """Return once this replica holds all that its master holds, in its own files too.

        After the first copy a replica writes its append-only file anew, and what it takes up meanwhile is lost if it is
        killed before that is done.
        """
        master = self._master
        assert master is not None

        def in_step() -> bool:
            with suppress(RedisError):
                mine, theirs = self.command("INFO"), master.command("INFO", "replication")
                return bool(
                    mine["master_link_status"] == "up"
                    and mine["slave_repl_offset"] == theirs["master_repl_offset"]
                    and not mine["aof_rewrite_in_progress"]
                    and not mine["aof_rewrite_scheduled"]
                )
            return False

        wait_until(in_step, "the replica is in step")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _arguments(self) -> Iterator[str]:
        settings = {
            "port": str(self.port),
            "bind": HOST,
            "dir": str(self.folder.absolute()),
            "logfile": "redis.log",
            **self._settings,
        }
        for name, value in settings.items():
            yield from (f"--{name}", value)
        if self._master is not None:
            yield from ("--replicaof", HOST, str(self._master.port))

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        if how is not signal.SIGKILL:
            self._process.send_signal(signal.SIGCONT)
        self._process.wait(MAX_WAIT)
        self._process = None
