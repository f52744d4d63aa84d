"""A messaging event as it is kept: its JSON, without what only gives somebody access."""

from typing import Final

import orjson

from adapters.workplace.fields import Json

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
