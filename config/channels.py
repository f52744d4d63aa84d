"""On which channels a bot can send."""

from typing import Final

from config.loopback import is_loopback
from config.settings import Settings

TEAMS: Final = frozenset({"teams", "directline", "webchat", "emulator"})
"""Channels that an Azure bot's app id and password open."""
WORKPLACE: Final = frozenset({"workplace"})


def channels_set_up(settings: Settings, bot: str) -> frozenset[str]:
    """Return the channels of accounts to which a bot can send, by the credentials that its settings have.

    In development there are none: where the bot has none at all and the server is for this machine alone, or all
    replies go to a stand-in, each channel counts.
    """
    own = settings.bot(bot)
    teams = bool(own.teams.app_id and own.teams.app_password)
    page = bool(own.workplace.access_token)
    if settings.connector or (not teams and not page and is_loopback(settings.server.host)):
        return TEAMS | WORKPLACE
    return (TEAMS if teams else frozenset()) | (WORKPLACE if page else frozenset())
