"""Activities between JSON and botbuilder's classes, with every field kept.

botbuilder's own way leaves `conversation.tenantId` unread, for it knows it as `tenantID`, and drops what it does not
know of entities, accounts and attachments when it writes. Here what a class has no attribute for stands in its
`additional_properties`, and is written again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache, partial
from typing import Any, Final

import botbuilder.schema
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, ConversationReference
from msrest.serialization import Model

from adapters.teams.activity import surface_of
from adapters.teams.parse import CHANNEL
from messages import inbound as ours

MSTEAMS: Final = "msteams"
_WIRE_NAMES: Final[Mapping[str, str]] = {"tenantID": "tenantId"}
"""Names that botbuilder writes otherwise than the channel."""


def from_wire(activity: Mapping[str, Any]) -> Activity:
    """Return an activity's JSON values as botbuilder's class.

    Each attribute has the type that a team's code expects, or is None: what came with another type stands in
    `additional_properties`, as what is unknown does.
    """
    return _model(Activity, activity)


def to_wire(value: object) -> Any:  # noqa: ANN401  # JSON
    """Return botbuilder's classes, and what people put into them, as JSON values. None is left out of a class.

    Raises TypeError for what is no JSON, which names it.
    """
    match value:
        case Enum():
            wire = to_wire(value.value)
        case None | bool() | int() | float() | str():
            wire = value
        case Model():
            wire = _wire(value)
        case Mapping():
            wire = {str(name): to_wire(inner) for name, inner in value.items()}
        case list() | tuple():
            wire = [to_wire(inner) for inner in value]
        case datetime():
            wire = (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        case Exception():  # in what `ActivityHandler` answers to a malformed invoke
            wire = str(value)
        case _:
            kind = type(value).__name__
            raise TypeError(f"an activity can't hold a {kind}: use JSON values and botbuilder's classes")
    return wire


def to_botbuilder(reference: ours.ConversationReference) -> ConversationReference:
    """Return our reference as botbuilder's, to continue a conversation with."""
    group = reference.scope is not ours.Scope.PERSONAL
    return ConversationReference(
        user=ChannelAccount(id=reference.user),
        bot=ChannelAccount(id=reference.bot),
        conversation=ConversationAccount(
            id=reference.conversation, tenant_id=reference.tenant or None, is_group=group or None
        ),
        channel_id=reference.surface or MSTEAMS,
        service_url=reference.service_url,
    )


def reference_of(activity: Activity) -> ours.ConversationReference:
    """Return where an outgoing activity goes."""
    conversation = activity.conversation or ConversationAccount()
    return ours.ConversationReference(
        channel=CHANNEL,
        conversation=conversation.id or "",
        user=getattr(activity.recipient, "id", None) or "",
        bot=getattr(activity.from_property, "id", None) or "",
        service_url=activity.service_url or "",
        tenant=conversation.tenant_id or "",
        scope=ours.Scope.GROUP if conversation.is_group else ours.Scope.PERSONAL,
        surface=surface_of({"channelId": activity.channel_id}),
    )


class _Unfit(Exception):
    """A value is not what its attribute holds."""


@dataclass(frozen=True, slots=True)
class _Attribute:
    """Where a JSON value goes in a class, and how it is read."""

    name: str
    read: Callable[[object], object]


@cache
def _attributes(kind: str) -> Mapping[str, _Attribute]:
    """The attributes of one of botbuilder's classes by their JSON names."""
    table: dict[str, _Attribute] = {}
    described: Mapping[str, Any] = getattr(botbuilder.schema, kind)._attribute_map  # noqa: SLF001  # botbuilder's own
    for name, known in described.items():
        entry = _Attribute(name, _reader(known["type"]))
        for key in {known["key"], _WIRE_NAMES.get(known["key"], known["key"])}:
            table[key] = entry
    return table


def _reader(kind: str) -> Callable[[object], object]:
    """Return what reads values of a type as botbuilder writes types: `str`, `iso-8601`, `ChannelAccount`, `[str]`, …"""
    if kind.startswith("["):
        return partial(_list, _reader(kind.strip("[]")))
    if kind in _PLAIN:
        return partial(_plain, _PLAIN[kind])
    if kind == "iso-8601":
        return _time
    model = getattr(botbuilder.schema, kind, None)
    if isinstance(model, type) and issubclass(model, Model):
        return partial(_model, model)
    return partial(_plain, object)


_PLAIN: Final[Mapping[str, type]] = {"str": str, "bool": bool, "int": int}


def _plain(kind: type, value: object) -> object:
    if isinstance(value, kind):
        return value
    raise _Unfit


def _list(read: Callable[[object], object], value: object) -> object:
    if isinstance(value, list):
        return [read(each) for each in value]
    raise _Unfit


def _time(value: object) -> object:
    try:
        return datetime.fromisoformat(value)  # type: ignore[arg-type]  # a TypeError is caught
    except (TypeError, ValueError):
        raise _Unfit from None


def _model(kind: type[Any], values: object) -> object:
    if not isinstance(values, Mapping):
        raise _Unfit
    made = kind()
    made.additional_properties = {}
    known = _attributes(kind.__name__)
    for name, value in values.items():
        attribute = known.get(name)
        try:
            if attribute is not None and value is not None:
                setattr(made, attribute.name, attribute.read(value))
                continue
        except _Unfit:
            pass
        made.additional_properties[name] = value
    return made


def _wire(model: Model) -> dict[str, Any]:
    further = getattr(model, "additional_properties", None) or {}
    written: dict[str, Any] = {name: to_wire(value) for name, value in further.items()}
    for attribute, known in model._attribute_map.items():  # noqa: SLF001  # as above
        value = getattr(model, attribute, None)
        if value is not None and attribute != "additional_properties":
            written[_WIRE_NAMES.get(known["key"], known["key"])] = to_wire(value)
    return written
