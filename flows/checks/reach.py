"""Parts that never run, messages that nothing leads to, messages that lead nowhere or say nothing."""

from collections.abc import Iterator

from flows.checks.control import always_speaks, ends_with_words, exits_of, leaves, most_at_once, reply_of
from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, warning
from flows.checks.view import View
from flows.model.bot import Bot, Message
from flows.model.parts import CompletePart, GoToPart, HandOverPart, IfPart, Part, QuestionPart, WaitPart
from flows.walk import Path, buttons_of, parts_of

NEVER_RUNS = warning("never-runs", "A part stands behind one that always goes on with another message.")
NOBODY_WAITS = warning(
    "waits-after-hand-over", "A question or wait stands behind a `hand_over`, where the bot keeps silent."
)
UNREACHABLE = warning("unreachable-message", "Nothing leads to a message.")
DEAD_END = warning("dead-end", "A message leaves the person with nothing to press and nothing to answer.")
SAYS_NOTHING = warning("may-say-nothing", "A message can run to its end without saying anything.")
LOST_QUICK_REPLIES = warning("lost-quick-replies", "A message's quick replies have nothing to be shown with.")
TOO_MANY_PARTS = warning("too-many-parts", "A message sends more at once than channels take.")


def _find(view: View, limits: Limits) -> Iterator[Fault]:
    yield from _unreachable(view.bot)
    replies = _consent_replies(view)
    for name, message in view.bot.messages.items():
        path: Path = ("messages", name)
        yield from _never_run((*path, "parts"), message.parts)
        yield from _after_hand_over(name, message)
        if name not in replies and not _leads_on(view.bot, name):
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
        if (most := most_at_once(message.parts)) > limits.teams_at_once:
            yield TOO_MANY_PARTS.broken(
                (*path, "parts"),
                f"`{name}` sends {most} things at once; Teams takes {limits.teams_at_once} a second, the rest is late",
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
        if isinstance(part, IfPart):
            for key, branch in (("then", part.then), ("else", part.else_)):
                if not isinstance(branch, str):
                    yield from _never_run((*path, position, key), branch)


def _after_hand_over(name: str, message: Message) -> Iterator[Fault]:
    handed_over: list[Path] = []
    for path, _, part in parts_of(name, message):
        if isinstance(part, HandOverPart):
            handed_over.append(path[:-1])
        elif isinstance(part, QuestionPart | WaitPart) and any(path[: len(above)] == above for above in handed_over):
            yield NOBODY_WAITS.broken(
                path,
                "after `hand_over` the bot keeps silent, so this neither asks nor waits",
                "Move it in front of the `hand_over`",
            )


def _unreachable(bot: Bot) -> Iterator[Fault]:
    starts = [bot.welcome, bot.default, *(rule.message for rule in bot.keywords)]
    starts.extend(words.reply for words in bot.unsubscribe.segments)
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
        isinstance(part, GoToPart | QuestionPart | HandOverPart | CompletePart)
        or (isinstance(part, IfPart) and (isinstance(part.then, str) or isinstance(part.else_, str)))
        for _, _, part in parts_of(name, message)
    )


CHECK = Check(
    (NEVER_RUNS, NOBODY_WAITS, UNREACHABLE, DEAD_END, SAYS_NOTHING, LOST_QUICK_REPLIES, TOO_MANY_PARTS), _find
)
