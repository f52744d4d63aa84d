"""Reading the ledger, and the proof that it is whole."""

from collections.abc import Sequence

from messages.consent import LedgerRow, Membership
from storage.port import Store
from tests.storage.contract.conftest import Opener
from tests.storage.talk import Talk

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


async def acts(store: Store) -> Sequence[LedgerRow]:
    """Six rows, three of ana and three of bob; returns them."""
    ana, bob = Talk("ana"), Talk("bob")
    await ana.take(store, "e1", consent={"tips": IN, "news": IN})
    await bob.take(store, "e2", consent={"tips": IN, "news": OUT})
    await ana.take(store, "e3", consent={"tips": OUT})
    await bob.take(store, "e4", consent={"tips": OUT})
    return await store.ledger("wellbeing")


async def listed(store: Store, **question: object) -> list[int]:
    return [row.sequence for row in await store.ledger("wellbeing", **question)]  # type: ignore[arg-type]


async def test_rows_come_in_order(store: Store) -> None:
    rows = await acts(store)
    sequences = [row.sequence for row in rows]
    assert len(sequences) == 6
    assert sequences == sorted(set(sequences))
    assert await store.ledger("other") == []


async def test_what_one_person_did_is_in_the_order_of_doing(store: Store) -> None:
    await acts(store)
    ana = (await Talk("ana").load(store)).contact
    assert ana is not None
    rows = await store.ledger("wellbeing", contact=ana.id)
    assert [(row.change.subject, row.change.after) for row in rows] == [("tips", IN), ("news", IN), ("tips", OUT)]


async def test_rows_of_a_contact_and_of_a_subject(store: Store) -> None:
    rows = await acts(store)
    ana = (await Talk("ana").load(store)).contact
    assert ana is not None
    hers = [row for row in rows if row.change.contact == ana.id]
    assert await listed(store, contact=ana.id) == [row.sequence for row in hers]
    assert await listed(store, subject="news") == [row.sequence for row in rows if row.change.subject == "news"]
    of_tips = [row.sequence for row in hers if row.change.subject == "tips"]
    assert await listed(store, contact=ana.id, subject="tips") == of_tips
    assert (len(hers), len(of_tips)) == (3, 2)
    assert await listed(store, contact="nobody") == []


async def test_rows_come_in_pages(store: Store) -> None:
    rows = await acts(store)
    sequences = [row.sequence for row in rows]
    assert await listed(store, limit=4) == sequences[:4]
    assert await listed(store, after=sequences[3], limit=4) == sequences[4:]
    of_tips = [row.sequence for row in rows[3:] if row.change.subject == "tips"]
    assert await listed(store, after=sequences[2], subject="tips") == of_tips


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
