"""Pressed buttons: each does what it said on the revision that sent it."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

from consent.membership import Act
from flows.builtin_buttons import (
    EVERYWHERE,
    BackButton,
    BuiltinOptIn,
    BuiltinSequence,
    BuiltinSubscription,
    BuiltinTopic,
    ShowsButton,
    leave_of,
)
from flows.engine import trace
from flows.engine.consent import Proof, change_segment, is_suppressed, start, stop, too_late
from flows.engine.keywords import confirm_left, confirm_start, confirm_stop, say_outdated, still_off
from flows.engine.offers import confirm_back
from flows.engine.own_words import own_words
from flows.engine.parts import start_message
from flows.engine.rendering import Voice, act_of
from flows.engine.subscriptions import confirm_joined, show_subscriptions, tell_why
from flows.engine.turn import OfferedReply
from flows.engine.words_shown import are_of, words_again
from flows.engine.work import Work
from flows.model.buttons import (
    ButtonBase,
    MessageButton,
    OptInButton,
    OptOutButton,
    SequenceButton,
    SubscriptionButton,
    TopicButton,
    UrlButton,
    consent_of,
)
from flows.revision import PlacedButton, Revision
from messages.consent import SourceKind
from messages.effects import Answer
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent
from segment_buttons.payload import ConsentAct, is_digest_of, read_act

UNKNOWN_REVISION: Final = "unknown revision"
"""Why a press is refused whose revision the store does not have, or not yet."""

UNKNOWN_BUTTON: Final = "unknown button"

UNPROVED: Final = "words not proved"
"""Why an opt-in is refused: which words the person saw can't be shown."""

OUTDATED: Final = frozenset((UNKNOWN_REVISION, UNKNOWN_BUTTON, UNPROVED))
"""Why a press of a button that we once sent is refused."""


class NamedButton(Protocol):
    """What names a button: a payload that was verified, or a quick reply on screen."""

    @property
    def revision(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def button(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def act(self) -> str: ...


class Found(NamedTuple):
    """A button that may be pressed."""

    revision: Revision
    placed: PlacedButton
    words: str | None
    """The words that it was shown with; None where that can't be proved."""
    act: ConsentAct | None
    """What it does to consent; None where it only answers."""


class ByAct(NamedTuple):
    """A press that lowers consent, of a button that is not there any more."""

    button: str
    act: ConsentAct
    words: str | None
    revision: Revision | None = None
    """The revision that showed it, where it stands on none (`flows.builtin_buttons.leave_of`) and that is known."""


class Refused(NamedTuple):
    """A press that changes nothing, and why."""

    reason: str


def resolve(work: Work, named: NamedButton, kept: str | None) -> Found | ByAct | Refused:
    """Find a button. `kept`: the words that the store has under the digest of its evidence."""
    revision = work.snapshot.named(named.revision, named.digest)
    if revision is None and named.digest and named.button in EVERYWHERE:
        revision = work.snapshot.live
    placed = revision.buttons.get(named.button) if revision is not None else None
    act = act_of(placed.button) if placed is not None else None
    if placed is not None and (isinstance(placed.button, UrlButton) or not _as_signed(named, act)):
        placed = None
    words = kept if kept is not None and is_digest_of(named.evidence, kept) else None
    if revision is None or placed is None:
        signed = read_act(named.act)
        if signed is not None and not signed.raises:
            shown = revision if named.button == leave_of(signed.subject) else None
            return ByAct(named.button, signed, words, shown)
        return Refused(UNKNOWN_REVISION if revision is None else UNKNOWN_BUTTON)
    if act is None:
        # A payload of the first form has evidence if its button changed consent: then this is another revision.
        other = named.evidence and not named.digest
        return Refused(UNKNOWN_BUTTON) if other else Found(revision, placed, None, None)
    if words is None and named.evidence:
        words = words_again(named.evidence, revision, placed, work.contact, (work.language(revision),))
    elif words is not None and act.raises and not named.digest and not are_of(words, revision, placed):
        return Refused(UNPROVED)
    return Refused(UNPROVED) if words is None and act.raises else Found(revision, placed, words, act)


def _as_signed(named: NamedButton, act: ConsentAct | None) -> bool:
    """Tell whether a button does what its payload says; a payload of the first form says nothing of it."""
    return not named.digest or named.act == (act.word() if act is not None else "")


def press(work: Work, action: ButtonPressed) -> bool:
    """Do what a pressed button says; tell whether anything was said to it.

    A refused press changes nothing. One of a button of ours that is out of date is told so, and offered what there is
    now; False for what was never a button of this bot. A press on a button that sends a message ends a hand-over; one
    that changes consent does that alone.
    """
    ref = action.button
    if ref is None or ref.bot != work.snapshot.bot:
        _refuse(work, action.fault or ("unsigned" if ref is None else "foreign"), ref)
        return False
    found = Refused(action.fault) if action.fault else resolve(work, ref, work.snapshot.evidence)
    match found:
        case Refused(reason):
            _refuse(work, reason, ref)
            return reason in OUTDATED and _outdated(work, action, ref)
        case ByAct():
            answer = _by_act(work, found)
        case Found():
            answer = _pressed(work, found)
    if action.wants_answer:
        work.effects.append(Answer(answer))
    return True


def press_silently(work: Work, action: ButtonPressed) -> bool:
    """Take a press while another inbox has the conversation, so that nothing may be said: it counts if it lowers
    consent. Tell whether it did.
    """
    ref = action.button
    if ref is None or ref.bot != work.snapshot.bot or action.fault:
        _refuse(work, action.fault or ("unsigned" if ref is None else "foreign"), ref)
        return False
    match resolve(work, ref, work.snapshot.evidence):
        case Refused(reason):
            _refuse(work, reason, ref)
            return False
        case ByAct(button, act, words, revision):
            work.note(trace.PRESS_BY_ACT, button)
            proof = Proof(SourceKind.BUTTON, revision, button=button, label=_last_line(words), text=words or "")
        case Found(revision, placed, words, found):
            if found is None or found.raises:
                return False
            act = found
            work.note(trace.PRESS, placed.id, message=placed.message, revision=revision.number)
            label = _label(work, revision, placed, words)
            proof = Proof(
                SourceKind.BUTTON, revision, message=placed.message, button=placed.id, label=label, text=words or ""
            )
    work.cancel_run()
    if act.is_of_everything:
        stop(work, proof)
    else:
        change_segment(work, Act.OPT_OUT, act.subject, proof)
    return True


def press_offered(work: Work, normalised: str) -> bool:
    """Take a text that equals a quick reply on screen as a press of it; tell whether it was one.

    Consent is not changed by what was typed before the quick reply was offered.
    """
    for offered in work.state.offered:
        if offered.label != normalised or (offered.evidence and _typed_before(work.event, offered)):
            continue
        match resolve(work, offered, offered.text or None):
            case Refused(reason):
                work.note(trace.PRESS_REFUSED, reason, revision=offered.revision)
            case ByAct() as found:
                work.note(trace.QUICK_REPLY, normalised)
                _by_act(work, found)
                return True
            case Found(revision, placed) as found:
                work.note(trace.QUICK_REPLY, normalised, message=placed.message, revision=revision.number)
                _pressed(work, found)
                return True
    return False


def _typed_before(event: InboundEvent, offered: OfferedReply) -> bool:
    if event.sent_at is None or event.server_clock or offered.at is None:
        return False
    return event.sent_at < offered.at


def _refuse(work: Work, reason: str, ref: ButtonRef | None) -> None:
    work.note(trace.PRESS_REFUSED, reason, revision=ref.revision if ref is not None else 0)


def _outdated(work: Work, action: ButtonPressed, ref: ButtonRef) -> bool:
    """Say that nothing was changed, and send the message that has such a button now. Silent after a hand-over."""
    if work.handed_over:
        return False
    work.private = True
    words = say_outdated(work)
    if action.wants_answer:
        work.effects.append(Answer(words))
    live = work.snapshot.live
    placed = live.buttons.get(ref.button)
    if placed is not None and placed.message:
        start_message(work, live, placed.message)
    return True


def _pressed(work: Work, found: Found) -> str:
    """Do what a button says, unless it comes too late. Returns the words of a synchronous answer."""
    revision, placed, words, act = found
    work.note(trace.PRESS, placed.id, message=placed.message, revision=revision.number)
    if act is not None and act.raises and too_late(work, act.subject):
        live = work.snapshot.live
        return own_words("late", work.language(live), live.fallback)
    shows = isinstance(placed.button, ShowsButton)  # as HELP, it ends neither a question nor a hand-over
    if not shows:
        work.cancel_run()
    label = _label(work, revision, placed, words)
    proof = Proof(SourceKind.BUTTON, revision, message=placed.message, button=placed.id, label=label, text=words or "")
    if act is not None:
        work.private = True
    elif not shows:
        work.hand_back()
    _KINDS[type(placed.button)](placed.button, work, proof)
    return f"{label} ✓"


def _label(work: Work, revision: Revision, placed: PlacedButton, words: str | None) -> str:
    """Return what a button was called. The words shown end in it, which may have been in another language then."""
    return _last_line(words) or Voice(work, revision, placed.message).label(placed.button.label) or placed.id


def _by_act(work: Work, found: ByAct) -> str:
    """Lower consent as a payload says whose button is gone, and confirm it in words of ours. Returns its words."""
    work.note(trace.PRESS_BY_ACT, found.button)
    work.cancel_run()
    work.private = True
    label = _last_line(found.words)
    proof = Proof(SourceKind.BUTTON, found.revision, button=found.button, label=label, text=found.words or "")
    if found.act.is_of_everything:
        stop(work, proof)
        confirm_stop(work)
    else:
        change_segment(work, Act.OPT_OUT, found.act.subject, proof)
        confirm_left(work, found.act.subject)
    return f"{label or found.button} ✓"


def _last_line(words: str | None) -> str:
    return (words or "").rpartition("\n")[2]


def _message(button: MessageButton, work: Work, proof: Proof) -> None:
    _reply(work, proof, button.message)


def _back(button: BackButton, work: Work, _: Proof) -> None:
    del button
    confirm_back(work)


def _membership(button: ButtonBase, work: Work, proof: Proof) -> None:
    consent = consent_of(button)
    if consent is None:
        return
    if not consent.raises:
        change_segment(work, Act.OPT_OUT, consent.subject, proof)
    elif not change_segment(work, Act.OPT_IN, consent.subject, proof):
        return
    elif is_suppressed(work):
        work.addition = still_off(work)
    if consent.reply:
        _reply(work, proof, consent.reply)
    else:
        confirm_joined(work, consent.subject)


def _show(button: ShowsButton, work: Work, _: Proof) -> None:
    (tell_why if button.shows == "why" else show_subscriptions)(work)


def _subscription(button: SubscriptionButton, work: Work, proof: Proof) -> None:
    change, confirm = (start, confirm_start) if button.subscription == "in" else (stop, confirm_stop)
    change(work, proof)
    if button.reply:
        _reply(work, proof, button.reply)
    if not work.said:
        confirm(work)


def _reply(work: Work, proof: Proof, message: str) -> None:
    if proof.revision is not None:
        start_message(work, proof.revision, message)


_KINDS: dict[type, Callable[[Any, Work, Proof], None]] = {
    MessageButton: _message,
    **dict.fromkeys((OptInButton, OptOutButton, TopicButton, SequenceButton), _membership),
    **dict.fromkeys((BuiltinOptIn, BuiltinTopic, BuiltinSequence), _membership),
    ShowsButton: _show,
    SubscriptionButton: _subscription,
    BuiltinSubscription: _subscription,
    BackButton: _back,
}
"""What each kind of button does. A page's button does nothing here: the client opens it."""
