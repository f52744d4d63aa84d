"""What becomes of a push, as every store writes it: what a turn decided, what may follow on what, what is counted."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
from pyroaring import BitMap

from flows.engine.turn import Turn
from messages.codec import RecordDecoder, encode
from messages.effects import DeferPush, Send, SkipPush
from messages.inbound import PushDue
from messages.pushes import PushState, RunState, SkipReason, reason_kind
from storage.push_records import BroadcastRecord, Bucket, PushRow, RunRecord, RunStatus

ENGINE_FAULT: Final = "engine fault"
"""Why a push failed that a turn decided nothing about."""

STEP: Final = "/"
"""Stands in the `run` of a step of a sequence, and in no id of a run."""

decode_broadcast = RecordDecoder[BroadcastRecord](BroadcastRecord)
decode_run = RecordDecoder[RunRecord](RunRecord)

_CUT_SHORT: Final = {RunState.CANCELLED: SkipReason.CANCELLED, RunState.EXPIRED: SkipReason.EXPIRED}
"""What nobody gets any more of a run that ended so: whoever waits or is deferred is skipped for that."""

Counts = Mapping[tuple[PushState, str], int]


class PushKind(msgspec.Struct, frozen=True, omit_defaults=True):
    """What many pushes of a run have in common beside their subject: stores keep it once."""

    variant: str = ""
    channel: str = ""
    zone: str = ""
    membership: str = ""
    revision: int = 0
    message: str = ""


def kind_of(row: PushRow) -> PushKind:
    return PushKind(row.variant, row.channel, row.zone, row.membership, row.revision, row.message)


class DecidedPush(NamedTuple):
    """What a turn decided of a push."""

    event: PushDue
    state: PushState
    reason: str
    until: datetime | None
    membership: str
    """How the person stood to the subject."""

    @property
    def run(self) -> str:
        return self.event.push.run

    @property
    def is_claim(self) -> bool:
        return self.state is PushState.SENDING

    def kind(self, channel: str) -> "PushKind":
        event = self.event
        return PushKind(event.variant, channel, event.zone, self.membership, event.revision, event.message)


def decided_push(event: PushDue, outcome: Turn, membership: str) -> DecidedPush:
    """Return what a turn decided of the push that it was taken for."""
    for effect in outcome.effects:
        match effect:
            case Send(message) if message.push is not None:
                return DecidedPush(event, PushState.SENDING, "", None, membership)
            case SkipPush(reason):
                return DecidedPush(event, PushState.SKIPPED, reason, None, membership)
            case DeferPush(until, why):
                return DecidedPush(event, PushState.DEFERRED, why.value, until, membership)
    return DecidedPush(event, PushState.FAILED, ENGINE_FAULT, None, membership)


_FOLLOWS: Final[Mapping[PushState, frozenset[PushState]]] = {
    PushState.SENDING: frozenset(
        {PushState.SENT, PushState.FAILED, PushState.UNKNOWN, PushState.SKIPPED, PushState.DEFERRED}
    ),
    PushState.UNKNOWN: frozenset({PushState.SENT}),
}

TOLD: Final[Mapping[PushState, frozenset[PushState]]] = {
    PushState.DELIVERED: frozenset({PushState.SENT}),
    PushState.READ: frozenset({PushState.SENT, PushState.DELIVERED}),
}
"""By what a receipt says: in which states it tells something new. "All that was sent up to then" is no proof that an
unknown one was sent, nor is the id of its first part.
"""


def may_end(before: PushState, after: PushState) -> bool:
    """Tell whether a push that was sending, or unknown, may come to that."""
    return after in _FOLLOWS.get(before, ())


def counted(state: PushState, reason: str) -> tuple[PushState, str]:
    """Return under what a push is counted."""
    return state, reason_kind(reason)


def shown_row(row: PushRow, state: RunState | None) -> PushRow:
    """Return a row as it is read: deferred in a run that was cut short is skipped."""
    if row.state is PushState.DEFERRED and state in _CUT_SHORT:
        return msgspec.structs.replace(row, state=PushState.SKIPPED, reason=_CUT_SHORT[state].value, until=None)
    return row


def status(
    state: RunState,
    epoch: int,
    planned: int,
    counts: Counts,
    *,
    reason: str,
    changed_at: datetime | None,
    changed_by: str,
) -> RunStatus:
    """Return where a run stands. `counts`: as they were written."""
    shown = {key: count for key, count in counts.items() if count}
    cut = _CUT_SHORT.get(state)
    if cut is not None:
        deferred = [key for key in shown if key[0] is PushState.DEFERRED]
        left = planned - sum(shown.values()) + sum(shown.pop(key) for key in deferred)
        if left:
            skipped = (PushState.SKIPPED, cut.value)
            shown[skipped] = shown.get(skipped, 0) + left
    return RunStatus(state, epoch, shown, reason, changed_at, changed_by)


def is_done(planned: int, counts: Counts) -> bool:
    """Tell whether nobody of a run waits, is deferred or on the way."""
    open_states = (PushState.DEFERRED, PushState.SENDING)
    under_way = sum(count for (state, _), count in counts.items() if state in open_states)
    return not under_way and sum(counts.values()) >= planned


def counts_from_the_start(run: RunRecord) -> dict[tuple[PushState, str], int]:
    """Return how many are skipped before anybody's turn, by reason."""
    counts: dict[tuple[PushState, str], int] = {}
    for reason, people in run.skipped.items():
        key = counted(PushState.SKIPPED, reason)
        counts[key] = counts.get(key, 0) + len(BitMap.deserialize(people))
    return counts


def step_as_run(bot: str, step: str, at: datetime | None) -> bytes:
    """Return a record for the pushes of a step, which no run of a broadcast has."""
    nobody = datetime.fromtimestamp(0, UTC)
    content = BroadcastRecord(bot, step, step, "", at or nobody, "")
    return encode(RunRecord(bot, step, "", step, step, content, at or nobody, "", at or nobody, at or nobody))


def header(run: RunRecord) -> RunRecord:
    """Return a run without those it is for: what a listing shows."""
    return msgspec.structs.replace(run, audience=b"", skipped={}, buckets=())


def people_of(bucket: Bucket) -> BitMap:
    return BitMap.deserialize(bucket.people)


def without_people(run: RunRecord) -> RunRecord:
    """Return a run whose buckets hold nobody: stores keep their people apart."""
    buckets = tuple(msgspec.structs.replace(bucket, people=b"") for bucket in run.buckets)
    return msgspec.structs.replace(run, buckets=buckets)


def with_people(run: RunRecord, people: Sequence[bytes]) -> RunRecord:
    """Return a run as it was before `without_people`."""
    buckets = tuple(
        msgspec.structs.replace(bucket, people=held) for bucket, held in zip(run.buckets, people, strict=True)
    )
    return msgspec.structs.replace(run, buckets=buckets)
