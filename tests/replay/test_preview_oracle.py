"""Whatever bot, draft, people and staff: what a preview claims is what happens where the draft is live.

A script is played twice on real stores, on the live bot and on its draft, while somebody writes down what comes of it.
The preview knows the journal and the ledger of the first alone.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from hypothesis import example, given

from cli.preview_feed import people_of
from consent.membership import Act
from flows.compile import CompiledRevisions, RevisionSource, compiled
from messages.consent import ConsentChange
from replay.contact_life import Merged
from replay.life import Life
from replay.preview_pool import Person
from replay.recorded import Unreadable, read_turn
from replay.simulation import Simulation
from storage.port import Store
from storage.records import RecordedTurn
from storage.stores import open_store
from tests.examples import examples
from tests.ram_disk import ram_disk
from tests.replay.any_push import FILTERS, Push, Says, StaffChange, StaffMerge, Step, Values, pushes, scripts
from tests.replay.live_world import BOT, World
from tests.replay.preview_claims import Claims, Lived
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

ASKS = {"question": "What is your pet called?", "type": "text", "field": "pet"}


def bot(answer: Values, **consent: str) -> Values:
    """A bot with a keyword."""
    return {
        "assent": "1",
        "bot": "care",
        "name": "Care",
        "languages": ["en"],
        "segments": {"tips": {"name": "Tips", "purpose": "A tip a week."}},
        "fields": {"pet": {"type": "text"}},
        "default": "sorry",
        "keywords": [{"is": "hi", "message": "m1", **consent}],
        "messages": {"m1": answer, "sorry": {"parts": [{"text": "Pardon?"}]}},
    }


@pytest.fixture(scope="module", autouse=True)
def _silent() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    yield
    structlog.reset_defaults()


async def _lived(person: Person, simulation: Simulation) -> Lived | None:
    """What the preview tells of a person; None for one of whom nothing can be told."""
    life = Life(simulation)
    steps = []
    kept = 0
    async for piece in person.events:
        for each in piece:
            match each:
                case RecordedTurn():
                    entry = read_turn(each)
                    assert not isinstance(entry, Unreadable)
                    if entry.erased_in_part:
                        return None
                    if not entry.erased:
                        kept += 1
                        steps += life.turn(entry)
                case ConsentChange() | Merged():
                    steps += life.change(each)
                case _:
                    life.now(each)
    if not kept:
        return None
    steps += life.end()
    return Lived(steps, list(life.ends()))


async def _twice(urls: tuple[str, str], push: Push, script: Sequence[Step]) -> None:
    async with AsyncExitStack() as stack:
        stores: list[Store] = []
        for url in urls:
            stores.append(store := open_store(url))
            await store.open()
            stack.push_async_callback(store.close)
        recorded = World(stores[0], push)
        await recorded.live(script)
        draft = World(stores[1], push, recorded.account)
        await draft.live(script)
        sources: dict[int, RevisionSource] = {}
        for number, store in enumerate(stores, 1):
            found = await store.revision(BOT, 1)
            assert found is not None
            sources[number] = RevisionSource(number, found[0].digest, found[1])
        simulation = Simulation(
            compiled(BOT, sources[2]), CompiledRevisions(BOT, {1: sources[1]}), recorded.account.until, FILTERS
        )
        told = [await _lived(person, simulation) async for person in people_of(stores[0], BOT, None)]
    claims = Claims(recorded.account, draft.account, simulation)
    claims.check([each for each in told if each is not None])


def _tells(**consent: str) -> Values:
    """A bot with another keyword, by which it tells whether they are opted out of the tips."""
    told = {"if": {"segment": "tips", "is": "opted_out"}, "then": [{"text": "You left."}], "else": [{"text": "Well."}]}
    values = bot({"parts": [{"text": "Good day."}]}, **consent)
    values["keywords"].append({"is": "menu", "message": "m2"})
    values["messages"]["m2"] = {"parts": [told]}
    return values


def _merged_without_a_row(*, audited: bool) -> list[Step]:
    """Neither is in anything where it is recorded, so the ledger says nothing of the merge."""
    return [
        Step(1, Says("ana", 0, "what?", None, 0, 1)),
        Step(1, Says("ben", 0, "hi", None, 0, 1)),
        Step(1, StaffMerge("ana", "ben", audited)),
        Step(1, Says("ana", 0, "menu", None, 0, 1)),
        Step(1, StaffChange("ana", Act.ADD, "tips")),
        Step(1, Says("ana", 0, "menu", None, 0, 1)),
        Step(1, Says("ben", 0, "menu", None, 0, 1)),
    ]


@examples(30)
@example(push=Push(_tells(), _tells(opt_out="tips"), {}), script=_merged_without_a_row(audited=True))
@example(push=Push(_tells(), _tells(opt_out="tips"), {}), script=_merged_without_a_row(audited=False))
@example(
    push=Push(bot({"parts": [{"text": "Well."}]}), bot({"parts": [ASKS]}, opt_out="tips"), {}),
    script=[
        Step(1, Says("ana", 0, "hi", None, 0, 1)),
        Step(1, StaffChange("ana", Act.ADD, "tips")),
        Step(1, Says("ana", 0, "what?", None, 0, 1)),
    ],
)
@given(push=pushes(), script=scripts)
def test_on_sqlite_a_preview_claims_what_happens(push: Push, script: list[Step]) -> None:
    with tempfile.TemporaryDirectory(dir=ram_disk()) as folder:
        urls = f"sqlite:///{Path(folder, 'was.db')}", f"sqlite:///{Path(folder, 'will.db')}"
        asyncio.run(_twice(urls, push, script))


@needs_redis
@examples(7)
@example(push=Push(_tells(), _tells(opt_out="tips"), {}), script=_merged_without_a_row(audited=True))
@example(push=Push(_tells(), _tells(opt_out="tips"), {}), script=_merged_without_a_row(audited=False))
@given(push=pushes(), script=scripts)
def test_on_redis_a_preview_claims_what_happens(push: Push, script: list[Step]) -> None:
    urls = empty_database(6), empty_database(7)
    asyncio.run(_twice(urls, push, script))
