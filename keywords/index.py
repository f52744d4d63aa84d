"""The builder's keyword rules, compiled so that a message is matched in time that depends on its own length alone."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from keywords.normalise import normalise


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """The rule that a text matched: its position in the flow, and the word that did it, as the builder wrote it."""

    rule: int
    word: str


# Scripts that are written without blanks between words, by their blocks: Thai to Lao, Myanmar, Khmer, kana and Han.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0x20000, 0x3FFFF),
)

_Trie = dict[Any, Any]
_END = None
"""The key under which a trie node keeps the match that ends there."""


def _is_unspaced(text: str) -> bool:
    return not text.isascii() and any(low <= ord(c) <= high for c in text for low, high in _UNSPACED)


def _add(trie: _Trie, steps: Iterable[str], match: KeywordMatch) -> None:
    for step in steps:
        trie = trie.setdefault(step, {})
    if _END not in trie or match.rule < trie[_END].rule:
        trie[_END] = match


def _found(trie: _Trie, steps: Sequence[str]) -> Iterator[KeywordMatch]:
    for start in range(len(steps)):
        node = trie
        for step in itertools.islice(steps, start, None):
            if step not in node:
                break
            node = node[step]
            if _END in node:
                yield node[_END]


class KeywordIndex:
    """Finds the rule that answers a text: `is` before `contains`, then the builder's order.

    `contains` means whole words or phrases; a keyword in a script without blanks (Chinese, Japanese, Thai, …) matches
    anywhere. Words come with the position of their rule in the flow.
    """

    def __init__(self, is_words: Iterable[tuple[str, int]], contains_words: Iterable[tuple[str, int]]) -> None:
        self._is: dict[str, KeywordMatch] = {}
        self._words: _Trie = {}
        self._characters: _Trie = {}
        for word, rule in is_words:
            key = normalise(word)
            if key and (key not in self._is or rule < self._is[key].rule):
                self._is[key] = KeywordMatch(rule, word)
        for word, rule in contains_words:
            key = normalise(word)
            if not key:
                continue
            if _is_unspaced(key):
                _add(self._characters, key, KeywordMatch(rule, word))
            else:
                _add(self._words, key.split(" "), KeywordMatch(rule, word))

    def match(self, normalised: str) -> KeywordMatch | None:
        """Return the rule for a text that `keywords.normalise` has been through, or None."""
        exact = self._is.get(normalised)
        if exact is not None:
            return exact
        best: KeywordMatch | None = None
        if self._words:
            best = min(_found(self._words, normalised.split(" ")), key=_rule, default=None)
        if self._characters and not normalised.isascii():
            other = min(_found(self._characters, normalised), key=_rule, default=None)
            if other is not None and (best is None or other.rule < best.rule):
                best = other
        return best


def _rule(match: KeywordMatch) -> int:
    return match.rule
