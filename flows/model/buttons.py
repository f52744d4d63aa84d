"""Buttons: on a text part, on a card, and as quick replies."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from flows.model.base import Id, Localised, Piece, Url


class ButtonBase(Piece):
    """What every button has."""

    label: Localised
    """The words on the button, 20 characters at most if it is to look well everywhere."""
    id: Id | None = None
    """Names the button in the ledger and in reports. Without one it is called `<message>/<position>`."""


class MessageButton(ButtonBase):
    """Sends a message of the flow.

    `{label: Tell me more, message: about}`
    """

    message: Id
    """The message to send."""


class UrlButton(ButtonBase):
    """Opens a page.

    `{label: Our site, url: "https://example.org"}`
    """

    url: Url
    """The page to open."""


class OptInButton(ButtonBase):
    """Opts the person in to a segment and sends the reply.

    `{label: Yes please, opt_in: tips, reply: tips_on}`
    """

    opt_in: Id
    """The segment to opt in to."""
    reply: Id
    """The message that confirms it."""
    create: bool = False
    """`true`: the segment need not stand under `segments`. It has no purpose, and is called by its id."""


class OptOutButton(ButtonBase):
    """Opts the person out of a segment and sends the reply.

    `{label: No more tips, opt_out: tips, reply: tips_off}`
    """

    opt_out: Id
    """The segment to opt out of."""
    reply: Id
    """The message that confirms it."""


class SubscriptionButton(ButtonBase):
    """Opts the person in to, or out of, everything pushed.

    `{label: Stop everything, subscription: "out", reply: stopped}`
    """

    subscription: Literal["in", "out"]
    """`out` stops everything pushed, `in` allows it again."""
    reply: Id
    """The message that confirms it."""


BUTTONS: dict[str, type[ButtonBase]] = {
    "message": MessageButton,
    "url": UrlButton,
    "opt_in": OptInButton,
    "opt_out": OptOutButton,
    "subscription": SubscriptionButton,
}
"""Every kind of button, by the key that tells it."""


def kind_of(value: object, kinds: dict[str, type[Any]]) -> str | None:
    """Return the discriminator tag (`:<key>`) of a mapping or a model: the first of `kinds` whose key it has."""
    for key, model in kinds.items():
        if isinstance(value, dict) and key in value:
            return f":{key}"
        if isinstance(value, model):
            return f":{key}"
    return None


def _button_kind(value: object) -> str | None:
    return kind_of(value, BUTTONS)


Button = Annotated[
    Annotated[MessageButton, Tag(":message")]
    | Annotated[UrlButton, Tag(":url")]
    | Annotated[OptInButton, Tag(":opt_in")]
    | Annotated[OptOutButton, Tag(":opt_out")]
    | Annotated[SubscriptionButton, Tag(":subscription")],
    Discriminator(_button_kind),
]
