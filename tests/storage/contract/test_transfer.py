"""Everything of a store, moved into another one: nothing is lost, nothing is doubled, wherever it breaks off."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.effects import Answer, IgnoreMessage, KeepEvidence, StartTimer
from messages.errors import AlreadySeen, BadInput, StoreError
from messages.pushes import PushState, RunState
from storage.enrolments import Enrolment
from storage.port import Store
from storage.records import AuditRow, DeliveryStatus
from storage.staff_port import StaffKind, StaffRecord
from storage.stores import compare_stores, copy_store, open_store
from storage.transfer import Kind
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database
from tests.storage.sending import (
    BOT,
    WEEKLY,
    change,
    defers,
    known_members,
    plain,
    push,
    push_due,
    run_of,
    skips,
    stands,
)
from tests.storage.talk import MINUTE, NOW, Talk, says

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT
TALKS = [
    Talk("ana"),
    Talk("ana", group="19:team"),
    Talk("bob"),
    Talk("4411", channel="workplace"),
    Talk("eve", "other"),
]
ERASED = [Talk(f"gone {number}") for number in range(4)]
MAKERS = {
    "sqlite": lambda folder, _: f"sqlite:///{folder}/{{}}.db",
    "redis": lambda _, number: empty_database(number),
    "redis-3-shards": lambda _, number: f"{empty_database(number)}?shards=3",
}
PAIRS = [
    pytest.param(source, target, id=f"{source} to {target}", marks=[] if source == target == "sqlite" else needs_redis)
    for source in MAKERS
    for target in MAKERS
]


def quiet(bot: str, kind: Kind, done: int) -> None:
    """Nobody watches."""


class Stores:
    """Opens stores and closes them."""

    def __init__(self, stack: AsyncExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder

    async def new(self, kind: str, name: str) -> Store:
        number = {"source": 3, "target": 4}[name]
        return await self.again(MAKERS[kind](self._folder, number).replace("{}", name))

    async def again(self, url: str) -> Store:
        store = open_store(url)
        await store.open()
        self._stack.push_async_callback(store.close)
        return store


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with AsyncExitStack() as stack:
        yield Stores(stack, tmp_path)


async def live(store: Store) -> None:
    """Everything that a store can hold, more than once."""
    for bot in ("wellbeing", "other"):
        await store.push(bot, "one", author="mia", at=NOW, note="first", expected_live=0)
        await store.push(bot, "two", author="bo", at=NOW + MINUTE, expected_live=1, rolled_back_to=1)
        await store.save_draft(bot, "draft", "mia", NOW)
    for turn in range(5):
        for talk in TALKS:
            effects = (
                says(f"{talk.user}{turn}"),
                KeepEvidence(f"{turn:016}", f"words {turn}"),
                IgnoreMessage(f"? {turn}"),
                StartTimer(f"t-{talk.key}-{turn}", NOW + turn * MINUTE),
                *([Answer("Done")] if turn == 1 else []),
            )
            consent = {"tips": IN if turn % 2 else OUT, **({ALL: OUT} if turn == 3 else {})}
            times = {"acted_at": NOW - turn * MINUTE / 7, "lowered": {"news": NOW + turn * MINUTE}}
            await talk.take(store, f"e{turn}-{talk.key}", *effects, consent=consent, fields={"n": turn}, **times)
    for talk in TALKS[:2]:
        rows = await store.deliveries(talk.bot, talk.key)
        delivered = msgspec.structs.replace(
            rows[0], status=DeliveryStatus.DELIVERED, channel_message_ids=("1",), sent=1
        )
        await store.record_delivery(delivered)
    await store.mark_unreachable("wellbeing", TALKS[2].key, "blocked", NOW + MINUTE)
    contact = (await TALKS[0].load(store)).contact
    assert contact is not None
    change = ConsentChange(contact.id, "vip", Membership.NONE, Membership.ADDED, NOW, SourceKind.CONSOLE, "mia")
    await store.change_consent("wellbeing", change)
    for words in ("one", "two"):
        await store.keep_revision("wellbeing", words, author="mia", at=NOW)
    ways = [Enrolment("wellbeing", name, f"c{n}", NOW, due=NOW) for n in range(5) for name in ("a", "b")]
    assert all(await store.save_enrolments("wellbeing", ways))
    await send(store)
    for number in range(4):
        await store.add_audit(AuditRow(0, "wellbeing", NOW, "mia", "unmask", TALKS[number % 2].key, f"row {number}"))
    for person in ERASED:
        await person.take(store, f"e-{person.key}", says("bye"), consent={"tips": IN})
        gone = (await person.load(store)).contact
        assert gone is not None
        await store.erase_contact(person.bot, gone.id, actor="mia", at=NOW)


async def send(store: Store) -> None:
    """A broadcast, a run that is over and one step, with pushes in several states."""
    await store.save_broadcast(WEEKLY)
    await store.save_broadcast(msgspec.structs.replace(WEEKLY, id="old", archived=True))
    people = await known_members(store, "p1", "p2", "p3", "p4")
    for run in ("r1", "r2"):
        await store.add_run(run_of([*people, 9999], run, family="r1", skipped={"holdout": [9999]}), RunState.RUNNING)
    await push(store, "p1")
    (row,) = await store.pushes(BOT, run="r1")
    await store.end_push(
        BOT, msgspec.structs.replace(row, state=PushState.SENT, sent_at=NOW + MINUTE, channel_message_ids=("1", "2"))
    )
    await store.receive_receipt(BOT, Talk("p1").key, PushState.READ, NOW + 2 * MINUTE, ids=["2"])
    await push(store, "p2", skips("unreachable: Blocked"))
    await push(store, "p3", defers())
    await push(store, "p4", skips(), due=push_due("intro/1/first"))
    for run in ("r1", "r2"):
        await change(store, RunState.CANCELLED, run)


async def test_runs_go_along_and_nobody_gets_one_of_their_family_again(stores: Stores) -> None:
    source, target = await stores.new("sqlite", "source"), await stores.new("sqlite", "target")
    await send(source)
    await copy_store(source, target, name="source", progress=quiet)
    await target.end_copy()
    for run in ("r1", "r2"):
        assert plain(await stands(target, run)) == plain(await stands(source, run))
    for run in ("r1", "intro/1/first"):
        rows = [await store.pushes(BOT, run=run) for store in (source, target)]
        assert rows[0] == [
            msgspec.structs.replace(row, number=before.number) for before, row in zip(*rows, strict=True)
        ]
    assert await target.broadcast(BOT, "old") is not None
    await target.add_run(run_of([1], "r3", family="r1"), RunState.RUNNING)
    with pytest.raises(AlreadySeen):
        await push(target, "p1", due=push_due("r3"))


async def test_a_store_is_not_copied_while_a_run_is_open(stores: Stores) -> None:
    source, target = await stores.new("sqlite", "source"), await stores.new("sqlite", "target")
    await known_members(source, "p1")
    await source.add_run(run_of([1]), RunState.PAUSED)
    with pytest.raises(BadInput, match="run r1 of bot wellbeing is paused"):
        await copy_store(source, target, name="source", progress=quiet)


@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_accounts_come_along_and_what_lets_somebody_in_does_not(stores: Stores, source: str, target: str) -> None:
    left, right = await stores.new(source, "source"), await stores.new(target, "target")
    user = StaffRecord(StaffKind.USER, "ana@example.org", 1, b"one")
    assert await left.save_staff_record(user)
    assert await left.save_staff_record(user._replace(version=2, record=b"two"))
    for kind in (StaffKind.SESSION, StaffKind.LINK, StaffKind.ATTEMPTS):
        assert await left.save_staff_record(StaffRecord(kind, "x", 1, b"", NOW + MINUTE))
    for _ in range(2):  # again, as after it broke off
        await copy_store(left, right, name="source", progress=quiet)
    await right.end_copy()
    assert await right.staff_record(StaffKind.USER, user.key) == user._replace(record=b"two")
    kept = {kind for kind in StaffKind if await right.staff_records(kind)}
    assert kept == {StaffKind.USER}


async def seen_by_users(store: Store) -> list[object]:
    """What turns and ops get to see, without numbers that are each store's own."""
    seen: list[object] = []
    for talk in TALKS:
        seen.append(await talk.load(store, f"e1-{talk.key}", evidence=f"{2:016}"))
        seen.append(await store.conversation(talk.bot, talk.key))
        seen.append(await store.journal(talk.bot, talk.key))
        rows = await store.deliveries(talk.bot, talk.key)
        seen.append([msgspec.structs.replace(row, sequence=0) for row in rows])
        contact = (await talk.load(store)).contact
        assert contact is not None
        seen.append([row.change for row in await store.ledger(talk.bot, contact=contact.id)])
    seen += [await person.load(store) for person in ERASED]
    for person in ERASED:
        contact_id = f"c_turn-e-{person.key}_1"
        (name,) = await store.conversations_of(person.bot, contact_id)
        seen += [name, await store.conversation(person.bot, name), await store.journal(person.bot, name)]
        seen += [row.change for row in await store.ledger(person.bot, contact=contact_id)]
        seen.append((await person.load(store)).contact)
    for bot in ("wellbeing", "other"):
        seen += [await store.audit(bot), await store.audit(bot, target=TALKS[1].key)]
        seen += [await store.enrolments(bot, "a"), await store.enrolments(bot, "b")]
        seen += [await store.live(bot), await store.history(bot), await store.draft(bot), await store.revision(bot, 1)]
        seen += [await store.kept_revisions(bot), await store.revision(bot, -2)]
        seen.append([contact.id for contact in await store.members(bot, "vip")])
        seen.append(sorted(message.text for message in await store.ignored(bot)))
        seen.append((await store.verify_ledger(bot)).differences)
    due = await store.due_timers(NOW + 9 * MINUTE)
    seen.append(sorted(due, key=lambda timer: (timer.bot, timer.timer)))
    return seen


@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_everything_is_there_afterwards(stores: Stores, source: str, target: str) -> None:
    left, right = await stores.new(source, "source"), await stores.new(target, "target")
    await live(left)
    await copy_store(left, right, "left", quiet)
    assert all(each.is_same for each in await compare_stores(left, right, quiet))
    await right.end_copy()
    assert await seen_by_users(right) == await seen_by_users(left)
    row = AuditRow(0, "wellbeing", NOW, "mia", "unmask", TALKS[0].key)
    assert (await right.add_audit(row)).sequence == (await left.add_audit(row)).sequence
    await TALKS[0].take(right, "later", says("later"), consent={"tips": IN})
    assert (await right.verify_ledger("wellbeing")).differences == ()


@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_a_copy_goes_on_wherever_it_broke_off(
    stores: Stores, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every page once, after the page was written and before anybody heard of it."""
    monkeypatch.setattr("storage.stores.PAGE", 3)
    left, right = await stores.new(source, "source"), await stores.new(target, "target")
    await live(left)
    pages = 0

    class Broken(Exception):
        pass

    def break_at(bot: str, kind: Kind, done: int) -> None:
        nonlocal pages
        pages += 1
        if pages % 2:
            raise Broken

    for _ in range(1000):
        try:
            await copy_store(left, right, "left", break_at)
        except Broken:
            continue
        break
    compared = await compare_stores(left, right, quiet)
    assert [each for each in compared if not each.is_same] == []
    assert pages > 20


@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_a_bot_that_was_never_pushed_moves_too(stores: Stores, source: str, target: str) -> None:
    old, new = await stores.new(source, "source"), await stores.new(target, "target")
    await old.save_draft("wellbeing", "draft", "mia", NOW)
    await copy_store(old, new, "old", quiet)
    assert all(each.is_same for each in await compare_stores(old, new, quiet))


@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_half_a_copy_serves_nobody(stores: Stores, source: str, target: str) -> None:
    left, right = await stores.new(source, "source"), await stores.new(target, "target")
    await live(left)
    await right.begin_copy("left")
    with pytest.raises(StoreError, match="a copy of left into this store is not finished"):
        await right.acquire_server_lease()
    with pytest.raises(BadInput, match="a part of left"):
        await copy_store(left, right, "another", quiet)


@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_a_target_that_holds_something_is_left_alone(stores: Stores, source: str, target: str) -> None:
    left, right = await stores.new(source, "source"), await stores.new(target, "target")
    await live(left)
    await right.push("mine", "text", author="mia", at=NOW, expected_live=0)
    with pytest.raises(BadInput, match="holds bots already"):
        await copy_store(left, right, "left", quiet)
    assert await right.all_bots() == ["mine"]


@pytest.mark.parametrize("target", [pytest.param("sqlite"), pytest.param("redis", marks=needs_redis)])
async def test_a_difference_is_found(stores: Stores, target: str) -> None:
    left, right = await stores.new("sqlite", "source"), await stores.new(target, "target")
    await live(left)
    await copy_store(left, right, "left", quiet)
    await TALKS[0].take(right, "more", says("more"))
    differing = {each.kind for each in await compare_stores(left, right, quiet) if not each.is_same}
    assert differing == {Kind.CONVERSATIONS, Kind.EVENTS, Kind.JOURNAL_ENDS, Kind.JOURNAL, Kind.REPLIES}


@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_what_is_forgotten_of_the_journal_leaves_the_rest_to_be_copied(
    stores: Stores, source: str, target: str
) -> None:
    left, right = await stores.new(source, "source"), await stores.new(target, "target")
    await live(left)
    assert await left.prune_journal(keep_bytes=0) > 0
    await TALKS[0].take(left, "later", at=NOW + MINUTE)
    await copy_store(left, right, "left", quiet)
    assert [each.kind for each in await compare_stores(left, right, quiet) if not each.is_same] == []
    await right.end_copy()
    assert (await TALKS[1].load(right, f"e1-{TALKS[1].key}")).seen
    assert len((await right.journal_page("wellbeing")).turns) == 1
    everything = await left.prune(NOW + 9 * MINUTE, timedelta())
    assert (await right.prune(NOW + 9 * MINUTE, timedelta())).seen_events == everything.seen_events
