"""The words of a flow, told apart from what placeholders put among them.

A text that was shown is compared with the texts of its flow, line by line. What is displayed of it is always the flow's
own line, with a mark where each placeholder stands: nothing of the record, and so nothing of the person. Takes time in
proportion to the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from filters.model import Condition, InSegment, OptedOut
from flows.engine.own_words import OWN_WORDS
from flows.revision import Revision
from flows.template import pieces
from flows.walk import all_parts, conditions_of
from keywords.normalise import normalise

MASKED: Final = "••••"
"""Stands for what is hidden: always the same, so that its length tells nothing."""

_SAID: Final = frozenset(
    {
        "text", "title", "subtitle", "alt", "question", "retry", "retry_for", "label", "hand_over", "name", "purpose",
        "choices", "to", "data", "confirmation", "resubscribed", "still_off", "help", "file",
    }
)  # fmt: skip
"""Keys of a flow whose texts people read, or that go with what they did."""

_HOLE_OF_OURS = re.compile(r"\{\w+\}")


class _Line(NamedTuple):
    """A line with placeholders. `words` has no blanks: what is before, between and behind the placeholders."""

    words: tuple[str, ...]
    shown: str

    @property
    def weight(self) -> int:
        return sum(map(len, self.words))

    def fits(self, text: str) -> bool:
        """Tell whether a line without blanks may be this one, filled in."""
        first, *between, last = self.words
        if len(first) + len(last) > len(text) or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for word in between:
            found = text.find(word, at, end)
            if found < 0:
                return False
            at = found + len(word)
        return True


class Words:
    """The lines of some texts of a flow."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._plain: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        filled: dict[tuple[str, ...], _Line] = {}
        for line in (line for text in texts for line in _lines(text)):
            if len(line.words) == 1:
                self._plain.setdefault(line.words[0], line.shown)
                self._labels.setdefault(normalise(line.shown), line.shown)
            elif line.weight:
                filled.setdefault(line.words, line)
        self._filled = sorted(filled.values(), key=lambda line: -line.weight)

    def is_plain(self, text: str) -> bool:
        """Tell whether every line of a text is one without placeholders, word for word."""
        return all(_bare(line) in self._plain for line in text.split("\n") if line.strip())

    def shown(self, text: str) -> str:
        """Return a text with a mark for all that is not the flow's."""
        lines: list[str] = []
        for line in text.split("\n"):
            shown = self._line(line)
            if shown != MASKED or lines[-1:] != [MASKED]:
                lines.append(shown)
        return "\n".join(lines)

    def _line(self, line: str) -> str:
        bare = _bare(line)
        if not bare:
            return ""
        plain = self._plain.get(bare)
        if plain is not None:
            return plain
        return next((each.shown for each in self._filled if each.fits(bare)), MASKED)

    def label(self, text: str) -> str:
        """Return the words of a button that was pressed or typed, in whatever capitals."""
        return self._labels.get(normalise(text)) or self.shown(text)


class FlowWords:
    """The words of one revision: of each message, and of all of it. Our own words are among each."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision
        self._messages: dict[str, Words] = {}

    def of(self, message: str = "") -> Words:
        """Return the words of a message, or of the whole flow for the runtime's own and for one that is not there."""
        found = self._revision.bot.messages.get(message)
        if found is None:
            return self._all
        if message not in self._messages:
            self._messages[message] = Words([*_said(found), *_said(self._revision.bot.unsubscribe), *_OURS])
        return self._messages[message]

    @cached_property
    def _all(self) -> Words:
        return Words([*_said(self._revision.bot), *_OURS])

    def typed(self, text: str) -> str:
        """Return what somebody typed where all of it is a word of the flow's, else the mark alone."""
        whole = normalise(text)
        if (reserved := self._revision.reserved.match(whole)) is not None:
            return reserved.word
        found = self._revision.keywords.match(whole)
        return found.word if found is not None and normalise(found.word) == whole else MASKED

    def is_segment(self, name: str) -> bool:
        """Tell whether conditions on `name` are about a segment, and none is about a field."""
        return name in self._segments and name not in self._fields

    def is_field(self, name: str) -> bool:
        """Tell whether a condition is about a field `name`."""
        return name in self._fields

    @cached_property
    def _fields(self) -> frozenset[str]:
        return frozenset(name for one in self._conditions if (name := getattr(one, "field", "")))

    @cached_property
    def _segments(self) -> frozenset[str]:
        return frozenset(one.name for one in self._conditions if isinstance(one, InSegment | OptedOut))

    @cached_property
    def _conditions(self) -> list[Condition]:
        return [each.condition for part in all_parts(self._revision.bot) for each in conditions_of(part)]


def _said(value: object) -> Iterator[str]:
    """Yield the texts of a part of a flow that people read."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            yield from _texts(inner) if name.rstrip("_") in _SAID else _said(inner)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _said(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _said(inner)


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  # a text, one for each language, or choices with labels
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield from _said(value)


def _lines(text: str) -> Iterator[_Line]:
    """Yield the lines of a text of a flow; one of several lines is also one line, as labels are."""
    parts = pieces(text)
    yield from _cut(parts)
    if any(part is not None and "\n" in part.strip() for part in parts):
        yield from _cut([None if part is None else part.replace("\n", " ") for part in parts])


def _cut(parts: Sequence[str | None]) -> Iterator[_Line]:
    words, shown = [""], ""
    for part in parts:
        if part is None:
            words.append("")
            shown += MASKED
            continue
        for number, piece in enumerate(part.split("\n")):
            if number:
                yield _Line(tuple(words), shown.strip())
                words, shown = [""], ""
            words[-1] += _bare(piece)
            shown += piece
    yield _Line(tuple(words), shown.strip())


def _bare(text: str) -> str:
    return "".join(text.split())


def _ours() -> Iterator[str]:
    for texts in OWN_WORDS.values():
        for text in texts.values():
            yield _HOLE_OF_OURS.sub("{{ field.x }}", text)
            if text.endswith((":", "：")):
                yield f"{text} {{{{ field.x }}}}"
    yield "?"


_OURS: Final = tuple(_ours())
