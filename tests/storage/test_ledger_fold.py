"""What a ledger is said to lack is said in the same words, whatever store it is in and however many shards it has."""

from collections.abc import Callable, Sequence

import pytest

from messages.consent import Membership
from storage.ledger import FoldedMembership, LedgerFold, ProvenRows, report_of
from storage.records import LedgerLoss
from tests.storage.talk import NOW

IN, OUT, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.NONE
ROW = ("c-ana", "tips", NONE, IN)


def proven(first: int, *rows: tuple[str, str, Membership, Membership], keeps: bool = True) -> ProvenRows:
    """Rows whose hash is right behind any other."""
    return ProvenRows(first, rows or (ROW,), f"h{first}", lambda _: f"h{first}", keeps)


def altered(first: int, *rows: tuple[str, str, Membership, Membership]) -> ProvenRows:
    return proven(first, *rows)._replace(hash_behind=lambda previous: f"another behind {previous}")


def problems(fold: LedgerFold, *all_rows: ProvenRows) -> list[str]:
    return [difference.problem for rows in all_rows for difference in fold.add(rows)]


def test_a_whole_ledger_has_no_problem() -> None:
    fold = LedgerFold("b", "", ())
    assert problems(fold, proven(1), proven(2, ("c-ana", "tips", IN, OUT), ("c-bo", "tips", NONE, IN)), proven(4, ("c-bo", "news", NONE, OUT))) == []  # fmt: skip  # noqa: E501
    stored = {
        ("c-ana", "tips"): FoldedMembership(OUT, 2),
        ("c-bo", "tips"): FoldedMembership(IN, 3),
        ("c-bo", "news"): FoldedMembership(OUT, 4),
    }
    assert list(fold.compare(stored)) == []
    report = report_of([fold], 3, (), ())
    assert (report.rows, report.head, report.differences) == (4, "h4", ())


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([proven(1), proven(3, ("c-bo", "tips", NONE, IN))], "the ledger skips from row 1 to row 3"),
        ([proven(2)], "the ledger skips from row 0 to row 2"),
        ([altered(1)], "row 1 was altered: its hash does not fit"),
        ([altered(1, ROW, ("c-bo", "tips", NONE, IN))], "rows 1 to 2 were altered: their hash does not fit"),
        ([proven(1, keeps=False)], "row 1 was altered: its personal part does not fit its digest"),
        ([proven(1, ("c-ana", "tips", OUT, IN))], "row 1 starts from opted_out, and the rows before it say none"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(rows: Sequence[ProvenRows], said: str) -> None:
    assert problems(LedgerFold("b", "", ()), *rows) == [said]


def test_rows_of_a_shard_are_named_by_their_sequences() -> None:
    """The second of three shards has the rows 2, 5, 8; its first is no gap."""
    fold = LedgerFold("b", "", (), shard=1, shards=3)
    assert problems(fold, proven(2)) == []
    assert problems(fold, proven(8, ("c-bo", "tips", NONE, IN))) == ["the ledger skips from row 2 to row 8"]
    stored = {("c-ana", "tips"): FoldedMembership(IN, 5)}
    told = [difference.problem for difference in fold.compare(stored, {("c-ana", "tips")})]
    assert told == [
        "membership names row 5 as its proof; it is row 2",
        "membership differs from the fold of the ledger",
        "the list of members lacks the contact",
    ]


@pytest.mark.parametrize("declared", [True, False])
def test_rows_on_record_as_lost_are_no_gap(declared: bool) -> None:
    loss = LedgerLoss("1", "b", 0, 2, 3, 9, "h3", NOW, NOW, "mia")
    fold = LedgerFold("b", "", [loss] if declared else ())
    made: Callable[[int], ProvenRows] = lambda first: proven(first, (f"c-{first}", "tips", NONE, IN))  # noqa: E731
    assert bool(problems(fold, made(1), made(10))) is not declared
    opened = LedgerLoss("2", "b", 0, 11, 11, 19, "h11", NOW)
    report = report_of([fold], 2, (), [opened])
    assert [difference.problem for difference in report.differences] == ["row 11 was acknowledged and is not there"]
