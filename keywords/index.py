"""The builder's keyword rules, compiled so that a message is matched in time that depends on its own length alone."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from keywords.normalise import normalise


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """The rule that a text matched: its position in the flow, and the word that did it, as the builder wrote it."""

    rule: int
    word: str


_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff"  # kana
    "\u3400-\u9fff"  # Han
    "\U00020000-\U0003ffff"
    "]+"
)
"""Text in scripts that are written without blanks between words."""

_NO_WORD = " \ufffc "
"""Stands for such text where words are looked for; no keyword has it in it."""

_Trie = dict[Any, Any]
_END = None
"""The key under which a trie node keeps the match that ends there."""


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
    anywhere, and words of other scripts may stand amid such text (`我的wifi密码`). Words come with the position of
    their rule in the flow. A search takes at most the text's length times that of the longest keyword, however many
    keywords there are.
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
            if _UNSPACED.search(key):
                _add(self._characters, key, KeywordMatch(rule, word))
            else:
                _add(self._words, key.split(" "), KeywordMatch(rule, word))

    def match(self, normalised: str) -> KeywordMatch | None:
        """Return the rule for a text that `keywords.normalise` has been through, or None."""
        exact = self._is.get(normalised)
        if exact is not None:
            return exact
        ascii_only = normalised.isascii()
        best: KeywordMatch | None = None
        if self._words:
            words = normalised if ascii_only else _UNSPACED.sub(_NO_WORD, normalised)
            best = min(_found(self._words, words.split()), key=_rule, default=None)
        if self._characters and not ascii_only:
            other = min(_found(self._characters, normalised), key=_rule, default=None)
            if other is not None and (best is None or other.rule < best.rule):
                best = other
        return best


def _rule(match: KeywordMatch) -> int:
    return match.rule
