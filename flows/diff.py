"""What changes for people, in the builder's words, when one bot takes the place of another."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeVar

import msgspec

from flows.diff_messages import message_lines
from flows.diff_words import attribute_lines, bold, listed
from flows.model.base import Piece, words_of
from flows.model.bot import Bot, KeywordRule

Kind = Literal["new", "gone", "changed"]
P = TypeVar("P", bound=Piece)
Group = Literal["bot", "segments", "fields", "tags", "keywords", "unsubscribe", "messages"]


class Change(msgspec.Struct, frozen=True):
    """One line of a diff: "button *Yes please* on *welcome* now opts in to *tips*".

    Changes come by group, in the order of `Group`, and within one in the order of the newer flow, what is gone last.
    """

    group: Group
    kind: Kind
    name: str
    """Id of the segment, field, tag or message, or the keyword; empty where the change is about the whole group."""
    text: str


def diff(old: Bot, new: Bot) -> list[Change]:
    """Return what is different in `new`. Empty when, and only when, the two are equal."""
    return [
        *(Change("bot", "changed", "", line) for line in attribute_lines("the bot", old, new, only=_BOT_KEYS)),
        *_named("segments", "segment", old.segments, new.segments, _attributes("segment")),
        *_named("fields", "field", old.fields, new.fields, _attributes("field")),
        *_tags(old.tags, new.tags),
        *_keywords(old.keywords, new.keywords),
        *(
            Change("unsubscribe", "changed", "", line)
            for line in attribute_lines("the unsubscribe block", old.unsubscribe, new.unsubscribe)
        ),
        *_named("messages", "message", old.messages, new.messages, message_lines),
    ]


_BOT_KEYS = frozenset({"assent", "bot", "name", "languages", "welcome", "default"})


def _attributes(word: str) -> Callable[[str, Piece, Piece], Iterator[str]]:
    def lines(name: str, old: Piece, new: Piece) -> Iterator[str]:
        return attribute_lines(f"{word} {bold(name)}", old, new)

    return lines


def _named(
    group: Group,
    word: str,
    old: Mapping[str, P],
    new: Mapping[str, P],
    lines: Callable[[str, P, P], Iterable[str]],
) -> Iterator[Change]:
    for name, piece in new.items():
        if name not in old:
            yield Change(group, "new", name, f"{word} {bold(name)} is new")
        elif piece != old[name]:
            for line in lines(name, old[name], piece):
                yield Change(group, "changed", name, line)
    for name in old:
        if name not in new:
            yield Change(group, "gone", name, f"{word} {bold(name)} is gone")


def _tags(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    if set(old) == set(new) and old != new:
        yield Change("tags", "changed", "", "the tags are listed in another order")
    for tag in dict.fromkeys(new):
        if tag not in old:
            yield Change("tags", "new", tag, f"tag {bold(tag)} is new")
    for tag in dict.fromkeys(old):
        if tag not in new:
            yield Change("tags", "gone", tag, f"tag {bold(tag)} is gone")


class _Word(NamedTuple):
    """A keyword and how it is looked for."""

    word: str
    within: bool

    def __str__(self) -> str:
        return f"keyword {bold(self.word)}" + (" (contained)" if self.within else "")


def _keywords(old: tuple[KeywordRule, ...], new: tuple[KeywordRule, ...]) -> Iterator[Change]:
    before, after = _by_word(old), _by_word(new)
    changes: list[Change] = []
    for word, does in after.items():
        if word not in before:
            changes.append(Change("keywords", "new", word.word, f"{word} is new: {does}"))
        elif does != before[word]:
            changes.append(Change("keywords", "changed", word.word, f"{word} now {does} (before: {before[word]})"))
    changes.extend(Change("keywords", "gone", word.word, f"{word} is gone") for word in before if word not in after)
    if [word for word in before if word in after] != [word for word in after if word in before]:
        changes.append(Change("keywords", "changed", "", "the keywords are tried in another order"))
    if not changes and old != new:
        changes.append(Change("keywords", "changed", "", "the keyword rules are written otherwise"))
    yield from changes


def _by_word(rules: tuple[KeywordRule, ...]) -> dict[_Word, str]:
    """Return what each keyword does; of two rules with the same keyword the first one counts."""
    found: dict[_Word, str] = {}
    for rule in rules:
        does = listed(
            [
                *([f"opts in to {bold(rule.opt_in)}"] if rule.opt_in else []),
                *([f"opts out of {bold(rule.opt_out)}"] if rule.opt_out else []),
                f"sends {bold(rule.message)}",
            ]
        )
        for word in words_of(rule.is_ or ()):
            found.setdefault(_Word(word, within=False), does)
        for word in words_of(rule.contains or ()):
            found.setdefault(_Word(word, within=True), does)
    return found
