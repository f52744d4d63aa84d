"""Consent: memberships follow the ledger, and racing presses leave one state that is its fold."""

import asyncio
import itertools
import random

import pytest

from consent.membership import fold
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.errors import BadInput, StaleVersion
from storage.port import Store
from tests.storage.contract.conftest import Opener
from tests.storage.talk import NOW, Talk

ANA = Talk("ana")
NONE, IN, OUT, ADDED = Membership.NONE, Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED


async def by_staff(store: Store, talk: Talk, subject: str, before: Membership, after: Membership) -> ConsentChange:
    contact = (await talk.load(store)).contact
    assert contact is not None
    return ConsentChange(contact.id, subject, before, after, NOW, SourceKind.CONSOLE, "mia")


async def folded(store: Store, talk: Talk) -> dict[str, Membership]:
    """The talk's memberships by the pure fold over the whole ledger."""
    rows = await store.ledger(talk.bot, limit=100_000)
    contact = (await talk.load(store)).contact
    assert contact is not None
    return fold(row.change for row in rows).get(contact.id, {})


async def test_a_ledger_row_tells_everything(store: Store) -> None:
    turn = ANA.turn(await ANA.load(store), "e1", consent={"tips": IN})
    await store.commit(turn)
    (row,) = await store.ledger(ANA.bot)
    (effect,) = turn.outcome.effects
    assert (row.sequence, row.bot, row.change) == (1, ANA.bot, effect.change)


async def test_rows_are_numbered_without_gaps_per_bot(store: Store) -> None:
    for n in range(3):
        await Talk(f"user{n}").take(store, f"e{n}", consent={"tips": IN, "news": IN})
        await Talk(f"user{n}", bot="other").take(store, f"e{n}", consent={"tips": IN})
    assert [row.sequence for row in await store.ledger("wellbeing")] == [1, 2, 3, 4, 5, 6]
    assert [row.sequence for row in await store.ledger("other")] == [1, 2, 3]


async def test_a_change_that_starts_from_something_else_is_stale(store: Store) -> None:
    """The versions fit, the `before` does not: nothing of the turn is written."""
    await ANA.take(store, "e1", consent={"tips": IN})
    loaded = await ANA.load(store)
    wrong = type(loaded)(live=0, state=loaded.state, contact=loaded.contact, memberships={"tips": OUT})
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(wrong, "e2", consent={"tips": NONE}))
    assert await ANA.load(store) == loaded
    assert len(await store.ledger(ANA.bot)) == 1


async def test_a_refused_change_leaves_no_gap(store: Store) -> None:
    shards = len((await store.follow_memberships(ANA.bot, ())).position)
    loaded = await ANA.load(store)
    presses = [ANA.turn(loaded, f"e{n}", consent={"tips": IN}) for n in range(5)]
    await asyncio.gather(*(store.commit(press) for press in presses), return_exceptions=True)
    await ANA.take(store, "e9", consent={"tips": OUT})
    first, second = [row.sequence for row in await store.ledger(ANA.bot)]
    assert second - first == shards


async def test_a_turn_may_change_one_subject_twice(store: Store) -> None:
    loaded = await ANA.load(store)
    first = ANA.turn(loaded, "e1", consent={"tips": IN})
    then = ANA.turn(type(loaded)(live=0, memberships={"tips": IN}), "e1", consent={"tips": OUT})
    effects = (*first.outcome.effects, *then.outcome.effects)
    await store.commit(ANA.turn(loaded, "e1", *effects))
    assert dict((await ANA.load(store)).memberships) == {"tips": OUT}


async def test_a_contact_s_turn_changes_nobody_else_s_consent(store: Store) -> None:
    await Talk("bob").take(store, "e1")
    bob = await by_staff(store, Talk("bob"), "tips", NONE, IN)
    turn = ANA.turn(await ANA.load(store), "e2", consent={"tips": IN})
    (effect,) = turn.outcome.effects
    with pytest.raises(ValueError, match="its own contact"):
        await store.commit(ANA.turn(await ANA.load(store), "e2", type(effect)(bob)))


async def test_staff_adds_a_contact(store: Store) -> None:
    await ANA.take(store, "e1")
    change = await by_staff(store, ANA, "tips", NONE, ADDED)
    row = await store.change_consent(ANA.bot, change)
    assert (row.sequence, row.change) == (1, change)
    assert [row] == await store.ledger(ANA.bot)
    assert dict((await ANA.load(store)).memberships) == {"tips": ADDED}


async def test_staff_acts_on_what_stands_or_not_at_all(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": OUT})
    with pytest.raises(StaleVersion):
        await store.change_consent(ANA.bot, await by_staff(store, ANA, "tips", NONE, ADDED))
    assert dict((await ANA.load(store)).memberships) == {"tips": OUT}


async def test_staff_cannot_change_a_contact_that_is_not_there(store: Store) -> None:
    await ANA.take(store, "e1")
    change = await by_staff(store, ANA, "tips", NONE, ADDED)
    with pytest.raises(BadInput):
        await store.change_consent("other", change)


async def test_a_change_by_staff_makes_a_turn_stale(store: Store) -> None:
    await ANA.take(store, "e1")
    stopping = await ANA.load(store)
    await store.change_consent(ANA.bot, await by_staff(store, ANA, "tips", NONE, ADDED))
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(stopping, "e2", consent={ALL: OUT}))


async def test_64_presses_at_once_leave_one_state_that_is_the_fold(store: Store) -> None:
    """Opt-in against opt-out in one conversation; who finds the state changed looks again and presses anew."""
    await asyncio.gather(
        *(ANA.take_until_committed(store, f"e{n}", consent={"tips": IN if n % 2 else OUT}) for n in range(64))
    )
    rows = await store.ledger(ANA.bot, limit=100)
    assert len(rows) == 64
    assert [(row.change.before, row.change.after) for row in rows[1:]] == [
        (earlier.change.after, later.change.after) for earlier, later in itertools.pairwise(rows)
    ]
    assert dict((await ANA.load(store)).memberships) == await folded(store, ANA)
    assert (await store.verify_ledger(ANA.bot)).differences == ()


async def test_presses_racing_from_several_places_leave_the_fold(store: Store, open_another: Opener) -> None:
    """Three handles on the store, as three processes; a person in a chat and in two groups; STOP among the presses."""
    handles = [store, await open_another(), await open_another()]
    talks = [ANA, Talk("ana", group="19:one"), Talk("ana", group="19:two")]
    chance = random.Random(7)
    acts = [{chance.choice(["tips", "news", ALL]): chance.choice([IN, OUT])} for _ in range(48)]
    await asyncio.gather(
        *(talks[n % 3].take_until_committed(handles[n // 16], f"e{n}", consent=act) for n, act in enumerate(acts))
    )
    stands = [dict((await talk.load(handle)).memberships) for talk in talks for handle in handles]
    assert stands == [await folded(store, ANA)] * 9
    report = await store.verify_ledger(ANA.bot)
    assert (report.rows, report.differences) == (48, ())
