"""Settings for trying things out on one machine. The secrets are published, so loopback is all they are good for."""

import dataclasses
from typing import Final

from adapters.channels import CHANNELS, Channels
from adapters.port import Development
from config.settings import Bot, Settings
from messages.settings import Secret

APP_SECRET = "assent-development-app-secret"  # noqa: S105  # published on purpose
VERIFY_TOKEN = "assent-development-verify-token"  # noqa: S105  # same
BUTTON_KEY = "assent-development-button-key-0000"
CONNECTOR = "http://127.0.0.1:3979"
_SECRETS: Final = Development(APP_SECRET, VERIFY_TOKEN, access_token="development-token")  # noqa: S106  # same


def for_development(settings: Settings, bots: tuple[str, ...], channels: Channels = CHANNELS) -> Settings:
    """Fill in what is not set with development values; replies go to the stand-in connector."""
    filled = dict(settings.bots)
    for name in bots:
        bot = filled.get(name) or Bot()
        named = {
            entry.kind.name: entry.for_development(bot.of(entry.kind.name, entry.settings), _SECRETS)
            for entry in channels
        }
        filled[name] = Bot(**{**bot.channels, **named})
    return dataclasses.replace(
        settings,
        bots=filled,
        button_keys=settings.button_keys or (Secret(BUTTON_KEY),),
        connector=settings.connector or CONNECTOR,
    )
