"""Segments of staff: made, named, changed, taken away, with a record of each."""

import dataclasses

import pytest

from audiences import segments
from audiences.context import Context
from audiences.index_feed import Audience
from audiences.members import change_members
from consent.membership import Act
from filters.index.people import PeopleIndex
from flows.model.bot import Bot
from flows.source.read import read_flow
from messages.consent import Membership
from messages.errors import BadInput
from storage.audience_records import SegmentKind
from storage.port import Store
from tests.audiences.conftest import ANN
from tests.cli.running import SMALL
from tests.storage.contract.audiences.people import AT, BOT, contact, known
from tests.storage.talk import Talk

ADDED, OUT, IN = Membership.ADDED, Membership.OPTED_OUT, Membership.OPTED_IN


@pytest.fixture
def flow() -> Bot:
    """A flow with the segment `tips`, which buttons name."""
    return read_flow(SMALL, "small.yaml").bot


def by(store: Store, flow: Bot) -> Context:
    """What Ann works with."""
    return Context(store, BOT, flow, ANN, AT)


async def made(store: Store, flow: Bot, name: str = "", filter_: str = "") -> str:
    return (await segments.create_segment(by(store, flow), name=name, filter=filter_ or None)).segment.id


async def test_segments_are_numbered_where_nobody_names_them(store: Store, flow: Bot) -> None:
    ids = [await made(store, flow), await made(store, flow, "The Press & Café"), await made(store, flow)]
    assert ids == ["segment-1", "the-press-cafe", "segment-2"]
    found = await segments.list_segments(store, BOT, flow)
    assert [(one.id, one.name, one.from_flow) for one in found] == [
        ("tips", "Tips", True),
        ("segment-1", "Segment #1", False),
        ("segment-2", "Segment #2", False),
        ("the-press-cafe", "The Press & Café", False),
    ]
    rows = await store.audit(BOT)
    assert next((row.action, row.target, row.actor, row.address) for row in rows) == (
        "create_segment", "segment segment-1", "ann", "10.0.0.7",
    )  # fmt: skip


async def test_names_and_ids_are_used_once(store: Store, flow: Bot) -> None:
    await made(store, flow, "Press")
    with pytest.raises(BadInput, match="called `press` already"):
        await made(store, flow, "press")
    with pytest.raises(BadInput, match="there is a segment `tips` already"):
        await segments.create_segment(by(store, flow), name="Other", id="tips")
    with pytest.raises(BadInput, match="a to z"):
        await segments.create_segment(by(store, flow), name="Other", id="Wrong Id")


async def test_a_rename_keeps_the_id_and_tells_both_names(store: Store, flow: Bot) -> None:
    await made(store, flow, "Press")
    renamed = await segments.change_segment(by(store, flow), "Press", name="The press")
    assert (renamed.segment.id, renamed.segment.name) == ("press", "The press")
    assert (await store.audit(BOT))[-1].detail == "Press → The press"
    with pytest.raises(BadInput, match="a segment of the live flow"):
        await segments.change_segment(by(store, flow), "tips", name="News")
    with pytest.raises(BadInput, match=r"no segment `pres`.*`press`"):
        await segments.change_segment(by(store, flow), "pres", name="News")


async def test_a_filter_counts_at_once_and_no_circle_is_made(store: Store, flow: Bot) -> None:
    await store.add_contact(BOT, contact("ana", tags=frozenset({"vip"})))
    vips = await made(store, flow, "VIPs", "tag:vip")
    await made(store, flow, "Others", f"not segment:{vips}")
    index = await Audience(store, BOT).catch_up()
    assert index.count(vips, AT).members == 1
    with pytest.raises(BadInput, match="circle"):
        await segments.change_segment(by(store, flow), vips, filter="segment:others")
    changed = await segments.change_segment(by(store, flow), vips, filter="tag:new")
    assert changed.segment.filter == "tag:new"
    with pytest.raises(BadInput, match="follows from its filter"):
        await segments.manual_segment(store, BOT, flow, vips)


@pytest.mark.parametrize("filter_", ["not segment:pres", "tag:vip or segment:pres", "tag:vip and not (segment:pres)"])
async def test_a_filter_on_a_segment_that_is_not_there_is_refused(store: Store, flow: Bot, filter_: str) -> None:
    vips = await made(store, flow, "VIPs", "tag:vip")
    await made(store, flow, "Press")
    with pytest.raises(BadInput, match=r"no segment `pres`.*`press`"):
        await made(store, flow, "Others", filter_)
    with pytest.raises(BadInput, match=r"no segment `pres`.*`press`"):
        await segments.change_segment(by(store, flow), vips, filter=filter_)
    assert [(one.id, one.filter) for one in await store.segments(BOT)] == [("press", ""), ("vips", "tag:vip")]


async def test_what_is_in_use_is_not_taken_away_without_a_word(store: Store, flow: Bot) -> None:
    press = await made(store, flow, "Press")
    await made(store, flow, "Others", "not segment:press")
    with pytest.raises(BadInput, match="press is in use: filter of others"):
        await segments.delete_segment(by(store, flow), press)
    with pytest.raises(BadInput, match="a segment of the live flow"):
        await segments.delete_segment(by(store, flow), "tips")


async def test_a_segment_that_a_condition_of_the_live_flow_names_stays(store: Store, flow: Bot) -> None:
    text = SMALL.replace("- {wait: 1s}", "").replace(
        "in: {parts: [", 'in: {parts: [{if: {segment: press}, then: [{text: "Hello, press."}]}, '
    )
    using = read_flow(text, "small.yaml").bot
    press = await made(store, flow, "Press")
    with pytest.raises(BadInput, match=r"press is in use: condition on \*in\*"):
        await segments.delete_segment(by(store, using), press)
    assert (await segments.delete_segment(by(store, using), press, force=True)).members == 0


async def test_a_segment_made_anew_begins_with_nobody_and_an_own_no_stays(store: Store, flow: Bot) -> None:
    press = await made(store, flow, "Press")
    await known(store, "ana", "bob")
    await Talk("cy").take(store, "e1", consent={press: IN})
    await Talk("dee").take(store, "e2", consent={press: OUT})
    await change_members(by(store, flow), press, Act.ADD, ["ana@example.org", "bob@example.org"])
    assert (await segments.delete_segment(by(store, flow), press)).members == 3
    await made(store, flow, "Press")
    assert (await Audience(store, BOT).catch_up()).count("press", AT).members == 0
    assert (await Talk("dee").load(store)).memberships == {press: OUT}
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_who_was_added_while_a_segment_goes_is_removed_too(store: Store, flow: Bot) -> None:
    press = await made(store, flow, "Press")
    await known(store, "ana", "bob")
    index = await Audience(store, BOT).catch_up()
    await change_members(by(store, flow), press, Act.ADD, ["c-ana", "c-bob"])
    await store.erase_contact(BOT, "c-bob", actor="mia", at=AT)

    async def read_before() -> PeopleIndex:
        return index

    context = dataclasses.replace(by(store, flow), read_index=read_before)
    assert (await segments.delete_segment(context, press)).members == 1
    assert await store.memberships(BOT, "c-ana") == {}


async def test_each_value_is_told_what_became_of_it(store: Store, flow: Bot) -> None:
    await made(store, flow, "Press")
    await known(store, "ana", "bob")
    await Talk("cy").take(store, "e1", consent={"press": OUT})
    cy = (await Talk("cy").load(store)).contact
    assert cy is not None
    values = ["ANA@example.org", "c-bob", "who@example.org", cy.id, "ana@example.org", "teams cy"]
    results = (await change_members(by(store, flow), "press", Act.ADD, values)).outcomes
    outcomes = ["added", "added", "unknown", "opted out", "added", "opted out"]
    assert [result.outcome for result in results] == outcomes
    assert (await store.audit(BOT, target="segment press"))[-1].detail == "2 of 6"
    again = (await change_members(by(store, flow), "press", Act.REMOVE, ["c-bob", "c-bob", cy.id])).outcomes
    assert [result.outcome for result in again] == ["removed", "removed", "opted out"]


async def test_a_segment_is_told_with_its_kind_and_filter(store: Store, flow: Bot) -> None:
    await made(store, flow, "VIPs", "tag:vip")
    info = await segments.segment_info(store, BOT, flow, "vips")
    assert (info.kind, info.filter) == (SegmentKind.FILTER, "tag:vip")


async def test_the_audit_tells_of_a_filter_without_whom_it_asks_for(store: Store, flow: Bot) -> None:
    await made(store, flow, "Ana", 'tag:vip and not email is "ana@example.org" or field.city is Anaville')
    await segments.change_segment(by(store, flow), "ana", filter='name contains "ana"')
    details = [row.detail for row in await store.audit(BOT)]
    assert details == [
        'tag:vip and not email is "…" or field.city is "…"',
        'tag:vip and not email is "…" or field.city is "…" → name contains "…"',
    ]
