"""When people acted: what a store remembers of it, so that a yes made before a no does not bring them back in."""

from datetime import datetime, timedelta

import pytest

from messages.consent import ALL, Membership
from messages.errors import StaleVersion
from storage.port import Store
from tests.storage.talk import MINUTE, NOW, Talk

IN, OUT, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.NONE
ANA = Talk("ana")
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)


async def times(store: Store, talk: Talk = ANA) -> tuple[dict[str, datetime], dict[str, datetime]]:
    loaded = await talk.load(store)
    return dict(loaded.lowered), dict(loaded.raised)


async def test_nobody_has_times_before_they_acted(store: Store) -> None:
    await ANA.take(store, "e1")
    assert await times(store) == ({}, {})


async def test_the_time_of_the_act_is_kept_and_not_that_of_its_receipt(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW - 3 * MINUTE)
    await ANA.take(store, "e2", consent={ALL: OUT}, acted_at=NOW - MINUTE)
    assert await times(store) == ({ALL: NOW - MINUTE}, {"tips": NOW - 3 * MINUTE})


async def test_an_act_of_unknown_time_is_as_old_as_its_receipt(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN})
    await ANA.take(store, "e2", consent={ALL: OUT}, at=NOW + MINUTE)
    assert await times(store) == ({ALL: NOW + MINUTE}, {"tips": NOW})


async def test_a_no_that_changes_nothing_moves_the_time(store: Store) -> None:
    await ANA.take(store, "e1", consent={ALL: OUT}, acted_at=NOW)
    await ANA.take(store, "e2", lowered={ALL: NOW + MINUTE, "tips": NOW})
    assert (await times(store))[0] == {ALL: NOW + MINUTE, "tips": NOW}
    assert len(await store.ledger(ANA.bot)) == 1
    assert (await store.verify_ledger(ANA.bot)).differences == ()


async def test_the_time_of_a_no_never_goes_back(store: Store) -> None:
    await ANA.take(store, "e1", consent={ALL: OUT}, acted_at=NOW)
    await ANA.take(store, "e2", lowered={ALL: NOW - MINUTE})
    await ANA.take(store, "e3", consent={ALL: IN}, acted_at=NOW + SECOND)
    assert (await times(store))[0] == {ALL: NOW}
    await ANA.take(store, "e4", consent={ALL: OUT}, acted_at=NOW - MINUTE)
    assert (await times(store))[0] == {ALL: NOW + SECOND}


async def test_a_late_no_is_as_young_as_the_yes_that_it_overrides(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW)
    await ANA.take(store, "e2", consent={ALL: OUT, "tips": OUT}, acted_at=NOW - MINUTE)
    assert await times(store) == ({ALL: NOW - MINUTE, "tips": NOW}, {"tips": NOW})


async def test_a_late_no_is_as_young_as_a_yes_that_changed_nothing(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW)
    await ANA.take(store, "e2", raised={"tips": NOW + 2 * MINUTE, ALL: NOW + MINUTE})
    assert (await times(store))[1] == {"tips": NOW + 2 * MINUTE, ALL: NOW + MINUTE}
    await ANA.take(store, "e3", consent={ALL: OUT, "tips": OUT}, acted_at=NOW + SECOND)
    assert (await times(store))[0] == {ALL: NOW + MINUTE, "tips": NOW + 2 * MINUTE}
    assert len(await store.ledger(ANA.bot)) == 3
    assert (await store.verify_ledger(ANA.bot)).differences == ()


async def test_the_time_of_a_yes_never_goes_back(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW)
    await ANA.take(store, "e2", raised={"tips": NOW - MINUTE})
    assert (await times(store))[1] == {"tips": NOW}


async def test_a_no_decided_before_a_yes_that_changed_nothing_is_stale(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW)
    loaded = await ANA.load(store)
    await Talk("ana", group="19:group").take(store, "e2", raised={"tips": NOW + MINUTE})
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(loaded, "e3", consent={"tips": OUT}, acted_at=NOW + SECOND))


async def test_times_are_kept_in_whole_milliseconds(store: Store) -> None:
    await ANA.take(store, "e1", consent={ALL: OUT}, acted_at=NOW + 3 * MILLISECOND)
    assert (await times(store))[0] == {ALL: NOW + 3 * MILLISECOND}


async def test_a_yes_decided_before_a_no_that_changed_nothing_is_stale(store: Store) -> None:
    await ANA.take(store, "e1", consent={ALL: OUT}, acted_at=NOW)
    loaded = await ANA.load(store)
    elsewhere = Talk("ana", group="19:group")
    await elsewhere.take(store, "e2", lowered={ALL: NOW + MINUTE})
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(loaded, "e3", consent={ALL: IN}, acted_at=NOW + SECOND))


async def test_the_ledger_tells_when_the_person_acted(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW - MINUTE)
    await ANA.take(store, "e2", consent={"news": IN})
    rows = await store.ledger(ANA.bot)
    assert [(row.change.at, row.change.acted_at) for row in rows] == [(NOW, NOW - MINUTE), (NOW, None)]
    assert (await store.verify_ledger(ANA.bot)).differences == ()


async def test_times_are_of_each_person_alone(store: Store) -> None:
    await ANA.take(store, "e1", consent={ALL: OUT}, acted_at=NOW)
    ben = Talk("ben")
    await ben.take(store, "e2", consent={"tips": IN}, acted_at=NOW - MINUTE)
    assert await times(store, ben) == ({}, {"tips": NOW - MINUTE})
