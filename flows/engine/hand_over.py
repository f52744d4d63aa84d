"""A hand-over to a person: how it begins, and its own way back."""

import unicodedata

from msgspec.structs import replace

from flows.builtin_buttons import BACK
from flows.engine import trace
from flows.engine.offers import own
from flows.engine.rendering import Voice, with_builtin
from flows.engine.work import Work
from flows.model.base import words_of
from flows.model.bot import Message
from flows.model.buttons import MessageButton
from flows.model.parts import HandOverPart
from flows.walk import buttons_of
from keywords.normalise import normalise
from keywords.reserved import core
from messages.effects import OutgoingText
from messages.inbound import HandedBack

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
