"""The person in control: what they are signed up for, with a way to leave each and all of it.

Shown are what they stand to, or ever did, and what the builder made public. What only staff made, and added them to, is
left out unless they acted on it themselves: its name is staff's.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from consent.membership import may_receive
from flows.builtin_buttons import ON, OUT, WHY, join_of, public_subjects
from flows.engine import trace
from flows.engine.consent import is_suppressed
from flows.engine.offers import own
from flows.engine.rendering import Voice, builtin, leave_button, with_builtin
from flows.engine.turn import ConversationState
from flows.engine.work import Work
from keywords.reserved import question_asked
from messages.consent import ALL, ConsentChange, Membership, name_of_subject
from messages.effects import OutgoingButton, OutgoingPart, OutgoingText
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent, TextReceived

_AT_ONCE = 5
"""Subscriptions in one message: each is a text with a button, and channels take few."""

_MAX_SHOWN = 50

_WORDS = {Membership.OPTED_IN: "opted_in", Membership.ADDED: "added"}


def show_subscriptions(work: Work) -> None:
    """Say what the person is signed up for, to them alone."""
    live = work.snapshot.live
    work.note(trace.SUBSCRIPTIONS, revision=live.number)
    work.speak_alone()
    voice = Voice(work, live, "")
    shown = [_shown(subject, voice) for subject in _subjects(work)][:_MAX_SHOWN]
    parts: list[OutgoingPart] = [OutgoingText(own("subscriptions" if shown else "no_subscriptions", work)), *shown]
    everything = is_suppressed(work)
    parts.append(
        with_builtin(own("offer_start" if everything else "offer_stop", work), ON if everything else OUT, voice)
    )
    for start in range(0, len(parts), _AT_ONCE + 1):
        work.say(tuple(parts[start : start + _AT_ONCE + 1]), revision=live.number)


def _subjects(work: Work) -> Iterator[str]:
    """Yield what is shown: the flow's in its order, then what the person decided on that the flow has no more."""
    snapshot = work.snapshot
    known = {
        *work.memberships,
        *snapshot.lowered,
        *snapshot.raised,
        *(name for name, _ in public_subjects(snapshot.live.bot)),
    }
    yield from (subject for subject in snapshot.live.segments if subject in known)
    own_acts = (Membership.OPTED_IN, Membership.OPTED_OUT)
    yield from (
        subject
        for subject, standing in sorted(work.memberships.items())
        if subject != ALL and subject not in snapshot.live.segments and standing in own_acts
    )


def _shown(subject: str, voice: Voice) -> OutgoingText:
    work, live = voice.work, voice.revision
    segment = live.segments.get(subject)
    name = (voice.words(segment.name) if segment is not None else "") or name_of_subject(subject)
    purpose = voice.words(segment.purpose) if segment is not None and segment.purpose is not None else ""
    standing = work.memberships.get(subject, Membership.NONE)
    is_on = may_receive(standing, work.memberships.get(ALL, Membership.NONE))
    words = own(_WORDS[standing] if is_on else "out", work)
    text = "\n".join(filter(None, (f"{name}: {purpose}" if purpose else name, words)))
    button: OutgoingButton | None = None
    if standing in _WORDS:
        button = leave_button(text, subject, voice)
    elif segment is not None and segment.public:
        button = builtin(text, join_of(subject), voice)
    return OutgoingText(text, () if button is None else (button,))


def confirm_joined(work: Work, subject: str) -> None:
    """Confirm in our own words that somebody opted in to what the builder made public."""
    live = work.snapshot.live
    segment = live.segments.get(subject)
    name = (work.words(segment.name, live).strip() if segment is not None else "") or name_of_subject(subject)
    said = f"{own('joined', work)} {name}"
    work.say((OutgoingText(f"{said}\n{work.addition}" if work.addition else said),), revision=live.number)
    work.addition = ""


TYPED_WITHIN = timedelta(days=1)
"""How long after a push *why?*, typed, is about it. Its button is for ever about the last one."""


def asks_why(event: InboundEvent, state: ConversationState) -> bool:
    """Tell whether an event may ask why the last push of a conversation came."""
    if state.pushed is None:
        return False
    match event.action:
        case TextReceived(text=text):
            return question_asked(text) == "why"
        case ButtonPressed(button=ButtonRef(button=button)):
            return button == WHY
        case _:
            return False


def tell_why(work: Work) -> None:
    """Say which consent the last push stood on: when, by which act, on which words; with a way to leave it."""
    live, pushed = work.snapshot.live, work.state.pushed
    if pushed is None:
        show_subscriptions(work)
        return
    work.note(trace.WHY, pushed.subject, revision=live.number)
    work.speak_alone()
    voice = Voice(work, live, "")
    segment = live.segments.get(pushed.subject)
    name = (voice.words(segment.name) if segment is not None else "") or name_of_subject(pushed.subject)
    isolates = work.language(live).startswith("ar")
    text = "\n".join((name, *why(work.snapshot.stood_on, lambda kind: own(kind, work), isolates=isolates)))
    standing = work.memberships.get(pushed.subject, Membership.NONE)
    button = leave_button(text, pushed.subject, voice) if standing in _WORDS else None
    work.say((OutgoingText(text, () if button is None else (button,)),), revision=live.number)


def why(row: ConsentChange | None, words: Callable[[str], str], *, isolates: bool = False) -> tuple[str, ...]:
    """Return the lines that tell what a push stood on, by the row of the ledger; without one, that staff chose.

    `isolates`: the words run from right to left, and the day among them from left to right.
    """
    if row is None or row.after not in _WORDS:
        return (words("why_chosen"),)
    day = (row.acted_at or row.at).date().isoformat()
    day = f"\u2066{day}\u2069" if isolates else day
    if row.after is Membership.ADDED:
        return (f"{words('why_added')} {day}",)
    seen = row.text or row.detail
    return (f"{words('why_opted_in')} {day}", *((words("why_read"), seen) if seen else ()))
