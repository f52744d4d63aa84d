"""A proof in plain English: a sentence a step, how the person stands, and how all of it can be verified."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from messages.consent import ALL, ConsentChange, Membership, SourceKind, kind_of_subject, name_of_subject
from messages.errors import BadInput
from replay.archive import PROOF, Signed, seal, signer
from replay.proof import VERSION, ImportOrigin, Proof, ProofStep, StepKind

_BY: Final[Mapping[SourceKind, str]] = {
    SourceKind.CONSOLE: "by staff in the console",
    SourceKind.API: "by staff over the API",
    SourceKind.CLI: "by staff with a command",
    SourceKind.CSV: "by staff with a file",
    SourceKind.MERGE: "because two contacts were one person",
    SourceKind.SPLIT: "because one account was two people's",
    SourceKind.FLOW: "by the flow",
    SourceKind.USED: "because a message was sent on it",
}
_MEMBERSHIPS: Final[Mapping[Membership, str]] = {
    Membership.OPTED_IN: "opted in to",
    Membership.OPTED_OUT: "opted out of",
    Membership.ADDED: "added to",
}


def sentence(step: ProofStep) -> str:
    """Return what a step says, in one line."""
    about = subject_name(step.subject)
    match step.kind:
        case StepKind.CHANGED:
            assert step.change is not None  # noqa: S101  # a changed step has its row
            return _own(step.change, step.reason) if step.own_act else _of_others(step.change, step.origin)
        case StepKind.UNCHANGED:
            return f"The person said so again about {about}{_words(step)}; {step.reason}."
        case StepKind.LATE:
            return f"The person's yes to {about}{_words(step)} came too late and changed nothing: {step.reason}."
        case StepKind.REFUSED:
            return f"A file was to add the person to {about} and did not: {step.reason}{_file(step.origin)}."
        case StepKind.STAFF:
            return f"{step.actor} did this: {step.reason}."
        case StepKind.SENT:
            sent = "Sent" if step.delivered_at is not None else "Perhaps sent, as a whole or in part,"
            return f"{sent} while the person was out of {about}, because {step.reason}."


def subject_name(subject: str) -> str:
    """Return what a subject is called."""
    if subject == ALL:
        return "everything pushed"
    kind = kind_of_subject(subject)
    return f"the {kind.rstrip(':')} {name_of_subject(subject)}" if kind else subject


def shown_words(step: ProofStep) -> Iterator[tuple[str, str]]:
    """Yield what the person saw and what they were told, by heading."""
    change = step.change
    if change is not None:
        for heading, words in (
            ("saw", change.text),
            ("purpose", change.purpose or step.purpose),
        ):
            if words:
                yield heading, words
    answer = f"answer, {step.undelivered}" if step.undelivered else "was answered"
    for line in step.sent:
        yield ("sent" if step.kind is StepKind.SENT else answer), line


def closing(proof: Proof) -> Iterator[str]:
    """Yield how the person stands, what others did, and how it is verified."""
    asked = {
        subject: membership
        for subject, membership in sorted(proof.memberships.items())
        if membership is not Membership.NONE and (not proof.subject or subject in (proof.subject, ALL))
    }
    for subject, membership in asked.items():
        yield f"Now: {_MEMBERSHIPS[membership]} {subject_name(subject)}."
    if not asked:
        about = f" of {subject_name(proof.subject)}" if proof.subject else ""
        yield f"Now: neither in nor out{about}." if about else "Now: in nothing, and out of nothing."
    others = [step for step in proof.steps if step.kind is StepKind.CHANGED and not step.own_act]
    if others:
        rows = ", ".join(str(step.sequence) for step in others)
        yield f"Not by the person's own act: row{'s' if len(others) > 1 else ''} {rows}."
    after = len(proof.sent_after_a_no)
    if proof.pruned:
        changes = "1 change" if proof.pruned == 1 else f"{proof.pruned} changes"
        yield f"Not all of it is kept: the turns of {changes} were erased, or deleted after their time."
    none = "Of what is kept, nothing was sent after a no." if proof.pruned else "Nothing was sent after a no."
    yield f"Sent after a no: {after}; each says why it was allowed." if after else none
    left = {
        step.subject
        for step in proof.steps
        if step.change is not None and step.change.after is Membership.OPTED_OUT and step.subject != ALL
    }
    if left and not proof.subject:
        yield (
            "Counted is a no to everything, and one to the segment that a message belongs to. "
            f"What else was sent after a no to one segment is told with --segment: {', '.join(sorted(left))}."
        )
    for problem in proof.tampered:
        yield f"Not as it was committed: {problem}."
    for problem in proof.unreadable:
        yield f"Can't be read by this version: {problem}."
    if not proof.steps:
        yield "The store holds nothing about this person's consent."
    heads = ", ".join(f"row {mark.sequence} {mark.hash[:16]}…" for mark in proof.heads)
    yield f"To verify: assent ledger verify --bot {proof.bot} (store {proof.store}; the ledger ended with {heads})."
    conversations = sorted({step.conversation for step in proof.steps if step.own_act and step.conversation})
    for conversation in conversations:
        yield f"To see it decided again: assent replay '{conversation}' --bot {proof.bot}."


def _own(change: ConsentChange, how: str) -> str:
    """Say what the person did; `how` if it was by no button and no word."""
    if change.source is SourceKind.BUTTON:
        by = f" by the button “{change.label}”" if change.label else " by a button whose words are not kept"
    else:
        by = f" by writing “{change.detail}”" if change.detail else " by a word that is not kept"
    by = f" {how}" if how else by
    where = f" of message {change.message}, revision {change.revision}," if change.message else ""
    return f"The person {_what(change)}{by}{where} on {change.channel}{_done(change)}."


def _of_others(change: ConsentChange, origin: ImportOrigin | None) -> str:
    if origin is not None:
        how = _file(origin)
    else:
        how = f", done by {change.actor}" + (f" ({change.detail})" if change.detail else "")
    what = _what(change)
    by = _BY.get(change.source, f"by {change.source}")
    return f"{what[0].upper()}{what[1:]} {by}, not by the person's own act{how}{_done(change)}."


def _what(change: ConsentChange) -> str:
    about, own = subject_name(change.subject), change.actor == change.contact
    if change.subject == ALL and change.after is Membership.NONE and change.before is Membership.OPTED_OUT:
        return "allowed pushed messages again"
    if change.after is Membership.NONE:
        return f"{'left' if own else 'removed from'} {about}"
    if change.after is Membership.ADDED:
        return f"added to {about}"
    return f"opted {'in to' if change.after is Membership.OPTED_IN else 'out of'} {about}"


def _done(change: ConsentChange) -> str:
    acted = change.acted_at
    return f", done at {acted.isoformat(sep=' ', timespec='seconds')}" if acted and acted != change.at else ""


def _file(origin: ImportOrigin | None) -> str:
    if origin is None:
        return ""
    name = f" {origin.file_name}" if origin.file_name else ", whose name is not kept"
    line = f", line {origin.line}" if origin.line else ""
    by = f", brought by {origin.actor}" if origin.actor else ""
    return f": file{name}{line}{by} (import {origin.job})"


def _words(step: ProofStep) -> str:
    return f" (“{step.said}”)" if step.said else ""


class ProofFile(msgspec.Struct, frozen=True):
    """What the file holds."""

    proof: msgspec.Raw
    """The proof as JSON; what is signed are its bytes without white space, keys in order."""
    seal: str
    """Public key and signature, in hex; zeros where there was no key."""


def to_file(proof: Proof, key: Ed25519PrivateKey | None) -> bytes:
    """Return the text of a file."""
    content = msgspec.json.encode(proof, order="sorted")
    sealed = seal(content, key, PROOF).hex()
    return msgspec.json.format(msgspec.json.encode(ProofFile(msgspec.Raw(content), sealed)), indent=1) + b"\n"


def from_file(data: bytes, name: str, trusted: str = "") -> tuple[Proof, Signed]:
    """Return the proof in a file and who signed it; `trusted`: the key, in hex, that must have.

    Raises BadInput for a file that is none, was changed, or was signed by somebody else.
    """
    try:
        file = msgspec.json.decode(data, type=ProofFile)
        content = msgspec.json.format(file.proof, indent=-1)
        signed = signer(bytes.fromhex(file.seal), content, PROOF)
        version = msgspec.json.decode(content, type=_Version).version
        proof = msgspec.json.decode(content, type=Proof) if version <= VERSION else None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput("it is not a proof of consent", place=name, remedy=str(error)) from error
    if signed is None:
        raise BadInput(
            "its signature does not fit: it was changed, or not signed by the key it names",
            place=name,
            remedy="Have it made again",
        )
    if proof is None:
        raise BadInput(f"its form is {version}; this version reads up to {VERSION}", place=name)
    if trusted and signed.key != trusted:
        by = f"by key {signed.key}" if signed.key else "by nobody"
        raise BadInput(f"it is signed {by}, not by {trusted}", place=name, remedy="Name the key that you trust")
    return proof, signed


class _Version(msgspec.Struct):
    version: int
