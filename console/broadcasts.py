"""Broadcasts: what is to be sent, to whom, when."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from audiences.contact_values import contact_view
from broadcasts import editing, runs
from broadcasts import preview as previews
from broadcasts import report as reports
from broadcasts.editing import BroadcastView, Definition, Saved
from broadcasts.preview import Preview
from broadcasts.runs import RunView
from console.access import seen_by
from console.operations import Answer, Call, Operation, PageQuery, after, etag, page
from console.requests import key_of
from console.views import ContactPage
from filters.references import asks_personal_text
from flows.own_lines import MASKED
from messages.pushes import PushState, RunState
from storage.audience_records import Role
from storage.push_records import ScheduleRecord

PATH = "/bots/{bot}/broadcasts"
ONE = PATH + "/{broadcast}"
RUNS = "/bots/{bot}/runs"
RUN = RUNS + "/{run}"
Expected = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] | None


class BroadcastList(msgspec.Struct, frozen=True):
    """All broadcasts of a bot that are not archived, by id."""

    broadcasts: tuple[BroadcastView, ...]


class NewBroadcast(Definition, frozen=True, forbid_unknown_fields=True):
    """A broadcast to define."""

    id: str = ""
    """Without one, it follows from the name."""


class Previewing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is previewed."""

    now: bool = False
    """A start now, whatever the schedule says."""


class LeftOutQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is asked for."""

    reason: Annotated[str, msgspec.Meta(description="Why they don't get it, as the preview says.")]
    now: Annotated[Literal["yes", "no"], msgspec.Meta(description="Of a start now, whatever the schedule says.")] = "no"


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a sending begins."""

    expected: Expected = None
    """How many people the preview said: nothing starts if it is another number by more than 1 % and more than 5."""
    accept_repeats: bool = False
    """On a store that may forget, after a crash, who got it."""


class NewSchedule(Start, frozen=True, forbid_unknown_fields=True):
    """When a broadcast is sent by itself."""

    schedule: ScheduleRecord | None = None
    """Null: no more."""


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who gets a run again."""

    state: Literal["failed", "unknown"]
    """Of those whose state is unknown, some may see it twice."""
    expected: Expected = None
    """How many people that is."""


class Resending(msgspec.Struct, frozen=True):
    """What is sent again."""

    run: RunView
    people: int


class RunsQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Which runs."""

    broadcast: Annotated[str, msgspec.Meta(description="Of this broadcast.")] = ""
    state: RunState | None = None


class RunPage(msgspec.Struct, frozen=True):
    """A page of runs, the newest first."""

    runs: tuple[RunView, ...]
    next: str | None = None


async def list_broadcasts(call: Call) -> Answer:
    """List broadcasts."""
    found = await editing.list_broadcasts(await call.context())
    return Answer(BroadcastList(tuple(_shown(call, one) for one in found)))


async def show(call: Call) -> Answer:
    """Show one broadcast."""
    view = await editing.show_broadcast(await call.context(), call.path["broadcast"])
    return Answer(_shown(call, view), headers={"ETag": etag(view.version)})


async def create(call: Call) -> Answer:
    """Define a broadcast. Nothing is sent."""
    body: NewBroadcast = call.body
    saved = await editing.create_broadcast(await call.context(), body, id=body.id)
    return _saved(call, saved, 201, {"Location": f"/api/v1/bots/{call.bot}/broadcasts/{saved.broadcast.id}"})


async def change(call: Call) -> Answer:
    """Change a broadcast: its next run."""
    saved = await editing.edit_broadcast(
        await call.context(), call.path["broadcast"], call.body, version=call.expected_version
    )
    return _saved(call, saved, 200, {})


async def archive(call: Call) -> Answer:
    """Archive a broadcast; its runs that are not over are cancelled."""
    await runs.archive_broadcast(await call.context(), call.path["broadcast"])
    return Answer(status=204)


async def schedule(call: Call) -> Answer:
    """Say when a broadcast is sent by itself, or no more."""
    body: NewSchedule = call.body
    saved = await runs.schedule_broadcast(
        await call.context(),
        call.path["broadcast"],
        body.schedule,
        expected=body.expected,
        accept_repeats=body.accept_repeats,
    )
    return _saved(call, saved, 200, {})


async def preview(call: Call) -> Answer:
    """Say what a start would come to."""
    body: Previewing = call.body
    found = await previews.preview(await call.context(), call.path["broadcast"], now=body.now, masked=call.masked)
    await seen_by(call, editing.broadcast_target(found.broadcast))
    return Answer(found)


async def left_out(call: Call) -> Answer:
    """List those who don't get it for one reason."""
    query: LeftOutQuery = call.query
    of = f"left out {call.bot} {call.path['broadcast']} {query.reason} {query.now}"
    found = await previews.left_out(
        await call.context(), call.path["broadcast"], query.reason, now=query.now == "yes",
        after=after(query, int, of), limit=query.limit,
    )  # fmt: skip
    await seen_by(call, f"left out of {call.path['broadcast']}")
    shown = tuple(contact_view(person, masked=call.masked) for person in found.people)
    return page(ContactPage(shown), call.request, of, found.last)


async def send(call: Call) -> Answer:
    """Send a broadcast now."""
    body: Start = call.body
    run = await runs.send_broadcast(
        await call.context(),
        call.path["broadcast"],
        run=f"r_{call.house.new_id()}",
        key=key_of(call.request),
        expected=body.expected,
        accept_repeats=body.accept_repeats,
    )
    return _begun(call, run)


async def list_runs(call: Call) -> Answer:
    """List runs, the newest first."""
    query: RunsQuery = call.query
    of = f"runs {call.bot} {query.broadcast} {query.state or ''}"
    found = await runs.list_runs(
        await call.context(),
        broadcast=query.broadcast,
        states=() if query.state is None else (query.state,),
        before=after(query, str, of),
        limit=query.limit,
    )
    return page(RunPage(tuple(found)), call.request, of, found[-1].id if len(found) == query.limit else None)


async def show_run(call: Call) -> Answer:
    """Show one run: how far it is, and why people did not get it."""
    return _run(await runs.show_run(await call.context(), call.path["run"]))


async def pause(call: Call) -> Answer:
    """Pause a run. Once this is answered, nothing more of it is begun."""
    return _run(await runs.pause_run(await call.context(), call.path["run"]))


async def resume(call: Call) -> Answer:
    """Go on with a run that is paused or held."""
    return _run(await runs.resume_run(await call.context(), call.path["run"]))


async def cancel(call: Call) -> Answer:
    """Cancel a run. It can't be undone."""
    return _run(await runs.cancel_run(await call.context(), call.path["run"]))


async def resume_schedule(call: Call) -> Answer:
    """Let a held schedule go on, with what comes after this moment."""
    return _saved(call, await editing.resume_broadcast(await call.context(), call.path["broadcast"]), 200, {})


async def top_up(call: Call) -> Answer:
    """Send what a run says to those who are new in its audience."""
    body: Start = call.body
    run = await runs.top_up(
        await call.context(),
        call.path["run"],
        new=f"r_{call.house.new_id()}",
        key=key_of(call.request),
        expected=body.expected,
        accept_repeats=body.accept_repeats,
    )
    return _begun(call, run)


async def resend(call: Call) -> Answer:
    """Send a run again to those to whom it failed, or of whom nobody knows whether they got it."""
    body: Again = call.body
    again = await runs.resend(await call.context(), call.path["run"], PushState(body.state), expected=body.expected)
    return Answer(Resending(again.run, again.people))


async def report(call: Call) -> Answer:
    """Return what became of everybody in a run, as CSV."""
    run, parts = await reports.report(await call.context(), call.path["run"], masked=call.masked)
    await seen_by(call, runs.run_target(run.id))
    return Answer(parts, content_type="text/csv")


def _run(run: RunView) -> Answer:
    return Answer(run, headers={"ETag": etag(run.version)})


def _begun(call: Call, run: RunView) -> Answer:
    return Answer(run, 201, {"ETag": etag(run.version), "Location": f"/api/v1/bots/{call.bot}/runs/{run.id}"})


def _saved(call: Call, saved: Saved, status: int, headers: Mapping[str, str]) -> Answer:
    view = editing.view_of(saved.broadcast, saved.warnings)
    return Answer(_shown(call, view), status, {"ETag": etag(view.version), **headers})


def _shown(call: Call, view: BroadcastView) -> BroadcastView:
    is_hidden = bool(view.filter) and call.masked and asks_personal_text(view.filter)
    return msgspec.structs.replace(view, filter=MASKED) if is_hidden else view


OPERATIONS = (
    Operation("listBroadcasts", "GET", PATH, "List broadcasts.", Role.VIEWER, list_broadcasts, BroadcastList),
    Operation("createBroadcast", "POST", PATH, "Define a broadcast.", Role.BUILDER, create, BroadcastView, 201,
              body=NewBroadcast, may_be=(409,)),
    Operation("showBroadcast", "GET", ONE, "Show one broadcast.", Role.VIEWER, show, BroadcastView),
    Operation("changeBroadcast", "PATCH", ONE, "Change a broadcast.", Role.BUILDER, change, BroadcastView,
              body=Definition, versioned=True, may_be=(409,)),
    Operation("archiveBroadcast", "DELETE", ONE, "Archive a broadcast, and cancel its runs.", Role.BUILDER,
              archive, status=204, may_be=(409,)),
    Operation("scheduleBroadcast", "POST", ONE + "/schedule", "Say when a broadcast is sent by itself.", Role.OPS,
              schedule, BroadcastView, body=NewSchedule, may_be=(409,)),
    Operation("resumeSchedule", "POST", ONE + "/resume", "Let a held schedule go on.", Role.OPS, resume_schedule,
              BroadcastView, may_be=(409,)),
    Operation("previewBroadcast", "POST", ONE + "/preview", "Say what a start would come to.", Role.VIEWER, preview,
              Preview, body=Previewing, may_be=(409,)),
    Operation("listLeftOut", "GET", ONE + "/left-out", "List those who don't get it for a reason.", Role.VIEWER,
              left_out, ContactPage, query=LeftOutQuery, may_be=(409,)),
    Operation("sendBroadcast", "POST", ONE + "/send", "Send a broadcast now.", Role.OPS, send, RunView, 201, body=Start,
              may_be=(409,)),
    Operation("listRuns", "GET", RUNS, "List runs, the newest first.", Role.VIEWER, list_runs, RunPage,
              query=RunsQuery),
    Operation("showRun", "GET", RUN, "Show one run.", Role.VIEWER, show_run, RunView),
    Operation("pauseRun", "POST", RUN + "/pause", "Pause a run.", Role.OPS, pause, RunView, may_be=(409,)),
    Operation("resumeRun", "POST", RUN + "/resume", "Go on with a run that is paused or held.", Role.OPS, resume,
              RunView, may_be=(409,)),
    Operation("cancelRun", "POST", RUN + "/cancel", "Cancel a run.", Role.OPS, cancel, RunView, may_be=(409,)),
    Operation("topUpRun", "POST", RUN + "/top-up", "Send a run to those who are new in its audience.", Role.OPS, top_up,
              RunView, 201, body=Start, may_be=(409,)),
    Operation("resendRun", "POST", RUN + "/resend", "Send a run again to those to whom it failed, or perhaps failed.",
              Role.OPS, resend, Resending, body=Again, may_be=(409,)),
    Operation("runReport", "GET", RUN + "/report.csv", "What became of everybody in a run.", Role.VIEWER, report,
              content_type="text/csv"),
)  # fmt: skip
