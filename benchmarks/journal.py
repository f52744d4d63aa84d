"""What the journal costs: the same presses over HTTP with it, and on a server that keeps none."""

import asyncio
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.http_turns import assent, running
from benchmarks.load import Load, LoadResult

Row = dict[str, str | int | float]

_CONCURRENT = 64
_STINTS = 8
"""How often each server has its go in a round. What else the machine does changes slower than they do."""


@dataclass
class _Server:
    """A server that runs, and what its presses cost, stint by stint."""

    port: int
    pid: int
    load: Load
    file: Path
    stints: list[LoadResult] = field(default_factory=list)
    turns: int = 0
    bytes_per_turn: float = 0.0
    """Of the store's file, once the server has ended."""

    def go(self, turns: int, warm_up: int) -> None:
        run = self.load.run(self.port, self.pid, concurrent=_CONCURRENT, turns=turns, warm_up=warm_up)
        self.stints.append(asyncio.run(run))
        self.turns += turns + warm_up


def measure(turns: int, rounds: int) -> list[Row]:
    """Run both servers side by side in each round, and let them go in turn; the ratio is the median of the pairs'."""
    unkept: list[_Server] = []
    kept: list[_Server] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            with _both(Path(folder)) as servers:
                _stints(servers, turns)
            for server in servers:
                server.bytes_per_turn = server.file.stat().st_size / server.turns
            unkept.append(servers[0])
            kept.append(servers[1])
    pairs = zip(_costs(kept), _costs(unkept), strict=True)
    return [_row("without", unkept, 1.0), _row("with", kept, statistics.median(a / b for a, b in pairs))]


def _stints(servers: tuple[_Server, _Server], turns: int) -> None:
    first = max(turns // 10, _CONCURRENT)
    for stint in range(_STINTS):
        for server in servers[:: 1 if stint % 2 else -1]:
            server.go(max(turns // _STINTS, _CONCURRENT), warm_up=_CONCURRENT if stint else first)


def _costs(servers: list[_Server]) -> list[float]:
    return [stint.cpu_ms_per_turn for server in servers for stint in server.stints]


def _row(name: str, servers: list[_Server], ratio: float) -> Row:
    stints = [stint for server in servers for stint in server.stints]
    return {
        "journal": name,
        "CPU ms/turn": statistics.median(_costs(servers)),
        "CPU / without": ratio,
        "turns/s": statistics.median(stint.turns_per_second for stint in stints),
        "p50 ms": statistics.median(stint.p50_ms for stint in stints),
        "p99 ms": statistics.median(stint.p99_ms for stint in stints),
        "bytes/turn": statistics.median(server.bytes_per_turn for server in servers),
    }


@contextmanager
def _both(folder: Path) -> Iterator[tuple[_Server, _Server]]:
    with _served(folder / "without", "benchmarks.without_journal") as first, _served(folder / "with") as second:
        yield first, second


@contextmanager
def _served(folder: Path, module: str = "cli.main") -> Iterator[_Server]:
    folder.mkdir()
    subject = assent(folder, 10, 0)
    command = tuple(module if word == "cli.main" else word for word in subject.command)
    file = folder / "bench.db"
    with running(replace(subject, command=command), f"sqlite:///{file}") as (port, pid):
        yield _Server(port, pid, Load(subject.body), file)
