"""Invokes that a client sends again under a new id: the same act, which gets the same answer and changes nothing."""

import hashlib
from datetime import timedelta

from consent.act_time import lowers
from flows.engine import trace
from flows.engine.button_acts import act_of
from flows.engine.own_words import own_words
from flows.engine.resolve import ByAct, Found, Refused, resolve
from flows.engine.state import AnsweredInvoke
from flows.engine.work import Work
from messages.consent import Membership
from messages.effects import Answer, ChangeConsent
from messages.inbound import ButtonPressed

SAME_ACT = timedelta(minutes=2)
"""For how long a person's invoke with the same payload on the same message is the same act."""

_MOST = 10
"""Invokes that are remembered of a conversation."""


def is_repeated(work: Work, action: ButtonPressed) -> bool:
    """Answer an invoke that was answered within the last two minutes as it was then; tell whether it was."""
    if not action.wants_answer:
        return False
    key = _key(work, action)
    for known in work.state.invokes:
        if known.key == key and work.now - known.at <= SAME_ACT:
            work.note(trace.REPEATED, key)
            work.effects.append(Answer(known.answer if _stands(work, action) else _late(work)))
            return True
    return False


def _stands(work: Work, action: ButtonPressed) -> bool:
    """Tell whether what the press did is still so: the person may have said no since, or the button may be gone."""
    match resolve(work, action.button, work.snapshot.evidence) if action.button is not None else None:
        case Found(_, placed):
            act = act_of(placed.button)
        case ByAct(_, act):
            pass
        case Refused():
            return False
        case None:
            act = None
    return act is None or not act.raises or work.memberships.get(act.subject) is not Membership.OPTED_OUT


def _late(work: Work) -> str:
    live = work.snapshot.live
    return own_words("late", work.language(live), live.fallback)


def remember(work: Work, action: ButtonPressed) -> None:
    """Keep what an invoke was answered. One that lowers consent is done again each time: a no is always heard."""
    answer = next((effect.text for effect in work.effects if isinstance(effect, Answer)), None)
    if not action.wants_answer or answer is None or _lowered(work):
        return
    recent = [known for known in work.invokes if work.now - known.at <= SAME_ACT]
    work.invokes = (*recent[1 - _MOST :], AnsweredInvoke(_key(work, action), work.now, answer))


def _lowered(work: Work) -> bool:
    return bool(work.lowered) or any(
        isinstance(effect, ChangeConsent) and lowers(effect.change) for effect in work.effects
    )


def _key(work: Work, action: ButtonPressed) -> str:
    act = f"{work.event.reference.user}\n{work.event.reply_to}\n{action.payload}"
    return hashlib.sha256(act.encode(errors="surrogatepass")).hexdigest()[:16]
