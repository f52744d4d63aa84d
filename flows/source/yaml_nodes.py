"""YAML as nodes.

Read from the events of libyaml, the parser in every wheel of PyYAML, and not with its composer: so nesting and aliases
are bounded before they cost anything.
Scalars keep their text, so `no`, `1.10`, `1:30` and `2026-11-23` stay what the builder wrote. Aliases work; tags, merge
keys and several documents do not. Where YAML takes words away that are not in quotes, a remark says so.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import yaml

from filters.model import NAMED
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
    place_in,
    put,
    too_deep,
    unwanted_value,
)

LOST_WORDS = "lost-words"
"""The code of a remark."""

_QUOTES = 'Put the whole text in double quotes: `text: "like this: so"`'
_INDENT = "Line it up with the lines around it: the same number of spaces for things that belong together"

_WORDS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "a second `: ` on this line, or a line that is indented too far", _QUOTES),
    ("block sequence entries are not allowed", "a `- ` can't start here", "Put the list on lines of its own"),
    ("tab character", "a tab is used for indentation", "Use spaces; YAML does not allow tabs there"),
    ("did not find expected key", "this line does not fit what comes before it", f"{_INDENT}; or close a quote"),
    ("did not find expected '-' indicator", "a list stops here without its indentation ending", _INDENT),
    ("did not find expected ',' or ']'", "a list in `[ ]` is not closed, or lacks a comma", "Add `]` or `,`"),
    ("did not find expected ',' or '}'", "a mapping in `{ }` is not closed, or lacks a comma", "Add `}` or `,`"),
    (
        "could not find expected ':'",
        "a `:` is missing after this key",
        "Write `key: value`, with a space after the `:`",
    ),
    ("unexpected end of stream", "a quote is opened and never closed", "Close the quote"),
    (
        "unknown escape character",
        "a `\\` in double quotes starts no known escape",
        "Write `\\\\`, or use single quotes",
    ),
    ("invalid Unicode character escape", "an escape names no character", "Write the character itself"),
    ("did not find expected node content", "a value is missing or has a stray character", "Write the value in quotes"),
    ("incompatible YAML document", "the file asks for another YAML version", "Delete the `%YAML` line"),
)

_BEGUN_BEFORE = ("unexpected end of stream", "could not find expected ':'")
"""Complaints that come late: their place is where the thing began that never ended."""


def syntax_trouble(error: yaml.MarkedYAMLError, text: str) -> Trouble:
    """Say what the parser could not read and where."""
    problem = error.problem or "this is not YAML"
    begun_before = any(marker in problem for marker in _BEGUN_BEFORE)
    mark = (error.context_mark if begun_before else error.problem_mark) or error.context_mark
    place = Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
    place = min(place, place_in(text, len(text)))
    if "cannot start any token" in problem:
        return _stray_character(place, text)
    line = _line(text, place)
    asked = _ASKED.match(line)
    if asked is not None and "mapping values are not allowed" in problem:
        key, name = asked[1], asked[2].strip()
        what = "a condition of the form `key: value` is put in quotes or in braces"
        remedy = f"Write `if: {{{key}: {name}}}`" + (f', or `if: "{key}:{name}"`' if key in NAMED else "")
        return Trouble("yaml-syntax", Place(place.line, asked.start(1) + 1), what, remedy)
    starred = _STARRED.match(line)
    if starred is not None and "alphabetic or numeric" in problem:
        what = f"a text can't start with `{starred[1]}`, which repeats another part of the file"
        return Trouble("yaml-syntax", Place(place.line, starred.start(1) + 1), what, quoting(line))
    if "mapping values are not allowed" in problem:
        return Trouble(
            "yaml-syntax", place, "a second `: ` on this line, or a line that is indented too far", quoting(line)
        )
    for marker, words, remedy in _WORDS:
        if marker in problem:
            return Trouble("yaml-syntax", place, words, remedy)
    return Trouble("yaml-syntax", place, f"this is not YAML: {problem}", "Put the text in double quotes")


def _stray_character(place: Place, text: str) -> Trouble:
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    character = line[place.column - 1 : place.column]
    if character == "\t":
        return Trouble(
            "yaml-syntax", place, "a tab is used for indentation", "Use spaces; YAML does not allow tabs there"
        )
    return Trouble("yaml-syntax", place, f"a text can't start with `{character}`", quoting(line))


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_CUT = re.compile(r"\s+(#[^\s#].*)")
"""What looks like a comment that was meant as text: those who comment leave a space behind the `#`."""


class YamlRead(NamedTuple):
    """What was read of a file."""

    root: Node | None
    """None for a file without a value."""
    troubles: Sequence[Trouble]
    """What is wrong with it."""
    remarks: Sequence[Trouble]
    """Where words are not in quotes of which YAML takes some away."""


def read_yaml(text: str) -> YamlRead:
    """Read a file. Raises Unreadable where reading has to stop."""
    reader = _Reader(text)
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(syntax_trouble(error, text)) from error
    except yaml.reader.ReaderError as error:
        place = place_in(text, min(error.position, len(text)))
        raise Unreadable(Trouble("yaml-syntax", place, str(error.reason), "Type the line again")) from error
    return YamlRead(reader.root, reader.troubles, reader.remarks())


def _events(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
    return events


def _place(event: yaml.Event) -> Place:
    mark: Any = event.start_mark
    return Place(mark.line + 1, mark.column + 1)


class _Reader:
    """Builds the tree event by event."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.root: Node | None = None
        self.troubles: list[Trouble] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._repeated: set[str] = set()
        self._named: list[tuple[str, Place]] = []
        """Anchors of texts."""
        self._remarks: list[Trouble] = []
        self._lines = text.splitlines() if "#" in text else None
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            opened = self._open.pop()
            self._place_value(opened.node, opened.anchor, opened.node.place)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)

    def _document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Unreadable(
                Trouble(
                    "several-documents",
                    _place(event),
                    "a second document starts here (`---`)",
                    "Keep one bot in one file: delete the line, or move what follows to a file of its own",
                )
            )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = _place(event)
        self._refuse_tag(event, place)
        self._remark(event, place)
        value: str | None = event.value
        if event.implicit[0] and value in _NULLS and not self._expects_key():
            value = None
        elif value is not None and (trouble := unwanted_value(value, place)):
            self.troubles.append(trouble)
        self._place_value(Scalar(place, value, event.implicit[0]), event.anchor, place)

    def _remark(self, event: yaml.ScalarEvent, place: Place) -> None:
        """Keep what YAML takes away of a text without quotes."""
        if event.anchor is not None:
            self._named.append((event.anchor, place))
        if event.tag == "!":
            self._remarks.append(_lost(place, "the `!` before this text is not a part of it", _line(self._text, place)))
        if not event.implicit[0]:
            return
        if event.value and event.value in _NULLS and not self._expects_key():
            what = f"`{event.value}` without quotes means that nothing is written here"
            self._remarks.append(_lost(place, what, _line(self._text, place)))
        end: Any = event.end_mark
        if self._lines is not None and end.line < len(self._lines):
            cut = _CUT.match(self._lines[end.line], end.column)
            if cut is not None:
                what = f"`{cut[1][:40]}` is a comment, and not a part of the text before it"
                remedy = quoting(self._lines[end.line])
                at = Place(end.line + 1, cut.start(1) + 1)
                self._remarks.append(Trouble(LOST_WORDS, at, what, f"{remedy}, or write a space after the `#`"))

    def remarks(self) -> list[Trouble]:
        """Return what YAML takes away of texts without quotes; at the end it is known which names are used."""
        unused = [
            _lost(place, f"`&{anchor}` names this text for YAML and is not a part of it", _line(self._text, place))
            for anchor, place in self._named
            if anchor not in self._repeated
        ]
        return [*self._remarks, *unused]

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        place = _place(event)
        self._refuse_tag(event, place)
        if len(self._open) >= MAX_DEPTH:
            raise too_deep(place)
        if self._expects_key():
            raise Unreadable(_no_key(place, self._text))
        node = Table(place) if isinstance(event, yaml.MappingStartEvent) else Items(place)
        self._open.append(_Open(node, event.anchor))

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = _place(event)
        self._repeated.add(str(event.anchor))
        if event.anchor not in self._anchors:
            raise Unreadable(
                Trouble(
                    "yaml-syntax",
                    place,
                    f"`*{event.anchor}` repeats something that is not named before it in the file",
                    f"Put `&{event.anchor}` in front of what it should repeat, or put the text in quotes",
                )
            )
        self._place_value(self._anchors[event.anchor], None, place)

    def _place_value(self, node: Node, anchor: str | None, place: Place) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
        elif (trouble := self._open[-1].add(node, place)) is not None:
            self.troubles.append(trouble)

    def _expects_key(self) -> bool:
        return bool(self._open) and self._open[-1].expects_key

    def _refuse_tag(self, event: yaml.NodeEvent, place: Place) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.troubles.append(
                Trouble(
                    "yaml-feature",
                    place,
                    f"the YAML tag `{shown}` is not understood",
                    "Delete the tag, or put the text in quotes if the `!` belongs to it",
                )
            )


class _Open:
    """A list or mapping whose end has not come yet."""

    def __init__(self, node: Items | Table, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self._key: Scalar | None = None

    @property
    def expects_key(self) -> bool:
        return isinstance(self.node, Table) and self._key is None

    def add(self, child: Node, place: Place) -> Trouble | None:
        if isinstance(self.node, Items):
            append(self.node, child, place)
            return None
        if self._key is None:
            if not isinstance(child, Scalar) or child.value is None:
                raise Unreadable(_no_key(place))
            self._key = child
            return None
        key, self._key = self._key, None
        name = str(key.value)
        if name == "<<":
            return Trouble("yaml-feature", key.place, "merge keys (`<<`) are not understood", "Write the keys out")
        return put(self.node, name, key.place, child)


def _no_key(place: Place, text: str = "") -> Trouble:
    line = _line(text, place)
    if line[place.column - 2 : place.column] == "{{":
        problem = "`{{ … }}` without quotes at the beginning of a text is no placeholder"
        return Trouble("yaml-feature", Place(place.line, place.column - 1), problem, quoting(line))
    return Trouble("yaml-feature", place, "a list or mapping can't be a key", "Use a plain word as the key")


def _lost(place: Place, what: str, line: str) -> Trouble:
    return Trouble(LOST_WORDS, place, what, quoting(line))


_NO_TAG = "Delete the tag, or put the text in quotes if the `!` belongs to it"
_ASKED = re.compile(r"[\s-]*if:\s+([\w]+):\s+(.+)")
_STARRED = re.compile(r"[\s-]*(?:[\w-]+:\s+)?([*&])")
_KEY_AND_TEXT = re.compile(r"[\s-]*(?:- )?([\w-]+):\s+([^\s{\[].*|\{\{.*)")


def _line(text: str, place: Place) -> str:
    lines = text.splitlines()
    return lines[place.line - 1] if place.line <= len(lines) else ""


def quoting(line: str) -> str:
    """Say how the text on a line is put in quotes."""
    found = _KEY_AND_TEXT.fullmatch(line.rstrip())
    if found is None or len(found[2]) > 200:
        return 'Put the whole text in double quotes: `text: "like this: so"`'
    key, words = found.groups()
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'Put the whole text in double quotes: `{key}: "{escaped}"`'
