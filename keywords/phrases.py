"""Listed phrases, and what of a message they cover."""

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, Generic, NamedTuple, TypeVar

from keywords.normalise import as_typed, cut_each, spellings, ways_to_type, words_apart


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
    """A list of phrases, found at a position of a message in time that depends on the longest phrase alone.

    Phrases that begin with the same word, or part, are a trie that is made when a message first has that word: every
    process knows thousands of phrases, and most meet few of them.
    """

    def __init__(self) -> None:
        self.words: set[str] = set()
        """Every word of the phrases."""
        self._whole: dict[Hashable, list[tuple[str, str, Callable[[str], Value]]]] = {}
        """Phrases by the first word: cut, as they are listed, and what makes the value of that."""
        self._frames: dict[Any, list[tuple[Sequence[Any], str, Callable[[str], Value]]]] = {}
        """Phrases with marks by the first step: all their steps, where one may be a choice of words."""
        self._tries: dict[Any, dict[Any, Any]] = {}
        self._openings: dict[Hashable, list[Hashable]] = {}
        """Parts and slots that phrases begin with, by the first words of parts."""

    @property
    def first_words(self) -> AbstractSet[Hashable]:
        """Every word that a phrase begins with."""
        return self._whole.keys()

    def add(self, text: str, value: Value, *, compact: bool = False) -> None:
        """Add a phrase: see `add_all`."""
        self.add_all([text], lambda _: value, compact=compact)

    def add_all(
        self,
        texts: Sequence[str],
        value: Callable[[str], Value],
        *,
        compact: bool = False,
        cuts: Sequence[tuple[str, ...]] | None = None,
    ) -> None:
        """Add phrases under each of their spellings; `compact`, also written without blanks. The first one stays.

        `value` makes the value of a phrase when it is first needed. `cuts` are the phrases cut, where that is done.
        """
        self._tries = {}
        cuts = cut_each(texts) if cuts is None else cuts
        for text, forms in zip(texts, cuts, strict=True):
            for cut in forms:
                first = cut.partition(" ")[0]
                for word in spellings(first) if first else ():
                    self._whole.setdefault(word, []).append((cut, text, value))
                if compact and first != cut and words_apart(first):
                    for way in ways_to_type(cut):
                        together = way.replace(" ", "")
                        self._whole.setdefault(together, []).append((together, text, value))
                        self.words.add(together)
        self._know(cut for forms in cuts for cut in forms)

    def add_frames(self, frames: Sequence[str], value: Callable[[str], Value], parts: Mapping[str, "Part"]) -> None:
        """Add phrases with marks: `<name>` stands for any phrase of that part, `<name?>` for one or nothing."""
        self._tries = {}
        between = [_MARK.split(frame) for frame in frames]
        texts = list(dict.fromkeys(text for words in between for text in words if text.strip()))
        cuts = dict(zip(texts, cut_each(texts), strict=True))
        self._know(cut for forms in cuts.values() for cut in forms)
        for part in parts.values():
            self.words |= part.words
        for frame, words in zip(frames, between, strict=True):
            marks = [_MARKS.get(mark) or parts[mark[1:-1]] for mark in _MARK.findall(frame)]
            steps: list[Any] = [cuts.get(words[0], ())]
            for mark, text in zip(marks, words[1:], strict=True):
                steps += [mark, cuts.get(text, ())]
            self._add_frame([step for step in steps if step != ()], frame, value)

    def _add_frame(self, steps: Sequence[Any], frame: str, value: Callable[[str], Value]) -> None:
        begins = steps[0]
        if isinstance(begins, tuple):
            for first in {word for cut in begins for word in spellings(cut.partition(" ")[0])}:
                self._frames.setdefault(first, []).append((steps, frame, value))
            return
        if begins not in self._frames:
            always = not isinstance(begins, Part) or begins.optional
            for first in [""] if always else begins.first_words:
                self._openings.setdefault(first, []).append(begins)
        self._frames.setdefault(begins, []).append((steps, frame, value))

    def _know(self, cuts: Iterable[str]) -> None:
        for word in {word for cut in cuts for word in cut.split(" ")}:
            self.words.update(spellings(word))

    def _trie(self, first: Hashable) -> dict[Any, Any]:
        """Return what follows a first step, as a trie, made whole before other threads can see it."""
        trie = self._tries.get(first)
        if trie is None:
            trie = {}
            for cut, text, value in self._whole.get(first, ()):
                for way in ways_to_type(cut):
                    _put(trie, first, way.split(" "), value(text))
            for steps, frame, value in self._frames.get(first, ()):
                for typed in itertools.product(*map(_choices, steps)):
                    _put(trie, first, [step for steps in typed for step in steps], value(frame))
            self._tries[first] = trie
        return trie

    def at(
        self, words: Sequence[str], start: int, things: "Things | None" = None
    ) -> Iterator[tuple[int, Value, "Thing | None"]]:
        """Go through the phrases that begin at a position: where each ends, its value, and what fills its slot."""
        if start >= len(words):
            return
        forms = as_typed(words[start])
        open_nodes: list[tuple[int, dict[Any, Any], Thing | None]] = [
            (start + 1, self._trie(form), None) for form in forms if form in self._whole or form in self._frames
        ]
        if things is not None:
            for step in [step for form in ("", *forms) for step in self._openings.get(form, ())]:
                open_nodes += [(end, self._trie(step), thing) for end, thing in things.fill(step, start)]
        while open_nodes:
            at, node, filled = open_nodes.pop()
            if _END in node:
                yield at, node[_END], filled
            if at < len(words):
                open_nodes += [(at + 1, node[word], filled) for word in as_typed(words[at]) if word in node]
            if things is not None and _OPEN in node:
                for step, following in node[_OPEN].items():
                    open_nodes += [(end, following, thing or filled) for end, thing in things.fill(step, at)]


def _choices(step: Hashable) -> list[list[Any]]:
    """Return the ways to type the words of a step; another mark is one step."""
    return [way.split(" ") for cut in step for way in ways_to_type(cut)] if isinstance(step, tuple) else [[step]]


def _put(trie: dict[Any, Any], first: Hashable, steps: Sequence[Hashable], value: object) -> None:
    if steps[0] != first:
        return
    node = trie
    for step in steps[1:]:
        if not isinstance(step, str):
            node = node.setdefault(_OPEN, {})
        node = node.setdefault(step, {})
    node.setdefault(_END, value)


class Part:
    """A closed list of words that may stand in one place of a phrase, named there: `I <want> no more {what}`."""

    def __init__(self, found: Phrases[None], *, optional: bool) -> None:
        self._phrases = found
        self.optional = optional
        self.words = found.words
        self.first_words = found.first_words

    def ends(self, words: Sequence[str], start: int) -> set[int]:
        """Return where a phrase of it that begins at a position can end; at once, where it may be missing."""
        ends = {end for end, _, _ in self._phrases.at(words, start)}
        return ends | {start} if self.optional else ends


def parts_of(listed: Mapping[str, Sequence[str]]) -> dict[str, Part]:
    """Return parts by the names that phrases have for them: `name`, and `name?` where it may be missing."""
    parts: dict[str, Part] = {}
    cuts = iter(cut_each([text for texts in listed.values() for text in texts]))
    for name, texts in listed.items():
        found: Phrases[None] = Phrases()
        found.add_all(texts, lambda _: None, cuts=[*itertools.islice(cuts, len(texts))])
        parts |= {name: Part(found, optional=False), f"{name}?": Part(found, optional=True)}
    return parts


def plain(frame: str, parts: Mapping[str, Sequence[str]]) -> str:
    """Return a phrase with marks as people read it: the first words of each part, and `…` for what fills a slot."""

    def words(mark: re.Match[str]) -> str:
        name = mark[0]
        if name.startswith("<"):
            return "" if name.endswith("?>") else parts[name[1:-1]][0]
        return "" if name == GAP else "…"

    return " ".join(_MARK.sub(words, frame).split())


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
        self._fillings: dict[tuple[Any, int], list[tuple[int, Thing | None]]] = {}

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

    def fill(self, step: Hashable, start: int) -> Iterable[tuple[int, "Thing | None"]]:
        """Return where an open place of a phrase that begins at a position can end, and what fills its slot."""
        if (step, start) not in self._fillings:
            self._fillings[step, start] = self._fill(step, start)
        return self._fillings[step, start]

    def _fill(self, step: Hashable, start: int) -> list[tuple[int, "Thing | None"]]:
        if isinstance(step, Part):
            return [(end, None) for end in step.ends(self._words, start)]
        if step is _GAP_STEP:
            return [(end, None) for end in self._polite(start)]
        return [(thing.end, thing) for thing in self.at(start) if thing.fills(step is _MESSAGES_STEP)]

    def _polite(self, start: int) -> set[int]:
        """Return where the gap of a phrase can end that begins here: at once, or behind one or two polite phrases."""
        one = {end for end, _, _ in self._fillers.at(self._words, start)}
        two = {end for first in one for end, _, _ in self._fillers.at(self._words, first)}
        return {start} | one | two


_DETERMINERS = 5
_SEGMENT = Noun(Role.NAMED, general=True)


def single_words(texts: Iterable[str]) -> frozenset[str]:
    """Return words under each of their spellings."""
    cuts = [cut for forms in cut_each([*texts]) for cut in forms if " " not in cut]
    return frozenset(way for cut in cuts for way in ways_to_type(cut))
