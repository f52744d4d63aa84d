"""What was filled in for somebody goes from other people's records too, and these say so; nothing else of them goes."""

import msgspec
import pytest

from messages.consent import Membership
from messages.effects import Answer, KeepEvidence
from messages.inbound import ButtonPressed, TextReceived
from storage.audience_records import ImportJob
from storage.port import Store
from storage.records import JournalEntry
from tests.storage.contract.audiences.people import BOT
from tests.storage.erasing import as_text, everything
from tests.storage.talk import NOW, Talk
from tests.storage.told_apart import (
    ALL_WORDS,
    ANSWER,
    BEN,
    DIGEST,
    FILE,
    FLOW,
    HER,
    PLAIN,
    PLAIN_DIGEST,
    act,
    lived,
    press,
    words_in,
)  # fmt: skip

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


@pytest.fixture
async def lived_in(store: Store) -> Store:
    await lived(store)
    return store


async def erase(store: Store) -> None:
    assert await store.erase_contact(BOT, HER.id, actor="mia", at=NOW) is not None


async def test_no_word_of_hers_is_left_in_anything(lived_in: Store) -> None:
    before = words_in([as_text(records) for records in (await everything(lived_in, BOT)).values()])
    assert set(ALL_WORDS) - set(before) == {ANSWER}, "all but what is kept of an answer of the API"
    await erase(lived_in)
    for kind, records in (await everything(lived_in, BOT)).items():
        assert words_in([as_text(records)]) == [], kind
    assert (await lived_in.verify_ledger(BOT)).differences == ()


async def test_who_pressed_her_card_keeps_the_facts_and_not_the_words(lived_in: Store) -> None:
    before = await lived_in.ledger(BOT)
    await erase(lived_in)
    after = await lived_in.ledger(BOT)
    assert len(after) == len(before)
    facts = ("contact", "subject", "before", "after", "at", "source", "revision", "message", "button", "turn")
    for was, now in zip(before, after, strict=True):
        assert [getattr(was.change, name) for name in facts] == [getattr(now.change, name) for name in facts]
    by_card, by_plain = [row.change for row in after if row.change.contact != HER.id]
    assert (by_card.text, by_card.label, by_card.event_id) == ("", "", "")
    assert (by_plain.text, by_plain.label, by_plain.event_id) == (PLAIN, "Yes please", "b2")
    assert [row.erased for row in after if row.change.contact != HER.id] == [True, False]
    assert not any(row.erased for row in before)
    assert (await BEN.load(lived_in)).memberships == {"tips": OUT}


async def turns_of(store: Store, talk: Talk) -> list[JournalEntry]:
    return list(await store.journal(BOT, talk.key))


async def test_their_turns_say_that_they_are_erased_in_part(lived_in: Store) -> None:
    hello, card, plain, quoted = await turns_of(lived_in, BEN)
    await erase(lived_in)
    after = await turns_of(lived_in, BEN)
    assert [entry.erased_in_part for entry in after] == [False, True, False, True]
    assert (after[0], after[2]) == (hello, plain)
    assert (after[1].turn, after[1].at, after[1].evidence, after[1].event.received) == (card.turn, card.at, None, b"")
    assert isinstance(after[1].event.action, ButtonPressed)
    assert (after[1].event.action.label, after[1].event.action.payload) == ("", "a2:x")
    assert Answer("") in after[1].outcome.effects
    assert after[3].event.action == quoted.event.action == TextReceived("me too")
    assert after[3].outcome.contact.talked_with == {"Will"}


async def test_whom_others_talked_with_is_forgotten_if_it_names_her_alone(lived_in: Store) -> None:
    await erase(lived_in)
    ben = (await BEN.load(lived_in)).contact
    assert ben is not None
    assert ben.talked_with == {"Will"}
    assert [one.contact.id for one in await lived_in.people(BOT)] == [ben.id]


async def test_the_card_pressed_again_has_no_words_of_hers_to_prove_it(lived_in: Store) -> None:
    await erase(lived_in)
    assert (await BEN.load(lived_in, "b9", evidence=DIGEST)).evidence is None
    assert (await BEN.load(lived_in, "b9", evidence=PLAIN_DIGEST)).evidence == PLAIN
    again = await BEN.load(lived_in, "b1")
    assert again.seen
    assert "brambleton" not in (again.seen_answer or "").casefold()


async def test_the_names_of_files_that_had_her_go(lived_in: Store) -> None:
    (job,) = await lived_in.imports(BOT)
    assert job.file_name == f"{FILE}.csv"
    await erase(lived_in)
    (after,) = await lived_in.imports(BOT)
    assert after == msgspec.structs.replace(job, file_name="")
    assert isinstance(after, ImportJob)


async def test_a_name_that_is_a_word_of_the_flow_wrecks_nobodys_rows(store: Store) -> None:
    """*Will you have tips?* has his name in it, and nothing was filled in."""
    await store.push(BOT, FLOW, author="ana", at=NOW, expected_live=0)
    will = Talk("will", group="19:team")
    await act(store, will, "w1", KeepEvidence(PLAIN_DIGEST, PLAIN), typed="Yes please")
    await press(store, BEN, "b1", PLAIN_DIGEST, PLAIN, IN)
    turns, rows = await turns_of(store, BEN), await store.ledger(BOT)
    contact = (await will.load(store)).contact
    assert contact is not None
    assert contact.first_name == "Will"
    await store.erase_contact(BOT, contact.id, actor="mia", at=NOW)
    assert (await turns_of(store, BEN), await store.ledger(BOT)) == (turns, rows)
    assert (await BEN.load(store, "b9", evidence=PLAIN_DIGEST)).evidence == PLAIN


async def test_who_is_erased_twice_or_after_the_other_changes_nothing_more(lived_in: Store) -> None:
    await erase(lived_in)
    turns, rows = await turns_of(lived_in, BEN), await lived_in.ledger(BOT)
    await erase(lived_in)
    assert (await turns_of(lived_in, BEN), await lived_in.ledger(BOT)) == (turns, rows)
    ben = (await BEN.load(lived_in)).contact
    assert ben is not None
    await lived_in.erase_contact(BOT, ben.id, actor="mia", at=NOW)
    assert all(row.change.text == "" for row in await lived_in.ledger(BOT))
    assert (await lived_in.verify_ledger(BOT)).differences == ()
