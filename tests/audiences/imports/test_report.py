"""A report opens in any spreadsheet, tells each row as it was given, and runs nothing."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences.imports.report import COLUMNS, WHAT_TO_DO, Entry, Outcome, Reason, harmless, write_report

FAILED = Outcome.FAILED


def read(*entries: Entry) -> list[list[str]]:
    text = b"".join(write_report(entries)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_report_has_a_title_row_and_a_row_for_each_entry() -> None:
    assert read() == [list(COLUMNS)]
    assert read(
        Entry(2, "ana@x.org", FAILED, Reason.OPTED_OUT),
        Entry(3, 'Ana "Nina", x', FAILED, Reason.MALFORMED, "an id holds no blanks", "Give the id"),
        Entry(9, "ben@x.org", Outcome.UNCHANGED),
    )[1:] == [
        ["2", "ana@x.org", "failed", "opted out", WHAT_TO_DO[Reason.OPTED_OUT]],
        ["3", 'Ana "Nina", x', "failed", "malformed: an id holds no blanks", "Give the id"],
        ["9", "ben@x.org", "unchanged", "", ""],
    ]


def test_spreadsheets_are_told_the_encoding_and_get_their_line_ends() -> None:
    data = b"".join(write_report([Entry(1, "rené", FAILED, Reason.UNKNOWN)]))
    assert data.startswith(b'\xef\xbb\xbf"line","value","outcome","reason","what to do"\r\n"1","ren\xc3\xa9"')
    assert data.endswith(b'"\r\n')


def test_each_reason_says_what_to_do() -> None:
    assert set(WHAT_TO_DO) == set(Reason)
    assert all(harmless(remedy) == remedy and not remedy.endswith(".") for remedy in WHAT_TO_DO.values())


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ('a;"=1', "a;'\"=1"),
        ("a\n@x", "a\n'@x"),
        ("ana+news@x-y.org", "ana+news@x-y.org"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(value: str, cell: str) -> None:
    assert read(Entry(1, value, FAILED, Reason.UNKNOWN))[1][1] == cell


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.text(st.sampled_from("=+-@\t\r\n ;,\"'a")), max_size=20))
def test_any_value_comes_back_and_none_is_a_formula(values: list[str]) -> None:
    entries = [Entry(number, value, FAILED, Reason.UNKNOWN) for number, value in enumerate(values)]
    rows = read(*entries)[1:]
    assert [row[1].replace("'", "") for row in rows] == [value.replace("'", "") for value in values]
    assert all(len(row) == len(COLUMNS) and not row[1].startswith(tuple("=+-@\t\r")) for row in rows)


def test_a_long_report_comes_in_parts_while_it_is_made() -> None:
    made = 0

    def entries() -> Iterator[Entry]:
        nonlocal made
        for made in range(1, 10_001):
            yield Entry(made, f"person{made}@example.org", FAILED, Reason.UNKNOWN)

    parts = write_report(entries())
    first = [next(parts), next(parts)]
    assert 0 < made < 1000
    rest = list(parts)
    assert max(map(len, [*first, *rest])) < 70_000
    assert b"".join([*first, *rest]).count(b"\r\n") == 10_001
