"""How two sides of a step differ: in what was said, and in consent."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import msgspec

from filters.holds import holds
from filters.person import person_of
from flows.diff_words import bold
from flows.engine.conditions import read_filter
from flows.revision import Revision
from keywords.normalise import normalise
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from replay.comparison import GroupKind, PersonEnd, PersonState, Side, Step, StepKind, proof_of
from replay.contact_life import ContactLife, World
from replay.turn_again import named
from replay.visible import button_words

Difference = tuple[GroupKind, str]
"""A kind, and what it is about in words: `would be opted in to *tips*`."""

_MEMBER = (Membership.OPTED_IN, Membership.ADDED)
_NOTHING = Side()


def consent_of_step(step: Step, revisions: Mapping[int, Revision]) -> Iterator[Difference]:
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


def _as(membership: Membership) -> str:
    return "added to" if membership is Membership.ADDED else "opted in to"


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
    SourceKind.FLOW: "the flow",
    SourceKind.USED: "a message that was sent",
}


def of_step(step: Step) -> Iterator[Difference]:
    """Yield the differences of a step, but for consent."""
    if step.kind is StepKind.STAFF:
        if step.draft is not None and step.draft.refused:
            yield GroupKind.DATA, f"{step.what} would not count: {step.draft.refused}"
        return
    if step.draft is None:
        yield GroupKind.REPLY, f"{step.what} would not be there to press"
        return
    if step.recorded is None:
        yield GroupKind.DATA, "a wait would be over that was not recorded"
        yield from _data(step.what, Side(), step.draft)
        return
    yield from _replies(step.what, step.recorded, step.draft)
    yield from _data(step.what, step.recorded, step.draft)


def _replies(what: str, recorded: Side, draft: Side) -> Iterator[Difference]:
    was, will = recorded.replies, draft.replies
    if [reply.lines for reply in was] == [reply.lines for reply in will]:
        for before, after in zip(was, will, strict=True):
            if before.message != after.message:
                yield GroupKind.RENAMED, f"{named((before,))} would be called {named((after,))} and says the same"
        if recorded.asks != draft.asks:
            yield GroupKind.REPLY, f"{what} leaves another question open"
    elif [reply.message for reply in was] != [reply.message for reply in will]:
        yield GroupKind.REPLY, f"{what} is answered by {named(will)} instead of {named(was)}"
    else:
        for before, after in zip(was, will, strict=True):
            if before.lines != after.lines:
                yield GroupKind.REPLY, f"{named((after,))} reads otherwise"


def _data(what: str, recorded: Side, draft: Side) -> Iterator[Difference]:
    for name in sorted({*recorded.fields, *draft.fields}):
        if name not in draft.fields:
            yield GroupKind.DATA, f"{what} no longer changes field {bold(name)}"
        elif name not in recorded.fields:
            yield GroupKind.DATA, f"{what} now changes field {bold(name)}"
        elif recorded.fields[name] != draft.fields[name]:
            yield GroupKind.DATA, f"{what} changes field {bold(name)} to something else"
    yield from _listed(what, recorded.tags_added, draft.tags_added, "adds tag")
    yield from _listed(what, recorded.tags_removed, draft.tags_removed, "removes tag")
    yield from _listed(what, recorded.events, draft.events, "emits the event")
    yield from _listed(what, recorded.completed, draft.completed, "completes")
    if recorded.handed_over is not draft.handed_over:
        how = "is now handed over" if draft.handed_over else "is no longer handed over"
        yield GroupKind.DATA, f"{what} {how} to a person"
    if recorded.waits_until != draft.waits_until:
        yield GroupKind.DATA, f"{what} {_waits(recorded, draft)}"


def _listed(what: str, was: Collection[str], will: Collection[str], does: str) -> Iterator[Difference]:
    for name in was:
        if name not in will:
            yield GroupKind.DATA, f"{what} no longer {does} {bold(name)}"
    for name in will:
        if name not in was:
            yield GroupKind.DATA, f"{what} now {does} {bold(name)}"


def _waits(recorded: Side, draft: Side) -> str:
    if draft.waits_until is None:
        return "no longer starts a wait"
    return "now starts a wait" if recorded.waits_until is None else "starts a longer or shorter wait"


def end_of(contact: str, who: ContactLife, filters: Mapping[str, str], at: datetime) -> PersonEnd:
    """Return where a contact ends. `filters`: those of the segments of staff as they are now, asked at `at`."""
    recorded, draft = (_state(side, who.acted, filters, at) for side in (who.recorded, who.draft))
    return PersonEnd(contact, recorded, draft, who.doubt, frozenset(who.known))


def _state(side: World, last_seen: datetime | None, filters: Mapping[str, str], at: datetime) -> PersonState:
    memberships = {name: one for name, one in side.memberships.items() if one is not Membership.NONE}
    return PersonState(
        memberships=memberships,
        proofs={name: proof for name, proof in side.proofs.items() if memberships.get(name) is proof.after},
        fields=side.contact.fields,
        tags=side.contact.tags,
        filter_segments=_Filters(side, last_seen, filters, at).all_of_them(),
    )


class _Filters:
    """Asks which segments by filter a person is in. Filters that lean on each other in a circle let nobody in by it."""

    def __init__(self, side: World, last_seen: datetime | None, filters: Mapping[str, str], at: datetime) -> None:
        self._memberships = side.memberships
        self._filters = filters
        self._at = at
        self._known: dict[str, bool] = {}
        self._person = person_of(side.contact, last_seen, side.memberships, self._meets)

    def all_of_them(self) -> frozenset[str]:
        return frozenset(name for name in self._filters if self._is_in(name))

    def _is_in(self, segment: str) -> bool:
        membership = self._memberships.get(segment, Membership.NONE)
        return self._meets(segment) if membership is Membership.NONE else membership in _MEMBER

    def _meets(self, segment: str) -> bool:
        if segment not in self._known:
            self._known[segment] = False
            text = self._filters.get(segment)
            condition = read_filter(text) if text is not None else None
            self._known[segment] = condition is not None and holds(condition, self._person, self._at)
        return self._known[segment]
