"""What is different about a message: its parts, cards and buttons."""

from collections.abc import Hashable, Iterator

from flows.diff_words import (
    action_of,
    attribute_lines,
    bold,
    condition_in_words,
    first_words,
    quoted,
    value_lines,
)
from flows.model.bot import Message
from flows.model.buttons import ButtonBase
from flows.model.parts import PARTS, Card, CarouselPart, IfPart, Part, QuestionPart, TextPart
from flows.pairing import pair

Branch = str | tuple[Part, ...]


def message_lines(name: str, old: Message, new: Message) -> Iterator[str]:
    """Say what is different about a message."""
    yield from attribute_lines(f"message {bold(name)}", old, new, only=frozenset({"title"}))
    yield from _parts(name, old.parts, new.parts)
    yield from _buttons(name, "quick reply", old.quick_replies, new.quick_replies)


def _parts(name: str, old: tuple[Part, ...], new: tuple[Part, ...]) -> Iterator[str]:
    pairing = pair(old, new, _known_by, _kind)
    for before, after in pairing.pairs:
        if before != after:
            yield from _part(name, before, after)
    for part in pairing.new:
        yield f"{_named(part)} on {bold(name)} is new"
    for part in pairing.gone:
        yield f"{_named(part)} on {bold(name)} is gone"
    if pairing.reordered:
        yield f"the parts of {bold(name)} are in another order"


def _kind(part: Part) -> str:
    return next(key for key, kind in PARTS.items() if isinstance(part, kind))


def _known_by(part: Part) -> Hashable:
    """Return what a part is best known by: its kind and the words under its key."""
    return (_kind(part), "" if isinstance(part, IfPart | CarouselPart) else _words(part))


def _words(part: Part) -> str:
    return first_words(getattr(part, _kind(part)))


def _named(part: Part) -> str:
    match part:
        case IfPart():
            return f"the condition “{condition_in_words(part.if_)}”"
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
        case CarouselPart(), CarouselPart():
            yield from _cards(name, old.carousel, new.carousel)
        case TextPart(), TextPart():
            if old.text != new.text:
                yield from value_lines(f"a text on {bold(name)}", old.text, new.text)
            yield from _buttons(name, "button", old.buttons, new.buttons)
        case _:
            yield from attribute_lines(f"{_named(old)} on {bold(name)}", old, new)


def _condition(name: str, old: IfPart, new: IfPart) -> Iterator[str]:
    if old.if_ != new.if_:
        before, after = condition_in_words(old.if_), condition_in_words(new.if_)
        asks = f"now asks “{after}” (before: “{before}”)" if before != after else "is written otherwise"
        yield f"a condition on {bold(name)} {asks}"
    subject = f"{_named(new)} on {bold(name)}"
    yield from _branch(name, f"{subject}: `then`", old.then, new.then)
    yield from _branch(name, f"{subject}: `else`", old.else_, new.else_)


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
