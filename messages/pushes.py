"""What a bot says that no act of the person caused: where it stands, and why somebody does not get it.

A *run* is one sending of a broadcast, a *push* is one message of a run, or of a step of a sequence, to one person, and
its *claim* is the commit that decides that it goes out now. Who waits has no record yet.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class RunState(StrEnum):
    """Where one sending of a broadcast stands."""

    PLANNED = "planned"
    """Its time has not come."""
    RUNNING = "running"
    PAUSED = "paused"
    """By staff."""
    HELD = "held"
    """By the runtime, for a reason that staff must look at; resumed by hand."""
    FINISHED = "finished"
    """Nobody waits, is deferred or on the way."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    MISSED = "missed"
    """Its time passed while no server ran, longer ago than may be caught up."""
    OVERLAPPED = "overlapped"
    """The run before it was not over."""


OVER: Final = (RunState.FINISHED, RunState.CANCELLED, RunState.EXPIRED, RunState.MISSED, RunState.OVERLAPPED)
"""States that a run does not leave."""


class PushState(StrEnum):
    """Where one message to one person stands. Receipts never go back."""

    DEFERRED = "deferred"
    """Later, for a reason (`Deferral`)."""
    SENDING = "sending"
    """Claimed: it is on the way."""
    SENT = "sent"
    """The channel took it."""
    DELIVERED = "delivered"
    """The channel said so."""
    READ = "read"
    FAILED = "failed"
    """The channel refused it."""
    UNKNOWN = "unknown"
    """Nobody knows whether the channel took it. Sent again by staff's word alone."""
    SKIPPED = "skipped"
    """Not sent, for a reason (`SkipReason`)."""


ATTEMPTED: Final = (PushState.SENDING, PushState.SENT, PushState.DELIVERED, PushState.READ, PushState.UNKNOWN)
"""States in which the person has the message, or may have it: nobody in one of them gets it from its family again."""


class SkipReason(StrEnum):
    """Why somebody does not get a push. Closed list; those marked are followed by `: ` and what it says."""

    NOT_A_MEMBER = "not a member"
    OPTED_OUT = "opted out"
    STOPPED = "stopped everything"
    LEFT_FILTER = "left the filter"
    EXCLUDED = "excluded"
    ERASED = "erased"
    MERGED = "merged into"
    """With the id of the contact that has it instead."""
    NO_ACCOUNT = "no account"
    UNREACHABLE = "unreachable"
    """With the code that the channel gave."""
    OUTSIDE_WINDOW = "outside the window"
    NOT_PERMITTED = "not permitted"
    """With the channel."""
    CAP = "cap"
    HOLDOUT = "holdout"
    IN_A_QUESTION = "in a question"
    WITH_A_PERSON = "with a person"
    QUIET = "quiet until after expiry"
    TIME_PASSED = "time passed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    HAS_IT = "has it already"
    """From another run to the same audience."""
    NOTHING_TO_SAY = "nothing to say"
    """Its message has nothing for them: by its conditions, or by a fault in the flow."""


class Deferral(StrEnum):
    """Why a push is put off."""

    RATE = "rate"
    PASSING_FAULT = "passing fault"
    QUIET = "quiet"
    MOVED = "moved"
    BUSY = "busy"
    """A reply waits in the conversation."""
    WITH_A_QUESTION = "with a question"
    """The conversation asks, or waits, for something else."""
    WITH_A_PERSON = "with a person"
    AGAIN = "again"
    """Staff have it sent once more, after it failed or nobody knew."""


def reason_text(reason: SkipReason, about: str = "") -> str:
    """Return a reason as it is kept: `unreachable: ConversationBlockedByUser`."""
    return f"{reason.value}: {about}" if about else reason.value


def reason_kind(text: str) -> str:
    """Return the reason that a kept text begins with: what is counted."""
    return text.partition(":")[0]


class PushRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which push a message is, beside its contact."""

    run: str
    """Id of the run; of a step `<sequence>/<generation>/<step>`."""
    attempt: int = 1


class PushFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was known when a push was decided. It is kept with the turn, so that replay asks nobody.

    The person's consent, conversation and contact are in the snapshot, as in every turn.
    """

    in_segment: bool | None = None
    """Whether they are in the subject's segment, where that is a filter; None: the subject has memberships."""
    used: bool = False
    """An earlier attempt of this push used up a consent that is good for one message, and nothing was said since."""
    left_filter: bool = False
    excluded: bool = False
    had_by: str = ""
    """The contact that had this run already, of those that this one took over."""
    window_until: datetime | None = None
    """Until when the channel lets a bot speak unasked; None: it sets no bound."""
    not_permitted: str = ""
    """The channel that takes no pushes of this kind."""
    quiet_until: datetime | None = None
    """The end of the person's quiet hours; None: it is not quiet."""
    due_by_zone: datetime | None = None
    """When it is due by the zone the person is in now, where that is not what was planned."""
    catch_up: int = 0
    """Seconds by which it may be late where that is past."""
    pushed_at: tuple[datetime, ...] = ()
    """Claims of other pushes to them within the time of the cap."""
    cap: int = 0
    """So many pushes within its time are all that they get; 0: there is no cap."""
    replies_wait: bool = False
    """Whether replies wait in the conversation."""
    subject_row: int = 0
    """Sequence of the ledger row that their membership of the subject stands on; 0: there is none."""
    everything_row: int = 0
    """The same of everything pushed."""
