"""What we say, before a channel renders it.

An `OutgoingMessage` is one message of the flow with its placeholders filled in, its conditions decided and its buttons
signed. It is stored in the outbox as it is; the adapter renders it when it is sent.
"""

from datetime import datetime

import msgspec


class OutgoingButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button as the person sees it: it either posts `payload` back or opens `url`."""

    label: str
    payload: str = ""
    url: str = ""
    by_payload: bool = False
    """A press must bring a payload back: its label, sent as text, would be heard as something else, or nowhere.
    A button without a payload is an answer to a question; its payload is `messages.answers.answer_payload(label)`."""


class OutgoingText(msgspec.Struct, frozen=True, omit_defaults=True, tag="text"):
    """Text with the buttons under it."""

    text: str
    buttons: tuple[OutgoingButton, ...] = ()


class OutgoingCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """One card of a carousel."""

    title: str
    subtitle: str = ""
    image: str = ""
    buttons: tuple[OutgoingButton, ...] = ()


class OutgoingCarousel(msgspec.Struct, frozen=True, omit_defaults=True, tag="carousel"):
    """Cards side by side."""

    cards: tuple[OutgoingCard, ...]


class OutgoingImage(msgspec.Struct, frozen=True, omit_defaults=True, tag="image"):
    """A picture by its address."""

    url: str
    alt: str = ""


class OutgoingFile(msgspec.Struct, frozen=True, omit_defaults=True, tag="file"):
    """A file or page by its address, shown under `title`."""

    url: str
    title: str


OutgoingPart = OutgoingText | OutgoingCarousel | OutgoingImage | OutgoingFile


class ConsentTerms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a message brought by a wait asks of the person's consent (`consent.membership`), also before it is sent."""

    since: datetime | None = None
    """When the person last acted; what was lowered after it ends the message. None: kept by a version before."""
    segments: tuple[str, ...] = ()
    """The segments that the person opted in to on the way to it."""
    stopped: bool = False
    """They had stopped everything already when they acted."""


class OutgoingMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to send: parts in order, then the quick replies, which vanish once used."""

    id: str
    parts: tuple[OutgoingPart, ...]
    quick_replies: tuple[OutgoingButton, ...] = ()
    revision: int = 0
    message: str = ""
    """Id of the flow's message it came from; empty for the runtime's own words."""
    private: bool = False
    """To the person alone, even when the event came from a group (a consent confirmation)."""
    consent: ConsentTerms | None = None
    """What it asks when it is sent; None for what an act of the person brought."""
