"""What other systems are told: changes of consent to catch up with, and events that could not be delivered."""

from typing import Annotated

import msgspec

from audiences import hooks
from audiences.hooks import ConsentEvents, FailedEvents
from console.operations import Answer, Call, Limit, Operation
from storage.audience_records import Role

_EVENTS = "/bots/{bot}/hooks/failed"


class AfterQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to go on."""

    after: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    limit: Limit = 100


class LimitQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many at most."""

    limit: Limit = 100


class Resent(msgspec.Struct, frozen=True):
    """An event that is due again."""

    event: str


async def list_consent(call: Call) -> Answer:
    """List changes of consent after a place."""
    query: AfterQuery = call.query
    return Answer(await hooks.consent_events(await call.context(), query.after, query.limit))


async def list_failed(call: Call) -> Answer:
    """List events that could not be delivered."""
    query: LimitQuery = call.query
    return Answer(await hooks.failed_events(await call.context(), query.limit))


async def resend(call: Call) -> Answer:
    """Send an event again."""
    await hooks.resend_event(await call.context(), call.path["event"])
    return Answer(Resent(call.path["event"]))


OPERATIONS = (
    Operation("listConsentChanges", "GET", "/bots/{bot}/ledger", "List changes of consent after a place.", Role.VIEWER,
              list_consent, ConsentEvents, query=AfterQuery),
    Operation("listFailedEvents", "GET", _EVENTS, "List events that hooks were not told.", Role.VIEWER,
              list_failed, FailedEvents, query=LimitQuery),
    Operation("resendEvent", "POST", _EVENTS + "/{event}/resend", "Send an event to its hook again.", Role.OPS,
              resend, Resent),
)  # fmt: skip
