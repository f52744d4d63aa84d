"""Reading the ledger, and the proof that it is whole."""

from messages.consent import Membership
from storage.port import Store
from tests.storage.contract.conftest import Opener
from tests.storage.talk import Talk

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


async def acts(store: Store) -> None:
    """Six rows: ana 1, 2 and 5, bob 3, 4 and 6."""
    ana, bob = Talk("ana"), Talk("bob")
    await ana.take(store, "e1", consent={"tips": IN, "news": IN})
    await bob.take(store, "e2", consent={"tips": IN, "news": OUT})
    await ana.take(store, "e3", consent={"tips": OUT})
    await bob.take(store, "e4", consent={"tips": OUT})


async def listed(store: Store, **question: object) -> list[int]:
    return [row.sequence for row in await store.ledger("wellbeing", **question)]  # type: ignore[arg-type]


async def test_rows_come_in_order(store: Store) -> None:
    await acts(store)
    assert await listed(store) == [1, 2, 3, 4, 5, 6]
    assert await store.ledger("other") == []


async def test_rows_of_a_contact_and_of_a_subject(store: Store) -> None:
    await acts(store)
    ana = (await Talk("ana").load(store)).contact
    assert ana is not None
    assert await listed(store, contact=ana.id) == [1, 2, 5]
    assert await listed(store, subject="news") == [2, 4]
    assert await listed(store, contact=ana.id, subject="tips") == [1, 5]
    assert await listed(store, contact="nobody") == []


async def test_rows_come_in_pages(store: Store) -> None:
    await acts(store)
    assert await listed(store, limit=4) == [1, 2, 3, 4]
    assert await listed(store, after=4, limit=4) == [5, 6]
    assert await listed(store, after=3, subject="tips") == [5, 6]


async def test_a_whole_ledger_has_no_differences(store: Store) -> None:
    await acts(store)
    report = await store.verify_ledger("wellbeing")
    assert (report.rows, report.memberships, report.differences) == (6, 4, ())


async def test_an_empty_ledger_is_whole(store: Store) -> None:
    report = await store.verify_ledger("wellbeing")
    assert (report.rows, report.memberships, report.differences, report.head) == (0, 0, (), "")


async def test_the_head_stands_for_all_rows(store: Store, open_another: Opener) -> None:
    """It stays while nothing is added, whoever asks, and moves with each row."""
    await acts(store)
    head = (await store.verify_ledger("wellbeing")).head
    assert head == (await (await open_another()).verify_ledger("wellbeing")).head
    await Talk("ana").take(store, "e5", consent={"tips": IN})
    assert (await store.verify_ledger("wellbeing")).head not in ("", head)
