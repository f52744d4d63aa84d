"""What a bot's settings say of its channels."""

from adapters.channels import CHANNELS, Channels
from config.loopback import is_loopback
from config.settings import Settings
from messages.errors import BadSettings


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
