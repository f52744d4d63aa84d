"""What stands behind `POST /api/messages`, without the web framework."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import ClientSession

from adapters.port import TurnHandler
from adapters.teams.auth import Authenticator
from adapters.teams.fields import Activity
from adapters.teams.keys import METADATA, KeyCache, NoKeys
from adapters.teams.parse import load, parse
from adapters.teams.settings import TeamsSettings
from messages.errors import BadPayload, Unauthenticated

Answer = tuple[int, dict[str, object] | None]
"""Status and JSON body; no body means an empty one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An activity that can't be used, and why."""

    reason: str


class TeamsEndpoint:
    """Takes activities for one Azure bot.

    Without an app id nothing proves who sent an activity: then all are refused, unless `loopback` says that only this
    machine can send one; replies then go to this machine alone, or to the override. `now`: seconds since 1970.
    """

    def __init__(
        self,
        settings: TeamsSettings,
        session: ClientSession,
        *,
        now: Callable[[], float],
        loopback: bool = False,
        on_refused: Callable[[Refused], None] = lambda _: None,
        metadata: str = METADATA,
    ) -> None:
        self._settings = settings
        self._loopback = loopback
        self._on_refused = on_refused
        self._authenticator = (
            Authenticator(settings, KeyCache(session, metadata=metadata), now) if settings.app_id else None
        )

    @property
    def authenticated(self) -> bool:
        """Whether activities are checked for who sent them."""
        return self._authenticator is not None

    async def receive(self, body: bytes, headers: Mapping[str, str], handler: TurnHandler) -> Answer:
        """Check, read and handle an activity; `headers` ignore case. What the handler raises comes through.

        An `invoke` gets its answer in the body (Teams: universal actions); others get an empty 200.
        """
        try:
            activity = load(body)
            await self._check(headers.get("Authorization"), activity)
            events = parse(activity)
        except Unauthenticated as refusal:
            return 401, {"error": refusal.reason}
        except BadPayload as refusal:
            return 400, {"error": str(refusal)}
        except NoKeys as failure:
            return 503, {"error": str(failure)}
        answer: str | None = None
        for event in events:
            try:
                answer = (await handler(event)).answer
            except BadPayload as refusal:
                self._on_refused(Refused(str(refusal)))
                return 400, {"error": str(refusal)}
        return 200, _invoke_answer(answer) if activity.get("type") == "invoke" else None

    async def _check(self, authorization: str | None, activity: Activity) -> None:
        if self._authenticator is not None:
            await self._authenticator.check(authorization, activity)
        elif not self._loopback:
            raise Unauthenticated("no Teams app id is set, so nobody can prove to be Teams")
        elif not self._settings.connector_override and not _is_loopback(activity.get("serviceUrl")):
            raise BadPayload("without an app id, `serviceUrl` must be an address of this machine", place="serviceUrl")


def _invoke_answer(answer: str | None) -> dict[str, object]:
    if answer is None:
        return {"statusCode": 200}
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": answer}


def _is_loopback(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
