"""The people whom the stand-in knows."""

import aiohttp
import pytest

from standin.deliveries import Fault
from standin.server import StandIn


async def test_people_are_told_over_http_and_asked_for_without_being_deliveries() -> None:
    async with StandIn() as standin, aiohttp.ClientSession(standin.url) as http:
        standin.fail(Fault(status=500))
        async with http.get("/v3/conversations/a/members/29:ana") as answer:
            assert answer.status == 404
        async with http.post("/standin/people", json={"user": "29:ana", "given_name": "Ana"}) as answer:
            assert await answer.json() == {"people": 1}
        async with http.get("/v3/conversations/a/members/29:ana") as answer:
            assert (await answer.json())["givenName"] == "Ana"
        async with http.get("/v25.0/29:ana?fields=first_name") as answer:
            assert await answer.json() == {"id": "29:ana", "first_name": "Ana"}
        assert standin.deliveries == []
        assert len(standin.faults) == 1, "a fault of deliveries is for deliveries"


@pytest.mark.parametrize("body", ["[]", "{", '{"user": "1", "shoes": 42}', "{}"])
async def test_what_is_nobody_is_refused(body: str) -> None:
    async with (
        StandIn() as standin,
        aiohttp.ClientSession(standin.url) as http,
        http.post("/standin/people", data=body) as answer,
    ):
        assert answer.status == 400
        assert "error" in await answer.json()
