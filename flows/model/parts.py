"""Parts: what a message is made of, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Discriminator, Field, Tag

from flows.model.base import Id, Localised, Piece, Url, Words
from flows.model.buttons import Button, kind_of
from flows.model.conditions import Condition
from flows.model.part import PartBase, PartText, PlacedBranch
from flows.model.state_parts import (
    AddTagPart,
    ClearPart,
    CompletePart,
    EmitPart,
    HandOverPart,
    JoinPart,
    LeavePart,
    RemoveTagPart,
    SetPart,
    WaitPart,
    WaitUntilPart,
)


class TextPart(PartBase):
    """Says something, with buttons under it.

    `{text: "Shall we send you a tip every Monday?", buttons: [{label: Yes please, opt_in: tips, reply: tips_on}]}`
    """

    text: Localised
    """What is said."""
    buttons: tuple[Button, ...] = ()
    """Buttons under the text."""
    says: ClassVar[bool] = True

    def texts(self) -> Iterator[PartText]:
        yield PartText(("text",), "text", self.text)


class Card(Piece):
    """One card of a carousel."""

    title: Localised
    """The first line of the card."""
    subtitle: Localised | None = None
    """The line below it."""
    image: Url | None = None
    """The picture above them."""
    buttons: tuple[Button, ...] = ()
    """Buttons under the card."""

    def texts(self) -> Iterator[PartText]:
        """Yield its texts in the order of the file, but for the labels of its buttons."""
        yield PartText(("title",), "title", self.title)
        if self.subtitle is not None:
            yield PartText(("subtitle",), "subtitle", self.subtitle)


class CarouselPart(PartBase):
    """Cards side by side.

    `{carousel: [{title: Sleep, subtitle: Rest well, image: "https://example.org/sleep.png", buttons: [...]}]}`
    """

    carousel: Annotated[tuple[Card, ...], Field(min_length=1)]
    """The cards, from left to right."""
    says: ClassVar[bool] = True

    def texts(self) -> Iterator[PartText]:
        for position, card in enumerate(self.carousel):
            yield from (text.under("carousel", position) for text in card.texts())


class ImagePart(PartBase):
    """Shows a picture: `{image: "https://example.org/sun.png", alt: The sun}`."""

    image: Url
    """The address of the picture."""
    alt: Localised | None = None
    """What it shows, for people who do not see it."""
    says: ClassVar[bool] = True

    def texts(self) -> Iterator[PartText]:
        if self.alt is not None:
            yield PartText(("alt",), "alt", self.alt)


class FilePart(PartBase):
    """Offers a file or a page: `{file: "https://example.org/guide.pdf", title: The guide}`."""

    file: Url
    """The address of the file or page."""
    title: Localised
    """What the link is called."""
    says: ClassVar[bool] = True

    def texts(self) -> Iterator[PartText]:
        yield PartText(("title",), "title", self.title)


class Choice(Piece):
    """One answer of a `choice` question: what is stored, and what the person sees and types."""

    value: Words
    """What is stored."""
    label: Localised
    """What the person sees and types."""


def choice_texts(choices: Sequence[str | Choice]) -> Iterator[PartText]:
    """Yield what the person sees of choices, with the way to it from their list."""
    for position, choice in enumerate(choices):
        if isinstance(choice, Choice):
            yield PartText((position, "label"), "choice", choice.label)
        else:
            yield PartText((position,), "choice", choice)


LONGEST_ANSWER: Final = 2000
"""How many characters an answer can have."""


class LimitTexts(Piece):
    """What is said to an answer that breaks a limit: `{max: Ten is the most., step: Whole numbers only.}`."""

    min: Localised | None = None
    """Said to less than `min`."""
    max: Localised | None = None
    """Said to more than `max`."""
    step: Localised | None = None
    """Said to what is between two steps."""
    min_length: Localised | None = None
    """Said to what is too short."""
    max_length: Localised | None = None
    """Said to what is too long."""

    def texts(self) -> Iterator[PartText]:
        """Yield its texts in the order of its keys."""
        for rule in type(self).model_fields:
            if (text := getattr(self, rule)) is not None:
                yield PartText((rule,), "retry", text)


class QuestionPart(PartBase):
    """Asks, waits for the answer and stores it in a field; what follows runs once the answer is good.

    `{question: Which team are you in?, field: team, type: choice, choices: [Sales, Care], retry: Please pick one.}`
    """

    question: Localised
    """What is asked."""
    field: Id
    """The field that stores the answer."""
    type: Literal["text", "email", "number", "date", "choice"] = "text"
    """What counts as an answer."""
    choices: tuple[Words | Choice, ...] = ()
    """The answers of a choice question."""
    min: Words | None = None
    """The least number, or the first date, that is an answer."""
    max: Words | None = None
    """The greatest number, or the last date, that is an answer."""
    step: Words | None = None
    """How far numbers are apart, counted from `min`, or from 0: `1` for whole numbers."""
    min_length: Annotated[int, Field(ge=1, le=LONGEST_ANSWER)] | None = None
    """How many characters a text has at least."""
    max_length: Annotated[int, Field(ge=1, le=LONGEST_ANSWER)] | None = None
    """How many characters a text has at most."""
    retry: Localised | None = None
    """Said when the answer does not fit; without it the runtime's own words for the type."""
    retry_for: LimitTexts | None = None
    """Said, in place of `retry`, when the answer breaks one limit."""
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    """How often the person may answer before the question is given up."""
    otherwise: Id | None = None
    """Message to send when the question is given up."""
    expects: tuple[Words, ...] = ()
    """Soft unsubscribe words (cancel, end, quit) that are answers to this question, not an unsubscribe."""
    says: ClassVar[bool] = True

    def texts(self) -> Iterator[PartText]:
        yield PartText(("question",), "question", self.question)
        if self.retry is not None:
            yield PartText(("retry",), "retry", self.retry)
        if self.retry_for is not None:
            yield from (text.under("retry_for") for text in self.retry_for.texts())
        yield from (text.under("choices") for text in choice_texts(self.choices))


class IfPart(PartBase):
    """Goes on with `then` or with `else`: parts, or the id of a message to go to.

    `{if: {segment: tips}, then: already_in, else: [{text: Would you like tips?}]}`
    """

    if_: Annotated[Condition, Field(alias="if")]
    """The condition."""
    then: Id | tuple[Part, ...]
    """Parts, or the id of a message, if it holds."""
    else_: Annotated[Id | tuple[Part, ...], Field(alias="else")] = ()
    """Parts, or the id of a message, if it does not."""

    def branches(self) -> tuple[PlacedBranch, ...]:
        return PlacedBranch(("then",), self.then), PlacedBranch(("else",), self.else_)


class Way(Piece):
    """One way of a split: `{weight: 2, then: [{text: Good morning.}]}`."""

    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    """Its share of people, beside the weights of the other ways."""
    then: Id | tuple[Part, ...]
    """Parts, or the id of a message."""


class SplitPart(PartBase):
    """Sends each person one of several ways, by chance, and the same person the same way each time.

    `{split: greeting, ways: [{then: [{text: Hello.}]}, {weight: 3, then: greet_warmly}]}`
    """

    split: Id
    """Names the split: splits of one name send a person the same way."""
    ways: Annotated[tuple[Way, ...], Field(min_length=2, max_length=20)]
    """The ways, each with its share."""

    def branches(self) -> tuple[PlacedBranch, ...]:
        return tuple(PlacedBranch(("ways", position, "then"), way.then) for position, way in enumerate(self.ways))


class GoToPart(PartBase):
    """Goes on with another message; what follows here is not run: `{go_to: menu}`."""

    go_to: Id
    """The message to go on with."""


MAX_CALLS: Final = 10
"""How many messages can wait for the end of others that they called."""


class CallMessagePart(PartBase):
    """Runs another message, with its questions and waits, and comes back: `{call_message: ask_address}`.

    What the other message goes on to with `go_to` belongs to it: the end of that comes back. A press, a keyword or a
    stop in the middle ends both, as it ends any message that waits.
    """

    call_message: Id
    """The message to run."""


class IfHoursPart(PartBase):
    """Goes on with `then` within the hours of that name, and with `else` outside: parts, or the id of a message.

    `{if_hours: office, then: person, else: [{text: We are back on the next working day.}]}`
    """

    if_hours: Id
    """One of the bot's `hours`."""
    then: Id | tuple[Part, ...]
    """Parts, or the id of a message, within the hours."""
    else_: Annotated[Id | tuple[Part, ...], Field(alias="else")] = ()
    """Parts, or the id of a message, outside of them."""

    def branches(self) -> tuple[PlacedBranch, ...]:
        return PlacedBranch(("then",), self.then), PlacedBranch(("else",), self.else_)


PARTS: dict[str, type[Any]] = {
    "text": TextPart,
    "carousel": CarouselPart,
    "question": QuestionPart,
    "if": IfPart,
    "set": SetPart,
    "clear": ClearPart,
    "add_tag": AddTagPart,
    "remove_tag": RemoveTagPart,
    "go_to": GoToPart,
    "call_message": CallMessagePart,
    "split": SplitPart,
    "wait": WaitPart,
    "wait_until": WaitUntilPart,
    "if_hours": IfHoursPart,
    "hand_over": HandOverPart,
    "emit": EmitPart,
    "complete": CompletePart,
    "join": JoinPart,
    "leave": LeavePart,
    "image": ImagePart,
    "file": FilePart,
}
"""Every kind of part, by the key that tells it."""


def _part_kind(value: object) -> str | None:
    return kind_of(value, PARTS)


Part = Annotated[
    Annotated[TextPart, Tag(":text")]
    | Annotated[CarouselPart, Tag(":carousel")]
    | Annotated[QuestionPart, Tag(":question")]
    | Annotated[IfPart, Tag(":if")]
    | Annotated[SetPart, Tag(":set")]
    | Annotated[ClearPart, Tag(":clear")]
    | Annotated[AddTagPart, Tag(":add_tag")]
    | Annotated[RemoveTagPart, Tag(":remove_tag")]
    | Annotated[GoToPart, Tag(":go_to")]
    | Annotated[CallMessagePart, Tag(":call_message")]
    | Annotated[SplitPart, Tag(":split")]
    | Annotated[WaitPart, Tag(":wait")]
    | Annotated[WaitUntilPart, Tag(":wait_until")]
    | Annotated[IfHoursPart, Tag(":if_hours")]
    | Annotated[HandOverPart, Tag(":hand_over")]
    | Annotated[EmitPart, Tag(":emit")]
    | Annotated[CompletePart, Tag(":complete")]
    | Annotated[JoinPart, Tag(":join")]
    | Annotated[LeavePart, Tag(":leave")]
    | Annotated[ImagePart, Tag(":image")]
    | Annotated[FilePart, Tag(":file")],
    Discriminator(_part_kind),
]

IfPart.model_rebuild()
Way.model_rebuild()
SplitPart.model_rebuild()
IfHoursPart.model_rebuild()
