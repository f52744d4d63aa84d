"""One recorded turn on the draft: what becomes of the event there, and whether that is certain."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from consent.membership import act_time, is_raising_act
from flows.diff_words import bold, first_words, quoted
from flows.engine import trace
from flows.engine.parts import part_at
from flows.engine.turn import ConversationState, Run, Turn
from flows.model.parts import Choice, QuestionPart
from flows.revision import Revision
from messages.consent import ALL, Membership
from messages.contact import Contact, FieldValue
from messages.effects import ChangeConsent, Complete, Emit, HandOver, KeepEvidence, Send
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent, Sender, TextReceived, TimerFired
from replay.comparison import Doubt, DoubtCause, Question, Side, Step, StepKind
from replay.contact_life import ContactLife, ConversationLife, Press, World
from replay.simulation import Simulation
from replay.visible import Reply, act_of, lines_of
from segment_buttons.payload import read_act
from storage.records import JournalEntry


def open_after(
    state: ConversationState, due: Mapping[str, datetime], revisions: Mapping[int, Revision]
) -> tuple[Question | None, datetime | None]:
    """Return the question that is open in a conversation, and when the wait ends that runs in it."""
    run = state.run
    if run is None:
        return None, None
    return (question_of(run, revisions), None) if run.asked else (None, due.get(run.timer))


def question_of(run: Run, revisions: Mapping[int, Revision]) -> Question | None:
    """Return the question that a run waits at; None where its revision has none there."""
    revision = revisions.get(run.revision)
    part = part_at(revision, run) if revision is not None else None
    if not isinstance(part, QuestionPart):
        return None
    choices = tuple(choice.value if isinstance(choice, Choice) else choice for choice in part.choices)
    return Question(first_words(part.question), part.field, part.type, choices)


def side_of(
    turn: Turn,
    before: Contact,
    memberships: Mapping[str, Membership],
    due: Mapping[str, datetime],
    revisions: Mapping[int, Revision],
) -> Side:
    """Return what a turn came to. `before` is the contact ahead of it, `memberships` are those after it; `due`: when
    the waits of the conversation end.
    """
    effects = turn.effects
    acts = tuple(effect.change for effect in effects if isinstance(effect, ChangeConsent))
    asks, waits_until = open_after(turn.state, due, revisions)
    contact = turn.contact
    return Side(
        acts=acts,
        after=memberships_after(memberships, subjects_of(turn)),
        replies=tuple(Reply(e.message.message, lines_of(e.message)) for e in effects if isinstance(e, Send)),
        asks=asks,
        waits_until=waits_until,
        fields=_changed(before.fields, contact.fields),
        tags_added=tuple(sorted(contact.tags - before.tags)),
        tags_removed=tuple(sorted(before.tags - contact.tags)),
        events=tuple(effect.event for effect in effects if isinstance(effect, Emit)),
        completed=tuple(f"{effect.kind}:{effect.item}" for effect in effects if isinstance(effect, Complete)),
        handed_over=any(isinstance(effect, HandOver) for effect in effects),
    )


def subjects_of(turn: Turn) -> set[str]:
    """Return what a turn's acts of consent were about, whether they changed it or not."""
    changed = (effect.change.subject for effect in turn.effects if isinstance(effect, ChangeConsent))
    return {*changed, *turn.lowered, *turn.raised}


def memberships_after(memberships: Mapping[str, Membership], subjects: Iterable[str]) -> dict[str, Membership]:
    """Return the memberships of some subjects, those that are `none` too."""
    return {subject: memberships.get(subject, Membership.NONE) for subject in sorted(subjects)}


def _changed(before: Mapping[str, FieldValue], after: Mapping[str, FieldValue]) -> dict[str, FieldValue | None]:
    if before is after:
        return {}
    names = sorted({*before, *after})
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def doubt_after(step: Step) -> Doubt | None:
    """Return why what the person says after a step answers something else; None where both sides look the same."""
    found = _seen(step.what, step.recorded, step.draft)
    return None if found is None else Doubt(found[0], step.conversation, step.turn, found[1])


def _seen(what: str, recorded: Side | None, draft: Side | None) -> tuple[DoubtCause, str] | None:
    if draft is None:
        return DoubtCause.PRESS, f"{what} would not be there to press"
    if recorded is None:
        return (DoubtCause.WAIT, "a wait would be over first") if draft.replies or draft.asks else None
    if recorded.asks != draft.asks:
        return DoubtCause.QUESTION, _asked(recorded, draft)
    if recorded.waits_until != draft.waits_until:
        return DoubtCause.WAIT, _waits(recorded, draft)
    if lines(recorded) != lines(draft):
        return DoubtCause.REPLY, _read(recorded.replies, draft.replies)
    return None


def lines(side: Side) -> list[tuple[str, ...]]:
    """Return what the person reads of a side."""
    return [reply.lines for reply in side.replies]


def _asked(recorded: Side, draft: Side) -> str:
    if draft.asks is not None:
        return f"they would first be asked {quoted(draft.asks.words)}"
    return f"they would not be asked {quoted(recorded.asks.words)}" if recorded.asks is not None else ""


def _waits(recorded: Side, draft: Side) -> str:
    if recorded.waits_until is None:
        return "a wait would come first"
    return "there would be no wait" if draft.waits_until is None else "the wait would be another"


def _read(was: tuple[Reply, ...], will: tuple[Reply, ...]) -> str:
    old, new = ([reply.message for reply in side] for side in (was, will))
    if old == new:
        changed = next(after for before, after in zip(was, will, strict=True) if before.lines != after.lines)
        return f"they would first read other words in {named((changed,))}"
    return f"they would first read {named(will)} instead of {named(was)}"


def named(replies: tuple[Reply, ...]) -> str:
    """Name messages by the flow's ids."""
    return ", ".join(bold(reply.message) if reply.message else "our own words" for reply in replies) or "nothing"


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
            draft_after=memberships_after(who.draft.memberships, recorded.after) if draft is None else {},
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
    return msgspec.structs.replace(side, after={**side.after, **memberships_after(world.memberships, subjects)})


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
    return late or bool(turn.raised) or any(is_raising_act(change) for change in changes)


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
