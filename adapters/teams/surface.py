"""On which of the Bot Framework's channels somebody acts.

Teams vouches for its user ids. Direct Line, Web Chat and the Emulator take the id that the client names, so an id there
proves nothing about anybody in Teams: each is a channel of its own, whose people are others.
"""

import re
from typing import Final

from adapters.teams.fields import Activity

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
