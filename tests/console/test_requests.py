"""What may come in, and what is said to the rest."""

import asyncio
import io

import pytest

from storage.audience_records import Role
from tests.console.house import ApiHouse, api_house
from tests.loop_time import while_time_passes

PATH = "/bots/demo/contacts"
MEMBERS = {"type", "title", "status", "detail", "instance", "errors"}


async def test_health_and_document_need_no_token(api: ApiHouse) -> None:
    assert (await api.ask("GET", "/", role=None)).json == {"status": "ok"}
    assert (await api.ask("GET", "/openapi.json", role=None)).json["openapi"] == "3.1.0"


async def test_every_answer_has_the_headers_of_safety(api: ApiHouse) -> None:
    for told in (await api.ask("GET", PATH), await api.ask("GET", "/none"), await api.ask("GET", "/", role=None)):
        assert told.headers["X-Content-Type-Options"] == "nosniff"
        assert told.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in told.headers["Content-Security-Policy"]


BAD = [
    ("GET", "/none", {}, 404),
    ("GET", "/bots/none/contacts", {}, 404),
    ("GET", f"{PATH}/..%2F..%2Fetc%2Fpasswd", {}, 404),
    ("GET", f"{PATH}/%00", {}, 404),
    ("GET", f"{PATH}/{'x' * 4000}", {}, 404),
    ("GET", "/bots/..%2Fdemo/contacts", {}, 404),
    ("GET", "/bots/demo/segments/%27%20OR%201=1", {}, 404),
    ("GET", "/bots/demo/jobs/none", {}, 404),
    ("GET", "/bots/demo/jobs/none/report.csv", {}, 404),
    ("PUT", PATH, {}, 405),
    ("POST", f"{PATH}/c_none", {}, 405),
    ("POST", PATH, {"data": b"{}"}, 415),
    ("POST", PATH, {"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
    ("POST", PATH, {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ("POST", PATH, {"data": b"", "headers": {"Content-Type": "application/json"}}, 400),
    ("POST", PATH, {"data": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400),
    ("POST", PATH, {"data": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 422),
    ("POST", PATH, {"data": io.BytesIO(b" " * 1_048_577), "headers": {"Content-Type": "application/json"}}, 413),
    ("POST", PATH, {"body": {"email": "a@example.org"}, "headers": {"Idempotency-Key": "a b"}}, 422),
    ("GET", f"{PATH}?limit=0", {}, 422),
    ("GET", f"{PATH}?limit=1001", {}, 422),
    ("GET", f"{PATH}?limit=many", {}, 422),
    ("GET", f"{PATH}?limit=1&limit=2", {}, 422),
    ("GET", f"{PATH}?wolf=1", {}, 422),
    ("GET", f"{PATH}?filter=tag:", {}, 422),
    ("GET", "/bots/demo/segments?limit=1", {}, 422),
    ("POST", "/bots/demo/counts", {"body": {"filter": "tag:"}}, 422),
    ("POST", "/bots/demo/counts", {"body": {"filter": {"tagg": "x"}}}, 422),
    ("POST", "/bots/demo/counts", {"body": {"filter": "segment:none"}}, 422),
    ("POST", "/bots/demo/counts", {"body": {"filter": 7}}, 422),
    ("POST", "/bots/demo/segments/none/members", {"body": {"handles": ["a@example.org"]}}, 404),
    ("POST", "/bots/demo/segments/tips/members", {"body": {}}, 422),
    ("POST", "/bots/demo/events", {"body": {"contact": "c_none", "event": "paid"}}, 404),
    ("POST", "/bots/demo/events", {"body": {"event": "paid"}}, 422),
    ("POST", "/bots/demo/segments/tips/imports", {"body": {}}, 415),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), BAD, ids=[f"{one[3]}-{n}" for n, one in enumerate(BAD)])
async def test_a_bad_request_is_told_why(api: ApiHouse, method: str, path: str, more: dict, status: int) -> None:
    told = await api.ask(method, path, role=Role.BUILDER, **more)
    assert (told.status, told.headers["Content-Type"]) == (status, "application/problem+json"), told.raw
    assert set(told.json) == MEMBERS
    assert (told.json["status"], bool(told.json["detail"])) == (status, True)
    assert b"Traceback" not in told.raw
    assert ("Allow" in told.headers) == (status == 405)
    if status == 422:
        assert told.json["errors"]
        assert all(each["problem"] and each["place"] for each in told.json["errors"])
    assert (await api.ask("GET", PATH)).json["contacts"] == []


async def test_a_filter_is_blamed_at_its_column(api: ApiHouse) -> None:
    told = await api.ask("POST", "/bots/demo/counts", {"filter": "tag:vip and colour"})
    assert told.json["errors"][0]["place"] == "body: filter, column 13"


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path) -> None:
    async with api_house(tmp_path) as api:
        port = int(api.root.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /api/v1{PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.secrets[Role.OPS]}\r\n"
            "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
        )
        writer.write(head.encode())
        answer = await while_time_passes(asyncio.create_task(reader.readline()))
        assert answer.split()[1] == b"408"
        writer.close()


async def test_a_body_in_chunks_is_stopped_at_its_limit(api: ApiHouse) -> None:
    async def endless():
        for _ in range(4000):
            yield b" " * 1024

    told = await api.ask("POST", PATH, data=endless(), headers={"Content-Type": "application/json"})
    assert told.status == 413
