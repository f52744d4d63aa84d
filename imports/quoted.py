"""A row with quotes, which may go over several lines.

A quote counts at the beginning of a value, after blanks at most; within it `""` is a quote, and separators and line
breaks are text. After the closing one nothing more is expected: `"Doe, Ana" <ana@x.org>` stays as it is given.
"""

import re
from typing import Final, NamedTuple

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
