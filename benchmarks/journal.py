"""What the journal costs: the same presses over HTTP with it, and on a server that keeps none."""

import asyncio
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.http_turns import Subject, assent, running
from benchmarks.load import Load, LoadResult

Row = dict[str, str | int | float]

_CONCURRENT = 64


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run cost, and what it left in the store's file."""

    load: LoadResult
    bytes_per_turn: float


def measure(turns: int, rounds: int) -> list[Row]:
    """Run both servers in each round, first one first and then the other; the ratio is the median of the rounds'."""
    kept: list[_Run] = []
    unkept: list[_Run] = []
    for number in range(rounds):
        for runs in (kept, unkept) if number % 2 else (unkept, kept):
            runs.append(_run(turns, journal=runs is kept))
    ratio = statistics.median(
        a.load.cpu_ms_per_turn / b.load.cpu_ms_per_turn for a, b in zip(kept, unkept, strict=True)
    )
    return [_row("without", unkept, 1.0), _row("with", kept, ratio)]


def _row(name: str, runs: list[_Run], ratio: float) -> Row:
    return {
        "journal": name,
        "CPU ms/turn": statistics.median(run.load.cpu_ms_per_turn for run in runs),
        "CPU / without": ratio,
        "turns/s": statistics.median(run.load.turns_per_second for run in runs),
        "p50 ms": statistics.median(run.load.p50_ms for run in runs),
        "p99 ms": statistics.median(run.load.p99_ms for run in runs),
        "bytes/turn in the file": statistics.median(run.bytes_per_turn for run in runs),
    }


def _run(turns: int, *, journal: bool) -> _Run:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bench.db")
        subject = assent(Path(folder), 10, turns)
        warm_up = max(turns // 10, _CONCURRENT)
        with running(subject if journal else _without(subject), f"sqlite:///{file}") as (port, pid):
            load = Load(subject.body)
            result = asyncio.run(load.run(port, pid, concurrent=_CONCURRENT, turns=turns, warm_up=warm_up))
        return _Run(result, file.stat().st_size / (warm_up + turns))


def _without(subject: Subject) -> Subject:
    command = tuple("benchmarks.without_journal" if word == "cli.main" else word for word in subject.command)
    return replace(subject, command=command)
