"""Parts that say nothing: they remember, mark, wait, emit, join, or give the conversation to a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from flows.model.base import Duration, Id, Localised, Subscription, WordList, Words
from flows.model.part import PartBase, PartText


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


class PausePart(PartBase):
    """What every part has that pauses: the next part runs by itself, later."""

    def written(self) -> tuple[str, str]:
        """Return the key that tells the time, and what stands there."""
        raise NotImplementedError


class WaitPart(PausePart):
    """Pauses before the next part: `{wait: 3s}`."""

    wait: Duration
    """How long: `3s`, `10m`, `2h`, `1d`."""

    def written(self) -> tuple[str, str]:
        return "wait", self.wait


class WaitUntilPart(PausePart):
    """Pauses until a time by the person's clock: `{wait_until: next working day at 09:00, hours: office}`."""

    wait_until: Words
    """`at 09:00`, `2d at 09:00`, `next working day at 09:00`, `field.start_date - 1d at 09:00`."""
    hours: Id | None = None
    """The hours whose days are the working days; without it, Monday to Friday. Their zone counts, if they have one."""

    def written(self) -> tuple[str, str]:
        return "wait_until", self.wait_until


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
