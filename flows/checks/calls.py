"""Checks of messages that call others: circles that never come back, quick replies that go unseen."""

from collections.abc import Iterator, Mapping

from flows.checks.reach import exits_of
from flows.checks.view import Check, Fault, Limits, View, error, warning
from flows.model.bot import Message
from flows.walk import calls_of

RECURSION = error("call-recursion", "Messages call each other in a circle, so that none of them ends.")
CALLED_WITH_REPLIES = warning(
    "called-quick-replies", "A message that another one calls has quick replies, which go when that one goes on."
)


def _find_calls(view: View, _limits: Limits) -> Iterator[Fault]:
    messages = view.bot.messages
    called: set[str] = set()
    leads_to = {name: _by_itself(name, message) & messages.keys() for name, message in messages.items()}
    circles = _circles(leads_to)
    for path, name in calls_of(view.bot):
        caller = str(path[1])
        if name in messages and circles[name] == circles[caller]:
            yield RECURSION.broken(
                (*path, "call_message"),
                f"`{name}` leads back to `{caller}`, so it never comes back"
                if name != caller
                else f"`{caller}` calls itself, so it never ends",
                "Take one of the calls out, or make it a `go_to`, which does not come back",
            )
        if name in messages and messages[name].quick_replies and name not in called:
            called.add(name)
            yield CALLED_WITH_REPLIES.broken(
                ("messages", name, "quick_replies"),
                f"`{caller}` calls `{name}` and goes on, and then these quick replies are gone",
                "Make them buttons of a text, or ask a `question`",
                at_key=True,
            )


def _by_itself(name: str, message: Message) -> set[str]:
    """Return the messages that this one can go on to without a press."""
    return {found.target for found in exits_of(name, message) if found.path[-1] not in ("reply", "message")}


def _circles(leads_to: Mapping[str, set[str]]) -> dict[str, int]:
    """Return a number for each message, the same for those that lead to each other (Kosaraju's algorithm)."""
    backwards: dict[str, list[str]] = {name: [] for name in leads_to}
    for name, targets in leads_to.items():
        for target in targets:
            backwards[target].append(name)
    left: list[str] = []
    seen: set[str] = set()
    for first in leads_to:
        stack = [(first, False)]
        while stack:
            name, is_done = stack.pop()
            if is_done:
                left.append(name)
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack.extend((target, False) for target in leads_to[name])
    numbers: dict[str, int] = {}
    for number, first in enumerate(reversed(left)):
        ahead = [first]
        while ahead:
            name = ahead.pop()
            if name not in numbers:
                numbers[name] = number
                ahead.extend(backwards[name])
    return numbers


CHECK = Check((RECURSION, CALLED_WITH_REPLIES), _find_calls)
