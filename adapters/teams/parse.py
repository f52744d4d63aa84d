"""Bot Framework activities as events. Pure.

Fields and kinds: the Bot Framework activity specification, and Teams' pages on conversations, cards and events. The
Emulator, Web Chat and Direct Line speak the same protocol and are the same channel to us.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from adapters.json_body import load_json
from adapters.teams.activity import (
    LONGEST_ID,
    READ_RECEIPT,
    Activity,
    bot_of,
    identifier,
    mapping,
    moment,
    payload_in,
    pressed,
    required,
    scope_of,
    sequence,
    service_url,
    short,
    speaks_for_nobody,
    surface_of,
    text,
    who,
)
from adapters.teams.words import mentions_bot, quotes, words
from messages.codec import from_ms
from messages.errors import BadPayload
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ConversationEnded,
    ConversationReference,
    ConversationStarted,
    InboundEvent,
    ReactionChanged,
    Receipt,
    Scope,
    Sender,
    TextReceived,
    Unhandled,
    answer_in,
)
from segment_buttons.payload import form_of, looks_signed

CHANNEL: Final = "teams"
_TEAMS: Final = "msteams"
"""The channel id of Teams itself. Direct Line and emulators have others, and the client sets their times."""
LARGEST: Final = 1_048_576
"""Bytes of an activity. Teams' own limit for a message is a tenth of it."""

_LONGEST_NAME: Final = 256
_LONGEST_KIND: Final = 100
_LONGEST_URL: Final = 2048
_MAX_ATTACHMENTS: Final = 50
_MAX_REACTIONS: Final = 20

THREAD: Final = ";messageid="
"""Stands in the id of a channel's conversation before the id of its thread's first message."""


def load(body: bytes, largest: int = LARGEST) -> Activity:
    """Read a request body as one activity; odd spots in it are mended (`adapters.json_body`). Raises BadPayload."""
    if len(body) > largest:
        raise BadPayload(f"the body is larger than {largest} bytes")
    activity = load_json(body)
    if not isinstance(activity, dict):
        raise BadPayload("the body is not an activity: it must be a JSON object")
    return activity


def parse(activity: Activity) -> list[InboundEvent]:
    """Return what an activity says happened: one event, or none where no person acted (`activity.speaks_for_nobody`).

    Raises BadPayload when it does not say who and where. Whatever else is missing, or not of its type, costs nothing of
    the rest.

    The event's id is `<type>/<conversation>/<activity id>`. The channel gives an activity its id once and repeats it
    when it sends the activity again; ids are unique within a conversation. An edit has the id of the message that it
    edits, so a digest of its words makes each edit an event of its own. An activity without an id, which the
    specification allows for some types, is known by a digest of its whole content, its timestamp included.

    In a channel of a team the conversation's id names the thread (`…;messageid=<root>`). It is kept as it is, so that
    the reply stands in that thread.
    """
    kind = required(activity, "type", _LONGEST_KIND)
    if speaks_for_nobody(activity):
        return []
    conversation = mapping(activity.get("conversation"))
    place = identifier(conversation.get("id"), "conversation.id")
    if not place:
        raise BadPayload("the activity does not say where", place="conversation.id")
    person = who(activity)
    user = identifier(person.get("id"), "from.id")
    if not user:
        raise BadPayload("the activity does not say who", place="from.id")
    reference = ConversationReference(
        channel=CHANNEL,
        conversation=place,
        user=user,
        bot=bot_of(activity),
        service_url=service_url(activity.get("serviceUrl")),
        scope=scope_of(activity),
        surface=surface_of(activity),
        tenant=_tenant(activity, conversation),
    )
    action = _action(kind, activity, reference)
    event = InboundEvent(
        event_id=f"{kind}/{place}/{_activity_id(activity)}{_edit_of(action)}",
        reference=reference,
        sender=Sender(
            user=user,
            name=text(person.get("name"))[:_LONGEST_NAME],
            aad_object_id="" if reference.surface else short(person.get("aadObjectId"), _LONGEST_NAME),
            locale=_locale(activity),
        ),
        action=action,
        sent_at=moment(activity.get("timestamp")),
        server_clock=activity.get("channelId", _TEAMS) != _TEAMS,
        reply_to=short(activity.get("replyToId"), LONGEST_ID),
    )
    return [event]


def _edit_of(action: Action) -> str:
    """What an edit's event id ends in: an edit is known by its words, which one message may have several of."""
    if not isinstance(action, TextReceived) or action.form != "edit":
        return ""
    return "/" + hashlib.sha256(action.text.encode()).hexdigest()[:32]


def _tenant(activity: Activity, conversation: Mapping[str, Any]) -> str:
    """The tenant stands in the conversation, in older activities in the channel's data alone."""
    named = short(conversation.get("tenantId"), LONGEST_ID)
    return named or short(mapping(mapping(activity.get("channelData")).get("tenant")).get("id"), LONGEST_ID)


def _locale(activity: Activity) -> str:
    named = short(activity.get("locale"), 35)
    if named or "entities" not in activity:
        return named
    for entity in map(mapping, sequence(activity["entities"])):
        if entity.get("type") == "clientInfo":
            return short(entity.get("locale"), 35)
    return ""


def _activity_id(activity: Activity) -> str:
    given = activity.get("id")
    if isinstance(given, str) and 0 < len(given) <= LONGEST_ID:
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    try:
        return hashlib.sha256(orjson.dumps(activity, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except TypeError:
        raise BadPayload("the activity has no id, and can't be told from others without one", place="id") from None


def _action(kind: str, activity: Activity, reference: ConversationReference) -> Action:
    """Return what an activity of a type says happened; `Unhandled` for what has no meaning to a flow."""
    read = _READERS.get(kind)
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


def _event(activity: Activity, _: ConversationReference) -> Action:
    last = short(mapping(activity.get("value")).get("lastReadMessageId"), 100)
    if activity.get("name") != READ_RECEIPT or not last:
        return Unhandled(kind="event")
    sent = from_ms(int(last)) if last.isascii() and last.isdigit() and len(last) == _MILLISECONDS else None
    return Unhandled(kind="event", receipt=Receipt(read=True, up_to=sent, ids=(last,)))


_MILLISECONDS = 13
"""Digits of Teams' message ids that are times, in milliseconds since 1970."""

_READERS: Final[Mapping[str, Callable[[Activity, ConversationReference], Action]]] = {
    "message": _message,
    "invoke": _invoke,
    "conversationUpdate": _conversation_update,
    "installationUpdate": _installation_update,
    "messageReaction": _reaction,
    "messageUpdate": _update,
    "event": _event,
}
"""The types that mean something to a flow."""


def _attachments(activity: Activity) -> tuple[Attachment, ...]:
    """Files, pictures and cards that were sent along; the HTML copy of the text is none."""
    kept: list[Attachment] = []
    for attachment in map(mapping, sequence(activity.get("attachments"))[:_MAX_ATTACHMENTS]):
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
    kinds = (short(mapping(entry).get("type"), 100) for entry in sequence(found)[:_MAX_REACTIONS])
    return tuple(kind for kind in kinds if kind)


def _ids(found: object) -> set[str]:
    return {text(mapping(entry).get("id")) for entry in sequence(found)} - {""}
