"""The consent of one person as one timeline: what changed, by whom, on which words, and what was sent after a no.

A proof is made of values alone: ledger rows, recorded turns, deliveries, imports, staff's acts. What is masked is
masked before it comes here.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from consent.membership import STILL_AN_ANSWER
from flows.engine import trace
from messages.consent import ALL, ConsentChange, LedgerRow, Membership, SourceKind
from messages.effects import Send
from messages.inbound import HandedBack, PushDue, StoppedByChannel, TimerFired
from replay.visible import lines_of
from storage.audience_records import FailedRow, ImportJob
from storage.records import AuditRow, DeliveryStatus, JournalEntry, LedgerMark, OutboxRow

_Moment = tuple[datetime, str]
"""A time, and the turn that decided: within the same millisecond the order of the turns counts."""


class Noes:
    """The changes of one person, who may have been several contacts, each of which said yes and no for itself."""

    def __init__(self, rows: Iterable[LedgerRow]) -> None:
        self._changes: defaultdict[str, dict[str, list[tuple[_Moment, ConsentChange]]]] = defaultdict(dict)
        turns: set[str] = set()
        for row in sorted(rows, key=lambda row: row.sequence):
            change = row.change
            known = self._changes[change.subject].setdefault(change.contact, [])
            moment = (change.at, change.turn)
            # Clocks of two servers differ: what was committed later did not happen before.
            known.append((max(moment, known[-1][0]) if known else moment, change))
            if change.turn and change.after is Membership.OPTED_OUT:
                turns.add(change.turn)
        self.turns: Final = frozenset(turns)
        """The turns in which the person said no."""

    def standing_at(self, at: datetime, turn: str, subjects: Sequence[str], contact: str) -> ConsentChange | None:
        """Return the no that held when a message left that a turn decided, to the first of the subjects that has one.

        `contact` is whom it was decided for; a no of theirs goes before one that they said as another contact.
        """
        for subject in subjects:
            noes: list[ConsentChange] = []
            for changes in self._changes.get(subject, {}).values():
                place = bisect_right(changes, (at, turn), key=lambda each: each[0])
                if place and (last := changes[place - 1][1]).after is Membership.OPTED_OUT:
                    noes.append(last)
            if noes:
                return next((no for no in noes if no.contact == contact), noes[0])
        return None


VERSION: Final = 1

_BY_CHANNEL: Final = "in the channel's own way"


class StepKind(StrEnum):
    """What a step of the timeline is."""

    CHANGED = "changed"
    """A ledger row."""
    UNCHANGED = "unchanged"
    """An act of the person that found things so already."""
    LATE = "late"
    """An act of the person that would have raised consent, older than their no: it changed nothing."""
    REFUSED = "refused"
    """A row of a file that added nobody."""
    STAFF = "staff"
    """What staff did to the contact, or to the conversation."""
    SENT = "sent"
    """A message that left after a no."""


class ImportOrigin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which line of which file, and who brought it."""

    job: str
    line: int
    file_name: str = ""
    """Empty where the job is not kept any more, or the name went with an erased person."""
    digest: str = ""
    """SHA-256 of the file, in hex."""
    actor: str = ""
    at: datetime | None = None


class ProofStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the timeline."""

    kind: StepKind
    at: datetime
    """When we received it, or did it."""
    own_act: bool = False
    """Whether the person did it; everything else was done by somebody else."""
    subject: str = ""
    """Segment id, or `ALL`; empty where it is about no subject."""
    sequence: int = 0
    """Of the ledger row."""
    hash: str = ""
    """Of the ledger row and all rows before it, in hex."""
    change: ConsentChange | None = None
    """The ledger row."""
    origin: ImportOrigin | None = None
    purpose: str = ""
    """Of a change by staff: what the segment was for, by the revision that was live then, or by the segment itself."""
    actor: str = ""
    """Of staff."""
    said: str = ""
    """What the person typed or pressed."""
    sent: tuple[str, ...] = ()
    """Of a sent message, or of the answer to a change: its lines, which the person saw unless `undelivered` is set."""
    delivered_at: datetime | None = None
    undelivered: str = ""
    """Of an answer that is not known to have arrived: how far it came."""
    reason: str = ""
    """Why it changed nothing, why it was allowed, or by which means of the channel it was done."""
    conversation: str = ""
    turn: str = ""


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that tells how one person stands, and how that can be verified."""

    bot: str
    contact: str
    store: str
    """Id of the store."""
    made_at: datetime
    version: int
    """Of this form: `VERSION`."""
    subject: str = ""
    """The segment that it is about; empty: all of them."""
    masked: bool = True
    """Whether names and what the person typed were hidden."""
    also: tuple[str, ...] = ()
    """Contacts that were merged into this one; their rows are among the steps."""
    steps: tuple[ProofStep, ...] = ()
    """In order of time."""
    memberships: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    """By subject, as stored."""
    heads: tuple[LedgerMark, ...] = ()
    """The last row of each shard of the ledger when this was made."""
    pruned: int = 0
    """How many changes were made in turns that are not kept any more; nor may be what was sent before or after."""
    unreadable: tuple[str, ...] = ()
    """Recorded turns of the person that this version can't read."""
    tampered: tuple[str, ...] = ()
    """What is missing, moved or altered in the person's conversations, beside the ledger."""

    @property
    def sent_after_a_no(self) -> tuple[ProofStep, ...]:
        """What left after the person had said no, each with why it was allowed."""
        return tuple(step for step in self.steps if step.kind is StepKind.SENT)


class Material(msgspec.Struct, frozen=True):
    """What a timeline is made of, all about one person."""

    rows: Sequence[LedgerRow]
    hashes: Mapping[int, str]
    entries: Sequence[JournalEntry]
    outbox: Sequence[OutboxRow]
    audit: Sequence[AuditRow]
    imports: Mapping[str, ImportJob]
    """Those that ledger rows name, by id."""
    refused: Sequence[tuple[ImportJob, FailedRow]] = ()
    """Rows that name the person and added nobody."""
    purposes: Mapping[int, str] = msgspec.field(default_factory=dict)
    """What a segment was for when staff changed a membership of it, by the row's number."""


def timeline(found: Material, subject: str = "") -> tuple[ProofStep, ...]:
    """Return the steps in order of time; with a `subject`, those about it and about everything."""
    turns = {entry.turn: entry for entry in found.entries}
    answers = {
        effect.message.id: entry
        for entry in found.entries
        for effect in entry.outcome.effects
        if isinstance(effect, Send)
    }
    replies: dict[str, list[OutboxRow]] = {}
    for row in found.outbox:
        if (entry := answers.get(row.message.id)) is not None:
            replies.setdefault(entry.turn, []).append(row)
    steps = [
        *(_changed(row, found, turns, replies) for row in found.rows if _is_about(row.change.subject, subject)),
        *(step for entry in found.entries for step in _without_change(entry, subject)),
        *(_refused(job, row) for job, row in found.refused if _is_about(job.segment, subject)),
        *(_staff(row) for row in found.audit),
        *_sent(found, answers, subject),
    ]
    return tuple(sorted(steps, key=lambda step: (step.at, step.sequence, step.kind is StepKind.SENT)))


def is_own_act(change: ConsentChange) -> bool:
    """Tell whether the person made this change themselves."""
    return change.source in (SourceKind.BUTTON, SourceKind.KEYWORD) and change.actor == change.contact


def _is_about(of: str, subject: str) -> bool:
    return not subject or of in (subject, ALL)


def by_others(found: Material) -> tuple[ProofStep, ...]:
    """Return what others than the person did, in order of time."""
    return tuple(
        step for step in timeline(found) if not step.own_act and step.kind in (StepKind.CHANGED, StepKind.STAFF)
    )


def _changed(
    row: LedgerRow,
    found: Material,
    turns: Mapping[str, JournalEntry],
    replies: Mapping[str, Sequence[OutboxRow]],
) -> ProofStep:
    change = row.change
    entry = turns.get(change.turn)
    rows = replies.get(change.turn, ())
    arrived = [one for one in rows if one.delivered_at is not None]
    shown = arrived or rows
    return ProofStep(
        StepKind.CHANGED,
        change.at,
        is_own_act(change),
        change.subject,
        row.sequence,
        found.hashes.get(row.sequence, ""),
        change,
        import_origin(change, found.imports),
        purpose=found.purposes.get(row.sequence, ""),
        actor="" if is_own_act(change) else change.actor,
        said=said(entry) if entry is not None else "",
        sent=tuple(line for one in shown for line in lines_of(one.message)),
        delivered_at=arrived[0].delivered_at if arrived else None,
        undelivered=_undelivered(rows[0]) if rows and not arrived else "",
        reason=_BY_CHANNEL if entry is not None and isinstance(entry.event.action, StoppedByChannel) else "",
        conversation=change.conversation,
        turn=change.turn,
    )


def import_origin(change: ConsentChange, imports: Mapping[str, ImportJob]) -> ImportOrigin | None:
    """Return which line of which file made a change; None where no file did. `imports` by id."""
    if change.source is not SourceKind.CSV:
        return None
    job, _, line = change.detail.rpartition(":")
    known = imports.get(job)
    number = int(line) if line.isdecimal() else 0
    if known is None:
        return ImportOrigin(job, number)
    return ImportOrigin(job, number, known.file_name, known.digest, known.actor, known.created_at)


def _undelivered(row: OutboxRow) -> str:
    if row.status is DeliveryStatus.PENDING:
        return "still on its way"
    return "perhaps delivered" if _may_have_left(row) else "not delivered"


def _may_have_left(row: OutboxRow) -> bool:
    """Tell whether a part of a row that was not delivered was taken by the channel, or may have been."""
    return row.ambiguous or row.sent > 0


def said(entry: JournalEntry) -> str:
    """Return what the person typed, or the words of what they pressed; empty for anything else."""
    action = entry.event.action
    return getattr(action, "text", "") or getattr(action, "label", "")


def _without_change(entry: JournalEntry, subject: str) -> Iterator[ProofStep]:
    """Yield the acts of a turn that would have changed consent, and did not."""

    def act(kind: StepKind, about: str, reason: str) -> ProofStep:
        return ProofStep(
            kind,
            entry.at,
            own_act=True,
            subject=about,
            said=said(entry),
            reason=reason,
            conversation=entry.conversation,
            turn=entry.turn,
        )

    for step in entry.outcome.trace:
        about = step.detail.partition(":")[0]
        if step.kind == trace.LATE and _is_about(about, subject):
            yield act(StepKind.LATE, about, step.detail.partition(": ")[2])
    for about in sorted({*entry.outcome.lowered, *entry.outcome.raised}):
        if _is_about(about, subject):
            yield act(StepKind.UNCHANGED, about, _stood(entry, about))


def _stood(entry: JournalEntry, subject: str) -> str:
    membership = entry.memberships.get(subject, Membership.NONE)
    return f"it was {membership.value} already"


def _refused(job: ImportJob, row: FailedRow) -> ProofStep:
    origin = ImportOrigin(job.id, row.line, job.file_name, job.digest, job.actor, job.created_at)
    at = job.started_at or job.created_at
    return ProofStep(StepKind.REFUSED, at, subject=job.segment, origin=origin, actor=job.actor, reason=row.reason.value)


def _staff(row: AuditRow) -> ProofStep:
    detail = f": {row.detail}" if row.detail else ""
    return ProofStep(StepKind.STAFF, row.at, actor=row.actor, reason=f"{row.action}{detail}")


def _sent(found: Material, answers: Mapping[str, JournalEntry], subject: str) -> Iterator[ProofStep]:
    """Yield what left while the person was out of it, also what may have."""
    noes = Noes(found.rows)
    for row in found.outbox:
        at = row.delivered_at or (row.queued_at if _may_have_left(row) else None)
        if at is None:
            continue
        entry = answers.get(row.message.id)
        turn, contact = (entry.turn, entry.contact) if entry is not None else ("", row.contact)
        no = noes.standing_at(at, turn, _asked(row, subject, entry), contact)
        if no is None:
            continue
        yield ProofStep(
            StepKind.SENT,
            at,
            subject=no.subject,
            sent=tuple(lines_of(row.message)),
            delivered_at=row.delivered_at,
            reason=_allowed(row, entry, no, noes),
            said=said(entry) if entry is not None else "",
            conversation=row.conversation,
            turn=turn,
        )


def _asked(row: OutboxRow, subject: str, entry: JournalEntry | None) -> tuple[str, ...]:
    """Return of which subjects a no matters to a message: what is asked for, else what the message belongs to."""
    if subject:
        return (ALL, subject)
    if entry is not None and isinstance(entry.event.action, PushDue):
        return (ALL, entry.event.action.subject)
    return (ALL, *(row.message.consent.segments if row.message.consent is not None else ()))


def _allowed(row: OutboxRow, entry: JournalEntry | None, no: ConsentChange, noes: Noes) -> str:
    """Say why a message left after a no."""
    if entry is None:
        return "the turn that decided it is not kept any more: it was deleted after its time, or erased"
    if entry.turn in noes.turns:
        return "it confirms the opt-out"
    if entry.contact != no.contact:
        return f"the no was {no.contact}'s, who was not yet known to be the same person"
    return _decided_by(row, entry, no)


def _decided_by(row: OutboxRow, entry: JournalEntry, no: ConsentChange) -> str:
    if isinstance(entry.event.action, TimerFired):
        return _allowed_wait(row, no)
    if isinstance(entry.event.action, HandedBack):
        return "staff gave the conversation back to the bot"
    if isinstance(entry.event.action, PushDue):
        return f"its push was decided at {_when(entry.at)}, when consent allowed it"
    return f"it answers what the person did at {_when(entry.at)}"


def _allowed_wait(row: OutboxRow, no: ConsentChange) -> str:
    if no.at >= row.queued_at:
        return f"it was decided at {_when(row.queued_at)}, before the no, and was being sent when the no came"
    terms = row.message.consent
    if terms is None or terms.since is None:
        return "a wait of the flow ended; what it asked of consent was not kept by the version that sent it"
    if row.queued_at - terms.since <= STILL_AN_ANSWER:
        return f"it belongs to the answer to what the person did at {_when(terms.since)}, within the hour"
    if not terms.segments:
        return "a wait of the flow ended; it belongs to no segment"
    return f"a wait of the flow ended; it belongs to {', '.join(terms.segments)}, which the person had not left"


def _when(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")
