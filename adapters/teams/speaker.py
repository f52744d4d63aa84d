"""Who an activity speaks for. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.teams.fields import LONGEST_ID, Activity, mapping, sequence, short, text
from adapters.teams.presses import pressed

BOT: Final = "28:"
"""How the id of a bot's account begins in Teams; a person's begins with `29:`."""

_BOT_ROLES: Final = frozenset({"bot", "skill"})
_OF_MACHINES: Final = frozenset(
    {"command", "commandResult", "endOfConversation", "event", "handoff", "invokeResponse", "trace", "typing"}
)
"""Types of activities that channels, meetings, clients and other bots send by themselves; receipts are events."""


def speaks_for_nobody(activity: Activity) -> str:
    """Return why an activity is no act of a person, in one word for a metric; empty where it is one.

    A meeting that begins, a read receipt, somebody typing, another bot, an `invoke` that is no press of our buttons:
    those make nobody a contact.
    """
    kind = text(activity.get("type"))
    if kind in _OF_MACHINES:
        return kind
    if kind == "invoke" and pressed(activity) is None:
        return "invoke"
    account, bot = who(activity), bot_of(activity)
    user = text(account.get("id"))
    if user.startswith(BOT) or (user and user == bot) or text(account.get("role")).lower() in _BOT_ROLES:
        return "bot"
    return ""


def who(activity: Activity) -> Mapping[str, Any]:
    """Return the account that acted. Where the bot itself reports that it and a person came together, that person's."""
    account = mapping(activity.get("from"))
    user, bot = text(account.get("id")), bot_of(activity)
    if not user or user == bot:
        for added in map(mapping, sequence(activity.get("membersAdded"))):
            if short(added.get("id"), LONGEST_ID) not in {"", bot}:
                return added
    return account


def bot_of(activity: Activity) -> str:
    """Return the account of the bot that an activity is addressed to; empty where that can't be read."""
    return short(mapping(activity.get("recipient")).get("id"), LONGEST_ID)
