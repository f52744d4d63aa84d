"""What an event says, in a few letters, to tell a redelivery from another event under the same id."""

import hashlib

import msgspec

from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    HandedBack,
    InboundEvent,
    ReactionChanged,
    StoppedByChannel,
    TextReceived,
    TimerFired,
    Unhandled,
)

_encode = msgspec.json.Encoder().encode


def fingerprint(event: InboundEvent) -> str:
    """Return 16 hex digits of who did what: the person, the kind of act, its words or payload.

    Metadata (times, names, locale, where files are kept) is no part of it: a channel may fill it in differently when
    it sends an event again.
    """
    said = (event.reference.user, *_said(event.action))
    return hashlib.blake2b(_encode(said), digest_size=8).hexdigest()


def _said(action: Action) -> tuple[object, ...]:  # noqa: PLR0911  # a case each
    match action:
        case TextReceived(text=text, attachments=attachments):
            return "text", text, [each.kind for each in attachments]
        case ButtonPressed(payload=payload):
            return "press", payload
        case StoppedByChannel(how=how):
            return "stop", how
        case ConversationStarted(referral=referral):
            return "started", referral
        case ConversationEnded(reason=reason):
            return "ended", reason
        case ReactionChanged(added=added, removed=removed):
            return "reaction", added, removed
        case TimerFired(timer=timer):
            return "timer", timer
        case HandedBack():
            return ("handed back",)
        case Unhandled(kind=kind):
            return "unhandled", kind
