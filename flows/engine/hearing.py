"""What is heard in words, by how they came (`messages.inbound.TextReceived.form`)."""

from collections.abc import Callable

from flows.engine import trace
from flows.engine.default_reply import default_reply, unless_silent
from flows.engine.hand_over import back_word
from flows.engine.keyword_rules import keyword, opt_out_keyword
from flows.engine.offers import offer_stop
from flows.engine.press import press_offered
from flows.engine.questions import answer
from flows.engine.reserved import reserved_word, stop_word
from flows.engine.work import Work
from keywords.normalise import normalise
from messages.effects import IgnoreMessage
from messages.inbound import TextReceived


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
        answer(work, action.text) or keyword(work, action.text, normalised)
    ):
        unless_silent(work)
    else:
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
