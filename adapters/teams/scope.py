"""Who else reads the conversation of an activity. Pure."""

from typing import Final

from adapters.teams.fields import Activity, mapping, text
from messages.reference import Scope

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
