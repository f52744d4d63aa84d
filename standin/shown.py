"""A delivery as a person sees it, whatever the channel."""

import unicodedata
from typing import Final

import msgspec

_DIRECTION_MARKS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ShownButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button, and what pressing it sends."""

    label: str
    link: str = ""
    """The page it opens; it sends nothing then."""
    payload: object = None
    """What it sends: text or an object."""
    says: str = ""
    """The words that go with it."""
    quick: bool = False
    """It is a quick reply, which vanishes once used."""


class ShownCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """A card, a picture, or the place of either's buttons."""

    title: str = ""
    subtitle: str = ""
    text: str = ""
    image: str = ""
    buttons: tuple[ShownButton, ...] = ()


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message: words, then cards, then quick replies."""

    text: str = ""
    cards: tuple[ShownCard, ...] = ()
    quick_replies: tuple[ShownButton, ...] = ()

    @property
    def pressable(self) -> tuple[ShownButton, ...]:
        """The buttons that send something, in the order in which they are numbered."""
        every = (button for card in self.cards for button in card.buttons)
        return tuple(button for button in (*every, *self.quick_replies) if not button.link)


def clean(text: object) -> str:
    """Return text that can't steer a terminal: without control characters and direction marks; not text is empty."""
    if not isinstance(text, str):
        return ""
    return "".join(
        one
        for one in text.replace("\r\n", "\n")
        if one == "\n" or (unicodedata.category(one) != "Cc" and one not in _DIRECTION_MARKS)
    )
