"""What left after a no, what only may have, and whose no it was: the same from every store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import pytest

from audiences.who import whose_records
from consent.merging import in_order, merge_people
from messages.consent import ALL, ConsentChange, LedgerRow, Membership, SourceKind
from messages.effects import ConsentTerms, OutgoingMessage, OutgoingText, Send
from messages.inbound import Action, StoppedByChannel, TimerFired
from replay.proof import Noes, Proof, ProofStep, StepKind
from replay.proof_file import closing, sentence, shown_words
from replay.proof_reading import missing_rows, read_proof
from storage.port import Store
from storage.records import DeliveryStatus
from tests.storage.talk import MINUTE, NOW, Talk

IN, OUT, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.NONE
BOT = "wellbeing"
ANA, OTHER = Talk("ana"), Talk("bo")  # at home in the same shard
WAIT = TimerFired("t")
ARRIVED: Mapping[str, Any] = {"status": DeliveryStatus.DELIVERED}


async def take(
    store: Store,
    talk: Talk,
    text: str,
    *,
    at: int,
    ends: Mapping[str, Any] = ARRIVED,
    arrives: int | None = None,
    terms: ConsentTerms | None = None,
    action: Action | None = None,
    **consent: Membership,
) -> str:
    """Say `text` at a minute; the row ends as `ends`, delivered at minute `arrives` (by default at once)."""
    loaded = await talk.load(store, text)
    changes = {ALL if subject == "all" else subject: after for subject, after in consent.items()}
    reply = Send(OutgoingMessage(f"m_{text}", (OutgoingText(text),), consent=terms))
    turn = talk.turn(loaded, text, reply, consent=changes, at=NOW + at * MINUTE, action=action)
    (row,) = (await store.commit(turn)).outbox
    delivered = NOW + (at if arrives is None else arrives) * MINUTE if ends is ARRIVED else None
    await store.record_delivery(msgspec.structs.replace(row, delivered_at=delivered, **ends))
    await store.check()  # what was posted to the writer before is written now
    return turn.contact


async def proof(store: Store, contact: str, subject: str = "") -> Proof:
    return await read_proof(store, BOT, contact, subject=subject, at=NOW + 900 * MINUTE, mask=None)


def sent(found: Proof) -> list[tuple[str, str]]:
    return [(step.sent[0], step.reason.partition(" at ")[0]) for step in found.sent_after_a_no]


def changed(found: Proof, subject: str) -> list[ProofStep]:
    return [step for step in found.steps if step.kind is StepKind.CHANGED and step.subject == subject]


@pytest.mark.parametrize(
    ("ends", "heading"),
    [
        (ARRIVED, "was answered"),
        ({"status": DeliveryStatus.FAILED, "reason": "no"}, "answer, not delivered"),
        ({"status": DeliveryStatus.FAILED, "ambiguous": True}, "answer, perhaps delivered"),
        ({"status": DeliveryStatus.PENDING}, "answer, still on its way"),
    ],
)
async def test_an_answer_that_did_not_arrive_is_not_told_as_one(
    store: Store, ends: Mapping[str, Any], heading: str
) -> None:
    ana = await take(store, ANA, "bye", at=0, ends=ends, all=OUT)
    (step,) = changed(await proof(store, ana), ALL)
    assert [each for each, words in shown_words(step) if words == "bye"] == [heading]


async def test_what_may_have_left_in_part_is_told_as_that(store: Store) -> None:
    ana = await take(store, ANA, "bye", at=0, all=OUT)
    await take(store, ANA, "lost", at=1, ends={"status": DeliveryStatus.FAILED})
    await take(store, ANA, "waits", at=2, ends={"status": DeliveryStatus.PENDING})
    await take(store, ANA, "half", at=3, ends={"status": DeliveryStatus.FAILED, "sent": 1})
    await take(store, ANA, "unsure", at=4, ends={"status": DeliveryStatus.PENDING, "ambiguous": True})
    found = await proof(store, ana)
    assert [text for text, _ in sent(found)] == ["bye", "half", "unsure"]
    assert [sentence(step).partition(" while")[0] for step in found.sent_after_a_no] == [
        "Sent",
        "Perhaps sent, as a whole or in part,",
        "Perhaps sent, as a whole or in part,",
    ]


async def test_a_wait_whose_message_arrives_behind_a_stop_was_under_way(store: Store) -> None:
    since = ConsentTerms(since=NOW, segments=("tips",))
    ana = await take(store, ANA, "welcome", at=0, tips=IN)
    await take(store, ANA, "tip", at=20, arrives=22, terms=since, action=WAIT)
    await take(store, ANA, "old tip", at=90, arrives=95, terms=since, action=WAIT)
    await take(store, ANA, "bye", at=94, tips=OUT)
    assert sent(await proof(store, ana)) == [("old tip", "it was decided")]
    assert sent(await proof(store, ana, "tips")) == [("bye", "it confirms the opt-out"), ("old tip", "it was decided")]


async def test_a_wait_behind_an_opt_in_outlives_a_no_to_another_segment(store: Store) -> None:
    ana = await take(store, ANA, "welcome", at=0, tips=IN, news=IN)
    await take(store, ANA, "bye news", at=5, news=OUT)
    await take(store, ANA, "tip", at=200, terms=ConsentTerms(NOW, ("tips",)), action=WAIT)
    found = await proof(store, ana)
    assert sent(found) == []
    assert any("--segment: news." in line for line in closing(found))
    news = await proof(store, ana, "news")
    assert [step.reason for step in news.sent_after_a_no] == [
        "it confirms the opt-out",
        "a wait of the flow ended; it belongs to tips, which the person had not left",
    ]


async def test_after_start_nothing_is_sent_after_a_no(store: Store) -> None:
    ana = await take(store, ANA, "bye", at=0, all=OUT)
    await take(store, ANA, "back", at=5, all=NONE)
    await take(store, ANA, "hello", at=6)
    assert sent(await proof(store, ana)) == [("bye", "it confirms the opt-out")]


async def merged(store: Store, one: str, two: str, at: datetime) -> tuple[str, str]:
    """Merge two contacts, as a server that ends before it audits the merge."""
    first, second = [await store.contact(BOT, each) for each in (one, two)]
    assert first is not None
    assert second is not None
    kept, gone = in_order(first, second)
    ours, theirs = [await store.memberships(BOT, each.id) for each in (kept, gone)]
    plan = merge_people(kept, ours, gone, theirs, at=at, actor="directory")
    await store.merge_contacts(BOT, plan.kept, plan.gone, plan.changes)
    return kept.id, gone.id


async def test_each_account_of_a_merged_person_said_its_own_no(store: Store) -> None:
    ana = await take(store, ANA, "bye", at=0, tips=OUT)
    other = await take(store, OTHER, "welcome", at=1, tips=IN, news=IN)
    await take(store, ANA, "hello", at=2)
    await take(store, OTHER, "hi", at=3)
    kept, gone = await merged(store, ana, other, NOW + 4 * MINUTE)
    assert (await whose_records(store, BOT, gone), await whose_records(store, BOT, kept)) == (kept, kept)
    found = await proof(store, kept, "tips")
    assert found.also == (gone,)
    unknown = f"the no was {ana}'s, who was not yet known to be the same person"
    assert sent(found) == [
        ("bye", "it confirms the opt-out"),
        ("welcome", unknown),
        ("hello", "it answers what the person did"),
        ("hi", unknown),
    ]


async def test_the_channels_own_stop_was_not_written(store: Store) -> None:
    ana = await take(store, ANA, "bye", at=0, action=StoppedByChannel("STOP_NOTIFICATIONS"), all=OUT)
    (step,) = changed(await proof(store, ana), ALL)
    assert "The person opted out of everything pushed in the channel's own way" in sentence(step)


async def test_a_segment_that_is_asked_for_is_told_beside_everything(store: Store) -> None:
    ana = await take(store, ANA, "welcome", at=0, news=IN)
    assert "Now: neither in nor out of tips." in list(closing(await proof(store, ana, "tips")))
    await take(store, ANA, "bye", at=1, all=OUT)
    lines = [line for line in closing(await proof(store, ana, "tips")) if line.startswith("Now")]
    assert lines == ["Now: opted out of everything pushed."]


@pytest.mark.parametrize("wrong", [{"after": IN}, {"contact": "c_x"}, {"at": NOW}, {"source": SourceKind.CSV}])
async def test_a_proof_that_says_otherwise_than_its_rows_is_found(store: Store, wrong: Mapping[str, Any]) -> None:
    ana = await take(store, ANA, "bye", at=1, tips=OUT)
    found = await proof(store, ana)
    assert await missing_rows(store, found) == []
    (step,) = changed(found, "tips")
    assert step.change is not None
    lie = msgspec.structs.replace(step, change=msgspec.structs.replace(step.change, **wrong))
    problems = await missing_rows(store, msgspec.structs.replace(found, steps=(lie,)))
    assert problems == [f"row {step.sequence} says something else than the proof"]


@pytest.mark.parametrize("number", [-1, 99, 2**64])
async def test_a_number_that_no_row_has_is_missing(store: Store, number: int) -> None:
    found = await proof(store, await take(store, ANA, "bye", at=1, tips=OUT))
    lie = msgspec.structs.replace(changed(found, "tips")[0], sequence=number)
    problems = await missing_rows(store, msgspec.structs.replace(found, steps=(lie,)))
    assert problems == [f"row {number} is missing from the ledger"]


def test_what_was_committed_later_did_not_happen_before() -> None:
    """A STOP that a server with a late clock took is not undone by the yes before it."""
    rows = [
        LedgerRow(number, BOT, ConsentChange("c", ALL, NONE, after, at, SourceKind.KEYWORD, "c", turn=f"t{number}"))
        for number, after, at in ((1, IN, NOW + MINUTE), (2, OUT, NOW))
    ]
    no = Noes(rows).standing_at(NOW + 2 * MINUTE, "t3", (ALL,), "c")
    assert (no is not None and no.turn) == "t2"


async def test_after_pruning_nothing_is_claimed_of_what_is_gone(store: Store) -> None:
    ana = await take(store, ANA, "bye", at=0, all=OUT)
    await take(store, ANA, "hello", at=1)
    assert (await proof(store, ana)).pruned == 0
    await store.prune_journal(before=NOW + 5 * MINUTE)
    found = await proof(store, ana)
    assert found.pruned == 1
    lines = list(closing(found))
    assert "Not all of it is kept: the turns of 1 change were erased, or deleted after their time." in lines
    assert "Nothing was sent after a no." not in lines
