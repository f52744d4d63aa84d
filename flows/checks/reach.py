"""Checks of how messages lead to one another: unreachable ones, loops without a wait, no way in."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flows.checks.view import Check, Fault, Limits, View, error, warning
from flows.model.bot import Bot, Message
from flows.model.buttons import ButtonBase, consent_of
from flows.model.parts import MAX_CALLS, CallMessagePart, GoToPart, Part, QuestionPart
from flows.model.state_parts import CompletePart, HandOverPart, PausePart
from flows.walk import Path, buttons_of, calls_of, parts_of

Branch = str | tuple[Part, ...]


class Exit(NamedTuple):
    """A reference to a message, and the way to it."""

    path: Path
    target: str


def reply_of(button: ButtonBase) -> str | None:
    """Return the message that a consent button answers with, None for other buttons."""
    found = consent_of(button)
    return None if found is None else found.reply


def exits_of(message_id: str, message: Message) -> Iterator[Exit]:
    """Find every message that this one can lead to, by itself or by a press."""
    for path, _, part in parts_of(message_id, message):
        match part:
            case GoToPart():
                yield Exit((*path, "go_to"), part.go_to)
            case QuestionPart() if part.otherwise is not None:
                yield Exit((*path, "otherwise"), part.otherwise)
            case CallMessagePart():
                yield Exit((*path, "call_message"), part.call_message)
            case _:
                yield from (Exit((*path, *way), branch) for way, branch in part.branches() if isinstance(branch, str))
    for path, _, button, _ in buttons_of(message_id, message):
        reply = reply_of(button)
        target = reply or getattr(button, "message", None)
        if target is not None:
            yield Exit((*path, "reply" if reply else "message"), target)


def exits_without_pause(
    path: Path, parts: tuple[Part, ...], messages: Mapping[str, Message], depth: int = 0
) -> tuple[list[Exit], bool]:
    """Find the messages that these parts go to before anything waits; tell whether they can run to their end so.

    What calls go through `depth` others is taken to wait.
    """
    found: list[Exit] = []
    for position, part in enumerate(parts):
        here = (*path, position)
        if isinstance(part, QuestionPart | PausePart):
            return found, False
        if isinstance(part, GoToPart):
            return [*found, Exit((*here, "go_to"), part.go_to)], False
        if isinstance(part, CallMessagePart):
            found.append(Exit((*here, "call_message"), part.call_message))
            called = messages.get(part.call_message)
            if called is not None and (
                depth >= MAX_CALLS or not exits_without_pause((), called.parts, messages, depth + 1)[1]
            ):
                return found, False
        if branches := part.branches():
            ends = False
            for way, branch in branches:
                if isinstance(branch, str):
                    found.append(Exit((*here, *way), branch))
                else:
                    inner, through = exits_without_pause((*here, *way), branch, messages, depth)
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
    if branches := part.branches():
        return all(always_leaves(branch) for _, branch in branches)
    return isinstance(part, GoToPart)


def always_speaks(branch: Branch) -> bool:
    """Tell whether a branch says something, or gives the word to a message or a person, whatever its conditions."""
    if isinstance(branch, str):
        return True
    return any(
        all(always_speaks(way) for _, way in part.branches())
        if part.branches()
        else (part.says or isinstance(part, GoToPart | CallMessagePart | HandOverPart))
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
        if ways := part.branches():
            branches = [branch for _, branch in ways if not isinstance(branch, str)]
            ends = [end for branch in branches if (end := _end_in_words(branch, said=said)) is not None]
            if not ends:
                return None
            said = all(ends)
        elif isinstance(part, QuestionPart | PausePart | CallMessagePart):
            said = False
        elif part.says:
            said = True
    return said


def longest_burst(branch: Branch) -> int:
    """Return the largest number of things that a branch can send before it waits."""
    maximum, _ = _bursts(branch, 0)
    return maximum


def _bursts(branch: Branch, current: int) -> tuple[int, int]:
    """Return the largest burst, and the one still going on at the end, of a branch begun with `current` things sent."""
    maximum = current
    for part in () if isinstance(branch, str) else branch:
        if branches := part.branches():
            bursts = [_bursts(way, current) for _, way in branches]
            maximum = max(maximum, *(largest for largest, _ in bursts))
            current = max(tail for _, tail in bursts)
        elif isinstance(part, PausePart):
            current = 0
        elif part.says:
            current += 1
            maximum = max(maximum, current)
            current = 0 if isinstance(part, QuestionPart) else current
    return maximum, current


NEVER_RUNS = warning("never-runs", "A part comes after one that always continues with another message.")
NOBODY_WAITS = warning(
    "waits-after-hand-over", "A question or wait comes after a `hand_over`, where the bot is silent."
)
UNREACHABLE = warning("unreachable-message", "Nothing leads to a message.")
DEAD_END = warning("dead-end", "A message leaves the person with nothing to press and nothing to answer.")
SAYS_NOTHING = warning("may-say-nothing", "A message can run to its end without saying anything.")
LOST_QUICK_REPLIES = warning("lost-quick-replies", "A message's quick replies have nothing to be shown with.")
TOO_MANY_PARTS = warning("too-many-parts", "A message sends more at once than channels take.")


def _find_reach(view: View, limits: Limits) -> Iterator[Fault]:
    yield from _unreachable(view.bot)
    come_back = _consent_replies(view) | {name for _, name in calls_of(view.bot)}
    for name, message in view.bot.messages.items():
        path: Path = ("messages", name)
        yield from _never_run((*path, "parts"), message.parts)
        yield from _after_hand_over(name, message)
        if name not in come_back and not _leads_on(view.bot, name):
            yield DEAD_END.broken(
                path,
                f"`{name}` leaves the person with nothing to press and nothing to answer",
                "Add a button or quick reply that leads on, e.g. to the menu",
                at_key=True,
            )
        if not always_speaks(message.parts):
            yield SAYS_NOTHING.broken(
                path,
                f"`{name}` can run to its end without saying anything",
                "Add a text outside of its conditions, or an `else`",
                at_key=True,
            )
        elif message.quick_replies and not ends_with_words(message.parts):
            yield LOST_QUICK_REPLIES.broken(
                (*path, "quick_replies"),
                f"`{name}` does not always end in something said, so its quick replies may not be shown",
                "Add a text as the last part, or make them buttons of a text",
                at_key=True,
            )
        count = longest_burst(message.parts)
        for channel, maximum in limits.below(count, lambda shows: shows.a_second):
            yield TOO_MANY_PARTS.broken(
                (*path, "parts"),
                f"`{name}` sends {count} things at once; {channel.title} takes {maximum} a second, the rest is late",
                "Join texts, or put a `wait` or a `question` between them",
                at_key=True,
            )


def _never_run(path: Path, parts: tuple[Part, ...]) -> Iterator[Fault]:
    for position, part in enumerate(parts):
        if leaves(part) and position + 1 < len(parts):
            yield NEVER_RUNS.broken(
                (*path, position + 1),
                "this never runs: the part before it always goes on with another message",
                "Delete it, or move it up",
            )
            return
        for way, branch in part.branches():
            if not isinstance(branch, str):
                yield from _never_run((*path, position, *way), branch)


def _after_hand_over(name: str, message: Message) -> Iterator[Fault]:
    handed_over: list[Path] = []
    for path, _, part in parts_of(name, message):
        if isinstance(part, HandOverPart):
            handed_over.append(path[:-1])
        elif isinstance(part, QuestionPart | PausePart) and any(path[: len(above)] == above for above in handed_over):
            yield NOBODY_WAITS.broken(
                path,
                "after `hand_over` the bot is silent, so this neither asks nor waits",
                "Move it in front of the `hand_over`",
            )


def _unreachable(bot: Bot) -> Iterator[Fault]:
    starts = [bot.welcome, bot.default, *(rule.message for rule in bot.keywords)]
    starts.extend(words.reply for words in bot.unsubscribe.segments)
    starts.extend(link.message for link in bot.links.values())
    starts.extend(step.message for sequence in bot.sequences.values() for step in sequence.steps)
    reached = {name for name in starts if name in bot.messages}
    ahead = list(reached)
    for name in ahead:
        for leaving in exits_of(name, bot.messages[name]):
            if leaving.target in bot.messages and leaving.target not in reached:
                reached.add(leaving.target)
                ahead.append(leaving.target)
    for name in bot.messages:
        if name not in reached:
            yield UNREACHABLE.broken(
                ("messages", name),
                f"nothing leads to `{name}`",
                "Add a button, keyword or `go_to` that leads there, or delete it",
                at_key=True,
            )


def _consent_replies(view: View) -> set[str]:
    """Return the messages that confirm a consent: they may well be the end of a conversation."""
    replies = {reply for _, _, button, _ in view.buttons if (reply := reply_of(button)) is not None}
    replies.update(words.reply for words in view.bot.unsubscribe.segments)
    replies.update(rule.message for rule in view.bot.keywords if rule.opt_in or rule.opt_out)
    return replies


def _leads_on(bot: Bot, name: str) -> bool:
    message = bot.messages[name]
    if next(buttons_of(name, message), None) is not None:
        return True
    return any(
        isinstance(part, GoToPart | CallMessagePart | QuestionPart | HandOverPart | CompletePart)
        or any(isinstance(branch, str) for _, branch in part.branches())
        for _, _, part in parts_of(name, message)
    )


REACH = Check(
    (NEVER_RUNS, NOBODY_WAITS, UNREACHABLE, DEAD_END, SAYS_NOTHING, LOST_QUICK_REPLIES, TOO_MANY_PARTS), _find_reach
)


LOOP = error("endless-loop", "Messages lead to each other in a circle, and nothing in it waits for the person.")


def _find_loops(view: View, _limits: Limits) -> Iterator[Fault]:
    messages = view.bot.messages
    exits: dict[str, list[Exit]] = {}
    for name, message in messages.items():
        found, _ = exits_without_pause(("messages", name, "parts"), message.parts, messages)
        exits[name] = [leaving for leaving in found if leaving.target in messages]
    looping = _never_ending(exits)
    seen: set[str] = set()
    for name in messages:
        walk: dict[str, Exit] = {}
        here = name
        while here in looping and here not in seen:
            seen.add(here)
            walk[here] = next(leaving for leaving in exits[here] if leaving.target in looping)
            here = walk[here].target
        if here in walk:
            names = list(walk)
            circle = names[names.index(here) :]
            yield LOOP.broken(
                walk[circle[-1]].path,
                f"this never stops: {' → '.join(circle)} → {here}",
                "Put a `question` or a `wait` into the circle, or let a button lead back",
            )


def _never_ending(exits: dict[str, list[Exit]]) -> set[str]:
    """Return the messages from which a circle can be reached: what is left when all that end are taken away."""
    entries: dict[str, list[str]] = {name: [] for name in exits}
    open_exits = {name: len(leaving) for name, leaving in exits.items()}
    for name, leaving in exits.items():
        for target in leaving:
            entries[target.target].append(name)
    ending = [name for name, count in open_exits.items() if count == 0]
    for name in ending:
        for before in entries[name]:
            open_exits[before] -= 1
            if open_exits[before] == 0:
                ending.append(before)
    return exits.keys() - set(ending)


LOOPS = Check((LOOP,), _find_loops)


NO_WELCOME = warning("no-welcome", "Nothing greets people who add the bot.")
NO_DEFAULT = warning("no-default", "Nothing answers a message that the bot does not understand.")


def _find_entry(view: View, _limits: Limits) -> Iterator[Fault]:
    if view.bot.welcome is None:
        yield NO_WELCOME.broken((), "nothing greets people who add the bot", "Add `welcome:` with a message's id")
    if view.bot.default is None:
        yield NO_DEFAULT.broken(
            (), "nothing answers what the bot does not understand", "Add `default:` with a message's id"
        )


ENTRY = Check((NO_WELCOME, NO_DEFAULT), _find_entry)
