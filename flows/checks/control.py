"""How a message runs: where it goes on, what it sends, what it can skip."""

from collections.abc import Iterator
from typing import NamedTuple

from flows.model.bot import Message
from flows.model.buttons import ButtonBase, OptInButton, OptOutButton, SubscriptionButton
from flows.model.parts import (
    CarouselPart,
    FilePart,
    GoToPart,
    HandOverPart,
    IfPart,
    ImagePart,
    Part,
    QuestionPart,
    TextPart,
    WaitPart,
)
from flows.walk import Path, buttons_of, parts_of

Branch = str | tuple[Part, ...]

SENDING = (TextPart, CarouselPart, ImagePart, FilePart, QuestionPart)
"""The parts that say something."""


class Exit(NamedTuple):
    """A reference to a message, and the way to it."""

    path: Path
    target: str


def reply_of(button: ButtonBase) -> str | None:
    """Return the message that a consent button answers with, None for other buttons."""
    return button.reply if isinstance(button, OptInButton | OptOutButton | SubscriptionButton) else None


def exits_of(message_id: str, message: Message) -> Iterator[Exit]:
    """Find every message that this one can lead to, by itself or by a press."""
    for path, _, part in parts_of(message_id, message):
        match part:
            case GoToPart():
                yield Exit((*path, "go_to"), part.go_to)
            case QuestionPart() if part.otherwise is not None:
                yield Exit((*path, "otherwise"), part.otherwise)
            case IfPart():
                yield from (
                    Exit((*path, key), branch)
                    for key, branch in (("then", part.then), ("else", part.else_))
                    if isinstance(branch, str)
                )
            case _:
                pass
    for path, _, button, _ in buttons_of(message_id, message):
        reply = reply_of(button)
        target = reply or getattr(button, "message", None)
        if target is not None:
            yield Exit((*path, "reply" if reply else "message"), target)


def exits_without_pause(path: Path, parts: tuple[Part, ...]) -> tuple[list[Exit], bool]:
    """Find the messages that these parts go to before anything waits; tell whether they can run to their end so."""
    found: list[Exit] = []
    for position, part in enumerate(parts):
        here = (*path, position)
        if isinstance(part, QuestionPart | WaitPart):
            return found, False
        if isinstance(part, GoToPart):
            return [*found, Exit((*here, "go_to"), part.go_to)], False
        if isinstance(part, IfPart):
            ends = False
            for key, branch in (("then", part.then), ("else", part.else_)):
                if isinstance(branch, str):
                    found.append(Exit((*here, key), branch))
                else:
                    inner, through = exits_without_pause((*here, key), branch)
                    found.extend(inner)
                    ends = ends or through
            if not ends:
                return found, False
    return found, True


def always_leaves(branch: Branch) -> bool:
    """Tell whether a branch always goes on with another message."""
    return isinstance(branch, str) or any(leaves(part) for part in branch)


def leaves(part: Part) -> bool:
    """Tell whether a part always goes on with another message, so that nothing after it runs."""
    if isinstance(part, IfPart):
        return always_leaves(part.then) and always_leaves(part.else_)
    return isinstance(part, GoToPart)


def always_speaks(branch: Branch) -> bool:
    """Tell whether a branch says something, or gives the word to a message or a person, whatever its conditions."""
    if isinstance(branch, str):
        return True
    return any(
        (always_speaks(part.then) and always_speaks(part.else_))
        if isinstance(part, IfPart)
        else isinstance(part, (*SENDING, GoToPart, HandOverPart))
        for part in branch
    )


def ends_with_words(parts: tuple[Part, ...]) -> bool:
    """Tell whether these parts can run to their end, and always say something after their last pause.

    Quick replies go with what is said last, so without it there is nothing to show them with.
    """
    return _end_in_words(parts, said=False) is True


def _end_in_words(parts: tuple[Part, ...], *, said: bool) -> bool | None:
    """Return whether words are waiting to be sent at the end; None when the end is never reached."""
    for part in parts:
        if isinstance(part, GoToPart):
            return None
        if isinstance(part, IfPart):
            branches = [branch for branch in (part.then, part.else_) if not isinstance(branch, str)]
            ends = [end for branch in branches if (end := _end_in_words(branch, said=said)) is not None]
            if not ends:
                return None
            said = all(ends)
        elif isinstance(part, QuestionPart | WaitPart):
            said = False
        elif isinstance(part, SENDING):
            said = True
    return said


def most_at_once(branch: Branch) -> int:
    """Return the largest number of things that a branch can send before it waits."""
    most, _ = _bursts(branch, 0)
    return most


def _bursts(branch: Branch, current: int) -> tuple[int, int]:
    """Return the largest burst, and the one still going on at the end, of a branch begun with `current` things sent."""
    most = current
    for part in () if isinstance(branch, str) else branch:
        if isinstance(part, IfPart):
            (most_then, tail_then), (most_else, tail_else) = _bursts(part.then, current), _bursts(part.else_, current)
            most, current = max(most, most_then, most_else), max(tail_then, tail_else)
        elif isinstance(part, WaitPart):
            current = 0
        elif isinstance(part, SENDING):
            current += 1
            most = max(most, current)
            current = 0 if isinstance(part, QuestionPart) else current
    return most, current
