"""Words of the flow that the consent words would take away from it.

STOP and its like win over everything, so whatever else is named like them never happens; and a flow that gave them
another meaning would take the way out from people.
"""

from collections.abc import Iterator
from typing import NamedTuple

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, Rule, error, warning
from flows.checks.texts import by_language, placed_words
from flows.checks.view import View
from flows.compile import reserved_words
from flows.model.base import Localised, WordList
from flows.model.bot import Bot
from flows.model.buttons import OptOutButton, SubscriptionButton
from flows.model.parts import Choice, QuestionPart
from flows.walk import Path
from keywords.normalise import normalise
from keywords.reserved import ReservedWord, ReservedWords, reserved

SHADOWS_STOP = error("shadows-stop", "A keyword is a word that unsubscribes.")
SHADOWS_SOFT = warning("shadows-soft-word", "A keyword is a soft unsubscribe word, which wins outside of questions.")
SHADOWS_OTHER = warning("shadows-reserved-word", "A keyword is a start or help word.")
OTHER_KIND = error("reserved-for-another", "A word of the `unsubscribe` block is built in with another meaning.")
LABEL_STOPS = error("label-is-stop-word", "A quick reply is a word that unsubscribes.")
LABEL_RESERVED = warning("label-is-reserved-word", "A button, quick reply or choice is a word about consent.")
EXPECTS_STRONG = error("expects-strong-word", "A question expects a word that always unsubscribes, starts or helps.")
NEEDLESS_EXPECTS = warning("needless-expects", "A question expects a word that is no soft unsubscribe word.")

_MEANING = {"stop": "unsubscribes", "start": "allows messages again", "help": "asks for help"}


class _Label(NamedTuple):
    path: Path
    words: str
    expected: frozenset[str] = frozenset()
    answers: bool = False
    """It is a choice: pressed, it is the answer."""
    pressed: bool = False
    """It is a button with a payload: pressed, it does what the flow says."""


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
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
            if found is None or not isinstance(button, OptOutButton) or found.segment != button.opt_out:
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
                here, f"`{word}` is no soft unsubscribe word, so nothing changes by expecting it", "Delete it"
            )
        elif found.strength == "strong":
            yield EXPECTS_STRONG.broken(
                here,
                f"`{word}` always {_MEANING[found.kind]}; no question can expect it",
                "Delete it, or ask otherwise",
            )


CHECK = Check(
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
    _find,
)
