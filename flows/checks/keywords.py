"""Checks of typed words: the builder's keywords beside the reserved ones, and what a text offers to type."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from flows.checks.view import (
    Check,
    Fault,
    Limits,
    Rule,
    View,
    by_language,
    error,
    placed_words,
    warning,
    without_placeholders,
)
from flows.compile import reserved_words
from flows.model.base import Localised, WordList
from flows.model.bot import Bot
from flows.model.buttons import SubscriptionButton, consent_of
from flows.model.parts import Choice, QuestionPart
from flows.walk import Path
from keywords.index import KeywordIndex
from keywords.normalise import normalise
from keywords.reserved import ReservedWord, ReservedWords, reserved

SHADOWS_STOP = error("shadows-stop", "A keyword is a word that unsubscribes.")
SHADOWS_SOFT = warning("shadows-soft-word", "A keyword is a soft unsubscribe word, which wins outside of questions.")
SHADOWS_OTHER = warning("shadows-reserved-word", "A keyword is a start or help word.")
OTHER_KIND = error("reserved-for-another", "A word of the `unsubscribe` block is built in with another meaning.")
LABEL_STOPS = error("label-is-stop-word", "A quick reply is a word that unsubscribes.")
LABEL_RESERVED = warning("label-is-reserved-word", "A button, quick reply or choice is a word about consent.")
EXPECTS_STRONG = error("expects-strong-word", "A question expects a word that always unsubscribes, starts or helps.")
NEEDLESS_EXPECTS = warning("needless-expects", "A question expects a word that is not a soft unsubscribe word.")

_MEANING = {"stop": "unsubscribes", "start": "allows messages again", "help": "asks for help"}


class _Label(NamedTuple):
    path: Path
    words: str
    expected: frozenset[str] = frozenset()
    answers: bool = False
    """It is a choice: pressed, it is the answer."""
    pressed: bool = False
    """It is a button with a payload: pressed, it does what the flow says."""


def _find_stop_words(view: View, _limits: Limits) -> Iterator[Fault]:
    yield from _keywords(view.bot)
    yield from _block(view.bot)
    for label in _labels(view):
        yield from _label(label)
    for path, _, part in view.parts:
        if isinstance(part, QuestionPart):
            yield from _expects(path, part)


def _keywords(bot: Bot) -> Iterator[Fault]:
    words = reserved_words(bot)
    for position, rule in enumerate(bot.keywords):
        for path, word in placed_words(("keywords", position, "is"), rule.is_):
            found = words.match(normalise(word))
            if found is None:
                continue
            rule_broken = _shadow(found)
            meaning = _MEANING[found.kind] + (f" from `{found.segment}`" if found.segment else "")
            yield rule_broken.broken(
                path,
                f"`{word}` always {meaning}, so this keyword never answers"
                if rule_broken is not SHADOWS_SOFT
                else f"`{word}` {meaning} unless a question expects it, so this keyword never answers",
                "Choose another word, or put what you want to say into the `unsubscribe` block",
            )


def _shadow(found: ReservedWord) -> Rule:
    if found.kind != "stop":
        return SHADOWS_OTHER
    return SHADOWS_STOP if found.strength == "strong" else SHADOWS_SOFT


def _block(bot: Bot) -> Iterator[Fault]:
    block = bot.unsubscribe
    lists: list[tuple[Path, WordList, str]] = [
        (("unsubscribe", "is"), block.is_, "stop"),
        (("unsubscribe", "resubscribe"), block.resubscribe, "start"),
        (("unsubscribe", "help_words"), block.help_words, "help"),
    ]
    lists += [
        (("unsubscribe", "segments", position, "is"), rule.is_, "segment")
        for position, rule in enumerate(block.segments)
    ]
    for base, words, kind in lists:
        for path, word in placed_words(base, words):
            found = _wins_over(word, kind)
            if found is not None:
                what = _MEANING[found.kind] + (" from everything" if found.kind == "stop" else "")
                yield OTHER_KIND.broken(path, f"`{word}` is built in: it {what}", "Choose another word")


def _wins_over(word: str, kind: str) -> ReservedWord | None:
    """Return the built-in word that a builder's word is already, with another meaning.

    Of words that stop a segment only those count that stop everything there: `stop tips` is a segment's.
    """
    if kind == "segment":
        found = ReservedWords(segments=[(word, kind, 0)]).match(word)
        return None if found is None or found.segment else found
    found = reserved(word)
    return found if found is not None and found.strength == "strong" and found.kind != kind else None


def _labels(view: View) -> Iterator[_Label]:
    own = reserved_words(view.bot)
    for path, _, button, on in view.buttons:
        if isinstance(button, SubscriptionButton):
            continue
        for words in _texts(button.label):
            found = own.match(words)
            consent = consent_of(button)
            if found is None or consent is None or consent.raises or found.segment != consent.subject:
                yield _Label((*path, "label"), words, pressed=on is not None)
    for path, _, part in view.parts:
        if isinstance(part, QuestionPart):
            expected = frozenset(normalise(word) for word in part.expects)
            for position, choice in enumerate(part.choices):
                here = (*path, "choices", position)
                shown = choice.label if isinstance(choice, Choice) else choice
                value = choice.value if isinstance(choice, Choice) else choice
                yield from (_Label(here, words, expected, answers=True) for words in {*_texts(shown), value})


def _texts(text: Localised) -> list[str]:
    return [words for _, words in by_language(text)]


def _label(label: _Label) -> Iterator[Fault]:
    found = reserved(normalise(label.words))
    if found is None:
        return
    if label.pressed:
        yield LABEL_RESERVED.broken(
            label.path,
            f"`{label.words}` does what the flow says when it is pressed, but {_MEANING[found.kind]} when it is typed",
            "Use other words",
        )
    elif label.answers:
        if normalise(label.words) not in label.expected:
            yield LABEL_RESERVED.broken(
                label.path,
                f"`{label.words}` is the answer when it is pressed, but {_MEANING[found.kind]} when it is typed",
                "Use other words, or list it under `expects`" if found.strength == "soft" else "Use other words",
            )
    elif found.strength == "strong" and found.kind == "stop":
        yield LABEL_STOPS.broken(
            label.path,
            f"`{label.words}` unsubscribes from everything, also where a channel sends it for a press here",
            "Use other words; to let people stop everything here, use a button with `subscription: out`",
        )
    else:
        yield LABEL_RESERVED.broken(
            label.path, f"`{label.words}` {_MEANING[found.kind]} when it is typed for a press here", "Use other words"
        )


def _expects(path: Path, part: QuestionPart) -> Iterator[Fault]:
    for position, word in enumerate(part.expects):
        found = reserved(normalise(word))
        here = (*path, "expects", position)
        if found is None:
            yield NEEDLESS_EXPECTS.broken(
                here, f"`{word}` is not a soft unsubscribe word, so nothing changes by expecting it", "Delete it"
            )
        elif found.strength == "strong":
            yield EXPECTS_STRONG.broken(
                here,
                f"`{word}` always {_MEANING[found.kind]}; no question can expect it",
                "Delete it, or ask otherwise",
            )


STOP_WORDS = Check(
    (
        SHADOWS_STOP,
        SHADOWS_SOFT,
        SHADOWS_OTHER,
        OTHER_KIND,
        LABEL_STOPS,
        LABEL_RESERVED,
        EXPECTS_STRONG,
        NEEDLESS_EXPECTS,
    ),
    _find_stop_words,
)


NO_WORDS = error("no-keywords", "A keyword rule, or a rule of the `unsubscribe` block, has no words.")
REPEATED = warning("repeated-keyword", "A keyword is in two rules; the first one answers.")
NEVER_WINS = warning("contains-never-wins", "An earlier `contains` rule answers every message that this one would.")

Placed = tuple[int, Path, str]


def _find_keyword_rules(view: View, _limits: Limits) -> Iterator[Fault]:
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


KEYWORD_RULES = Check((NO_WORDS, REPEATED, NEVER_WINS), _find_keyword_rules)


OFFERS_WORD = warning(
    "offers-reserved-word", "A question's text offers an unsubscribe, start or help word as an answer."
)

_MARKS = re.compile(r"[\s]*[,;:/|?!.()\[\]«»\"“”„‚‘¿¡、，。；：？！（）「」／・\n]+[\s]*|\s[-–—]\s")
_OR = re.compile(
    r"\s(?:or|ou|oder|of|lub|albo|czy|oppure|أو|أم|या|ya)\s|\s[ou]\s|または|もしくは|それとも|还是|還是|或者|或",
    re.IGNORECASE,
)


def _find_offered_words(view: View, _limits: Limits) -> Iterator[Fault]:
    words = reserved_words(view.bot)
    for path, _, part in view.parts:
        if not isinstance(part, QuestionPart) or part.type != "text":
            continue
        expected = {found.word for word in part.expects if (found := words.match(word)) is not None}
        told: set[str] = set()
        for _, text in by_language(part.question):
            for offered, found in _offered(without_placeholders(text), words):
                if found.word not in expected | told:
                    told.add(found.word)
                    yield OFFERS_WORD.broken((*path, "question"), *_said(offered, found))


def _said(offered: str, found: ReservedWord) -> tuple[str, str]:
    what = f"`{offered}` reads like an answer here, and {_MEANING[found.kind]}"
    if found.strength == "soft" and not found.segment:
        return f"{what} unless the question expects it", f"Add `expects: [{offered}]` to the question"
    return f"{what}, whatever the question expects", "Ask for it in other words"


def _offered(text: str, words: ReservedWords) -> Iterator[tuple[str, ReservedWord]]:
    """Go through the words that a text offers: what stands alone between marks, or at either side of an *or*."""
    for clause in filter(None, _MARKS.split(text)):
        sides = [side.strip() for side in _OR.split(clause)]
        for side in sides:
            ends = [side] if len(sides) == 1 else [side, side.rpartition(" ")[2], side.partition(" ")[0]]
            for one in dict.fromkeys(ends):
                if (found := words.match(one)) is not None:
                    yield one, found
                    break


OFFERED_WORDS = Check((OFFERS_WORD,), _find_offered_words)
