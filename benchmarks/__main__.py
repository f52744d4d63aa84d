"""`make bench`: measure everything, show it, keep it in results.json and README.md."""

import argparse
import tempfile
from pathlib import Path

from benchmarks import engine, floors, http_turns
from benchmarks.report import Rows, keep, show


def main() -> None:
    """Run the benchmarks. `--quick` is for trying the benchmark itself; it keeps nothing."""
    parser = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--turns", type=int, default=12_000, help="turns of one run")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; the figures are medians over them")
    options = parser.parse_args()
    quick: bool = options.quick
    turns, rounds = (1200, 1) if quick else (options.turns, options.rounds)
    tables: dict[str, Rows] = {}

    def add(title: str, rows: Rows) -> None:
        tables[title] = rows
        show(title, rows)

    add("What nobody gets below on this machine", floors.measure())
    add("The engine alone, by size of the bot", engine.measure((10, 10_000)))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        three = http_turns.subjects(work, 10, turns)
        add("Whole turns over HTTP", http_turns.measure(three, (1, 16, 64), rounds))
        add(
            "The same, the connector answers after 100 ms",
            http_turns.measure(three, (64,), min(rounds, 3), delay=0.1),
        )
        rows = []
        for size in (10, 10_000):
            measured = http_turns.measure([http_turns.assent(work, size, turns)], (64,), min(rounds, 3))
            rows += [{"messages": size, **row} for row in measured]
        add("Whole turns over HTTP, by size of the bot", rows)
    if not quick:
        keep(tables)


main()
