"""What typed words do: the reserved ones of consent and help, then the builder's own."""

from collections.abc import Callable

from consent.membership import Act
from flows.builtin_buttons import SUBSCRIPTIONS
from flows.engine import trace
from flows.engine.consent import Proof, change_segment, is_suppressed, start, stop, too_late
from flows.engine.offers import offer_join, offer_start
from flows.engine.own_words import own_words
from flows.engine.parts import start_message
from flows.engine.questions import expects
from flows.engine.rendering import Voice, with_builtin
from flows.engine.subscriptions import TYPED_WITHIN, show_subscriptions, tell_why
from flows.engine.work import Work
from flows.model.base import Localised
from flows.model.bot import KeywordRule
from keywords.index import KeywordMatch
from keywords.reserved import ReservedWord, question_asked
from messages.consent import ALL, SourceKind
from messages.effects import OutgoingText
from segment_buttons.payload import FORM


def reserved_word(work: Work, text: str) -> bool:
    """Do what a consent word says, if the text is one and no open question expects it; tell whether it was.

    While a person has the conversation, only strong words are heard. A start word then ends the hand-over and raises
    nothing, for it was said to somebody else; neither does one that the person did not type (`form` chip).
    """
    found = _found(work, text)
    if found is None:
        return False
    proof = _heard(work, found, text)
    if found.kind == "start" and too_late(work, ALL):
        return True
    if found.kind == "start" and (work.handed_over or work.form == "chip"):
        offer_start(work)
    elif found.segment:
        _stop_segment(work, found, proof)
    else:
        _ACTS[found.kind](work, proof)
    return True


def stop_word(work: Work, text: str, *, silently: bool = False, strong: bool = False) -> bool:
    """Do what a word that stops says, if the text is one; tell whether it was. No other consent word is heard.

    `silently`: another inbox has the conversation, so strong words alone are heard, and nothing is answered. `strong`:
    strong words alone are heard.
    """
    found = _found(work, text)
    if found is None or found.kind != "stop" or ((silently or strong) and found.strength == "soft"):
        return False
    proof = _heard(work, found, text)
    if not silently:
        (_stop_segment if found.segment else _stop_all)(work, found, proof)
    else:
        work.cancel_run()
        _lower(work, found, proof)
    return True


def _found(work: Work, text: str) -> ReservedWord | None:
    found = work.snapshot.live.reserved.match(text)
    if found is not None and found.strength == "soft" and (work.handed_over or expects(work, found)):
        return None
    return found


def _heard(work: Work, found: ReservedWord, text: str) -> Proof:
    work.note(trace.RESERVED, f"{found.kind}: {found.word}", revision=work.snapshot.live.number)
    work.private = found.kind != "help"
    return Proof(SourceKind.KEYWORD, work.snapshot.live, detail=text)


def _lower(work: Work, found: ReservedWord, proof: Proof) -> None:
    if found.segment:
        for segment in (found.segment, *found.further):
            change_segment(work, Act.OPT_OUT, segment, proof)
    else:
        stop(work, proof)


def _stop_segment(work: Work, found: ReservedWord, proof: Proof) -> None:
    rules = work.snapshot.live.bot.unsubscribe.segments
    reply = rules[found.rule].reply if 0 <= found.rule < len(rules) and not found.further else ""
    proof.message = reply
    _lower(work, found, proof)
    work.cancel_run()
    if reply:
        start_message(work, work.snapshot.live, reply)
    else:
        confirm_left(work, found.segment, *found.further)


def confirm_left(work: Work, *segments: str) -> None:
    """Confirm in our own words that somebody left segments for which the flow lists no words."""
    live = work.snapshot.live
    names = []
    for segment in segments:
        known = live.segments.get(segment)
        names.append((work.words(known.name, live).strip() if known is not None else "") or segment)
    said = own_words("left", work.language(live), live.fallback)
    work.say((OutgoingText(f"{said} {', '.join(names)}"),), revision=live.number)


def _stop_all(work: Work, _: ReservedWord, proof: Proof) -> None:
    _stop(work, proof)


def _stop(work: Work, proof: Proof) -> None:
    work.cancel_run()
    stop(work, proof)
    confirm_stop(work)


def _start(work: Work, proof: Proof) -> None:
    start(work, proof)
    confirm_start(work)


def _help(work: Work, _: Proof) -> None:
    words = _words(work, work.snapshot.live.bot.unsubscribe.help, "help")
    live = work.snapshot.live
    work.say((with_builtin(words, SUBSCRIPTIONS, Voice(work, live, "")),), revision=live.number)


def question(work: Work, text: str) -> bool:
    """Answer what asks about the person's own subscriptions; tell whether a text does. No flow's word is hidden by it.

    Not while a server of a version before runs, which does not know the buttons of the answer.
    """
    asked = question_asked(text)
    pushed = work.state.pushed
    if asked == "why" and pushed is not None and work.now - pushed.at <= TYPED_WITHIN:
        tell_why(work)
        return True
    if work.snapshot.payload_form < FORM or asked != "subscriptions":
        return False
    show_subscriptions(work)
    return True


def confirm_stop(work: Work) -> None:
    """Say once that nothing more will be sent."""
    _say(work, work.snapshot.live.bot.unsubscribe.confirmation, "stopped")


def confirm_start(work: Work) -> None:
    """Say that messages are on again."""
    _say(work, work.snapshot.live.bot.unsubscribe.resubscribed, "started")


def say_outdated(work: Work) -> str:
    """Say that a button of an older message can't be used, and that nothing was changed. Returns the words."""
    words = _words(work, None, "outdated")
    work.say((OutgoingText(words),), revision=work.snapshot.live.number)
    return words


def still_off(work: Work) -> str:
    """Return the words for somebody who stopped everything and opts in to one segment."""
    return _words(work, work.snapshot.live.bot.unsubscribe.still_off, "still_off")


def _say(work: Work, text: Localised | None, ours: str) -> None:
    work.say((OutgoingText(_words(work, text, ours)),), revision=work.snapshot.live.number)


def _words(work: Work, text: Localised | None, ours: str) -> str:
    live = work.snapshot.live
    said = work.words(text, live).strip() if text is not None else ""
    return said or own_words(ours, work.language(live), live.fallback)


_ACTS: dict[str, Callable[[Work, Proof], None]] = {"stop": _stop, "start": _start, "help": _help}


def keyword(work: Work, text: str, normalised: str) -> bool:
    """Answer a text by the first keyword rule that fits; tell whether one did. A rule may change a segment as well.

    Words that the person did not type (`form` chip) opt nobody in: they are answered with the button that does.
    """
    match = _match(work, normalised)
    if match is None:
        return False
    rule = _taken(work, match)
    if rule.opt_in is not None and work.form == "chip" and not too_late(work, rule.opt_in):
        work.cancel_run()
        offer_join(work, match.rule, rule.opt_in)
    else:
        _do(work, rule, text)
    return True


def opt_out_keyword(work: Work, text: str, normalised: str) -> bool:
    """Do what the first keyword rule that fits says, if it opts out; tell whether it did."""
    match = _match(work, normalised)
    if match is None or work.snapshot.live.bot.keywords[match.rule].opt_out is None:
        return False
    _do(work, _taken(work, match), text)
    return True


def _match(work: Work, normalised: str) -> KeywordMatch | None:
    return work.snapshot.live.keywords.match(normalised) if normalised else None


def _taken(work: Work, match: KeywordMatch) -> KeywordRule:
    live = work.snapshot.live
    rule = live.bot.keywords[match.rule]
    work.note(trace.KEYWORD, match.word, message=rule.message, revision=live.number)
    return rule


def _do(work: Work, rule: KeywordRule, text: str) -> None:
    live = work.snapshot.live
    proof = Proof(SourceKind.KEYWORD, live, message=rule.message, detail=text)
    if rule.opt_in is not None and too_late(work, rule.opt_in):
        if rule.opt_out is not None:  # a no counts, however late
            change_segment(work, Act.OPT_OUT, rule.opt_out, proof)
        return
    work.cancel_run()
    work.private = rule.opt_in is not None or rule.opt_out is not None
    if rule.opt_out is not None:
        change_segment(work, Act.OPT_OUT, rule.opt_out, proof)
    if rule.opt_in is not None:
        if not change_segment(work, Act.OPT_IN, rule.opt_in, proof):
            return
        if is_suppressed(work):
            work.addition = still_off(work)
    start_message(work, live, rule.message)
