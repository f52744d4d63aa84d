"""What a preview claims, held against the accounts of two live worlds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from messages.consent import ALL, ConsentChange, Membership, SourceKind
from replay.comparison import GroupKind, PersonEnd, Side, Step, StepKind
from replay.preview import groups_of
from replay.simulation import Simulation
from tests.replay.live_world import Account, Moment, Standing

_MEMBER = (Membership.OPTED_IN, Membership.ADDED)


class Lived(NamedTuple):
    """What a preview tells of one person."""

    steps: Sequence[Step]
    ends: Sequence[PersonEnd]


class Claims:
    """Holds claims against accounts: `was` of the world that was recorded, `will` of the one on the draft."""

    def __init__(self, was: Account, will: Account, simulation: Simulation) -> None:
        self.was = was
        self.will = will
        self.simulation = simulation
        self.certain = self.doubtful = 0
        """Steps."""
        self._is = _namesakes(was, will)
        self._then = {(moment.at, moment.conversation): moment for moment in was.moments}
        self._there = {(moment.at, moment.conversation): moment for moment in will.moments}
        self._erased = was.erased

    def check(self, people: Iterable[Lived]) -> None:
        told: set[tuple[datetime, str]] = set()
        doubts: dict[str, datetime] = {}
        for person in people:
            for step in person.steps:
                assert step.contact not in self._erased
                told.add((step.at, step.contact))
                self._step(step)
                if step.doubt is not None:
                    doubts[step.contact] = min(doubts.get(step.contact, step.at), step.at)
            lives = {step.contact for step in person.steps}
            since = min((doubts[contact] for contact in lives if contact in doubts), default=None)
            self._nothing_is_missed(lives, {at for at, contact in told if contact in lives}, since)
            for end in person.ends:
                self._end(end)

    # -- steps

    def _step(self, step: Step) -> None:
        if step.recorded is not None and (step.kind is not StepKind.MERGE or step.recorded.acts or step.doubt is None):
            self._side(step, step.recorded, self._moment(step, self._then), step.contact)
        for group in groups_of(step, self.simulation.revisions):
            if step.doubt is not None and not step.is_press:
                assert group.kind is GroupKind.DOUBT, (group, step)
        self.certain += step.doubt is None
        self.doubtful += step.doubt is not None
        if step.kind is StepKind.MERGE and step.doubt is not None:
            return  # maybe nothing tells when it was
        contact = self._is.get(step.contact, "")
        moment = self._moment(step, self._there)
        if step.doubt is None:
            if step.draft is not None:
                self._side(step, step.draft, moment, contact)
            else:
                assert moment is None, f"it was there to press: {step}"
        elif step.is_press and step.draft is not None:
            assert moment is not None, f"it was not there to press: {step}"
            standing = _standing(moment.after, contact)
            for subject, after in step.draft.after.items():
                assert standing.memberships.get(subject, Membership.NONE) is after, (subject, step)

    def _moment(self, step: Step, moments: Mapping[tuple[datetime, str], Moment]) -> Moment | None:
        if step.conversation:
            return moments.get((step.at, step.conversation))
        found = [moment for (at, _), moment in moments.items() if at == step.at]
        return found[0] if found else None

    def _side(self, step: Step, side: Side, moment: Moment | None, contact: str) -> None:
        """Compare a side with the books: what the step is about, and what is left of it."""
        if moment is None:  # the wait of one side alone, or what staff tried in vain
            assert (side.acts, side.replies, dict(side.fields)) == ((), (), {}), step
            return
        about = {contact}
        if step.kind is StepKind.MERGE:
            about |= {row.contact for row in moment.rows}
        rows = [row for row in moment.rows if row.contact in about]
        assert _proofs(side.acts) == _proofs(rows), step
        after = _standing(moment.after, contact)
        for subject, membership in side.after.items():
            assert after.memberships.get(subject, Membership.NONE) is membership, (subject, step)
        if step.kind not in (StepKind.TURN, StepKind.WAIT):
            return
        before = _standing(moment.before, contact)
        names = {*before.fields, *after.fields}
        changed = {name: after.fields.get(name) for name in names if before.fields.get(name) != after.fields.get(name)}
        assert dict(side.fields) == changed, step
        assert set(side.tags_added) == after.tags - before.tags, step
        assert set(side.tags_removed) == before.tags - after.tags, step
        assert [reply.message for reply in side.replies] == [said.message for said in moment.said], step
        for reply, said in zip(side.replies, moment.said, strict=True):
            shown = "\n".join(reply.lines)
            assert all(words in shown for words in said.words), (said, step)
        assert (side.asks.field if side.asks else "") == moment.asks, step
        assert side.waits_until == moment.waits_until, step

    # -- what is missing

    def _nothing_is_missed(self, lives: set[str], told: set[datetime], since: datetime | None) -> None:
        """Each row of the ledger is of a step, or came after it could not be told any more."""
        there = {self._is.get(contact, contact) for contact in lives}
        for moment in self.will.moments:
            for row in moment.rows:
                if row.contact in there and row.source is not SourceKind.MERGE:
                    assert moment.at in told or (since is not None and since <= moment.at), row
            changed = [one for name, one in moment.after.items() if one.contact in there and _differs(moment, name)]
            if changed and moment.at not in told and moment.number < 0:
                assert since is not None, (moment, "a wait that nothing tells of")
                assert since <= moment.at, (moment, "a wait that nothing tells of")

    # -- ends

    def _end(self, end: PersonEnd) -> None:
        was = _standing(self.was.moments[-1].after, end.contact)
        will = _standing(self.will.moments[-1].after, self._is[end.contact])
        assert dict(end.recorded.memberships) == was.memberships, end
        assert (dict(end.recorded.fields), end.recorded.tags) == (was.fields, was.tags), end
        for subject in {"tips", "news", ALL}:
            if end.is_certain(subject):
                here = end.draft.memberships.get(subject, Membership.NONE)
                assert here is will.memberships.get(subject, Membership.NONE), (subject, end)
        if end.doubt is None:
            assert dict(end.draft.memberships) == will.memberships, end
            assert (dict(end.draft.fields), end.draft.tags) == (will.fields, will.tags), end
            assert end.draft.filter_segments == _filtered(will), end


def _differs(moment: Moment, person: str) -> bool:
    return moment.before.get(person) != moment.after.get(person)


def _filtered(standing: Standing) -> set[str]:
    found = {"vips"} if "vip" in standing.tags else set()
    return found | ({"readers"} if standing.memberships.get("tips") in _MEMBER else set())


def _standing(people: Mapping[str, Standing], contact: str) -> Standing:
    return next((one for one in people.values() if one.contact == contact), Standing("", {}, {}, frozenset()))


def _namesakes(was: Account, will: Account) -> dict[str, str]:
    """Return who a contact of the one world is in the other: whoever did the same at the same time."""
    there = {moment.at: moment for moment in will.moments}
    found: dict[str, str] = {}
    for moment in was.moments:
        other = there.get(moment.at)
        if other is not None:
            for side, others in ((moment.before, other.before), (moment.after, other.after)):
                found.update({one.contact: others[name].contact for name, one in side.items() if one.contact})
    return found


def _proofs(acts: Iterable[ConsentChange]) -> list[object]:
    """What is told of acts: when, about what, from what to what, by what, on which words."""
    return [
        (
            act.at, act.subject, act.before, act.after, act.source, act.message, act.button, act.label, act.text,
            act.purpose, act.conversation, act.event_id, act.acted_at,
            "" if act.source is SourceKind.MERGE else act.detail,
        )
        for act in acts
    ]  # fmt: skip
