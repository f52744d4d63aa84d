"""The root of a flow file: one bot."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from flows.model.base import Id, Language, Localised, Piece, WordList, Words
from flows.model.buttons import Button
from flows.model.parts import Choice, Part


class Segment(Piece):
    """A named audience: `tips: {name: Wellbeing tips, purpose: One short tip every Monday.}`."""

    name: Localised
    """What people know the segment by."""
    purpose: Localised | None = None
    """What the person agrees to, in words that the person reads. Kept with each opt-in in the ledger."""


class ContactField(Piece):
    """What a question, or a `set` part, stores: `team: {type: choice, choices: [Sales, Care]}`."""

    type: Literal["text", "email", "number", "date", "choice"] = "text"
    """What the field holds; questions that store it have the same type."""
    choices: tuple[Words | Choice, ...] = ()
    """What a choice field can hold."""


class Message(Piece):
    """A message: parts in order, then quick replies."""

    title: Words | None = None
    """What the builder calls it, in reports."""
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    """What the message does, in order."""
    quick_replies: tuple[Button, ...] = ()
    """Buttons under the message that vanish once one is used."""


class KeywordRule(Piece):
    """Words that start a message: `{is: "hi, hello", message: hello}` or `{contains: pizza, message: lunch}`.

    With `opt_in` or `opt_out` the same words also change a segment: `{is: join tips, opt_in: tips, message: tips_on}`.
    """

    is_: Annotated[WordList | None, Field(alias="is")] = None
    """Words that are the whole message, in any spelling of capitals."""
    contains: WordList | None = None
    """Words or phrases that stand anywhere in the message."""
    message: Id
    """The message that answers."""
    opt_in: Id | None = None
    """A segment that the words opt the person in to."""
    opt_out: Id | None = None
    """A segment that the words opt the person out of."""

    @model_validator(mode="after")
    def _one_way(self) -> "KeywordRule":
        if (self.is_ is None) == (self.contains is None):
            raise PydanticCustomError(
                "keyword-rule",
                "a keyword rule has either `is` or `contains`",
                {"remedy": "Make it two rules, or keep one of the two keys"},
            )
        if self.opt_in is not None and self.opt_out is not None:
            raise PydanticCustomError(
                "keyword-rule",
                "a keyword rule has `opt_in` or `opt_out`, not both",
                {"remedy": "Delete one of the two"},
            )
        return self


class SegmentUnsubscribe(Piece):
    """Words that opt the person out of one segment: `{is: stop tips, segment: tips, reply: tips_off}`."""

    is_: Annotated[WordList, Field(alias="is")]
    """The words, as whole messages."""
    segment: Id
    """The segment that they leave."""
    reply: Id
    """The message that confirms it."""


class Unsubscribe(Piece):
    """Stop, start and help words. The built-in ones always work; these are added to them.

    The runtime has its own confirmations in each language; `confirmation`, `resubscribed`, `help` and `still_off`
    replace them.
    """

    is_: Annotated[WordList, Field(alias="is")] = ()
    """More words that stop everything."""
    confirmation: Localised | None = None
    """Said once, after the person stopped everything. No marketing, no buttons."""
    segments: tuple[SegmentUnsubscribe, ...] = ()
    """Words that stop one segment."""
    resubscribe: WordList = ()
    """More words that allow messages again."""
    resubscribed: Localised | None = None
    """Said to somebody who allowed messages again."""
    help_words: WordList = ()
    """More words that ask for help."""
    help: Localised | None = None
    """Said to somebody who asks for help."""
    still_off: Localised | None = None
    """Added to the reply when somebody who stopped everything opts in to one segment."""


class Bot(Piece):
    """A whole flow file."""

    assent: Literal["1"]
    """Version of the flow file's format."""
    bot: Id
    """The id of the bot: commands, addresses and buttons use it."""
    name: Localised
    """What people know the bot by."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    """The first one is the fallback."""
    segments: dict[Id, Segment] = {}
    """Named audiences that people opt in to."""
    fields: dict[Id, ContactField] = {}
    """What is stored about a person."""
    tags: tuple[Id, ...] = ()
    """Tags that the flow uses; if any are listed, it may use no other."""
    welcome: Id | None = None
    """The message sent to somebody who adds the bot."""
    default: Id | None = None
    """The message sent when nothing else answers."""
    keywords: tuple[KeywordRule, ...] = ()
    """Words that start a message. The first rule that fits answers, `is` before `contains`."""
    unsubscribe: Unsubscribe = Unsubscribe()
    """Additions to the built-in stop, start and help words."""
    messages: Annotated[dict[Id, Message], Field(min_length=1)]
    """The messages, by id."""
