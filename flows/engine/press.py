"""Pressed buttons: each does what it said on the revision that sent it."""

from collections.abc import Callable
from typing import Any

from flows.builtin_buttons import BackButton, BuiltinSubscription
from flows.engine import trace
from flows.engine.consent import Proof, change_segment, is_suppressed, start, stop, too_late
from flows.engine.hand_over import confirm_back
from flows.engine.own_words import own_words
from flows.engine.rendering import Voice, shown_with
from flows.engine.reserved import confirm_start, confirm_stop, still_off
from flows.engine.running import start_message
from flows.engine.state import OfferedReply
from flows.engine.work import Work
from flows.model.buttons import ButtonBase, MessageButton, OptInButton, OptOutButton, SubscriptionButton
from flows.revision import PlacedButton, Revision
from messages.consent import SourceKind
from messages.effects import Answer
from messages.ids import ALL
from messages.inbound import ButtonPressed, InboundEvent
from segments.membership import Act

UNKNOWN_REVISION = "unknown revision"
"""Why a press is refused whose revision the store does not have, or not yet."""


def press(work: Work, action: ButtonPressed) -> bool:
    """Do what a pressed button says; tell whether it could be: a refused press changes nothing.

    A press on a button that sends a message ends a hand-over; one that changes consent does that alone.
    """
    ref = action.button
    fault = action.fault
    revision: Revision | None = None
    placed: PlacedButton | None = None
    if ref is None:
        fault = fault or "unsigned"
    elif ref.bot != work.snapshot.bot:
        fault = fault or "foreign"
    elif (revision := work.snapshot.revision(ref.revision)) is None:
        fault = fault or UNKNOWN_REVISION
    elif (placed := revision.buttons.get(ref.button)) is None or type(placed.button) not in _KINDS:
        fault = fault or "unknown button"
    if fault or ref is None or revision is None or placed is None:
        work.note(trace.PRESS_REFUSED, fault, revision=ref.revision if ref else 0)
        return False
    answer = _pressed(work, revision, placed, work.snapshot.evidence if ref.evidence else None)
    if action.wants_answer:
        work.effects.append(Answer(answer))
    return True


def press_offered(work: Work, normalised: str) -> bool:
    """Take a text that equals a quick reply on screen as a press of it; tell whether it was one.

    Consent is not changed by what was typed before the quick reply was offered.
    """
    for offered in work.state.offered:
        if offered.label == normalised and (placed := _still_there(work, offered)) is not None:
            if offered.evidence and _typed_before(work.event, offered):
                continue
            revision, button = placed
            work.note(trace.QUICK_REPLY, normalised, message=button.message, revision=revision.number)
            _pressed(work, revision, button, offered.text or None)
            return True
    return False


def _typed_before(event: InboundEvent, offered: OfferedReply) -> bool:
    if event.sent_at is None or event.server_clock or offered.at is None:
        return False
    return event.sent_at < offered.at


def _still_there(work: Work, offered: OfferedReply) -> tuple[Revision, PlacedButton] | None:
    revision = work.snapshot.revision(offered.revision)
    placed = revision.buttons.get(offered.button) if revision is not None else None
    if revision is None or placed is None or type(placed.button) not in _KINDS:
        return None
    return revision, placed


def _pressed(work: Work, revision: Revision, placed: PlacedButton, evidence: str | None) -> str:
    """Do what a button says, unless it comes too late. Returns the words of a synchronous answer."""
    work.note(trace.PRESS, placed.id, message=placed.message, revision=revision.number)
    raised = _raised_by(placed.button)
    if raised and too_late(work, raised):
        live = work.snapshot.live
        return own_words("late", work.language(live), live.fallback)
    work.cancel_run()
    voice = Voice(work, revision, placed.message)
    # The words shown end in the label, which may have been in another language then.
    label = evidence.rpartition("\n")[2] if evidence else voice.label(placed.button.label) or placed.id
    proof = Proof(SourceKind.BUTTON, revision, message=placed.message, button=placed.id, label=label)
    if isinstance(placed.button, MessageButton | BackButton):
        work.hand_back()
    else:
        work.private = True
        proof.text = evidence if evidence is not None else shown_with(placed, voice)
    _KINDS[type(placed.button)](placed.button, work, proof)
    return f"{label} ✓"


def _raised_by(button: ButtonBase) -> str:
    """Return the subject whose consent a button raises, or ''."""
    match button:
        case OptInButton(opt_in=segment):
            return segment
        case SubscriptionButton(subscription="in"):
            return ALL
        case _:
            return ""


def _message(button: MessageButton, work: Work, proof: Proof) -> None:
    start_message(work, proof.revision, button.message)


def _back(button: BackButton, work: Work, _: Proof) -> None:
    del button
    confirm_back(work)


def _opt_in(button: OptInButton, work: Work, proof: Proof) -> None:
    if change_segment(work, Act.OPT_IN, button.opt_in, proof):
        if is_suppressed(work):
            work.addition = still_off(work)
        start_message(work, proof.revision, button.reply)


def _opt_out(button: OptOutButton, work: Work, proof: Proof) -> None:
    change_segment(work, Act.OPT_OUT, button.opt_out, proof)
    start_message(work, proof.revision, button.reply)


def _subscription(button: SubscriptionButton, work: Work, proof: Proof) -> None:
    change, confirm = (start, confirm_start) if button.subscription == "in" else (stop, confirm_stop)
    change(work, proof)
    if button.reply:
        start_message(work, proof.revision, button.reply)
    if not work.said:
        confirm(work)


_KINDS: dict[type, Callable[[Any, Work, Proof], None]] = {
    MessageButton: _message,
    OptInButton: _opt_in,
    OptOutButton: _opt_out,
    SubscriptionButton: _subscription,
    BuiltinSubscription: _subscription,
    BackButton: _back,
}
"""What each kind of button does. A page's button does nothing here: the client opens it."""
