"""The Teams channel as the outbox knows it: renders, and speaks HTTP to the Bot Connector service."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec
import orjson
from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, ConnectionTimeoutError, InvalidURL

from adapters.bounded_body import read_body
from adapters.port import Delivered, WirePayload
from adapters.teams.parse import CHANNEL
from adapters.teams.render import render
from adapters.teams.send_errors import send_error
from adapters.teams.settings import TeamsSettings
from adapters.teams.tokens import TokenClient
from messages.errors import Ambiguous, TemporarilyFailed, Undeliverable
from messages.outgoing import OutgoingMessage
from messages.reference import ConversationReference


class TeamsChannel:
    """Sends as one Azure bot. The session is shared and stays open."""

    name = CHANNEL

    def __init__(self, settings: TeamsSettings, session: ClientSession) -> None:
        self._session = session
        self._settings = settings
        self._tokens = TokenClient(settings, session) if settings.app_id else None
        self._timeout = ClientTimeout(total=settings.timeout, connect=settings.timeout / 2)

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        """Return the activities of a message, in order."""
        return render(message, reference)

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        """Send one activity, into a conversation that is created first if need be."""
        created: ConversationReference | None = None
        if not reference.conversation:
            reference = created = await self._create(reference)
            payload = {**payload, "conversation": {"id": reference.conversation}}
        answer = await self._post(
            f"/v3/conversations/{quote(reference.conversation, safe='')}/activities", payload, reference
        )
        return Delivered(channel_message_id=answer, reference=created)

    async def _create(self, reference: ConversationReference) -> ConversationReference:
        """Open the one-to-one conversation with a person (Teams: proactive messages)."""
        body = {
            "isGroup": False,
            "bot": {"id": reference.bot},
            "members": [{"id": reference.user}],
            "tenantId": reference.tenant,
            "channelData": {"tenant": {"id": reference.tenant}},
        }
        made = await self._post("/v3/conversations", body, reference)
        if not made:
            raise Undeliverable("Teams did not say which conversation it created")
        return msgspec.structs.replace(reference, conversation=made)

    async def _post(self, path: str, body: WirePayload, reference: ConversationReference) -> str:
        headers = {"Content-Type": "application/json"}
        if self._tokens is not None:
            headers["Authorization"] = f"Bearer {await self._tokens.token()}"
        base = (self._settings.connector_override or reference.service_url).rstrip("/")
        try:
            async with self._session.post(
                base + path, data=orjson.dumps(body), headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                content = await read_body(response)
                status, answered = response.status, response.headers
        except (ClientConnectorError, ConnectionTimeoutError, InvalidURL) as error:
            raise TemporarilyFailed(f"no connection to Teams ({type(error).__name__})") from None
        except (ClientError, TimeoutError) as error:
            raise Ambiguous(f"the connection to Teams broke before it answered ({type(error).__name__})") from None
        refusal = send_error(status, answered, content)
        if refusal is not None:
            if status == 401 and self._tokens is not None:
                self._tokens.forget()
            raise refusal
        return _id(content)

    async def close(self) -> None:
        """Nothing is held: the session is its owner's."""


def _id(body: bytes) -> str:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    given = answer.get("id") if isinstance(answer, dict) else None
    return given if isinstance(given, str) else ""
