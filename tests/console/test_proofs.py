"""One person's proof over the API."""

from storage.audience_records import Role
from tests.console.house import ApiHouse

PATH = "/bots/demo"


async def test_what_staff_did_is_no_act_of_the_person(api: ApiHouse) -> None:
    ana = await api.contact(email="ana@example.org", name="Ana P\u00e9rez")
    made = await api.ask("POST", f"{PATH}/segments", {"name": "Press"})
    assert made.status == 201, made.raw
    segment = made.json["id"]
    added = await api.ask("POST", f"{PATH}/segments/{segment}/members", {"handles": ["ana@example.org"]})
    assert added.status == 200, added.raw
    told = await api.ask("GET", f"{PATH}/contacts/{ana}/proof", role=Role.VIEWER)
    assert told.status == 200
    (change,) = [step for step in told.json["steps"] if step["kind"] == "changed"]
    assert (change["subject"], change.get("own_act"), change["actor"]) == (segment, None, "ops")
    assert told.json["memberships"] == {segment: "added"}
    assert (await api.store.row_hash("demo", change["sequence"])) == change["hash"]
    assert b"example.org" not in told.raw
    none = await api.ask("GET", f"{PATH}/contacts/{ana}/proof?segment=news")
    assert [step for step in none.json["steps"] if step["kind"] == "changed"] == []
    assert (await api.ask("GET", f"{PATH}/contacts/{ana}/proof?segment=other")).status == 404


async def test_nobody_has_no_proof(api: ApiHouse) -> None:
    assert (await api.ask("GET", f"{PATH}/contacts/nobody/proof")).status == 404
