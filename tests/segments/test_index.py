"""The index of members says what the fold of the ledger says, whatever happened and however its rows came."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from messages.consent import ConsentChange, LedgerRow, Membership, SourceKind
from messages.ids import ALL
from segments.fold import fold
from segments.index import Count, SegmentIndex
from segments.may_receive import may_receive
from tests.segments.acts import SEGMENTS

NONE, IN, OUT, ADDED = Membership.NONE, Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED
MEMBER = (IN, ADDED)
PEOPLE = ("ana", "ben", "cleo", "dan", "eve")

Wish = tuple[str, str, Membership]

wishes: st.SearchStrategy[list[Wish]] = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from((*SEGMENTS, ALL)), st.sampled_from(Membership)), max_size=60
)


def ledger(*wanted: Wish, shards: int = 1) -> list[LedgerRow]:
    """Rows that bring each membership about, numbered as a ledger of so many shards does. No row changes nothing."""
    rows: list[LedgerRow] = []
    standing: dict[tuple[str, str], Membership] = {}
    numbers = [0] * shards
    for contact, subject, after in wanted:
        before = standing.get((contact, subject), NONE)
        if after is not before:
            standing[contact, subject] = after
            shard = PEOPLE.index(contact) % shards
            change = ConsentChange(
                contact, subject, before, after, datetime(2026, 11, 23, tzinfo=UTC), SourceKind.API, ""
            )
            rows.append(LedgerRow(numbers[shard] * shards + shard + 1, "wellbeing", change))
            numbers[shard] += 1
    return rows


def fed(rows: list[LedgerRow], shards: int = 1) -> SegmentIndex:
    index = SegmentIndex(shards)
    index.feed(rows)
    return index


def assert_is_fold(index: SegmentIndex, rows: list[LedgerRow]) -> None:
    folded = fold(row.change for row in rows)
    seen = max((row.sequence for row in rows), default=0)
    assert index.seen == seen
    assert index.segments == sorted({row.change.subject for row in rows} - {ALL})
    for segment in SEGMENTS:
        stands = {person: folded.get(person, {}).get(segment, NONE) for person in PEOPLE}
        stopped = {person: folded.get(person, {}).get(ALL, NONE) for person in PEOPLE}
        members = {person for person in PEOPLE if stands[person] in MEMBER}
        reachable = {person for person in PEOPLE if may_receive(stands[person], stopped[person])}
        assert index.count(segment) == Count(len(members), len(reachable), seen)
        assert {person for person in PEOPLE if index.is_member(person, segment)} == members


@given(wishes)
def test_the_index_is_the_fold_of_the_ledger(wanted: list[Wish]) -> None:
    rows = ledger(*wanted)
    assert_is_fold(fed(rows), rows)


@given(wishes, st.data())
def test_rows_that_come_again_change_nothing(wanted: list[Wish], data: st.DataObject) -> None:
    """After each page come pieces of what came before."""
    rows = ledger(*wanted)
    index, end = SegmentIndex(), 0
    while end < len(rows):
        end = data.draw(st.integers(end + 1, len(rows)))
        index.feed(rows[:end])
        start = data.draw(st.integers(0, end))
        index.feed(rows[start : data.draw(st.integers(start, end))])
        assert_is_fold(index, rows[:end])


@given(wishes, st.integers(2, 4), st.data())
def test_shards_come_as_fast_as_they_like(wanted: list[Wish], shards: int, data: st.DataObject) -> None:
    """Rows of a shard keep their order; between shards there is none. Some come again, later."""
    rows = ledger(*wanted, shards=shards)
    of_shard = [[row for row in rows if (row.sequence - 1) % shards == shard] for shard in range(shards)]
    index, ends = SegmentIndex(shards), [0] * shards
    while behind := [shard for shard in range(shards) if ends[shard] < len(of_shard[shard])]:
        shard = data.draw(st.sampled_from(behind))
        start, ends[shard] = ends[shard], data.draw(st.integers(ends[shard] + 1, len(of_shard[shard])))
        index.feed(of_shard[shard][start : ends[shard]])
        index.feed(of_shard[shard][: data.draw(st.integers(0, ends[shard]))])
    assert_is_fold(index, rows)


def test_who_was_added_is_out_of_reach_after_a_stop_and_who_opts_in_after_it_is_not() -> None:
    rows = ledger(("ana", "tips", ADDED), ("ana", ALL, OUT), ("ben", ALL, OUT), ("ben", "tips", IN))
    assert fed(rows).count("tips") == Count(members=2, reachable=1, sequence=4)


def test_a_start_brings_who_was_added_back_into_reach() -> None:
    rows = ledger(("ana", "tips", ADDED), ("ana", ALL, OUT), ("ana", ALL, IN))
    assert fed(rows).count("tips") == Count(members=1, reachable=1, sequence=3)


def test_nobody_is_in_a_segment_that_no_row_is_about() -> None:
    index = fed(ledger(("ana", "tips", IN)))
    assert index.count("news") == Count(0, 0, 1)
    assert not index.is_member("ana", "news")
    assert not index.is_member("nobody", "tips")


def test_an_index_that_was_fed_nothing_has_seen_nothing() -> None:
    assert SegmentIndex(3).count("tips") == Count(0, 0, 0)
