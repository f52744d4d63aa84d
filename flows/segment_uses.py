"""Where a flow uses a segment, in the builder's words: what staff are told before they take one away."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from flows.diff_words import bold, first_words
from flows.model.base import WordList, words_of
from flows.model.bot import Bot
from flows.model.buttons import OptInButton, OptOutButton
from flows.walk import buttons_of, conditioned_segments


class UseKind(StrEnum):
    """What uses a segment."""

    LISTED = "listed"
    BUTTON = "button"
    QUICK_REPLY = "quick reply"
    CONDITION = "condition"
    KEYWORD = "keyword"
    UNSUBSCRIBE = "unsubscribe"


class SegmentUse(NamedTuple):
    """One place. `text` names it for people: "button *Yes please* on *welcome*"."""

    kind: UseKind
    message: str
    """Id of the message that it stands in, or leads to."""
    text: str


def segment_uses(bot: Bot, segment: str) -> tuple[SegmentUse, ...]:
    """Return where a flow uses a segment, in the order of its file, each place once."""
    return tuple(dict.fromkeys(_uses(bot, segment)))


def _uses(bot: Bot, segment: str) -> Iterator[SegmentUse]:
    if segment in bot.segments:
        yield SegmentUse(UseKind.LISTED, "", "the list of segments")
    for rule in bot.keywords:
        if segment in (rule.opt_in, rule.opt_out):
            yield SegmentUse(UseKind.KEYWORD, rule.message, f"keyword {_first(rule.is_ or rule.contains or ())}")
    for block in bot.unsubscribe.segments:
        if block.segment == segment:
            yield SegmentUse(UseKind.UNSUBSCRIBE, block.reply, f"unsubscribe word {_first(block.is_)}")
    yield from _buttons(bot, segment)
    for message, named in conditioned_segments(bot):
        if named == segment:
            yield SegmentUse(UseKind.CONDITION, message, f"condition on {bold(message)}")


def _buttons(bot: Bot, segment: str) -> Iterator[SegmentUse]:
    for message_id, message in bot.messages.items():
        for _, _, button, on in buttons_of(message_id, message):
            opts_in = isinstance(button, OptInButton) and button.opt_in == segment
            if opts_in or (isinstance(button, OptOutButton) and button.opt_out == segment):
                kind = UseKind.QUICK_REPLY if on is None else UseKind.BUTTON
                yield SegmentUse(kind, message_id, f"{kind} {bold(first_words(button.label))} on {bold(message_id)}")


def _first(words: WordList) -> str:
    return bold(next(iter(words_of(words)), ""))
