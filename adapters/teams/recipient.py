"""Whether an activity is addressed to this bot. Pure."""

from adapters.teams.fields import Activity
from adapters.teams.settings import TeamsSettings
from adapters.teams.speaker import BOT, bot_of


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
