"""Going through a bot in the order of its file."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from filters.model import Condition, Detail, DetailKnown, DetailText, InSegment, InSequence, OnTopic, OptedOut, When
from filters.references import asked_moments, leaves
from flows.diff_words import bold, first_words
from flows.model.base import WordList, words_of
from flows.model.bot import Bot, Message
from flows.model.buttons import ButtonBase, consent_of
from flows.model.conditions import If
from flows.model.parts import CallMessagePart, Card, CarouselPart, IfPart, Part, QuestionPart, TextPart
from flows.model.state_parts import JoinPart, LeavePart, SetPart
from messages.consent import SEQUENCE, TOPIC, kind_of_subject, name_of_subject

Path = tuple[str | int, ...]
"""The way to a value in a flow file: keys and positions, e.g. `("messages", "hello", "parts", 0, "text")`."""


class PlacedPart(NamedTuple):
    """A part and the way to it."""

    path: Path
    message: str
    part: Part


class PlacedCondition(NamedTuple):
    """A condition that holds no other, and the way to it: in the text of a filter, an offset ends it."""

    path: Path
    message: str
    condition: Condition


class FoundButton(NamedTuple):
    """A button and the way to it. `on` is the text part or card that carries it, None for a quick reply."""

    path: Path
    message: str
    button: ButtonBase
    on: TextPart | Card | None


def parts_of(message_id: str, message: Message) -> Iterator[PlacedPart]:
    """Go through all parts of a message, each `if` before its branches."""
    yield from _parts(message_id, ("messages", message_id, "parts"), message.parts)


def _parts(message_id: str, path: Path, parts: tuple[Part, ...]) -> Iterator[PlacedPart]:
    for position, part in enumerate(parts):
        here = (*path, position)
        yield PlacedPart(here, message_id, part)
        for way, branch in part.branches():
            if not isinstance(branch, str):
                yield from _parts(message_id, (*here, *way), branch)


def buttons_of(message_id: str, message: Message) -> Iterator[FoundButton]:
    """Go through all buttons of a message: those of its parts in order, then the quick replies."""
    for path, _, part in parts_of(message_id, message):
        if isinstance(part, TextPart):
            for number, button in enumerate(part.buttons):
                yield FoundButton((*path, "buttons", number), message_id, button, part)
        elif isinstance(part, CarouselPart):
            for position, card in enumerate(part.carousel):
                for number, button in enumerate(card.buttons):
                    yield FoundButton((*path, "carousel", position, "buttons", number), message_id, button, card)
    for number, button in enumerate(message.quick_replies):
        yield FoundButton(("messages", message_id, "quick_replies", number), message_id, button, None)


def named_buttons_of(message_id: str, message: Message) -> Iterator[tuple[str, FoundButton]]:
    """Go through all buttons of a message with the id of each: its own, else `<message>/<position>`."""
    for position, found in enumerate(buttons_of(message_id, message), start=1):
        yield found.button.id or f"{message_id}/{position}", found


def all_parts(bot: Bot) -> Iterator[PlacedPart]:
    """Go through all parts of a bot."""
    for message_id, message in bot.messages.items():
        yield from parts_of(message_id, message)


def calls_of(bot: Bot) -> Iterator[tuple[Path, str]]:
    """Yield each message that another one calls, with the way to the part that does."""
    return ((path, part.call_message) for path, _, part in all_parts(bot) if isinstance(part, CallMessagePart))


def conditions_of(placed: PlacedPart) -> Iterator[PlacedCondition]:
    """Go through what an `if` asks, in the order in which it is written; other parts ask nothing."""
    path, message, part = placed
    if isinstance(part, IfPart):
        yield from _leaves((*path, "if"), message, part.if_)


def _leaves(path: Path, message: str, asked: If) -> Iterator[PlacedCondition]:
    for place, condition in zip(asked.places, leaves(asked.condition), strict=True):
        yield PlacedCondition((*path, *place), message, condition)


class PlacedIf(NamedTuple):
    """A condition of a part, a step or a sequence as it is written, and the way to it."""

    path: Path
    message: str
    """Empty for the `exit` of a sequence."""
    asked: If


def all_ifs(bot: Bot) -> Iterator[PlacedIf]:
    """Go through what the steps and ends of sequences ask, then through what parts ask."""
    for name, sequence in bot.sequences.items():
        for position, step in enumerate(sequence.steps):
            if step.if_ is not None:
                yield PlacedIf(("sequences", name, "steps", position, "if"), step.message, step.if_)
        if sequence.exit is not None:
            yield PlacedIf(("sequences", name, "exit"), "", sequence.exit)
    for path, message, part in all_parts(bot):
        if isinstance(part, IfPart):
            yield PlacedIf((*path, "if"), message, part.if_)


def all_conditions(bot: Bot) -> Iterator[PlacedCondition]:
    """Go through all conditions that hold no other."""
    for path, message, asked in all_ifs(bot):
        yield from _leaves(path, message, asked)


def is_about_language(condition: Condition) -> bool:
    """Tell whether a condition asks for the language alone, which is no secret of the person's."""
    return isinstance(condition, DetailText | DetailKnown) and condition.detail is Detail.LANGUAGE


def asks_last_seen(bot: Bot) -> bool:
    """Tell whether a condition asks when the person was last seen."""
    return any(When.LAST_SEEN in asked_moments(one.condition) for one in all_conditions(bot))


def conditioned_segments(bot: Bot) -> Iterator[tuple[str, str]]:
    """Yield message and segment, topic or sequence of each condition on one."""
    for _, message, condition in all_conditions(bot):
        if (subject := subject_asked(condition)) is not None:
            yield message, subject


def subject_asked(condition: Condition) -> str | None:
    """Return the segment, topic or sequence that a condition asks for; None for another condition."""
    match condition:
        case InSegment(name=name) | OptedOut(name=name):
            return name
        case OnTopic(name=name):
            return TOPIC + name
        case InSequence(name=name):
            return SEQUENCE + name
        case _:
            return None


def known_fields(bot: Bot) -> frozenset[str]:
    """Return the fields that may be read: the declared ones, or where none is declared those that something stores."""
    if bot.fields:
        return frozenset(bot.fields)
    return frozenset(
        part.field if isinstance(part, QuestionPart) else part.set
        for _, _, part in all_parts(bot)
        if isinstance(part, QuestionPart | SetPart)
    )


class UseKind(StrEnum):
    """What uses a segment."""

    LISTED = "listed"
    BUTTON = "button"
    QUICK_REPLY = "quick reply"
    CONDITION = "condition"
    KEYWORD = "keyword"
    UNSUBSCRIBE = "unsubscribe"
    PART = "part"


class SegmentUse(NamedTuple):
    """One place. `text` names it for people: "button *Yes please* on *welcome*"."""

    kind: UseKind
    message: str
    """Id of the message that it stands in, or leads to."""
    text: str


def segment_uses(bot: Bot, segment: str) -> tuple[SegmentUse, ...]:
    """Return where a flow uses a segment, topic or sequence, in the order of its file, each place once."""
    return tuple(dict.fromkeys(_uses(bot, segment)))


def _uses(bot: Bot, segment: str) -> Iterator[SegmentUse]:
    key = f"{kind_of_subject(segment).rstrip(':') or 'segment'}s"
    if name_of_subject(segment) in getattr(bot, key):
        yield SegmentUse(UseKind.LISTED, "", f"the list of {key}")
    for rule in bot.keywords:
        if segment in (rule.opt_in, rule.opt_out):
            yield SegmentUse(UseKind.KEYWORD, rule.message, f"keyword {_first(rule.is_ or rule.contains or ())}")
    for block in bot.unsubscribe.segments:
        if block.segment == segment:
            yield SegmentUse(UseKind.UNSUBSCRIBE, block.reply, f"unsubscribe word {_first(block.is_)}")
    yield from _buttons(bot, segment)
    yield from _joining(bot, segment)
    for message, named in conditioned_segments(bot):
        if named == segment:
            yield SegmentUse(UseKind.CONDITION, message, f"condition on {bold(message)}")


def _joining(bot: Bot, subject: str) -> Iterator[SegmentUse]:
    for _, name, part in all_parts(bot):
        match part:
            case JoinPart(join=named) | LeavePart(leave=named) if named == subject:
                yield SegmentUse(UseKind.PART, name, f"part on {bold(name)}")
            case _:
                pass


def _buttons(bot: Bot, segment: str) -> Iterator[SegmentUse]:
    for message_id, message in bot.messages.items():
        for _, _, button, on in buttons_of(message_id, message):
            found = consent_of(button)
            if found is not None and found.subject == segment:
                kind = UseKind.QUICK_REPLY if on is None else UseKind.BUTTON
                yield SegmentUse(kind, message_id, f"{kind} {bold(first_words(button.label))} on {bold(message_id)}")


def _first(words: WordList) -> str:
    return bold(next(iter(words_of(words)), ""))
