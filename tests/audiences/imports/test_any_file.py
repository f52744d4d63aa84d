"""Whatever somebody uploads: what Python's csv module wrote comes back, and the rest is rows or a refusal."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from audiences.imports.rows import Row, Rows
from messages.errors import BadInput

CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff")
VALUES = st.text(CHARACTERS | st.sampled_from("\r\n\t\"';,"), max_size=20).filter(
    lambda value: any(map(str.isalnum, value))
)
WINDOWS_VALUES = st.text(st.sampled_from("aZ09@.-_ ;,\t\"'\r\né€ß“”Ž"), min_size=1, max_size=20).filter(
    lambda value: any(map(str.isalnum, value))
)
CUTS = st.lists(st.integers(0, 200), max_size=6)
FILES = st.one_of(
    st.binary(max_size=200),
    st.text(st.sampled_from('ab@.;,\t\r\n" é\u200b'), max_size=60).map(str.encode),
    st.text(st.sampled_from('ab@.;,\t\r\n" é'), max_size=60).map(lambda text: text.encode("cp1252")),
    st.text(st.sampled_from('ab@.;,\t\r\n" é\u200b'), max_size=60).map(lambda text: text.encode("utf-16")),
)


def written(values: list[str], delimiter: str, line_end: str, *, quote_all: bool) -> str:
    """Return what the csv module writes; what another separator would cut is in quotes too."""
    file = io.StringIO(newline="")
    for value in values:
        every = quote_all or any(c in value for c in ";,\t\r\n") or value.lstrip(" ").startswith('"')
        quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
        csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerow([value])
    return file.getvalue()


def line_breaks(text: str) -> int:
    return len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    return (data[begin:end] for begin, end in pairwise([0, *sorted(cuts), len(data)]))


def outcome(data: bytes, cuts: list[int]) -> tuple[list[Row], Row | None, str, int] | str:
    rows = Rows(pieces(data, cuts))
    try:
        return list(rows), rows.header, rows.encoding, rows.lines
    except BadInput as refused:
        return str(refused)


def assert_comes_back(values: list[str], data: bytes, cuts: list[int]) -> None:
    line, expected = 1, []
    for value in values:
        expected.append((line, value))
        line += 1 + line_breaks(value)
    assert [(row.line, row.value) for row in Rows(pieces(data, cuts), has_header=False)] == expected


@given(
    values=st.lists(VALUES, max_size=8),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
    quote_all=st.booleans(),
    cuts=CUTS,
)
def test_what_the_csv_module_wrote_comes_back(
    values: list[str], delimiter: str, line_end: str, codec: str, quote_all: bool, cuts: list[int]
) -> None:
    text = written(values, delimiter, line_end, quote_all=quote_all)
    mark = codecs.BOM_UTF16_BE if codec == "utf-16-be" else b""
    assert_comes_back(values, mark + text.encode(codec), cuts)


@given(
    values=st.lists(WINDOWS_VALUES, max_size=8),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quote_all=st.booleans(),
    cuts=CUTS,
)
def test_what_windows_programs_wrote_comes_back(
    values: list[str], delimiter: str, line_end: str, quote_all: bool, cuts: list[int]
) -> None:
    data = written(["caf\u00e9 ", *values], delimiter, line_end, quote_all=quote_all).encode("cp1252")
    assert_comes_back(["caf\u00e9 ", *values], data, cuts)


@given(data=FILES, cuts=CUTS)
@example(data=b'"a\r\n', cuts=[4])
@example(data=b"\xff\xfea", cuts=[1])
def test_chunks_may_be_cut_anywhere(data: bytes, cuts: list[int]) -> None:
    assert outcome(data, cuts) == outcome(data, [])
    assert outcome(data, list(range(len(data)))) == outcome(data, [])


@given(data=st.binary(max_size=400), begin=st.sampled_from([b"", b"ana@x.org\n" * 500, codecs.BOM_UTF16_LE]))
def test_any_bytes_are_rows_or_a_refusal_that_names_its_place(data: bytes, begin: bytes) -> None:
    read = outcome(begin + data, [4000])
    if isinstance(read, str):
        assert read.startswith("line ")
    else:
        assert all(0 < row.line <= read[3] and row.normalised for row in read[0])


@given(
    parts=st.lists(st.sampled_from(['"', "a", ";", "\r", "\n", "\x00", "\x1f", "\ufeff", "é", "x" * 9000]), max_size=30)
)
def test_any_mix_of_quotes_and_breaks_ends(parts: list[str]) -> None:
    data = "".join(parts).encode()
    assert outcome(data, []) == outcome(data, list(range(0, len(data), 5000)))


@given(text=st.text(st.sampled_from("ab@.;,\t\r\n é\u200b"), max_size=40), cuts=CUTS)
@example(text="sep=;\na;\n", cuts=[])
def test_a_list_reads_the_same_whether_or_not_another_row_has_quotes(text: str, cuts: list[int]) -> None:
    with_quotes, without = (outcome(f"\n\n{text}\n{last}".encode(), cuts) for last in ('"c"', "c"))
    assert with_quotes == without
