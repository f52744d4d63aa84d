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
from adapters.teams.fields import (
    LONGEST_ID,
    Activity,
    identifier,
    mapping,
    moment,
    required,
    sequence,
    service_url,
    short,
    text,
)
from messages.errors import BadPayload
from messages.inbound import InboundEvent, Sender
from messages.reference import ConversationReference, Scope

CHANNEL: Final = "teams"
_TEAMS: Final = "msteams"
"""The channel id of Teams itself. Direct Line and emulators have others, and the client sets their times."""
LARGEST: Final = 1_048_576
"""Bytes of an activity. Teams' own limit for a message is a tenth of it."""

_LONGEST_NAME: Final = 256
_LONGEST_KIND: Final = 100
_TEAM_THREADS: Final = ("@thread.skype", "@thread.tacv2")


def load(body: bytes, largest: int = LARGEST) -> Activity:
    """Read a request body as one activity; odd spots in it are mended (`adapters.json_body`). Raises BadPayload."""
    if len(body) > largest:
        raise BadPayload(f"the body is larger than {largest} bytes")
    activity = load_json(body)
    if not isinstance(activity, dict):
        raise BadPayload("the body is not an activity: it must be a JSON object")
    return activity


def parse(activity: Activity) -> list[InboundEvent]:
    """Return what an activity says happened: one event. Raises BadPayload when it does not say who and where.

    The event's id is `<type>/<conversation>/<activity id>`. The channel gives an activity its id once and repeats it
    when it sends the activity again; ids are unique within a conversation, and an edit has the id of the message that
    it edits but a type of its own. An activity without an id, which the specification allows for some types, is known
    by a digest of its whole content, its timestamp included.

    In a channel of a team the conversation's id names the thread (`…;messageid=<root>`). It is kept as it is, so that
    the reply stands in that thread.
    """
    kind = required(activity, "type", _LONGEST_KIND)
    conversation = mapping(activity.get("conversation"))
    place = identifier(conversation.get("id"), "conversation.id")
    if not place:
        raise BadPayload("the activity does not say where", place="conversation.id")
    bot = identifier(mapping(activity.get("recipient")).get("id"), "recipient.id")
    scope = _scope(conversation, activity)
    person = _person(activity, kind, bot, scope)
    reference = ConversationReference(
        channel=CHANNEL,
        conversation=place,
        user=person["id"],
        bot=bot,
        service_url=service_url(activity.get("serviceUrl")),
        tenant=_tenant(activity, conversation),
        scope=scope,
    )
    event = InboundEvent(
        event_id=f"{kind}/{place}/{_activity_id(activity)}",
        reference=reference,
        sender=Sender(
            user=reference.user,
            name=text(person.get("name"))[:_LONGEST_NAME],
            aad_object_id=short(person.get("aadObjectId"), _LONGEST_NAME),
            locale=_locale(activity),
        ),
        action=actions.action(kind, activity, reference),
        sent_at=moment(activity.get("timestamp")),
        server_clock=activity.get("channelId", _TEAMS) != _TEAMS,
        reply_to=short(activity.get("replyToId"), LONGEST_ID),
    )
    return [event]


def _person(activity: Activity, kind: str, bot: str, scope: Scope) -> Mapping[str, Any]:
    """Who acted, with a good id. Where the bot itself reports that it and a person came together, it is that person.

    What nobody does (an `event` of the channel) may come without a person; its conversation stands for one.
    """
    account = mapping(activity.get("from"))
    user = identifier(account.get("id"), "from.id")
    if scope is Scope.PERSONAL and (not user or user == bot):
        for added in map(mapping, sequence(activity.get("membersAdded"))):
            if identifier(added.get("id"), "membersAdded.id") not in {"", bot}:
                return added
    if user:
        return account
    if kind in actions.READERS:
        raise BadPayload("the activity does not say who", place="from.id")
    return {"id": mapping(activity["conversation"])["id"]}


def _scope(conversation: Mapping[str, Any], activity: Activity) -> Scope:
    """Who else reads along. Older activities lack `conversationType`: then a group is a team's if anything says so."""
    match conversation.get("conversationType"):
        case "channel":
            return Scope.CHANNEL
        case "groupChat":
            return Scope.GROUP
        case "personal":
            return Scope.PERSONAL
    if conversation.get("isGroup") is not True:
        return Scope.PERSONAL
    data = mapping(activity.get("channelData"))
    of_a_team = "team" in data or "channel" in data or any(mark in conversation["id"] for mark in _TEAM_THREADS)
    return Scope.CHANNEL if of_a_team else Scope.GROUP


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
