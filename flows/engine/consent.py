"""Changes of consent by the person's own act, and their proof."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from consent.membership import (
    Act,
    Change,
    Refusal,
    change,
    outweighed,
    start_again,
    stop_everything,
    use_once,
    whole_milliseconds,
)
from flows.engine import trace
from flows.engine.work import Work
from flows.revision import Revision
from messages.consent import ALL, TOPIC, ConsentChange, Membership, SourceKind, kind_of_subject, name_of_subject
from messages.effects import KeepEvidence
from segment_buttons.payload import BY_NUMBER, LENGTH, LENGTH_OF_OLD, digest_of


class Proof:
    """How the person did it: what a ledger row tells besides the change itself.

    Without a revision: the payload itself said what to do, because the store does not have its revision.
    """

    __slots__ = ("actor", "button", "detail", "label", "message", "revision", "source", "text")

    def __init__(
        self,
        source: SourceKind,
        revision: Revision | None,
        *,
        message: str = "",
        button: str = "",
        label: str = "",
        text: str = "",
        detail: str = "",
        actor: str = "",
    ) -> None:
        self.source = source
        self.revision = revision
        self.message = message
        self.button = button
        self.label = label
        self.text = text
        self.detail = detail
        self.actor = actor
        """Who did it; empty for the person."""


def change_segment(work: Work, act: Act, segment: str, proof: Proof) -> bool:
    """Opt the person in to or out of a segment; tell whether the segment exists.

    An opt-in to a segment that the revision does not have is a fault in the flow and changes nothing; an opt-out
    counts whatever the flow says.
    """
    if proof.revision is not None and segment not in proof.revision.segments:
        work.note(trace.MISSING_SEGMENT, segment, revision=proof.revision.number, notice=True)
        if act is Act.OPT_IN:
            return False
    if act is Act.OPT_IN:
        work.opted_in.add(segment)
    everything = work.memberships.get(ALL, Membership.NONE)
    outcome = change(act, segment, work.memberships.get(segment, Membership.NONE), everything)
    if not isinstance(outcome, Change):
        (_lower if act is Act.OPT_OUT else _raise)(work, segment)
    _write(work, [outcome] if isinstance(outcome, Change) else [], proof)
    return True


FLOW: Final = "flow"
"""Who acts where a part joins or leaves."""


def change_by_flow(work: Work, act: Act, subject: str, revision: Revision, message: str) -> None:
    """Add the person to a topic or a sequence, or remove them, because a part says so.

    It is no act of the person: what they decided wins, and so does what lowered consent after the act that led here.
    """
    if act is Act.ADD and subject not in revision.segments:
        work.note(trace.MISSING_SEGMENT, subject, message=message, revision=revision.number, notice=True)
        return
    everything = work.memberships.get(ALL, Membership.NONE)
    late = outweighed(_act_behind(work), work.now, subject, work.snapshot.lowered) is not None
    outcome = change(act, subject, work.memberships.get(subject, Membership.NONE), everything, outweighed=late)
    if isinstance(outcome, Refusal):
        work.note(trace.NOT_CHANGED, f"{subject}: {outcome}", message=message, revision=revision.number)
    elif outcome is not None:
        _write(work, [outcome], Proof(SourceKind.FLOW, revision, message=message, actor=FLOW))


def use_up(work: Work, subject: str, revision: Revision, message: str, run: str) -> None:
    """Use up a consent that is good for one message: the push of `run` stood on it."""
    topic = revision.bot.topics.get(name_of_subject(subject)) if kind_of_subject(subject) == TOPIC else None
    used = use_once(subject, work.memberships.get(subject, Membership.NONE))
    if topic is not None and topic.uses == "once" and used is not None:
        _write(work, [used], Proof(SourceKind.USED, revision, message=message, detail=run, actor=FLOW))


def _act_behind(work: Work) -> datetime | None:
    """Return when the person acted; behind a wait, when they did what led to it."""
    return work.acted_at if work.terms is None else work.terms.since


def stop(work: Work, proof: Proof) -> None:
    """Stop everything pushed, and each membership with it."""
    changes = stop_everything(work.memberships)
    if all(change.subject != ALL for change in changes):
        _lower(work, ALL)
    _write(work, changes, proof)


def start(work: Work, proof: Proof) -> None:
    """Allow pushed messages again; no membership comes back."""
    changes = start_again(work.memberships)
    if not changes:
        _raise(work, ALL)
    _write(work, changes, proof)


def too_late(work: Work, subject: str) -> bool:
    """Tell whether a younger act lowered what this one would raise; then the trace says which.

    Such an act changes nothing and is answered with nothing.
    """
    found = outweighed(work.acted_at, work.now, subject, work.snapshot.lowered)
    if found is None:
        return False
    if any(step.kind == trace.LATE for step in work.trace):
        return True
    acted = "at an unknown time" if work.acted_at is None else f"at {_iso(work.acted_at)}"
    detail = f"{subject}: done {acted}; {found.subject} was lowered at {_iso(found.lowered_at)}"
    work.note(trace.LATE, detail, revision=work.snapshot.live.number)
    return True


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _lower(work: Work, subject: str) -> None:
    """Keep the time of a lowering act that changes nothing: what was raised before it and comes later is too late."""
    work.lowered[subject] = work.acted_at or whole_milliseconds(work.now)


def _raise(work: Work, subject: str) -> None:
    """Keep the time of a raising act that changes nothing: a copy of it does not count after a no that overrides it."""
    at = work.acted_at or whole_milliseconds(work.now)
    if subject not in work.snapshot.raised or at > work.snapshot.raised[subject]:
        work.raised[subject] = at


def is_suppressed(work: Work) -> bool:
    """Tell whether the person stopped everything pushed."""
    return work.memberships.get(ALL) is Membership.OPTED_OUT


def keep_evidence(work: Work, text: str) -> str:
    """Keep the exact words shown with a consent button; return their digest."""
    by_number = work.snapshot.payload_form == BY_NUMBER
    digest = digest_of(text, LENGTH_OF_OLD if by_number else LENGTH)
    if digest not in work.kept:
        work.kept.add(digest)
        work.effects.append(KeepEvidence(digest, text))
    return digest


def _write(work: Work, changes: Iterable[Change], proof: Proof) -> None:
    written = False
    event = work.event
    number = proof.revision.number if proof.revision is not None else 0
    for subject, before, after in changes:
        written = True
        work.change_consent(
            ConsentChange(
                contact=work.contact.id,
                subject=subject,
                before=before,
                after=after,
                at=work.now,
                source=proof.source,
                actor=proof.actor or work.contact.id,
                detail=proof.detail,
                revision=number,
                message=proof.message,
                button=proof.button,
                label=proof.label,
                text=proof.text,
                purpose=_purpose(work, subject, proof.revision),
                channel=event.reference.account.channel,
                conversation=work.snapshot.state.key,
                event_id=event.event_id,
                turn=work.ids.turn_id,
                acted_at=_act_behind(work),
            )
        )
    if not written:
        work.note(trace.UNCHANGED, revision=number)


def _purpose(work: Work, segment: str, revision: Revision | None) -> str:
    found = revision.segments.get(segment) if revision is not None else None
    if revision is None or found is None or found.purpose is None:
        return ""
    return work.words(found.purpose, revision)
