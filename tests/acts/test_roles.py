"""Who may only look changes nothing, by whatever door."""

from pathlib import Path

import pytest

from audiences import segments
from audiences.context import Context
from audiences.members import change_members
from consent.membership import Act
from flows.source.read import read_flow
from messages.consent import SourceKind
from messages.errors import Forbidden
from staff.acting import PERMISSIONS, Staff
from staff.tokens import create_token, revoke_token
from storage.audience_records import Role
from tests.acts.broadcasts import ACTS as OF_BROADCASTS
from tests.acts.doors import by_api, rows_of
from tests.acts.segments import ACTS
from tests.acts.world import AT, BOT, NAMING, fill, opened

LOOKING = ("/counts",)
CHANGING = {act.name: act for act in ACTS if act.request.method != "GET" and act.request.path not in LOOKING}


async def test_a_token_that_may_only_look_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assent.db"
    await fill(url)
    before = await rows_of(url)
    assert len(CHANGING) > 50
    for act in {(act.request.method, act.request.path): act for act in CHANGING.values()}.values():
        left = await by_api(url, act.request._replace(viewer=True))
        assert left.refusal is not None
        assert (left.refusal.problem, left.refusal.status) == ("this needs the role ops, and yours is viewer", 403)
    assert await rows_of(url) == before


async def test_an_act_asks_for_its_role_itself(tmp_path: Path) -> None:
    """A page or a job that calls it needs no check of its own."""
    url = f"sqlite:///{tmp_path}/assent.db"
    await fill(url)
    viewer = Staff("vera", SourceKind.CONSOLE, role=Role.VIEWER)
    async with opened(url) as store:
        context = Context(store, BOT, read_flow(NAMING, "flow.yaml").bot, viewer, AT)
        for act in (
            segments.create_segment(context),
            segments.change_segment(context, "press", name="The press"),
            segments.change_segment(context, "press", purpose="For the press."),
            segments.change_segment(context, "vips", filter="tag:vip"),
            segments.delete_segment(context, "vips"),
            change_members(context, "press", Act.ADD, ["c_ana"]),
            change_members(context, "press", Act.REMOVE, ["c_ana"]),
            create_token(store, viewer._replace(role=Role.OPS), AT, id="t_1", name="vera", role=Role.BUILDER),
            revoke_token(store, viewer._replace(role=Role.OPS), AT, "t_ops"),
        ):
            with pytest.raises(Forbidden):
                await act
        assert len(await store.segments(BOT)) == 4
    assert [act for act, role in PERMISSIONS.items() if role is Role.VIEWER] == ["report_run"]


async def test_builders_define_broadcasts_ops_send_them_and_viewers_look(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assent.db"
    await fill(url)
    before = await rows_of(url)
    acts = {(act.request.method, act.request.path.split("?")[0]): act.request for act in OF_BROADCASTS}
    defining = [one for one in acts.values() if one.builder]
    running = [one for one in acts.values() if not one.builder and not one.viewer and one.method == "POST"]
    assert (len(defining) > 2, len(running) > 5) == (True, True)
    for request, needed in [*((one, "builder") for one in defining), *((one, "ops") for one in running)]:
        left = await by_api(url, request._replace(viewer=True))
        assert left.refusal is not None
        assert (left.refusal.problem, left.refusal.status) == (
            f"this needs the role {needed}, and yours is viewer", 403,
        )  # fmt: skip
    for request in defining:
        left = await by_api(url, request._replace(builder=False))
        assert left.refusal is not None
        assert left.refusal.problem == "this needs the role builder, and yours is ops"
    assert await rows_of(url) == before
