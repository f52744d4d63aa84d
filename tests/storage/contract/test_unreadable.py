"""A record that this version can't read stops no other: not of its bot, and not of another."""

import pytest
from structlog.testing import capture_logs

from messages.effects import StartTimer
from messages.errors import UnreadableRecord
from storage.port import Store
from tests.storage.contract.audiences.people import AT
from tests.storage.contract.audiences.test_imports import LATER, job
from tests.storage.contract.audiences.test_segments import PRESS, VIPS
from tests.storage.contract.conftest import Opener
from tests.storage.damage import damage
from tests.storage.talk import MINUTE, NOW, Talk, says


@pytest.fixture
async def store(open_another: Opener) -> Store:
    """One that may be damaged: the check of the journal after each test would tell of it."""
    return await open_another()


BAD, GOOD, OTHER = Talk("ana"), Talk("ben"), Talk("eve", bot="zoo")


def met(store: Store) -> list[tuple[str, str]]:
    return [(each.kind, each.bot) for each in store.unreadable.found()]


async def test_timers_beside_one_that_cannot_be_read_are_due(store: Store, url: str) -> None:
    for number, talk in enumerate((BAD, GOOD, OTHER)):
        await talk.take(store, f"e-{talk.user}", StartTimer(f"t{number}", NOW + number * MINUTE))
    damage(url, "timer", BAD.bot, BAD.key)
    with capture_logs() as logs:
        for _ in range(3):
            due = await store.due_timers(NOW + 9 * MINUTE)
            assert [(timer.bot, timer.timer) for timer in due] == [(GOOD.bot, "t1"), ("zoo", "t2")]
            (first,) = await store.due_timers(NOW + 9 * MINUTE, 1)
            assert list(await store.due_timers(NOW + 9 * MINUTE, 1, after=first)) == [due[1]]
            assert list(await store.due_timers(NOW + 9 * MINUTE, after=due[1])) == []
    assert [line["event"] for line in logs] == ["cannot read a record"]
    assert met(store) == [("timer", BAD.bot)]
    with pytest.raises(UnreadableRecord):
        await BAD.load(store)
    assert (await GOOD.load(store)).state is not None


async def test_timers_of_one_moment_come_page_by_page(store: Store) -> None:
    talks = [Talk(f"u{number}", bot=bot) for number in range(4) for bot in ("zoo", "bar")]
    for number, talk in enumerate(talks):
        await talk.take(store, f"e-{talk.user}", StartTimer(f"t{number}", NOW))
    whole = list(await store.due_timers(NOW))
    paged, last = [], None
    while page := await store.due_timers(NOW, 3, after=last):
        paged += page
        last = page[-1]
    assert paged == whole
    assert len(whole) == 8


async def test_the_next_timer_may_be_asked_for_after_a_time(store: Store) -> None:
    await GOOD.take(store, "e1", StartTimer("t1", NOW), StartTimer("t2", NOW + MINUTE))
    assert await store.next_timer() == NOW
    assert await store.next_timer(after=NOW) == NOW + MINUTE
    assert await store.next_timer(after=NOW + MINUTE) is None


async def test_replies_beside_one_that_cannot_be_read_are_there(store: Store, url: str) -> None:
    for talk in (BAD, GOOD, OTHER):
        await talk.take(store, f"e-{talk.user}", says("one"), says("two"))
    damage(url, "reply", BAD.bot, BAD.key)
    rows = await store.pending()
    assert sorted((row.bot, row.conversation) for row in rows) == [
        (talk.bot, talk.key) for talk in (GOOD, GOOD, OTHER, OTHER)
    ]
    assert [row.sequence for row in await store.pending(limit=3)] == [row.sequence for row in rows[:3]]
    assert [row.sequence for row in await store.pending(after=rows[2].sequence)] == [rows[3].sequence]
    assert (await store.outbox_depth())[0] == 6
    assert {kind for kind, _ in met(store)} == {"reply"}


async def test_imports_behind_one_that_cannot_be_read_are_run(store: Store, url: str) -> None:
    first, second = await job(store, "j1"), await job(store, "j2")
    damage(url, "import", first.bot, "j1")
    found = await store.claim_import("w1", AT, LATER)
    assert found is not None
    assert found.id == second.id
    assert await store.claim_import("w2", AT, LATER) is None
    assert [each.id for each in await store.imports(first.bot)] == ["j2"]
    assert met(store) == [("import", first.bot)]


async def test_people_beside_one_who_cannot_be_read_are_followed(store: Store, url: str) -> None:
    for talk in (BAD, GOOD):
        await talk.take(store, f"e-{talk.user}")
    ana, ben = [person.contact.id for person in await store.people(BAD.bot)]
    damage(url, "contact", BAD.bot, ana)
    assert [person.contact.id for person in (await store.follow_people(BAD.bot)).people] == [ben]
    people = await store.people(BAD.bot, limit=1)
    assert [person.contact.id for person in people] == [ben]
    assert len(await store.people_numbered(BAD.bot, [person.number for person in people])) == 1
    assert {kind for kind, _ in met(store)} == {"contact"}


async def test_segments_beside_one_that_cannot_be_read_are_there(store: Store, url: str) -> None:
    for segment in (PRESS, VIPS):
        await store.save_segment(segment)
    damage(url, "segment", PRESS.bot, "press")
    assert [segment.id for segment in await store.segments(PRESS.bot)] == ["vips"]
    assert met(store) == [("segment", PRESS.bot)]
