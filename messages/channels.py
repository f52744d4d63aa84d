"""The channels, as far as everybody may know them: names, and what each shows of a message. Pure.

`adapters.channels` has the other half of each entry: what receives, sends and looks people up.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NO_LIMIT: Final = sys.maxsize


@dataclass(frozen=True, slots=True)
class Shows:
    """What a channel shows of a message. Nothing is dropped beyond a limit: it moves on, or looks otherwise.

    Lengths are UTF-16 code units, as `adapters.text` counts them.
    """

    text: int = NO_LIMIT
    """Of one message; a longer text is split."""
    text_with_buttons: int = NO_LIMIT
    buttons: int = NO_LIMIT
    """Of one text or card; further ones move on."""
    button_label: int = NO_LIMIT
    """A longer label is shortened, and stands in full in the text above."""
    card_title: int = NO_LIMIT
    card_subtitle: int = NO_LIMIT
    """Longer words stand in full in a text before the card."""
    cards: int = NO_LIMIT
    """Of one carousel; further ones are another."""
    quick_replies: int = NO_LIMIT
    splits_quick_replies: bool = True
    """Beyond the limit the others are buttons; else all of them."""
    plain_http_pictures: bool = True
    """Whether pictures are shown that come from `http://`."""
    a_second: int = NO_LIMIT
    """Messages that are taken for one conversation in one second."""
    rate: float = NO_LIMIT
    """Messages that are taken of one account (of the bot, in one tenant) in one second."""
    answer_seconds: int = NO_LIMIT
    """How long after somebody's last message they may be answered."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One channel."""

    name: str
    """As references, settings and keys have it."""
    title: str
    """As people call it."""
    accounts: tuple[str, ...] = ()
    """The channels of accounts that it reaches; empty: nobody is written to there but by the command itself."""
    writes_first: str = ""
    """The channel of accounts on which a bot may write first, to an account or an id of the directory."""
    transcript: str = ""
    """What the Bot Framework calls it in transcripts; empty: the same."""
    shows: Shows = Shows()


TEAMS: Final = ChannelKind(
    "teams",
    "Teams",
    accounts=("teams", "directline", "webchat", "emulator"),
    writes_first="teams",
    transcript="msteams",
    # learn.microsoft.com/microsoftteams/platform: task-modules-and-cards/cards, bots/how-to/rate-limit
    shows=Shows(
        buttons=6, cards=10, quick_replies=3, splits_quick_replies=False, plain_http_pictures=False, a_second=7, rate=50
    ),
)
WORKPLACE: Final = ChannelKind(
    "workplace",
    "Messenger",
    accounts=("workplace",),
    transcript="facebook",
    # developers.facebook.com/docs/messenger-platform/send-messages: templates, buttons, quick replies
    shows=Shows(
        text=2000,
        text_with_buttons=640,
        buttons=3,
        button_label=20,
        card_title=80,
        card_subtitle=80,
        cards=10,
        quick_replies=13,
        rate=300,
        answer_seconds=24 * 3600,
    ),
)
TERMINAL: Final = ChannelKind("terminal", "the terminal", transcript="console")

KINDS: Final[Sequence[ChannelKind]] = (TEAMS, WORKPLACE, TERMINAL)
"""All channels."""

ACCOUNTS: Final[Sequence[str]] = tuple(account for kind in KINDS for account in kind.accounts)
"""All channels of accounts: `teams`, `directline`, ..."""

WRITES_FIRST: Final[frozenset[str]] = frozenset(kind.writes_first for kind in KINDS if kind.writes_first)
"""Channels of accounts on which people can be written to before they wrote."""


def transcript_name(channel: str) -> str:
    """Return what the Bot Framework calls a channel."""
    return next((kind.transcript for kind in KINDS if kind.name == channel and kind.transcript), channel)
