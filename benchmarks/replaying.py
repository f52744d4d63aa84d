"""Replay: what running one recorded turn again costs, and a large journal on one core and on all."""

import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
import yaml

from cli.replay import cores, of_bot
from flows.compile import RevisionSource
from flows.engine.take_turn import take_turn
from flows.engine.turn import IdSource
from messages.codec import RecordDecoder, encode
from messages.contact import Contact, Identity
from replay.preview_pool import Material, check_chunk, over_all
from replay.rerun import Rerun
from storage.port import Store
from storage.records import JournalEntry, RecordedTurn
from storage.stores import open_store
from storage.transfer import JournalRecord, Kind, Record
from tests.flows.engine.conversation import Conversation
from tests.flows.engine.test_golden import begin, flow_text, play

Row = dict[str, str | int | float]

_TOUR = Path("tests/flows/engine/golden/tours-the-example.yaml")
_BOT = "wellbeing"
_PAGE = 1000


def _tour() -> Conversation:
    """Return the example bot's longest golden conversation, recorded."""
    golden = yaml.safe_load(_TOUR.read_text())
    conversation = begin(golden)
    for step in golden["turns"]:
        play(conversation, step["person"])
    return conversation


def one_turn() -> Sequence[Row]:
    """Return what the parts of running a turn again cost, in µs of CPU, on average over the example's tour."""
    tour = _tour()
    recorded = tour.recorded()
    rerun = Rerun(tour.revisions)
    decode = RecordDecoder[JournalEntry](JournalEntry)
    entries = [(entry, rerun.snapshot_of(entry)) for entry in tour.entries]
    parts: dict[str, Callable[[], object]] = {
        "decode": lambda: [decode(turn.record) for turn in recorded],
        "take_turn": lambda: [take_turn(at, entry.event, entry.at, IdSource(entry.turn)) for entry, at in entries],
        "encode": lambda: [encode(entry.outcome) for entry in tour.entries],
        "all of it": lambda: [rerun.check(turn) for turn in recorded],
    }
    size = sum(len(turn.record) for turn in recorded) / len(recorded)
    rows: list[Row] = []
    for what, work in parts.items():
        each = _cpu(work) / len(recorded)
        rows.append({"part": what, "CPU µs": each * 1e6, "turns/s": 1 / each, "record bytes": size})
    return rows


def _cpu(work: Callable[[], object], repeat: int = 60, rounds: int = 9) -> float:
    measured: list[float] = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(repeat):
            work()
        measured.append((time.process_time() - began) / repeat)
    return statistics.median(measured)


def journal(turns: int) -> Sequence[Row]:
    """Return how fast a journal of `turns` in SQLite is run again, and what memory that takes."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_journal(f"sqlite:///{folder}/journal.db", turns))


async def _journal(url: str, turns: int) -> Sequence[Row]:
    tour = _tour()
    store = open_store(url)
    await store.open()
    try:
        await _fill(store, tour, turns)
        source = RevisionSource(1, tour.live.digest, flow_text(_BOT))
        material = Material(_BOT, {1: source})
        rows: list[Row] = []
        for jobs in sorted({1, cores()}):
            began = time.perf_counter()
            done = 0
            async for result in over_all(check_chunk, of_bot(store, _BOT, None), material, jobs):
                if result.found:
                    raise RuntimeError(f"a turn came out otherwise: {result.found[0]}")
                done += result.turns
            took = time.perf_counter() - began
            rows.append({"processes": jobs, "turns": done, "turns/s": done / took, "seconds": took, "MB": _peak()})
        began = time.perf_counter()
        read = 0
        async for page in of_bot(store, _BOT, None):
            read += len(page)
        took = time.perf_counter() - began
        rows.append(
            {"processes": "reading alone", "turns": read, "turns/s": read / took, "seconds": took, "MB": _peak()}
        )
        return rows
    finally:
        await store.close()


def _peak() -> float:
    """Return the most memory this process and its largest child ever had, in MB."""
    own, theirs = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(own, theirs) / 1024


async def _fill(store: Store, tour: Conversation, turns: int) -> None:
    """Write the tour again and again, as different people's."""
    people = -(-turns // len(tour.entries))
    state = tour.entries[-1].outcome.state
    await store.begin_copy("a benchmark")
    for first in range(0, people, _PAGE):
        numbers = range(first, min(first + _PAGE, people))
        contacts = [Contact(f"c_{number}", (Identity("teams", f"29:{number}"),), version=1) for number in numbers]
        await store.restore(_BOT, Kind.CONTACTS, first, contacts, "")
        states = [msgspec.structs.replace(state, key=f"teams:{number}", contact=f"c_{number}") for number in numbers]
        await store.restore(_BOT, Kind.CONVERSATIONS, first, states, "")
    written = 0
    records = _records(tour.recorded(), people)
    while page := list[Record](islice(records, _PAGE)):
        await store.restore(_BOT, Kind.JOURNAL, written, page, "")
        written += len(page)
    await store.end_copy()


def _records(recorded: Sequence[RecordedTurn], people: int) -> Iterator[JournalRecord]:
    for number in range(people):
        for at, turn in enumerate(recorded):
            yield JournalRecord(f"teams:{number}", f"turn-{at}", turn.at, turn.record)
