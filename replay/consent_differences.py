"""How two sides differ in consent: of one act, and of where a person ends."""

from collections.abc import Iterator, Mapping

import msgspec

from flows.diff_words import bold
from flows.revision import Revision
from keywords.normalise import normalise
from messages.consent import ConsentChange, Membership, SourceKind
from messages.ids import ALL
from replay.comparison import GroupKind, PersonEnd, Side, Step, proof_of
from replay.visible import button_words

Difference = tuple[GroupKind, str]
"""A kind, and what it is about in words: `would be opted in to *tips*`."""

_MEMBER = (Membership.OPTED_IN, Membership.ADDED)
_NOTHING = Side()


def of_step(step: Step, revisions: Mapping[int, Revision]) -> Iterator[Difference]:
    """Yield how a step's acts of consent differ.

    Of a press in doubt memberships afterwards alone are compared: whether the press changed them is not known.
    """
    recorded, draft = step.recorded or _NOTHING, step.draft or Side(after=step.draft_after)
    stopped = all(side.after.get(ALL) is Membership.OPTED_OUT for side in (recorded, draft))
    was, will = ({act.subject: act for act in side.acts} for side in (recorded, draft))
    for subject in sorted({*recorded.after, *draft.after}):
        old, new = was.get(subject), will.get(subject)
        if step.certain and old is None and new is None:
            continue  # neither side changes it here: what differs comes from an earlier step
        before, after = (side.after.get(subject, Membership.NONE) for side in (recorded, draft))
        if before is after:
            if step.certain and not stopped:
                yield from _proof(subject, old, new, revisions)
        elif stopped and before not in _MEMBER and after not in _MEMBER:
            yield GroupKind.STOPPED, "would stop all the same"
        else:
            kind, words = _change(subject, before, after) if old is None or new is not None else _gone(old, after)
            yield kind, f"{words}: {step.what if new is None else step.would or step.what}"


def of_end(end: PersonEnd, revisions: Mapping[int, Revision]) -> Iterator[tuple[GroupKind, str, bool]]:
    """Yield how memberships in the end differ, and whether that is certain."""
    recorded, draft = end.recorded, end.draft
    stopped = all(side.memberships.get(ALL) is Membership.OPTED_OUT for side in (recorded, draft))
    for subject in sorted({*recorded.memberships, *draft.memberships}):
        was, will = (side.memberships.get(subject, Membership.NONE) for side in (recorded, draft))
        certain = end.is_certain(subject)
        if was is will:
            for kind, words in _proof(subject, recorded.proofs.get(subject), draft.proofs.get(subject), revisions):
                yield kind, words, certain
        elif stopped and will not in _MEMBER and was not in _MEMBER:
            yield GroupKind.STOPPED, "would have stopped all the same", certain and end.is_certain(ALL)
        else:
            kind, words = _change(subject, was, will)
            yield kind, words.replace("would ", "would end ", 1).replace("end be ", "end "), certain


def _change(subject: str, was: Membership, will: Membership) -> Difference:
    """Say how the draft leaves a subject, where the recording left it otherwise."""
    name = "everything" if subject == ALL else bold(subject)
    if will is Membership.OPTED_OUT:
        return GroupKind.OPTED_OUT, f"would be opted out of {name}"
    if will in _MEMBER and was in _MEMBER:
        return GroupKind.OTHER_PROOF, f"would be {_as(will)} {name}, not {_as(was)}"
    if will in _MEMBER:
        if subject == ALL:
            return GroupKind.GAINED, "would have messages on again"
        return GroupKind.GAINED, f"would be {_as(will)} {name}"
    if was is Membership.OPTED_OUT:
        return GroupKind.NOT_OPTED_OUT, f"would no longer be opted out of {name}"
    return GroupKind.LOST, f"would no longer be {_as(was)} {name}"


def _gone(old: ConsentChange, after: Membership) -> Difference:
    """Say that an act changes nothing any more; `after`: how the draft leaves its subject."""
    lost = old.after in _MEMBER and after not in _MEMBER
    return _change(old.subject, old.after, Membership.NONE if lost else after)


def _as(standing: Membership) -> str:
    return "added to" if standing is Membership.ADDED else "opted in to"


def _proof(
    subject: str, old: ConsentChange | None, new: ConsentChange | None, revisions: Mapping[int, Revision]
) -> Iterator[Difference]:
    """Say how a state that is the same rests on another act; one that is `none` rests on nothing."""
    act = old or new
    if act is None or act.after is Membership.NONE or _same(old, new):
        return
    name = "everything" if subject == ALL else bold(subject)
    state = "out of" if act.after is Membership.OPTED_OUT else "in"
    told = f"would be {state} {name} all the same, by"
    if old is not None and new is not None and (changed := _changed(old, new)):
        yield GroupKind.OTHER_PROOF, f"{told} {proof_words(new, revisions)} with {changed}"
    elif new is None:
        yield GroupKind.OTHER_PROOF, f"{told} an earlier act than {proof_words(act, revisions)}"
    else:
        instead = "" if old is None else f" instead of {proof_words(old, revisions)}"
        yield GroupKind.OTHER_PROOF, f"{told} {proof_words(new, revisions)}{instead}"


def _same(old: ConsentChange | None, new: ConsentChange | None) -> bool:
    if old is None or new is None:
        return False
    return proof_of(old) == msgspec.structs.replace(proof_of(new), before=old.before)


def _changed(old: ConsentChange, new: ConsentChange) -> str:
    """Name what differs of the proof of one act; empty when it is another act."""
    if (old.turn, old.source, old.at) != (new.turn, new.source, new.at):
        return ""
    parts = {
        "another purpose": old.purpose != new.purpose,
        "other words above it": old.text != new.text and old.text.rpartition("\n")[0] != new.text.rpartition("\n")[0],
        "another label": old.label != new.label,
    }
    return " and ".join(name for name, differs in parts.items() if differs) or "another proof"


def proof_words(act: ConsentChange, revisions: Mapping[int, Revision]) -> str:
    """Name what an act was done by, in the flow's words."""
    revision = revisions.get(act.revision)
    if act.source is SourceKind.BUTTON:
        found = button_words(revisions, act.revision, act.button)
        return f"button {found}" if found else "a button"
    if act.source is SourceKind.KEYWORD:
        match = revision.keywords.match(normalise(act.detail)) if revision is not None else None
        return f"keyword {bold(match.word)}" if match is not None else "a consent word"
    return _SOURCES.get(act.source, "staff")


_SOURCES = {
    SourceKind.CSV: "a file",
    SourceKind.MERGE: "a merge",
    SourceKind.SPLIT: "a split",
    SourceKind.API: "the API",
}
