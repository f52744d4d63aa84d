"""One turn: who answers an event, and what comes of it.

The first that fits answers: a consent word, a press (also a text equal to a quick reply on screen), the open question,
the builder's keywords, the default reply.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from consent.membership import why_not
from flows.engine import trace
from flows.engine.consent import Proof, stop
from flows.engine.contact import contact_of
from flows.engine.default_reply import default_reply, unless_silent
from flows.engine.hand_over import handed_back
from flows.engine.hearing import hear
from flows.engine.press import press, press_silently
from flows.engine.repeated_invokes import is_repeated, remember
from flows.engine.reserved import stop_word
from flows.engine.running import resume, start_message
from flows.engine.snapshot import Snapshot
from flows.engine.turn import Turn
from flows.engine.work import Work
from messages.consent import SourceKind
from messages.ids import IdSource
from messages.inbound import (
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    HandedBack,
    InboundEvent,
    ReactionChanged,
    StoppedByChannel,
    TextReceived,
    TimerFired,
    Unhandled,
)
from messages.outgoing import ConsentTerms


def take_turn(snapshot: Snapshot, event: InboundEvent, now: datetime, ids: IdSource) -> Turn:
    """Decide one event. Pure: the same arguments give the same turn, to the byte. Never raises for what an event or a
    flow holds; a fault in the flow is a notice in the trace.
    """
    work = Work(snapshot, event, now, ids, contact_of(snapshot.contact, event, now, ids))
    _ACTIONS[type(event.action)](work, event.action)
    return work.finish()


def _press(work: Work, action: ButtonPressed) -> None:
    """Do what a button says. One that is not ours does nothing, but what it is called may be a no."""
    work.unreachable = ""
    if action.form == "standby":
        if not (press_silently(work, action) or stop_word(work, action.label, silently=True)):
            work.note(trace.NOTHING, "standby")
        return
    if is_repeated(work, action):
        return
    if press(work, action) or (action.button is None and stop_word(work, action.label, strong=True)):
        unless_silent(work)
    elif not work.handed_over:
        default_reply(work)
    remember(work, action)


def _started(work: Work, _: ConversationStarted) -> None:
    """Welcome the person, once per conversation until it ended."""
    work.unreachable = ""
    welcome = work.snapshot.live.bot.welcome
    if work.welcomed or welcome is None:
        work.note(trace.WELCOMED if work.welcomed else trace.NOTHING)
        return
    work.note(trace.WELCOME, message=welcome, revision=work.snapshot.live.number)
    work.welcomed = True
    work.handed_over = False
    work.cancel_run()
    start_message(work, work.snapshot.live, welcome)
    unless_silent(work)


def _ended(work: Work, action: ConversationEnded) -> None:
    """Nothing may be sent until the person speaks again."""
    work.note(trace.ENDED, action.reason)
    work.cancel_run()
    work.unreachable = action.reason or "ended"
    work.handed_over = False
    work.welcomed = False


def _timer(work: Work, action: TimerFired) -> None:
    """Go on with the message that waited, if it still does, may be sent, and the person's consent allows it."""
    run = work.run
    if run is None or run.asked or run.timer != action.timer:
        work.note(trace.STALE_TIMER, action.timer)
        return
    work.run = None
    revision = work.snapshot.revision(run.revision)
    work.terms = run.consent or ConsentTerms()
    if ended := why_not(work.terms, work.memberships, work.snapshot.lowered, work.now):
        work.note(trace.WAIT_ENDED, ended, message=run.message, revision=run.revision)
    elif revision is None:
        work.note(trace.MISSING_REVISION, message=run.message, revision=run.revision, notice=True)
    elif work.unreachable:
        work.note(trace.CANCELLED, work.unreachable, message=run.message, revision=run.revision)
    else:
        work.note(trace.TIMER, message=run.message, revision=run.revision)
        resume(work, revision, run)


def _stopped_by_channel(work: Work, action: StoppedByChannel) -> None:
    """Stop everything pushed, without a word: the channel has confirmed it to the person."""
    live = work.snapshot.live
    work.note(trace.RESERVED, f"stop: {action.how}", revision=live.number)
    work.cancel_run()
    stop(work, Proof(SourceKind.KEYWORD, live, detail=action.how))


def _reaction(work: Work, _: ReactionChanged) -> None:
    work.unreachable = ""
    work.note(trace.NOTHING, "reaction")


def _unhandled(work: Work, action: Unhandled) -> None:
    work.note(trace.NOTHING, action.kind)


_ACTIONS: dict[type, Callable[[Work, Any], None]] = {
    TextReceived: hear,
    ButtonPressed: _press,
    ConversationStarted: _started,
    ConversationEnded: _ended,
    TimerFired: _timer,
    HandedBack: handed_back,
    StoppedByChannel: _stopped_by_channel,
    ReactionChanged: _reaction,
    Unhandled: _unhandled,
}
