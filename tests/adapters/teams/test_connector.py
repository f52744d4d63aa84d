"""Sending: what the connector gets, and what its answers mean for a reply."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from adapters.port import Delivered, asking
from adapters.teams.connector import TeamsChannel, send_error
from adapters.teams.settings import TeamsSettings
from adapters.teams.tokens import YOUNG
from messages.effects import OutgoingMessage, OutgoingText
from messages.errors import (
    Ambiguous,
    Cause,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    TemporarilyFailed,
    Undeliverable,
    Withheld,
)
from messages.inbound import ConversationReference, Scope
from standin.deliveries import Fault
from standin.server import StandIn
from tests.adapters.teams.services import APP, Clock, Microsoft
from tests.loop_time import pass_time

HELLO = OutgoingMessage("m", (OutgoingText("hello"),))


def reference(services: Microsoft, **fields: Any) -> ConversationReference:
    whole = {
        "conversation": "a:1/2;x=1",
        "user": "29:ana",
        "bot": "28:bot",
        "service_url": f"{services.url}/",
        "tenant": "t1",
    }
    return ConversationReference(channel="teams", **{**whole, **fields})  # fmt: skip


@pytest.fixture
def channel(session: aiohttp.ClientSession) -> TeamsChannel:
    """One without an app id, as in development."""
    return TeamsChannel(TeamsSettings(), session)


def with_app(
    session: aiohttp.ClientSession, services: Microsoft, clock: Clock | None = None, **settings: Any
) -> TeamsChannel:
    return TeamsChannel(
        TeamsSettings(app_id=APP, app_password="p", login=services.url, service_urls=(services.url,), **settings),
        session,
        monotonic=clock or Clock(),
    )


async def send(channel: TeamsChannel, to: ConversationReference) -> Delivered:
    (payload,) = channel.render(HELLO, to)
    return await channel.deliver(payload, to)


async def test_a_message_goes_into_its_conversation(channel: TeamsChannel, services: Microsoft) -> None:
    assert await send(channel, reference(services)) == Delivered("m1")
    ((method, path, body),) = services.calls
    assert (method, path) == ("POST", "/v3/conversations/a:1%2F2;x=1/activities")
    assert body == {
        "type": "message",
        "text": "hello",
        "textFormat": "plain",
        "from": {"id": "28:bot"},
        "recipient": {"id": "29:ana"},
        "conversation": {"id": "a:1/2;x=1", "tenantId": "t1"},
    }
    assert services.authorizations == [None]


async def test_a_private_message_opens_its_conversation_first(channel: TeamsChannel, services: Microsoft) -> None:
    in_team = reference(services, conversation="19:c", scope=Scope.CHANNEL)
    services.answers = [(201, {"id": "a:new"}, {})]
    delivered = await send(channel, in_team.private())
    assert delivered == Delivered("m2", reference(services, conversation="a:new"))
    created, sent = services.calls
    assert created == (
        "POST",
        "/v3/conversations",
        {
            "isGroup": False,
            "bot": {"id": "28:bot"},
            "members": [{"id": "29:ana"}],
            "tenantId": "t1",
            "channelData": {"tenant": {"id": "t1"}},
        },
    )
    assert sent[1] == "/v3/conversations/a:new/activities"
    assert sent[2]["conversation"] == {"id": "a:new", "tenantId": "t1"}


async def test_a_conversation_that_may_not_be_opened_delivers_nothing(
    channel: TeamsChannel, services: Microsoft
) -> None:
    services.answers = [(500, {}, {})]
    with pytest.raises(TemporarilyFailed):
        await send(channel, reference(services, conversation=""))
    services.answers = [(403, {"error": {"code": "BotNotInConversationRoster"}}, {})]
    with pytest.raises(ContactUnreachable):
        await send(channel, reference(services, conversation=""))


async def test_our_token_goes_along_to_trusted_addresses_alone(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    channel = with_app(session, services)
    await send(channel, reference(services))
    assert services.authorizations == ["Bearer t-1"]
    with pytest.raises(Undeliverable):
        await send(channel, reference(services, service_url="https://evil.example"))


async def test_in_development_everything_goes_to_the_override(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    channel = TeamsChannel(TeamsSettings(connector_override=services.url), session)
    await send(channel, reference(services, service_url="https://smba.trafficmanager.net/emea/"))
    assert len(services.calls) == 1


async def test_in_development_what_came_from_this_machine_is_answered_there(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    async with StandIn() as emulator, StandIn("::1") as playground:
        settings = TeamsSettings(connector_override=services.url, answers_loopback=True)
        channel = TeamsChannel(settings, session)
        await send(channel, reference(services, service_url=emulator.url.replace("127.0.0.1", "localhost")))
        await send(channel, reference(services, service_url=f"{playground.url}/"))
        assert [len(each.deliveries) for each in (emulator, playground)] == [1, 1]
        assert services.calls == []
        for elsewhere in ("https://smba.trafficmanager.net/emea/", "http://127.0.0.1@evil.example/", ""):
            await send(channel, reference(services, service_url=elsewhere))
        assert len(services.calls) == 3
        signed_in = with_app(session, services, connector_override=services.url, answers_loopback=True)
        await send(signed_in, reference(services, service_url=emulator.url))
        assert len(emulator.deliveries) == 1  # our token goes to the override alone


async def test_without_an_app_id_nothing_is_sent_to_another_machine(channel: TeamsChannel, services: Microsoft) -> None:
    for elsewhere in ("https://smba.trafficmanager.net/emea/", "http://localhost.evil.example/", "http://[", ""):
        with pytest.raises(Undeliverable, match="this machine only"):
            await send(channel, reference(services, service_url=elsewhere))
    services.answers = [(403, {"error": {"code": "InvalidBotApiHost"}}, {})]
    with pytest.raises(ContactUnreachable):
        await send(channel, reference(services))
    assert len(services.calls) == 1


async def test_a_message_can_be_replaced_and_taken_back(channel: TeamsChannel, services: Microsoft) -> None:
    await channel.update("m/1", {"type": "message", "text": "new"}, reference(services, conversation="c"))
    await channel.remove("m/1", reference(services, conversation="c"))
    assert services.calls == [
        ("PUT", "/v3/conversations/c/activities/m%2F1", {"type": "message", "text": "new"}),
        ("DELETE", "/v3/conversations/c/activities/m%2F1", None),
    ]


async def test_a_tenant_of_the_government_cloud_is_found_there(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    channel = with_app(session, services, government=f"{services.url}/v3/gov")
    services.answers = [(403, {"error": {"code": "InvalidBotApiHost"}}, {})]
    delivered = await send(channel, reference(services, conversation="c"))
    assert [path for _, path, _ in services.calls] == [
        "/v3/conversations/c/activities",
        "/v3/gov/v3/conversations/c/activities",
    ]
    assert delivered.reference is not None
    assert delivered.reference.service_url == f"{services.url}/v3/gov"


GONE = (404, {"error": {"code": "ConversationNotFound"}}, {})


async def test_a_conversation_that_is_gone_is_created_anew_once(channel: TeamsChannel, services: Microsoft) -> None:
    services.answers = [GONE, (201, {"id": "a:anew"}, {})]
    delivered = await send(channel, reference(services))
    assert delivered.reference == reference(services, conversation="a:anew")
    assert [path for _, path, _ in services.calls] == [
        "/v3/conversations/a:1%2F2;x=1/activities",
        "/v3/conversations",
        "/v3/conversations/a:anew/activities",
    ]
    services.answers = [GONE, (201, {"id": "a:anew"}, {}), GONE]
    with pytest.raises(Undeliverable, match="ConversationNotFound"):
        await send(channel, reference(services))
    assert len(services.calls) == 6
    services.answers = [GONE]  # in a team nothing is created: others read along
    with pytest.raises(Undeliverable, match="ConversationNotFound"):
        await send(channel, reference(services, conversation="19:c", scope=Scope.CHANNEL))
    assert len(services.calls) == 7


DIRECTORY_ID = "0f6e1b0e-1111-4222-8333-444455556666"


async def test_whoever_never_wrote_is_found_by_the_id_of_the_directory(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    channel = with_app(session, services, tenant="t1", everywhere=services.url)
    services.answers = [(201, {"id": "a:new"}, {})]
    delivered = await send(channel, ConversationReference("teams", "", DIRECTORY_ID))
    created, sent = services.calls
    assert created[2] == {
        "isGroup": False,
        "bot": {"id": f"28:{APP}"},
        "members": [{"id": DIRECTORY_ID, "aadObjectId": DIRECTORY_ID}],
        "tenantId": "t1",
        "channelData": {"tenant": {"id": "t1"}},
    }
    assert sent[1] == "/v3/conversations/a:new/activities"
    assert (sent[2]["from"], sent[2]["conversation"]) == ({"id": f"28:{APP}"}, {"id": "a:new", "tenantId": "t1"})
    assert delivered.reference == ConversationReference(
        "teams", "a:new", DIRECTORY_ID, bot=f"28:{APP}", service_url=services.url, tenant="t1"
    )


async def test_whoever_never_wrote_is_unreachable_where_the_app_is_not_installed(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    channel = with_app(session, services, tenant="t1", everywhere=services.url)
    services.answers = [(403, {"error": {"code": "ForbiddenOperationException"}}, {})]
    with pytest.raises(ContactUnreachable) as refused:
        await send(channel, ConversationReference("teams", "", DIRECTORY_ID))
    assert refused.value.code == "ForbiddenOperationException"
    of_many_tenants = with_app(session, services, everywhere=services.url)
    with pytest.raises(Undeliverable, match="set the bot's Teams tenant"):
        await send(of_many_tenants, ConversationReference("teams", "", DIRECTORY_ID))
    assert len(services.calls) == 1


@pytest.mark.parametrize(
    ("body", "code", "drop"),
    [
        ({"error": {"code": "BotDisabledByAdmin"}}, "BotDisabledByAdmin", False),
        ({"error": {"code": "ConversationBlockedByUser"}}, "ConversationBlockedByUser", True),
        (None, "", False),
    ],
)
def test_who_can_not_be_reached_is_told_with_the_code(body: Any, code: str, *, drop: bool) -> None:
    failure = send_error(403, {}, json.dumps(body).encode())
    assert isinstance(failure, ContactUnreachable)
    assert (failure.code, failure.cause is Cause.NO_CONVERSATION) == (code, drop)


INNER = json.dumps({"subCode": "MessageWritesBlocked", "details": "…"})
ANSWERS: list[tuple[int, Any, type[DeliveryError]]] = [
    (429, {}, RateLimited),
    (412, {}, TemporarilyFailed),
    (502, {}, TemporarilyFailed),
    (503, {}, TemporarilyFailed),
    (504, {}, TemporarilyFailed),
    (401, {"error": {"code": "BotNotRegistered"}}, TemporarilyFailed),
    (307, {}, TemporarilyFailed),
    (408, {}, Ambiguous),
    (500, {"error": {"code": "ServiceError"}}, Ambiguous),
    (403, {"error": {"code": "BotDisabledByAdmin"}}, ContactUnreachable),
    (403, {"error": {"code": "ConversationBlockedByUser"}}, ContactUnreachable),
    (403, {"errorCode": 209, "message": INNER}, ContactUnreachable),
    (403, None, ContactUnreachable),
    (413, {"error": {"code": "MessageSizeTooBig"}}, Undeliverable),
    (400, {"error": {"code": "BadSyntax"}}, Undeliverable),
]


@pytest.mark.parametrize(("status", "body", "kind"), ANSWERS)
async def test_what_a_refusal_means(
    channel: TeamsChannel, services: Microsoft, status: int, body: Any, kind: type[DeliveryError]
) -> None:
    services.answers = [(status, body, {})]
    with pytest.raises(DeliveryError) as failed:
        await send(channel, reference(services))
    assert type(failed.value) is kind
    assert str(status) in failed.value.reason
    code = (body or {}).get("error", {}).get("code", "")
    assert code in failed.value.reason


def test_the_code_in_a_text_within_the_answer_is_told() -> None:
    for holder in ({"message": INNER}, {"error": {"code": "Forbidden", "message": INNER}}):
        failure = send_error(403, {}, json.dumps(holder).encode())
        assert failure is not None
        assert failure.reason == "Teams answered 403 MessageWritesBlocked"


async def test_a_rate_limit_says_how_long_to_wait(channel: TeamsChannel, services: Microsoft) -> None:
    services.answers = [(429, {}, {"Retry-After": "7"})]
    with pytest.raises(RateLimited) as limited:
        await send(channel, reference(services))
    assert limited.value.retry_after == 7
    assert not limited.value.everywhere


async def test_without_an_answer_nobody_knows_whether_it_arrived(channel: TeamsChannel, services: Microsoft) -> None:
    arrived, over = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        arrived.set()
        await over.wait()

    services.hang = hang
    sending = asyncio.create_task(send(channel, reference(services)))
    await arrived.wait()
    pass_time(TeamsSettings().timeout + 1)
    with pytest.raises(Ambiguous):
        await sending
    over.set()


@pytest.mark.parametrize(("drop", "arrived"), [("before", 0), ("after", 1)])
async def test_a_connection_that_breaks_off_does_not_tell_whether_it_arrived(
    session: aiohttp.ClientSession, services: Microsoft, drop: Any, arrived: int
) -> None:
    async with StandIn() as standin:
        channel = TeamsChannel(TeamsSettings(connector_override=standin.url), session)
        standin.fail(Fault(drop=drop))
        with pytest.raises(Ambiguous):
            await send(channel, reference(services))
        assert len(standin.deliveries) == arrived
        await send(channel, reference(services))
        assert len(standin.deliveries) == arrived + 1


async def test_an_answer_that_breaks_off_does_not_tell_whether_it_arrived(
    channel: TeamsChannel, services: Microsoft
) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"id":')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(half, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Ambiguous):
            await send(channel, reference(services, service_url=f"http://127.0.0.1:{port}"))


async def test_without_a_connection_nothing_arrived(channel: TeamsChannel, services: Microsoft) -> None:
    with pytest.raises(TemporarilyFailed):
        await send(channel, reference(services, service_url="http://127.0.0.1:9/"))


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://x/", "http://[", "http://a b/"])
async def test_an_address_that_is_none_is_given_up(channel: TeamsChannel, services: Microsoft, url: str) -> None:
    with pytest.raises((Undeliverable, TemporarilyFailed)):
        await send(channel, reference(services, service_url=url))


async def test_an_answer_without_an_id_or_of_any_length_is_no_fault(channel: TeamsChannel, services: Microsoft) -> None:
    for body in (None, [], {"id": 7}, {"id": "x" * 200_000}):
        services.answers = [(200, body, {})]
        assert await send(channel, reference(services)) == Delivered("")


async def test_a_message_waits_when_our_token_is_refused(session: aiohttp.ClientSession, services: Microsoft) -> None:
    channel = with_app(session, services)
    services.answers = [(401, {}, {})]
    with pytest.raises(TemporarilyFailed):
        await send(channel, reference(services))
    assert services.authorizations == ["Bearer t-1"]
    await channel.close()


async def test_a_token_that_ended_before_its_time_is_replaced_and_the_message_goes(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    clock = Clock()
    channel = with_app(session, services, clock)
    await send(channel, reference(services))
    clock.seconds += YOUNG
    services.token_answer = (200, {"access_token": "t-2", "expires_in": 3600})
    services.answers = [(401, {}, {})]
    assert await send(channel, reference(services)) == Delivered("m3")
    assert services.authorizations == ["Bearer t-1", "Bearer t-1", "Bearer t-2"]
    await channel.close()


async def test_whether_it_may_still_be_sent_is_asked_after_all_that_a_send_needs(
    session: aiohttp.ClientSession, services: Microsoft
) -> None:
    """Right before each request that has the message in it; never for one that opens the conversation."""
    clock = Clock()
    channel = with_app(session, services, clock, tenant="t1")
    asked: list[tuple[int, int]] = []

    async def ask() -> None:
        asked.append((len(services.sign_ins), len(services.calls)))

    with asking(ask):
        await send(channel, reference(services, conversation=""))
        assert asked == [(1, 1)], "the token is there, and the conversation was made"
        clock.seconds += YOUNG
        services.token_answer = (200, {"access_token": "t-2", "expires_in": 3600})
        services.answers = [(401, {}, {}), (404, {"error": {"code": "ConversationNotFound"}}, {})]
        await send(channel, reference(services))
    assert asked == [(1, 1), (1, 2), (2, 3), (2, 5)]
    await channel.close()


async def test_what_is_withheld_is_not_sent(channel: TeamsChannel, services: Microsoft) -> None:
    async def ask() -> None:
        raise Withheld("they stopped")

    with asking(ask), pytest.raises(Withheld):
        await send(channel, reference(services))
    assert services.calls == []
    await send(channel, reference(services))
    assert len(services.calls) == 1
