"""People in sequences: kept by version, given out when due, listed and counted."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from storage.enrolments import Enrolment, EnrolmentFeed, EnrolmentState
from storage.port import Store

NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def enrolled(contact: str, sequence: str = "course", *, due: datetime | None = NOW, bot: str = "bot") -> Enrolment:
    return Enrolment(bot, sequence, contact, entered_at=NOW - HOUR, step="day1", due=due)


async def known(store: Store, contact: str, sequence: str = "course", bot: str = "bot") -> Enrolment | None:
    (found,) = await store.known_enrolments(bot, [(sequence, contact)])
    return found


async def test_one_is_kept_under_the_next_version_and_read_as_it_was_saved(store: Store) -> None:
    first = replace(enrolled("ana"), had=("hello",), base=NOW - HOUR, generation=2)
    assert await store.save_enrolments("bot", [first]) == [True]
    assert await known(store, "ana") == replace(first, version=1)
    assert await known(store, "ana", "other") is None
    assert await known(store, "ana", "course", "other") is None


async def test_one_that_was_read_before_another_save_is_not_kept(store: Store) -> None:
    await store.save_enrolments("bot", [enrolled("ana")])
    read = await known(store, "ana")
    assert read is not None
    assert await store.save_enrolments("bot", [replace(read, step="day2")]) == [True]
    stale = [replace(read, step="day3"), enrolled("ben"), enrolled("ana")]
    assert await store.save_enrolments("bot", stale) == [False, True, False]
    kept = await known(store, "ana")
    assert kept is not None
    assert (kept.step, kept.version) == ("day2", 2)


async def test_those_that_are_due_are_given_out_once_until_the_lease_is_over(store: Store) -> None:
    late, due, ahead = enrolled("late", due=NOW - HOUR), enrolled("due"), enrolled("ahead", due=NOW + HOUR)
    await store.save_enrolments("bot", [due, ahead, late, enrolled("never", due=None)])
    await store.save_enrolments("two", [enrolled("other", due=NOW - 2 * HOUR, bot="two")])
    taken = await store.take_enrolments(NOW, NOW + timedelta(seconds=30))
    assert [(each.bot, each.contact, each.due) for each in taken] == [
        ("two", "other", NOW - 2 * HOUR),
        ("bot", "late", NOW - HOUR),
        ("bot", "due", NOW),
    ]
    assert await store.take_enrolments(NOW, NOW + HOUR) == []
    assert await store.next_enrolment() == NOW + timedelta(seconds=30)
    again = await store.take_enrolments(NOW + timedelta(seconds=30), NOW + HOUR, limit=2)
    assert len(again) == 2


async def test_what_is_saved_is_due_when_it_says_whatever_lease_it_had(store: Store) -> None:
    await store.save_enrolments("bot", [enrolled("ana")])
    (taken,) = await store.take_enrolments(NOW, NOW + HOUR)
    assert await store.save_enrolments("bot", [replace(taken, due=NOW + timedelta(minutes=1))]) == [True]
    assert await store.next_enrolment() == NOW + timedelta(minutes=1)
    kept = await known(store, "ana")
    assert kept is not None
    await store.save_enrolments("bot", [replace(kept, state=EnrolmentState.DONE, due=None, ended_at=NOW)])
    assert await store.next_enrolment() is None
    assert await store.take_enrolments(NOW + 9 * HOUR, NOW + 10 * HOUR) == []


async def test_they_are_listed_by_sequence_and_by_person(store: Store) -> None:
    names = [f"c{number:02}" for number in range(25)]
    await store.save_enrolments("bot", [enrolled(name) for name in reversed(names)])
    await store.save_enrolments("bot", [enrolled("c03", "news"), enrolled("c03", "art")])
    first = await store.enrolments("bot", "course", limit=10)
    assert [each.contact for each in first] == names[:10]
    rest = await store.enrolments("bot", "course", after=first[-1].contact, limit=100)
    assert [each.contact for each in rest] == names[10:]
    assert [each.sequence for each in await store.enrolments_of("bot", "c03")] == ["art", "course", "news"]
    assert await store.enrolments_of("bot", "nobody") == []


async def test_they_are_counted_by_sequence_and_state(store: Store) -> None:
    await store.save_enrolments("bot", [enrolled("ana"), enrolled("ben"), enrolled("ana", "news")])
    ben = await known(store, "ben")
    assert ben is not None
    await store.save_enrolments("bot", [replace(ben, state=EnrolmentState.LEFT, due=None), ben])
    assert await store.enrolment_counts("bot") == {
        ("course", EnrolmentState.ACTIVE): 1,
        ("course", EnrolmentState.LEFT): 1,
        ("news", EnrolmentState.ACTIVE): 1,
    }
    assert await store.enrolment_counts("other") == {}


async def test_how_far_the_ledger_was_followed_is_kept_by_bot(store: Store) -> None:
    assert await store.enrolment_feed("bot") == EnrolmentFeed()
    await store.set_enrolment_feed("bot", EnrolmentFeed((3, 4), "abc"))
    assert await store.enrolment_feed("bot") == EnrolmentFeed((3, 4), "abc")
    assert await store.enrolment_feed("other") == EnrolmentFeed()
