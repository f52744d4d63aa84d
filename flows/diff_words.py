"""Pieces of a flow named in words, and the lines that tell how two of them differ."""

from collections.abc import Iterator, Mapping, Sequence

from filters.model import And, Condition, Not, Or
from filters.words import show
from flows.model.base import Piece
from flows.model.bot import SegmentUnsubscribe, Step
from flows.model.buttons import (
    ButtonBase,
    MessageButton,
    OptInButton,
    SubscriptionButton,
    UrlButton,
    consent_of,
)
from flows.model.conditions import If, StoredField
from flows.model.parts import Choice

_LONGEST = 60

Value = object
"""Whatever a key of a piece holds."""


def bold(name: str) -> str:
    """Write a name of the flow: *tips*."""
    return f"*{name}*"


def quoted(text: str) -> str:
    """Write a text that people see, its beginning if it is long."""
    one_line = " ".join(text.split())
    return f'"{one_line if len(one_line) <= _LONGEST else one_line[: _LONGEST - 1] + "…"}"'


def listed(words: Sequence[str]) -> str:
    """Join words: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def first_words(text: Value) -> str:
    """Return a text as one names it: in its first language."""
    return str(next(iter(text.values()), "")) if isinstance(text, Mapping) else str(text)


def attribute_lines(
    subject: str, old: Piece, new: Piece, *, only: frozenset[str] | None = None, but: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Say which keys of two pieces of one kind differ, and how."""
    for name, field in type(new).model_fields.items():
        key = field.alias or name
        before, after = getattr(old, name), getattr(new, name)
        if before != after and key not in but and (only is None or key in only):
            yield from value_lines(f"{subject}: `{key}`", before, after)


def value_lines(subject: str, old: Value, new: Value) -> Iterator[str]:
    """Say how a value changed; a text by language is compared language by language."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*new, *old]):
            if old.get(key) != new.get(key):
                yield from value_lines(f"{subject} ({key})", old.get(key), new.get(key))
        return
    before, after = shown(old), shown(new)
    if before == after:
        yield f"{subject} is written otherwise"
    elif old is None:
        yield f"{subject} is new: {after}"
    elif new is None:
        yield f"{subject} is gone (it was {before})"
    else:
        yield f"{subject} is now {after} (it was {before})"


def shown(value: Value) -> str:
    """Write a value the way a builder knows it."""
    if value is None or value == ():
        return "nothing"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, Mapping):
        return listed([f"{quoted(str(text))} ({key})" for key, text in value.items()])
    if isinstance(value, If):
        return f"“{condition_in_words(value.condition)}”"
    if isinstance(value, tuple):
        return listed([shown(inner) for inner in value])
    return _piece(value) if isinstance(value, Piece) else quoted(str(value))


def _piece(piece: Piece) -> str:
    if isinstance(piece, Choice):
        return f"{quoted(piece.value)} shown as {shown(piece.label)}"
    if isinstance(piece, SegmentUnsubscribe):
        return f"{shown(piece.is_)} for {bold(piece.segment)}, answered by {bold(piece.reply)}"
    if isinstance(piece, Step):
        asks = f", if {condition_in_words(piece.if_.condition)}" if piece.if_ is not None else ""
        late = f", at most {piece.late} late" if piece.late is not None else ""
        return f"step {bold(piece.id)} (after {quoted(piece.wait)}, sends {bold(piece.message)}{asks}{late})"
    return repr(piece)


def action_of(button: ButtonBase) -> str:
    """Say what a button does."""
    match button:
        case MessageButton():
            return f"sends {bold(button.message)}"
        case UrlButton():
            return f"opens {button.url}"
        case OptInButton() if button.create:
            return f"opts in to {bold(button.opt_in)}, which it creates, and answers with {bold(button.reply)}"
        case SubscriptionButton():
            does = "stops everything" if button.subscription == "out" else "allows all messages"
            return f"{does} and answers with {bold(button.reply)}"
    consent = consent_of(button)
    if consent is None:
        return "does nothing"
    does = "opts in to" if consent.raises else "opts out of"
    return f"{does} {bold(consent.subject)} and answers with {bold(consent.reply)}"


def condition_in_words(condition: Condition) -> str:
    """Say what a condition asks, as a filter has it."""
    match condition:
        case And(conditions=several):
            return "(" + " and ".join(map(condition_in_words, several)) + ")"
        case Or(conditions=several):
            return "(" + " or ".join(map(condition_in_words, several)) + ")"
        case Not(condition=inner):
            return f"not {condition_in_words(inner)}"
        case StoredField(field=field, how=how, value=value):
            also = ", also where nothing is stored" if how == "is_not" else ""
            return f"{bold(field)} {how.replace('_', ' ')} {quoted(value)}{also}"
    return show(condition)
