"""What a check is given and gives back: the flow as checks see it, its texts, limits, rules and faults."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flows.compile import subjects_of
from flows.finding import Severity
from flows.model.base import Localised, WordList, words_of
from flows.model.bot import Bot, Segment
from flows.model.part import PartText, TextKind
from flows.model.parts import choice_texts
from flows.walk import (
    FoundButton,
    Path,
    PlacedCondition,
    PlacedPart,
    all_conditions,
    all_parts,
    buttons_of,
    conditions_of,
    is_about_language,
)
from messages.channels import KINDS, ChannelKind, Shows


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
    """What people can be in, by subject (`flows.compile.subjects_of`)."""
    parts: tuple[PlacedPart, ...]
    buttons: tuple[FoundButton, ...]
    texts: tuple[PlacedText, ...]
    conditions: tuple[PlacedCondition, ...]
    language_branches: frozenset[Path]
    """Branches of conditions that ask for the language: what stands there is for some languages alone."""
    kept: Collection[str] = ()
    """Ids of segments that staff made in the store."""

    def for_one_language(self, path: Path) -> bool:
        """Tell whether what stands at `path` is only seen in some languages."""
        return bool(self.language_branches) and any(
            path[:length] in self.language_branches for length in range(len(path))
        )


def view_of(bot: Bot, kept: Collection[str] = ()) -> View:
    """Lay a bot out. `kept`: ids of segments that staff made in the store."""
    parts = tuple(all_parts(bot))
    buttons = tuple(found for name, message in bot.messages.items() for found in buttons_of(name, message))
    branches: set[Path] = set()
    for part in parts:
        placed = list(conditions_of(part))
        if any(is_about_language(inner.condition) for inner in placed):
            branches.update({(*part.path, "then"), (*part.path, "else")})
    return View(
        bot=bot,
        segments=subjects_of(bot),
        parts=parts,
        buttons=buttons,
        texts=(*_texts_of_bot(bot), *_texts_of_parts(parts), *_labels(buttons)),
        conditions=tuple(all_conditions(bot)),
        language_branches=frozenset(branches),
        kept=kept,
    )


def _texts_of_bot(bot: Bot) -> Iterator[PlacedText]:
    yield PlacedText(("name",), "name", bot.name)
    for listed in ("segments", "topics", "sequences"):
        named: Mapping[str, Segment] = getattr(bot, listed)
        for name, segment in named.items():
            yield PlacedText((listed, name, "name"), "name", segment.name)
            if segment.purpose is not None:
                yield PlacedText((listed, name, "purpose"), "text", segment.purpose)
    for name, field in bot.fields.items():
        yield from _placed(("fields", name, "choices"), choice_texts(field.choices))
    for key in ("confirmation", "resubscribed", "help", "still_off"):
        text: Localised | None = getattr(bot.unsubscribe, key)
        if text is not None:
            yield PlacedText(("unsubscribe", key), "own", text)


def _texts_of_parts(parts: tuple[PlacedPart, ...]) -> Iterator[PlacedText]:
    for path, _, part in parts:
        yield from _placed(path, part.texts())


def _placed(path: Path, texts: Iterable[PartText]) -> Iterator[PlacedText]:
    return (PlacedText((*path, *text.path), text.kind, text.text) for text in texts)


def _labels(buttons: tuple[FoundButton, ...]) -> Iterator[PlacedText]:
    for path, _, button, _ in buttons:
        yield PlacedText((*path, "label"), "label", button.label)


_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def by_language(text: Localised) -> list[tuple[str, str]]:
    """Return a text as pairs of language and words; one for everybody has the language ""."""
    return [("", text)] if isinstance(text, str) else list(text.items())


def without_placeholders(text: str) -> str:
    """Return what stands in a text around its placeholders."""
    return _PLACEHOLDER.sub(" ", text)


def longest(text: Localised) -> str:
    """Return the longest of a text's languages, without its placeholders: their length is not known."""
    return max((without_placeholders(words).strip() for _, words in by_language(text)), key=len)


def length(text: str) -> int:
    """Return a text's length as channels count it: in UTF-16 code units, an emoji being two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def placed_words(path: Path, words: WordList | None) -> list[tuple[Path, str]]:
    """Return keywords with the way to each; those of a comma list all stand at the list."""
    if words is None:
        return []
    if isinstance(words, str):
        return [(path, word) for word in words_of(words)]
    return [((*path, position), word.strip()) for position, word in enumerate(words)]


@dataclass(frozen=True, slots=True)
class Limits:
    """The channels that a flow is checked against."""

    channels: Sequence[ChannelKind] = KINDS

    def below(self, count: int, limit: Callable[[Shows], int]) -> Iterator[tuple[ChannelKind, int]]:
        """Yield the channels that `count` is too much for, with their limit."""
        for channel in self.channels:
            if count > (maximum := limit(channel.shows)):
                yield channel, maximum


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is checked. `code` is stable; `about` is its line in the documentation."""

    code: str
    severity: Severity
    about: str

    def broken(self, path: Path, problem: str, remedy: str, *, at_key: bool = False) -> "Fault":
        """Say that the value at `path` (or, `at_key`, the key it stands under) breaks this rule."""
        return Fault(self, path, at_key, problem, remedy)


class Fault(NamedTuple):
    """A rule broken at a path."""

    rule: Rule
    path: Path
    at_key: bool
    problem: str
    remedy: str


def error(code: str, about: str) -> Rule:
    """Return a rule that stops a push."""
    return Rule(code, Severity.ERROR, about)


def warning(code: str, about: str) -> Rule:
    """Return a rule that does not stop a push."""
    return Rule(code, Severity.WARNING, about)


@dataclass(frozen=True, slots=True)
class Check:
    """One subject: the rules it knows, and the function that finds where a flow breaks them."""

    rules: tuple[Rule, ...]
    find: Callable[[View, Limits], Iterable[Fault]]
