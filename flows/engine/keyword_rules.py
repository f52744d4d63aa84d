"""The builder's keywords."""

from consent.membership import Act
from flows.engine import trace
from flows.engine.consent import Proof, change_segment, is_suppressed, too_late
from flows.engine.offers import offer_join
from flows.engine.reserved import still_off
from flows.engine.running import start_message
from flows.engine.work import Work
from flows.model.bot import KeywordRule
from keywords.index import KeywordMatch
from messages.consent import SourceKind


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
