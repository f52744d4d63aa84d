"""Built-in buttons under words of ours: what they do is done when they are pressed, never by what was typed."""

from datetime import timedelta

from flows.builtin_buttons import START, STOP, join
from flows.engine import trace
from flows.engine.own_words import own_words
from flows.engine.rendering import Voice, with_builtin
from flows.engine.work import Work
from messages.consent import Membership
from messages.ids import ALL
from messages.inbound import Scope, TextReceived

_ONCE_IN = timedelta(days=1)


def offer_stop(work: Work, action: TextReceived) -> None:
    """Offer a way to stop to somebody whose words hold a word that stops and mean nothing else here.

    Not to who is out already, not twice a day in whatever conversations, and in a group only to who spoke to the bot.
    """
    if not work.snapshot.live.reserved.holds_strong_word(action.text) or _is_out(work):
        return
    if work.event.reference.scope is not Scope.PERSONAL and not action.addressed:
        return
    before = (work.stop_offered_at, work.contact.stop_offered_at)
    if any(at is not None and work.now - at < _ONCE_IN for at in before):
        return
    _offer(work, STOP, own("offer_stop", work))
    work.private = False
    work.stop_was_offered()


def _is_out(work: Work) -> bool:
    standing = {subject: one for subject, one in work.memberships.items() if subject != ALL}
    member = Membership.OPTED_IN in standing.values() or Membership.ADDED in standing.values()
    return work.memberships.get(ALL) is Membership.OPTED_OUT and not member


def offer_start(work: Work) -> None:
    """Answer a start word that raises nothing with the button that does. One that a person was to read ends the
    hand-over.
    """
    words = own("offer_start", work)
    if work.hand_back():
        words = f"{own('back', work)} {words}"
    _offer(work, START, words)


def offer_join(work: Work, rule: int, segment: str) -> None:
    """Answer an opt-in keyword that raises nothing with the button that does."""
    live = work.snapshot.live
    found = live.segments.get(segment)
    purpose = work.words(found.purpose, live).strip() if found is not None and found.purpose is not None else ""
    asks = own("offer_join", work)
    _offer(work, join(rule), f"{purpose}\n{asks}" if purpose else asks)


def own(kind: str, work: Work) -> str:
    """Return a text of ours in the person's language."""
    live = work.snapshot.live
    return own_words(kind, work.language(live), live.fallback)


def _offer(work: Work, button: str, words: str) -> None:
    live = work.snapshot.live
    work.note(trace.OFFER, button, revision=live.number)
    work.private = True
    work.say((with_builtin(words, button, Voice(work, live, "")),), revision=live.number)
