"""The Teams channel as the outbox knows it: renders, and speaks HTTP to the Bot Connector service.

What the connector's answers mean for a reply.

Status codes and sub codes: Teams' pages on sending to conversations (retry guidance) and on proactive messages. The
send call is not idempotent, so after 408 and 500 the message may stand in the chat already.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec
import orjson
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    InvalidURL,
    NonHttpUrlClientError,
)

from adapters.exchange import read_body, retry_after
from adapters.port import Delivered, WirePayload, may_still_send
from adapters.teams.activity import mapping, text
from adapters.teams.parse import CHANNEL
from adapters.teams.render import render
from adapters.teams.settings import TeamsSettings, on_this_machine, same, trusted
from adapters.teams.tokens import TokenClient
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
from messages.inbound import ConversationReference, Scope

WRONG_HOST: Final = "InvalidBotApiHost"
"""The tenant is one of the US government cloud, which has a connector of its own."""

_BLOCKED: Final = "ConversationBlockedByUser"

_CODE: Final = re.compile(r"[\w.-]{1,100}", re.ASCII)
_PASSING: Final = frozenset({412, 503})
_GATEWAY: Final = frozenset({502, 504})
"""Microsoft says to try again; what a gateway did not hear of may have been delivered all the same."""
_UNKNOWN: Final = frozenset({408, 500})


def send_error(status: int, headers: Mapping[str, str], body: bytes) -> DeliveryError | None:  # noqa: PLR0911  # a row each
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
    if status in _PASSING:
        return TemporarilyFailed(reason, code=code)
    if status in _GATEWAY:
        return TemporarilyFailed(reason, cause=Cause.GATEWAY, code=code)
    if status == 401 or status < 400:
        return TemporarilyFailed(reason, cause=Cause.OPERATOR, code=code)
    if status in _UNKNOWN or status > 500:
        return Ambiguous(reason)
    return _refused(status, code, reason)


def _refused(status: int, code: str, reason: str) -> DeliveryError:
    if status == 403:
        cause = Cause.NO_CONVERSATION if code == _BLOCKED else Cause.OTHER
        return ContactUnreachable(reason, cause=cause, code=code)
    return Undeliverable(reason, cause=Cause.NO_CONVERSATION if status == 404 else Cause.OTHER, code=code)


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


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class TeamsChannel:
    """Sends as one Azure bot. The session is shared and stays open.

    Replies go to the service URL of the last activity, with our access token; never to an address that is not the Bot
    Framework's or set as trusted. Without an app id they go to addresses of this machine, or to the override.
    """

    name = CHANNEL

    def __init__(
        self,
        settings: TeamsSettings,
        session: ClientSession,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._settings = settings
        self._tokens = TokenClient(settings, session, monotonic=monotonic) if settings.app_id else None
        self._timeout = ClientTimeout(total=settings.timeout, connect=settings.timeout / 2)

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the activities of a message, in order."""
        return render(message, reference)

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one activity, into a conversation that is created first if need be."""
        if not reference.conversation:
            return await self._deliver_anew(payload, reference)
        try:
            content, at = await self._call("POST", _activities(reference), payload, reference, says=True)
        except Undeliverable as error:
            is_own = reference.scope is Scope.PERSONAL and reference.user
            if error.cause is not Cause.NO_CONVERSATION or not is_own:
                raise
            return await self._deliver_anew(payload, reference)
        return Delivered(channel_message_id=_id_in(content), reference=None if at is reference else at)

    async def _deliver_anew(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one activity into the one-to-one conversation with a person, which is created, or created anew."""
        at = await self._create(self._completed(reference))
        addressed: dict[str, object] = {
            **payload,
            "conversation": {**payload.get("conversation", {}), "id": at.conversation},
        }
        if at.bot != reference.bot:
            addressed["from"] = {"id": at.bot}
        if at.tenant != reference.tenant:
            addressed["conversation"] = {"id": at.conversation, "tenantId": at.tenant}
        content, at = await self._call("POST", _activities(at), addressed, at, says=True)
        return Delivered(channel_message_id=_id_in(content), reference=at)

    def _completed(self, reference: ConversationReference) -> ConversationReference:
        """Fill in what nobody told of a person who was never met: the bot, its tenant, and the service for all regions.

        Raises Undeliverable where the tenant is not set: a bot of many tenants can't tell whose directory is meant.
        """
        if reference.service_url:
            return reference
        settings = self._settings
        tenant = reference.tenant or settings.tenant
        if not tenant and self._tokens is not None:
            raise Undeliverable("whoever never wrote is found in one tenant's directory: set the bot's Teams tenant")
        return msgspec.structs.replace(
            reference,
            service_url=settings.connector_override or settings.everywhere,
            tenant=tenant,
            bot=reference.bot or f"28:{settings.app_id}",
        )

    async def update(self, activity_id: str, payload: WirePayload, reference: ConversationReference) -> None:
        """Put another activity in the place of one that was sent. Raises as `deliver` does."""
        await self._call("PUT", f"{_activities(reference)}/{quote(activity_id, safe='')}", payload, reference)

    async def remove(self, activity_id: str, reference: ConversationReference) -> None:
        """Take back an activity that was sent. Raises as `deliver` does."""
        await self._call("DELETE", f"{_activities(reference)}/{quote(activity_id, safe='')}", None, reference)

    async def member(self, reference: ConversationReference) -> bytes:
        """Return what the connector tells of the person of a conversation (Teams: get a single member's profile).

        Raises as `deliver` does, but TemporarilyFailed where no answer came: asking changes nothing.
        """
        path = f"/v3/conversations/{quote(reference.conversation, safe='')}/members/{quote(reference.user, safe='')}"
        try:
            content, _ = await self._call("GET", path, None, reference)
        except Ambiguous as error:
            raise TemporarilyFailed(error.reason) from None
        return content

    async def close(self) -> None:
        """Give up what waits for a token; the session is its owner's."""
        if self._tokens is not None:
            await self._tokens.close()

    async def _create(self, reference: ConversationReference) -> ConversationReference:
        """Open the one-to-one conversation with a person (Teams: proactive messages).

        The same conversation is returned each time, so one whose creation got no answer can be asked for again.
        """
        body: dict[str, object] = {
            "isGroup": False,
            "bot": {"id": reference.bot},
            "members": [_member(reference.user)],
        }
        if reference.tenant:
            body |= {"tenantId": reference.tenant, "channelData": {"tenant": {"id": reference.tenant}}}
        try:
            content, at = await self._call("POST", "/v3/conversations", body, reference)
        except (Ambiguous, TemporarilyFailed) as error:
            if error.cause is Cause.OPERATOR:
                raise
            raise TemporarilyFailed(f"no conversation was created: {error.reason}") from None
        made = _id_in(content)
        if not made:
            raise TemporarilyFailed("Teams did not say which conversation it created")
        return msgspec.structs.replace(at, conversation=made)

    async def _call(
        self, method: str, path: str, body: WirePayload | None, reference: ConversationReference, *, says: bool = False
    ) -> tuple[bytes, ConversationReference]:
        """Make a call; return the answer's body, and where further ones go. `says`: a message is in it."""
        data = None if body is None else orjson.dumps(body)
        answer = await self._authorised(method, self._base(reference) + path, data, says=says)
        misplaced = answer.status == 403 and error_code(answer.body) == WRONG_HOST
        if misplaced and self._tokens is not None and not self._settings.connector_override:
            elsewhere = msgspec.structs.replace(reference, service_url=self._settings.government)
            if not same(reference.service_url, elsewhere.service_url):
                reference = elsewhere
                answer = await self._authorised(method, self._settings.government + path, data, says=says)
        refusal = send_error(answer.status, answer.headers, answer.body)
        if refusal is not None:
            raise refusal
        return answer.body, reference

    def _base(self, reference: ConversationReference) -> str:
        settings, url = self._settings, reference.service_url
        if (
            self._tokens is None
            and on_this_machine(url)
            and (settings.answers_loopback or not settings.connector_override)
        ):
            return url.rstrip("/")
        if settings.connector_override:
            return settings.connector_override.rstrip("/")
        if self._tokens is None:
            raise Undeliverable("without a Teams app id, replies go to addresses of this machine only")
        if not same(url, settings.government) and not trusted(url, settings.service_urls):
            raise Undeliverable("the conversation's service URL is not one of the Bot Framework's")
        return url.rstrip("/")

    async def _authorised(self, method: str, url: str, data: bytes | None, *, says: bool) -> _Answer:
        """Make a call with our token; with another one, once, if that is refused."""
        ask = may_still_send if says else _nothing_asked
        if self._tokens is None:
            await ask()
            return await self._exchange(method, url, data, {"Content-Type": "application/json"})
        token = await self._tokens.token()
        await ask()
        answer = await self._exchange(method, url, data, _headers(token))
        if answer.status == 401 and (other := await self._tokens.instead_of(token)) != token:
            await ask()
            answer = await self._exchange(method, url, data, _headers(other))
        return answer

    async def _exchange(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> _Answer:
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                return _Answer(response.status, response.headers, await read_body(response))
        except (InvalidURL, NonHttpUrlClientError):
            raise Undeliverable("the conversation's service URL is not an address") from None
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise TemporarilyFailed(f"no connection to Teams ({type(error).__name__})") from None
        except (ClientError, TimeoutError) as error:
            raise Ambiguous(f"the connection to Teams broke before it answered ({type(error).__name__})") from None


async def _nothing_asked() -> None:
    """Nobody is written to."""


def _member(user: str) -> dict[str, str]:
    """Return a person as Teams names them: by the id that they have for the bot, `29:…`, else by the directory's."""
    return {"id": user} if ":" in user else {"id": user, "aadObjectId": user}


def _activities(reference: ConversationReference) -> str:
    return f"/v3/conversations/{quote(reference.conversation, safe='')}/activities"


def _headers(token: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}


def _id_in(body: bytes) -> str:
    try:
        return text(mapping(orjson.loads(body)).get("id"))
    except orjson.JSONDecodeError:
        return ""
