"""A flow file as nodes that know where they stand. Both YAML and JSON are read into these."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from heapq import nsmallest
from typing import NamedTuple

from flows.model.conditions import Bare
from flows.walk import Path

MAX_NODES = 1_000_000
"""How many values a file may hold, aliases counted as often as they are used."""

MAX_DEPTH = 64
"""How deep values may nest."""

Data = str | list["Data"] | dict[str, "Data"] | None
"""Plain values, as the flow model is handed them. Every scalar is its text; only null is None."""


class Place(NamedTuple):
    """A place in a file; both numbers count from 1, columns in characters."""

    line: int
    column: int


class Trouble(NamedTuple):
    """Something wrong at a place, before it is known which file it is in."""

    code: str
    place: Place
    problem: str
    remedy: str


class Unreadable(Exception):
    """The text can't be read any further than this."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.problem)


@dataclass(slots=True)
class Scalar:
    """A text, or None where nothing is written."""

    place: Place
    value: str | None
    is_bare: bool = False
    """Whether it is written without quotes."""
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class Items:
    """A list."""

    place: Place
    items: list["Node"] = field(default_factory=list)
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class Table:
    """A mapping. `keys` tells where each key stands."""

    place: Place
    values: dict[str, "Node"] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    size: int = 1
    height: int = 1


Node = Scalar | Items | Table


def plain(node: Node) -> Data:
    """Return the plain value of a node."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: _typed(value) if key == "if" else plain(value) for key, value in node.values.items()}


def _typed(node: Node) -> Data:
    """Return the plain value of a condition, in which it matters what is in quotes."""
    if isinstance(node, Scalar):
        return Bare(node.value) if node.is_bare and node.value is not None else node.value
    if isinstance(node, Items):
        return [_typed(item) for item in node.items]
    return {key: _typed(value) for key, value in node.values.items()}


def has(data: Data, step: str | int) -> bool:
    """Tell whether a plain value has something at a step."""
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)


def descend(root: Node, path: Path) -> tuple[Node, Place]:
    """Follow `path` as far as the file goes; return the node there, and the place of its key (its own in a list)."""
    node, named = root, root.place
    for step in path:
        if isinstance(node, Table) and isinstance(step, str) and step in node.values:
            named, node = node.keys[step], node.values[step]
        elif isinstance(node, Items) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
            named = node.place
        else:
            break
    return node, named


def place_of(root: Node, path: Path, text: str) -> Place:
    """Return where the value at `path` begins; a number behind the path of a text is a character in it."""
    node, _ = descend(root, path)
    for length, step in enumerate(path):
        if isinstance(step, int) and isinstance(node, Scalar) and descend(root, path[:length])[0] is node:
            return _within(node, step, text)
    return node.place


def _within(scalar: Scalar, offset: int, text: str) -> Place:
    """Return the place of a character of a scalar; where that can't be told, of the scalar."""
    lines = text.splitlines()
    line, column = scalar.place
    written = lines[line - 1][column - 1 :] if line <= len(lines) else ""
    anchored = _ANCHOR.match(written)
    skipped = anchored.end() if anchored else 0
    opened = written[skipped : skipped + 1]
    at = skipped + (opened in ('"', "'") and not scalar.is_bare)
    for _ in range(offset):
        escaped = {'"': written[at : at + 1] == "\\", "'": written[at : at + 2] == "''"}.get(opened, False)
        at += 2 if escaped and not scalar.is_bare else 1
    return Place(line, column + at) if at <= len(written) else scalar.place


def append(items: Items, child: Node, place: Place) -> None:
    """Add a value, or an alias of one, that stands at `place` to a list.

    Raises Unreadable when the file holds too much, or nests too deep.
    """
    _count(items, child, place)
    items.items.append(child)


def put(table: Table, key: str, place: Place, child: Node) -> Trouble | None:
    """Put a value under its key. A key that is there already keeps its first value, and that is a trouble.

    Raises Unreadable when the file holds too much, or nests too deep.
    """
    _count(table, child, place)
    if key in table.values:
        return Trouble(
            "duplicate-key",
            place,
            f"`{key}` is here a second time; the first one is on line {table.keys[key].line}",
            "Delete one of them, or give it another name",
        )
    table.values[key], table.keys[key] = child, place
    return None


def _count(node: Items | Table, child: Node, place: Place) -> None:
    node.height = max(node.height, child.height + 1)
    if node.height > MAX_DEPTH:
        raise too_deep(place)
    node.size += child.size
    if node.size > MAX_NODES:
        raise Unreadable(
            Trouble(
                "too-big",
                place,
                f"the file holds more than {MAX_NODES:,} values, aliases counted each time",
                "Split the bot, or use fewer aliases",
            )
        )


def too_deep(place: Place) -> Unreadable:
    """Return the error for a value that nests deeper than `MAX_DEPTH`."""
    return Unreadable(
        Trouble(
            "too-big",
            place,
            f"values are nested more than {MAX_DEPTH} deep here",
            "Put the inner parts into a message of their own and go there with `go_to`",
        )
    )


_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_END = re.compile("\r\n|\r|\n")
_ANCHOR = re.compile(r"&\S+\s+")

_MOST = 20
"""How many bad characters are told one by one."""


def place_in(text: str, index: int) -> Place:
    """Return the place of the character at `index`."""
    line, start = 1, 0
    for end in _LINE_END.finditer(text, 0, index):
        line, start = line + 1, end.end()
    return Place(line, index - start + 1)


def unwanted_in(text: str) -> Iterator[Trouble]:
    """Find control characters, lone surrogates, invisible line ends: nothing a person types on purpose."""
    for count, match in enumerate(_UNWANTED.finditer(text)):
        if count == _MOST:
            return
        yield Trouble(
            "bad-character",
            place_in(text, match.start()),
            f"the file holds {_named(match[0])}, which can't be shown",
            "Delete it; editors often hide it, so type the words around it again",
        )


def unwanted_value(value: str, place: Place) -> Trouble | None:
    """Find a bad character that an escape put into a value."""
    match = _UNWANTED.search(value)
    if match is None:
        return None
    return Trouble(
        "bad-character",
        place,
        f"an escape here stands for {_named(match[0])}, which can't be shown",
        "Delete the escape",
    )


def _named(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name.lower()})"


_MAX_COMPARED = 200
"""How many names are compared letter by letter."""


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the name that was most likely meant, None when no known one comes near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    if len(by_fold) > _MAX_COMPARED:
        by_fold = _shortlist(name.casefold(), by_fold)
    matches = get_close_matches(name.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[matches[0]] if matches else None


def _shortlist(name: str, by_fold: dict[str, str]) -> dict[str, str]:
    """Keep the names that begin or end like `name`, those of about its length first: comparing is slow."""
    alike = [known for known in by_fold if known[:2] == name[:2] or known[-2:] == name[-2:]]
    return {
        known: by_fold[known]
        for known in nsmallest(_MAX_COMPARED, alike, key=lambda known: abs(len(known) - len(name)))
    }


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str | None = None) -> str:
    """Return what to do about an unknown name: the nearest, else `otherwise`, else one of the few there are."""
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"Did you mean `{near}`?"
    if otherwise is not None:
        return otherwise
    if 0 < len(names) <= 20:
        return "Use one of " + ", ".join(f"`{candidate}`" for candidate in names)
    return "Delete it, or correct its spelling"
