"""A flow file rewritten in the language of today. Nothing but the conditions concerned is touched: comments, anchors,
order, quoting and line ends stay as they are.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import yaml

from filters.model import FieldDate, FieldKnown, FieldNumber, FieldText, FieldYesNo
from filters.references import leaves
from filters.words import show
from flows.finding import FlowInvalid
from flows.model.conditions import If
from flows.source.json_nodes import looks_like_json
from flows.source.nodes import Place, Scalar, descend
from flows.source.read import FlowSource, read_flow
from flows.walk import Path, all_ifs

_FIELDS = (FieldText, FieldNumber, FieldDate, FieldYesNo, FieldKnown)
_LINE_END = re.compile("\r\n|\r|\n")
_ANCHOR = re.compile(r"&\S+\s+")
_COMMENT = re.compile(r"(?<=\s)#[^\r\n]*")


class _Edit(NamedTuple):
    """Characters `start` to `end`, and what they become."""

    start: int
    end: int
    text: str


def format_flow(text: str, file: str) -> str:
    """Return a flow file, YAML or JSON, with each condition in the form of before written as a filter's text.

    Doing it again changes nothing. What other places repeat by an anchor keeps it. Raises
    FlowInvalid where the file can't be read.
    """
    return _rewritten(read_flow(text, file), lambda asked, _: bool(asked.old))


def text_to_push(source: FlowSource) -> str:
    """Return what a push of this flow freezes: the file, with comparisons of fields in their text form.

    In a revision of before, the YAML form of such a comparison means what it meant then. This keeps the two apart.
    """
    if source.is_pushed:
        return source.text
    return _rewritten(
        source, lambda asked, is_form: is_form and any(isinstance(one, _FIELDS) for one in leaves(asked.condition))
    )


def _rewritten(source: FlowSource, concerns: Callable[[If, bool], bool]) -> str:
    edits = sorted({edit.start: edit for edit in _edits(source, concerns)}.values(), reverse=True)
    together = _applied(source.text, edits)
    if _same(together, source):
        return together
    text, untouched = source.text, len(source.text)
    for edit in edits:
        alone = _applied(text, [edit])
        if edit.end <= untouched and _same(alone, source):
            text, untouched = alone, edit.start
    return text


def _applied(text: str, edits: list[_Edit]) -> str:
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    return text


def _same(text: str, source: FlowSource) -> bool:
    if text == source.text:
        return True
    try:
        return read_flow(text, source.file).bot == source.bot
    except FlowInvalid:
        return False


def _edits(source: FlowSource, concerns: Callable[[If, bool], bool]) -> Iterator[_Edit]:
    found: list[tuple[Path, If]] = []
    for path, _, asked in all_ifs(source.bot):
        is_form = not isinstance(descend(source.root, path)[0], Scalar)
        if concerns(asked, is_form):
            found.append((path, asked))
    if not found:
        return
    written = _Json(source.text) if looks_like_json(source.text.removeprefix("\ufeff")) else _Yaml(source.text)
    for path, asked in found:
        yield written.edit(descend(source.root, path)[0].place, show(asked.condition))


class _Json:
    """Where values begin and end in JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = _starts(text)

    def edit(self, place: Place, condition: str) -> _Edit:
        start = self._lines[place.line - 1] + place.column - 1
        end = json.JSONDecoder().raw_decode(self._text, start)[1]
        return _Edit(start, end, json.dumps(condition, ensure_ascii=False))


class _Yaml:
    """Where collections begin and end in YAML, by the place of their beginning."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = _starts(text)
        self._ends: dict[int, int] = {}
        self._scalars: list[tuple[int, int]] = []
        opened: list[tuple[int, bool]] = []
        last = 0
        for event in yaml.parse(text.removeprefix("\ufeff"), Loader=yaml.CSafeLoader):
            match event:
                case yaml.ScalarEvent() | yaml.AliasEvent():
                    start, last = self._at(event.start_mark), self._at(event.end_mark)
                    self._scalars.append((start, last))
                case yaml.CollectionStartEvent():
                    opened.append((self._at(event.start_mark), bool(event.flow_style)))
                case yaml.CollectionEndEvent():
                    start, in_flow = opened.pop()
                    last = self._at(event.end_mark) if in_flow else last
                    self._ends[start] = last

    def _at(self, mark: Any) -> int:  # noqa: ANN401  # libyaml has marks of its own
        line, column = int(mark.line), int(mark.column)
        return self._lines[line] + column

    def edit(self, place: Place, condition: str) -> _Edit:
        first = self._lines[place.line - 1] + place.column - 1
        end = self._ends[first]
        anchor = _ANCHOR.match(self._text, first)
        start = first if anchor is None else anchor.end()
        gap = re.search(r":(\s+)\Z", self._text[:first])
        if anchor is None and gap is not None and "\n" in gap[1]:
            start = first - len(gap[1])
        quoted = f'"{condition}"' if not set(condition) & {'"', "\\"} else "'" + condition.replace("'", "''") + "'"
        new = f" {quoted}" if start < first else quoted
        comments = self._comments(start, end)
        if comments:
            new += "  # " + "; ".join(comments)
            rest = _LINE_END.split(self._text[end:], maxsplit=1)[0]
            if rest.strip() and not rest.strip().startswith("#"):
                new += "\n" + " " * place.column
        return _Edit(start, end, new)

    def _comments(self, start: int, end: int) -> list[str]:
        """Return the comments within a value."""
        text = list(self._text[start:end])
        for begin, past in self._scalars:
            if start <= begin and past <= end:
                text[begin - start : past - start] = "x" * (past - begin)
        return [comment.lstrip("# ").rstrip() for comment in _COMMENT.findall("".join(text))]


def _starts(text: str) -> list[int]:
    first = 1 if text.startswith("\ufeff") else 0
    return [first, *(end.end() for end in _LINE_END.finditer(text))]
