"""The rows of a list of people: one value a line, or CSV of one column, with a title or without.

A file is read chunk by chunk, in bounded memory, whatever its size. Where the chunks are cut makes no difference. A
quote counts at the beginning of a value, after blanks at most; within it `""` is a quote, and separators and line
breaks are text. After the closing one nothing more is expected: `"Doe, Ana" <ana@x.org>` stays as it is given.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from audiences.imports.text import Text
from audiences.imports.titles import is_title_of_list
from messages.errors import BadInput
from messages.import_rows import unguarded

LOOKED_AT: Final = 100
"""Rows after the first that are asked whether they are all addresses."""

_ENOUGH: Final = 2
"""Addresses after the first row without which nothing is concluded from them."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def is_header(values: Sequence[str]) -> bool:
    """Return whether the first of these rows is a title: by its words, or as the only one that is no address.

    LOOKED_AT rows after the first are enough to ask. What has an `@` in it is somebody's address, if a wrong one.
    """
    first, following = values[0], values[1 : LOOKED_AT + 1]
    if is_title_of_list(first):
        return True
    if "@" in first or len(following) < _ENOUGH or not any(map(str.isalpha, first)):
        return False
    return all(_ADDRESS.fullmatch(value) for value in following)


SEPARATORS: Final = ";,\t"

_OPENING = re.compile(r' *+"')
_TO_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_END_OF_FIELD = re.compile(rf"[{SEPARATORS}\r\n]")


class Field(NamedTuple):
    """What stands in one column of a row, and on which line it begins."""

    line: int
    value: str


class QuotedRow:
    """One row, given line by line until its last quote is closed."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.opened = 0
        self.length = 0
        self._head = ""
        self._quoted = ""

    @property
    def is_open(self) -> bool:
        """Whether a quote waits for its end; `opened` is the line where it stands."""
        return self.opened > 0

    def add(self, line: str, number: int) -> None:
        """Read one more line, with its line break."""
        position = 0
        self.length += len(line)
        while True:
            position = self._quoted_field(line, position) if self.is_open else self._field(line, position, number)
            if self.is_open:
                if position == len(line):
                    return
                continue
            if position == len(line) or line[position] in "\r\n":
                return
            position += 1

    def _field(self, line: str, position: int, number: int) -> int:
        opening = _OPENING.match(line, position)
        if opening is not None:
            self.opened, self._head, self._quoted = number, opening[0], ""
            return opening.end()
        end = _end_of_unquoted(line, position)
        self.fields.append(Field(number, line[position:end]))
        return end

    def _quoted_field(self, line: str, position: int) -> int:
        closing = _end_of_quoted(line, position)
        self._quoted += line[position:closing]
        if closing == len(line):
            return closing
        end = _end_of_unquoted(line, closing + 1)
        rest = line[closing:end]
        value = self._head + self._quoted + rest if rest[1:].strip() else self._quoted.replace('""', '"')
        self.fields.append(Field(self.opened, value))
        self.opened = 0
        return end


def _end_of_quoted(line: str, position: int) -> int:
    """Return where the closing quote stands, or the length of the line."""
    found = _TO_CLOSING.match(line, position)
    return found.end() - 1 if found else len(line)


def _end_of_unquoted(line: str, position: int) -> int:
    found = _END_OF_FIELD.search(line, position)
    return found.start() if found else len(line)


LONGEST_ROW: Final = 10_000
"""Characters; no address and no id is nearly as long."""

_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]++")
_ONE_IN_QUOTES = re.compile(rf'"([^"\r\n]*+)"([^"{SEPARATORS}\r\n]*+)[{SEPARATORS}]*+[\r\n]*+')
"""A line with one value in quotes, as most are in a file that has them."""

_EMPTY_COLUMNS = re.compile(rf"[{SEPARATORS}][{SEPARATORS} ]*+$", re.MULTILINE)
_SEPARATOR = re.compile(f"[{SEPARATORS}]")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_EXCEL_HINT: Final = "sep="
"""How a first line begins that tells Excel the separator."""


class Row(NamedTuple):
    """One value: the line on which it begins, as it is given, and without blanks around and what can't be seen."""

    line: int
    value: str
    normalised: str


class Rows:
    """The rows of one file, read once. Blank ones are left out, and the title, which `header` is then.

    `has_header` says whether there is a title; None leaves it to the first rows. Reading raises BadInput where the file
    is no list, which can be at its end: whoever wants nothing half done reads it to the end before doing anything.
    """

    def __init__(self, chunks: Iterable[bytes], *, has_header: bool | None = None) -> None:
        self._text = Text(chunks)
        self._has_header = has_header
        self._row = QuotedRow()
        self.header: Row | None = None
        self.lines = 0

    @property
    def encoding(self) -> str:
        """What the file is encoded in; final when all is read."""
        return self._text.encoding

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self.batches())

    def batches(self) -> Iterator[list[Row]]:
        """Yield the rows in lists, about as long as the chunks: quicker than one by one."""
        first: list[Row] = []
        batches = self._batches()
        for batch in batches:
            first += batch
            if len(first) > LOOKED_AT:
                break
        if first and self._begins_with_header(first):
            self.header = first.pop(0)
        if first:
            yield first
        yield from filter(None, batches)

    def _begins_with_header(self, rows: list[Row]) -> bool:
        if self._has_header is not None:
            return self._has_header
        return is_header([row.normalised for row in rows[: LOOKED_AT + 1]])

    def _batches(self) -> Iterator[list[Row]]:
        rest = ""
        for part in self._text:
            text = rest + part
            end = end_of_lines(text)
            rest = text[end:]
            yield self._read(text[:end])
            self._check_length(self._row.length + len(rest.rstrip("\r")), self.lines + 1)
        yield self._read(rest)
        if self._row.is_open:
            raise BadInput(
                "a quote is opened here and never closed",
                place=f"line {self._row.opened}",
                remedy='Close it, or write a quote within a value as ""',
            )

    def _read(self, text: str) -> list[Row]:
        """Return the rows of whole lines."""
        if '"' in text or self._row.is_open:
            return self._read_quoted(text)
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if not lines[-1]:
            lines.pop()
        if max(map(len, lines), default=0) <= LONGEST_ROW and (text.isascii() or not _INVISIBLE.search(text)):
            values = self._without_empty_columns(lines) if _has_separators(text) else lines
            if values is not None:
                start = self.lines + 1
                self.lines += len(values)
                return [
                    Row(number, value, bare)
                    for number, value in enumerate(values, start)
                    if (bare := unguarded(value.strip()))
                ]
        return self._read_one_by_one(lines)

    def _without_empty_columns(self, lines: list[str]) -> list[str] | None:
        """Return what stands in the first column of each line, None if something else has to be looked at."""
        if not self.lines and lines[0][: len(_EXCEL_HINT)].lower() == _EXCEL_HINT:
            return None
        text = _EMPTY_COLUMNS.sub("", "\n".join(lines))
        return None if _has_separators(text) else text.split("\n")

    def _read_one_by_one(self, lines: list[str]) -> list[Row]:
        rows: list[Row] = []
        for line in lines:
            self.lines += 1
            self._check_length(len(line), self.lines)
            self._keep(rows, [Field(self.lines, value) for value in _SEPARATOR.split(line)])
        return rows

    def _read_quoted(self, text: str) -> list[Row]:
        rows: list[Row] = []
        for line in _LINE.findall(text):
            self.lines += 1
            self._check_length(self._row.length + len(line.rstrip("\r\n")), self.lines)
            if not self._row.is_open and (value := _only_value(line)) is not None:
                if stripped := bare(value):
                    rows.append(Row(self.lines, value, stripped))
                continue
            self._row.add(line, self.lines)
            if not self._row.is_open:
                self._keep(rows, self._row.fields)
                self._row = QuotedRow()
        return rows

    def _keep(self, rows: list[Row], fields: list[Field]) -> None:
        """Add the value of a row, unless it is blank; raises BadInput if there is more than one column."""
        for column, field in enumerate(fields[1:], 2):
            if bare(field.value):
                raise BadInput(
                    "there is a second value here, and a list of people has one column",
                    place=f"line {field.line}, column {column}",
                    remedy="Leave only the column with the addresses or ids, and put a value with , or ; in quotes",
                )
        number, value = fields[0]
        stripped = bare(value)
        if stripped and not (number == 1 and len(fields) > 1 and value.lower() == _EXCEL_HINT):
            rows.append(Row(number, value, stripped))

    def _check_length(self, length: int, line: int) -> None:
        if length <= LONGEST_ROW:
            return
        if self._row.is_open:
            raise BadInput(
                f"a quote is opened here and not closed within {LONGEST_ROW} characters",
                place=f"line {self._row.opened}",
                remedy='Close it, or write a quote within a value as ""',
            )
        raise BadInput(
            f"this line is longer than {LONGEST_ROW} characters",
            place=f"line {line}",
            remedy="Put one value on each line",
        )


def end_of_lines(text: str) -> int:
    """Return where the last whole line ends. A CR at the very end may be half a line break."""
    end = len(text) - text.endswith("\r")
    return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1


def _has_separators(text: str) -> bool:
    return "," in text or ";" in text or "\t" in text


def _only_value(line: str) -> str | None:
    """Return the value of a line that plainly has but one, or None."""
    if '"' not in line:
        return None if _has_separators(line) else line.rstrip("\r\n")
    found = _ONE_IN_QUOTES.fullmatch(line)
    if found is None:
        return None
    quoted, rest = found.groups()
    return f'"{quoted}"{rest}' if rest.strip() else quoted


def bare(value: str) -> str:
    """Return a value without blanks around, what can't be seen, and what guards it from being a formula."""
    return unguarded(visible(value))


def visible(value: str) -> str:
    """Return a value without blanks around and what can't be seen."""
    return value.strip() if value.isascii() else _INVISIBLE.sub("", value).strip()
