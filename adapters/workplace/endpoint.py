"""What stands behind `GET` and `POST /webhooks/workplace`, without the web framework."""

from collections.abc import Callable, Mapping
from typing import Final

from adapters.port import TurnHandler
from adapters.workplace.parse import Parsed, Refused, parse
from adapters.workplace.settings import HEADER, WorkplaceSettings, check_body, verify_subscription
from messages.errors import BadPayload, EventDeferred, Unauthenticated

ANOTHER_PAGE: Final = "another page"
"""Why an event is passed over that came to none of this bot's pages."""

Answer = tuple[int, dict[str, str] | None]
"""Status and JSON body; no body means an empty one."""


def _nobody(_: object) -> None:
    """Hear of nothing."""


class WorkplaceEndpoint:
    """Takes Meta's webhooks for one bot and its pages.

    Without an app secret nothing proves who sent a webhook: then all are refused, unless `loopback` says that only this
    machine can send one. `on_refused` hears of each part of a webhook that can't be used, `on_skipped` of each
    that came to a page of another bot, for counting and logging.
    """

    def __init__(
        self,
        settings: WorkplaceSettings,
        *,
        loopback: bool = False,
        on_refused: Callable[[Refused], None] = _nobody,
        on_skipped: Callable[[Refused], None] = _nobody,
    ) -> None:
        self._settings = settings
        self._loopback = loopback
        self._on_refused = on_refused
        self._on_skipped = on_skipped

    def verify(self, query: Mapping[str, str]) -> tuple[int, str]:
        """Answer Meta's GET: status and text, to be sent as text/plain with `X-Content-Type-Options: nosniff`."""
        try:
            return 200, verify_subscription(query, self._settings.verify_token)
        except Unauthenticated as refusal:
            return 403, refusal.reason
        except BadPayload as refusal:
            return 400, str(refusal)

    async def receive(self, body: bytes, headers: Mapping[str, str], handler: TurnHandler) -> Answer:
        """Check, read and handle a webhook, one event after the other; `headers` ignore case.

        An event that can't be used is passed over; the webhook is still taken, or Meta would send it all again. What
        the handler raises for a fault of ours comes through, so that the runtime answers 503 and Meta sends it again:
        the events before it are known by their ids then. One that is deferred by itself holds up none behind it.
        """
        try:
            self._authenticate(body, headers)
            parsed = parse(body, self._settings.pages)
        except Unauthenticated as refusal:
            return 401, {"error": refusal.reason}
        except BadPayload as refusal:
            return 400, {"error": str(refusal)}
        await self._handle(parsed, handler)
        return 200, None

    def _authenticate(self, body: bytes, headers: Mapping[str, str]) -> None:
        if self._settings.app_secret:
            check_body(body, headers.get(HEADER), self._settings.app_secret)
        elif not self._loopback:
            raise Unauthenticated("no app secret is set, so nobody can prove to be Meta")
        if self._settings.pages is not None and not self._settings.pages:
            raise Unauthenticated("no page is named, so nothing can be meant for this bot")

    async def _handle(self, parsed: Parsed, handler: TurnHandler) -> None:
        for place in parsed.others:
            self._on_skipped(Refused(place, ANOTHER_PAGE))
        for refused in parsed.refused:
            self._on_refused(refused)
        deferred: EventDeferred | None = None
        for event in parsed.events:
            try:
                await handler(event)
            except BadPayload as refusal:
                self._on_refused(Refused(event.event_id, str(refusal)))
            except EventDeferred as reason:
                deferred = deferred or reason
        if deferred is not None:
            raise deferred
