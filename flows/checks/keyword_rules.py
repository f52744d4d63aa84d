"""Keyword rules that never answer."""

from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, error, warning
from flows.checks.texts import placed_words
from flows.checks.view import View
from flows.model.base import WordList
from flows.walk import Path
from keywords.index import KeywordIndex
from keywords.normalise import normalise

NO_WORDS = error("no-keywords", "A keyword rule, or a rule of the `unsubscribe` block, has no words.")
REPEATED = warning("repeated-keyword", "A keyword stands in two rules; the first one answers.")
NEVER_WINS = warning("contains-never-wins", "An earlier `contains` rule answers every message that this one would.")

Placed = tuple[int, Path, str]


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    rules = view.bot.keywords
    for path, words in _lists(view):
        if words is not None and not any(normalise(word) for _, word in placed_words(path, words)):
            yield NO_WORDS.broken(path, "there is no word here", "Write the words, with commas between")
    exact = [
        (at, *placed) for at, rule in enumerate(rules) for placed in placed_words(("keywords", at, "is"), rule.is_)
    ]
    within = [
        (at, *placed)
        for at, rule in enumerate(rules)
        for placed in placed_words(("keywords", at, "contains"), rule.contains)
    ]
    yield from _repeated(exact)
    yield from _repeated(within)
    yield from _never_win(within)


def _lists(view: View) -> Iterator[tuple[Path, WordList | None]]:
    for position, rule in enumerate(view.bot.keywords):
        yield ("keywords", position, "is"), rule.is_
        yield ("keywords", position, "contains"), rule.contains
    for position, words in enumerate(view.bot.unsubscribe.segments):
        yield ("unsubscribe", "segments", position, "is"), words.is_


def _repeated(words: list[Placed]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for rule, path, word in words:
        key = normalise(word)
        if key and key in first:
            where = f"rule {first[key] + 1}" if first[key] != rule else "this rule"
            yield REPEATED.broken(path, f"`{word}` stands in {where} already, which answers it", "Delete it here")
        first.setdefault(key, rule)


def _never_win(words: list[Placed]) -> Iterator[Fault]:
    index = KeywordIndex((), ((word, rule) for rule, _, word in words))
    for rule, path, word in words:
        winner = index.match(normalise(word))
        if winner is not None and winner.rule < rule and normalise(winner.word) != normalise(word):
            yield NEVER_WINS.broken(
                path,
                f"what contains `{word}` also contains `{winner.word}` of rule {winner.rule + 1}, which answers first",
                f"Move this rule above rule {winner.rule + 1}, or delete it",
            )


CHECK = Check((NO_WORDS, REPEATED, NEVER_WINS), _find)
