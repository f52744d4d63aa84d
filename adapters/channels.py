"""The table of channels. A new one is a folder with an entry, and a line here and in `messages.channels`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.port import ChannelEntry
from adapters.teams.activity import KEY, mapping, sequence, text
from adapters.teams.endpoint import answer_to_press
from adapters.teams.entry import ENTRY as TEAMS
from adapters.teams.render import render
from adapters.teams.words import words
from adapters.workplace.entry import ENTRY as WORKPLACE
from messages.inbound import ConversationReference

Channels = Sequence[ChannelEntry[Any]]

CHANNELS: Final[Channels] = (TEAMS, WORKPLACE)
"""Those that a server serves; the terminal is the command's own."""


def settings_by_channel(channels: Channels = CHANNELS) -> Mapping[str, type]:
    """Return the class of each channel's settings, by its name."""
    return {entry.kind.name: entry.settings for entry in channels}


def no_directory(channels: Channels = CHANNELS) -> str:
    """Say that nobody is looked up, and which settings change that."""
    return "no directory is asked: set " + ", or ".join(
        entry.directory_setting for entry in channels if entry.directory_setting
    )


def place_of(reference: ConversationReference, received: bytes = b"", channels: Channels = CHANNELS) -> str:
    """Return the page or the Bot Framework channel ("msteams", "directline", ...) that an event came by.

    Once an account was a channel and a user: the Bot Framework's channels were one, and so were all pages of Messenger.
    Empty where neither the event as it was received nor its reference tells.
    """
    entry = next((entry for entry in channels if entry.kind.name == reference.channel), None)
    return entry.acted_at(received, reference) if entry is not None else ""


__all__ = ["KEY", "answer_to_press", "mapping", "render", "sequence", "text", "words"]
