"""The flow of a bot: what is live, a push of the draft, a roll-back."""

from datetime import datetime
from typing import Annotated

import msgspec

from console.operations import Answer, Call, Operation, etag
from flows.diff import Change
from flows.revision import RevisionInfo
from publishing.flows import Plan, carry_out, plan_push, plan_roll_back
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


class PushedView(msgspec.Struct, frozen=True):
    """What is live now, and what changed for people."""

    live: RevisionView
    changes: tuple[Change, ...]
    """None where it was live already."""
    findings: tuple[str, ...]
    """What the checks warn of, each with its place."""


async def show(call: Call) -> Answer:
    """Show what is live; its number is the ETag, 0 where nothing is."""
    live, draft = await call.store.live(call.bot), await call.store.draft(call.bot)
    view = FlowView(None if live is None else _view(live), 0 if draft is None else draft.version)
    return Answer(view, headers={"ETag": etag(0 if live is None else live.number)})


async def push(call: Call) -> Answer:
    """Make the draft live. Refused if it has errors, or if another revision is live than the one that was seen."""
    call.staff.require("push_flow")
    expected = call.expected_version
    return await _made_live(call, await plan_push(call.store, call.bot, expected_live=expected), call.body.note)


async def roll_back(call: Call) -> Answer:
    """Make the text of an earlier revision live again, as a new revision."""
    call.staff.require("roll_back_flow")
    plan = await plan_roll_back(call.store, call.bot, call.body.number)
    call.expects(0 if plan.live is None else plan.live.number)
    return await _made_live(call, plan, "")


async def _made_live(call: Call, plan: Plan, note: str) -> Answer:
    live = await carry_out(call.store, plan, call.staff, call.house.clock(), note=note)
    changes = () if plan.is_live else tuple(plan.changes)
    findings = tuple(map(str, plan.flow.warnings))
    return Answer(PushedView(_view(live), changes, findings), headers={"ETag": etag(live.number)})


def _view(info: RevisionInfo) -> RevisionView:
    return RevisionView(info.number, info.digest, info.author, info.pushed_at, info.note, info.rolled_back_to)


OPERATIONS = (
    Operation("showFlow", "GET", PATH, "Show what is live.", Role.VIEWER, show, FlowView),
    Operation("pushFlow", "POST", PATH + "/push", "Make the draft live.", Role.BUILDER, push, PushedView,
              body=NewPush, versioned=True),
    Operation("rollBackFlow", "POST", PATH + "/rollback", "Make an earlier revision live again.", Role.BUILDER,
              roll_back, PushedView, body=RollBack, versioned=True),
)  # fmt: skip
