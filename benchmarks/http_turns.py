"""Whole turns over HTTP: Assent beside CloudAdapter and bare aiohttp, in rounds that take turns."""

import asyncio
import hashlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from benchmarks.bots import ASKED, flow_of
from benchmarks.load import Load, LoadResult
from messages.inbound import ButtonRef
from segment_buttons.payload import sign

_KEY = "benchmark-key-of-at-least-32-characters"
_ROOT = Path(__file__).parent.parent

Body = Callable[[int, int, str], bytes]


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to measure: its command line, its environment, and the activities it is sent."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    body: Body
    turns: int


def _activity(user: int, turn: int, service_url: str) -> dict[str, object]:
    return {
        "type": "message",
        "id": f"{turn}",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": {"id": f"29:user-{user}", "name": "Ana Lima", "aadObjectId": f"00000000-0000-0000-0000-{user:012}"},
        "recipient": {"id": "28:bench", "name": "Bench"},
        "conversation": {"id": f"user-{user}", "conversationType": "personal", "tenantId": "t"},
        "locale": "en-GB",
        "channelData": {"tenant": {"id": "t"}},
    }


def text_body(user: int, turn: int, service_url: str) -> bytes:
    """A typed message, for the servers that echo."""
    return orjson.dumps({**_activity(user, turn, service_url), "text": "hello", "textFormat": "plain"})


def _digest(text: str) -> str:
    """What the payload carries of the words beside a button."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def press_body() -> Body:
    """A press: opt-in and opt-out in turn, so that each changes the membership."""
    key = _KEY.encode()
    presses = [
        sign(ButtonRef(bot="bench", revision=1, button=button, evidence=_digest(f"{ASKED}\n{label}")), key)
        for button, label in (("yes", "Yes please"), ("no", "No thanks"))
    ]
    # One user's turns come in any numbering, so each user keeps a count of their own.
    counts: dict[int, int] = {}

    def body(user: int, turn: int, service_url: str) -> bytes:
        counts[user] = counts.get(user, 0) + 1
        value = {"assent": presses[counts[user] % 2]}
        return orjson.dumps({**_activity(user, turn, service_url), "text": "Yes please", "value": value})

    return body


def subjects(work: Path, messages: int, turns: int) -> list[Subject]:
    """The three servers; Assent with a bot of `messages` messages."""
    servers = (sys.executable, "-m")
    return [
        Subject("bare aiohttp", (*servers, "benchmarks.servers.bare"), {}, text_body, turns * 2),
        assent(work, messages, turns),
        Subject("CloudAdapter", (*servers, "benchmarks.servers.cloudadapter"), {}, text_body, max(turns // 12, 60)),
    ]


def assent(work: Path, messages: int, turns: int) -> Subject:
    """Assent with a bot of `messages` messages on a store of its own."""
    flow = work / f"bench-{messages}.yaml"
    flow.write_text(flow_of(messages))
    command = (sys.executable, "-m", "cli.main", "serve", "--flow", str(flow))
    environment = {"ASSENT_BUTTON_KEYS": _KEY, "ASSENT_LOG__LEVEL": "warning"}
    return Subject("Assent", command, environment, press_body(), turns)


def _say_hello(port: int) -> None:
    """Have the welcome sent once: from then on the store has the words that stand beside its buttons."""
    body = orjson.dumps(
        {**_activity(-1, -1, "http://127.0.0.1:1"), "from": {"id": "29:first", "name": "Ana Lima"}, "text": "hello"}
    )
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/messages", body, {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return
        except OSError:
            pass
        else:
            return
        time.sleep(0.1)
    message = f"the server on port {port} did not come up"
    raise RuntimeError(message)


@contextmanager
def running(subject: Subject, store_url: str = "") -> Iterator[tuple[int, int]]:
    """Start a server with an empty store, or on `store_url`; yields its port and process id."""
    port = _free_port()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as store:
        environment = {
            **os.environ,
            **subject.environment,
            "ASSENT_STORE": store_url or f"sqlite:///{store}/bench.db",
            "ASSENT_SERVER__PORT": str(port),
        }
        own = () if subject.name == "Assent" else (str(port),)
        process = subprocess.Popen(
            [*subject.command, *own], cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_until_up(port, process)
            if subject.name == "Assent":
                _say_hello(port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)


def _median(results: list[LoadResult]) -> dict[str, float]:
    return {
        "CPU ms/turn": statistics.median(result.cpu_ms_per_turn for result in results),
        "turns/s": statistics.median(result.turns_per_second for result in results),
        "p50 ms": statistics.median(result.p50_ms for result in results),
        "p99 ms": statistics.median(result.p99_ms for result in results),
    }


def measure(
    what: list[Subject], concurrencies: tuple[int, ...], rounds: int, *, delay: float = 0.0
) -> list[dict[str, str | int | float]]:
    """Run each subject at each concurrency, in `rounds` rounds; the figures are medians over the rounds."""
    runs: dict[tuple[int, str], list[LoadResult]] = {}
    for _ in range(rounds):
        for subject in what:
            with running(subject) as (port, pid):
                for concurrent in concurrencies:
                    turns = max(
                        min(subject.turns, int(concurrent * 15 / delay)) if delay else subject.turns, concurrent
                    )
                    load = Load(subject.body, delay=delay)
                    result = asyncio.run(
                        load.run(port, pid, concurrent=concurrent, turns=turns, warm_up=max(turns // 10, concurrent))
                    )
                    runs.setdefault((concurrent, subject.name), []).append(result)
    rows: list[dict[str, str | int | float]] = []
    for concurrent in concurrencies:
        floor = (
            _median(runs[concurrent, "bare aiohttp"])["CPU ms/turn"] if (concurrent, "bare aiohttp") in runs else 0.0
        )
        for subject in what:
            figures = _median(runs[concurrent, subject.name])
            row: dict[str, str | int | float] = {"server": subject.name, "concurrent": concurrent, **figures}
            if floor:
                row["CPU / bare aiohttp"] = figures["CPU ms/turn"] / floor
            rows.append(row)
    return rows
