"""Parts: what a message is made of, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple

from pydantic import Discriminator, Field, Tag

from flows.model.base import Duration, Id, Localised, Piece, Subscription, Url, WordList, Words
from flows.model.buttons import Button, kind_of
from flows.model.conditions import Condition

TextKind = Literal["text", "label", "title", "subtitle", "question", "retry", "choice", "alt", "name", "own", "value"]
"""What a text of a flow is: `name` a segment's, `own` in place of a built-in one, `value` what nobody reads."""


class PartText(NamedTuple):
    """A text of a part: the keys and positions that lead to it from the part, what it is, and the words."""

    path: tuple[str | int, ...]
    kind: TextKind
    text: Localised

    def under(self, *path: str | int) -> PartText:
        """Return the text as it is reached from further out."""
        return self._replace(path=(*path, *self.path))


class PlacedBranch(NamedTuple):
    """One way on from a part: the keys that lead to it from the part, and its parts or the id of a message."""

    path: tuple[str | int, ...]
    goes_on: str | tuple[Part, ...]


class PartBase(Piece):
    """What every part has."""

    says: ClassVar[bool] = False
    """Whether the person gets something from it."""

    def branches(self) -> tuple[PlacedBranch, ...]:
        """Return the branches of a part that goes on with one of several."""
        return ()

    def texts(self) -> Iterator[PartText]:
        """Yield its texts in the order of the file, but for the labels of its buttons."""
        yield from ()


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
    retry: Localised | None = None
    """Said when the answer does not fit; without it the runtime's own words for the type."""
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


class SetPart(PartBase):
    """Stores a field: `{set: team, to: Sales}`. `to` may hold placeholders."""

    set: Id
    """The field to store."""
    to: Words
    """What to store; may hold placeholders."""

    def texts(self) -> Iterator[PartText]:
        yield PartText(("to",), "value", self.to)


class ClearPart(PartBase):
    """Forgets a field: `{clear: team}`."""

    clear: Id
    """The field to forget."""


class AddTagPart(PartBase):
    """Puts a tag on the person: `{add_tag: vip}`."""

    add_tag: Id
    """The tag to put on."""


class RemoveTagPart(PartBase):
    """Takes a tag off the person: `{remove_tag: vip}`."""

    remove_tag: Id
    """The tag to take off."""


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


class WaitPart(PartBase):
    """Pauses before the next part: `{wait: 3s}`."""

    wait: Duration
    """How long: `3s`, `10m`, `2h`, `1d`."""


class HandOverPart(PartBase):
    """Asks for a person to take over; the bot is silent, consent words excepted, until it is handed back.

    `{hand_over: Wants to talk about shifts, back: "assistant, menu", back_label: Back to the assistant}`

    The bot says how it is brought back, with a button; where the message has a button of its own that sends a message,
    it does so only if `back` or `back_label` is given.
    """

    hand_over: Words
    """A note for the person who takes over."""
    back: WordList = ()
    """More words that bring the bot back, as whole messages; `bot` always does."""
    back_label: Localised | None = None
    """The words on the button that brings the bot back."""

    def texts(self) -> Iterator[PartText]:
        yield PartText(("hand_over",), "value", self.hand_over)
        if self.back_label is not None:
            yield PartText(("back_label",), "label", self.back_label)


class EmitPart(PartBase):
    """Emits a custom event, for filters and integrations: `{emit: cart_added, data: {item: mug}}`."""

    emit: Id
    """The name of the event."""
    data: dict[Id, Words] = {}
    """Facts that go with it; may hold placeholders."""

    def texts(self) -> Iterator[PartText]:
        for key, value in self.data.items():
            yield PartText(("data", key), "value", value)


class CompletePart(PartBase):
    """Marks something as completed by the person: `{complete: collection, item: sleep-course}`."""

    complete: Literal["product", "collection", "flow"]
    """What kind of thing is completed."""
    item: Id
    """Which one."""


class JoinPart(PartBase):
    """Adds the person to a topic or a sequence, unless they opted out of it: `{join: "sequence:onboarding"}`.

    It is the flow's doing, not the person's own act: a press on a button that opts in weighs more.
    """

    join: Subscription
    """`topic:ID` or `sequence:ID`."""


class LeavePart(PartBase):
    """Removes the person from a topic or a sequence: `{leave: "sequence:onboarding"}`."""

    leave: Subscription
    """`topic:ID` or `sequence:ID`."""


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
