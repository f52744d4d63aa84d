"""The Messenger channel as the outbox knows it: renders, and speaks HTTP to the Graph API."""

from collections.abc import Sequence

import orjson
from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, ConnectionTimeoutError, InvalidURL

from adapters.bounded_body import read_body
from adapters.port import Delivered, WirePayload
from adapters.workplace.events import CHANNEL
from adapters.workplace.render import render
from adapters.workplace.send_errors import send_error
from adapters.workplace.settings import WorkplaceSettings
from messages.errors import Ambiguous, TemporarilyFailed
from messages.outgoing import OutgoingMessage
from messages.reference import ConversationReference


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
