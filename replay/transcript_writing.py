"""Recorded turns as a Bot Framework `.transcript`: a JSON array of activities, as the Emulator opens it.

Whatever the channel was, what the bot said is drawn as Teams draws it: texts, hero cards, carousels. Ids are those of
the recording: a turn's for what came in, a message's for what went out.

The protocol: https://github.com/microsoft/Agents/blob/main/specs/activity/protocol-activity.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from adapters.channels import KEY, answer_to_press, render
from messages.channels import transcript_name
from messages.effects import Answer, OutgoingButton, OutgoingCarousel, OutgoingMessage, OutgoingText, Send
from messages.inbound import (
    Attachment,
    ButtonPressed,
    ConversationEnded,
    ConversationReference,
    ConversationStarted,
    EffectDone,
    HandedBack,
    InboundEvent,
    PushDue,
    ReactionChanged,
    Scope,
    StoppedByChannel,
    TeamSpoke,
    TextReceived,
    TimerFired,
    Unhandled,
)
from messages.pushes import PushRef
from storage.records import JournalEntry

Json = dict[str, Any]

ERASED: Final = "erased"
"""The value that stands for a turn of a person who was erased."""

_CONVERSATIONS: Final = {Scope.PERSONAL: "personal", Scope.GROUP: "groupChat", Scope.CHANNEL: "channel"}
_MEDIA: Final = frozenset({"image", "video", "audio"})


def to_transcript(entries: Sequence[JournalEntry]) -> list[Json]:
    """Return the activities of recorded turns, in order."""
    labels: dict[str, str] = {}
    activities: list[Json] = []
    for entry in entries:
        activities.extend([_tombstone(entry)] if entry.erased else _turn(entry, labels))
        labels |= _labels(entry)
    return activities


def _tombstone(entry: JournalEntry) -> Json:
    reference = entry.event.reference
    return {
        **_head(entry, reference, from_bot=True),
        "type": "trace",
        "id": entry.turn,
        "name": ERASED,
        "label": ERASED,
        "value": ERASED,
    }


def _turn(entry: JournalEntry, labels: Mapping[str, str]) -> Iterator[Json]:
    event = entry.event
    head = _head(
        entry,
        event.reference,
        from_bot=isinstance(event.action, TimerFired | EffectDone | HandedBack | TeamSpoke | PushDue),
    )
    yield {**head, **_heard(event, labels, head), "id": entry.turn}
    for effect in entry.outcome.effects:
        match effect:
            case Send(message):
                yield from _said(entry, message)
            case Answer(text):
                yield {
                    **_head(entry, event.reference, from_bot=True),
                    "type": "invokeResponse",
                    "id": f"{entry.turn}.answer",
                    "replyToId": entry.turn,
                    "value": dict(zip(("status", "body"), answer_to_press(text), strict=True)),
                }
            case _:
                pass


def _head(entry: JournalEntry, reference: ConversationReference, *, from_bot: bool) -> Json:
    """When, where and between whom."""
    sender = entry.event.sender
    name = sender.name or entry.outcome.contact.name
    person = {
        "id": reference.user or entry.contact,
        "role": "user",
        **({"name": name} if name else {}),
        **({"aadObjectId": sender.aad_object_id} if sender.aad_object_id else {}),
    }
    bot = {"id": reference.bot or entry.bot, "name": entry.bot, "role": "bot"}
    conversation: Json = {
        "id": entry.event.reference.conversation or entry.conversation,
        "conversationType": _CONVERSATIONS[reference.scope],
        **({"isGroup": True} if reference.scope is not Scope.PERSONAL else {}),
    }
    return {
        "timestamp": _written(entry.at),
        "channelId": transcript_name(reference.channel),
        **({"serviceUrl": reference.service_url} if reference.service_url else {}),
        **({"locale": sender.locale} if sender.locale and not from_bot else {}),
        "from": bot if from_bot else person,
        "recipient": person if from_bot else bot,
        "conversation": conversation,
    }


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _heard(event: InboundEvent, labels: Mapping[str, str], head: Json) -> Json:
    """What came in. A wait that is over, and what means nothing to a flow, is an `event`."""
    action = event.action
    if isinstance(action, TextReceived | ButtonPressed):
        heard = {"type": "message", "textFormat": "plain", **_spoken(action, labels)}
    else:
        heard = _happening(action, head["recipient"])
    return {**heard, "replyToId": event.reply_to} if event.reply_to else heard


def _spoken(action: TextReceived | ButtonPressed, labels: Mapping[str, str]) -> Json:
    if isinstance(action, ButtonPressed):
        return {"text": action.label or labels.get(action.payload, ""), "value": {KEY: action.payload}}
    files: Json = {"attachments": [_file(each) for each in action.attachments]} if action.attachments else {}
    return {"text": action.text, **files}


_Happening = (
    ConversationStarted
    | ConversationEnded
    | StoppedByChannel
    | ReactionChanged
    | TimerFired
    | EffectDone
    | HandedBack
    | TeamSpoke
    | PushDue
    | Unhandled
)
_NAMES: dict[type, str] = {
    StoppedByChannel: "stopped",
    HandedBack: "handed_back",
    TimerFired: "timer",
    PushDue: "push_due",
}


def _happening(action: _Happening, bot: Json) -> Json:  # noqa: PLR0911  # a case each
    match action:
        case ConversationStarted(referral):
            told: Json = {"channelData": {"referral": referral}} if referral else {}
            return {"type": "conversationUpdate", "membersAdded": [bot], **told}
        case ConversationEnded(reason):
            told = {"channelData": {"reason": reason}} if reason else {}
            return {"type": "conversationUpdate", "membersRemoved": [bot], **told}
        case ReactionChanged(added, removed):
            changes = {"reactionsAdded": added, "reactionsRemoved": removed}
            kinds = {name: [{"type": kind} for kind in kinds] for name, kinds in changes.items() if kinds}
            return {"type": "messageReaction", **kinds}
        case Unhandled(kind):
            return {"type": "event", "name": kind}
        case TeamSpoke():
            return {"type": "event", "name": "team_spoke"}
        case EffectDone(value, fault=fault):
            return {"type": "event", "name": "effect_done", "value": value, **({"reason": fault} if fault else {})}
        case StoppedByChannel(value) | HandedBack(value) | TimerFired(value) | PushDue(PushRef(value)):
            return {"type": "event", "name": _NAMES[type(action)], "value": value}


def _file(attachment: Attachment) -> Json:
    kind = attachment.kind
    if "/" not in kind:
        kind = f"{kind}/*" if kind in _MEDIA else "application/octet-stream"
    return {
        "contentType": kind,
        **({"contentUrl": attachment.url} if attachment.url else {}),
        **({"name": attachment.name} if attachment.name else {}),
    }


def _said(entry: JournalEntry, message: OutgoingMessage) -> Iterator[Json]:
    """One message of the flow: one activity or more, with the quick replies under the last.

    A message to the person alone has no conversation of its own here: it stands where the turn was taken.
    """
    reference = entry.event.reference
    if message.private and reference.scope is not Scope.PERSONAL:
        reference = reference.private()
    contents = render(msgspec.structs.replace(message, quick_replies=()), reference)
    if message.quick_replies:
        contents = contents or [{"type": "message"}]
        actions = [_suggested(reply) for reply in message.quick_replies]
        contents[-1]["suggestedActions"] = {"actions": actions, "to": [reference.user]}
    for number, content in enumerate(contents, 1):
        yield {
            **content,
            **_head(entry, reference, from_bot=True),
            "id": message.id if number == 1 else f"{message.id}.{number}",
            "replyToId": entry.turn,
        }


def _suggested(reply: OutgoingButton) -> Json:
    if reply.url:
        return {"type": "openUrl", "title": reply.label, "value": reply.url}
    return {"type": "imBack", "title": reply.label, "value": reply.label}


def _labels(entry: JournalEntry) -> dict[str, str]:
    """What stands on the buttons that a turn sent, by their payload: not every channel repeats it with a press."""
    return {
        button.payload: button.label
        for effect in entry.outcome.effects
        if isinstance(effect, Send)
        for button in _buttons(effect.message)
        if button.payload
    }


def _buttons(message: OutgoingMessage) -> Iterator[OutgoingButton]:
    for part in message.parts:
        if isinstance(part, OutgoingText):
            yield from part.buttons
        elif isinstance(part, OutgoingCarousel):
            yield from (button for card in part.cards for button in card.buttons)
    yield from message.quick_replies
