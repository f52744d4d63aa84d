"""Take one turn: decide who answers an event, and with what. Pure: `take_turn(snapshot, event, now, ids) -> Turn`."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from consent.membership import lowers, why_not
from flows.engine import trace
from flows.engine.consent import Proof, stop
from flows.engine.keywords import keyword, opt_out_keyword, question, reserved_word, stop_word
from flows.engine.links import came_by_link, link_words
from flows.engine.offers import back_word, handed_back, offer_stop
from flows.engine.own_words import own_words
from flows.engine.parts import after_effect, resume, start_message
from flows.engine.press import ByAct, Found, Refused, press, press_offered, press_silently, resolve
from flows.engine.pushes import push_turn
from flows.engine.questions import answer
from flows.engine.turn import RULES_VERSION, AnsweredInvoke, IdSource, Run, Snapshot, Turn, tidy
from flows.engine.work import Work
from flows.revision import Revision
from keywords.normalise import normalise
from messages.consent import Membership, SourceKind
from messages.contact import Contact
from messages.effects import Answer, ChangeConsent, ConsentTerms, IgnoreMessage, OutgoingActivity
from messages.inbound import (
    MAKES_A_CONTACT,
    Action,
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    EffectDone,
    HandedBack,
    InboundEvent,
    PushDue,
    ReactionChanged,
    StoppedByChannel,
    TeamSpoke,
    TextReceived,
    TimerFired,
    Unhandled,
)

_NAME, _EMAIL, _ID = 200, 254, 128
"""How much of what a channel tells is kept."""

NOT_THEIRS = (TimerFired, EffectDone, HandedBack, TeamSpoke, PushDue, ConversationEnded)
"""What is no act of the person: a wait that is over, a push, a bot that an administrator took away."""


def contact_of(contact: Contact, event: InboundEvent, now: datetime, ids: IdSource) -> Contact:
    """Return the contact as this event shows them. One that nobody stored yet (`id` empty) gets its id here.

    Whoever acts for the first time is subscribed from now on, also one whom staff knew before.
    """
    identity = event.reference.account
    if not contact.id:
        contact = replace(
            contact,
            id=ids.new("c"),
            identities=(*contact.identities, identity),
            created_at=now,
            source=identity.channel,
        )
    elif identity not in contact.identities:
        contact = replace(contact, identities=(*contact.identities, identity))
    if contact.subscribed_at is None and not isinstance(event.action, NOT_THEIRS):
        contact = replace(contact, subscribed_at=now)
    sender = event.sender
    name = sender.name.strip()[:_NAME] or contact.name
    email = sender.email.strip()[:_EMAIL] or contact.email
    account = sender.aad_object_id[:_ID] or contact.aad_object_id
    language = tidy(sender.locale) or contact.language
    if (name, email, account, language) == (contact.name, contact.email, contact.aad_object_id, contact.language):
        return contact
    return replace(contact, name=name, email=email, aad_object_id=account, language=language)


_UNANSWERED = {trace.MISSING_MESSAGE, trace.MISSING_SEGMENT}


def default_reply(work: Work) -> None:
    """Say the default reply. A message that waits goes on waiting, unless the default reply itself asks or waits."""
    default = work.snapshot.live.bot.default
    work.note(trace.DEFAULT, message=default or "", revision=work.snapshot.live.number)
    if default is not None:
        start_message(work, work.snapshot.live, default)


def unless_silent(work: Work) -> None:
    """Say the default reply when a message that should have answered is missing."""
    if not work.said and any(step.kind in _UNANSWERED for step in work.trace):
        default_reply(work)


def hear(work: Work, action: TextReceived) -> None:
    """Take words as what their form lets them be. A form that is not known is a plain message that is no press."""
    work.unreachable = ""
    _FORMS.get(action.form, _said)(work, action, normalise(action.text))


def _said(work: Work, action: TextReceived, normalised: str) -> None:
    """Words of the person: consent words, a quick reply on screen, the answer to a question, keywords."""
    if reserved_word(work, action.text):
        unless_silent(work)
    elif work.handed_over:
        if not back_word(work, normalised):
            work.note(trace.SILENT)
    elif (_is_plain(work, action) and press_offered(work, normalised)) or (
        answer(work, action.text) or keyword(work, action.text, normalised) or link_words(work, normalised)
    ):
        unless_silent(work)
    elif not question(work, action.text):
        if action.text.strip():
            work.effects.append(IgnoreMessage(action.text))
        offer_stop(work, action)
        default_reply(work)


def _is_plain(work: Work, action: TextReceived) -> bool:
    """Tell whether words stand alone: what is said about another message, or beside a file, presses nothing."""
    return not (action.form or action.attachments or work.event.reply_to)


def _edited(work: Work, action: TextReceived, normalised: str) -> None:
    """An earlier message has other words now. A no in them is heard; a flow answered the first ones."""
    if stop_word(work, action.text):
        return
    if work.handed_over or not opt_out_keyword(work, action.text, normalised):
        work.note(trace.NOTHING, "edit")


def _on_standby(work: Work, action: TextReceived, _: str) -> None:
    """Another inbox has the conversation, so nothing may be said."""
    if not stop_word(work, action.text, silently=True):
        work.note(trace.NOTHING, "standby")


def _answered(work: Work, action: TextReceived, _: str) -> None:
    """An answer button was pressed: its words are an answer and nothing else."""
    if work.handed_over:
        work.note(trace.SILENT)
    elif answer(work, action.text):
        unless_silent(work)
    else:
        default_reply(work)


_FORMS: dict[str, Callable[[Work, TextReceived, str], None]] = {
    "edit": _edited,
    "standby": _on_standby,
    "answer": _answered,
}


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
        case Found(act=act) | ByAct(act=act):
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


def take_turn(snapshot: Snapshot, event: InboundEvent, now: datetime, ids: IdSource) -> Turn:
    """Decide one event. Pure: the same arguments give the same turn, to the byte. Never raises for what an event or a
    flow holds; a fault in the flow is a notice in the trace.
    """
    if isinstance(event.action, PushDue):
        return push_turn(lambda: Work(snapshot, event, now, ids, snapshot.contact), event.action)
    work = Work(snapshot, event, now, ids, contact_of(snapshot.contact, event, now, ids))
    if event.answered is None:
        _ACTIONS[type(event.action)](work, event.action)
    else:
        _answered_by_team(work, event.action, event.answered)
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


def _started(work: Work, action: ConversationStarted) -> None:
    """Welcome the person, once per conversation until it ended; answer each time who came by a link."""
    work.unreachable = ""
    welcome = work.snapshot.live.bot.welcome
    by_link = bool(action.referral and work.snapshot.live.bot.links)
    if by_link and came_by_link(work, action.referral):
        work.welcomed = True
        unless_silent(work)
        return
    if by_link and work.welcomed:
        default_reply(work) if not work.handed_over else work.note(trace.SILENT)
        return
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
    if run is None or run.asked or run.effect or run.timer != action.timer:
        work.note(trace.STALE_TIMER, action.timer)
    elif (revision := _goes_on(work, run)) is not None:
        work.note(trace.TIMER, message=run.message, revision=run.revision)
        resume(work, revision, run)


def _effect_done(work: Work, action: EffectDone) -> None:
    """Go on with the message that waited for an effect, as a wait that is over does. A late outcome changes nothing."""
    run = work.run
    if run is None or not run.effect or run.effect != action.effect:
        work.note(trace.STALE_OUTCOME, action.effect)
    elif (revision := _goes_on(work, run)) is not None:
        work.note(trace.OUTCOME, action.fault, message=run.message, revision=run.revision)
        after_effect(work, revision, run, action)


def _goes_on(work: Work, run: Run) -> Revision | None:
    """End a wait; return the revision that its message goes on with. None where it may not go on, or can't."""
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
        return revision
    return None


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


def _answered_by_team(work: Work, action: Action, said: tuple[OutgoingActivity, ...]) -> None:
    """A team's own bot took an event: the flow answers nothing, and what the bot said is sent.

    A no stays a no: words that stop, a keyword that opts out and a press on a consent button are done as if there were
    no other bot, and a word is then answered by us alone. A soft word is one where the bot said nothing.
    """
    work.unreachable = "" if isinstance(action, MAKES_A_CONTACT) else work.unreachable
    match action:
        case TextReceived() if action.form != "answer" and _is_no(work, action, strong=bool(said)):
            unless_silent(work)
            return
        case ButtonPressed() if action.button is not None and (action.button.act or not action.button.digest):
            _press(work, action)
        case ConversationStarted():
            work.welcomed = True
        case ConversationEnded():
            _ended(work, action)
        case TeamSpoke(pushed=True):
            work.terms = ConsentTerms()
    refused = why_not(work.terms, work.memberships, work.snapshot.lowered, work.now) if work.terms else ""
    if ended := refused or work.unreachable:
        work.note(trace.TEAM_SILENCED, ended)
        return
    work.note(trace.TEAM)
    if said:
        work.say(said)


def _is_no(work: Work, action: TextReceived, *, strong: bool) -> bool:
    """Do what words say that lower consent; tell whether they were such."""
    if stop_word(work, action.text, silently=action.form == "standby", strong=strong):
        return True
    return not work.handed_over and opt_out_keyword(work, action.text, normalise(action.text))


_ACTIONS: dict[type, Callable[[Work, Any], None]] = {
    TextReceived: hear,
    ButtonPressed: _press,
    ConversationStarted: _started,
    ConversationEnded: _ended,
    TimerFired: _timer,
    EffectDone: _effect_done,
    HandedBack: handed_back,
    TeamSpoke: lambda work, _: work.note(trace.TEAM),
    StoppedByChannel: _stopped_by_channel,
    ReactionChanged: _reaction,
    Unhandled: _unhandled,
}


Rules = Callable[[Snapshot, InboundEvent, datetime, IdSource], Turn]

RULES: Mapping[int, Rules] = {RULES_VERSION: take_turn}
"""Whoever raises RULES_VERSION keeps here what takes the turns of the versions before, back to release 0.1.0."""


def why_not_known(version: int) -> str:
    """Return why a turn can't be run again by the rules that it was taken by; empty when it can."""
    if version in RULES:
        return ""
    if version > RULES_VERSION:
        return f"recorded by rules {version}, which a later version has; this one knows {', '.join(map(str, RULES))}"
    return "recorded by rules that are no longer kept" + (f" ({version})" if version else " (before release 0.1.0)")
