"""A push that waits for a second person, by command and API, on each store."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from messages.consent import SourceKind
from messages.errors import Forbidden, NotFound, PushConflict, StateConflict
from publishing.approvals import PushRequest, RequestState, approve, publish, refuse, request_of
from publishing.flows import Plan, plan_push, plan_roll_back, publish_file
from staff.acting import Staff
from storage.audience_records import Role
from storage.port import Store
from storage.stores import copy_store
from tests.acts.world import AT, BOT, opened
from tests.cli.running import Run
from tests.console.house import AT as HOUSE_AT
from tests.console.house import ApiHouse, api_house
from tests.runtime.harness import FLOW
from tests.storage.contract.subjects import SUBJECTS

MIA, BO, CY = (Staff(name, SourceKind.CLI) for name in ("mia", "bo", "cy"))
LIVE = FLOW.replace("I did not understand.", "Sorry?")
ON = {"ASSENT_FLOW__SECOND_APPROVER": "on"}


@pytest.fixture(params=SUBJECTS[:2])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store in which revision 1 of ana's is live, and a draft that differs from it."""
    url: str = request.param(tmp_path)
    async with opened(url) as store:
        await store.push(BOT, LIVE, author="ana", at=AT, expected_live=0)
        await store.save_draft(BOT, FLOW, "ana", AT)
    return url


async def asked(store: Store, staff: Staff = MIA, plan: Plan | None = None) -> PushRequest:
    made = await publish(store, plan or await plan_push(store, BOT), staff, AT, note="Lunch", needs_second=True)
    assert isinstance(made, PushRequest)
    return made


async def live_number(store: Store) -> int:
    live = await store.live(BOT)
    assert live is not None
    return live.number


async def test_somebody_else_makes_it_live(url: str) -> None:
    async with opened(url) as store:
        request = await asked(store)
        assert (request.number, request.draft_version, request.live, await live_number(store)) == (1, 1, 1, 1)
        assert await asked(store) == request, "asked again, it is the same request"
        for name in ("mia", " MIA "):
            with pytest.raises(Forbidden, match="somebody else has to approve it"):
                await approve(store, BOT, 1, MIA._replace(name=name), AT)
        with pytest.raises(Forbidden, match="needs the role builder"):
            await approve(store, BOT, 1, BO._replace(role=Role.OPS), AT)
        info = await approve(store, BOT, 1, BO, AT)
        assert (info.number, info.author, info.note) == (2, "mia", "Lunch; approved by bo")
        for again in (approve(store, BOT, 1, CY, AT), refuse(store, BOT, 1, CY, AT)):
            with pytest.raises(StateConflict, match="request 1 is approved already, by bo"):
                await again
        rows = [(row.actor, row.action, row.detail) for row in await store.audit(BOT)]
        assert await live_number(store) == 2
        assert rows[-3:] == [
            ("mia", "request_push", "request 1, draft 1 over revision 1"),
            ("bo", "approve_push", "request 1"),
            ("bo", "push_flow", "revision 2, asked for by mia"),
        ]


async def test_what_moved_since_the_review_is_not_approved(url: str) -> None:
    async with opened(url) as store:
        await asked(store)
        await store.save_draft(BOT, FLOW.replace("I did not understand.", "Pardon?"), "cy", AT)
        with pytest.raises(StateConflict, match="draft 2 is saved by now, and request 1 names draft 1"):
            await approve(store, BOT, 1, BO, AT)
        second = await asked(store, CY)
        assert second.number == 2, "a request that can't be approved any more gives way"
        with pytest.raises(StateConflict, match="request 1 was followed by request 2"):
            await approve(store, BOT, 1, BO, AT)
        await store.push(BOT, LIVE + "# by another way\n", author="eve", at=AT, expected_live=1)
        with pytest.raises(StateConflict, match="revision 2 is live by now, and request 2 was to replace revision 1"):
            await approve(store, BOT, 2, BO, AT)
        assert await live_number(store) == 2
        await asked(store, CY)
        with pytest.raises(StateConflict, match="request 3 of cy waits already, to make draft 2 live"):
            await asked(store, BO)


async def test_a_refusal_is_final_and_asking_again_is_a_new_request(url: str) -> None:
    async with opened(url) as store:
        with pytest.raises(NotFound):
            await approve(store, BOT, 1, BO, AT)
        await asked(store)
        refused = await refuse(store, BOT, 1, BO, AT, reason="too long")
        assert (refused.state, refused.decided_by, refused.reason) == (RequestState.REFUSED, "bo", "too long")
        with pytest.raises(StateConflict, match="request 1 is refused already, by bo"):
            await approve(store, BOT, 1, CY, AT)
        again = await asked(store)
        await refuse(store, BOT, again.number, MIA, AT)  # withdrawn
        assert await live_number(store) == 1


async def test_a_push_that_comes_first_wins_over_an_approval(url: str) -> None:
    """The live revision moves between the look at it and the push: nothing is lost, and nothing is pushed over."""
    async with opened(url) as store:
        await asked(store)

        class Meanwhile:
            def __getattr__(self, name: str) -> object:
                return getattr(store, name)

            async def push(self, bot: str, source: str, **more: object) -> object:
                await store.push(BOT, LIVE + "# first\n", author="eve", at=AT, expected_live=1)
                return await store.push(bot, source, **more)  # type: ignore[arg-type]

        with pytest.raises(PushConflict):
            await approve(Meanwhile(), BOT, 1, BO, AT)  # type: ignore[arg-type]
        request = await request_of(store, BOT)
        assert request is not None
        assert (request.state, await live_number(store)) == (RequestState.LAPSED, 2)


async def test_a_roll_back_waits_but_in_an_emergency(url: str) -> None:
    async with opened(url) as store:
        request = await asked(store)
        await approve(store, BOT, request.number, BO, AT)
        plan = await plan_roll_back(store, BOT, 1)
        back = await asked(store, BO, plan)
        assert (back.rolled_back_to, back.what, await live_number(store)) == (1, "revision 1", 2)
        await store.save_draft(BOT, FLOW + "# later\n", "cy", AT)  # not what the request is about
        assert (await approve(store, BOT, back.number, MIA, AT)).rolled_back_to == 1
        forth = await plan_roll_back(store, BOT, 2)
        builder = BO._replace(role=Role.BUILDER)
        with pytest.raises(Forbidden):
            await publish(store, forth, builder, AT, needs_second=True, emergency="it loops")
        info = await publish(store, forth, BO, AT, needs_second=True, emergency="it loops")
        assert not isinstance(info, PushRequest)
        assert (info.number, info.note) == (4, "roll back to 2, in an emergency: it loops")
        rows = [(row.actor, row.action, row.detail) for row in await store.audit(BOT)]
        assert rows[-2] == ("bo", "roll_back_in_emergency", "to revision 2")
        draft = await plan_push(store, BOT)
        asked_for = await publish(store, draft, BO, AT, needs_second=True, emergency="it loops")
        assert isinstance(asked_for, PushRequest), "only going back is offered in an emergency"


async def test_a_server_that_starts_with_a_file_pushes_nothing(url: str, tmp_path: Path) -> None:
    file = tmp_path / "demo.yaml"
    file.write_text(FLOW.replace("I did not understand.", "Pardon?"))
    async with opened(url) as store:
        for _ in range(2):
            _, became = await publish_file(store, file, MIA, AT, replace=True, needs_second=True)
            assert "is draft 2 of demo: a push needs a second person" in became
        assert await live_number(store) == 1


async def test_a_copy_of_the_store_keeps_what_waits(url: str, tmp_path: Path) -> None:
    async with opened(url) as store:
        request = await asked(store)
        async with opened(f"sqlite:///{tmp_path}/copy.db") as copy:
            await copy_store(store, copy, "the copy", lambda *_: None)
            assert await request_of(copy, BOT) == request


async def test_by_command(url: str, assent: Run) -> None:
    def run(author: str, *words: str) -> str:
        done = assent("--store", url, "flow", *words, author=author, variables=ON)
        assert "Traceback" not in done.stderr
        return f"{done.returncode} {done.stdout}{done.stderr}"

    assert run("mia", "request").startswith("1 ")
    assert "0 " in (said := run("mia", "push", "--yes", "-m", "Lunch"))
    assert "request 1 waits: somebody else makes it live with `assent flow approve 1`" in said
    assert "make draft 1 live over revision 1; waiting" in run("bo", "request")
    assert "mia asked for this push, so somebody else has to approve it" in run("mia", "approve", "1", "--yes")
    assert "revision 2 of demo is live" in run("bo", "approve", "1", "--yes")
    assert json.loads(run("bo", "request", "--json")[2:])["state"] == "approved"
    assert "request 2 waits" in run("bo", "rollback", "1", "--yes")
    assert "request 2 of demo is refused" in run("mia", "refuse", "2", "--reason", "no need")
    said = run("bo", "rollback", "1", "--emergency", "it loops", "--yes")
    assert "revision 3 of demo is live, with the text of revision 1" in said


@pytest.mark.parametrize("subject", SUBJECTS[:2])
async def test_over_the_api(subject: Callable[[Path], str], tmp_path: Path) -> None:
    async with api_house(tmp_path, url=subject(tmp_path), needs_second=True) as api:
        await approve_over_the_api(api)


async def approve_over_the_api(api: ApiHouse) -> None:
    path, any_ = "/bots/demo/flow", {"If-Match": "*"}
    await api.store.save_draft("demo", FLOW + "# changed\n", "ana", HOUSE_AT)
    assert (await api.ask("GET", f"{path}/request", role=Role.VIEWER)).status == 404
    made = await api.ask("POST", f"{path}/push", {"note": "new"}, role=Role.BUILDER, headers=any_)
    assert (made.status, made.json["live"]["number"], made.json["request"]["state"]) == (200, 1, "waiting")
    for role, status in ((Role.OPS, 403), (Role.BUILDER, 403)):
        assert (await api.ask("POST", f"{path}/approve", {"number": 1}, role=role)).status == status
    assert (await api.ask("POST", f"{path}/approve", {"number": 2}, role=Role.ADMIN)).status == 404
    done = await api.ask("POST", f"{path}/approve", {"number": 1}, role=Role.ADMIN)
    assert (done.status, done.json["number"], done.headers["ETag"]) == (200, 2, '"2"')
    assert (await api.ask("POST", f"{path}/refuse", {"number": 1}, role=Role.ADMIN)).status == 409
    back = {"number": 1, "emergency": "it loops"}
    assert (await api.ask("POST", f"{path}/rollback", back, role=Role.BUILDER, headers=any_)).status == 403
    assert (await api.ask("POST", f"{path}/rollback", back, role=Role.ADMIN, headers=any_)).json["live"]["number"] == 3
