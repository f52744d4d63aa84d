"""The YAML parser's complaints in a builder's words."""

import yaml

from flows.source.characters import place_in
from flows.source.nodes import Place, Trouble

_QUOTES = 'Put the whole text in double quotes: `text: "like this: so"`'
_INDENT = "Line it up with the lines around it: the same number of spaces for things that belong together"

_WORDS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "a second `: ` on this line, or a line that is indented too far", _QUOTES),
    ("block sequence entries are not allowed", "a `- ` can't start here", "Put the list on lines of its own"),
    ("tab character", "a tab is used for indentation", "Use spaces; YAML does not allow tabs there"),
    ("did not find expected key", "this line does not fit what stands before it", f"{_INDENT}; or close a quote"),
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
    ("invalid Unicode character escape", "an escape stands for no character", "Write the character itself"),
    ("did not find expected node content", "a value is missing or has a stray character", "Write the value in quotes"),
    ("incompatible YAML document", "the file asks for another YAML version", "Delete the `%YAML` line"),
)

_BEGUN_BEFORE = ("unexpected end of stream", "could not find expected ':'")
"""Complaints that come late: their place is where the thing began that never ended."""


def syntax_trouble(error: yaml.MarkedYAMLError, text: str) -> Trouble:
    """Say what the parser could not read and where."""
    problem = error.problem or "this is no YAML"
    begun_before = any(marker in problem for marker in _BEGUN_BEFORE)
    mark = (error.context_mark if begun_before else error.problem_mark) or error.context_mark
    place = Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
    place = min(place, place_in(text, len(text)))
    if "cannot start any token" in problem:
        return _stray_character(place, text)
    for marker, words, remedy in _WORDS:
        if marker in problem:
            return Trouble("yaml-syntax", place, words, remedy)
    return Trouble("yaml-syntax", place, f"this is no YAML: {problem}", "Put the text in double quotes")


def _stray_character(place: Place, text: str) -> Trouble:
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    character = line[place.column - 1 : place.column]
    if character == "\t":
        return Trouble(
            "yaml-syntax", place, "a tab is used for indentation", "Use spaces; YAML does not allow tabs there"
        )
    return Trouble("yaml-syntax", place, f"a text can't start with `{character}`", "Put the text in double quotes")
