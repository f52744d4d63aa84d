"""What greets a person, and what answers when nothing else does."""

from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, warning
from flows.checks.view import View

NO_WELCOME = warning("no-welcome", "Nothing greets people who add the bot.")
NO_DEFAULT = warning("no-default", "Nothing answers a message that the bot does not understand.")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    if view.bot.welcome is None:
        yield NO_WELCOME.broken((), "nothing greets people who add the bot", "Add `welcome:` with a message's id")
    if view.bot.default is None:
        yield NO_DEFAULT.broken(
            (), "nothing answers what the bot does not understand", "Add `default:` with a message's id"
        )


CHECK = Check((NO_WELCOME, NO_DEFAULT), _find)
