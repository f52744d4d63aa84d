"""What stands behind `POST /api/messages`, without the web framework, and the answers that an invoke waits for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
from aiohttp import ClientSession

from adapters.port import TurnHandler
from adapters.teams.activity import EXECUTE, Activity, Recipients, mapping, service_url, short, speaks_for_nobody
from adapters.teams.auth import Authenticator, KeyCache, NoKeys
from adapters.teams.parse import load, parse
from adapters.teams.settings import TeamsSettings, on_this_machine
from messages.errors import BadPayload, Unauthenticated
from messages.inbound import InboundEvent

Json = dict[str, object]
Answer = tuple[int, Json | None]
"""Status and JSON body; no body means an empty one."""

_MESSAGE: Final = "application/vnd.microsoft.activity.message"
_ERROR: Final = "application/vnd.microsoft.error"
_SIGN_IN: Final = "signin/"


def answer_to_press(answer: str | None) -> Answer:
    """Return the answer to a press: a message shown on the card, or nothing to show."""
    return 200, {"statusCode": 200} if answer is None else {"statusCode": 200, "type": _MESSAGE, "value": answer}


def answer_to_unknown(activity: Activity) -> Answer:
    """Return the answer to an invoke that nobody here handles: the protocol's own, 501.

    For a sign-in, which is not offered, it is 412: the client then asks the person no further. A card's action has its
    status in the body, under HTTP 200: 400 for one that lacks what the protocol says it has.
    """
    name = activity.get("name")
    if name == EXECUTE:
        if is_malformed_execute(name, activity.get("value")):
            return 200, _error(400, "BadRequest", "The action is not an Action.Execute.")
        return 200, _error(501, "NotImplemented", "This bot doesn't support that action.")
    if isinstance(name, str) and name.startswith(_SIGN_IN):
        asked = mapping(activity.get("value"))
        named = {key: short(asked.get(key), 1024) for key in ("id", "connectionName")}
        return 412, {**named, "failureDetail": "This bot offers no sign-in."}
    return 501, None


def _error(status: int, code: str, message: str) -> Json:
    return {"statusCode": status, "type": _ERROR, "value": {"code": code, "message": message}}


def is_invoke(activity: Activity) -> bool:
    """Tell whether the channel waits for a body."""
    return activity.get("type") == "invoke"


def is_malformed_execute(name: object, value: object) -> bool:
    """Tell whether an `adaptiveCard/action` lacks what the protocol says it has: an action of type `Action.Execute`."""
    return name == EXECUTE and mapping(mapping(value).get("action")).get("type") != "Action.Execute"


ANOTHER_BOT: Final = "another bot"
"""Why an activity is passed over whose recipient is none of this bot's app ids."""

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Refused:
    """An activity that can't be used, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An activity that is answered and makes nobody a contact: `ANOTHER_BOT`, or why no person speaks in it."""

    reason: str

    @property
    def is_for_another(self) -> bool:
        """Whether it was sent to the wrong place, which somebody has to mend."""
        return self.reason == ANOTHER_BOT


class Pipeline(Protocol):
    """What may stand around a turn: a team's Bot Framework middleware (`adapters.teams.botframework.adapter`)."""

    async def process(self, activity: Activity, events: Sequence[InboundEvent], handler: TurnHandler) -> Answer:
        """Take an activity through to the handler; return the answer to the request."""
        ...


class TeamsEndpoint:
    """Takes activities for one Azure bot.

    Without an app id nothing proves who sent an activity: then all are refused, unless `loopback` says that only this
    machine can send one; replies then go to this machine alone, or to the override. `now`: seconds since 1970.
    `on_refused` hears of activities that could not be used, `on_skipped` of those that are not for this bot or in which
    no person speaks.
    """

    def __init__(
        self,
        settings: TeamsSettings,
        session: ClientSession,
        *,
        now: Callable[[], float],
        loopback: bool = False,
        on_refused: Callable[[Refused], None] = lambda _: None,
        on_skipped: Callable[[Skipped], None] = lambda _: None,
        pipeline: Pipeline | None = None,
    ) -> None:
        self._settings = settings
        self._loopback = loopback
        self._on_refused = on_refused
        self._on_skipped = on_skipped
        self._recipients = Recipients(settings)
        self._pipeline = pipeline
        self._keys = KeyCache(session, metadata=settings.metadata)
        self._authenticator = Authenticator(settings, self._keys, now) if settings.app_id else None

    async def receive(self, body: bytes, headers: Mapping[str, str], handler: TurnHandler) -> Answer:
        """Check, read and handle an activity; `headers` ignore case. What the handler raises comes through.

        An `invoke` gets its answer in the body; others get an empty 200.
        """
        try:
            activity = await self._authentic(body, headers)
            if not self._recipients.include(activity):
                self._on_skipped(Skipped(ANOTHER_BOT))
                return 200, None
            kept = body.removeprefix(_BOM)
            events = [msgspec.structs.replace(event, received=kept) for event in parse(activity)]
        except Unauthenticated as refusal:
            return 401, {"error": refusal.reason}
        except BadPayload as refusal:
            return 400, {"error": str(refusal)}
        except NoKeys as failure:
            return 503, {"error": str(failure)}
        if not events:
            self._on_skipped(Skipped(speaks_for_nobody(activity)))
        try:
            return await self._handle(activity, events, handler)
        except BadPayload as refusal:
            self._on_refused(Refused(str(refusal)))
            return 400, {"error": str(refusal)}

    async def close(self) -> None:
        """Give up a fetch of keys under way."""
        await self._keys.close()

    async def _authentic(self, body: bytes, headers: Mapping[str, str]) -> Activity:
        """Read an activity whose sender is known; of a request without a good token nothing is read."""
        if self._authenticator is not None:
            token = await self._authenticator.token(headers.get("Authorization"))
            activity = load(body)
            self._authenticator.check(token, activity)
            return activity
        if not self._loopback:
            raise Unauthenticated("no Teams app id is set, so nobody can prove to be Teams")
        activity = load(body)
        url = service_url(activity.get("serviceUrl"))
        if url and not self._settings.connector_override and not on_this_machine(url):
            raise BadPayload("without an app id, it must be an address of this machine", place="serviceUrl")
        return activity

    async def _handle(self, activity: Activity, events: Sequence[InboundEvent], handler: TurnHandler) -> Answer:
        if self._pipeline is not None:
            return await self._pipeline.process(activity, events, handler)
        return await take_turns(activity, events, handler)


async def take_turns(activity: Activity, events: Sequence[InboundEvent], handler: TurnHandler) -> Answer:
    """Hand the events of an activity to the handler; return the answer to the request."""
    answer: str | None = None
    for event in events:
        answer = (await handler(event)).answer
    if not is_invoke(activity):
        return 200, None
    return answer_to_press(answer) if events else answer_to_unknown(activity)
