"""Erasing somebody whose account is kept by an old key, a new one, or both: what they did before counts no more."""

import pytest

from consent.merging import merge_people
from messages.consent import ALL, Membership
from storage.port import Store
from tests.storage.contract.test_accounts import BOT, NOW_ON_P1, OF_TEAMS, OLD, load, take
from tests.storage.talk import MINUTE, NOW, Talk

ERASED_AT = NOW + 5 * MINUTE
OLD_IN_TEAMS, NOW_IN_TEAMS = Talk("ana", received=OF_TEAMS), Talk("ana", surface="msteams", received=OF_TEAMS)


async def contact_of(store: Store, talk: Talk) -> str:
    known = (await load(store, talk)).contact
    assert known is not None
    return known.id


async def erase(store: Store, talk: Talk) -> None:
    await store.erase_contact(BOT, await contact_of(store, talk), actor="ann", at=ERASED_AT)


async def lowered(store: Store, talk: Talk) -> object:
    return (await load(store, talk)).lowered.get(ALL)


@pytest.mark.parametrize("before", [(OLD,), (OLD, NOW_ON_P1), (NOW_ON_P1,)], ids=["old", "both", "new"])
async def test_every_key_of_an_erased_account_is_lowered(store: Store, before: tuple[Talk, ...]) -> None:
    for number, talk in enumerate(before):
        await take(store, talk, f"e{number}", tips=Membership.OPTED_IN)
    await erase(store, before[-1])
    assert await lowered(store, NOW_ON_P1) == ERASED_AT
    assert (await load(store, NOW_ON_P1)).contact is None


@pytest.mark.parametrize("before", [(OLD,), (OLD, NOW_ON_P1), (NOW_ON_P1,)], ids=["old", "both", "new"])
async def test_who_comes_back_is_a_new_contact_that_keeps_the_time(store: Store, before: tuple[Talk, ...]) -> None:
    for number, talk in enumerate(before):
        await take(store, talk, f"e{number}", tips=Membership.OPTED_IN)
    gone = await contact_of(store, before[-1])
    await erase(store, before[-1])
    for event in ("back1", "back2"):
        await take(store, NOW_ON_P1, event)
        assert await lowered(store, NOW_ON_P1) == ERASED_AT
    assert await contact_of(store, NOW_ON_P1) != gone
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_both_keys_of_one_who_was_merged_and_erased(store: Store) -> None:
    await take(store, OLD, "e1", tips=Membership.OPTED_IN)
    await take(store, NOW_ON_P1, "e2")
    await take(store, Talk("ana"), "e3", all=Membership.OPTED_OUT)
    kept, gone = (await load(store, Talk("ana"))).contact, (await load(store, NOW_ON_P1)).contact
    assert kept is not None
    assert gone is not None
    ours, theirs = [await store.memberships(BOT, one.id) for one in (kept, gone)]
    plan = merge_people(kept, ours, gone, theirs, at=NOW + MINUTE, actor="ann")
    await store.merge_contacts(BOT, plan.kept, plan.gone, plan.changes)
    await store.erase_contact(BOT, gone.id, actor="ann", at=ERASED_AT)
    for talk in (OLD, NOW_ON_P1, Talk("ana")):
        assert await lowered(store, talk) == ERASED_AT, talk
        await take(store, talk, f"back {talk.page}{talk.user}")
        assert await lowered(store, talk) == ERASED_AT, talk
