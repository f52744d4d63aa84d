"""Where somebody acted, by what was recorded before keys of accounts held it.

Then an account was a channel and a user. The Bot Framework's channels were one, and so were all pages of Messenger.
"""

from adapters.json_body import load_json
from adapters.teams.activity import TEAMS, surface_of
from messages.errors import BadPayload
from messages.inbound import ConversationReference, InboundEvent

_TEAMS_USER = "29:"
_TEAMS_CONVERSATIONS = ("a:", "19:")


def told_place(event: InboundEvent) -> str:
    """Return the page or the Bot Framework channel ("msteams", "directline", ...) that a recorded event came by.

    Empty where neither the event as it was received nor its reference tells.
    """
    try:
        activity = load_json(event.received) if event.received else None
    except BadPayload:
        activity = None
    if isinstance(activity, dict) and isinstance(activity.get("channelId"), str):
        return surface_of(activity) or TEAMS
    return place_of(event.reference)


def place_of(reference: ConversationReference) -> str:
    """Return the same of a conversation of which no event is kept: its page, or Teams by the form of its ids."""
    if reference.channel == "workplace":
        return reference.bot
    of_teams = reference.user.startswith(_TEAMS_USER) or reference.conversation.startswith(_TEAMS_CONVERSATIONS)
    return TEAMS if of_teams else ""
