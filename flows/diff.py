"""What changes for people, in the builder's words, when one bot takes the place of another."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from collections.abc import Sequence as Items
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec

from flows.diff_words import (
    action_of,
    attribute_lines,
    bold,
    condition_in_words,
    first_words,
    listed,
    quoted,
    shown,
    value_lines,
)
from flows.model.base import Piece, words_of
from flows.model.bot import Bot, KeywordRule, Message, Sequence
from flows.model.buttons import ButtonBase
from flows.model.parts import (
    PARTS,
    Card,
    CarouselPart,
    IfHoursPart,
    IfPart,
    LimitTexts,
    Part,
    QuestionPart,
    SplitPart,
    TextPart,
)

T = TypeVar("T")


class Pairing(NamedTuple, Generic[T]):
    """Two lists set side by side."""

    pairs: list[tuple[T, T]]
    """What is in both, in the newer order; the two of a pair may differ."""
    new: list[T]
    gone: list[T]
    reordered: bool
    """Whether what is in both stands in another order."""


def pair(old: Items[T], new: Items[T], *keys: Callable[[T], Hashable]) -> Pairing[T]:
    """Pair the items that look alike, then of the rest those that agree on the first key, then on the next, …

    Of several that agree, the first goes with the first. An item whose key is None waits for the next key.
    """
    partner: dict[int, int] = {}
    left = list(range(len(old)))
    for key in (repr, *keys):
        waiting: dict[Hashable, list[int]] = {}
        for at in reversed(left):
            waiting.setdefault(key(old[at]), []).append(at)
        waiting.pop(None, None)
        for at, item in enumerate(new):
            if at not in partner and waiting.get(key(item)):
                partner[at] = waiting[key(item)].pop()
        taken = set(partner.values())
        left = [at for at in left if at not in taken]
    order = [partner[at] for at in sorted(partner)]
    return Pairing(
        pairs=[(old[partner[at]], new[at]) for at in sorted(partner)],
        new=[item for at, item in enumerate(new) if at not in partner],
        gone=[old[at] for at in left],
        reordered=order != sorted(order),
    )


Branch = str | tuple[Part, ...]


def message_lines(name: str, old: Message, new: Message) -> Iterator[str]:
    """Say what is different about a message."""
    yield from attribute_lines(f"message {bold(name)}", old, new, only=frozenset({"title", "way_out"}))
    yield from _parts(name, old.parts, new.parts)
    yield from _buttons(name, "quick reply", old.quick_replies, new.quick_replies)


def _parts(name: str, old: tuple[Part, ...], new: tuple[Part, ...]) -> Iterator[str]:
    pairing = pair(old, new, _known_by, _kind)
    for before, after in pairing.pairs:
        if before != after:
            yield from _part(name, before, after)
    for part in pairing.new:
        yield f"{_named_message(part)} on {bold(name)} is new"
    for part in pairing.gone:
        yield f"{_named_message(part)} on {bold(name)} is gone"
    if pairing.reordered:
        yield f"the parts of {bold(name)} are in another order"


def _kind(part: Part) -> str:
    return next(key for key, kind in PARTS.items() if isinstance(part, kind))


def _known_by(part: Part) -> Hashable:
    """Return what a part is best known by: its kind and the words under its key."""
    return (_kind(part), "" if isinstance(part, IfPart | CarouselPart) else _words(part))


def _words(part: Part) -> str:
    return first_words(getattr(part, _kind(part)))


def _named_message(part: Part) -> str:
    match part:
        case IfPart():
            return f"the condition “{condition_in_words(part.if_.condition)}”"
        case CarouselPart():
            return f"the carousel that begins with {quoted(first_words(part.carousel[0].title))}"
        case TextPart() | QuestionPart():
            return f"the {_kind(part)} {quoted(_words(part))}"
        case _:
            return f"the `{_kind(part)}` {quoted(_words(part))}"


def _part(name: str, old: Part, new: Part) -> Iterator[str]:
    match old, new:
        case IfPart(), IfPart():
            yield from _condition(name, old, new)
        case IfHoursPart(), IfHoursPart():
            if old.if_hours != new.if_hours:
                yield from value_lines(f"{_named_message(new)} on {bold(name)}: `if_hours`", old.if_hours, new.if_hours)
            for before, after in zip(old.branches(), new.branches(), strict=True):
                subject = f"{_named_message(new)} on {bold(name)}: `{after.path[0]}`"
                yield from _branch(name, subject, before.goes_on, after.goes_on)
        case SplitPart(), SplitPart():
            yield from _split(name, old, new)
        case CarouselPart(), CarouselPart():
            yield from _cards(name, old.carousel, new.carousel)
        case TextPart(), TextPart():
            if old.text != new.text:
                yield from value_lines(f"a text on {bold(name)}", old.text, new.text)
            yield from _buttons(name, "button", old.buttons, new.buttons)
        case QuestionPart(), QuestionPart():
            subject = f"{_named_message(old)} on {bold(name)}"
            yield from attribute_lines(subject, old, new, but=frozenset({"retry_for"}))
            texts = old.retry_for or LimitTexts(), new.retry_for or LimitTexts()
            yield from attribute_lines(f"{subject}: `retry_for`", *texts)
        case _:
            yield from attribute_lines(f"{_named_message(old)} on {bold(name)}", old, new)


def _condition(name: str, old: IfPart, new: IfPart) -> Iterator[str]:
    if old.if_ != new.if_:
        before, after = condition_in_words(old.if_.condition), condition_in_words(new.if_.condition)
        asks = f"now asks “{after}” (before: “{before}”)" if before != after else "is written otherwise"
        yield f"a condition on {bold(name)} {asks}"
    subject = f"{_named_message(new)} on {bold(name)}"
    yield from _branch(name, f"{subject}: `then`", old.then, new.then)
    yield from _branch(name, f"{subject}: `else`", old.else_, new.else_)


def _split(name: str, old: SplitPart, new: SplitPart) -> Iterator[str]:
    subject = f"the split {quoted(new.split)} on {bold(name)}"
    if old.split != new.split:
        yield f"{subject} is named so now (before: {quoted(old.split)}): people may go another way"
    shares = [":".join(str(way.weight) for way in part.ways) for part in (old, new)]
    if shares[0] != shares[1]:
        yield f"{subject} sends people {shares[1]} (before: {shares[0]}): some go another way"
    for number, (before, after) in enumerate(zip(old.ways, new.ways, strict=False), start=1):
        yield from _branch(name, f"{subject}: way {number}", before.then, after.then)


def _branch(name: str, subject: str, old: Branch, new: Branch) -> Iterator[str]:
    if not isinstance(old, str) and not isinstance(new, str):
        yield from _parts(name, old, new)
    elif old != new:
        yield f"{subject} now {_leads(new)} (before: {_leads(old)})"


def _leads(branch: Branch) -> str:
    if isinstance(branch, str):
        return f"goes to {bold(branch)}"
    return f"runs {len(branch)} part{'s' if len(branch) > 1 else ''}" if branch else "does nothing"


def _cards(name: str, old: tuple[Card, ...], new: tuple[Card, ...]) -> Iterator[str]:
    pairing = pair(old, new, lambda card: first_words(card.title), lambda _: "card")
    for before, after in pairing.pairs:
        subject = f"card {bold(first_words(before.title))} on {bold(name)}"
        yield from attribute_lines(subject, before, after, but=frozenset({"buttons"}))
        yield from _buttons(name, "button", before.buttons, after.buttons)
    for card in pairing.new:
        yield f"card {bold(first_words(card.title))} on {bold(name)} is new"
    for card in pairing.gone:
        yield f"card {bold(first_words(card.title))} on {bold(name)} is gone"
    if pairing.reordered:
        yield f"the cards on {bold(name)} are in another order"


def _buttons(name: str, word: str, old: tuple[ButtonBase, ...], new: tuple[ButtonBase, ...]) -> Iterator[str]:
    pairing = pair(old, new, lambda button: button.id, lambda button: first_words(button.label), action_of)
    for before, after in pairing.pairs:
        yield from _button(f"{word} {bold(first_words(before.label))} on {bold(name)}", before, after)
    for button in pairing.new:
        yield f"{word} {bold(first_words(button.label))} on {bold(name)} is new: it {action_of(button)}"
    for button in pairing.gone:
        yield f"{word} {bold(first_words(button.label))} on {bold(name)} is gone (it {action_of(button)})"
    if pairing.reordered:
        yield f"the {'quick replies' if word == 'quick reply' else 'buttons'} on {bold(name)} are in another order"


def _button(subject: str, old: ButtonBase, new: ButtonBase) -> Iterator[str]:
    before, after = action_of(old), action_of(new)
    if before != after:
        yield f"{subject} now {after} (before: {before})"
    if old.label != new.label:
        yield from value_lines(f"{subject}: its label", old.label, new.label)
    if old.id != new.id:
        yield from value_lines(f"{subject}: its id", old.id, new.id)


Kind = Literal["new", "gone", "changed"]
P = TypeVar("P", bound=Piece)
Group = Literal[
    "bot",
    "segments",
    "topics",
    "sequences",
    "fields",
    "hooks",
    "tags",
    "keywords",
    "hours",
    "links",
    "unsubscribe",
    "messages",
    "tests",
]


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
        *_named("topics", "topic", old.topics, new.topics, _attributes("topic")),
        *_named("sequences", "sequence", old.sequences, new.sequences, _sequence),
        *_named("fields", "field", old.fields, new.fields, _attributes("field")),
        *_named("hooks", "hook", old.hooks, new.hooks, _attributes("hook")),
        *_tags(old.tags, new.tags),
        *_keywords(old.keywords, new.keywords),
        *_named("hours", "hours", old.hours, new.hours, _attributes("hours")),
        *_named("links", "link", old.links, new.links, _attributes("link")),
        *(
            Change("unsubscribe", "changed", "", line)
            for line in attribute_lines("the unsubscribe block", old.unsubscribe, new.unsubscribe)
        ),
        *_named("messages", "message", old.messages, new.messages, message_lines),
        *_named("tests", "test", old.tests, new.tests, _attributes("test")),
    ]


_BOT_KEYS = frozenset({"assent", "bot", "name", "languages", "welcome", "default", "quiet"})


def _attributes(word: str) -> Callable[[str, Piece, Piece], Iterator[str]]:
    def lines(name: str, old: Piece, new: Piece) -> Iterator[str]:
        return attribute_lines(f"{word} {bold(name)}", old, new)

    return lines


def _sequence(name: str, old: Sequence, new: Sequence) -> Iterator[str]:
    """Say what is different about a sequence, step by step."""
    subject = f"sequence {bold(name)}"
    yield from attribute_lines(subject, old, new, but=frozenset({"steps"}))
    steps = pair(old.steps, new.steps, lambda step: step.id)
    for before, after in steps.pairs:
        yield from attribute_lines(f"step {bold(after.id)} of {subject}", before, after)
    for step in steps.new:
        yield f"{shown(step)} of {subject} is new"
    for step in steps.gone:
        yield f"{shown(step)} of {subject} is gone"
    if steps.reordered:
        yield f"the steps of {subject} are in another order"


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
