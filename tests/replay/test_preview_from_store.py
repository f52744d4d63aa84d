"""A preview out of a store: turns of several conversations in their order, staff's acts, merges, what is gone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audiences.contacts import change_tags, edit_contact, merge_contacts
from audiences.context import Context
from audiences.members import change_members
from cli.preview_feed import PersonFeed, people_of
from cli.replay import preview
from consent.membership import Act
from messages.consent import ConsentChange, SourceKind
from messages.contact import Contact
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationReference,
    ConversationStarted,
    InboundEvent,
    Sender,
    TextReceived,
)
from publishing.flows import live_bot
from replay.comparison import GroupKind
from replay.contact_life import Merged
from replay.preview_pool import RawEvent, Totals
from replay.recorded import read_turn
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from runtime.turns import TurnWorker
from staff.acting import Staff
from storage.port import Store
from storage.records import JournalEntry, RecordedTurn
from storage.stores import open_store
from tests.flows.engine.conversation import BEGIN, KEY, buttons_in
from tests.replay import flows
from tests.storage.contract.subjects import SUBJECTS

BOT = "small"
MIA = Staff("mia", SourceKind.CONSOLE)
OPTS_OUT = flows.FLOW.replace('{is: "pet", message: ask}', '{is: "pet", message: ask, opt_out: tips}')


class Town:
    """A bot on a real store, with a clock that each act moves a second on."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = BEGIN
        self._events = 0
        self._worker = TurnWorker(store, RevisionCache(store), keys=[KEY], clock=self.tick, metrics=Metrics())

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    async def does(self, user: str, action: Action, place: str = "") -> None:
        self._events += 1
        reference = ConversationReference("teams", place or f"a:{user}", user, "28:b")
        event = InboundEvent(f"e{self._events}", reference, Sender(user, name=user.title()), action, sent_at=self.now)
        await self._worker.handle(BOT, event)

    async def presses(self, user: str, label: str) -> None:
        rows = [row for row in await self.store.pending(limit=1000) if row.conversation == f"teams:a:{user}"]
        (payload, *_) = [b.payload for row in reversed(rows) for b in buttons_in(row.message) if b.label == label]
        await self.does(user, ButtonPressed(payload, label=label))

    async def contact(self, user: str) -> str:
        found = await self.store.conversation(BOT, f"teams:a:{user}")
        assert found is not None
        return found.contact.id

    async def staff(self, act: Act, segment: str, *users: str) -> list[str]:
        people = [await self.contact(user) for user in users]
        context = Context(self.store, BOT, await live_bot(self.store, BOT), MIA, self.tick())
        return [result.outcome for result in (await change_members(context, segment, act, people)).outcomes]

    async def previews(self, text: str = OPTS_OUT, since: datetime | None = None) -> Totals:
        await self.store.save_draft(BOT, text, "mia", self.tick())
        return await preview(self.store, BOT, "draft", since, 1)


@pytest.fixture(params=SUBJECTS[:2])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    store = open_store(request.param(tmp_path))
    await store.open()
    town = Town(store)
    await store.push(BOT, flows.FLOW, author="mia", at=BEGIN, expected_live=0)
    try:
        yield town
    finally:
        await store.close()


def texts(totals: Totals, *, end: bool) -> dict[str, tuple[GroupKind, int]]:
    return {one.group.text: (one.group.kind, one.counted.people) for one in totals.groups if one.group.end is end}


async def test_events_come_in_order_over_conversations_and_the_ledger(town: Town) -> None:
    await town.does("ana", ConversationStarted())
    await town.does("ana", TextReceived("join"), "a:other")
    await town.staff(Act.ADD, "tips", "ana")
    await town.does("ana", TextReceived("what?"), "a:other")
    await town.does("ana", TextReceived("stop"))
    contact = await town.contact("ana")
    keys = await town.store.conversations_of(BOT, contact)
    assert len(keys) == 2
    feed = PersonFeed(town.store, BOT, contact, keys, None)
    told = [_told(event) async for event in feed.events()]
    assert told == ["now", "teams:a:ana", "teams:a:other", "news by keyword", "tips by console", "teams:a:other",
                    "teams:a:ana", "* by keyword", "news by keyword", "tips by keyword"]  # fmt: skip


def _told(event: RawEvent) -> str:
    match event:
        case Contact():
            return "now"
        case ConsentChange(subject=subject, source=source):
            return f"{subject} by {source.value}"
        case Merged(kept=kept, gone=gone):
            return f"{gone} became {kept}"
        case RecordedTurn():
            entry = read_turn(event)
            assert isinstance(entry, JournalEntry)
            return entry.conversation


async def test_staff_between_and_after_turns(town: Town) -> None:
    """18 people were added after the last turn; one of them is out on the draft, and would have been left out."""
    for number in range(18):
        await town.does(f"user{number}", ConversationStarted())
    await town.does("user0", TextReceived("pet"))
    users = [f"user{number}" for number in range(18)]
    assert await town.staff(Act.ADD, "tips", *users) == ["added"] * 18
    totals = await town.previews()
    assert (totals.people, totals.conversations, totals.turns) == (18, 18, 19)
    assert texts(totals, end=True) == {"would end opted out of *tips*": (GroupKind.OPTED_OUT, 1)}
    acts = texts(totals, end=False)
    assert acts["staff adding them would not count: opted out"] == (GroupKind.DATA, 1)
    assert acts["would be opted out of *tips*: keyword *pet*"] == (GroupKind.OPTED_OUT, 1)


async def test_edits_are_carried_as_edits(town: Town) -> None:
    tags = flows.FLOW.replace("I did not get that.}", "I did not get that.}, {add_tag: lost}")
    await town.does("ana", TextReceived("what?"))
    await edit_contact(town.store, BOT, await town.contact("ana"), change_tags(["vip"], []), MIA, town.tick(), "tag")
    await town.does("ana", TextReceived("what?"))
    await edit_contact(
        town.store, BOT, await town.contact("ana"), change_tags(["late"], ["vip"]), MIA, town.tick(), "t"
    )
    totals = await town.previews(tags)
    (group, counted, examples), *_ = totals.groups
    assert (group.text, counted.turns) == ("a text that nothing answers now adds tag *lost*", 1)
    assert examples[0].draft is not None
    assert examples[0].draft.tags_added == ("lost",)


async def test_people_merged_live_are_two_until_then(town: Town) -> None:
    await town.does("ana", ConversationStarted())
    await town.presses("ana", "Yes please")
    await town.does("ben", TextReceived("pet"))
    await town.does("ben", TextReceived("Rex"))
    await town.does("ana", TextReceived("join"))
    ana, ben = [await town.store.person(BOT, await town.contact(user)) for user in ("ana", "ben")]
    assert ana is not None
    assert ben is not None
    await merge_contacts(town.store, BOT, ana, ben, MIA, town.tick())
    await town.does("ben", TextReceived("what?"))
    totals = await town.previews()
    assert (totals.people, totals.conversations, totals.turns) == (1, 2, 6)
    assert texts(totals, end=True) == {"would end opted out of *tips*": (GroupKind.OPTED_OUT, 1)}
    assert texts(totals, end=False) == {
        "would be opted out of *tips*: keyword *pet*": (GroupKind.OPTED_OUT, 1),
        "would be opted out of *tips*: another contact became one person with them": (GroupKind.OPTED_OUT, 1),
    }


async def test_who_was_erased_is_counted_as_such(town: Town) -> None:
    for user in ("ana", "ben"):
        await town.does(user, ConversationStarted())
        await town.does(user, TextReceived("pet"))
    await town.store.erase_contact(BOT, await town.contact("ben"), actor="mia", at=town.tick())
    totals = await town.previews()
    assert (totals.people, totals.turns, totals.erased_people, totals.erased_turns) == (1, 2, 1, 2)


async def test_what_was_pruned_is_counted_as_such(town: Town) -> None:
    await town.does("ana", ConversationStarted())
    await town.presses("ana", "Yes please")
    town.now += timedelta(days=40)
    pruned_before = town.now
    await town.does("ana", TextReceived("pet"))
    await town.does("ben", TextReceived("pet"))
    assert await town.store.prune_journal(before=pruned_before) == 2
    totals = await town.previews()
    assert (totals.people, totals.turns, totals.pruned) == (2, 2, 1)
    later = await town.previews(since=pruned_before)
    assert later.pruned == 0  # all that was asked for is kept
    assert texts(totals, end=True)["would end opted out of *tips*"] == (GroupKind.OPTED_OUT, 2)


async def test_people_come_once(town: Town) -> None:
    for user in ("ana", "ben"):
        for place in ("", "a:other"):
            await town.does(user, TextReceived("join"), place and f"{place}-{user}")
    people = [person async for person in people_of(town.store, BOT, datetime(2026, 1, 1, tzinfo=UTC))]
    assert [person.place for person in people] == [1, 2]
