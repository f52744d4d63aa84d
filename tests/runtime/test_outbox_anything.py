"""Whatever fails, however little fits into memory: each conversation gets all its replies, once and in order."""

import asyncio
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from messages.errors import DeliveryError, RateLimited, TemporarilyFailed
from storage.records import DeliveryStatus, OutboxRow
from storage.sqlite.store import SqliteStore
from tests.examples import examples
from tests.runtime.outbox_house import House

PEOPLE = ("ana", "ben", "eve", "joe")

failures: st.SearchStrategy[Callable[[], DeliveryError] | None] = st.sampled_from(
    [
        None,
        None,
        lambda: TemporarilyFailed("busy"),
        lambda: RateLimited("slow down", retry_after=1.0),
        lambda: RateLimited("too many", retry_after=1.0, everywhere=True),
    ]
)
people = st.sampled_from(PEOPLE)
acts = st.one_of(
    st.tuples(st.just("commit"), people),
    st.tuples(st.just("hear"), people),
    st.tuples(st.sampled_from(["block", "open", "read"]), st.just("")),
)


class Story:
    """Turns are committed, the sender hears of each commit a little later, and reads the store meanwhile.

    A conversation's next turn begins when the sender has heard of the last one, as the worker's queue has it.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._unheard: dict[str, Sequence[OutboxRow]] = {}
        self.said: dict[str, list[str]] = {person: [] for person in PEOPLE}

    async def by_a_former_process(self, person: str) -> None:
        await self.act("commit", person)
        self._unheard.clear()

    async def act(self, act: str, person: str) -> None:
        house = self._house
        match act:
            case "commit":
                self.hear(person)
                text = str(sum(map(len, self.said.values())))
                self.said[person].append(text)
                self._unheard[person] = await house.commit(person, text)
            case "hear":
                self.hear(person)
            case "block":
                house.screen.open.clear()
            case "open":
                house.screen.open.set()
            case _:
                await house.store.pending()
                await asyncio.sleep(0)

    def hear(self, person: str) -> None:
        self._house.sender.add(self._unheard.pop(person, ()))


@examples(150)
@given(
    before=st.lists(people, max_size=10),
    happens=st.lists(acts, max_size=60),
    failing=st.lists(failures, max_size=30),
    maximum=st.integers(1, 6),
    page=st.integers(1, 5),
)
async def test_every_reply_arrives_once_and_in_order(
    before: list[str],
    happens: list[tuple[str, str]],
    failing: list[Callable[[], DeliveryError] | None],
    maximum: int,
    page: int,
) -> None:
    store = SqliteStore.in_memory()
    await store.open()
    house = House(store)
    story = Story(house)
    try:
        for person in before:
            await story.by_a_former_process(person)
        # Between two failures a send succeeds, so that none fails too often in a row.
        house.screen.failures = [make() if make else None for each in failing for make in (each, None)]
        house.sender = house.new_sender(max_held=maximum, page=page)
        house.sender.start()
        for act, person in happens:
            await story.act(act, person)
        house.screen.open.set()
        for person in PEOPLE:
            story.hear(person)
        assert await house.statuses(PEOPLE) <= {DeliveryStatus.DELIVERED}
        for person in PEOPLE:
            assert house.screen.texts(person) == story.said[person]
    finally:
        await house.sender.close(grace=0)
        await store.close()
