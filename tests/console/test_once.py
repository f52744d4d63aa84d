"""Requests under an idempotency key are done once."""

import asyncio

from console.requests import REPLAYED
from storage.audience_records import Role
from tests.console.house import AT, ApiHouse

PATH = "/bots/demo/contacts"
BODY = {"email": "ana@example.org"}
KEY = {"Idempotency-Key": "0b9e3c5e"}


async def test_the_same_request_gets_the_same_answer(api: ApiHouse) -> None:
    first, second = [await api.ask("POST", PATH, BODY, headers=KEY) for _ in range(2)]
    assert (first.status, first.raw) == (second.status, second.raw) == (201, first.raw)
    assert [first.headers[name] for name in ("ETag", "Location", "Content-Type")] == [
        second.headers[name] for name in ("ETag", "Location", "Content-Type")
    ]
    assert (first.headers.get(REPLAYED), second.headers[REPLAYED]) == (None, "true")
    assert len(await api.store.people("demo")) == 1


async def test_another_request_under_the_key_is_refused(api: ApiHouse) -> None:
    await api.ask("POST", PATH, BODY, headers=KEY)
    for path, body in ((PATH, {"email": "bo@example.org"}), ("/bots/other/contacts", BODY)):
        told = await api.ask("POST", path, body, headers=KEY)
        assert (told.status, told.json["errors"][0]["place"]) == (422, "header: Idempotency-Key")
    other = {"email": "cy@example.org"}
    assert (await api.ask("POST", PATH, other, headers=KEY, role=Role.BUILDER)).status == 201


async def test_a_request_that_is_being_done_is_not_done_twice(api: ApiHouse) -> None:
    told = await asyncio.gather(*(api.ask("POST", PATH, BODY, headers=KEY) for _ in range(10)))
    assert {one.status for one in told} <= {201, 409}
    assert len(await api.store.people("demo")) == 1


async def test_one_that_broke_off_stays_claimed(api: ApiHouse) -> None:
    key = KEY["Idempotency-Key"]
    await api.ask("POST", PATH, BODY, headers=KEY)
    kept = await api.store.begin_request("t_ops", key, "", AT)
    assert kept is not None
    await api.store.drop_request("t_ops", key)
    await api.store.begin_request("t_ops", key, kept.request, AT)
    told = await api.ask("POST", PATH, BODY, headers=KEY)
    assert (told.status, told.headers["Retry-After"]) == (409, "1")
    assert len(await api.store.people("demo")) == 1


async def test_a_refused_request_may_be_corrected_under_its_key(api: ApiHouse) -> None:
    assert (await api.ask("POST", PATH, {"email": "ana"}, headers=KEY)).status == 422
    assert (await api.ask("POST", PATH, BODY, headers=KEY)).status == 201


async def test_a_file_is_taken_once(api: ApiHouse) -> None:
    path, csv = "/bots/demo/segments/tips/imports", {**KEY, "Content-Type": "text/csv"}
    first = await api.ask("POST", path, data=b"a@example.org\n", headers=csv)
    second = await api.ask("POST", path, data=b"a@example.org\n", headers=csv)
    assert (first.status, first.raw) == (second.status, second.raw) == (202, first.raw)
    assert (await api.ask("POST", path, data=b"b@example.org\n", headers=csv)).status == 422
    assert len(await api.store.imports("demo")) == 1


async def test_what_is_kept_tells_nobody(api: ApiHouse) -> None:
    await api.ask("POST", PATH, {"email": "zoraida@example.org", "name": "Zoraida"}, headers=KEY)
    kept = await api.store.begin_request("t_ops", KEY["Idempotency-Key"], "", AT)
    assert kept is not None
    assert b"oraida" not in kept.body + repr(kept.headers).encode()
