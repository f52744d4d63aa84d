"""Finding our signed payload in what a pressed button sends back. Pure."""

from collections.abc import Mapping
from typing import Final

import orjson

from segment_buttons.payload import form_of

KEY: Final = "assent"
"""Under this name our buttons carry it."""

_LONGEST: Final = 4096


def payload_in(value: object) -> str | None:
    """Return the payload in a card action's value: `{"assent": payload}`, that as JSON text, or the payload itself.

    None when the value is not from a button of ours. Card inputs and `msteams` may stand beside the payload.
    """
    if isinstance(value, str):
        return _in_text(value)
    if isinstance(value, Mapping):
        found = value.get(KEY)
        return found if isinstance(found, str) else None
    return None


def _in_text(value: str) -> str | None:
    if form_of(value):
        return value
    if not value.startswith("{") or len(value) > _LONGEST:
        return None
    try:
        return payload_in(orjson.loads(value))
    except orjson.JSONDecodeError:
        return None
