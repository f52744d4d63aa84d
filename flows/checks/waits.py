"""Waits that outlast what a channel allows, and waits behind an opt-in that forget to ask whether it still holds."""

import re
from collections.abc import Iterator

from filters.model import OptedOut
from flows.checks.view import Check, Fault, Limits, View, by_language, placed_words, warning
from flows.compile import reserved_words
from flows.model.base import seconds_of
from flows.model.bot import Bot
from flows.model.buttons import consent_of
from flows.model.parts import CallMessagePart, GoToPart, Part, QuestionPart, TextPart
from flows.model.state_parts import HandOverPart, PausePart, WaitPart
from flows.walk import Path, PlacedPart, conditions_of, subject_asked
from keywords.normalise import normalise
from messages.consent import ALL, kind_of_subject
from messages.errors import BadInput
from schedules.wall_clock import read_wait

LONG_WAIT = warning("long-wait", "A wait is longer than a channel lets a bot answer.")
UNGUARDED = warning("wait-without-consent", "A wait behind an opt-in is not followed by a condition on its segment.")


def _find_waits(view: View, limits: Limits) -> Iterator[Fault]:
    for path, _, part in view.parts:
        if isinstance(part, PausePart):
            key, written = part.written()
            for channel, maximum in limits.below(_seconds(part) + 1, lambda shows: shows.answer_seconds):
                yield LONG_WAIT.broken(
                    (*path, key),
                    f"after {written} {channel.title} refuses what follows: it takes answers for "
                    f"{maximum // 3600} hours",
                    "Wait for less, or send what follows to a segment as a broadcast",
                )
    yield from _unguarded(view)


def _seconds(part: PausePart) -> int:
    """Return how long a pause takes; of one until a time, the whole days."""
    if isinstance(part, WaitPart):
        return seconds_of(part.wait)
    try:
        wait = read_wait(part.written()[1])
    except BadInput:
        return 0
    return max(wait.seconds, wait.days * 86400)


def _unguarded(view: View) -> Iterator[Fault]:
    """Each wait that an opt-in leads to, unless the part behind it asks about the segment."""
    told: set[Path] = set()
    for segment, message in _opt_ins(view):
        for path, part in _Journey(view.bot, segment).waits(message):
            if path not in told:
                told.add(path)
                key, written = part.written()
                during = f"during these {written}" if isinstance(part, WaitPart) else "meanwhile"
                yield UNGUARDED.broken(
                    (*path, key),
                    f"who leaves `{segment}` {during} does not get the rest, and nothing here says so",
                    f'Put what follows into `if: "{segment if kind_of_subject(segment) else f"segment:{segment}"}"`',
                )


def _opt_ins(view: View) -> Iterator[tuple[str, str]]:
    """Each segment, topic or sequence that the flow opts in to, and the message that follows."""
    for _, _, button, _ in view.buttons:
        consent = consent_of(button)
        if consent is not None and consent.raises and consent.subject != ALL:
            yield consent.subject, consent.reply
    for rule in view.bot.keywords:
        if rule.opt_in is not None:
            yield rule.opt_in, rule.message


class _Journey:
    """What runs behind an opt-in to one segment without another act of the person, answers to questions aside."""

    def __init__(self, bot: Bot, segment: str) -> None:
        self._bot = bot
        self._segment = segment
        self._seen: set[str] = set()

    def waits(self, message: str) -> Iterator[tuple[Path, PausePart]]:
        """Yield the waits of a message, and of those it goes on to, behind which nothing asks about the segment."""
        if message in self._bot.messages and message not in self._seen:
            self._seen.add(message)
            yield from self._in(message, ("messages", message, "parts"), self._bot.messages[message].parts, ())

    def _in(
        self, message: str, path: Path, parts: tuple[Part, ...], after: tuple[Part, ...]
    ) -> Iterator[tuple[Path, PausePart]]:
        for position, part in enumerate(parts):
            here, rest = (*path, position), (*parts[position + 1 :], *after)
            match part:
                case PausePart() if rest and not self._asks(rest[0]):
                    yield here, part
                case GoToPart(go_to=other) | CallMessagePart(call_message=other):
                    yield from self.waits(other)
                case QuestionPart(otherwise=str(other)):
                    yield from self.waits(other)
                case _:
                    for way, branch in part.branches():
                        if isinstance(branch, str):
                            yield from self.waits(branch)
                        else:
                            yield from self._in(message, (*here, *way), branch, rest)

    def _asks(self, part: Part) -> bool:
        conditions = (found.condition for found in conditions_of(PlacedPart((), "", part)))
        return any(not isinstance(one, OptedOut) and subject_asked(one) == self._segment for one in conditions)


WAITS = Check((LONG_WAIT, UNGUARDED), _find_waits)


BACK_RESERVED = warning("back-is-consent-word", "A word that is to end a hand-over is a consent word.")
START_HANDS_BACK = warning("start-at-hand-over", "A message that hands over tells people to type START.")

_START = re.compile(r"\bSTART\b")


def _find_hand_overs(view: View, _limits: Limits) -> Iterator[Fault]:
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


HAND_OVERS = Check((BACK_RESERVED, START_HANDS_BACK), _find_hand_overs)
