"""Who is where in which sequence, as values, and the store as it is known by what takes people through sequences."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from messages.codec import RecordDecoder
from storage.ledger import LedgerPosition


class EnrolmentState(StrEnum):
    """Where somebody stands in a sequence."""

    ACTIVE = "active"
    DONE = "done"
    """They had the last step."""
    LEFT = "left"
    """Their membership ended, or staff took them out."""
    GOAL = "goal"
    """They met the sequence's `exit`."""


class Enrolment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's way through a sequence. There is one of each person and sequence: the latest."""

    bot: str
    sequence: str
    contact: str
    entered_at: datetime
    generation: int = 1
    """How often they entered it."""
    state: EnrolmentState = EnrolmentState.ACTIVE
    base: datetime | None = None
    """What the next wait runs from: the end of the step before. None: `entered_at`."""
    had: tuple[str, ...] = ()
    """Ids of the steps that are behind them, sent or passed over."""
    step: str = ""
    """Id of the next step."""
    due: datetime | None = None
    """When that is due; None where nothing tells yet, and where it has ended."""
    look_at: datetime | None = None
    """When it is looked at again, where that is not when it is due."""
    ended_at: datetime | None = None
    version: int = 0
    """The store's: 0 means not stored yet."""

    @property
    def comes_up(self) -> datetime | None:
        """When it is given out (`Enrolments.take_enrolments`)."""
        return self.look_at or self.due

    @property
    def run(self) -> str:
        """What the push of the next step is kept under: `course/1/day2`."""
        return f"{self.sequence}/{self.generation}/{self.step}"


class EnrolmentFeed(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the enrolments of a bot follow its ledger and its flow."""

    position: LedgerPosition = ()
    computed_by: str = ""
    """The live revision, by its digest, and the paused sequences that all that is due was computed by."""


read_enrolment = RecordDecoder[Enrolment](Enrolment)
read_feed = RecordDecoder[EnrolmentFeed](EnrolmentFeed)


class Enrolments(Protocol):
    """Ways of people through sequences."""

    async def known_enrolments(self, bot: str, keys: Sequence[tuple[str, str]]) -> Sequence[Enrolment | None]:
        """Return the enrolment of each sequence and contact, in this order; None where there is none."""
        ...

    async def enrolments(self, bot: str, sequence: str, *, after: str = "", limit: int = 1000) -> Sequence[Enrolment]:
        """Those of a sequence, by id of the contact; `after` is one."""
        ...

    async def enrolments_of(self, bot: str, contact: str) -> Sequence[Enrolment]:
        """Those of a person, by id of the sequence."""
        ...

    async def enrolment_counts(self, bot: str) -> Mapping[tuple[str, EnrolmentState], int]:
        """How many there are, by sequence and state."""
        ...

    async def save_enrolments(self, bot: str, enrolments: Sequence[Enrolment]) -> Sequence[bool]:
        """Keep each whose `version` is the store's, under the next version; tell of each whether it was kept."""
        ...

    async def take_enrolments(self, now: datetime, leased_until: datetime, *, limit: int = 100) -> Sequence[Enrolment]:
        """Return people of any bot whose next step is due, the earliest first. Until the lease is over, nobody else
        gets them, unless they are saved.
        """
        ...

    async def next_enrolment(self) -> datetime | None:
        """When the next step of anybody is due."""
        ...

    async def paused_sequences(self, bot: str) -> frozenset[str]: ...

    async def pause_sequence(self, bot: str, sequence: str, *, paused: bool) -> bool:
        """Pause a sequence, or let it go on; tell whether it was otherwise before."""
        ...

    async def enrolment_feed(self, bot: str) -> EnrolmentFeed: ...

    async def set_enrolment_feed(self, bot: str, feed: EnrolmentFeed) -> None:
        """Keep how far the ledger was followed: what came of it is saved before."""
        ...
