"""Work that turns decided and that is done after their commit, as values, and the store as its worker knows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from messages.codec import RecordDecoder
from messages.effects import Call, Notify, WorkEffect
from messages.inbound import ConversationReference
from storage.ledger import LedgerPosition
from storage.records import JournalEntry


class WorkState(StrEnum):
    """How a row stands. What was done has none."""

    WAITING = "waiting"
    """It is due at `Work.due`; while somebody does it, that is when their lease is over."""
    DEAD = "dead"
    """It was given up; staff can have it done again."""


class Work(msgspec.Struct, frozen=True, omit_defaults=True):
    """An effect that is to be done, at least once, under the effect's id."""

    bot: str
    effect: WorkEffect
    created_at: datetime
    due: datetime
    conversation: str = ""
    contact: str = ""
    reference: ConversationReference | None = None
    """Where its outcome is an event; None where it has none."""
    lane: str = ""
    """Rows of one lane are done one after another, in the order in which they were written. Empty: none waits."""
    turn: str = ""
    attempts: int = 0
    """How often it was taken: whoever took it last has it."""
    state: WorkState = WorkState.WAITING
    reason: str = ""
    """Why the last attempt failed."""
    place: int = 0
    """The store's: where it is kept."""

    @property
    def id(self) -> str:
        """The key under which it is done."""
        return self.effect.id

    @property
    def kind(self) -> str:
        """What it is: the tag of its effect."""
        return str(self.effect.__struct_config__.tag)

    @property
    def is_personal(self) -> bool:
        """Whether it says more of its person than their id: erasing takes it."""
        return isinstance(self.effect, Call | Notify)


read_work = RecordDecoder[Work](Work)


def lane_of(effect: WorkEffect, contact: str) -> str:
    """Return the lane of an effect: what a hook is told of one person comes in order."""
    return f"{effect.hook}/{contact}" if not isinstance(effect, Call) else ""


def work_of(effect: WorkEffect, entry: JournalEntry) -> Work:
    """Return the row of an effect of a turn, due at once."""
    return Work(
        bot=entry.bot,
        effect=effect,
        created_at=entry.at,
        due=entry.at,
        conversation=entry.outcome.state.key,
        contact=entry.outcome.contact.id,
        reference=entry.outcome.state.reference,
        lane=lane_of(effect, entry.outcome.contact.id),
        turn=entry.turn,
    )


class WorkFeed(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the rows of a bot's hooks follow its ledger, and its audit, which tells who was erased."""

    position: LedgerPosition = ()
    audit: int = 0
    begun: bool = False
    """Whether it was ever brought to an end; what came before that no hook hears of."""


read_feed = RecordDecoder[WorkFeed](WorkFeed)


class WorkRows(Protocol):
    """Work that turns left, and that follows the ledger."""

    async def add_work(self, bot: str, work: Sequence[Work]) -> None:
        """Write rows that no turn leaves. One whose id is waiting, or was given up, is passed over."""
        ...

    async def take_work(self, now: datetime, leased_until: datetime, *, limit: int = 100) -> Sequence[Work]:
        """Return work of any bot that is due, the earliest first, with one attempt more. Until the lease is over nobody
        else gets it. Of each lane, the first that waits alone is given out.
        """
        ...

    async def end_work(self, work: Work) -> bool:
        """Take away a row that is done. False, and nothing changes, when somebody else took it meanwhile."""
        ...

    async def keep_work(self, work: Work) -> bool:
        """Keep `due`, `state` and `reason` of a row that was tried. False as `end_work`."""
        ...

    async def work_again(self, bot: str, work: str, now: datetime) -> bool:
        """Make a row that was given up due again; tell whether there was one."""
        ...

    async def dead_work(self, bot: str, *, limit: int = 100) -> Sequence[Work]:
        """Rows that were given up, in the order in which they were written."""
        ...

    async def work_counts(self, bot: str) -> Mapping[tuple[str, WorkState], int]:
        """How many rows there are, by kind and state."""
        ...

    async def next_work(self) -> datetime | None:
        """When work is due next."""
        ...

    async def work_feed(self, bot: str) -> WorkFeed: ...

    async def set_work_feed(self, bot: str, feed: WorkFeed) -> None:
        """Keep how far was followed: the rows that came of it are added before."""
        ...
