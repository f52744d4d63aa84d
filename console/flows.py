"""The flow of a bot: what is live, a push of the draft, a roll-back."""

from datetime import datetime
from typing import Annotated

import msgspec

from console.operations import Answer, Call, Operation, etag
from flows.diff import Change
from flows.revision import RevisionInfo
from messages.errors import NotFound
from publishing.approvals import PushRequest, approve, publish, refuse, request_of
from publishing.flows import Plan, plan_push, plan_roll_back
from storage.audience_records import Role

PATH = "/bots/{bot}/flow"


class RevisionView(msgspec.Struct, frozen=True):
    """A revision, without its text."""

    number: int
    digest: str
    """SHA-256 of the text, in hex."""
    author: str
    pushed_at: datetime
    note: str
    rolled_back_to: int
    """The older revision whose text it repeats; 0 for a push of the draft."""


class FlowView(msgspec.Struct, frozen=True):
    """What is live, and what waits to be pushed."""

    live: RevisionView | None
    draft_version: int
    """0 where nothing was saved."""


class NewPush(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a push is about."""

    note: Annotated[str, msgspec.Meta(max_length=1000, description="For the history.")] = ""


class RollBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which revision is to be live again."""

    number: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    emergency: Annotated[
        str, msgspec.Meta(max_length=1000, description="Why it can't wait for a second person; an admin's alone.")
    ] = ""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which request is decided on."""

    number: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which request is refused, and why."""

    number: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class RequestView(msgspec.Struct, frozen=True):
    """A push that waits for a second person, or what became of it."""

    number: int
    by: str
    at: datetime
    draft_version: int
    """The draft that was reviewed; 0 for a roll-back."""
    live: int
    """The revision that it replaces; 0 for none."""
    rolled_back_to: int
    note: str
    state: str
    """`waiting`, `approved`, `refused`, or `lapsed`: another push came first."""
    decided_by: str
    decided_at: datetime | None
    reason: str


class PushedView(msgspec.Struct, frozen=True):
    """What is live now, and what changed for people."""

    live: RevisionView | None
    """None where nothing is live yet and the push waits."""
    changes: tuple[Change, ...]
    """None where it was live already."""
    findings: tuple[str, ...]
    """What the checks warn of, each with its place."""
    request: RequestView | None = None
    """What waits for a second person, where the settings ask for one: then nothing changed yet."""


async def show(call: Call) -> Answer:
    """Show what is live; its number is the ETag, 0 where nothing is."""
    live, draft = await call.store.live(call.bot), await call.store.draft(call.bot)
    view = FlowView(None if live is None else _view(live), 0 if draft is None else draft.version)
    return Answer(view, headers={"ETag": etag(0 if live is None else live.number)})


async def push(call: Call) -> Answer:
    """Make the draft live, or ask a second person to. Refused if it has errors, or if another revision is live than
    the one that was seen.
    """
    call.staff.require("push_flow")
    expected = call.expected_version
    return await _made_live(call, await plan_push(call.store, call.bot, expected_live=expected), call.body.note)


async def roll_back(call: Call) -> Answer:
    """Make the text of an earlier revision live again, as a new revision."""
    call.staff.require("roll_back_flow")
    plan = await plan_roll_back(call.store, call.bot, call.body.number)
    call.expects(0 if plan.live is None else plan.live.number)
    return await _made_live(call, plan, "", call.body.emergency)


async def _made_live(call: Call, plan: Plan, note: str, emergency: str = "") -> Answer:
    second = call.house.needs_second
    became = await publish(
        call.store, plan, call.staff, call.house.clock(), note=note, needs_second=second, emergency=emergency
    )
    request = _request_view(became) if isinstance(became, PushRequest) else None
    live = plan.live if isinstance(became, PushRequest) else became
    changes = () if plan.is_live else tuple(plan.changes)
    view = PushedView(None if live is None else _view(live), changes, tuple(map(str, plan.flow.warnings)), request)
    return Answer(view, headers={"ETag": etag(0 if live is None else live.number)})


async def show_request(call: Call) -> Answer:
    """Show the push that waits for a second person, or what became of the last one."""
    found = await request_of(call.store, call.bot)
    if found is None:
        raise NotFound(f"nobody asked yet to push {call.bot}")
    return Answer(_request_view(found))


async def approve_request(call: Call) -> Answer:
    """Make live what a request names. Refused to whoever asked for it, and if draft or live moved meanwhile."""
    live = await approve(call.store, call.bot, call.body.number, call.staff, call.house.clock())
    return Answer(_view(live), headers={"ETag": etag(live.number)})


async def refuse_request(call: Call) -> Answer:
    """Refuse a request; whoever asked for it withdraws it so."""
    body, at = call.body, call.house.clock()
    refused = await refuse(call.store, call.bot, body.number, call.staff, at, reason=body.reason)
    return Answer(_request_view(refused))


def _view(info: RevisionInfo) -> RevisionView:
    return RevisionView(info.number, info.digest, info.author, info.pushed_at, info.note, info.rolled_back_to)


def _request_view(request: PushRequest) -> RequestView:
    return RequestView(
        request.number,
        request.by,
        request.at,
        request.draft_version,
        request.live,
        request.rolled_back_to,
        request.note,
        request.state,
        request.decided_by,
        request.decided_at,
        request.reason,
    )


OPERATIONS = (
    Operation("showFlow", "GET", PATH, "Show what is live.", Role.VIEWER, show, FlowView),
    Operation("pushFlow", "POST", PATH + "/push", "Make the draft live.", Role.BUILDER, push, PushedView,
              body=NewPush, versioned=True, may_be=(409,)),
    Operation("rollBackFlow", "POST", PATH + "/rollback", "Make an earlier revision live again.", Role.BUILDER,
              roll_back, PushedView, body=RollBack, versioned=True, may_be=(409,)),
    Operation("showPushRequest", "GET", PATH + "/request", "Show the push that waits for a second person.",
              Role.VIEWER, show_request, RequestView, may_be=(404,)),
    Operation("approvePush", "POST", PATH + "/approve", "Make live what a request names.", Role.BUILDER,
              approve_request, RevisionView, body=Decision, may_be=(404, 409)),
    Operation("refusePush", "POST", PATH + "/refuse", "Refuse a request.", Role.BUILDER, refuse_request, RequestView,
              body=Refusal, may_be=(404, 409)),
)  # fmt: skip
