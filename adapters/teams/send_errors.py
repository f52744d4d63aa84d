"""What the connector's answers mean for a reply.

Status codes and sub codes: Teams' page on sending to conversations (retry guidance) and on proactive messages. The send
call is not idempotent, so after 408 and 500 the message may stand in the chat already.
"""

from collections.abc import Mapping

import orjson

from adapters.retry_after import retry_after
from messages.errors import (
    Ambiguous,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    TemporarilyFailed,
    Undeliverable,
)

_PASSING = frozenset({412, 502, 503, 504})
_UNKNOWN = frozenset({408, 500})


def send_error(status: int, headers: Mapping[str, str], body: bytes) -> DeliveryError | None:
    """Return what an answer means; None when the message was taken."""
    if status < 300:
        return None
    code = error_code(body)
    reason = f"Teams answered {status}" + (f" {code}" if code else "")
    if status == 429:
        return RateLimited(reason, retry_after(headers))
    if status in _PASSING or status == 401:
        return TemporarilyFailed(reason)
    if status in _UNKNOWN:
        return Ambiguous(reason)
    if status == 403:
        return ContactUnreachable(reason)
    return Undeliverable(reason)


def error_code(body: bytes) -> str:
    """Return the error code of an answer: `error.code`, or `subCode`, which stands in a JSON text within the JSON."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(answer, dict):
        return ""
    found = answer.get("error")
    code = found.get("code") if isinstance(found, dict) else None
    message = answer.get("message")
    if isinstance(message, str) and message.startswith("{"):
        try:
            inner = orjson.loads(message)
        except orjson.JSONDecodeError:
            inner = None
        if isinstance(inner, dict):
            code = inner.get("subCode", code)
    return code[:100] if isinstance(code, str) else ""
