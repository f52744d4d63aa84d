"""Settings for trying things out on one machine. The secrets are published, so loopback is all they are good for."""

import dataclasses

from config.settings import Bot, Settings, Workplace
from messages.settings import Secret

APP_SECRET = "assent-development-app-secret"  # noqa: S105  # published on purpose
VERIFY_TOKEN = "assent-development-verify-token"  # noqa: S105  # same
BUTTON_KEY = "assent-development-button-key-0000"
CONNECTOR = "http://127.0.0.1:3979"


def for_development(settings: Settings, bots: tuple[str, ...]) -> Settings:
    """Fill in what is not set with development values; replies go to the stand-in connector."""
    page = Workplace(
        app_secret=Secret(APP_SECRET), access_token=Secret("development-token"), verify_token=Secret(VERIFY_TOKEN)
    )
    filled = dict(settings.bots)
    for name in bots:
        bot = filled.get(name) or Bot()
        if not bot.workplace.app_secret:
            bot = dataclasses.replace(bot, workplace=page)
        filled[name] = bot
    return dataclasses.replace(
        settings,
        bots=filled,
        button_keys=settings.button_keys or (Secret(BUTTON_KEY),),
        connector=settings.connector or CONNECTOR,
    )
