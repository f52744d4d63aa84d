"""Enrolments follow the ledger, on every store: who joins, leaves, comes back, is added by the thousand, is merged."""

from datetime import datetime, timedelta

import pytest

from consent.membership import Act
from consent.merging import merge_people
from flows.compile import compile_revision
from flows.revision import Revision
from flows.source.read import read_flow
from messages.consent import Membership, SourceKind
from messages.contact import Contact
from runtime.tasks.sequences import Enroller
from schedules.wall_clock import zone
from storage.audience_records import StaffChange
from storage.enrolments import Enrolment, EnrolmentFeed, EnrolmentState
from storage.port import Store
from storage.redis.shards import shard_of
from tests.storage.contract import conftest
from tests.storage.talk import NOW, Talk

url, open_another, kept = conftest.url, conftest.open_another, conftest.store
IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT
DAY = timedelta(days=1)
NEIGHBOUR = next(name for name in map(str, range(99)) if shard_of("teams", name, 3) == shard_of("teams", "ana", 3))
"""A store of several shards can join people of one of them."""

FLOW = """
assent: 1
bot: wellbeing
name: Wellbeing
languages: [en]
welcome: first
default: first
sequences:
  course:
    name: Sleep course
    purpose: Two messages in two days.
    steps:
      - {id: one, wait: 1d, message: first}
      - {id: two, wait: 1d, message: second}
messages:
  first: {parts: [{text: One.}]}
  second: {parts: [{text: Two.}]}
"""
LONGER = FLOW.replace("{id: one, wait: 1d,", "{id: one, wait: 3d,")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Following:
    """An enroller of its own on a store, and the flow that is live for it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        self.flow = FLOW
        self.enroller = self.another()

    def another(self) -> Enroller:
        return Enroller(self.store, self.live, self.clock, zone("UTC"))

    async def live(self, bot: str) -> Revision:
        assert bot == "wellbeing"
        return compile_revision(read_flow(self.flow, "flow.yaml").bot, 1, str(hash(self.flow)))

    async def follow(self) -> None:
        while await self.enroller.follow("wellbeing"):
            pass

    async def of(self, contact: str) -> Enrolment | None:
        (found,) = await self.store.known_enrolments("wellbeing", [("course", contact)])
        return found


@pytest.fixture
def following(kept: Store) -> Following:
    return Following(kept)


async def joins(store: Store, user: str, event: str, state: Membership = IN, at: datetime = NOW) -> str:
    talk = Talk(user)
    await talk.take(store, event, consent={"sequence:course": state}, at=at)
    contact = (await talk.load(store)).contact
    assert contact is not None
    return contact.id


async def test_who_opts_in_is_enrolled_and_who_leaves_is_out(following: Following) -> None:
    ana = await joins(following.store, "ana", "e1")
    await joins(following.store, "ben", "e2", state=OUT)
    await following.follow()
    found = await following.of(ana)
    assert found is not None
    assert (found.step, found.due, found.entered_at) == ("one", NOW + DAY, NOW)
    assert await following.store.enrolment_counts("wellbeing") == {("course", EnrolmentState.ACTIVE): 1}
    following.clock.now = NOW + DAY / 2
    await joins(following.store, "ana", "e3", state=OUT, at=NOW + DAY / 2)
    await following.follow()
    out = await following.of(ana)
    assert out is not None
    assert (out.state, out.due, out.ended_at) == (EnrolmentState.LEFT, None, NOW + DAY / 2)
    assert await following.store.next_enrolment() is None


async def test_reading_the_ledger_again_from_its_beginning_changes_nothing(following: Following) -> None:
    ana = await joins(following.store, "ana", "e1")
    await joins(following.store, "ana", "e2", state=OUT, at=NOW + DAY)
    await joins(following.store, "ana", "e3", at=NOW + 2 * DAY)
    await following.follow()
    before = await following.of(ana)
    assert before is not None
    assert before.state is EnrolmentState.ACTIVE
    feed = await following.store.enrolment_feed("wellbeing")
    await following.store.set_enrolment_feed("wellbeing", EnrolmentFeed((), feed.computed_by))
    following.enroller = following.another()
    await following.follow()
    assert await following.of(ana) == before


async def test_a_thousand_who_are_added_at_once_are_enrolled_once_each_by_two_servers(following: Following) -> None:
    store = following.store
    for number in range(1200):
        await store.add_contact("wellbeing", Contact(id=f"p{number}", identities=(), created_at=NOW))
    people = [person.number for person in await store.people("wellbeing", limit=2000)]
    change = StaffChange("sequence:course", Act.ADD, NOW, SourceKind.CSV, "mia", people)
    await store.change_many("wellbeing", change)
    other = following.another()
    await following.follow()
    while await other.follow("wellbeing"):
        pass
    assert await store.enrolment_counts("wellbeing") == {("course", EnrolmentState.ACTIVE): 1200}
    page = await store.enrolments("wellbeing", "course", limit=2000)
    assert {(each.due, each.version) for each in page} == {(NOW + DAY, 1)}


async def test_a_push_of_another_wait_moves_what_is_due(following: Following) -> None:
    ana = await joins(following.store, "ana", "e1")
    await following.follow()
    following.flow = LONGER
    await following.follow()
    found = await following.of(ana)
    assert found is not None
    assert found.due == NOW + 3 * DAY


async def test_nothing_of_a_paused_sequence_is_due_until_it_goes_on(following: Following) -> None:
    ana = await joins(following.store, "ana", "e1")
    await following.follow()
    assert await following.store.pause_sequence("wellbeing", "course", paused=True)
    assert not await following.store.pause_sequence("wellbeing", "course", paused=True)
    await following.follow()
    await joins(following.store, "ben", "e2")
    await following.follow()
    assert await following.store.next_enrolment() is None
    following.clock.now = NOW + 5 * DAY
    assert await following.store.pause_sequence("wellbeing", "course", paused=False)
    await following.follow()
    found = await following.of(ana)
    assert found is not None
    assert (found.state, found.had) == (EnrolmentState.DONE, ("one", "two")), "both were too late by then"


async def test_who_takes_over_another_contact_goes_on_where_either_was(following: Following) -> None:
    store = following.store
    ana, old = await joins(store, "ana", "e1"), await joins(store, NEIGHBOUR, "e2", at=NOW - 2 * DAY)
    await following.follow()
    found = await following.of(old)
    assert found is not None
    await store.save_enrolments("wellbeing", [type(found)(**{**_fields(found), "had": ("one",), "base": NOW})])
    here, gone = await store.person("wellbeing", ana), await store.person("wellbeing", old)
    assert here is not None
    assert gone is not None
    ours, theirs = await store.memberships("wellbeing", ana), await store.memberships("wellbeing", old)
    merge = merge_people(here.contact, ours, gone.contact, theirs, at=NOW, actor="mia")
    await store.merge_contacts("wellbeing", merge.kept, merge.gone, merge.changes)
    await following.follow()
    after, left = await following.of(ana), await following.of(old)
    assert after is not None
    assert left is not None
    assert (after.had, after.step, after.due) == (("one",), "two", NOW + DAY)
    assert (left.state, left.due) == (EnrolmentState.LEFT, None)


def _fields(one: Enrolment) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__struct_fields__}
