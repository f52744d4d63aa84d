"""One recorded turn on the draft: what becomes of the event there, and whether that is certain."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec

from consent.act_time import act_time, raises
from flows.engine import trace
from flows.engine.turn import Turn
from messages.contact import Contact
from messages.effects import ChangeConsent, KeepEvidence
from messages.ids import ALL
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent, Sender, TextReceived, TimerFired
from replay.comparison import Doubt, Side, Step, StepKind
from replay.contact_life import ContactLife, ConversationLife, World
from replay.doubts import doubt_after
from replay.screens import Press
from replay.sides import open_after, question_of, side_of, standing
from replay.simulation import Simulation
from replay.visible import act_of
from segment_buttons.acts import read_act
from storage.records import JournalEntry


class _Certainty(NamedTuple):
    """Why a step is in doubt, and whether it is a press that stays one."""

    doubt: Doubt | None
    is_press: bool = False


class TurnAgain:
    """Takes recorded turns of one person again. `evidence`: words that the draft kept, by digest."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.taken: Turn | None = None
        """The turn of the draft that the last step is of."""
        self._evidence: dict[str, str] = {}

    def take(self, who: ContactLife, where: ConversationLife, entry: JournalEntry) -> Step:
        """Take a recorded turn on both sides; return the step."""
        before = who.draft.contact, who.recorded.contact
        press = _press(where, entry)
        alike = _answers_alike(where, entry, self._simulation)
        event = _event(where, entry.event, press)
        self.taken = taken = None if event is None else self._taken(who, where, entry, event)
        doubt, is_press = _certainty(who, where, entry, press, answers=alike and _same_reply(entry.outcome, taken))
        if doubt is not None and is_press:
            is_press = not (_is_of_everything(press, entry.outcome, taken) or _may_be_late(who, entry, taken))
        where.recorded_turn(entry.outcome)
        who.recorded.take(entry.outcome)
        recorded = side_of(
            entry.outcome, before[1], who.recorded.memberships, where.recorded_due, self._simulation.revisions
        )
        if taken is not None:
            self._keep(who, where, taken, sure=doubt is None)
            draft: Side | None = self._side(taken, before[0], who, where)
        else:
            draft = None if press is not None and press.action is None else self._nothing(where)
        about = set[str]() if doubt is not None else {*recorded.after, *(() if draft is None else draft.after)}
        recorded = _about(recorded, who.recorded, about)
        step = Step(
            kind=StepKind.TURN,
            contact=entry.outcome.contact.id,
            at=entry.at,
            what=act_of(entry.event, entry.outcome, self._simulation.revisions),
            would="" if event is None or taken is None else act_of(event, taken, self._simulation.revisions),
            conversation=entry.conversation,
            turn=entry.turn,
            recorded=recorded,
            draft=None if draft is None else _about(draft, who.draft, about),
            draft_after=standing(who.draft.memberships, recorded.after) if draft is None else {},
            doubt=doubt,
            is_press=is_press,
        )
        _learn(who, where, step, theirs=isinstance(entry.event.action, TextReceived | ButtonPressed))
        return step

    def end_wait(self, who: ContactLife, where: ConversationLife, doubt: Doubt | None) -> Step:
        """End a wait that the draft alone has; `doubt`: why what it finds is not known."""
        at = where.due[where.timer]
        state = where.draft
        sender = Sender(state.reference.user)
        event = InboundEvent(f"timer:{where.timer}", state.reference, sender, TimerFired(where.timer))
        before = who.draft.contact
        self.taken = taken = self._simulation.take(who, where, event, at, f"after_{where.timer}")
        self._keep(who, where, taken, sure=doubt is None)
        step = Step(
            kind=StepKind.WAIT,
            contact=taken.contact.id,
            at=at,
            what="a wait of the draft is over",
            conversation=state.key,
            draft=self._side(taken, before, who, where),
            doubt=doubt,
        )
        if where.parted is None:
            where.parted = doubt_after(step)
        return step

    def _taken(
        self, who: ContactLife, where: ConversationLife, entry: JournalEntry, event: InboundEvent
    ) -> Turn | None:
        action = event.action
        evidence = entry.evidence
        if isinstance(action, TimerFired) and not _is_wait_of(where, action):
            return None
        if isinstance(action, ButtonPressed) and action.button is not None:
            evidence = self._evidence.get(action.button.evidence, evidence)
        return self._simulation.take(who, where, event, entry.at, entry.turn, evidence, entry.last_seen_before)

    def _keep(self, who: ContactLife, where: ConversationLife, taken: Turn, *, sure: bool) -> None:
        who.draft.take(taken)
        where.turn(taken, sure=sure)
        for effect in taken.effects:
            if isinstance(effect, KeepEvidence):
                self._evidence[effect.digest] = effect.text

    def _side(self, taken: Turn, before: Contact, who: ContactLife, where: ConversationLife) -> Side:
        return side_of(taken, before, who.draft.memberships, where.due, self._simulation.revisions)

    def _nothing(self, where: ConversationLife) -> Side:
        asks, waits_until = open_after(where.draft, where.due, self._simulation.revisions)
        return Side(asks=asks, waits_until=waits_until)


def _about(side: Side, world: World, subjects: Collection[str]) -> Side:
    """Return a side that says how the person stands to some subjects besides."""
    if side.after.keys() >= set(subjects):
        return side
    return msgspec.structs.replace(side, after={**side.after, **standing(world.memberships, subjects)})


def _press(where: ConversationLife, entry: JournalEntry) -> Press | None:
    match entry.event.action:
        case ButtonPressed(button=ButtonRef() as ref) as action:
            return where.screen.press(action, ref)
        case _:
            return None


def _event(where: ConversationLife, event: InboundEvent, press: Press | None) -> InboundEvent | None:
    """Return what the draft would be told of; None for a press on a button that it does not show."""
    if press is not None:
        return None if press.action is None else msgspec.structs.replace(event, action=press.action)
    match event.action:
        case TimerFired(timer) if timer == where.recorded_timer and where.waits_alike:
            return msgspec.structs.replace(event, action=TimerFired(where.timer))
        case _:
            return event


def _is_wait_of(where: ConversationLife, action: TimerFired) -> bool:
    """Tell whether the draft's wait is over with the recorded one. Its own wait, of the same id, may be another."""
    return action.timer != where.timer or where.waits_alike


def _answers_alike(where: ConversationLife, entry: JournalEntry, simulation: Simulation) -> bool:
    """Tell whether the words of a turn press what the draft shows too: an answer button, or a quick reply."""
    action = entry.event.action
    if not isinstance(action, TextReceived):
        return False
    if action.form == "answer":
        was, is_now = (
            question_of(state.run, simulation.revisions) if state.run is not None and state.run.asked else None
            for state in (where.recorded, where.draft)
        )
        return was is not None and was == is_now
    return any(step.kind == trace.QUICK_REPLY for step in entry.outcome.trace)


def _same_reply(recorded: Turn, taken: Turn | None) -> bool:
    """Tell whether both turns took a text as a quick reply, or neither."""
    if taken is None:
        return False
    was, is_now = (any(step.kind == trace.QUICK_REPLY for step in turn.trace) for turn in (recorded, taken))
    return was == is_now


def _certainty(
    who: ContactLife, where: ConversationLife, entry: JournalEntry, press: Press | None, *, answers: bool
) -> _Certainty:
    if press is not None:
        if press.action is None:
            return _Certainty(None if press.sure else who.doubt)
        return _Certainty(who.doubt, is_press=press.sure)
    if isinstance(entry.event.action, TextReceived) and not answers:
        return _Certainty(where.parted or who.doubt)
    return _Certainty(who.doubt)


def _may_be_late(who: ContactLife, entry: JournalEntry, taken: Turn | None) -> bool:
    """Tell whether a yes that came after other words was made before them: on the draft they may have been a no."""
    if not any(_raises(turn) for turn in (entry.outcome, taken) if turn is not None):
        return False
    acted = act_time(entry.event.sent_at, entry.at, server_clock=entry.event.server_clock)
    return acted is None or (who.acted is not None and acted <= who.acted)


def _raises(turn: Turn) -> bool:
    changes = (effect.change for effect in turn.effects if isinstance(effect, ChangeConsent))
    late = any(step.kind == trace.LATE for step in turn.trace)
    return late or bool(turn.raised) or any(raises(change) for change in changes)


def _is_of_everything(press: Press | None, *turns: Turn | None) -> bool:
    """Tell whether a press is about everything pushed: what it comes to depends on all that was said before."""
    ref = press.action.button if press is not None and press.action is not None else None
    if ref is not None and ref.act and (act := read_act(ref.act)) is not None:
        return act.is_of_everything
    return any(ALL in (*turn.lowered, *turn.raised, *_changed_by(turn)) for turn in turns if turn is not None)


def _changed_by(turn: Turn) -> Iterator[str]:
    return (effect.change.subject for effect in turn.effects if isinstance(effect, ChangeConsent))


def _learn(who: ContactLife, where: ConversationLife, step: Step, *, theirs: bool) -> None:
    """Keep what a step says about the certainty of those after it. `theirs`: it is an act of the person."""
    if step.doubt is not None and theirs:
        if step.is_press and step.draft is not None:
            who.learn(step.draft.after)
        else:
            who.taint(step.doubt)
    if where.parted is None:
        found = doubt_after(step)
        where.parted = found if found is None else step.doubt or found
