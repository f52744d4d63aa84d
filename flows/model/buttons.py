"""Buttons: on a text part, on a card, and as quick replies."""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Discriminator, Tag

from flows.model.base import Id, Localised, Piece, Url
from messages.consent import ALL, SEQUENCE, TOPIC, kind_of_subject, name_of_subject


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


class TopicButton(ButtonBase):
    """Opts the person in to or out of a topic and sends the reply.

    `{label: Keep me posted, topic: news, act: opt_in, reply: news_on}`
    """

    topic: Id
    """The topic."""
    act: Literal["opt_in", "opt_out"]
    """Whether the person comes in or goes out."""
    reply: Id
    """The message that confirms it."""


class SequenceButton(ButtonBase):
    """Opts the person in to or out of a sequence and sends the reply.

    `{label: Start the course, sequence: course, act: opt_in, reply: course_on}`
    """

    sequence: Id
    """The sequence."""
    act: Literal["opt_in", "opt_out"]
    """Whether the person comes in or goes out."""
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
    "topic": TopicButton,
    "sequence": SequenceButton,
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
    | Annotated[TopicButton, Tag(":topic")]
    | Annotated[SequenceButton, Tag(":sequence")]
    | Annotated[SubscriptionButton, Tag(":subscription")],
    Discriminator(_button_kind),
]


class ButtonConsent(NamedTuple):
    """What pressing a button does to consent."""

    raises: bool
    subject: str
    """A segment's id, `topic:ID`, `sequence:ID`, or `messages.consent.ALL`."""
    key: str
    """The button's key that names the subject."""
    reply: str


def consent_of(button: ButtonBase) -> ButtonConsent | None:
    """Return what pressing a button does to consent; None for one that only answers."""
    match button:
        case OptInButton(opt_in=segment, reply=reply):
            return ButtonConsent(raises=True, subject=segment, key="opt_in", reply=reply)
        case OptOutButton(opt_out=segment, reply=reply):
            return ButtonConsent(raises=False, subject=segment, key="opt_out", reply=reply)
        case TopicButton(topic=topic, act=act, reply=reply):
            return ButtonConsent(act == "opt_in", TOPIC + topic, "topic", reply)
        case SequenceButton(sequence=sequence, act=act, reply=reply):
            return ButtonConsent(act == "opt_in", SEQUENCE + sequence, "sequence", reply)
        case SubscriptionButton(subscription=way, reply=reply):
            return ButtonConsent(way == "in", ALL, "subscription", reply)
        case _:
            return None


def opt_in_button(subject: str, label: Localised, reply: str) -> ButtonBase:
    """Return the button that opts in to a subject."""
    name = name_of_subject(subject)
    match kind_of_subject(subject):
        case "topic:":
            return TopicButton(label=label, topic=name, act="opt_in", reply=reply)
        case "sequence:":
            return SequenceButton(label=label, sequence=name, act="opt_in", reply=reply)
        case _:
            return OptInButton(label=label, opt_in=subject, reply=reply)
