"""One person's life on both sides: turns, waits, staff's acts and merges, each a `Step`.

A person is all contacts that became one, with all their conversations. What happened comes in order of time.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from consent.membership import Act, ActTimes
from flows.engine.take_turn import NOT_THEIRS
from flows.engine.turn import ConversationState, Turn, conversation_key
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.contact import Contact
from replay.comparison import Doubt, DoubtCause, PersonEnd, Side, Step, StepKind
from replay.contact_life import ContactLife, ConversationLife, Merged, gone_of, kept_of, merge_step
from replay.differences import end_of
from replay.rerun import NOBODY
from replay.simulation import Simulation, act_of_staff, carried, redo
from replay.turn_again import TurnAgain
from storage.records import JournalEntry

_MAX_WAITS = 100
"""Waits that may end between two events; a flow can wait round and round."""

_EDITED = "staff changed what is known of the person at a time that is not recorded"
_MERGED_SOMETIME = Doubt(DoubtCause.MERGE, "", "", "two contacts became one at an unknown time")


class Life:
    """Lives one person again. Memory grows with contacts, conversations and buttons, not with turns."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._contacts: dict[str, ContactLife] = {}
        self._conversations: dict[str, ConversationLife] = {}
        self._again = TurnAgain(simulation)
        self._alone: set[str] = set()
        """Conversations in which the draft waits."""
        self._now: dict[str, Contact] = {}

    @property
    def taken(self) -> Turn | None:
        """The turn of the draft that the last step is of, if it is of one."""
        return self._again.taken

    # -- what happens

    def turn(self, entry: JournalEntry) -> Iterator[Step]:
        """Live a recorded turn, and all that came before it since the turn before."""
        yield from self._merge_before(entry)
        who = self._begin(entry)
        yield from self._staff_up_to(who, entry)
        yield from self._waits(entry.at, edited=_edited_meanwhile(who, entry))
        self._catch_up(who, entry)
        yield self._again.take(who, self._conversations[entry.conversation], entry)
        self._note_wait(entry.conversation)
        if not isinstance(entry.event.action, NOT_THEIRS):
            who.acted = entry.at

    def change(self, change: ConsentChange | Merged) -> Iterator[Step]:
        """Take in a merge, or a row of the ledger that no turn of this life made. A row is lived once a turn has seen
        its effect.
        """
        if isinstance(change, Merged):
            yield from self._merged(change)
            return
        contact = self._contacts.setdefault(change.contact, ContactLife())
        if change.source is SourceKind.MERGE:
            yield from self._merge_by(change)
        elif not contact.begun:
            contact.recorded.change(change)
            contact.draft.change(change)
        elif not change.turn:
            contact.pending.append(change)

    def now(self, contact: Contact) -> None:
        """Say how a contact is now, after all that was recorded."""
        self._now[contact.id] = contact

    def end(self) -> Iterator[Step]:
        """Live what came after the last turn, and the waits that end until the preview."""
        for name, who in list(self._contacts.items()):
            for change in who.pending:
                yield from self._waits(change.at)
                yield self._staff(who, change)
            who.pending.clear()
            contact = self._now.get(name)
            if contact is not None and contact.merged_into and not who.merged_into:
                yield from self._merge_seen(contact.merged_into, name, self._simulation.until)
        for name, who in self._contacts.items():  # how somebody is now holds, whatever is seen of a merge only now
            contact = self._now.get(name)
            if contact is not None and who.begun and not contact.merged_into:
                who.draft.contact = carried(who.recorded.contact, contact, who.draft.contact)
                who.recorded.contact = contact
        yield from self._waits(self._simulation.until)

    def ends(self) -> Iterator[PersonEnd]:
        """Yield where each contact ends that had a turn, but for those who were merged away."""
        for name, who in self._contacts.items():
            if who.begun and not who.merged_into:
                yield end_of(name, who, self._simulation.filters, self._simulation.until)

    # -- before a turn

    def _begin(self, entry: JournalEntry) -> ContactLife:
        before = entry.contact_before or NOBODY
        name = before.id or entry.outcome.contact.id
        who = self._contacts.setdefault(name, ContactLife())
        if not who.begun:
            who.begun = True
            who.recorded.contact = before
            who.recorded.memberships = dict(entry.memberships)
            who.recorded.times = ActTimes(entry.lowered, entry.raised)
            who.draft.copy_from(who.recorded)
        if who.merged_into:  # clocks disagree: it was recorded as another contact's after the two became one
            for each in (who, self._contacts[self._kept(name)]):
                each.taint(_MERGED_SOMETIME)
        key = entry.conversation
        state = entry.state_before or _fresh(entry)
        where = self._conversations.get(key)
        if where is None:
            self._conversations[key] = where = ConversationLife(state, self._simulation.screen())
        where.draft = carried(where.recorded, state, where.draft)
        where.recorded = state
        where.contact = name
        return who

    def _staff_up_to(self, who: ContactLife, entry: JournalEntry) -> Iterator[Step]:
        """Live the changes by others that the turn saw; those that it did not see stay for later."""
        seen = _seen(who, entry)
        changes, who.pending = who.pending[:seen], who.pending[seen:]
        for change in changes:
            yield from self._waits(change.at)
            yield self._staff(who, change)
        for subject in sorted({*entry.memberships, *who.recorded.memberships}):
            was = who.recorded.memberships.get(subject, Membership.NONE)
            is_now = entry.memberships.get(subject, Membership.NONE)
            if was is not is_now:  # a store that keeps no such row, or another clock
                contact = who.recorded.contact.id
                yield self._staff(who, ConsentChange(contact, subject, was, is_now, entry.at, SourceKind.CONSOLE, ""))

    def _staff(self, who: ContactLife, change: ConsentChange) -> Step:
        memberships = who.recorded.memberships.get(change.subject, Membership.NONE)
        doubt = None if _is_known(who, change) else who.doubt
        if memberships is change.after:  # its effect was seen before it came
            return _staff_step(change, Side(), Side(), doubt)
        who.recorded.change(change)
        redone = redo(change, who.draft)
        acts = () if redone.change is None else (redone.change,)
        if redone.change is not None:
            who.draft.change(redone.change)
        after = who.draft.memberships.get(change.subject, Membership.NONE)
        if doubt is not None:
            who.known.discard(change.subject)
        elif who.doubt is not None:
            who.known.add(change.subject)
        draft = Side(acts=acts, after={change.subject: after}, refused=redone.refused)
        return _staff_step(change, Side(acts=(change,), after={change.subject: change.after}), draft, doubt)

    def _catch_up(self, who: ContactLife, entry: JournalEntry) -> None:
        """Take over what changed from elsewhere besides memberships: details, fields, tags, times of acts."""
        before = entry.contact_before or NOBODY
        who.draft.contact = carried(who.recorded.contact, before, who.draft.contact)
        who.recorded.contact = before
        then, now = who.recorded.times, ActTimes(entry.lowered, entry.raised)
        who.draft.times = ActTimes(
            carried_times(then.lowered, now.lowered, who.draft.times.lowered),
            carried_times(then.raised, now.raised, who.draft.times.raised),
        )
        who.recorded.times = now
        who.filters = entry.filters

    # -- merges

    def _merge_before(self, entry: JournalEntry) -> Iterator[Step]:
        """Merge whose conversation is another's by now, where neither the ledger nor the audit has said so."""
        where = self._conversations.get(entry.conversation)
        if where is None or entry.contact_before is None:
            return
        kept, gone = entry.contact_before.id, self._kept(where.contact)
        now = self._now.get(gone)
        if gone != kept and now is not None and now.merged_into:
            yield from self._merge_seen(kept, gone, entry.at)

    def _merged(self, merged: Merged) -> Iterator[Step]:
        """Take in that two contacts became one; where nothing says when, that they may have from here on."""
        if self._contacts.setdefault(merged.gone, ContactLife()).merged_into:
            return
        if merged.at is not None:
            yield from self._merge(merged.kept, merged.gone, merged.at, merged.actor)
            return
        for name in (merged.gone, self._kept(merged.kept)):
            who = self._contacts[name]
            who.merging |= {merged.gone}
            who.taint(_MERGED_SOMETIME)

    def _merge_by(self, change: ConsentChange) -> Iterator[Step]:
        gone, kept = gone_of(change), kept_of(change)
        if gone and kept and not self._contacts.setdefault(gone, ContactLife()).merged_into:
            yield from self._merge(kept, gone, change.at, change.actor)

    def _merge_seen(self, kept: str, gone: str, at: datetime) -> Iterator[Step]:
        """Merge two of whom it is only seen at `at` that they are one."""
        for name in (kept, gone):
            self._contacts.setdefault(name, ContactLife()).taint(_MERGED_SOMETIME)
        yield from self._merge(kept, gone, at, "")

    def _merge(self, kept: str, gone: str, at: datetime, actor: str) -> Iterator[Step]:
        kept = self._kept(kept)
        one, other = (self._contacts.setdefault(name, ContactLife()) for name in (kept, gone))
        for who in (one, other):
            for change in who.pending:
                yield self._staff(who, change)
            who.pending.clear()
        yield from self._waits(at)
        yield merge_step(one, other, kept, gone, at, actor)

    # -- waits

    def _waits(self, until: datetime, *, edited: bool = False) -> Iterator[Step]:
        """End the waits that the draft alone has and that are over at `until`. `edited`: what they look at was changed
        by staff at a time that is not recorded.
        """
        for _ in range(_MAX_WAITS):
            over = [(due, key) for key in self._alone if (due := self._conversations[key].due_alone) and due <= until]
            if not over:
                return
            _, key = min(over)
            where = self._conversations[key]
            who = self._contacts[self._kept(where.contact)]
            if edited and who.doubt is None:
                who.taint(Doubt(DoubtCause.WAIT, key, "", _EDITED))
            yield self._again.end_wait(who, where, who.doubt)
            self._note_wait(key)
        for key in self._alone:
            self._contacts[self._kept(self._conversations[key].contact)].taint(
                Doubt(DoubtCause.WAIT, key, "", f"more than {_MAX_WAITS} waits would follow each other")
            )

    def _note_wait(self, key: str) -> None:
        """Keep in which conversations the draft waits."""
        (self._alone.add if self._conversations[key].timer else self._alone.discard)(key)

    def _kept(self, contact: str) -> str:
        """Return who a contact is by now."""
        while merged := self._contacts.setdefault(contact, ContactLife()).merged_into:
            contact = merged
        return contact


def _fresh(entry: JournalEntry) -> ConversationState:
    reference = entry.event.reference
    return ConversationState(key=conversation_key(reference), reference=reference)


def _edited_meanwhile(who: ContactLife, entry: JournalEntry) -> bool:
    """Tell whether staff changed fields or tags since the recorded turn before."""
    before, then = entry.contact_before or NOBODY, who.recorded.contact
    return (before.fields, before.tags) != (then.fields, then.tags)


def _seen(who: ContactLife, entry: JournalEntry) -> int:
    """Return how many of the pending changes a turn saw: the most that lead to the memberships that it found."""
    memberships = dict(who.recorded.memberships)
    seen = len(who.pending)
    found = None
    for number in range(seen + 1):
        if _without_none(memberships) == _without_none(entry.memberships):
            found = number
        if number < seen:
            memberships[who.pending[number].subject] = who.pending[number].after
    return seen if found is None else found


def _without_none(memberships: Mapping[str, Membership]) -> dict[str, Membership]:
    return {subject: one for subject, one in memberships.items() if one is not Membership.NONE}


def _is_known(who: ContactLife, change: ConsentChange) -> bool:
    """Tell whether what an act of staff comes to is certain, whatever else is in doubt."""
    needed = {change.subject, ALL} if act_of_staff(change) is Act.ADD else {change.subject}
    return needed <= who.known


def _staff_step(change: ConsentChange, recorded: Side, draft: Side, doubt: Doubt | None) -> Step:
    return Step(
        StepKind.STAFF,
        change.contact,
        change.at,
        _WHAT.get(change.after, "a change"),
        recorded=recorded,
        draft=draft,
        doubt=doubt,
    )


_WHAT = {Membership.ADDED: "staff adding them", Membership.NONE: "staff removing them"}


def carried_times(
    then: Mapping[str, datetime], before: Mapping[str, datetime], now: Mapping[str, datetime]
) -> dict[str, datetime]:
    """Return times of acts with those that moved between two recorded turns."""
    return {**now, **{subject: at for subject, at in before.items() if then.get(subject) != at}}
