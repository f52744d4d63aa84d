"""Work that turns leave: written with the turn, given out by lease, in order of its lane, gone with its person."""

from datetime import timedelta

from msgspec.structs import replace

from messages.effects import Call, Notify, NotifyConsent, WorkEffect
from storage.port import Store
from storage.transfer import Kind, Page
from storage.work import Work, WorkFeed, WorkState, lane_of
from tests.storage.talk import NOW, Talk

ANA, BEN = Talk("ana"), Talk("ben")
LEASE = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)


def call(name: str) -> Call:
    return Call(name, "roster", "shifts", {"day": "2027-01-15"}, ("mine",))


def told(name: str, hook: str = "crm") -> Notify:
    return Notify(name, hook, "emit:swap", {"who": "Ana Lund"})


async def left(store: Store, talk: Talk, event: str, *effects: WorkEffect) -> str:
    """Take a turn that leaves work; return its contact."""
    await talk.take(store, event, *effects)
    contact = (await talk.load(store)).contact
    assert contact is not None
    return contact.id


async def ids(store: Store, at: object = NOW, limit: int = 100) -> list[str]:
    del at
    return [work.id for work in await store.take_work(NOW, LEASE, limit=limit)]


async def test_a_turn_leaves_its_work_and_where_its_outcome_goes(store: Store) -> None:
    contact = await left(store, ANA, "e1", call("f_1"))
    (work,) = await store.take_work(NOW, LEASE)
    assert (work.bot, work.kind, work.conversation, work.contact) == ("wellbeing", "call", ANA.key, contact)
    assert (work.effect, work.reference, work.attempts) == (call("f_1"), ANA.reference, 1)


async def test_it_is_one_servers_until_the_lease_is_over(store: Store) -> None:
    await left(store, ANA, "e1", call("f_1"))
    (first,) = await store.take_work(NOW, LEASE)
    assert await store.take_work(NOW, LEASE) == []
    assert await store.next_work() == LEASE
    (second,) = await store.take_work(LEASE, LATER)
    assert second.attempts == 2
    assert not await store.end_work(first), "whose lease is over ends nothing"
    assert not await store.keep_work(first)
    assert await store.end_work(second)
    assert await store.next_work() is None
    assert not await store.end_work(second)


async def test_what_failed_is_due_again_when_it_says(store: Store) -> None:
    await left(store, ANA, "e1", call("f_1"))
    (work,) = await store.take_work(NOW, LEASE)
    assert await store.keep_work(replace(work, due=LATER, reason="503"))
    assert await store.take_work(LEASE, LATER) == []
    (again,) = await store.take_work(LATER, LATER + timedelta(minutes=1))
    assert (again.reason, again.attempts) == ("503", 2)


async def test_a_lane_is_done_in_order_and_holds_no_other_up(store: Store) -> None:
    await left(store, ANA, "e1", told("f_1"), told("f_2"), told("f_x", "other"))
    await left(store, BEN, "e2", told("f_3"))
    taken = await store.take_work(NOW, LEASE)
    assert sorted(work.id for work in taken) == ["f_1", "f_3", "f_x"]
    first = next(work for work in taken if work.id == "f_1")
    assert await store.keep_work(replace(first, due=LATER, reason="503"))
    assert await store.take_work(NOW, LEASE) == [], "what is behind it waits with it"
    (again,) = [work for work in await store.take_work(LATER, LATER + timedelta(minutes=1)) if work.id == "f_1"]
    await store.end_work(again)
    assert await ids(store) == ["f_2"]


async def test_what_is_given_up_lets_its_lane_go_on_and_can_be_sent_again(store: Store) -> None:
    await left(store, ANA, "e1", told("f_1"), told("f_2"))
    (first,) = await store.take_work(NOW, LEASE)
    assert await store.keep_work(replace(first, state=WorkState.DEAD, reason="404"))
    assert [(work.id, work.reason) for work in await store.dead_work("wellbeing")] == [("f_1", "404")]
    assert await store.work_counts("wellbeing") == {
        ("notify", WorkState.DEAD): 1,
        ("notify", WorkState.WAITING): 1,
    }
    assert await ids(store) == ["f_2"]
    assert await store.work_again("wellbeing", "f_1", NOW)
    assert not await store.work_again("wellbeing", "f_1", NOW)
    assert not await store.work_again("wellbeing", "f_9", NOW)
    assert await ids(store) == ["f_1"]
    assert await store.dead_work("wellbeing") == []


async def test_a_row_that_is_there_is_not_added_again(store: Store) -> None:
    row = Work("wellbeing", NotifyConsent("7/crm", "crm", 7), NOW, NOW, contact="c_1")
    row = replace(row, lane=lane_of(row.effect, row.contact))
    await store.add_work("wellbeing", [row])
    await store.add_work("wellbeing", [row, replace(row, effect=NotifyConsent("8/crm", "crm", 8))])
    assert await ids(store) == ["7/crm"]
    assert await store.work_counts("wellbeing") == {("notify_consent", WorkState.WAITING): 2}


async def test_erasing_takes_what_is_said_of_a_person_and_leaves_what_consent_says(store: Store) -> None:
    contact = await left(store, ANA, "e1", call("f_1"), told("f_2"))
    ben = await left(store, BEN, "e2", told("f_3"))
    rows = [Work("wellbeing", NotifyConsent("7/crm", "crm", 7), NOW, NOW, contact=contact)]
    await store.add_work("wellbeing", rows)
    (dead,) = [work for work in await store.take_work(NOW, NOW) if work.id == "f_2"]
    await store.keep_work(replace(dead, state=WorkState.DEAD, reason="404"))
    await store.erase_contact("wellbeing", contact, actor="dpo", at=NOW)
    kept = await store.take_work(LATER, LATER)
    assert sorted((work.id, work.contact) for work in kept) == [("7/crm", contact), ("f_3", ben)]
    assert await store.dead_work("wellbeing") == []


async def test_a_copy_has_it_all(store: Store) -> None:
    await left(store, ANA, "e1", told("f_1"), told("f_2"), call("f_3"))
    (dead,) = [work for work in await store.take_work(NOW, NOW) if work.id == "f_3"]
    await store.keep_work(replace(dead, state=WorkState.DEAD, reason="404"))
    rows: list[Work] = []
    page = Page((), "")
    while True:
        page = await store.export("wellbeing", Kind.WORK, page.after, 2)
        rows += [row for row in page.records if isinstance(row, Work)]
        if not page.after:
            break
    assert [row.id for row in rows] == ["f_1", "f_2", "f_3"]
    assert [row.state for row in rows] == [WorkState.WAITING, WorkState.WAITING, WorkState.DEAD]


async def test_how_far_was_followed_is_kept(store: Store) -> None:
    assert await store.work_feed("wellbeing") == WorkFeed()
    feed = WorkFeed((4, 2), 9, begun=True)
    await store.set_work_feed("wellbeing", feed)
    assert await store.work_feed("wellbeing") == feed
    assert await store.work_feed("two") == WorkFeed()
