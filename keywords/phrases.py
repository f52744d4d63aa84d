"""Listed phrases, and what of a message they cover."""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from keywords.normalise import normalise
from keywords.spelling import as_typed, listed, words_apart


class Role:
    """What a phrase is to a message: one bit each. A message is told by the roles of all that covers it."""

    STRONG: Final = 1
    SOFT: Final = 2
    OWN: Final = 4
    """A builder's own words."""
    REQUEST: Final = 8
    """Asks for it: please. A soft word stands beside no other filler."""
    POLITE: Final = 16
    """Thanks, greets, or says when: thank you, now."""
    ABOUT: Final = 32
    """What it is about, in general: messages, everything."""
    TOPIC: Final = 64
    """What it is about, where a segment may be named so: tips, reminders."""
    NAMED: Final = 128
    """A segment, by its id or name."""
    EVERYTHING: Final = 256
    """What it is about leaves nothing out: everything."""


WHAT = "{what}"
"""Stands in a phrase for what somebody wants no more of: a word for messages, or a segment."""

MESSAGES = "{messages}"
"""The same, for words that mean messages in general, or a segment."""
GAP = "~"
"""Stands in a phrase where words of politeness may stand: `melden Sie mich ~ ab`."""

_WHAT_STEP = object()
_MESSAGES_STEP = object()
_GAP_STEP = object()
_END = object()
_OPEN = object()
"""The key under which a trie node keeps what may stand there beside words: slots, gaps and parts."""

Value = TypeVar("Value")


_MARKS = {WHAT: _WHAT_STEP, MESSAGES: _MESSAGES_STEP, GAP: _GAP_STEP}
_MARK = re.compile("|".join([*map(re.escape, _MARKS), r"<[a-z]+\??>"]))


class Phrases(Generic[Value]):
    """A list of phrases, found at a position of a message in time that depends on the longest phrase alone."""

    def __init__(self) -> None:
        self._trie: dict[Any, Any] = {}
        self.words: set[str] = set()
        """Every word of the phrases."""
        self._parts: set[Part] = set()

    def add(self, text: str, value: Value, *, compact: bool = False, parts: "Mapping[str, Part] | None" = None) -> None:
        """Add a phrase under each of its spellings; `compact`, also written without its blanks. The first one stays.

        `<name>` in it stands for any phrase of that part, `<name?>` for one or nothing.
        """
        marked = [_MARKS.get(found) or (parts or {})[found[1:-1]] for found in _MARK.findall(text)]
        if not marked:
            for typed in listed(normalise(text)):
                self._put(typed, value)
                if compact and len(typed) > 1 and words_apart(typed[0]):
                    self._put(("".join(typed),), value)
            return
        between = [_typed(words) for words in _MARK.split(text)]
        for pieces in itertools.product(*between):
            steps: list[Any] = [*pieces[0]]
            for mark, words in zip(marked, pieces[1:], strict=True):
                steps += [mark, *words]
            self._put(steps, value)

    def _put(self, steps: Sequence[Any], value: Value) -> None:
        if not steps:
            return
        node = self._trie
        for step in steps:
            if isinstance(step, str):
                self.words.add(step)
                node = node.setdefault(step, {})
            else:
                if isinstance(step, Part) and step not in self._parts:
                    self._parts.add(step)
                    self.words |= step.words
                node = node.setdefault(_OPEN, {}).setdefault(step, {})
        node.setdefault(_END, value)

    def at(
        self, words: Sequence[str], start: int, things: "Things | None" = None
    ) -> Iterator[tuple[int, Value, "Thing | None"]]:
        """Go through the phrases that begin at a position: where each ends, its value, and what fills its slot."""
        open_nodes: list[tuple[int, dict[Any, Any], Thing | None]] = [(start, self._trie, None)]
        while open_nodes:
            at, node, filled = open_nodes.pop()
            if _END in node:
                yield at, node[_END], filled
            if at < len(words):
                open_nodes += [(at + 1, node[word], filled) for word in as_typed(words[at]) if word in node]
            if things is not None:
                for step, following in node.get(_OPEN, {}).items():
                    if step is _GAP_STEP:
                        open_nodes += [(end, following, filled) for end in things.polite(at)]
                    elif isinstance(step, Part):
                        open_nodes += [(end, following, filled) for end in things.ends(step, at)]
                    else:
                        general = step is _MESSAGES_STEP
                        open_nodes += [(thing.end, following, thing) for thing in things.at(at) if thing.fills(general)]


class Part:
    """A closed list of words that may stand in one place of a phrase, named there: `I <want> no more {what}`."""

    def __init__(self, found: "Phrases[None]", *, optional: bool) -> None:
        self._phrases = found
        self._optional = optional
        self.words = found.words

    def ends(self, words: Sequence[str], start: int) -> set[int]:
        """Return where a phrase of it that begins at a position can end; at once, where it may be missing."""
        ends = {end for end, _, _ in self._phrases.at(words, start)}
        return ends | {start} if self._optional else ends


def parts_of(listed_parts: Iterable[tuple[str, Iterable[str]]]) -> dict[str, Part]:
    """Return parts by the names that phrases have for them: `name`, and `name?` where it may be missing."""
    parts: dict[str, Part] = {}
    for name, texts in listed_parts:
        found: Phrases[None] = Phrases()
        for text in texts:
            found.add(text, None)
        parts |= {name: Part(found, optional=False), f"{name}?": Part(found, optional=True)}
    return parts


@functools.cache
def _typed(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to type what stands between the marks of a phrase."""
    return tuple(listed(normalise(text))) if text.strip() else ((),)


class Noun(NamedTuple):
    """A word for what a stop is about: whether it fills the slots of phrases, and those for messages in general."""

    role: int
    fills: bool = True
    general: bool = False


class Thing(NamedTuple):
    """What a message is about: where that ends, what it is, and the segment that it names, or nothing."""

    end: int
    noun: Noun
    segment: str = ""

    def fills(self, general: bool) -> bool:
        """Tell whether it fills a slot, or one for messages in general."""
        return self.noun.general if general else self.noun.fills


class Joined(NamedTuple):
    """Words that make messages in general all there are, and words that join what a stop is about."""

    every: frozenset[str]
    by: frozenset[str]


_NOTHING_JOINED = Joined(frozenset(), frozenset())


class Things:
    """What may stand in the open places of a phrase, at each position of a message.

    In its slot, words for messages and the bot's segments by name; in its gap, words of politeness.
    """

    def __init__(
        self,
        words: Sequence[str],
        determiners: frozenset[str],
        nouns: Phrases[Noun],
        names: Phrases[str],
        fillers: Phrases[Any],
        joined: Joined = _NOTHING_JOINED,
    ) -> None:
        self._words = words
        self._joined = joined
        self._fillers = fillers
        self._determiners = determiners
        self._nouns = nouns
        self._names = names
        self._found: dict[int, list[Thing]] = {}
        self._ends: dict[tuple[Part, int], set[int]] = {}

    def at(self, start: int) -> list[Thing]:
        """Return the things that begin at a position, with the little words before them: `from all of your lists`.

        A topic that names a segment is that segment.
        """
        if start not in self._found:
            found: list[Thing] = []
            for at in range(start, min(start + _DETERMINERS, len(self._words))):
                named = [Thing(end, _SEGMENT, segment) for end, segment, _ in self._names.at(self._words, at)]
                nouns = [
                    Thing(end, self._whole(noun, start, at, end)) for end, noun, _ in self._nouns.at(self._words, at)
                ]
                found += named + [noun for noun in nouns if not named or noun.noun.role != Role.TOPIC]
                if self._words[at] not in self._determiners:
                    break
            self._found[start] = found
        return self._found[start]

    def _whole(self, noun: Noun, start: int, at: int, end: int) -> Noun:
        """Return messages in general as everything where they are all there are: `tips and all messages`."""
        if noun.role != Role.ABOUT or self._joined.every.isdisjoint(self._words[start:at]):
            return noun
        beside = {*self._words[max(start - 1, 0) : start], *self._words[end : end + 1]}
        return noun if self._joined.by.isdisjoint(beside) else noun._replace(role=Role.ABOUT | Role.EVERYTHING)

    def ends(self, part: Part, start: int) -> set[int]:
        """Return where a part of a phrase that begins at a position can end."""
        if (part, start) not in self._ends:
            self._ends[part, start] = part.ends(self._words, start)
        return self._ends[part, start]

    def polite(self, start: int) -> set[int]:
        """Return where the gap of a phrase can end that begins here: at once, or behind one or two polite phrases."""
        one = {end for end, _, _ in self._fillers.at(self._words, start)}
        two = {end for first in one for end, _, _ in self._fillers.at(self._words, first)}
        return {start} | one | two


_DETERMINERS = 5
_SEGMENT = Noun(Role.NAMED, general=True)


def single_words(texts: Iterable[str]) -> frozenset[str]:
    """Return words under each of their spellings."""
    return frozenset(typed[0] for text in texts for typed in listed(normalise(text)) if len(typed) == 1)
