"""What a turn came to for people: a `Side` of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from flows.diff_words import first_words
from flows.engine.runner import part_at
from flows.engine.turn import ConversationState, Run, Turn
from flows.model.parts import Choice, QuestionPart
from flows.revision import Revision
from messages.consent import Membership
from messages.contact import Contact, FieldValue
from messages.effects import ChangeConsent, Complete, Emit, HandOver, Send
from replay.comparison import Question, Side
from replay.visible import Reply, lines_of


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
        after=standing(memberships, subjects_of(turn)),
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


def standing(memberships: Mapping[str, Membership], subjects: Iterable[str]) -> dict[str, Membership]:
    """Return the memberships of some subjects, those that are `none` too."""
    return {subject: memberships.get(subject, Membership.NONE) for subject in sorted(subjects)}


def _changed(before: Mapping[str, FieldValue], after: Mapping[str, FieldValue]) -> dict[str, FieldValue | None]:
    if before is after:
        return {}
    names = sorted({*before, *after})
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}
