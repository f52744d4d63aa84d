"""The Messenger channel as the outbox knows it: renders, and speaks HTTP to the Graph API.

What the Send API's refusals mean for a message: wait, try again, stop, or give up.

Codes after developers.facebook.com, "Messenger Platform: error codes" and "Graph API: handling errors" (March 2026).
Subcodes are on no page that could be read; they are what public clients agree on.

A refusal for a fault of the operator's (token, permission, host) is `TemporarilyFailed`, so that the message waits in
the outbox, where ops see the reason, and goes out once the fault is mended.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, ConnectionTimeoutError, InvalidURL

from adapters.exchange import LONGEST, read_body, retry_after
from adapters.port import Delivered, WirePayload, may_still_send
from adapters.workplace.parse import CHANNEL
from adapters.workplace.render import render
from adapters.workplace.settings import WorkplaceSettings
from messages.effects import OutgoingMessage
from messages.errors import (
    Ambiguous,
    Cause,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    TemporarilyFailed,
    Undeliverable,
)
from messages.inbound import ConversationReference

Key = tuple[int, int]
"""Code and subcode; subcode 0 stands for any."""

_OPERATOR: Final[Mapping[Key, str]] = {
    (3, 0): "the app lacks the permission pages_messaging",
    (10, 0): "the app or the token lacks a permission",
    (10, 1893063): "Meta has restricted the page from sending for the moment",
    (100, 33): "the page does not exist or the token can't see it",
    (102, 0): "the access token's session has ended: make a new one",
    (104, 0): "appsecret_proof was refused: is the app secret the one of the token's app?",
    (190, 0): "the access token is invalid or has expired: make a new one",
    (200, 0): "the app lacks a permission, or is not published: it reaches its testers only",
    (368, 0): "Meta has blocked the page for breaking its policies",
    (2, 2018344): "an admin of the page must accept Meta's privacy terms",
}
_RATE: Final[Mapping[Key, str]] = {
    (4, 0): "the app's request limit is reached",
    (17, 0): "the token's request limit is reached",
    (32, 0): "the page's request limit is reached",
    (341, 0): "an application limit is reached",
    (613, 0): "the rate limit of this call is reached",
    (80006, 0): "the page's messaging limit is reached",
}
_AGAIN: Final[Mapping[Key, str]] = {
    (1, 0): "Meta had an unknown fault",
    (2, 0): "Meta's service failed for the moment, or the person has blocked the page",
    (1200, 0): "Meta failed to send for the moment",
}
_UNSURE: Final[Mapping[Key, str]] = {
    (1, 1357046): "Meta answered with a fault that it also gives for messages it has sent",
}
_GONE: Final[Mapping[Key, str]] = {
    (551, 0): "the person is not available: blocked, or gone",
    (0, 1545041): "the person does not receive messages from this page",
    (0, 2018108): "the person does not receive messages from this page",
    (100, 2018001): "Meta knows no such person for this page",
}
_NEVER: Final[Mapping[Key, str]] = {
    (0, 2018278): "outside Meta's 24 hours after the person's last message",
    (0, 2018065): "outside Meta's 24 hours after the person's last message",
    (0, 2534022): "outside Meta's 24 hours after the person's last message",
}


def send_error(status: int, headers: Mapping[str, str], body: bytes) -> DeliveryError | None:
    """Return what went wrong with a send, None when it was taken."""
    error = _graph_error(body)
    if error is None:
        return None if 200 <= status < 300 else _by_status(status, headers)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    trace = error.get("fbtrace_id")
    name = f"Meta's error {code}" + (f"/{subcode}" if subcode else "")
    if isinstance(trace, str) and trace.isalnum():
        name += f", trace {trace[:40]}"
    told = f"{code}/{subcode}" if subcode else f"{code}"
    for key in ((code, subcode), (0, subcode), (code, 0)):
        for table, kind, cause in _TABLES:
            if key in table and key != (0, 0):
                return _made(kind, f"{table[key]} ({name})", headers, cause=_CAUSES.get(key, cause), code=told)
    if status == 429:
        return _made(RateLimited, f"too many requests ({name})", headers)
    if error.get("is_transient") is True:
        return TemporarilyFailed(f"Meta failed for the moment ({name})", cause=Cause.GATEWAY, code=told)
    if status >= 500:
        return Ambiguous(f"Meta's server failed ({name})")
    return Undeliverable(f"Meta refused the message ({name})", code=told)


def graph_codes(body: bytes) -> Key | None:
    """Return code and subcode of a refusal by Graph; None when the body is none."""
    error = _graph_error(body)
    return None if error is None else (_number(error.get("code")), _number(error.get("error_subcode")))


def _by_status(status: int, headers: Mapping[str, str]) -> DeliveryError:
    """An answer that is not Graph's: a proxy's, a gateway's, or that of a wrong host."""
    if status == 429:
        return _made(RateLimited, "too many requests (HTTP 429)", headers)
    if status >= 500 or status == 408:
        return Ambiguous(f"Meta's server failed (HTTP {status})")
    if status in {401, 403, 404, 405} or status < 400:
        reason = f"not the answer of a Graph API (HTTP {status}): check host, version and token"
        return TemporarilyFailed(reason, cause=Cause.OPERATOR)
    return Undeliverable(f"Meta refused the message (HTTP {status})")


_TABLES: Final[tuple[tuple[Mapping[Key, str], type[DeliveryError], Cause], ...]] = (
    (_UNSURE, Ambiguous, Cause.OTHER),
    (_GONE, ContactUnreachable, Cause.OTHER),
    (_NEVER, Undeliverable, Cause.OUTSIDE_WINDOW),
    (_RATE, RateLimited, Cause.OTHER),
    (_AGAIN, TemporarilyFailed, Cause.OTHER),
    (_OPERATOR, TemporarilyFailed, Cause.OPERATOR),
)
_CAUSES: Final[Mapping[Key, Cause]] = {(1, 0): Cause.GATEWAY}


def _made(
    kind: type[DeliveryError], reason: str, headers: Mapping[str, str], *, cause: Cause = Cause.OTHER, code: str = ""
) -> DeliveryError:
    """Make the error. All of Meta's limits are an app's, a page's or a token's: they hold in every conversation."""
    if kind is RateLimited:
        return RateLimited(reason, _wait(headers), everywhere=True)
    return kind(reason, cause=cause, code=code)


def _wait(headers: Mapping[str, str]) -> float | None:
    """`Retry-After`, else the minutes until access returns that Graph tells in its usage header."""
    asked = retry_after(headers)
    if asked is not None:
        return asked
    try:
        usage = orjson.loads(headers.get("X-Business-Use-Case-Usage", "{}"))
        minutes = [
            _number(limit.get("estimated_time_to_regain_access")) for limits in usage.values() for limit in limits
        ]
    except (orjson.JSONDecodeError, AttributeError, TypeError):
        return None
    longest = max(minutes, default=0)
    return min(longest * 60.0, LONGEST) if longest > 0 else None


def _graph_error(body: bytes) -> Mapping[str, Any] | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, dict) else None


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


class WorkplaceChannel:
    """Sends as the page that a conversation is with. The session is shared and stays open.

    The access token goes in the `Authorization` header, which Graph takes as well as the query, so that no address in
    a log or an exception holds it; of an exception only the kind is told. A proof of the app secret goes with it.
    """

    name = CHANNEL

    def __init__(self, settings: WorkplaceSettings, session: ClientSession) -> None:
        self._session = session
        self._settings = settings
        self._timeout = ClientTimeout(total=settings.timeout, connect=settings.timeout / 2)

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the send requests for a message, in order."""
        return render(message, reference)

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one request. Its recipient is in it already."""
        proving, query = self._settings.credentials(reference.bot)
        await may_still_send()
        try:
            async with self._session.post(
                self._settings.send_url(reference.bot),
                data=orjson.dumps(payload),
                params=query,
                headers={"Content-Type": "application/json", **proving},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await read_body(response)
                status, headers = response.status, response.headers
        except (ClientConnectorError, ConnectionTimeoutError, InvalidURL) as error:
            raise TemporarilyFailed(f"no connection to Meta ({type(error).__name__})") from None
        except (ClientError, TimeoutError) as error:
            raise Ambiguous(f"the connection to Meta broke before it answered ({type(error).__name__})") from None
        refusal = send_error(status, headers, body)
        if refusal is not None:
            raise refusal
        return Delivered(channel_message_id=_message_id(body))

    async def close(self) -> None:
        """Nothing is held: the session is its owner's."""


def _message_id(body: bytes) -> str:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    given = answer.get("message_id") if isinstance(answer, dict) else None
    return given if isinstance(given, str) else ""
