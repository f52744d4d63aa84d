"""Contacts over the API."""

import io
import zipfile

import pytest

from storage.audience_records import Role
from tests.console.house import ApiHouse

PATH = "/bots/demo/contacts"
ANA = {
    "name": "Ana Pérez",
    "email": "ana@example.org",
    "phone": "+34 600 123 456",
    "external_id": "E-17",
    "time_zone": "Europe/Madrid",
    "tags": ["vip"],
    "fields": {"team": "blue", "age": 41},
    "accounts": [{"channel": "teams", "user": "29:secret-account"}],
}


async def test_a_contact_is_kept_and_shown(api: ApiHouse) -> None:
    made = await api.ask("POST", PATH, ANA)
    assert (made.status, made.json["version"], set(made.json)) == (201, 1, {"id", "version", "changed"})
    shown = await api.ask("GET", f"{PATH}/{made.json['id']}", role=Role.OPS)
    assert made.headers["Location"] == f"/api/v1{PATH}/{made.json['id']}"
    assert shown.headers["ETag"] == made.headers["ETag"] == '"1"'
    assert {name: shown.json[name] for name in ANA} == ANA
    assert (shown.json["source"], shown.json["memberships"]) == ("api", {})
    row, seen = await api.store.audit("demo", target=made.json["id"])
    assert seen.action == "unmask"
    assert (row.actor, row.action, row.address) == ("ops", "create_contact", "127.0.0.1")


async def test_a_viewer_sees_nothing_that_tells_who_it_is(api: ApiHouse) -> None:
    contact = await api.contact(**ANA)
    await api.ask("POST", f"{PATH}/{contact}/notes", {"text": "Called about her knee"})
    for path in (f"{PATH}/{contact}", PATH, f"{PATH}?filter=tag:vip"):
        told = await api.ask("GET", path, role=Role.VIEWER)
        assert told.status == 200
        shown = told.raw.replace(contact.encode(), b"")  # an id is made of digits by chance
        for value in ("Ana", "Pérez", "example", "600", "E-17", "secret-account", "blue", "41", "knee", "Madrid"):
            assert value.encode() not in shown, value
        assert b"vip" in told.raw


@pytest.mark.parametrize("asked", ['email contains "a"', "not field.age > 3", "tag:vip or name is unknown"])
async def test_a_viewer_can_not_guess_by_asking(api: ApiHouse, asked: str) -> None:
    for told in (
        await api.ask("GET", f"{PATH}?filter={asked}", role=Role.VIEWER),
        await api.ask("POST", "/bots/demo/counts", {"filter": asked}, role=Role.VIEWER),
    ):
        assert told.status == 403
    assert (await api.ask("POST", "/bots/demo/counts", {"filter": asked})).status == 200


async def test_seeing_people_is_written_down_once_an_hour(api: ApiHouse) -> None:
    contact = await api.contact(**ANA)
    for _ in range(3):
        await api.ask("GET", f"{PATH}/{contact}")
    await api.ask("GET", PATH, role=Role.VIEWER)
    api.clock.later(3600)
    await api.ask("GET", PATH)
    rows = [(row.action, row.actor, row.target) for row in await api.store.audit("demo") if row.action == "unmask"]
    assert rows == [("unmask", "ops", contact), ("unmask", "ops", "*")]


async def test_a_change_needs_the_version_that_was_read(api: ApiHouse) -> None:
    path = f"{PATH}/{await api.contact(**ANA)}"
    body = {"name": "Ana P.", "fields": {"age": None, "city": "Cádiz"}}
    assert (await api.ask("PATCH", path, body)).status == 428
    assert (await api.ask("PATCH", path, body, headers={"If-Match": '"7"'})).status == 412
    done = await api.ask("PATCH", path, body, headers={"If-Match": '"1"'})
    assert (done.status, done.headers["ETag"]) == (200, '"2"')
    shown = (await api.ask("GET", path)).json
    assert (shown["name"], shown["fields"]) == ("Ana P.", {"team": "blue", "city": "Cádiz"})
    assert shown["email"] == ANA["email"]
    assert (await api.ask("PATCH", path, body, headers={"If-Match": '"1"'})).status == 412


async def test_tags_and_notes(api: ApiHouse) -> None:
    path = f"{PATH}/{await api.contact(**ANA)}"
    assert (await api.ask("POST", f"{path}/tags", {"add": ["new"], "remove": ["vip", "none"]})).status == 200
    assert (await api.ask("POST", f"{path}/notes", {"text": "Called"})).status == 201
    shown = (await api.ask("GET", path)).json
    assert shown["tags"] == ["new"]
    assert [(note["author"], note["text"]) for note in shown["notes"]] == [("ops", "Called")]
    assert (await api.ask("POST", f"{path}/tags", {"add": ["x"], "remove": ["x"]})).status == 422


async def test_an_erased_person_is_gone_and_does_not_come_back(api: ApiHouse) -> None:
    contact = await api.contact(**ANA)
    erased = await api.ask("DELETE", f"{PATH}/{contact}")
    assert (erased.status, erased.json) == (200, {"id": contact, "changed": True, "filters_naming": []})
    assert (await api.ask("GET", f"{PATH}/{contact}")).status == 404
    twice = await api.ask("DELETE", f"{PATH}/{contact}")
    assert (twice.status, twice.json["changed"]) == (200, False)
    assert (await api.ask("DELETE", f"{PATH}/c_nobody")).status == 404
    again = await api.ask("POST", PATH, {"email": "ANA@example.org"})
    assert again.status == 409
    assert "erased" in again.json["detail"]


async def test_pages_hold_each_person_once(api: ApiHouse) -> None:
    made = [await api.contact(email=f"p{number}@example.org", tags=["t"]) for number in range(7)]
    for query in ("?limit=3", "?limit=3&filter=tag:t"):
        found, path = [], f"{PATH}{query}"
        while path:
            told = await api.ask("GET", path)
            found += [one["id"] for one in told.json["contacts"]]
            cursor = told.json["next"]
            assert ("Link" in told.headers) == bool(cursor)
            path = f"{PATH}{query}&cursor={cursor}" if cursor else ""
        assert found == made


async def test_a_cursor_counts_for_its_own_list(api: ApiHouse) -> None:
    for number in range(3):
        await api.contact(email=f"p{number}@example.org")
    cursor = (await api.ask("GET", f"{PATH}?limit=1")).json["next"]
    for query in (f"limit=1&filter=tag:t&cursor={cursor}", "cursor=x", "cursor=%00", "cursor=W10", "cursor=ä"):
        told = await api.ask("GET", f"{PATH}?{query}")
        assert (told.status, told.json["errors"][0]["place"]) == (422, "query: cursor")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "body"),
        ({"name": "Nobody"}, "body"),
        ({"email": "ana"}, "body: email"),
        ({"email": "a@b@c"}, "body: email"),
        ({"external_id": "a@example.org"}, "body: external_id"),
        ({"email": "a@example.org", "time_zone": "Mars/Base"}, "body: time_zone"),
        ({"email": 7}, "body: email"),
        ({"email": "a@example.org", "nmae": "x"}, "body"),
        ({"email": "a@example.org", "accounts": [{"channel": "teams"}]}, "body: accounts[0]"),
        ({"email": "a@example.org", "tags": [""]}, "body: tags[0]"),
        ({"external_id": "E-1", "name": "a\0b"}, "body: name"),
        ({"external_id": "E-1", "tags": ["a\0b"]}, "body: tags[0]"),
        ({"external_id": "E-1", "fields": {"a": 10**30}}, "body: fields.a"),
        ({"external_id": "E-1", "fields": {"a": "\0"}}, "body: fields.a"),
        ({"external_id": "E-1", "fields": {"team": 7}}, "body: fields.team"),
        ([], "body"),
    ],
)
async def test_what_is_wrong_is_named(api: ApiHouse, body: object, place: str) -> None:
    told = await api.ask("POST", PATH, body)
    assert (told.status, told.json["errors"][0]["place"]) == (422, place)
    assert await api.store.people("demo") == []


async def test_an_account_is_one_persons(api: ApiHouse) -> None:
    contact = await api.contact(**ANA)
    told = await api.ask("POST", PATH, {"external_id": "E-17"})
    assert (told.status, told.json["errors"][0]["place"]) == (409, f"contact {contact}")
    assert told.json["detail"] == f"the external id 'E-17' is contact {contact}'s"


async def test_a_person_gets_all_that_is_held_in_a_zip(api: ApiHouse) -> None:
    contact = await api.contact(**ANA)
    told = await api.ask("GET", f"{PATH}/{contact}/export.zip")
    assert (told.status, told.headers["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(told.raw)) as archive:
        assert sorted(archive.namelist()) == ["person.html", "person.json"]
        assert b"ana@example.org" in archive.read("person.json")
    assert (await api.ask("GET", f"{PATH}/{contact}/export.zip", role=Role.VIEWER)).status == 403
    assert "export" in [row.action for row in await api.store.audit("demo", target=contact)]


@pytest.mark.parametrize("spelling", ["ana@example.org", "ANA@Example.ORG ", "Ana <ana@example.org>"])
async def test_nobody_is_kept_twice_with_one_address(api: ApiHouse, spelling: str) -> None:
    ana, bob = await api.contact(email="ana@example.org"), await api.contact(email="bob@example.org")
    made = await api.ask("POST", PATH, {"email": spelling})
    edited = await api.ask("PATCH", f"{PATH}/{bob}", {"email": spelling}, headers={"If-Match": '"1"'})
    for told in (made, edited):
        assert (told.status, told.json["errors"][0]["place"]) == (409, f"contact {ana}")
    assert len((await api.ask("GET", PATH)).json["contacts"]) == 2


@pytest.mark.parametrize("details", [{"phone": "3.36E+10"}, {"external_id": "1.00234E+11"}])
async def test_a_number_that_a_spreadsheet_rewrote_is_refused(api: ApiHouse, details: dict[str, str]) -> None:
    told = await api.ask("POST", PATH, {"email": "ana@example.org", **details})
    assert (told.status, told.json["errors"][0]["place"]) == (422, f"body: {next(iter(details))}")


async def test_erasing_tells_which_filters_name_the_person(api: ApiHouse) -> None:
    contact = await api.contact(**ANA)
    for name, text in {"by-email": "email is ana@example.org", "others": "tag:vip"}.items():
        assert (await api.ask("POST", "/bots/demo/segments", {"id": name, "filter": text})).status == 201
    erased = await api.ask("DELETE", f"{PATH}/{contact}")
    assert erased.json == {"id": contact, "changed": True, "filters_naming": ["by-email"]}
