"""A webhook body as `InboundEvent`s, in the order in which they came.

A batch holds events of many people. One that can't be read is refused by itself: its neighbours go on, and the whole
is still answered 200, because Meta would send all of it again and again.

One messaging event of a webhook, as an `InboundEvent`.

Shapes after developers.facebook.com, "Messenger Platform: webhook events", and the test data of public clients.
Unconfirmed, because no page or sample shows it and Workplace is closed: `thread` (a group chat), `message.mentions`,
`sender.community`, and the object name "workplace".

Which page an event came to, and whether it is one of the bot's.

A person's id is a page's own (page-scoped), so nothing is known of them without the page. One Meta app has one address
for the webhooks of all its pages: what came to a page of somebody else must make nobody a contact of this bot.

A messaging event as it is kept: its JSON, without what only gives somebody access.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec
import orjson

from adapters.json_body import load_json
from adapters.workplace.message import (
    Json,
    Malformed,
    Read,
    child,
    identifier,
    moment,
    on_standby,
    read_message,
    read_postback,
    text,
)
from messages.errors import BadPayload
from messages.inbound import (
    ConversationReference,
    ConversationStarted,
    InboundEvent,
    ReactionChanged,
    Receipt,
    Scope,
    Sender,
    StoppedByChannel,
    TextReceived,
    Unhandled,
)

OTHER: Final = "other_page"


def page_of(event: Json, entry: Json, pages: frozenset[str] | None) -> str | None:
    """Return the page that an event came to, empty where nothing tells; None for a page that is not the bot's.

    `pages`: the bot's own, None for every page. The entry's page goes before the event's `recipient`, and a page that
    can't be read is the bot's if it has only one: no ill-typed field loses what was said.
    """
    named = [page for page in (identifier(entry, "id"), identifier(child(event, "recipient") or {}, "id")) if page]
    if pages is None:
        return named[0] if named else ""
    if not named:
        return next(iter(pages)) if len(pages) == 1 else None
    return named[0] if all(page in pages for page in named) else None


_SECRETS: Final = {
    "account_linking": frozenset({"authorization_code"}),
    "optin": frozenset({"one_time_notif_token", "notification_messages_token"}),
}


def received(event: Json) -> bytes:
    """Return an event of a batch as compact JSON, its fields in the order in which they came.

    Empty for one that is nested too deeply to be written.
    """
    for kind in _SECRETS.keys() & event.keys():
        held = event[kind]
        if isinstance(held, dict):
            event = {**event, kind: {name: value for name, value in held.items() if name not in _SECRETS[kind]}}
    try:
        return orjson.dumps(event)
    except orjson.JSONEncodeError:
        return b""


CHANNEL: Final = "workplace"
INSTAGRAM: Final = "instagram"
"""The `service_url` of a reference whose messages have Instagram's limits."""

_ENVELOPE: Final = frozenset({"sender", "recipient", "timestamp", "thread"})


def is_echo(event: Json, entry: Json) -> bool:
    """Whether it tells of words of the page's own."""
    message, sender = child(event, "message") or {}, child(event, "sender") or {}
    if message.get("is_echo") is True:
        return True
    page = identifier(entry, "id")
    return bool(page) and "message_edit" in event and identifier(sender, "id") == page


PUSH_MARK: Final = "assent-push:"
"""What the `metadata` of a push's last request begins with, before the run; Meta tells it again in the echo."""


def _echoed_push(event: Json) -> str:
    """Return the run of the push that an echo is of; empty for all other words of the page's."""
    mark = text(child(event, "message") or {}, "metadata")
    return mark.removeprefix(PUSH_MARK) if mark.startswith(PUSH_MARK) else ""


def _echo(event: Json, source: str, page: str, push: str) -> InboundEvent:
    """Return what an echo tells of a push; `event`: as if the person had sent it to the page."""
    reference, mid = _reference(event, source, page), text(child(event, "message") or {}, "mid")
    told = Unhandled("echo", Receipt(ids=(mid,) if mid else (), push=push))
    return InboundEvent(f"echo:{mid}", reference, Sender(reference.user), told, sent_at=moment(event, "timestamp"))


def read_event(event: Json, *, source: str, entry: Json, page: str, standby: bool) -> InboundEvent:
    """Return the event as ours. `source` is the webhook's `object`, `page` where it came to. Raises Malformed.

    On standby another app has the conversation: only words are heard there, and nothing is answered.
    """
    reference = _reference(event, source, page)
    kind = _kind(event)
    read = _READERS.get(kind, _unhandled)(event, reference)
    if standby:
        read = on_standby(read)
    unhandled = read.action.kind if isinstance(read.action, Unhandled) else ""
    name = "standby" if standby else unhandled or kind
    own_id = f"{name}:{read.id}" if read.id and (standby or unhandled) else read.id
    return InboundEvent(
        event_id=own_id or _digest(event, kind, name, reference, entry),
        reference=reference,
        sender=Sender(user=reference.user),
        action=read.action,
        sent_at=moment(event, "timestamp") or moment(entry, "time"),
        reply_to=read.about,
        received=received(event),
    )


def _reference(event: Json, source: str, page: str) -> ConversationReference:
    """Where it happened. A `thread` that can't be read is a group's all the same: what others read is not said there.

    Such a group has no address, so what is answered goes to the person alone.
    """
    sender = child(event, "sender") or {}
    user = identifier(sender, "id")
    if not user:
        raise Malformed("sender.id is missing or unreadable")
    group = event.get("thread") is not None
    return ConversationReference(
        channel=CHANNEL,
        conversation=identifier(child(event, "thread") or {}, "id") if group else user,
        user=user,
        bot=page,
        page=page,
        service_url=INSTAGRAM if source == INSTAGRAM else "",
        tenant=identifier(child(sender, "community") or {}, "id"),
        scope=Scope.GROUP if group else Scope.PERSONAL,
    )


def _kind(event: Json) -> str:
    """What the event tells of: a field that can be read goes before one that can't."""
    for kind in _READERS:
        if isinstance(event.get(kind), dict):
            return kind
    other = (name for name, value in event.items() if name not in _ENVELOPE and isinstance(value, dict))
    return next(other, "unknown")[:64]


def _digest(event: Json, kind: str, name: str, reference: ConversationReference, entry: Json) -> str:
    """An id for an event that brings none: the same for each redelivery, and for nothing else.

    A time is part of it, else a second press of the same button would count as a copy of the first.
    """
    when = next((time for time in (event.get("timestamp"), entry.get("time")) if _is_plain(time)), None)
    if when is None:
        raise Malformed("it has neither an id nor a time")
    seen: Any = [name, reference.bot, reference.conversation, reference.user, when, event.get(kind)]
    content = orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)
    return f"{name}:{sha256(content).hexdigest()[:32]}"


def _is_plain(time: object) -> bool:
    """Whether it can stand for a time, readable or not."""
    return bool(time) and isinstance(time, int | float | str)


def _unhandled(event: Json, _: ConversationReference) -> Read:
    return Read(Unhandled(_kind(event)))


def _message(event: Json, reference: ConversationReference) -> Read:
    return read_message(event["message"], bot=reference.bot, group=reference.scope is not Scope.PERSONAL)


def _postback(event: Json, _: ConversationReference) -> Read:
    return read_postback(event["postback"])


def _referral(event: Json, _: ConversationReference) -> Read:
    """A known person came again, by a link or an advertisement."""
    return Read(ConversationStarted(referral=text(event["referral"], "ref")))


def _delivery(event: Json, _: ConversationReference) -> Read:
    told = event["delivery"]
    mids = told.get("mids")
    ids = tuple(mid for mid in mids if isinstance(mid, str)) if isinstance(mids, list) else ()
    return Read(Unhandled("delivery", Receipt(up_to=moment(told, "watermark"), ids=ids[:100])))


def _read(event: Json, _: ConversationReference) -> Read:
    return Read(Unhandled("read", Receipt(read=True, up_to=moment(event["read"], "watermark"))))


def _optin(event: Json, _: ConversationReference) -> Read:
    """*Send to Messenger* starts a conversation. It is no consent to a segment; other kinds say at most no.

    developers.facebook.com, "Messenger Platform: messaging_optins": a `notification_messages` tells by its
    `notification_messages_status` that the person stopped or resumed messages with Messenger's own button.
    """
    optin = event["optin"]
    status = text(optin, "notification_messages_status")
    if status.strip().upper().startswith("STOP"):
        return Read(StoppedByChannel(how=status.strip()[:64]))
    if status or optin.get("type") is not None:
        return Read(Unhandled("optin"))
    return Read(ConversationStarted(referral=text(optin, "ref")))


def _reaction(event: Json, _: ConversationReference) -> Read:
    reaction = event["reaction"]
    name = text(reaction, "reaction") or text(reaction, "emoji")
    if not name:
        raise Malformed("reaction names no reaction")
    taken_off = text(reaction, "action") == "unreact"
    change = ReactionChanged(removed=(name,)) if taken_off else ReactionChanged(added=(name,))
    return Read(change, about=identifier(reaction, "mid"))


def _message_edit(event: Json, _: ConversationReference) -> Read:
    """Edited words are heard for a no, once per message and text: an edit may come several times with new numbers."""
    edit = event["message_edit"]
    mid, said = identifier(edit, "mid"), text(edit, "text")
    if not said:
        return Read(Unhandled("message_edit"), f"{mid}:{identifier(edit, 'num_edit')}" if mid else "")
    digest = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Read(TextReceived(text=said, form="edit"), f"message_edit:{mid}:{digest}" if mid else "")


_READERS: Final[dict[str, Callable[[Json, ConversationReference], Read]]] = {
    "message": _message,
    "postback": _postback,
    "optin": _optin,
    "message_edit": _message_edit,
    "referral": _referral,
    "reaction": _reaction,
    "delivery": _delivery,
    "read": _read,
}


OBJECTS: Final = frozenset({"page", INSTAGRAM, "workplace"})
"""The `object`s whose messaging events are read. "workplace" is unconfirmed: no page or sample shows it."""


class Refused(msgspec.Struct, frozen=True):
    """A part of a webhook that can't be read: where it stands, and why, without its contents."""

    place: str
    reason: str


class Parsed(msgspec.Struct, frozen=True):
    """What a webhook body held."""

    events: tuple[InboundEvent, ...] = ()
    refused: tuple[Refused, ...] = ()
    dropped: tuple[str, ...] = ()
    """What is understood and of no use, one word each: `echo`, `change`, `other_object`."""
    others: tuple[str, ...] = ()
    """Places of what came to a page that is not the bot's."""


def parse(body: bytes, pages: frozenset[str] | None = None) -> Parsed:
    """Read a webhook body; `pages` are the bot's, None takes all.

    Raises BadPayload when it is not JSON, or no webhook at all.
    """
    webhook = load_json(body)
    if not isinstance(webhook, dict) or not isinstance(webhook.get("object"), str):
        raise BadPayload("the body is not a webhook: it names no object", place="object")
    if webhook["object"] not in OBJECTS:
        return Parsed(dropped=("other_object",))
    entries = webhook.get("entry")
    if not isinstance(entries, list):
        raise BadPayload("entry is not a list", place="entry")
    events: list[InboundEvent] = []
    refused: list[Refused] = []
    dropped: list[str] = []
    others: list[str] = []
    for at, entry in enumerate(entries):
        for place, outcome in _entry(entry, webhook["object"], pages):
            if isinstance(outcome, InboundEvent):
                events.append(outcome)
            elif isinstance(outcome, Malformed):
                refused.append(Refused(f"entry[{at}]{place}", str(outcome)))
            elif outcome == OTHER:
                others.append(f"entry[{at}]{place}")
            else:
                dropped.append(outcome)
    return Parsed(tuple(events), tuple(refused), tuple(dropped), tuple(others))


def _entry(
    entry: Any,  # noqa: ANN401  # JSON
    source: str,
    pages: frozenset[str] | None,
) -> Iterator[tuple[str, InboundEvent | Malformed | str]]:
    if not isinstance(entry, dict):
        yield "", Malformed("it is not an object")
        return
    for field, standby in (("messaging", False), ("standby", True)):
        listed = entry.get(field)
        if listed is None:
            continue
        if not isinstance(listed, list | dict):
            yield f".{field}", Malformed("it is not a list")
            continue
        for at, event in enumerate(listed if isinstance(listed, list) else [listed]):
            yield f".{field}[{at}]", _event(event, source, entry, pages, standby=standby)
    if entry.get("changes") is not None:
        yield ".changes", "change"


def _event(
    event: Any,  # noqa: ANN401  # JSON
    source: str,
    entry: Json,
    pages: frozenset[str] | None,
    *,
    standby: bool,
) -> InboundEvent | Malformed | str:
    if not isinstance(event, dict):
        return Malformed("it is not an object")
    echoed = _echoed_push(event) if is_echo(event, entry) else None
    if echoed == "":
        return "echo"
    if echoed is not None:
        event = {**event, "sender": event.get("recipient"), "recipient": event.get("sender")}
    page = page_of(event, entry, pages)
    if page is None:
        return OTHER
    try:
        if echoed is not None:
            return _echo(event, source, page, echoed)
        return read_event(event, source=source, entry=entry, page=page, standby=standby)
    except Malformed as malformed:
        return malformed
