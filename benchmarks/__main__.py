"""`make bench`: measure everything, show it, keep it in results.json and README.md."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    counting,
    engine,
    floors,
    http_turns,
    imports,
    journal,
    many_bots,
    moving,
    planning,
    push_costs,
    push_targets,
    redis_store,
    redis_turns,
    replaying,
)
from benchmarks.report import Rows, keep, kept, show
from tests.storage.redis.server import find_redis_server
from tests.storage.redis.shared import empty_database

Add = Callable[[str, Rows], None]


def main() -> None:
    """Run the benchmarks. `--quick` is for trying the benchmark itself; it keeps nothing."""
    parser = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--turns", type=int, default=12_000, help="turns of one run")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; the figures are medians over them")
    parser.add_argument(
        "--only",
        choices=("redis", "replay", "audiences", "bots", "pushes"),
        help="only the tables about this; the others stay",
    )
    parser.add_argument("--held", type=float, default=300.0, help="seconds for which half of the top rate is held")
    parser.add_argument("--pushes", type=int, default=20_000, help="people who are pushed to")
    parser.add_argument("--contacts", type=int, default=1_000_000, help="contacts in the largest store")
    parser.add_argument("--recorded", type=int, default=1_000_000, help="turns in the journal that is replayed")
    options = parser.parse_args()
    quick: bool = options.quick
    only: str | None = options.only
    turns, rounds = (1200, 1) if quick else (options.turns, options.rounds)
    tables: dict[str, Rows] = kept() if only is not None else {}

    def add(title: str, rows: Rows) -> None:
        tables[title] = rows
        show(title, rows)

    held, contacts, recorded = (5.0, 2_000, 5_000) if quick else (options.held, options.contacts, options.recorded)
    if only is None:
        _on_one_machine(add, turns, rounds)
    if only in (None, "replay"):
        _of_replay(add, turns, rounds, recorded)
    if only in (None, "audiences"):
        _of_audiences(add, contacts)
    if only in (None, "bots"):
        _of_many_bots(add, turns)
    if only in (None, "pushes"):
        _of_pushes(add, min(contacts, options.pushes), max(turns // 4, 300))
    if only in (None, "redis"):
        _on_redis(add, turns, rounds, held, contacts)
    if not quick:
        keep(tables)


def _of_replay(add: Add, turns: int, rounds: int, recorded: int) -> None:
    add("What the journal costs", journal.measure(turns, rounds))
    add("One recorded turn, run again", replaying.one_turn())
    add("A journal, run again", replaying.journal(recorded))


def _of_audiences(add: Add, contacts: int) -> None:
    add("Counts over people, in milliseconds", counting.measure(contacts))
    add("An import, on SQLite", imports.measure(contacts))
    add("A broadcast, planned", planning.measure(contacts))
    add("What a push asks of people, on SQLite", push_targets.measure(min(contacts, 50_000)))
    if find_redis_server() is not None:
        add("What a push asks of people, on Redis", push_targets.measure(min(contacts, 50_000), empty_database(0)))
        add("An import, on Redis", imports.measure(contacts // 10, empty_database(0)))


def _of_pushes(add: Add, people: int, turns: int) -> None:
    stores = (False, True) if find_redis_server() is not None else (False,)
    add("A run, as fast as it goes", [*(push_costs.costs(people, redis=redis) for redis in stores), push_costs.AIM])
    add("Turns beside a run, and its pause", [push_costs.beside(people, turns, redis=redis) for redis in stores])


def _of_many_bots(add: Add, turns: int) -> None:
    add("Further bots on one server, on SQLite", many_bots.on_sqlite(turns))
    if find_redis_server() is not None:
        add("Further bots on one server, on Redis", many_bots.on_redis(turns))


def _on_redis(add: Add, turns: int, rounds: int, held: float, contacts: int) -> None:
    if find_redis_server() is None:
        sys.exit("no redis-server on this machine: its tables can't be measured")
    add("The store alone, 64 waiting", redis_store.measure(turns, rounds))
    with tempfile.TemporaryDirectory() as folder:
        subject = http_turns.assent(Path(folder), 10, turns)
        rows, top = redis_turns.by_workers(subject, turns, min(rounds, 3))
        add("Whole turns over HTTP on Redis, 64 concurrent", rows)
        add("Half of the top rate of one worker on Redis, held", redis_turns.held(subject, top / 2, held))
    add("What the size of the store does to a turn", redis_store.by_size(contacts, turns))
    add("Moving house", moving.measure(contacts))


def _on_one_machine(add: Add, turns: int, rounds: int) -> None:
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


main()
