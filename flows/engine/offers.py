"""Buttons of our own that a reply offers: a way to stop, and a way back from a person to the bot."""

import unicodedata
from datetime import timedelta

from msgspec.structs import replace

from flows.builtin_buttons import BACK, START, STOP, join
from flows.engine import trace
from flows.engine.own_words import own_words
from flows.engine.rendering import Voice, with_builtin
from flows.engine.work import Work
from flows.model.base import words_of
from flows.model.bot import Message
from flows.model.buttons import MessageButton
from flows.model.state_parts import HandOverPart
from flows.walk import buttons_of
from keywords.normalise import normalise
from keywords.reserved import core
from messages.consent import ALL, Membership
from messages.effects import OutgoingText
from messages.inbound import HandedBack, Scope, TextReceived

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


WORDS = ("BOT", "बॉट", "بوت", "ボット", "机器人", "機器人")
"""Words that bring every bot back. The first is the one that people are told, whatever their language."""

_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))


def _key(normalised: str) -> str:
    """Return a word as it is compared: without accents, and without the words that ask for it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", core(normalised)).translate(_ACCENTS))


_WORDS = frozenset(_key(normalise(word)) for word in WORDS)


def hand_over(part: HandOverPart, voice: Voice) -> OutgoingText | None:
    """Give the conversation to a person. Return the words and the button that tell the way back; None where the message
    has a button of its own that leads back.
    """
    work = voice.work
    words = words_of(part.back)
    work.hand_over(tuple(_key(normalise(word)) for word in words))
    if not words and part.back_label is None and _leads_back(voice.revision.bot.messages[voice.message]):
        return None
    told = with_builtin(own("way_back", work).replace(WORDS[0], words[0] if words else WORDS[0]), BACK, voice)
    label = voice.label(part.back_label) if part.back_label is not None else ""
    return replace(told, buttons=(replace(told.buttons[0], label=label),)) if label else told


def _leads_back(message: Message) -> bool:
    return any(isinstance(found.button, MessageButton) for found in buttons_of("", message))


def back_word(work: Work, normalised: str) -> bool:
    """End the hand-over if the text is a word that does; tell whether it is. A quick reply that is not ours is none."""
    said = _key(normalised)
    if work.form == "chip" or not (said in _WORDS or said in work.state.back):
        return False
    work.note(trace.BACK_WORD, revision=work.snapshot.live.number)
    work.hand_back()
    confirm_back(work)
    return True


def handed_back(work: Work, action: HandedBack) -> None:
    """Staff gives the conversation back to the bot, which says nothing."""
    if not work.hand_back(f"by {action.by}"):
        work.note(trace.NOTHING, "no person has the conversation")


def confirm_back(work: Work) -> None:
    """Say that the bot answers again."""
    work.say((OutgoingText(own("back", work)),), revision=work.snapshot.live.number)
