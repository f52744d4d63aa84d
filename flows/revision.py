"""A revision: one frozen, numbered state of a bot, compiled for running."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from flows.model.bot import Bot, Segment
from flows.model.buttons import ButtonBase
from flows.model.parts import Card, TextPart
from keywords.index import KeywordIndex
from keywords.reserved import ReservedWords


class RevisionInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """What history tells of a revision."""

    bot: str
    number: int
    digest: str
    """SHA-256 of the source text, in hex."""
    author: str
    pushed_at: datetime
    note: str = ""
    rolled_back_to: int = 0
    """Number of the older revision whose source this one repeats; 0 for a push of the draft."""


@dataclass(frozen=True, slots=True)
class PlacedButton:
    """A button and where it stands."""

    id: str
    button: ButtonBase
    message: str
    """Empty for a built-in button."""
    part: TextPart | Card | None
    """The text part or card it is on; None for a quick reply of the message, and for a built-in button."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A bot ready to run. Built once by `flows.compile.compile_revision`, shared by every turn, never changed."""

    number: int
    digest: str
    bot: Bot
    buttons: Mapping[str, PlacedButton]
    """Every button of the bot by its id, the built-in ones (`flows.builtin_buttons`) among them."""
    button_ids: Mapping[int, str]
    """Button id by `id(button object)`, for the engine when it renders."""
    keywords: KeywordIndex
    """The builder's keyword rules, found in time that does not grow with their number."""
    segments: Mapping[str, Segment]
    """What people can be in, by subject: the segments that the file lists, those that its buttons create, and topics
    and sequences (`topic:ID`, `sequence:ID`).
    """
    personal: frozenset[str] = frozenset()
    """Messages that depend on what is known of one person (`flows.compile`)."""
    fields: frozenset[str] = frozenset()
    """The fields that the flow keeps of a person."""
    elsewhere: frozenset[str] = frozenset()
    """Segments that conditions name and the flow does not have: staff may."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Links of the bot by their words, normalised."""
    asks_last_seen: bool = False
    """Whether a condition asks when the person was last seen."""
    reserved: ReservedWords = field(default_factory=ReservedWords)
    """The consent words: the built-in ones and those of the flow's `unsubscribe` block."""
    fallback: str = field(default="en")
    """The language used where a text lacks the wanted one: the bot's first."""
    plain_texts: dict[tuple[int, str], tuple[object, str]] = field(default_factory=dict, compare=False, repr=False)
    """Texts without placeholders as they are said, by `id(text)` and language, each beside its text. The engine keeps
    them as it goes; they follow from the rest.
    """
