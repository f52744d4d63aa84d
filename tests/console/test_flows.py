"""The flow over the API: what is live, a push against the revision that was seen, a roll-back."""

from storage.audience_records import Role
from tests.console.house import AT, ApiHouse
from tests.runtime.harness import FLOW

PATH = "/bots/demo/flow"


async def test_a_draft_is_pushed_and_rolled_back(api: ApiHouse) -> None:
    await api.store.save_draft("demo", FLOW + "# changed\n", "ana", AT)
    seen = await api.ask("GET", PATH, role=Role.VIEWER)
    assert (seen.json["live"]["number"], seen.json["draft_version"], seen.headers["ETag"]) == (1, 1, '"1"')
    for role in (Role.VIEWER, Role.OPS):
        assert (await api.ask("POST", f"{PATH}/push", {}, role=role, headers={"If-Match": "*"})).status == 403
    assert (await api.ask("POST", f"{PATH}/push", {}, role=Role.BUILDER)).status == 428
    pushed = await api.ask("POST", f"{PATH}/push", {"note": "new"}, role=Role.BUILDER, headers={"If-Match": '"1"'})
    assert (pushed.status, pushed.headers["ETag"]) == (200, '"2"')
    assert (pushed.json["live"]["note"], pushed.json["live"]["author"]) == ("new", "builder")
    late = await api.ask("POST", f"{PATH}/rollback", {"number": 1}, role=Role.BUILDER, headers={"If-Match": '"1"'})
    assert late.status == 412
    back = await api.ask("POST", f"{PATH}/rollback", {"number": 1}, role=Role.BUILDER, headers={"If-Match": '"2"'})
    assert (back.status, back.json["live"]["number"], back.json["live"]["rolled_back_to"]) == (200, 3, 1)
    live = await api.store.revision("demo", 3)
    assert live is not None
    assert live[1] == FLOW


async def test_a_draft_with_errors_is_refused_with_its_place(api: ApiHouse) -> None:
    await api.store.save_draft("demo", FLOW.replace("welcome: hello", "welcome: nowhere"), "ana", AT)
    refused = await api.ask("POST", f"{PATH}/push", {}, role=Role.BUILDER, headers={"If-Match": "*"})
    assert (refused.status, "no message `nowhere`" in refused.json["detail"]) == (422, True)
    assert "draft of demo:" in refused.json["errors"][0]["place"]
    live = await api.store.live("demo")
    assert live is not None
    assert live.number == 1
