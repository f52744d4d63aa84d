"""Words around a hand-over that do not bring the bot back as they seem to."""

import re
from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, warning
from flows.checks.texts import by_language, placed_words
from flows.checks.view import View
from flows.compile import reserved_words
from flows.model.parts import HandOverPart, TextPart
from keywords.normalise import normalise

BACK_RESERVED = warning("back-is-consent-word", "A word that is to end a hand-over is a consent word.")
START_HANDS_BACK = warning("start-at-hand-over", "A message that hands over tells people to type START.")

_START = re.compile(r"\bSTART\b")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    reserved = reserved_words(view.bot)
    hand_over: set[str] = set()
    for path, message, part in view.parts:
        if isinstance(part, HandOverPart):
            hand_over.add(message)
            for where, word in placed_words((*path, "back"), part.back or None):
                if reserved.match(normalise(word)) is not None:
                    yield BACK_RESERVED.broken(
                        where, f"`{word}` is heard as a word about consent, not as one for the bot", "Choose another"
                    )
    for path, message, part in view.parts:
        texts = by_language(part.text) if message in hand_over and isinstance(part, TextPart) else ()
        if any(_START.search(words) for _, words in texts):
            yield START_HANDS_BACK.broken(
                (*path, "text"),
                "START is about messages; the bot is brought back by the button and the words of `back`",
                "Leave START out: a hand-over says its own way back",
            )


CHECK = Check((BACK_RESERVED, START_HANDS_BACK), _find)
