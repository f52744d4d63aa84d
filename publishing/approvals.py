"""A push that waits for a second person: asked for, approved or refused.

A bot has one request at a time. It names the version of the draft that was reviewed and the revision that it replaces,
and only just that is made live: if either has moved, the approval is refused.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from flows.revision import RevisionInfo
from flows.source.read import digest_of
from messages.codec import RecordDecoder, encode
from messages.errors import Forbidden, NotFound, PushConflict, StateConflict
from publishing.flows import Plan, PublishingStore, carry_out, plan_push, plan_roll_back
from staff.acting import Staff
from storage.staff_port import StaffKind, StaffRecord, StaffRecords

_AGAIN: Final = "Look at the diff and ask for approval again"


class RequestState(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"
    """Approved while another push came first."""


class PushRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody asks to be made live."""

    number: int
    """Counts the requests of a bot from 1."""
    by: str
    at: datetime
    digest: str
    """SHA-256 of the text that was reviewed and is to be live, in hex."""
    draft_version: int
    """The draft that was reviewed; 0 for a roll-back."""
    live: int
    """The revision that was live, 0 for none: the one that is replaced."""
    rolled_back_to: int = 0
    note: str = ""
    state: RequestState = RequestState.WAITING
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    """Why it was refused."""

    @property
    def what(self) -> str:
        """What would be made live, in words."""
        return f"revision {self.rolled_back_to}" if self.rolled_back_to else f"draft {self.draft_version}"


class ApprovalStore(PublishingStore, StaffRecords, Protocol):
    """What approvals read and write of a store."""


_decode = RecordDecoder[PushRequest](PushRequest)


async def publish(
    store: ApprovalStore,
    plan: Plan,
    staff: Staff,
    at: datetime,
    *,
    note: str = "",
    needs_second: bool,
    emergency: str = "",
) -> RevisionInfo | PushRequest:
    """Make the flow of a plan live, or, where a push needs a second person, ask for it.

    `emergency`: why a roll-back can't wait for one; an admin's alone. Raises PushConflict, StateConflict where another
    request waits.
    """
    if plan.live is not None and plan.is_live:
        return plan.live
    if needs_second and not (emergency and plan.rolled_back_to):
        return await _ask(store, plan, staff, at, note)
    if needs_second:
        staff.require("roll_back_in_emergency")
        detail = f"to revision {plan.rolled_back_to}"
        await staff.record(store, plan.flow.source.bot.bot, "roll_back_in_emergency", "flow", at, detail)
        note = f"in an emergency: {emergency}"
    return await carry_out(store, plan, staff, at, note=note)


async def request_of(store: StaffRecords, bot: str) -> PushRequest | None:
    """Return the bot's newest request, whatever became of it; None where nobody asked yet."""
    found = await store.staff_record(StaffKind.PUSH_REQUEST, bot)
    return None if found is None else _decode(found.record)


async def approve(store: ApprovalStore, bot: str, number: int, staff: Staff, at: datetime) -> RevisionInfo:
    """Make live what a request names.

    It is taken as approved first, so that of several approvals, or an approval and a refusal, one counts; a server that
    dies before the push leaves an approved request and nothing new live, and it is asked for again. Raises NotFound,
    Forbidden for whoever asked for it, FlowInvalid, StateConflict where the request is decided or draft or live moved.
    """
    staff.require("approve_push")
    request, version = await _waiting(store, bot, number)
    if _is_same(staff.name, request.by):
        raise Forbidden(f"{request.by} asked for this push, so somebody else has to approve it")
    plan = await plan_of(store, bot, request)
    approved = msgspec.structs.replace(request, state=RequestState.APPROVED, decided_by=staff.name, decided_at=at)
    await _decide(store, bot, approved, version)
    await staff.record(store, bot, "approve_push", "flow", at, f"request {number}")
    note = "; ".join(filter(None, (request.note, f"approved by {staff.name}")))
    try:
        return await carry_out(store, plan, staff, at, note=note, asked_by=request.by)
    except PushConflict:
        await _decide(store, bot, msgspec.structs.replace(approved, state=RequestState.LAPSED), version + 1)
        raise


async def refuse(
    store: ApprovalStore, bot: str, number: int, staff: Staff, at: datetime, *, reason: str = ""
) -> PushRequest:
    """Refuse a request; whoever asked may withdraw it so. Raises NotFound, StateConflict where it is decided."""
    staff.require("refuse_push")
    request, version = await _waiting(store, bot, number)
    refused = msgspec.structs.replace(
        request, state=RequestState.REFUSED, decided_by=staff.name, decided_at=at, reason=reason
    )
    await _decide(store, bot, refused, version)
    await staff.record(store, bot, "refuse_push", "flow", at, f"request {number}")
    return refused


async def _ask(store: ApprovalStore, plan: Plan, staff: Staff, at: datetime, note: str) -> PushRequest:
    """Keep a request. One that waits for the same is returned; one whose draft or live moved is replaced."""
    staff.require("request_push")
    bot = plan.flow.source.bot.bot
    live = plan.live.number if plan.live else 0
    found = await store.staff_record(StaffKind.PUSH_REQUEST, bot)
    before = None if found is None else _decode(found.record)
    new = PushRequest(
        before.number + 1 if before else 1,
        staff.name,
        at,
        digest_of(plan.flow.text),
        plan.draft_version,
        live,
        plan.rolled_back_to,
        note,
    )
    if before is not None and before.state is RequestState.WAITING:
        if _names(before) == _names(new) and _is_same(before.by, new.by):
            return before
        if await _why_moved(store, bot, before) is None:
            raise StateConflict(
                f"request {before.number} of {before.by} waits already, to make {before.what} live",
                remedy=f"Approve or refuse it first: assent flow refuse {before.number}",
            )
    await _decide(store, bot, new, 0 if found is None else found.version)
    await staff.record(store, bot, "request_push", "flow", at, f"request {new.number}, {new.what} over revision {live}")
    return new


def _names(request: PushRequest) -> tuple[str, int, int, int]:
    return request.digest, request.draft_version, request.live, request.rolled_back_to


def _is_same(one: str, other: str) -> bool:
    """Tell whether two names are one person's, however they were typed."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


async def _waiting(store: StaffRecords, bot: str, number: int) -> tuple[PushRequest, int]:
    """Return a request that waits, and the version of its record."""
    found = await store.staff_record(StaffKind.PUSH_REQUEST, bot)
    request = None if found is None else _decode(found.record)
    if found is None or request is None or number > request.number or number < 1:
        raise NotFound(f"{bot} has no request {number}", remedy="See `assent flow request`")
    if number < request.number:
        raise StateConflict(f"request {number} was followed by request {request.number}")
    if request.state is not RequestState.WAITING:
        raise StateConflict(f"request {number} is {request.state} already, by {request.decided_by}")
    return request, found.version


async def _decide(store: StaffRecords, bot: str, request: PushRequest, version: int) -> None:
    record = StaffRecord(StaffKind.PUSH_REQUEST, bot, version + 1, encode(request))
    if not await store.save_staff_record(record):
        raise StateConflict(f"somebody else asked for or decided on a push of {bot} meanwhile", remedy=_AGAIN)


async def plan_of(store: ApprovalStore, bot: str, request: PushRequest) -> Plan:
    """Return what the request names, checked again. Raises StateConflict if draft or live are not what was reviewed."""
    if (moved := await _why_moved(store, bot, request)) is not None:
        raise StateConflict(moved, remedy=_AGAIN)
    if request.rolled_back_to:
        plan = await plan_roll_back(store, bot, request.rolled_back_to)
    else:
        plan = await plan_push(store, bot)
    live = plan.live.number if plan.live else 0
    if (digest_of(plan.flow.text), plan.draft_version, live) != (request.digest, request.draft_version, request.live):
        raise StateConflict("what would be made live is not what was reviewed", remedy=_AGAIN)
    return plan


async def _why_moved(store: ApprovalStore, bot: str, request: PushRequest) -> str | None:
    live = await store.live(bot)
    number = live.number if live else 0
    if number != request.live:
        return f"revision {number} is live by now, and request {request.number} was to replace revision {request.live}"
    draft = await store.draft(bot)
    version = draft.version if draft else 0
    if not request.rolled_back_to and version != request.draft_version:
        return f"draft {version} is saved by now, and request {request.number} names draft {request.draft_version}"
    return None
