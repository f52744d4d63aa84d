"""Which messages of a flow depend on what is known of one person, so that a group must not read them."""

from collections.abc import Iterator

from flows.model.base import Localised
from flows.model.bot import Bot, Message
from flows.model.conditions import FieldCondition, SegmentCondition, TagCondition
from flows.model.parts import Card, CarouselPart, Choice, FilePart, ImagePart, Part, QuestionPart, TextPart
from flows.template import names_in
from flows.walk import PlacedPart, buttons_of, conditions_of, parts_of

_OF_A_PERSON = frozenset({"contact", "field"})


def personal_messages(bot: Bot) -> frozenset[str]:
    """Return the messages that ask for a person's segments, tags or fields, or whose texts name the person."""
    shared = {name for name, texts in _shared_texts(bot) if any(_names(text) & _OF_A_PERSON for text in texts)}
    telling = _OF_A_PERSON | shared
    return frozenset(
        name
        for name, message in bot.messages.items()
        if any(_asks(placed) for placed in parts_of(name, message))
        or any(_names(text) & telling for text in _texts(name, message))
    )


def _shared_texts(bot: Bot) -> Iterator[tuple[str, list[Localised]]]:
    """The texts behind the placeholders `bot` and `segment`, which may name the person themselves."""
    yield "bot", [bot.name]
    segments = bot.segments.values()
    yield "segment", [text for each in segments for text in (each.name, each.purpose) if text is not None]


def _asks(placed: PlacedPart) -> bool:
    kinds = SegmentCondition | FieldCondition | TagCondition
    return any(isinstance(found.condition, kinds) for found in conditions_of(placed))


def _texts(name: str, message: Message) -> Iterator[Localised]:
    for _, _, part in parts_of(name, message):
        yield from _said_by(part)
    for _, _, button, _ in buttons_of(name, message):
        yield button.label


def _said_by(part: Part | Card) -> Iterator[Localised]:
    match part:
        case TextPart():
            yield part.text
        case CarouselPart():
            for card in part.carousel:
                yield from _said_by(card)
        case Card() | FilePart():
            yield part.title
            if isinstance(part, Card) and part.subtitle is not None:
                yield part.subtitle
        case ImagePart() if part.alt is not None:
            yield part.alt
        case QuestionPart():
            yield part.question
            if part.retry is not None:
                yield part.retry
            yield from (choice.label if isinstance(choice, Choice) else choice for choice in part.choices)
        case _:
            pass


def _names(text: Localised) -> frozenset[str]:
    texts = (text,) if isinstance(text, str) else text.values()
    return frozenset(name for each in texts for name in names_in(each))
