"""Bot Framework activities as events. Pure.

Fields and kinds: the Bot Framework activity specification, and Teams' pages on conversations, cards and events.
"""

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from messages.errors import BadPayload
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    InboundEvent,
    ReactionChanged,
    Sender,
    TextReceived,
    Unhandled,
)
from messages.reference import ConversationReference, Scope

CHANNEL = "teams"
PAYLOAD = "a1:"
"""How a signed payload begins."""

LONGEST_ID = 1024

_BOM = b"\xef\xbb\xbf"
_AT = re.compile(r"<at[^>]*>(.*?)</at>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]{0,1000}>")

Activity = Mapping[str, Any]


def load(body: bytes) -> Activity:
    """Read a request body as one activity. Raises BadPayload with a plain reason."""
    try:
        activity = orjson.loads(body.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise BadPayload(f"the body is not JSON: {error.msg}") from error
    if not isinstance(activity, dict):
        raise BadPayload("the body is not an activity: it must be a JSON object")
    return activity


def parse(activity: Activity) -> list[InboundEvent]:
    """Return what an activity says happened: one event.

    The event's id is made of the activity's kind, conversation and id, so it is the same on a redelivery and never
    that of another activity; an activity without an id (the specification allows it for some kinds) is known by a
    digest of its content. Raises BadPayload when it does not say who and where.
    """
    kind = _required(activity, "type")
    sender = _account(activity, "from")
    conversation = _account(activity, "conversation")
    if not sender["id"] and kind != "message":
        sender = {**sender, "id": conversation["id"]}
    reference = ConversationReference(
        channel=CHANNEL,
        conversation=_id(conversation, "conversation.id"),
        user=_id(sender, "from.id"),
        bot=_text(_mapping(activity.get("recipient")).get("id"))[:LONGEST_ID],
        service_url=_text(activity.get("serviceUrl")),
        tenant=_tenant(activity, conversation),
        scope=_scope(conversation),
    )
    event = InboundEvent(
        event_id=_event_id(kind, reference, activity),
        reference=reference,
        sender=Sender(
            user=reference.user,
            name=_text(sender.get("name")),
            aad_object_id=_text(sender.get("aadObjectId")),
            locale=_text(activity.get("locale")),
        ),
        action=_action(kind, activity, reference),
        sent_at=_time(activity.get("timestamp")),
        reply_to=_text(activity.get("replyToId")),
    )
    return [event]


def _action(kind: str, activity: Activity, reference: ConversationReference) -> Action:
    match kind:
        case "message":
            return _message(activity, reference)
        case "invoke":
            return _invoke(activity)
        case "conversationUpdate":
            return _conversation_update(activity, reference)
        case "installationUpdate":
            return _installation_update(activity)
        case "messageReaction":
            return ReactionChanged(
                added=_reactions(activity.get("reactionsAdded")), removed=_reactions(activity.get("reactionsRemoved"))
            )
        case _:
            return Unhandled(kind=kind[:100])


def _message(activity: Activity, reference: ConversationReference) -> Action:
    text = _without_mentions(activity, reference)
    value = activity.get("value")
    payload = _payload(value)
    if payload is not None:
        form = "messageBack" if text else "submit"
        return ButtonPressed(payload=payload, label=text, form=form)
    if text.startswith(PAYLOAD):
        return ButtonPressed(payload=text, form="imBack")
    if value is not None and not text:
        return ButtonPressed(payload="", form="submit")
    return TextReceived(text=text, attachments=_attachments(activity.get("attachments")))


def _invoke(activity: Activity) -> Action:
    name = _text(activity.get("name"))
    value = activity.get("value")
    label = ""
    if name == "adaptiveCard/action":
        action = _mapping(_mapping(value).get("action"))
        label = _text(action.get("title"))
        value = action.get("data")
    elif name and name != "suggestedActions/submit":
        return Unhandled(kind=f"invoke {name[:100]}")
    payload = _payload(value)
    if payload is None:
        return Unhandled(kind=f"invoke {name[:100]}".strip())
    return ButtonPressed(payload=payload, label=label, form="invoke", wants_answer=True)


def _conversation_update(activity: Activity, reference: ConversationReference) -> Action:
    added = _ids(activity.get("membersAdded"))
    removed = _ids(activity.get("membersRemoved"))
    if reference.bot and reference.bot in removed:
        return ConversationEnded(reason="the bot was removed")
    if reference.bot and reference.bot in added:
        return ConversationStarted()
    if reference.scope is Scope.PERSONAL and added:
        return ConversationStarted()
    return Unhandled(
        kind=f"conversationUpdate {_text(_mapping(activity.get('channelData')).get('eventType'))[:100]}".strip()
    )


def _installation_update(activity: Activity) -> Action:
    action = _text(activity.get("action"))
    if action.startswith("remove") and not action.endswith("upgrade"):
        return ConversationEnded(reason="the bot was uninstalled")
    if action == "add":
        return ConversationStarted()
    return Unhandled(kind=f"installationUpdate {action[:100]}".strip())


def _payload(value: object) -> str | None:
    """Find our payload in a card action's value: `{"assent": payload}`, that as JSON text, or the payload itself."""
    if isinstance(value, str):
        if value.startswith(PAYLOAD):
            return value
        if not value.startswith("{") or len(value) > 100_000:
            return None
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    found = _mapping(value).get("assent")
    return found if isinstance(found, str) else None


def _without_mentions(activity: Activity, reference: ConversationReference) -> str:
    """Return the text without the mention of the bot; a mention of somebody else stays, as their name."""
    text = activity.get("text")
    if not isinstance(text, str):
        return _from_html(activity.get("attachments"))
    if "<at" not in text and "entities" not in activity:
        return text.strip()
    for entity in _list(activity.get("entities")):
        mention = _mapping(entity)
        written = mention.get("text")
        if mention.get("type") == "mention" and isinstance(written, str) and written:
            mentioned = _text(_mapping(mention.get("mentioned")).get("id"))
            if mentioned == reference.bot:
                text = text.replace(written, " ")
    return _AT.sub(r"\1", text).strip()


def _from_html(attachments: object) -> str:
    for attachment in _list(attachments):
        found = _mapping(attachment)
        content = found.get("content")
        if found.get("contentType") == "text/html" and isinstance(content, str):
            return html.unescape(_TAG.sub(" ", content[:100_000])).strip()
    return ""


def _attachments(found: object) -> tuple[Attachment, ...]:
    kept = []
    for entry in _list(found):
        attachment = _mapping(entry)
        kind = _text(attachment.get("contentType"))
        if kind and kind != "text/html":
            kept.append(
                Attachment(kind=kind, url=_text(attachment.get("contentUrl")), name=_text(attachment.get("name")))
            )
    return tuple(kept)


def _reactions(found: object) -> tuple[str, ...]:
    return tuple(_text(_mapping(entry).get("type")) for entry in _list(found))


def _ids(found: object) -> set[str]:
    return {_text(_mapping(entry).get("id")) for entry in _list(found)} - {""}


def _scope(conversation: Mapping[str, Any]) -> Scope:
    match conversation.get("conversationType"):
        case "channel":
            return Scope.CHANNEL
        case "groupChat":
            return Scope.GROUP
        case "personal":
            return Scope.PERSONAL
        case _:
            return Scope.CHANNEL if conversation.get("isGroup") is True else Scope.PERSONAL


def _tenant(activity: Activity, conversation: Mapping[str, Any]) -> str:
    tenant = _mapping(_mapping(activity.get("channelData")).get("tenant")).get("id")
    return _text(conversation.get("tenantId")) or _text(tenant)


def _event_id(kind: str, reference: ConversationReference, activity: Activity) -> str:
    given = activity.get("id")
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str) or not given or len(given) > LONGEST_ID:
        given = hashlib.sha256(orjson.dumps(activity, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"{kind}/{reference.conversation}/{given}"


def _time(found: object) -> datetime | None:
    if not isinstance(found, str):
        return None
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _required(activity: Activity, name: str) -> str:
    found = activity.get(name)
    if not isinstance(found, str) or not found:
        raise BadPayload(f"the activity has no `{name}`", place=name)
    return found


def _account(activity: Activity, name: str) -> Mapping[str, Any]:
    found = activity.get(name)
    if not isinstance(found, dict):
        raise BadPayload(f"the activity has no `{name}`", place=name)
    return {**found, "id": _text(found.get("id"))}


def _id(account: Mapping[str, Any], place: str) -> str:
    found: str = account["id"]
    if not found or len(found) > LONGEST_ID:
        raise BadPayload("the activity does not say who or where", place=place)
    return found


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: object) -> Sequence[Any]:
    return found if isinstance(found, list) else ()


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
