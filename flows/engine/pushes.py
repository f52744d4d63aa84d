"""A push: one message of a run, or of a step of a sequence, that no act of the person caused.

It is one message, or none: it says at once what it has to say, and goes on after a question or a wait as any message
does. What is decided against leaves the conversation and the contact as they were.
"""

from collections.abc import Callable

import msgspec

from consent.membership import whole_milliseconds
from consent.pushes import PushedTo, Refused, may_push, wait_for
from flows.engine import trace
from flows.engine.consent import use_up
from flows.engine.parts import start_message
from flows.engine.turn import LastPush, Turn
from flows.engine.work import Work
from messages.consent import ALL, Membership
from messages.effects import ConsentTerms, Effect, Send, SkipPush
from messages.inbound import PushDue
from messages.pushes import Deferral, PushRef, SkipReason


def push_turn(fresh: Callable[[], Work], push: PushDue) -> Turn:
    """Take a push that is due. `fresh` begins the turn; it begins again where a push turns out not to go."""
    work = fresh()
    refused = may_push(push, _pushed_to(work), work.now)
    if refused is None:
        _begin(work, push)
        refused = _run(work, push)
        if refused is None:
            return work.finish()
    faults = [step for step in work.trace if step.notice]
    work = fresh()
    _begin(work, push)
    work.trace += faults
    work.effects.append(refused)
    if isinstance(refused, SkipPush):
        work.note(trace.PUSH_SKIPPED, refused.reason)
    else:
        work.note(trace.PUSH_DEFERRED, refused.why)
    return work.finish()


def _pushed_to(work: Work) -> PushedTo:
    return PushedTo(
        work.memberships,
        known=bool(work.contact.id),
        account=bool(work.event.reference.user),
        unreachable=work.unreachable,
        asked=work.run is not None and work.run.asked,
        handed_over=work.handed_over,
    )


def _begin(work: Work, push: PushDue) -> None:
    work.note(trace.PUSH, push.push.run, message=push.message, revision=push.revision)


def _run(work: Work, push: PushDue) -> Refused | None:
    """Run the message; return why it does not go after all. It takes the place of nothing that waits."""
    revision = work.snapshot.named(push.revision, push.digest)
    if revision is None:
        work.note(trace.MISSING_REVISION, message=push.message, revision=push.revision, notice=True)
        return SkipPush(SkipReason.NOTHING_TO_SAY)
    waited = work.run
    by_membership = push.facts.in_segment is None
    work.opted_in.update({push.subject} if by_membership else ())
    stopped = work.memberships.get(ALL) is Membership.OPTED_OUT
    work.terms = ConsentTerms(whole_milliseconds(work.now), (push.subject,) if by_membership else (), stopped)
    start_message(work, revision, push.message)
    if waited is not None and work.run is not waited:
        return wait_for(push, work.now, Deferral.WITH_A_QUESTION, SkipReason.IN_A_QUESTION)
    work.effects[:] = _as_one(work.effects, push.push)
    if not work.said:
        return SkipPush(SkipReason.NOTHING_TO_SAY)
    use_up(work, push.subject, work.snapshot.live, push.message, push.push.run)
    work.pushed = LastPush(push.push.run, push.subject, whole_milliseconds(work.now))
    return None


def _as_one(effects: list[Effect], push: PushRef) -> list[Effect]:
    """Return the effects with what was said as one message: one claim stands for all of it."""
    said = [effect.message for effect in effects if isinstance(effect, Send)]
    if not said:
        return effects
    message = msgspec.structs.replace(
        said[0],
        parts=tuple(part for each in said for part in each.parts),
        quick_replies=said[-1].quick_replies,
        message=said[0].message if len({each.message for each in said}) == 1 else "",
        consent=None,
        push=push,
    )
    return [*(effect for effect in effects if not isinstance(effect, Send)), Send(message)]
