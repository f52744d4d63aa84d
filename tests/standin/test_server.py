"""The stand-in takes what a bot sends and answers as Teams and Messenger do, or fails as it is told to."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError, ClientSession

from messages.errors import BadSettings
from standin.deliveries import Fault
from standin.server import StandIn

TEAMS = "/v3/conversations/a:1x/activities"
GRAPH = "/v25.0/me/messages"
HELLO = {"type": "message", "text": "Hello"}


def graph_text(text: str = "Hello", to: str = "42") -> dict[str, object]:
    return {"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": {"text": text}}


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as standin:
        yield standin


@pytest.fixture
async def client(standin: StandIn) -> AsyncIterator[ClientSession]:
    async with ClientSession(standin.url) as session:
        yield session


async def test_a_teams_reply_is_taken_and_gets_an_id(standin: StandIn, client: ClientSession) -> None:
    async with client.post(TEAMS, json=HELLO) as answer:
        assert answer.status == 201
        given = (await answer.json())["id"]
    [delivery] = standin.deliveries
    assert (delivery.channel, delivery.kind, delivery.conversation) == ("teams", "activity", "a:1x")
    assert delivery.body == HELLO
    assert delivery.id == given


async def test_a_teams_conversation_is_created(standin: StandIn, client: ClientSession) -> None:
    async with client.post("/v3/conversations", json={"isGroup": False, "members": [{"id": "29:x"}]}) as answer:
        assert answer.status == 201
        created = await answer.json()
    assert created["id"].startswith("a:")
    assert created["serviceUrl"] == standin.url
    assert standin.deliveries[0].conversation == created["id"]


async def test_an_activity_can_be_replied_to_changed_and_deleted(standin: StandIn, client: ClientSession) -> None:
    async with client.post(f"{TEAMS}/1", json=HELLO) as answer:
        assert answer.status == 201
    async with client.put(f"{TEAMS}/1", json=HELLO) as answer:
        assert answer.status == 200
    async with client.delete(f"{TEAMS}/1") as answer:
        assert answer.status == 200
    assert [delivery.kind for delivery in standin.deliveries] == ["activity", "update", "delete"]


@pytest.mark.parametrize("path", [GRAPH, "/me/messages"])
async def test_a_messenger_message_is_taken_and_gets_an_id(standin: StandIn, client: ClientSession, path: str) -> None:
    async with client.post(path, json=graph_text()) as answer:
        assert answer.status == 200
        assert (await answer.json())["recipient_id"] == "42"
    assert standin.deliveries[0].conversation == "42"


async def test_a_token_is_issued(standin: StandIn, client: ClientSession) -> None:
    async with client.post("/botframework.com/oauth2/v2.0/token", data={"grant_type": "client_credentials"}) as answer:
        token = await answer.json()
    assert token["token_type"] == "Bearer"
    assert token["access_token"]
    assert standin.calls.tokens == 1


async def test_a_message_over_metas_limits_is_refused_as_meta_does(standin: StandIn, client: ClientSession) -> None:
    async with client.post(GRAPH, json=graph_text("x" * 2001)) as answer:
        assert answer.status == 400
        error = (await answer.json())["error"]
    assert error["code"] == 100
    assert "longer than 2000" in error["message"]
    assert standin.deliveries == []


async def test_an_activity_over_the_size_limit_is_refused_as_teams_does(client: ClientSession) -> None:
    async with client.post(TEAMS, json={"text": "x" * 110_000}) as answer:
        assert answer.status == 413
        assert (await answer.json())["error"]["code"] == "MessageSizeTooBig"


async def test_a_body_that_is_no_json_object_is_refused(client: ClientSession) -> None:
    for body in (b"{", b"[]", b""):
        async with client.post(TEAMS, data=body) as answer:
            assert answer.status == 400


async def test_it_can_be_told_to_refuse_the_next_ones(standin: StandIn, client: ClientSession) -> None:
    async with client.post("/standin/fail", json={"next": 2, "status": 429, "retry_after": 2}) as answer:
        assert await answer.json() == {"planned": 2}
    seen = []
    for _ in range(3):
        async with client.post(TEAMS, json=HELLO) as answer:
            seen.append((answer.status, answer.headers.get("Retry-After")))
    assert seen == [(429, "2"), (429, "2"), (201, None)]
    assert len(standin.deliveries) == 1
    assert standin.calls.refused == 2


async def test_a_refusal_speaks_the_channels_language(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(status=403, code="BotNotInConversationRoster", channel="teams"))
    standin.fail(Fault(status=400, code=551, subcode=1545041, channel="workplace"))
    async with client.post(GRAPH, json=graph_text()) as answer:
        error = (await answer.json())["error"]
        assert (error["code"], error["error_subcode"]) == (551, 1545041)
    async with client.post(TEAMS, json=HELLO) as answer:
        assert (await answer.json())["error"]["code"] == "BotNotInConversationRoster"


async def test_a_fault_can_be_for_one_conversation(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(status=503, conversation="7"))
    async with client.post(GRAPH, json=graph_text(to="42")) as answer:
        assert answer.status == 200
    async with client.post(GRAPH, json=graph_text(to="7")) as answer:
        assert answer.status == 503


async def test_tokens_fail_only_when_told_so(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(status=429))
    async with client.post("/t/oauth2/v2.0/token") as answer:
        assert answer.status == 200
    standin.fail(Fault(status=401, channel="sign_in"))
    async with client.post("/t/oauth2/v2.0/token") as answer:
        assert answer.status == 401


async def test_a_dropped_connection_leaves_nothing_behind(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(drop="before"))
    with pytest.raises(ClientError):
        await client.post(TEAMS, json=HELLO)
    assert standin.deliveries == []


async def test_a_connection_can_break_after_the_message_was_taken(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(drop="after"))
    with pytest.raises(ClientError):
        await client.post(TEAMS, json=HELLO)
    assert len(standin.deliveries) == 1


async def test_a_late_answer_comes_after_the_message_was_taken(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(delay_ms=100))
    sending = asyncio.create_task(client.post(TEAMS, json=HELLO))
    await standin.wait_for(1)
    assert not sending.done()
    (await sending).release()


async def test_a_late_answer_does_not_hide_a_broken_limit(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(delay_ms=1))
    async with client.post(GRAPH, json=graph_text("")) as answer:
        assert answer.status == 400


async def test_faults_can_be_called_off(standin: StandIn, client: ClientSession) -> None:
    standin.fail(Fault(next=100, status=500))
    async with client.delete("/standin/fail") as answer:
        assert answer.status == 200
    async with client.post(TEAMS, json=HELLO) as answer:
        assert answer.status == 201


async def test_an_unknown_fault_is_refused(client: ClientSession) -> None:
    async with client.post("/standin/fail", json={"stauts": 500}) as answer:
        assert answer.status == 400
        assert "stauts" in (await answer.json())["error"]


async def test_deliveries_are_listed_from_where_the_reader_left_off(client: ClientSession) -> None:
    for text in ("one", "two", "three"):
        (await client.post(TEAMS, json={"text": text})).release()
    async with client.get("/standin/deliveries?after=1") as answer:
        listing = await answer.json()
    assert listing["count"] == 3
    assert [delivery["body"]["text"] for delivery in listing["deliveries"]] == ["two", "three"]


async def test_what_proved_the_sender_is_kept_from_the_listing(standin: StandIn, client: ClientSession) -> None:
    (
        await client.post(f"{GRAPH}?appsecret_proof=ab", json=graph_text(), headers={"Authorization": "Bearer t"})
    ).release()
    assert standin.deliveries[0].authorization == "Bearer t"
    assert standin.deliveries[0].query == {"appsecret_proof": "ab"}
    async with client.get("/standin/deliveries") as answer:
        assert "Bearer t" not in await answer.text()


async def test_a_reader_can_wait_for_the_next_delivery(client: ClientSession) -> None:
    listing = asyncio.create_task(client.get("/standin/deliveries?after=0&wait=10"))
    (await client.post(TEAMS, json=HELLO)).release()
    async with await listing as answer:
        assert len((await answer.json())["deliveries"]) == 1


async def test_waiting_in_vain_says_how_many_came(standin: StandIn) -> None:
    with pytest.raises(TimeoutError, match="0 of 1"):
        await standin.wait_for(1, timeout=0.01)


async def test_a_quiet_one_only_counts() -> None:
    async with StandIn(keep=0) as standin, ClientSession(standin.url) as client:
        async with client.post(TEAMS, json=HELLO) as answer:
            assert answer.status == 201
        async with client.post(GRAPH, json=graph_text()) as answer:
            assert answer.status == 200
        assert standin.log.count == 2
        assert standin.deliveries == []


async def test_it_keeps_the_last_ones_and_counts_all() -> None:
    async with StandIn(keep=2) as standin, ClientSession(standin.url) as client:
        for text in ("one", "two", "three"):
            (await client.post(TEAMS, json={"text": text})).release()
        assert [delivery.body["text"] for delivery in standin.deliveries] == ["two", "three"]
        assert standin.log.count == 3


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "example.org", ""])
def test_it_listens_to_this_machine_alone(host: str) -> None:
    with pytest.raises(BadSettings, match="loopback"):
        StandIn(host)
