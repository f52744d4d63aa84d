"""Bot Framework activities as events. Pure.

Fields and kinds: the Bot Framework activity specification, and Teams' pages on conversations, cards and events. The
Emulator, Web Chat and Direct Line speak the same protocol and are the same channel to us.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from adapters.json_body import load_json
from adapters.teams import actions
from adapters.teams.activity import (
    LONGEST_ID,
    Activity,
    bot_of,
    identifier,
    mapping,
    moment,
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
from messages.errors import BadPayload
from messages.inbound import Action, ConversationReference, InboundEvent, Sender, TextReceived

CHANNEL: Final = "teams"
_TEAMS: Final = "msteams"
"""The channel id of Teams itself. Direct Line and emulators have others, and the client sets their times."""
LARGEST: Final = 1_048_576
"""Bytes of an activity. Teams' own limit for a message is a tenth of it."""

_LONGEST_NAME: Final = 256
_LONGEST_KIND: Final = 100


def load(body: bytes, largest: int = LARGEST) -> Activity:
    """Read a request body as one activity; odd spots in it are mended (`adapters.json_body`). Raises BadPayload."""
    if len(body) > largest:
        raise BadPayload(f"the body is larger than {largest} bytes")
    activity = load_json(body)
    if not isinstance(activity, dict):
        raise BadPayload("the body is not an activity: it must be a JSON object")
    return activity


def parse(activity: Activity) -> list[InboundEvent]:
    """Return what an activity says happened: one event, or none where no person acted (`speaker.speaks_for_nobody`).

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
        tenant=_tenant(activity, conversation),
        scope=scope_of(activity),
        surface=surface_of(activity),
    )
    action = actions.action(kind, activity, reference)
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
