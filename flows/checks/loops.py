"""Messages that go round without ever waiting for the person."""

from collections.abc import Iterator

from flows.checks.control import Exit, exits_without_pause
from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, error
from flows.checks.view import View

LOOP = error("endless-loop", "Messages lead to each other in a circle, and nothing in it waits for the person.")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    messages = view.bot.messages
    exits: dict[str, list[Exit]] = {}
    for name, message in messages.items():
        found, _ = exits_without_pause(("messages", name, "parts"), message.parts)
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


CHECK = Check((LOOP,), _find)
