"""A preview of people who were merged, out of a store: by audit, by ledger, and by nothing but what is seen later."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from audiences.contacts import merge_contacts
from cli.preview_feed import PersonFeed
from consent.membership import Act
from consent.merging import merge_people
from flows.compile import CompiledRevisions, RevisionSource, compiled
from messages.consent import ConsentChange, Membership
from messages.inbound import TextReceived
from replay.comparison import DoubtCause, PersonEnd, Step, StepKind
from replay.contact_life import Merged
from replay.life import Life
from replay.recorded import Unreadable, read_turn
from replay.simulation import Simulation
from storage.records import RecordedTurn
from storage.stores import open_store
from tests.replay.test_preview_from_store import BOT, MIA, Town
from tests.storage.contract.subjects import SUBJECTS

OUT = Membership.OPTED_OUT


def flow(**consent: str) -> str:
    """A bot that says whether somebody is opted out of the tips; `consent`: what "hi" does besides."""
    told = {"if": {"segment": "tips", "is": "opted_out"}, "then": [{"text": "You left."}], "else": [{"text": "Well."}]}
    return orjson.dumps(
        {
            "assent": "1",
            "bot": BOT,
            "name": "Small",
            "languages": ["en"],
            "segments": {"tips": {"name": "Tips", "purpose": "A tip a week."}},
            "default": "hello",
            "keywords": [{"is": "hi", "message": "hello", **consent}, {"is": "out?", "message": "told"}],
            "messages": {"hello": {"parts": [{"text": "Good day."}]}, "told": {"parts": [told]}},
        }
    ).decode()


LIVE, DRAFT = flow(), flow(opt_out="tips")


class Village(Town):
    """A town whose preview is told step by step."""

    async def merges(self, kept: str, gone: str, *, audited: bool = True) -> None:
        one, other = [await self.store.person(BOT, await self.contact(user)) for user in (kept, gone)]
        assert one is not None
        assert other is not None
        if audited:
            await merge_contacts(self.store, BOT, one, other, MIA, self.tick())
            return
        ours, theirs = [await self.store.memberships(BOT, each.contact.id) for each in (one, other)]
        plan = merge_people(one.contact, ours, other.contact, theirs, at=self.tick(), actor="mia")
        await self.store.merge_contacts(BOT, plan.kept, plan.gone, plan.changes)

    async def lived(self, user: str) -> tuple[list[Step], list[PersonEnd]]:
        """What a preview of the draft tells of a person."""
        found = await self.store.revision(BOT, 1)
        assert found is not None
        recorded = RevisionSource(1, found[0].digest, found[1])
        draft = compiled(BOT, RevisionSource(2, "draft", DRAFT))
        life = Life(Simulation(draft, CompiledRevisions(BOT, {1: recorded}), self.now + timedelta(hours=1), {}))
        contact = await self.contact(user)
        steps: list[Step] = []
        feed = PersonFeed(self.store, BOT, contact, await self.store.conversations_of(BOT, contact), None)
        async for event in feed.events():
            match event:
                case RecordedTurn():
                    entry = read_turn(event)
                    assert not isinstance(entry, Unreadable)
                    steps += life.turn(entry)
                case ConsentChange() | Merged():
                    steps += life.change(event)
                case _:
                    life.now(event)
        steps += life.end()
        return steps, list(life.ends())


@pytest.fixture(params=SUBJECTS[:2])
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    store = open_store(request.param(tmp_path))
    await store.open()
    village = Village(store)
    await store.push(BOT, LIVE, author="mia", at=village.now, expected_live=0)
    try:
        yield village
    finally:
        await store.close()


def said(step: Step) -> list[str]:
    assert step.draft is not None
    return [line for reply in step.draft.replies for line in reply.lines]


async def test_a_merge_that_changed_nothing_is_at_its_place(village: Village) -> None:
    """Neither was in anything, so no row of the ledger is; on the draft one of them was opted out."""
    await village.does("ana", TextReceived("what?"))
    await village.does("ben", TextReceived("hi"))
    await village.merges("ana", "ben")
    assert await village.store.ledger(BOT) == []
    await village.does("ana", TextReceived("out?"))
    steps, (end,) = await village.lived("ana")
    assert [step.kind for step in steps] == [StepKind.TURN, StepKind.TURN, StepKind.MERGE, StepKind.TURN]
    assert [step.doubt for step in steps] == [None] * 4
    assert steps[2].draft is not None
    assert steps[2].draft.after == {"tips": OUT}
    assert said(steps[3]) == ["You left."]
    assert (end.doubt, dict(end.recorded.memberships), dict(end.draft.memberships)) == (None, {}, {"tips": OUT})


async def test_until_they_are_merged_people_are_two(village: Village) -> None:
    await village.does("ben", TextReceived("hi"))
    await village.does("ana", TextReceived("out?"))
    await village.merges("ana", "ben")
    await village.does("ben", TextReceived("out?"))
    steps, _ = await village.lived("ana")
    assert [said(step) for step in steps if step.kind is StepKind.TURN] == [["Good day."], ["Well."], ["You left."]]
    assert {step.doubt for step in steps} == {None}


async def test_a_merge_at_the_very_moment_of_the_turn_that_shows_it(village: Village) -> None:
    await village.does("ana", TextReceived("what?"))
    await village.does("ben", TextReceived("hi"))
    await village.merges("ana", "ben")
    village.now -= timedelta(seconds=1)  # the next tick is the merge's
    await village.does("ben", TextReceived("out?"))
    steps, _ = await village.lived("ana")
    assert steps[-2].at == steps[-1].at
    assert (steps[-2].kind, said(steps[-1])) == (StepKind.MERGE, ["You left."])
    assert {step.doubt for step in steps} == {None}


async def test_three_become_one(village: Village) -> None:
    """The one in the middle said nothing, and what was opted out before reaches the last one."""
    for user in ("ana", "ben", "cem"):
        await village.does(user, TextReceived("hi" if user == "cem" else "what?"))
    await village.merges("ben", "cem")
    await village.does("ana", TextReceived("out?"))
    await village.merges("ana", "ben")
    await village.does("ana", TextReceived("out?"))
    steps, (end,) = await village.lived("ana")
    assert [step.kind for step in steps if step.kind is StepKind.MERGE] == [StepKind.MERGE] * 2
    told = [said(step) for step in steps if step.kind is StepKind.TURN]
    assert told[-2:] == [["Well."], ["You left."]]
    assert {step.doubt for step in steps} == {None}
    assert dict(end.draft.memberships) == {"tips": OUT}


@pytest.mark.parametrize("shown", [True, False], ids=["shown by a later turn", "shown by the end alone"])
async def test_a_merge_that_nothing_tells_of_is_in_doubt(village: Village, shown: bool) -> None:
    """The audit was pruned, say. From the last turn on that shows them apart nothing is sure."""
    await village.does("ana", TextReceived("out?"))
    await village.does("ben", TextReceived("hi"))
    await village.merges("ana", "ben", audited=False)
    await village.does("ana", TextReceived("out?"))
    assert await village.staff(Act.ADD, "tips", "ana") == ["added"]
    await village.does("ana", TextReceived("out?"))
    if shown:
        await village.does("ben", TextReceived("out?"))
    steps, (end,) = await village.lived("ana")
    assert [step.doubt for step in steps[:2]] == [None, None]
    texts = [step.doubt and (step.doubt.cause, step.doubt.text) for step in steps[2:]]
    assert set(texts) == {(DoubtCause.MERGE, "two contacts became one at an unknown time")}
    assert StepKind.MERGE in [step.kind for step in steps]
    assert end.doubt is not None
    totals = await village.previews(DRAFT)
    doubts = [(one.group.text, one.counted.people) for one in totals.groups if one.group.kind == "doubt"]
    assert ("two contacts became one at an unknown time", 1) in doubts


async def test_a_row_of_the_ledger_is_enough(village: Village) -> None:
    await village.does("ana", TextReceived("what?"))
    await village.does("ben", TextReceived("hi"))
    await village.staff(Act.ADD, "tips", "ben")
    await village.merges("ana", "ben", audited=False)
    await village.does("ana", TextReceived("out?"))
    steps, _ = await village.lived("ana")
    assert said(steps[-1]) == ["You left."]
    assert {step.doubt for step in steps} == {None}
