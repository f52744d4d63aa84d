"""What a bot's settings say of its channels, and settings for trying things out on one machine.

The secrets of development are published, so loopback is all they are good for.
"""

import dataclasses
from typing import Final

from adapters.channels import CHANNELS, Channels
from adapters.port import Development
from config.settings import Bot, Settings, is_loopback
from messages.errors import BadSettings
from messages.settings import Secret


def channels_set_up(settings: Settings, bot: str, channels: Channels = CHANNELS) -> frozenset[str]:
    """Return the channels of accounts to which a bot can send, by the credentials that its settings have.

    In development there are none: where the bot has none at all and the server is for this machine alone, or all
    replies go to a stand-in, each channel counts.
    """
    own = settings.bot(bot)
    able = [entry for entry in channels if entry.can_send(own.of(entry.kind.name, entry.settings))]
    if settings.connector or (not able and is_loopback(settings.server.host)):
        able = list(channels)
    return frozenset(account for entry in able for account in entry.kind.accounts)


def refuse_unusable(settings: Settings, bots: tuple[str, ...], channels: Channels = CHANNELS) -> None:
    """Raise BadSettings for a bot that nobody could write to, or anybody could."""
    for name in bots:
        if (problem := why_unusable(settings, name, channels)) is not None:
            raise problem


def why_unusable(settings: Settings, name: str, channels: Channels = CHANNELS) -> BadSettings | None:
    """Return what keeps a bot from being written to safely; None when nothing does."""
    own = settings.bot(name)
    if (problem := unproved(settings, name, channels)) is not None:
        return problem
    found = (
        entry.unusable(own.of(entry.kind.name, entry.settings), name, bool(settings.connector)) for entry in channels
    )
    return next((problem for problem in found if problem is not None), None)


def unproved(settings: Settings, name: str, channels: Channels = CHANNELS) -> BadSettings | None:
    """Return why a bot is not served: others than this machine reach it, and nothing proves who writes to it."""
    own = settings.bot(name)
    if is_loopback(settings.server.host) or any(
        entry.proves(own.of(entry.kind.name, entry.settings)) for entry in channels
    ):
        return None
    proofs = [f"bots.{name}.{entry.kind.name}.{entry.proof[0]}" for entry in channels]
    return BadSettings(
        f"bot {name} has neither {' nor '.join(entry.proof[1] for entry in channels)}: nothing would prove who writes "
        f"to it, so it is served on loopback only, not on {settings.server.host}",
        place="server.host",
        remedy=f"Set {' or '.join(proofs)}, or server.host to 127.0.0.1",
    )


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
