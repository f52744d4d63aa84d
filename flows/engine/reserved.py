"""Consent words: stop, start, help, and the words that stop one segment."""

from collections.abc import Callable

from flows.engine import trace
from flows.engine.consent import Proof, change_segment, start, stop
from flows.engine.own_words import own_words
from flows.engine.questions import expects
from flows.engine.running import start_message
from flows.engine.work import Work
from flows.model.base import Localised
from keywords.reserved import ReservedWord
from messages.consent import SourceKind
from messages.outgoing import OutgoingText
from segments.membership import Act


def reserved_word(work: Work, text: str, normalised: str) -> bool:
    """Do what a consent word says, if the text is one and no open question expects it; tell whether it was."""
    found = work.snapshot.live.reserved.match(normalised)
    if found is None or (found.strength == "soft" and expects(work, normalised)):
        return False
    work.note(trace.RESERVED, f"{found.kind}: {found.word}", revision=work.snapshot.live.number)
    proof = Proof(SourceKind.KEYWORD, work.snapshot.live, detail=text)
    work.private = found.kind != "help"
    if found.segment:
        _stop_segment(work, found, proof)
    else:
        _ACTS[found.kind](work, proof)
    return True


def _stop_segment(work: Work, found: ReservedWord, proof: Proof) -> None:
    rules = work.snapshot.live.bot.unsubscribe.segments
    reply = rules[found.rule].reply if 0 <= found.rule < len(rules) else ""
    proof.message = reply
    change_segment(work, Act.OPT_OUT, found.segment, proof)
    work.cancel_run()
    start_message(work, work.snapshot.live, reply)


def _stop(work: Work, proof: Proof) -> None:
    work.cancel_run()
    stop(work, proof)
    confirm_stop(work)


def _start(work: Work, proof: Proof) -> None:
    hand_back(work)
    start(work, proof)
    confirm_start(work)


def _help(work: Work, _: Proof) -> None:
    _say(work, work.snapshot.live.bot.unsubscribe.help, "help")


def confirm_stop(work: Work) -> None:
    """Say once that nothing more will be sent."""
    _say(work, work.snapshot.live.bot.unsubscribe.confirmation, "stopped")


def confirm_start(work: Work) -> None:
    """Say that messages are possible again."""
    _say(work, work.snapshot.live.bot.unsubscribe.resubscribed, "started")


def still_off(work: Work) -> str:
    """Return the words for somebody who stopped everything and opts in to one segment."""
    return _words(work, work.snapshot.live.bot.unsubscribe.still_off, "still_off")


def hand_back(work: Work) -> None:
    """Give the conversation back to the bot."""
    if work.handed_over:
        work.handed_over = False
        work.note(trace.HANDED_BACK)


def _say(work: Work, text: Localised | None, ours: str) -> None:
    work.say((OutgoingText(_words(work, text, ours)),), revision=work.snapshot.live.number)


def _words(work: Work, text: Localised | None, ours: str) -> str:
    live = work.snapshot.live
    said = work.words(text, live).strip() if text is not None else ""
    return said or own_words(ours, work.language(live), live.fallback)


_ACTS: dict[str, Callable[[Work, Proof], None]] = {"stop": _stop, "start": _start, "help": _help}
