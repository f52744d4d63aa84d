"""The proof of one person's consent is the same from every store."""

from datetime import timedelta

from consent.membership import Act
from consent.merging import in_order, merge_people
from messages.consent import ALL, Membership, SourceKind
from messages.contact import Contact, Identity
from replay.proof import Proof, StepKind
from replay.proof_file import closing, sentence
from replay.proof_reading import missing_rows, read_proof
from storage.audience_records import StaffChange
from storage.port import Store
from storage.records import AuditRow
from tests.storage.talk import MINUTE, NOW, Talk, says

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT
BOT = "wellbeing"
ANA, OTHER = Talk("ana"), Talk("bo")  # at home in the same shard


async def take(store: Store, talk: Talk, event_id: str, *, at: int, **consent: Membership) -> str:
    loaded = await talk.load(store, event_id)
    changes = {ALL if subject == "all" else subject: after for subject, after in consent.items()}
    turn = talk.turn(loaded, event_id, says(event_id), consent=changes, at=NOW + at * MINUTE)
    await store.commit(turn)
    return turn.contact


async def proof(store: Store, contact: str, subject: str = "") -> Proof:
    return await read_proof(store, BOT, contact, subject=subject, at=NOW + timedelta(days=1), mask=None)


def told(found: Proof) -> list[tuple[str, str, bool]]:
    return [(step.kind.value, step.subject, step.own_act) for step in found.steps if step.kind is not StepKind.SENT]


async def test_own_acts_and_those_of_staff_are_told_apart(store: Store) -> None:
    ana = await take(store, ANA, "e1", at=0, tips=IN)
    person = await store.person(BOT, ana)
    assert person is not None
    change = StaffChange("news", Act.ADD, NOW + MINUTE, SourceKind.API, "crm", [person.number])
    await store.change_many(BOT, change)
    await take(store, ANA, "e2", at=2, tips=OUT)
    found = await proof(store, ana)
    assert told(found) == [("changed", "tips", True), ("changed", "news", False), ("changed", "tips", True)]
    assert found.memberships == {"tips": OUT, "news": Membership.ADDED}
    assert told(await proof(store, ana, "tips")) == [("changed", "tips", True), ("changed", "tips", True)]
    assert sentence(found.steps[1]) == (
        "Added to news by staff over the API, not by the person's own act, done by crm."
    )
    added = found.steps[1].sequence
    assert f"Not by the person's own act: row {added}." in list(closing(found))
    assert await missing_rows(store, found) == []


async def test_who_was_merged_in_brings_their_story(store: Store) -> None:
    ana = await take(store, ANA, "e1", at=0, tips=IN)
    other = await take(store, OTHER, "e2", at=1, tips=OUT)
    one, two = [await store.contact(BOT, each) for each in (ana, other)]
    assert one is not None
    assert two is not None
    kept, gone = in_order(one, two)
    ours, theirs = [await store.memberships(BOT, each.id) for each in (kept, gone)]
    plan = merge_people(kept, ours, gone, theirs, at=NOW + 2 * MINUTE, actor="directory")
    await store.merge_contacts(BOT, plan.kept, plan.gone, plan.changes)
    await store.add_audit(AuditRow(0, BOT, NOW + 2 * MINUTE, "directory", "merge", kept.id, f"took over {gone.id}"))
    found = await proof(store, kept.id)
    assert found.also == (gone.id,)
    assert told(found)[:2] == [("changed", "tips", True), ("changed", "tips", True)]
    assert {step.change.source for step in found.steps if step.change} == {SourceKind.BUTTON, SourceKind.MERGE}
    assert found.memberships == {"tips": OUT}


async def test_the_rows_of_somebody_erased_stay_provable(store: Store) -> None:
    ana = await take(store, ANA, "e1", at=0, tips=IN)
    before = await proof(store, ana)
    await store.erase_contact(BOT, ana, actor="ann", at=NOW + MINUTE)
    after = await proof(store, ana)
    assert await missing_rows(store, before) == []
    rows = [step for step in after.steps if step.kind is StepKind.CHANGED]
    assert rows[0].sequence == next(step.sequence for step in before.steps if step.sequence)
    assert "Ana" not in str(after)


async def test_somebody_of_whom_nothing_is_known_has_an_empty_proof(store: Store) -> None:
    await store.add_contact(BOT, Contact("c_new", (Identity("teams", "29:new"),), created_at=NOW))
    found = await proof(store, "c_new")
    assert (found.steps, found.memberships) == ((), {})
    assert "The store holds nothing about this person's consent." in list(closing(found))
