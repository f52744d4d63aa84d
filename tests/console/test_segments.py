"""Segments, members, counts, events, imports and the audit over the API."""

import pytest
from aiohttp import FormData

from messages.contact import Contact
from messages.import_rows import Reason
from storage.audience_records import ImportRow, ImportStep, Role
from tests.console.house import AT, ApiHouse

PATH = "/bots/demo/segments"


async def test_segments_of_the_flow_and_of_staff(api: ApiHouse) -> None:
    await api.contact(email="ana@example.org", tags=["vip"])
    made = await api.ask("POST", PATH, {"filter": "tag:vip and not segment:tips"})
    assert (made.status, made.json["id"], made.json["name"]) == (201, "segment-1", "Segment #1")
    manual = await api.ask("POST", PATH, {"id": "press", "name": "Press"})
    assert (manual.json["kind"], manual.headers["Location"]) == ("manual", f"/api/v1{PATH}/press")
    listed = (await api.ask("GET", PATH, role=Role.VIEWER)).json["segments"]
    assert [(one["id"], one["kind"], one["made_by"], one["members"]) for one in listed] == [
        ("tips", "manual", "flow", 0),
        ("news", "manual", "flow", 0),
        ("press", "manual", "staff", 0),
        ("segment-1", "filter", "staff", 1),
    ]
    assert (await api.ask("POST", PATH, {"id": "tips"})).status == 409


async def test_a_segment_is_changed_by_its_version(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"id": "vips", "filter": {"tag": "vip"}})
    path = f"{PATH}/vips"
    assert (await api.ask("PATCH", path, {"name": "VIPs"})).status == 428
    done = await api.ask("PATCH", path, {"name": "VIPs", "filter": "tag:gold"}, headers={"If-Match": '"1"'})
    assert (done.json["name"], done.json["filter"], done.headers["ETag"]) == ("VIPs", "tag:gold", '"2"')
    assert (await api.ask("PATCH", path, {"name": "x"}, headers={"If-Match": '"1"'})).status == 412
    assert (await api.ask("PATCH", f"{PATH}/tips", {"name": "x"}, headers={"If-Match": "*"})).status == 409


async def test_a_filter_on_a_segment_that_is_not_there_is_refused(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"id": "press"})
    await api.ask("POST", PATH, {"id": "a", "filter": "tag:x"})
    wrong = "not segment:pres"
    refused = [
        await api.ask("POST", PATH, {"id": "b", "filter": wrong}),
        await api.ask("POST", PATH, {"id": "b", "filter": {"not": {"segment": "pres"}}}),
        await api.ask("PATCH", f"{PATH}/a", {"filter": wrong}, headers={"If-Match": '"1"'}),
        await api.ask("POST", "/bots/demo/counts", {"filter": wrong}),
        await api.ask("GET", "/bots/demo/contacts?filter=not%20segment:pres"),
    ]
    for told in refused:
        assert told.status == 422, told.raw
        (fault,) = told.json["errors"]
        assert (fault["problem"], fault["remedy"]) == ("there is no segment `pres`", "Did you mean `press`?")
    assert {told.json["errors"][0]["place"] for told in refused} == {
        "body: filter, segment:pres",
        "query: filter, segment:pres",
    }
    assert [one["id"] for one in (await api.ask("GET", PATH)).json["segments"]] == ["tips", "news", "a", "press"]


async def test_a_circle_of_filters_is_refused(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"id": "a", "filter": "tag:x"})
    await api.ask("POST", PATH, {"id": "b", "filter": "segment:a"})
    told = await api.ask("PATCH", f"{PATH}/a", {"filter": "segment:b"}, headers={"If-Match": '"1"'})
    assert (told.status, told.json["errors"][0]["place"]) == (422, "body: filter")


async def test_a_segment_in_use_is_not_deleted(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"id": "press"})
    await api.ask("POST", PATH, {"id": "others", "filter": "not segment:press"})
    told = await api.ask("DELETE", f"{PATH}/press")
    assert (told.status, [one["place"] for one in told.json["errors"]]) == (409, ["segment others"])
    assert (await api.ask("DELETE", f"{PATH}/tips")).status == 409
    assert (await api.ask("DELETE", f"{PATH}/others")).status == 204
    assert (await api.ask("DELETE", f"{PATH}/press")).status == 204
    assert (await api.ask("GET", f"{PATH}/press")).status == 404


async def test_members_come_and_go_by_handle(api: ApiHouse) -> None:
    ana = await api.contact(email="ana@example.org")
    bo = await api.contact(external_id="E-2")
    for number in range(2):  # a channel may say so of two people
        twin = Contact(id=f"c_{number}", identities=(), email="twice@example.org")
        await api.store.add_contact("demo", twin)
    await api.ask("POST", PATH, {"id": "press"})
    body = {"handles": ["ANA@example.org", "twice@example.org", "none@example.org", "x@", "ana@example.org"]}
    added = await api.ask("POST", f"{PATH}/press/members", {**body, "contacts": [bo, "c_none"]})
    assert added.json["changed"] == 2
    assert [(one["outcome"], one["contact"]) for one in added.json["outcomes"]] == [
        ("added", ana),
        ("several people", ""),
        ("unknown", ""),
        ("malformed", ""),
        ("added", ana),
        ("added", bo),
        ("unknown", ""),
    ]
    listed = (await api.ask("GET", f"{PATH}/press/members")).json["contacts"]
    assert [one["id"] for one in listed] == [ana, bo]
    again = await api.ask("POST", f"{PATH}/press/members", {"contacts": [bo]})
    assert again.json["outcomes"] == [{"value": bo, "outcome": "unchanged", "contact": bo}]
    gone = await api.ask("POST", f"{PATH}/press/members/remove", {"handles": ["E-2"]})
    assert gone.json["changed"] == 1
    rows = await api.store.ledger("demo")
    assert [(row.change.subject, row.change.source, row.change.actor) for row in rows] == [("press", "api", "ops")] * 3
    assert (await api.ask("GET", f"{PATH}/press")).json["members"] == 1
    assert (await api.ask("DELETE", f"{PATH}/press")).status == 204
    assert await api.store.memberships("demo", ana) == {}


async def test_nobody_is_put_into_a_filter_segment(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"id": "vips", "filter": "tag:vip"})
    for path in (f"{PATH}/vips/members", f"{PATH}/vips/members/remove"):
        assert (await api.ask("POST", path, {"handles": ["a@example.org"]})).status == 409
    told = await api.ask("POST", "/bots/demo/segments/vips/imports", data=b"a", headers={"Content-Type": "text/csv"})
    assert told.status == 409


async def test_a_viewer_does_not_see_whom_a_filter_names(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"id": "ana", "filter": "email is ana@example.org"})
    assert b"example" not in (await api.ask("GET", PATH, role=Role.VIEWER)).raw
    assert b"example" in (await api.ask("GET", f"{PATH}/ana")).raw


@pytest.mark.parametrize("asked", ["tag:vip", {"tag": "vip"}])
async def test_a_count_is_current(api: ApiHouse, asked: object) -> None:
    accounts = [[{"channel": "teams", "user": "29:a"}], [], [{"channel": "workplace", "user": "2"}]]
    for number in range(3):
        await api.contact(email=f"p{number}@example.org", tags=["vip"], accounts=accounts[number])
        told = (await api.ask("POST", "/bots/demo/counts", {"filter": asked}, role=Role.VIEWER)).json
        assert (told["members"], told["allowed"], told["reachable"]) == (number + 1, number + 1, 1)
        assert (told["filter"], told["json"]) == ("tag:vip", {"tag": "vip"})


async def test_segments_are_listed_with_whom_a_message_reaches(api: ApiHouse) -> None:
    """The tests' house has Teams set up."""
    await api.ask("POST", PATH, {"id": "press"})
    await api.contact(external_id="E-1")
    await api.contact(external_id="E-2", accounts=[{"channel": "teams", "user": "29:a"}])
    await api.ask("POST", f"{PATH}/press/members", {"handles": ["E-1", "E-2"]})
    listed = (await api.ask("GET", PATH)).json["segments"]
    for told in (next(one for one in listed if one["id"] == "press"), (await api.ask("GET", f"{PATH}/press")).json):
        assert (told["members"], told["allowed"], told["reachable"]) == (2, 2, 1)
    document = (await api.ask("GET", "/openapi.json")).json["components"]["schemas"]
    for view in ("SegmentView", "FilterCount"):
        assert {"members", "allowed", "reachable"} <= set(document[view]["required"])


async def test_events_meet_filters(api: ApiHouse) -> None:
    ana = await api.contact(email="ana@example.org")
    bodies = {
        "event:paid": {"contact": ana, "event": "paid"},
        "completed product:boots": {"handle": "Ana@example.org", "completed": {"kind": "product", "item": "boots"}},
        "talked_with:bo": {"contact": ana, "talked_with": "bo"},
    }
    for asked, body in bodies.items():
        before = (await api.ask("POST", "/bots/demo/counts", {"filter": asked})).json
        told = await api.ask("POST", "/bots/demo/events", body)
        assert (told.status, told.json["id"]) == (201, ana), told.raw
        after = (await api.ask("POST", "/bots/demo/counts", {"filter": asked})).json
        assert (before["members"], after["members"]) == (0, 1)


async def test_a_file_becomes_a_job(api: ApiHouse) -> None:
    form = FormData()
    form.add_field("file", b"email\nana@example.org\n=1+1\n", filename="list.csv", content_type="text/csv")
    made = await api.ask("POST", "/bots/demo/segments/tips/imports?header=yes", data=form)
    assert (made.status, made.json["state"], made.json["size"]) == (202, "queued", 27)
    path = made.headers["Location"].removeprefix("/api/v1")
    assert (await api.ask("GET", path)).json["file_name"] == "list.csv"
    assert b"list.csv" not in (await api.ask("GET", "/bots/demo/jobs", role=Role.VIEWER)).raw
    (job,) = await api.store.imports("demo")
    assert b"".join([part async for part in api.store.import_file("demo", job.id)]).startswith(b"email\nana@")
    assert (job.has_header, job.actor, job.address) == (True, "ops", "127.0.0.1")

    await api.store.claim_import("w", AT, AT)
    rows = [ImportRow(2, "ana@example.org", reason=Reason.UNKNOWN), ImportRow(3, "=1+1", reason=Reason.MALFORMED)]
    await api.store.set_job_progress("demo", job.id, "w", AT, total=2)
    await api.store.apply_import("demo", ImportStep(job.id, "w", 0, rows, AT, AT))
    shown = (await api.ask("GET", path)).json
    assert (shown["state"], shown["done"], shown["failed"], shown["total"]) == ("running", 2, 2, 2)
    report = await api.ask("GET", f"{path}/report.csv")
    assert report.headers["Content-Type"] == "text/csv"
    assert b'"2","ana@example.org","failed","unknown"' in report.raw
    assert b'"\'=1+1"' in report.raw
    assert b'"ana@' not in (await api.ask("GET", f"{path}/report.csv", role=Role.VIEWER)).raw
    assert (await api.ask("POST", f"{path}/resume")).json["state"] == "running"
    assert (await api.ask("POST", f"{path}/cancel")).json["state"] == "stopping"
    refused = await api.ask("POST", f"{path}/resume")
    assert (refused.status, b"was cancelled" in refused.raw) == (422, True)


async def test_a_list_can_be_tried(api: ApiHouse) -> None:
    asked = "/bots/demo/segments/tips/imports?dry_run=yes"
    made = await api.ask("POST", asked, data=b"ana@example.org\n", headers={"Content-Type": "text/csv"})
    assert (made.status, made.json["kind"], made.json["dry_run"]) == (202, "import_members", True)
    (row,) = (await api.ask("GET", "/bots/demo/audit", role=Role.OPS)).json["rows"][-1:]
    assert (row["action"], row["detail"]) == ("import", "into segment tips, dry run")


async def test_a_file_of_contacts_becomes_a_job(api: ApiHouse) -> None:
    headers = {"Content-Type": "text/csv"}
    asked = "/bots/demo/contacts/imports?file_name=new.csv&dry_run=yes"
    made = await api.ask("POST", asked, data=b"email,name\nkim@example.org,Kim\n", headers=headers)
    assert (made.status, made.json["kind"], made.json["dry_run"]) == (202, "import_contacts", True)
    (job,) = (await api.ask("GET", "/bots/demo/jobs")).json["jobs"]
    assert (job["file_name"], job["state"], job["changed"]) == ("new.csv", "queued", 0)
    (row,) = (await api.ask("GET", "/bots/demo/audit", role=Role.OPS)).json["rows"][-1:]
    assert (row["action"], row["target"], row["detail"]) == ("import", f"job {job['id']}", "of contacts, dry run")


@pytest.mark.parametrize(("name", "status"), [("other", 422), ("file", 202)])
async def test_a_form_has_one_part(api: ApiHouse, name: str, status: int) -> None:
    form = FormData()
    form.add_field(name, b"a@example.org", filename="x.csv")
    assert (await api.ask("POST", "/bots/demo/segments/tips/imports", data=form)).status == status


async def test_a_file_that_is_empty_or_goes_nowhere_is_refused(api: ApiHouse) -> None:
    csv = {"Content-Type": "text/csv"}
    assert (await api.ask("POST", "/bots/demo/segments/tips/imports", data=b"", headers=csv)).status == 422
    assert (await api.ask("POST", "/bots/demo/segments/none/imports", data=b"a", headers=csv)).status == 404
    assert (await api.ask("POST", "/bots/demo/contacts/imports", data=b"", headers=csv)).status == 422
    bad = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await api.ask("POST", "/bots/demo/segments/tips/imports", data=b"zzz", headers=bad)).status in (400, 422)
    assert await api.store.imports("demo") == []


async def test_the_audit_says_who_did_what_from_where(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"id": "press"})
    await api.ask("DELETE", f"{PATH}/press")
    rows = (await api.ask("GET", "/bots/demo/audit?target=segment press")).json["rows"]
    assert [(row["actor"], row["action"], row["address"]) for row in rows] == [
        ("ops", "create_segment", "127.0.0.1"),
        ("ops", "delete_segment", "127.0.0.1"),
    ]
    first = (await api.ask("GET", "/bots/demo/audit?limit=1")).json
    second = (await api.ask("GET", f"/bots/demo/audit?limit=1&cursor={first['next']}")).json
    assert second["rows"][0]["sequence"] > first["rows"][0]["sequence"]
