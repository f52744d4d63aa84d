"""The builder's keywords."""

from flows.engine import trace
from flows.engine.consent import Proof, change_segment, is_suppressed
from flows.engine.reserved import still_off
from flows.engine.running import start_message
from flows.engine.work import Work
from messages.consent import SourceKind
from segments.membership import Act


def keyword(work: Work, text: str, normalised: str) -> bool:
    """Answer a text by the first keyword rule that fits; tell whether one did. A rule may change a segment as well."""
    live = work.snapshot.live
    match = live.keywords.match(normalised) if normalised else None
    if match is None:
        return False
    rule = live.bot.keywords[match.rule]
    work.note(trace.KEYWORD, match.word, message=rule.message, revision=live.number)
    work.cancel_run()
    proof = Proof(SourceKind.KEYWORD, live, message=rule.message, detail=text)
    work.private = rule.opt_in is not None or rule.opt_out is not None
    if rule.opt_out is not None:
        change_segment(work, Act.OPT_OUT, rule.opt_out, proof)
    if rule.opt_in is not None:
        if not change_segment(work, Act.OPT_IN, rule.opt_in, proof):
            return True
        if is_suppressed(work):
            work.addition = still_off(work)
    start_message(work, live, rule.message)
    return True
