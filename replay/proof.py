"""The consent of one person as one timeline: what changed, by whom, on which words, and what was sent after a no.

A proof is made of values alone: ledger rows, recorded turns, deliveries, imports, staff's acts. What is masked is
masked before it comes here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from flows.engine import trace
from messages.consent import ConsentChange, LedgerRow, Membership, SourceKind
from messages.effects import Send
from messages.ids import ALL
from messages.inbound import HandedBack, TimerFired
from replay.visible import lines_of
from segments.push import STILL_AN_ANSWER
from storage.audience_records import FailedRow, ImportJob
from storage.ledger_loss import LedgerMark
from storage.records import AuditRow, DeliveryStatus, JournalEntry, OutboxRow

VERSION: Final = 1

_SENT: Final = (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED)


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
    """Of a sent message, or of the answer to a change: the lines that the person saw."""
    delivered_at: datetime | None = None
    reason: str = ""
    """Why it changed nothing, or why it was allowed."""
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
    standing: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    """By subject, as stored."""
    heads: tuple[LedgerMark, ...] = ()
    """The last row of each shard of the ledger when this was made."""
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
    steps = [
        *(_changed(row, found, turns) for row in found.rows if _is_about(row.change.subject, subject)),
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


def _changed(row: LedgerRow, found: Material, turns: Mapping[str, JournalEntry]) -> ProofStep:
    change = row.change
    entry = turns.get(change.turn)
    reply = next((one for one in found.outbox if entry is not None and one.message.id in _sends(entry)), None)
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
        sent=tuple(lines_of(reply.message)) if reply is not None else (),
        delivered_at=reply.delivered_at if reply is not None else None,
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


def _sends(entry: JournalEntry) -> set[str]:
    return {effect.message.id for effect in entry.outcome.effects if isinstance(effect, Send)}


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
    standing = entry.memberships.get(subject, Membership.NONE)
    return f"it was {standing.value} already"


def _refused(job: ImportJob, row: FailedRow) -> ProofStep:
    origin = ImportOrigin(job.id, row.line, job.file_name, job.digest, job.actor, job.created_at)
    at = job.started_at or job.created_at
    return ProofStep(StepKind.REFUSED, at, subject=job.segment, origin=origin, actor=job.actor, reason=row.reason.value)


def _staff(row: AuditRow) -> ProofStep:
    detail = f": {row.detail}" if row.detail else ""
    return ProofStep(StepKind.STAFF, row.at, actor=row.actor, reason=f"{row.action}{detail}")


def _sent(found: Material, answers: Mapping[str, JournalEntry], subject: str) -> Iterator[ProofStep]:
    """Yield what left while the person was out of it."""
    noes = _Noes(found.rows)
    for row in found.outbox:
        at = row.delivered_at or (row.queued_at if row.ambiguous else None)
        if at is None or row.status not in _SENT:
            continue
        entry = answers.get(row.message.id)
        about = noes.standing_at(at, entry.turn if entry is not None else "", _asked(row, subject))
        if about is None:
            continue
        yield ProofStep(
            StepKind.SENT,
            at,
            subject=about,
            sent=tuple(lines_of(row.message)),
            delivered_at=row.delivered_at,
            reason=_allowed(row, entry, noes),
            said=said(entry) if entry is not None else "",
            conversation=row.conversation,
            turn=entry.turn if entry is not None else "",
        )


def _asked(row: OutboxRow, subject: str) -> tuple[str, ...]:
    """Return of which subjects a no matters to a message: what is asked for, else what the message belongs to."""
    if subject:
        return (ALL, subject)
    return (ALL, *(row.message.consent.segments if row.message.consent is not None else ()))


class _Noes:
    """When the person was out of what."""

    def __init__(self, rows: Iterable[LedgerRow]) -> None:
        self._changes = [row.change for row in rows]
        self.turns = {change.turn for change in self._changes if change.turn and change.after is Membership.OPTED_OUT}

    def standing_at(self, at: datetime, turn: str, subjects: Sequence[str]) -> str | None:
        """Return the first of the subjects that the person was out of when a message left that a turn decided.

        Within the same millisecond the order of the turns counts.
        """
        for subject in subjects:
            before = [
                change
                for change in self._changes
                if change.subject == subject and (change.at, change.turn) <= (at, turn)
            ]
            if before and before[-1].after is Membership.OPTED_OUT:
                return subject
        return None


def _allowed(row: OutboxRow, entry: JournalEntry | None, noes: _Noes) -> str:
    """Say why a message left after a no."""
    if entry is None:
        return "the turn that decided it is not kept any more: it was deleted after its time, or erased"
    if entry.turn in noes.turns:
        return "it confirms the opt-out"
    if isinstance(entry.event.action, TimerFired):
        return _allowed_wait(row)
    if isinstance(entry.event.action, HandedBack):
        return "staff gave the conversation back to the bot"
    return f"it answers what the person did at {_when(entry.at)}"


def _allowed_wait(row: OutboxRow) -> str:
    terms = row.message.consent
    if terms is None or terms.since is None:
        return "a wait of the flow ended; what it asked of consent was not kept by the version that sent it"
    if row.queued_at - terms.since <= STILL_AN_ANSWER:
        return f"it belongs to the answer to what the person did at {_when(terms.since)}, within the hour"
    segments = ", ".join(terms.segments) or "no segment"
    return f"a wait of the flow ended; it belongs to {segments}, which the person had not left"


def _when(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")
