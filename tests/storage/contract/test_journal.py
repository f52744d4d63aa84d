"""The journal as ops read it: in order, from a moment on, and forgotten when it is old."""

from datetime import timedelta

from messages.codec import RecordDecoder, to_ms
from messages.consent import Membership
from storage.port import Store
from storage.records import JournalEntry, RecordedTurn
from tests.storage.talk import MINUTE, NOW, Talk, says

ANA, BOB, EVE = Talk("ana"), Talk("bob"), Talk("eve", "other")
FOREVER = timedelta(days=36500)
SECOND = timedelta(seconds=1)

_decode = RecordDecoder[JournalEntry](JournalEntry)


def turns(found: list[RecordedTurn]) -> list[str]:
    return [_decode(turn.record).turn for turn in found]


async def talk(store: Store, count: int) -> list[str]:
    """Two people take turns, a minute each; a stranger of another bot is there too."""
    for n in range(count):
        await ANA.take(store, f"a{n}", says(f"to ana {n}"), at=NOW + n * MINUTE)
        await BOB.take(store, f"b{n}", at=NOW + n * MINUTE)
        await EVE.take(store, f"e{n}", at=NOW + n * MINUTE)
    return [f"turn-{who}{n}" for n in range(count) for who in "ab"]


async def all_turns(store: Store, position: str = "", limit: int = 1000) -> tuple[list[RecordedTurn], str]:
    found: list[RecordedTurn] = []
    while (page := await store.journal_page("wellbeing", position, limit=limit)).turns:
        found += page.turns
        position = page.position
    return found, position


async def test_turns_come_once_and_in_order_of_each_conversation(store: Store) -> None:
    everything = await talk(store, 5)
    for limit in (1, 3, 1000):
        found, _ = await all_turns(store, limit=limit)
        assert sorted(turns(found)) == sorted(everything)
        for person in (ANA, BOB):
            own = turns([turn for turn in found if turn.conversation == person.key])
            assert own == [f"turn-{person.user[0]}{n}" for n in range(5)]


async def test_a_turn_says_where_and_when_it_was(store: Store) -> None:
    await talk(store, 1)
    (turn, _), _ = await all_turns(store)
    assert (turn.conversation, turn.at) == (ANA.key, to_ms(NOW))
    assert turn.place


async def test_a_position_goes_on_with_what_came_later(store: Store) -> None:
    await talk(store, 2)
    _, position = await all_turns(store)
    assert (await store.journal_page("wellbeing", position)).turns == []
    await ANA.take(store, "late")
    found, _ = await all_turns(store, position)
    assert turns(found) == ["turn-late"]


async def test_the_end_is_where_what_comes_begins(store: Store) -> None:
    assert (await store.journal_page("wellbeing", await store.journal_end("wellbeing"))).turns == []
    await talk(store, 2)
    position = await store.journal_end("wellbeing")
    await BOB.take(store, "late")
    found, _ = await all_turns(store, position)
    assert turns(found) == ["turn-late"]


async def test_a_position_holds_when_everything_before_it_was_forgotten(store: Store) -> None:
    await talk(store, 3)
    _, read = await all_turns(store)
    end = await store.journal_end("wellbeing")
    await store.prune_journal(keep_bytes=0)
    ends = [read, end, await store.journal_end("wellbeing")]
    await ANA.take(store, "late")
    for position in ends:
        assert turns((await all_turns(store, position))[0]) == ["turn-late"]


async def test_nothing_from_a_moment_on_is_missed(store: Store) -> None:
    await talk(store, 30)
    for minutes in (0, 7, 29, 40):
        since = NOW + minutes * MINUTE
        found, _ = await all_turns(store, await store.journal_since("wellbeing", since))
        wanted = {f"turn-{who}{n}" for n in range(minutes, 30) for who in "ab"}
        assert wanted <= set(turns(found))


async def test_a_turn_written_after_a_later_one_is_not_missed(store: Store) -> None:
    for n in range(20):
        await ANA.take(store, f"a{n}", at=NOW + n * MINUTE)
        await BOB.take(store, f"b{n}", at=NOW + n * MINUTE - 59 * SECOND)
    for n in range(20):
        since = NOW + n * MINUTE - 59 * SECOND
        found, _ = await all_turns(store, await store.journal_since("wellbeing", since))
        assert {f"turn-a{n}", f"turn-b{n}"} <= set(turns(found))
        assert n < 10 or "turn-a1" not in turns(found)


async def test_one_conversation_is_read_from_either_end(store: Store) -> None:
    await talk(store, 6)
    whole = [f"turn-a{n}" for n in range(6)]
    assert turns(list(await store.journal_of("wellbeing", ANA.key))) == whole
    assert turns(list(await store.journal_of("wellbeing", ANA.key, limit=2))) == whole[:2]
    assert turns(list(await store.journal_of("wellbeing", ANA.key, after=4, limit=5))) == whole[4:]
    assert turns(list(await store.journal_of("wellbeing", ANA.key, latest=True, limit=2))) == whole[-2:]
    assert turns(list(await store.journal_of("wellbeing", ANA.key, latest=True, limit=99))) == whole
    assert list(await store.journal_of("wellbeing", ANA.key, after=6)) == []
    assert list(await store.journal_of("other", ANA.key)) == []
    assert list(await store.journal_of("wellbeing", "teams:nobody")) == []


async def test_the_conversations_of_a_person_are_found(store: Store) -> None:
    await talk(store, 1)
    group = Talk("ana", group="19:team")
    await group.take(store, "g1")
    contact = (await ANA.load(store)).contact
    assert contact is not None
    assert list(await store.conversations_of("wellbeing", contact.id)) == sorted([ANA.key, group.key])
    assert list(await store.conversations_of("other", contact.id)) == []
    assert list(await store.conversations_of("wellbeing", "c_nobody")) == []


async def test_what_is_old_is_forgotten_and_nothing_else(store: Store) -> None:
    await ANA.take(store, "in", consent={"tips": Membership.OPTED_IN})
    await talk(store, 6)
    assert await store.prune_journal(before=NOW + 3 * MINUTE) == 1 + 3 * 3
    found, _ = await all_turns(store)
    assert sorted(turns(found)) == sorted(f"turn-{who}{n}" for n in (3, 4, 5) for who in "ab")
    assert turns(list(await store.journal_of("wellbeing", ANA.key, after=1))) == ["turn-a4", "turn-a5"]
    assert turns(list(await store.journal_of("wellbeing", ANA.key, latest=True, limit=1))) == ["turn-a5"]
    assert await store.prune_journal(before=NOW + 3 * MINUTE) == 0
    report = await store.verify_ledger("wellbeing")
    assert (report.rows, report.memberships, report.differences) == (1, 1, ())
    assert (await ANA.load(store, "a0")).seen
    await ANA.take(store, "next")
    assert turns(list(await store.journal_of("wellbeing", ANA.key))) == [f"turn-a{n}" for n in (3, 4, 5)] + [
        "turn-next"
    ]


async def test_what_is_too_much_is_forgotten_from_the_oldest_on(store: Store) -> None:
    await talk(store, 10)
    found, _ = await all_turns(store)
    size = sum(len(turn.record) for turn in found)
    assert await store.prune_journal(keep_bytes=10 * size) == 0
    gone = await store.prune_journal(keep_bytes=size // 2)
    left, _ = await all_turns(store)
    assert gone >= 10
    assert 0 < len(left) < len(found)
    went = [turn for turn in found if turn not in left]
    assert len(went) + len(left) == len(found)
    assert max(turn.at for turn in went) <= min(turn.at for turn in left)
    assert await store.prune_journal(keep_bytes=0) > 0
    assert (await all_turns(store))[0] == []


async def test_pruning_the_journal_and_pruning_events_do_not_meet(store: Store) -> None:
    await talk(store, 4)
    await store.prune(NOW + 2 * MINUTE, timedelta())
    assert len((await all_turns(store))[0]) == 8
    await store.prune_journal(before=NOW + 3 * MINUTE)
    pruned = await store.prune(NOW + 9 * MINUTE, timedelta())
    assert pruned.seen_events == 6
    assert sorted(turns((await all_turns(store))[0])) == ["turn-a3", "turn-b3"]
    await store.prune_journal(before=NOW + FOREVER)
    assert (await all_turns(store))[0] == []
    await talk(store, 1)
    assert len((await all_turns(store))[0]) == 2
