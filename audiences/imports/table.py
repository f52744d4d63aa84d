"""A file with titles: what each column holds, and the cells of each row.

It is read chunk by chunk, in bounded memory, as lists are: the same encodings, line ends, separators and `sep=`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from io import StringIO
from itertools import chain
from typing import Final, NamedTuple

from audiences.imports.rows import Row, end_of_lines, visible
from audiences.imports.text import Text
from audiences.imports.titles import column_of
from messages.errors import BadInput
from messages.import_rows import unguarded

_EXCEL_HINT = re.compile(r'"?sep=([,;\t|])"?[,;\t| ]*(?:\r\n|\r|\n)', re.IGNORECASE)
"""The first line by which a file tells Excel its separator."""
_LONGEST_LINE: Final = 1_000_000
"""Characters."""
_FIELD = "field."
_HEAD: Final = 1 << 14
"""Bytes in which the titles are."""

PASSED_OVER: Final = ("source", "subscribed", "last_seen")
"""Columns of our own exports that nobody sets."""
TYPES: Final = ("text", "number", "date", "yes_no")


class TableRow(NamedTuple):
    """The cells of a row, and the line on which it begins."""

    line: int
    cells: Sequence[str]


class Table:
    """The rows of one file with titles, read once, without those that are blank.

    Reading raises BadInput where the file is no CSV, which can be at its end: whoever wants nothing half done reads it
    to the end before doing anything.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        lines = _lines(Text(chunks))
        first = next(lines, "")
        hint = _EXCEL_HINT.fullmatch(first)
        self._before = 0
        if hint:
            self._before, first = 1, next(lines, "")
        delimiter = hint[1] if hint else max(",;\t", key=first.count)
        self._reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        self.first_line = self._before + 1
        self.titles: Sequence[str] = next(self._rows(), TableRow(1, ())).cells
        """As they are written, without what guards them from being a formula."""

    def __iter__(self) -> Iterator[TableRow]:
        return (row for row in self._rows() if any(map(str.strip, row.cells)))

    def _rows(self) -> Iterator[TableRow]:
        reader = self._reader
        line = self._before + reader.line_num + 1
        try:
            for cells in reader:
                yield TableRow(line, list(map(unguarded, cells)) if "'" in "".join(cells) else cells)
                line = self._before + reader.line_num + 1
        except csv.Error as error:
            raise BadInput(
                f"this row is no CSV: {error}",
                place=f"line {line}",
                remedy='Close each quote, and write a quote within a value as ""',
            ) from error


def _lines(text: Iterable[str]) -> Iterator[str]:
    """Yield lines with their ends."""
    rest, count = "", 0
    for part in text:
        joined = rest + part
        end = end_of_lines(joined)
        rest = joined[end:]
        for line in StringIO(joined[:end], newline=""):
            count += 1
            yield line
        if len(rest) > _LONGEST_LINE:
            raise BadInput(f"this line is longer than {_LONGEST_LINE} characters", place=f"line {count + 1}")
    yield from StringIO(rest, newline="")


class Columns(NamedTuple):
    """What the columns of a file of contacts hold, by their place."""

    names: Sequence[str]
    """A detail, "tags", "accounts", "id", `field.<name>`, or "" for one that is passed over."""
    types: Mapping[str, str]
    """Types that titles say, by the name of the field: `field.age:number`."""


def columns_of(table: Table, details: Iterable[str]) -> Columns:
    """Return what the columns hold; `details` are the words of those that staff may set. Raises BadInput."""
    known = (*details, "tags", "accounts", "id")
    names: list[str] = []
    types: dict[str, str] = {}
    for number, title in enumerate(map(str.strip, table.titles), 1):
        place = f"line {table.first_line}, column {number}"
        if title.startswith(_FIELD):
            field, _, kind = title.removeprefix(_FIELD).partition(":")
            if not field.strip() or (kind and kind not in TYPES):
                raise BadInput(
                    f"{title!r} is no title", place=place, remedy=f"Write field.NAME, or field.NAME:{TYPES[1]}"
                )
            names.append(_FIELD + field.strip())
            if kind:
                types[field.strip()] = kind
        elif title in PASSED_OVER:
            names.append("")
        else:
            name = title.lower() if title.lower() in known else column_of(title)
            if name not in known:
                raise _unknown(title, place, known)
            names.append(name)
        if names[-1] and names.index(names[-1]) != number - 1:
            raise BadInput(f"a column before this one is {names[-1]} too", place=place, remedy="Leave one of them out")
    if not {"email", "external_id", "aad_object_id", "accounts", "id"} & set(names):
        raise BadInput(
            "no column says who the people are",
            place=f"line {table.first_line}",
            remedy="Give the columns titles, one of them email or external_id",
        )
    return Columns(names, types)


def _unknown(title: str, place: str, known: Sequence[str]) -> BadInput:
    near = get_close_matches(title.lower(), known, n=1)
    choices = f"Choose of {', '.join(known)}, or call it field.NAME to keep it as a field of the contact"
    return BadInput(
        f"{title!r} is no column that contacts have" if title else "this column has no title",
        place=place,
        remedy=f"Did you mean `{near[0]}`? {choices}" if near else choices,
    )


def list_columns(head: bytes) -> Sequence[int] | None:
    """Return the places of the columns by which the rows of a list with several columns name people, external ids
    first; None for a file that is no table. `head` is the beginning of the file. Raises BadInput.
    """
    try:
        titles = Table([head[:_HEAD]]).titles
    except BadInput:
        return None
    if sum(bool(title.strip()) for title in titles) < 2:
        return None
    found: list[int] = []
    for wanted in ("external_id", "email"):
        places = [place for place, title in enumerate(titles) if column_of(title) == wanted]
        if len(places) > 1:
            raise BadInput(
                f"columns {places[0] + 1} and {places[1] + 1} both hold {wanted}",
                place="line 1",
                remedy="Leave only the column that names the people",
            )
        found += places
    return found or None


def list_rows(chunks: Iterable[bytes], places: Sequence[int]) -> Iterator[Row]:
    """Yield the rows of a list with several columns: of each the first value that these columns hold."""
    for line, cells in Table(chunks):
        value = next((cells[place] for place in places if place < len(cells) and cells[place].strip()), "")
        yield Row(line, value, visible(value))
