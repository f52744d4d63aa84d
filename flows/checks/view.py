"""A bot laid out for checking: every part, button and text once, with the way to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from flows.created_segments import segments_of
from flows.model.base import Localised
from flows.model.bot import Bot, Segment
from flows.model.conditions import LanguageCondition
from flows.model.parts import (
    CarouselPart,
    Choice,
    EmitPart,
    FilePart,
    HandOverPart,
    ImagePart,
    Part,
    QuestionPart,
    SetPart,
    TextPart,
)
from flows.walk import FoundButton, Path, PlacedCondition, PlacedPart, all_parts, buttons_of, conditions_of

TextKind = Literal["text", "label", "title", "subtitle", "question", "retry", "choice", "alt", "name", "own", "value"]


class PlacedText(NamedTuple):
    """A text that a person reads (a `value` is stored or passed on instead), and the way to it."""

    path: Path
    kind: TextKind
    text: Localised


@dataclass(frozen=True, slots=True)
class View:
    """A bot and everything in it, in the file's order."""

    bot: Bot
    segments: Mapping[str, Segment]
    """Those that the file lists, and those that its buttons create."""
    parts: tuple[PlacedPart, ...]
    buttons: tuple[FoundButton, ...]
    texts: tuple[PlacedText, ...]
    conditions: tuple[PlacedCondition, ...]
    language_branches: frozenset[Path]
    """Branches of conditions that ask for the language: what stands there is for some languages alone."""

    def for_one_language(self, path: Path) -> bool:
        """Tell whether what stands at `path` is only seen in some languages."""
        return bool(self.language_branches) and any(
            path[:length] in self.language_branches for length in range(len(path))
        )


def view_of(bot: Bot) -> View:
    """Lay a bot out."""
    parts = tuple(all_parts(bot))
    buttons = tuple(found for name, message in bot.messages.items() for found in buttons_of(name, message))
    conditions: list[PlacedCondition] = []
    branches: set[Path] = set()
    for part in parts:
        placed = list(conditions_of(part))
        conditions.extend(placed)
        if any(isinstance(inner.condition, LanguageCondition) for inner in placed):
            branches.update({(*part.path, "then"), (*part.path, "else")})
    return View(
        bot=bot,
        segments=segments_of(bot),
        parts=parts,
        buttons=buttons,
        texts=(*_texts_of_bot(bot), *_texts_of_parts(parts), *_labels(buttons)),
        conditions=tuple(conditions),
        language_branches=frozenset(branches),
    )


def _texts_of_bot(bot: Bot) -> Iterator[PlacedText]:
    yield PlacedText(("name",), "name", bot.name)
    for name, segment in bot.segments.items():
        yield PlacedText(("segments", name, "name"), "name", segment.name)
        if segment.purpose is not None:
            yield PlacedText(("segments", name, "purpose"), "text", segment.purpose)
    for name, field in bot.fields.items():
        yield from _choices(("fields", name, "choices"), field.choices)
    for key in ("confirmation", "resubscribed", "help", "still_off"):
        text: Localised | None = getattr(bot.unsubscribe, key)
        if text is not None:
            yield PlacedText(("unsubscribe", key), "own", text)


def _texts_of_parts(parts: tuple[PlacedPart, ...]) -> Iterator[PlacedText]:
    for path, _, part in parts:
        match part:
            case TextPart():
                yield PlacedText((*path, "text"), "text", part.text)
            case CarouselPart():
                yield from _texts_of_cards((*path, "carousel"), part)
            case QuestionPart():
                yield PlacedText((*path, "question"), "question", part.question)
                if part.retry is not None:
                    yield PlacedText((*path, "retry"), "retry", part.retry)
                yield from _choices((*path, "choices"), part.choices)
            case ImagePart() if part.alt is not None:
                yield PlacedText((*path, "alt"), "alt", part.alt)
            case FilePart():
                yield PlacedText((*path, "title"), "title", part.title)
            case _:
                yield from _values(path, part)


def _texts_of_cards(path: Path, part: CarouselPart) -> Iterator[PlacedText]:
    for position, card in enumerate(part.carousel):
        yield PlacedText((*path, position, "title"), "title", card.title)
        if card.subtitle is not None:
            yield PlacedText((*path, position, "subtitle"), "subtitle", card.subtitle)


def _values(path: Path, part: Part) -> Iterator[PlacedText]:
    match part:
        case SetPart():
            yield PlacedText((*path, "to"), "value", part.to)
        case HandOverPart():
            yield PlacedText((*path, "hand_over"), "value", part.hand_over)
            if part.back_label is not None:
                yield PlacedText((*path, "back_label"), "label", part.back_label)
        case EmitPart():
            for key, value in part.data.items():
                yield PlacedText((*path, "data", key), "value", value)
        case _:
            pass


def _choices(path: Path, choices: tuple[str | Choice, ...]) -> Iterator[PlacedText]:
    for position, choice in enumerate(choices):
        if isinstance(choice, Choice):
            yield PlacedText((*path, position, "label"), "choice", choice.label)
        else:
            yield PlacedText((*path, position), "choice", choice)


def _labels(buttons: tuple[FoundButton, ...]) -> Iterator[PlacedText]:
    for path, _, button, _ in buttons:
        yield PlacedText((*path, "label"), "label", button.label)
