"""What an activity says, whatever its fields hold: who acts, where, for which bot, with which button. Pure.

Teams vouches for its user ids. Direct Line, Web Chat and the Emulator take the id that the client names, so an id
there proves nothing about anybody in Teams: each is a channel of its own, whose people are others.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from adapters.teams.settings import TeamsSettings
from messages.errors import BadPayload
from messages.inbound import ButtonPressed, Scope, TextReceived, answer_in
from segment_buttons.payload import form_of

Activity = Mapping[str, Any]
"""An activity as JSON values."""

LONGEST_ID: Final = 1024
_LONGEST_URL: Final = 2048


def mapping(found: object) -> Mapping[str, Any]:
    """Return an object; an empty one in place of anything else."""
    return found if isinstance(found, dict) else {}


def sequence(found: object) -> Sequence[Any]:
    """Return a list; an empty one in place of anything else."""
    return found if isinstance(found, list) else ()


def text(found: object) -> str:
    """Return a text; an empty one in place of anything else."""
    return found if isinstance(found, str) else ""


def short(found: object, longest: int) -> str:
    """Return a text of at most `longest` characters; an empty one in place of a longer one, or of anything else."""
    return found if isinstance(found, str) and len(found) <= longest else ""


def required(activity: Activity, name: str, longest: int) -> str:
    """Return a text that must be there. Raises BadPayload."""
    found = activity.get(name)
    if not isinstance(found, str) or not found:
        raise BadPayload(f"the activity has no `{name}`", place=name)
    if len(found) > longest:
        raise BadPayload(f"it is longer than {longest} characters", place=name)
    return found


def identifier(found: object, place: str) -> str:
    """Return the id of an account; empty when it is missing. Raises BadPayload for one that is no usable text."""
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadPayload("it is not a text", place=place)
    if len(found) > LONGEST_ID:
        raise BadPayload(f"it is longer than {LONGEST_ID} characters", place=place)
    return found


def service_url(found: object) -> str:
    """Return where replies go; empty for what is no address: then the reply goes nowhere, and what was said counts."""
    named = short(found, _LONGEST_URL)
    return named if named.startswith(("https://", "http://")) else ""


def moment(found: object) -> datetime | None:
    """Return a time with its zone, in UTC and whole milliseconds; None for anything else."""
    if not isinstance(found, str) or len(found) > 64:
        return None
    try:
        given = datetime.fromisoformat(found)
        at = given.astimezone(UTC) if given.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
    return at.replace(microsecond=at.microsecond // 1000 * 1000) if at is not None else None


_SCOPES: Final = {"personal": Scope.PERSONAL, "groupChat": Scope.GROUP, "channel": Scope.CHANNEL}
_TEAM_THREADS: Final = ("@thread.skype", "@thread.tacv2")


def scope_of(activity: Activity) -> Scope:
    """Return who else reads along.

    What is said in a group is read by all of it, so a scope that is there and can't be read is a group; so is a chat
    that is called personal and a group at once. Without `conversationType`, which older activities lack, it is a
    team's channel if anything says so.
    """
    conversation = mapping(activity.get("conversation"))
    named, group = conversation.get("conversationType"), conversation.get("isGroup")
    scope = Scope.PERSONAL if named is None else _SCOPES.get(text(named), Scope.GROUP)
    if scope is Scope.PERSONAL and group is not None and group is not False:
        scope = Scope.GROUP
    if named is None and _is_of_a_team(activity, text(conversation.get("id"))):
        return Scope.CHANNEL
    return scope


def _is_of_a_team(activity: Activity, place: str) -> bool:
    data = mapping(activity.get("channelData"))
    return "team" in data or "channel" in data or any(mark in place for mark in _TEAM_THREADS)


TEAMS: Final = "msteams"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_UNNAMED: Final = "other"


def surface_of(activity: Activity) -> str:
    """Return the channel that an activity came by, as `ConversationReference.surface` has it: empty for Teams.

    Without a readable `channelId` it is Teams: the Bot Framework always names the channel, so what lacks it is a tool
    for tests, or something odd beside words of a person in Teams, which must not be lost.
    """
    named = activity.get("channelId")
    if not isinstance(named, str) or not named.strip() or named.strip().lower() == TEAMS:
        return ""
    name = named.strip().lower()
    return name if _NAME.fullmatch(name) else _UNNAMED


KEY: Final = "assent"
"""Under this name our buttons carry it."""

_LONGEST: Final = 4096


def payload_in(value: object) -> str | None:
    """Return the payload in a card action's value: `{"assent": payload}`, that as JSON text, or the payload itself.

    None when the value is not from a button of ours. Card inputs and `msteams` may stand beside the payload.
    """
    if isinstance(value, str):
        return _in_text(value)
    if isinstance(value, Mapping):
        found = value.get(KEY)
        return found if isinstance(found, str) else None
    return None


def _in_text(value: str) -> str | None:
    if form_of(value):
        return value
    if not value.startswith("{") or len(value) > _LONGEST:
        return None
    try:
        return payload_in(orjson.loads(value))
    except orjson.JSONDecodeError:
        return None


EXECUTE: Final = "adaptiveCard/action"
_PLAIN: Final = frozenset({"", "suggestedActions/submit"})
"""Names under which the payload is the value itself: a card's `invoke` action has none, a suggested action this one."""


def pressed(activity: Activity) -> ButtonPressed | TextReceived | None:
    """Return the press of our button that an `invoke` is, or the answer that it carries; None for another invoke.

    A card that refreshes itself (`trigger: automatic`) was pressed by nobody. A name that is no text counts as none.
    """
    name = short(activity.get("name"), 100)
    value = activity.get("value")
    label = ""
    if name == EXECUTE:
        executed = mapping(value)
        action = mapping(executed.get("action"))
        label = short(action.get("title"), 1024)
        value = None if executed.get("trigger") == "automatic" else action.get("data")
    elif name not in _PLAIN:
        return None
    payload = payload_in(value)
    if payload is None:
        return None
    if (answer := answer_in(payload)) is not None:
        return TextReceived(text=answer, form="answer")
    return ButtonPressed(payload=payload, label=label, form="invoke", wants_answer=True)


BOT: Final = "28:"
"""How the id of a bot's account begins in Teams; a person's begins with `29:`."""

_BOT_ROLES: Final = frozenset({"bot", "skill"})
_OF_MACHINES: Final = frozenset(
    {"command", "commandResult", "endOfConversation", "event", "handoff", "invokeResponse", "trace", "typing"}
)
"""Types of activities that channels, meetings, clients and other bots send by themselves; receipts are events."""


READ_RECEIPT: Final = "application/vnd.microsoft.readReceipt"
"""Sent where the app has the permission ChatMessageReadReceipt.Read.Chat: the person read up to a message."""


def speaks_for_nobody(activity: Activity) -> str:
    """Return why an activity is no act of a person, in one word for a metric; empty where it is one.

    A meeting that begins, somebody typing, another bot, an `invoke` that is no press of our buttons:
    those make nobody a contact. Nor does a read receipt, which is taken in all the same: it is about pushes.
    """
    kind = text(activity.get("type"))
    if kind in _OF_MACHINES:
        return "" if activity.get("name") == READ_RECEIPT else kind
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


class Recipients:
    """The app ids of one bot. In Teams a bot's account is `28:<app id>`.

    Where no app id is named, in development, all are taken. Other channels name a bot by its handle, which says nothing
    of its app id, and so does a recipient that can't be read: those are this bot's, for its token brought them.
    """

    def __init__(self, settings: TeamsSettings) -> None:
        self._known = frozenset(app_of(app) for app in (settings.app_id, *settings.app_ids) if app)

    def include(self, activity: Activity) -> bool:
        """Tell whether an activity is for this bot."""
        bot = bot_of(activity)
        return not self._known or not bot.startswith(BOT) or app_of(bot) in self._known


def app_of(account: str) -> str:
    """Return the app id of a bot's account in Teams, in lower case."""
    return account.removeprefix(BOT).lower()
