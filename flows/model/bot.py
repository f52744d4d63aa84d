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
    purpose: Localised | None = None
    """What the person agrees to, in words that the person reads. Kept with each opt-in in the ledger."""


class ContactField(Piece):
    """What a question, or a `set` part, stores: `team: {type: choice, choices: [Sales, Care]}`."""

    type: Literal["text", "email", "number", "date", "choice"] = "text"
    choices: tuple[Words | Choice, ...] = ()


class Message(Piece):
    """A message: parts in order, then quick replies."""

    title: Words | None = None
    """What the builder calls it, in reports."""
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    quick_replies: tuple[Button, ...] = ()


class KeywordRule(Piece):
    """Words that start a message: `{is: "hi, hello", message: hello}` or `{contains: pizza, message: lunch}`.

    With `opt_in` or `opt_out` the same words also change a segment: `{is: join tips, opt_in: tips, message: tips_on}`.
    """

    is_: Annotated[WordList | None, Field(alias="is")] = None
    contains: WordList | None = None
    message: Id
    opt_in: Id | None = None
    opt_out: Id | None = None

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
    segment: Id
    reply: Id


class Unsubscribe(Piece):
    """Stop, start and help words. The built-in ones always work; these are added to them.

    The runtime has its own confirmations in each language; `confirmation`, `resubscribed`, `help` and `still_off`
    replace them.
    """

    is_: Annotated[WordList, Field(alias="is")] = ()
    confirmation: Localised | None = None
    """Said once, after the person stopped everything. No marketing, no buttons."""
    segments: tuple[SegmentUnsubscribe, ...] = ()
    resubscribe: WordList = ()
    resubscribed: Localised | None = None
    help_words: WordList = ()
    help: Localised | None = None
    still_off: Localised | None = None
    """Added to the reply when somebody who stopped everything opts in to one segment."""


class Bot(Piece):
    """A whole flow file."""

    assent: Literal["1"]
    """Version of the flow file's format."""
    bot: Id
    name: Localised
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    """The first one is the fallback."""
    segments: dict[Id, Segment] = {}
    fields: dict[Id, ContactField] = {}
    tags: tuple[Id, ...] = ()
    welcome: Id | None = None
    default: Id | None = None
    keywords: tuple[KeywordRule, ...] = ()
    unsubscribe: Unsubscribe = Unsubscribe()
    messages: Annotated[dict[Id, Message], Field(min_length=1)]
