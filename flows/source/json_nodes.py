"""JSON as nodes. Numbers, `true` and `false` keep their text, as in YAML."""

import re
from bisect import bisect_right
from json import JSONDecodeError, JSONDecoder

from flows.source.nodes import (
    MAX_DEPTH,
    Items,
    Node,
    Place,
    Scalar,
    Table,
    Trouble,
    Unreadable,
    append,
    put,
    too_deep,
    unwanted_value,
)

_DECODER = JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_LINE_END = re.compile("\r\n|\r|\n")
_LITERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")


def looks_like_json(text: str) -> bool:
    """Tell whether a flow text is JSON: it starts with `{`."""
    return text.lstrip(" \t\r\n").startswith("{")


def read_json(text: str) -> tuple[Node, list[Trouble]]:
    """Return the file's root and what was wrong with it. Raises Unreadable where reading has to stop."""
    reader = _Reader(text)
    root = reader.value(0)
    reader.skip_space()
    if reader.at < len(text):
        raise reader.wrong("something follows the end of the bot", "Delete it: a file holds one `{ … }`")
    return root, reader.troubles


class _Reader:
    """Reads one text from front to back; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.troubles: list[Trouble] = []
        self._line_starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def value(self, depth: int) -> Node:
        self.skip_space()
        character = self.text[self.at : self.at + 1]
        if character in ("{", "["):
            if depth >= MAX_DEPTH:
                raise too_deep(self.place())
            return self._table(depth) if character == "{" else self._items(depth)
        if character == '"':
            place = self.place()
            return Scalar(place, self._string())
        return self._literal()

    def _table(self, depth: int) -> Table:
        table = Table(self.place())
        self.at += 1
        while not self._closes("}", first=not table.keys):
            place = self.place()
            if self.text[self.at : self.at + 1] != '"':
                raise self.wrong("a key in double quotes is missing here", 'Write `"key": value`')
            key = self._string()
            self.skip_space()
            self._take(":", "a `:` is missing after the key")
            value = self.value(depth + 1)
            if (trouble := put(table, key, place, value)) is not None:
                self.troubles.append(trouble)
        return table

    def _items(self, depth: int) -> Items:
        items = Items(self.place())
        self.at += 1
        while not self._closes("]", first=not items.items):
            value = self.value(depth + 1)
            append(items, value, value.place)
        return items

    def _closes(self, bracket: str, *, first: bool) -> bool:
        """Step over the closing bracket, or over the comma before the next value."""
        self.skip_space()
        if self.text[self.at : self.at + 1] == bracket:
            self.at += 1
            return True
        if not first:
            self._take(",", f"a `,` or `{bracket}` is missing here")
            self.skip_space()
        return False

    def _take(self, character: str, problem: str) -> None:
        if self.text[self.at : self.at + 1] != character:
            raise self.wrong(problem, f"Add it before this place: `{character}`")
        self.at += 1

    def _string(self) -> str:
        place = self.place()
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except JSONDecodeError as error:
            self.at = min(error.pos, len(self.text))
            raise self.wrong(
                "a text in double quotes is not closed, or holds a bad escape",
                'Close it with `"`; a line end is written `\\n`, a backslash `\\\\`',
            ) from error
        if (trouble := unwanted_value(value, place)) is not None:
            self.troubles.append(trouble)
        return str(value)

    def _literal(self) -> Scalar:
        place = self.place()
        match = _LITERAL.match(self.text, self.at)
        if match is None:
            raise self.wrong("a value is missing here", "Write a text in double quotes, `{ … }` or `[ … ]`")
        self.at = match.end()
        return Scalar(place, None if match[0] == "null" else match[0], is_bare=True)

    def skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def place(self) -> Place:
        line = bisect_right(self._line_starts, self.at)
        return Place(line, self.at - self._line_starts[line - 1] + 1)

    def wrong(self, problem: str, remedy: str) -> Unreadable:
        return Unreadable(Trouble("json-syntax", self.place(), problem, remedy))
