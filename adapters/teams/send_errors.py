"""What the connector's answers mean for a reply.

Status codes and sub codes: Teams' pages on sending to conversations (retry guidance) and on proactive messages. The
send call is not idempotent, so after 408 and 500 the message may stand in the chat already.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from adapters.retry_after import retry_after
from adapters.teams.fields import mapping
from messages.errors import (
    Ambiguous,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    TemporarilyFailed,
    Undeliverable,
)

WRONG_HOST: Final = "InvalidBotApiHost"
"""The tenant is one of the US government cloud, which has a connector of its own."""

_CODE: Final = re.compile(r"[\w.-]{1,100}", re.ASCII)
_PASSING: Final = frozenset({401, 412, 502, 503, 504})
_UNKNOWN: Final = frozenset({408, 500})


def send_error(status: int, headers: Mapping[str, str], body: bytes) -> DeliveryError | None:
    """Return what an answer means; None when the message was taken.

    A refused token (401) and an answer from elsewhere (a redirect) are faults of the operator's, so the message waits.
    403 means that the bot may not write to this conversation, whatever the code says, and also without one.
    """
    if 200 <= status < 300:
        return None
    code = error_code(body)
    reason = f"Teams answered {status}" + (f" {code}" if code else "")
    if status == 429:
        return RateLimited(reason, retry_after(headers))
    if status in _PASSING or status < 400:
        return TemporarilyFailed(reason)
    if status in _UNKNOWN or status > 500:
        return Ambiguous(reason)
    if status == 403:
        return ContactUnreachable(reason)
    return Undeliverable(reason)


def error_code(body: bytes) -> str:
    """Return the code of a refusal, the most telling one: `subCode`, which may stand in a JSON text within the JSON,
    else `error.code`; empty when there is none.
    """
    answer = _object(body)
    error = mapping(answer.get("error"))
    for holder in (answer, error):
        inner = holder.get("message")
        inside = _object(inner) if isinstance(inner, str) and inner.startswith("{") else {}
        for found in (inside.get("subCode"), holder.get("subCode")):
            if isinstance(found, str) and _CODE.fullmatch(found):
                return found
    code = error.get("code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _object(body: bytes | str) -> Mapping[str, Any]:
    try:
        return mapping(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}
