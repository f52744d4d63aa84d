"""Questions that offer a word about consent as an answer, without expecting it: `High, medium or low?` in Spanish."""

import re
from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, warning
from flows.checks.texts import by_language, without_placeholders
from flows.checks.view import View
from flows.compile import reserved_words
from flows.model.parts import QuestionPart
from keywords.reserved import ReservedWord, ReservedWords

OFFERS_WORD = warning(
    "offers-reserved-word", "A question's text offers an unsubscribe, start or help word as an answer."
)

_MARKS = re.compile(r"[\s]*[,;:/|?!.()\[\]«»\"“”„‚‘¿¡、，。；：？！（）「」／・\n]+[\s]*|\s[-–—]\s")
_OR = re.compile(
    r"\s(?:or|ou|oder|of|lub|albo|czy|oppure|أو|أم|या|ya)\s|\s[ou]\s|または|もしくは|それとも|还是|還是|或者|或",
    re.IGNORECASE,
)
_MEANING = {"stop": "unsubscribes", "start": "allows messages again", "help": "asks for help"}


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
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


CHECK = Check((OFFERS_WORD,), _find)
