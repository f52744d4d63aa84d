"""The times of acts where staff act, people merge, are erased, or move with their store."""

from collections.abc import AsyncIterator
from datetime import timedelta

from consent.membership import Act, Refusal
from consent.merging import merge_people
from messages.consent import ALL, Membership, SourceKind
from messages.contact import Contact
from storage.audience_records import Changed, ImportJob, ImportRow, ImportStep, StaffChange
from storage.port import Store
from tests.storage.contract.audiences.people import BOT, known
from tests.storage.talk import MINUTE, NOW, Talk

IN, OUT, NONE, ADDED = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.NONE, Membership.ADDED
ANA, BO = Talk("ana"), Talk("bo")
DAY = timedelta(days=1)


def staff(act: Act, *people: int, minutes: float = 0, uploaded: float | None = None) -> StaffChange:
    """An act of staff on tips, that many minutes after NOW; perhaps by a file that was uploaded at another time."""
    acted = None if uploaded is None else NOW + uploaded * MINUTE
    return StaffChange("tips", act, NOW + minutes * MINUTE, SourceKind.CLI, "ann", people, acted_at=acted)


async def contact_of(store: Store, talk: Talk) -> Contact:
    loaded = await talk.load(store)
    assert loaded.contact is not None
    return loaded.contact


class TestStaff:
    async def test_what_staff_did_has_a_time_too(self, store: Store) -> None:
        await ANA.take(store, "e1")
        (ana,) = await store.people(BOT)
        await store.change_many(BOT, staff(Act.ADD, ana.number))
        await store.change_many(BOT, staff(Act.REMOVE, ana.number, minutes=1))
        loaded = await ANA.load(store)
        assert (loaded.lowered, loaded.raised) == ({"tips": NOW + MINUTE}, {"tips": NOW})

    async def test_a_file_older_than_the_removal_adds_nobody_back(self, store: Store) -> None:
        (ana,) = await known(store, "ana")
        await store.change_many(BOT, staff(Act.ADD, ana.number))
        await store.change_many(BOT, staff(Act.REMOVE, ana.number, minutes=5))
        again = staff(Act.ADD, ana.number, minutes=9, uploaded=4)
        assert list(await store.change_many(BOT, again)) == [Refusal.SINCE]
        younger = staff(Act.ADD, ana.number, minutes=10, uploaded=6)
        assert list(await store.change_many(BOT, younger)) == [Changed.CHANGED]
        assert await store.memberships(BOT, ana.contact.id) == {"tips": ADDED}

    async def test_removing_somebody_who_is_not_in_speaks_against_a_file_on_its_way(self, store: Store) -> None:
        (ana,) = await known(store, "ana")
        assert list(await store.change_many(BOT, staff(Act.REMOVE, ana.number, minutes=5))) == [Changed.UNCHANGED]
        late = staff(Act.ADD, ana.number, minutes=9, uploaded=4)
        assert list(await store.change_many(BOT, late)) == [Refusal.SINCE]
        assert (await store.verify_ledger(BOT)).differences == ()

    async def test_a_file_from_before_a_stop_that_was_taken_back_adds_nobody(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={ALL: OUT}, at=NOW + 5 * MINUTE)
        await ANA.take(store, "e2", consent={ALL: IN}, at=NOW + 6 * MINUTE)
        (ana,) = await store.people(BOT)
        late = staff(Act.ADD, ana.number, minutes=9, uploaded=4)
        assert list(await store.change_many(BOT, late)) == [Refusal.SINCE]

    async def test_who_is_in_already_is_as_before_however_old_the_file(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={"tips": OUT}, at=NOW + 5 * MINUTE)
        await ANA.take(store, "e2", consent={"tips": IN}, at=NOW + 6 * MINUTE)
        (ana,) = await store.people(BOT)
        late = staff(Act.ADD, ana.number, minutes=9, uploaded=4)
        assert list(await store.change_many(BOT, late)) == [Changed.UNCHANGED]

    async def test_an_import_is_as_old_as_its_upload(self, store: Store) -> None:
        ana, bo = await known(store, "ana", "bo")

        async def file() -> AsyncIterator[bytes]:
            yield b"ana@example.org\nbo@example.org\n"

        wanted = ImportJob("j1", BOT, "ann", SourceKind.CSV, NOW, segment="tips", file_name="list.csv")
        await store.add_import(wanted, file())
        await store.change_many(BOT, staff(Act.REMOVE, ana.number, minutes=1))
        await store.claim_import("w1", NOW + 2 * MINUTE, NOW + 9 * MINUTE)
        rows = (ImportRow(1, "ana@example.org", ana.number), ImportRow(2, "bo@example.org", bo.number))
        step = ImportStep("j1", "w1", 0, rows, NOW + 2 * MINUTE, NOW + 9 * MINUTE)
        done = await store.apply_import(BOT, step)
        assert (done.added, done.failed) == (1, 1)
        assert [(row.line, row.reason.value) for row in await store.failed_rows(BOT, "j1")] == [
            (1, "removed or opted out since")
        ]
        (row,) = await store.ledger(BOT, subject="tips")
        assert (row.change.contact, row.change.at, row.change.acted_at) == (bo.contact.id, NOW + 2 * MINUTE, NOW)
        assert (await store.verify_ledger(BOT)).differences == ()


class TestMerging:
    async def join(self, store: Store, kept: Talk, gone: Talk) -> None:
        one, two = await contact_of(store, kept), await contact_of(store, gone)
        ours, theirs = [await store.memberships(BOT, each.id) for each in (one, two)]
        plan = merge_people(one, ours, two, theirs, at=NOW + DAY, actor="ann")
        await store.merge_contacts(BOT, plan.kept, plan.gone, plan.changes)

    async def test_the_later_of_both_times_counts(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={"tips": OUT, "news": IN}, acted_at=NOW)
        await BO.take(store, "e2", consent={"tips": OUT, "events": IN}, acted_at=NOW + MINUTE)
        await self.join(store, ANA, BO)
        for talk in (ANA, BO):
            loaded = await talk.load(store)
            assert loaded.lowered == {"tips": NOW + MINUTE}
            assert loaded.raised == {"news": NOW, "events": NOW + MINUTE}
        assert (await store.verify_ledger(BOT)).differences == ()

    async def test_a_yes_of_the_one_that_the_no_of_the_other_overrides_is_a_tie(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW + MINUTE)
        await BO.take(store, "e2", consent={"tips": OUT}, acted_at=NOW)
        await self.join(store, ANA, BO)
        loaded = await ANA.load(store)
        assert (loaded.memberships, loaded.lowered) == ({"tips": OUT}, {"tips": NOW + MINUTE})

    async def test_a_start_that_changed_nothing_lowers_nothing(self, store: Store) -> None:
        await ANA.take(store, "e1", raised={ALL: NOW + MINUTE})
        await BO.take(store, "e2", consent={"tips": IN}, acted_at=NOW)
        await BO.take(store, "e3", raised={ALL: NOW + 2 * MINUTE, "tips": NOW + MINUTE})
        await self.join(store, ANA, BO)
        loaded = await ANA.load(store)
        assert (loaded.memberships, loaded.lowered) == ({"tips": IN}, {})
        assert loaded.raised == {ALL: NOW + 2 * MINUTE, "tips": NOW + MINUTE}

    async def test_one_that_the_stop_of_the_other_overrides_is_a_tie(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={ALL: OUT}, acted_at=NOW)
        await BO.take(store, "e2", raised={ALL: NOW + MINUTE})
        await self.join(store, ANA, BO)
        loaded = await BO.load(store)
        assert (loaded.memberships, loaded.lowered) == ({ALL: OUT}, {ALL: NOW + MINUTE})

    async def test_a_stop_of_the_one_reaches_what_the_other_was_added_to(self, store: Store) -> None:
        await ANA.take(store, "e1")
        (ana,) = await store.people(BOT)
        await store.change_many(BOT, staff(Act.ADD, ana.number))
        await BO.take(store, "e2", consent={ALL: OUT}, acted_at=NOW + 2 * MINUTE)
        await self.join(store, ANA, BO)
        loaded = await ANA.load(store)
        assert loaded.memberships == {ALL: OUT, "tips": OUT}
        assert loaded.lowered[ALL] == NOW + 2 * MINUTE
        assert loaded.lowered["tips"] <= NOW + 2 * MINUTE


class TestErasing:
    async def test_what_an_erased_person_did_before_counts_no_more(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW)
        await store.erase_contact(BOT, (await contact_of(store, ANA)).id, actor="ann", at=NOW + MINUTE)
        loaded = await ANA.load(store)
        assert (loaded.contact, loaded.lowered) == (None, {ALL: NOW + MINUTE})

    async def test_the_contact_who_comes_back_keeps_that(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={"tips": IN}, acted_at=NOW)
        await store.erase_contact(BOT, (await contact_of(store, ANA)).id, actor="ann", at=NOW + MINUTE)
        await ANA.take(store, "e2")
        assert (await ANA.load(store)).lowered == {ALL: NOW + MINUTE}
        await ANA.take(store, "e3", consent={ALL: OUT}, acted_at=NOW)
        assert (await ANA.load(store)).lowered == {ALL: NOW + MINUTE}
        assert (await store.verify_ledger(BOT)).differences == ()

    async def test_a_no_later_than_the_erasure_is_kept(self, store: Store) -> None:
        await ANA.take(store, "e1", consent={"tips": OUT}, acted_at=NOW + 5 * MINUTE)
        await store.erase_contact(BOT, (await contact_of(store, ANA)).id, actor="ann", at=NOW + MINUTE)
        assert (await ANA.load(store)).lowered == {ALL: NOW + 5 * MINUTE}

    async def test_a_yes_that_the_channel_dates_after_the_erasure_is_a_tie(self, store: Store) -> None:
        """The clock of the channel may be ahead of the one that erases; a redelivery of the yes does not count."""
        await ANA.take(store, "e1", consent={"tips": IN, "news": OUT}, acted_at=NOW + 2 * MINUTE)
        await ANA.take(store, "e2", raised={"tips": NOW + 3 * MINUTE})
        await store.erase_contact(BOT, (await contact_of(store, ANA)).id, actor="ann", at=NOW + MINUTE)
        assert (await ANA.load(store)).lowered == {ALL: NOW + 3 * MINUTE}

    async def test_erased_come_back_and_erased_again(self, store: Store) -> None:
        await ANA.take(store, "e1")
        for number in (1, 2):
            contact = await contact_of(store, ANA)
            await store.erase_contact(BOT, contact.id, actor="ann", at=NOW + number * MINUTE)
            await store.erase_contact(BOT, contact.id, actor="ann", at=NOW + number * MINUTE)
            await ANA.take(store, f"back{number}")
        assert (await ANA.load(store)).lowered == {ALL: NOW + 2 * MINUTE}

    async def test_every_account_of_a_merged_person(self, store: Store) -> None:
        await ANA.take(store, "e1")
        await BO.take(store, "e2", consent={ALL: OUT}, acted_at=NOW + 3 * MINUTE)
        await TestMerging().join(store, ANA, BO)
        await store.erase_contact(BOT, (await contact_of(store, ANA)).id, actor="ann", at=NOW + MINUTE)
        for talk in (ANA, BO):
            assert (await talk.load(store)).lowered == {ALL: NOW + 3 * MINUTE}

    async def test_nobody_else_is_concerned(self, store: Store) -> None:
        await ANA.take(store, "e1")
        await store.erase_contact(BOT, (await contact_of(store, ANA)).id, actor="ann", at=NOW + MINUTE)
        assert (await BO.load(store)).lowered == {}
        assert (await Talk("ana", "other").load(store)).lowered == {}


async def test_a_yes_of_somebody_being_erased_is_a_new_contacts(store: Store) -> None:
    """Who acts again without any time is kept, and lowered all the same."""
    await ANA.take(store, "e1")
    await store.erase_contact(BOT, (await contact_of(store, ANA)).id, actor="ann", at=NOW + MINUTE)
    loaded = await ANA.load(store)
    turn = ANA.turn(loaded, "e2", consent={"tips": IN}, acted_at=NOW + 2 * MINUTE)
    await store.commit(turn)
    after = await ANA.load(store)
    assert (after.memberships, after.lowered) == ({"tips": IN}, {ALL: NOW + MINUTE})
