"""What happened, by the type of an activity. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from adapters.teams.fields import LONGEST_ID, Activity, mapping, sequence, short, text
from adapters.teams.payloads import payload_in
from adapters.teams.presses import pressed
from adapters.teams.quotes import quotes
from adapters.teams.words import mentions_bot, words
from messages.answers import answer_in
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    ReactionChanged,
    TextReceived,
    Unhandled,
)
from messages.reference import ConversationReference, Scope
from segment_buttons.payload import form_of, looks_signed

_LONGEST_URL: Final = 2048
_MOST_ATTACHMENTS: Final = 50
_MOST_REACTIONS: Final = 20

THREAD: Final = ";messageid="
"""Stands in the id of a channel's conversation before the id of its thread's first message."""


def action(kind: str, activity: Activity, reference: ConversationReference) -> Action:
    """Return what an activity of a type says happened; `Unhandled` for what has no meaning to a flow."""
    read = READERS.get(kind)
    return Unhandled(kind=kind) if read is None else read(activity, reference)


def _message(activity: Activity, reference: ConversationReference) -> Action:
    """Words, or a pressed button in the forms in which clients send one as a message.

    messageBack: our value beside the button's text; Action.Submit: our value without a text; imBack: the payload as the
    text. Words beside a value that is not ours are a button of somebody else's. Such a value counts as a press only
    where nothing was said: then somebody pressed something, and not us.
    """
    said = words(activity)
    value = activity.get("value")
    payload = payload_in(value) if value is not None else None
    if payload is not None and (answer := answer_in(payload)) is not None:
        return TextReceived(text=answer, form="answer")
    if payload is not None and (not said or form_of(payload)):
        return ButtonPressed(payload=payload, label=said, form="messageBack" if said else "submit")
    if (said.startswith("{") or looks_signed(said)) and (payload := payload_in(said)) is not None:
        return ButtonPressed(payload=payload, form="imBack")
    attached = _attachments(activity)
    if value is not None and not said and not attached:
        return ButtonPressed(payload="", form="submit")
    addressed = reference.scope is not Scope.PERSONAL and mentions_bot(activity)
    return TextReceived(text=said, attachments=attached, form=_form(activity, reference), addressed=addressed)


def _form(activity: Activity, reference: ConversationReference) -> str:
    """How words came (`TextReceived.form`).

    In a chat Teams knows no replies but those that quote, so `replyToId` beside typed words says that they answer one
    message; in a channel each message of a thread names the first one, and that is the order of things.
    """
    if activity.get("value"):
        return "chip"
    if quotes(activity):
        return "reply"
    about = short(activity.get("replyToId"), LONGEST_ID)
    if not about:
        return ""
    if reference.scope is not Scope.CHANNEL:
        return "reply"
    _, _, root = reference.conversation.partition(THREAD)
    return "reply" if root and about != root else ""


def _update(activity: Activity, _: ConversationReference) -> Action:
    """A message that its author changed. One that was taken back, or restored, says nothing."""
    what = short(mapping(activity.get("channelData")).get("eventType"), 100)
    said = words(activity)
    if what in {"softDeleteMessage", "undeleteMessage"} or not said:
        return Unhandled(kind=f"messageUpdate {what}".strip())
    return TextReceived(text=said, form="edit")


def _invoke(activity: Activity, _: ConversationReference) -> Action:
    return pressed(activity) or Unhandled(kind=f"invoke {short(activity.get('name'), 100)}".strip())


def _conversation_update(activity: Activity, reference: ConversationReference) -> Action:
    """The bot came or went. Web Chat and the Emulator say that the person came, which is the same to a chat of two."""
    added, removed = _ids(activity.get("membersAdded")), _ids(activity.get("membersRemoved"))
    if reference.bot and reference.bot in removed:
        return ConversationEnded(reason="the bot was removed")
    if (reference.bot and reference.bot in added) or (reference.scope is Scope.PERSONAL and added):
        return ConversationStarted()
    what = short(mapping(activity.get("channelData")).get("eventType"), 100)
    return Unhandled(kind=f"conversationUpdate {what}".strip())


def _installation_update(activity: Activity, _: ConversationReference) -> Action:
    """`add` and `remove`; an upgrade changes nothing for the person."""
    match activity.get("action"):
        case "add":
            return ConversationStarted()
        case "remove":
            return ConversationEnded(reason="the bot was uninstalled")
    return Unhandled(kind=f"installationUpdate {short(activity.get('action'), 100)}".strip())


def _reaction(activity: Activity, _: ConversationReference) -> Action:
    return ReactionChanged(
        added=_reactions(activity.get("reactionsAdded")), removed=_reactions(activity.get("reactionsRemoved"))
    )


READERS: Final[Mapping[str, Callable[[Activity, ConversationReference], Action]]] = {
    "message": _message,
    "invoke": _invoke,
    "conversationUpdate": _conversation_update,
    "installationUpdate": _installation_update,
    "messageReaction": _reaction,
    "messageUpdate": _update,
}
"""The types that mean something to a flow."""


def _attachments(activity: Activity) -> tuple[Attachment, ...]:
    """Files, pictures and cards that were sent along; the HTML copy of the text is none."""
    kept: list[Attachment] = []
    for attachment in map(mapping, sequence(activity.get("attachments"))[:_MOST_ATTACHMENTS]):
        kind = short(attachment.get("contentType"), 256)
        if kind and kind != "text/html":
            name = short(attachment.get("name"), 1024)
            kept.append(Attachment(kind=kind, url=_address(attachment), name=name))
    return tuple(kept)


def _address(attachment: Mapping[str, object]) -> str:
    """Where the file is: a file of Teams has its download address within; one inline (`data:`) has none."""
    found = text(attachment.get("contentUrl")) or text(mapping(attachment.get("content")).get("downloadUrl"))
    return "" if found.startswith("data:") else short(found, _LONGEST_URL)


def _reactions(found: object) -> tuple[str, ...]:
    kinds = (short(mapping(entry).get("type"), 100) for entry in sequence(found)[:_MOST_REACTIONS])
    return tuple(kind for kind in kinds if kind)


def _ids(found: object) -> set[str]:
    return {text(mapping(entry).get("id")) for entry in sequence(found)} - {""}
