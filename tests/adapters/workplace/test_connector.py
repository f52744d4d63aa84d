"""Sending through the Graph API: what goes out, and what each way of failing means."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace

from adapters.workplace.connector import WorkplaceChannel
from adapters.workplace.settings import WorkplaceSettings, appsecret_proof
from messages.effects import OutgoingMessage, OutgoingText
from messages.errors import (
    Ambiguous,
    Cause,
    ContactUnreachable,
    DeliveryError,
    RateLimited,
    TemporarilyFailed,
    Undeliverable,
)
from messages.inbound import ConversationReference
from standin.deliveries import Fault
from standin.server import StandIn
from tests.loop_time import pass_time

HERE = ConversationReference(channel="workplace", conversation="42", user="42")
MESSAGE = OutgoingMessage(id="m_1", parts=(OutgoingText("Hello, this is private"),))
TOKEN = "page-token"
SECRET = "app-secret"


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as standin:
        yield standin


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def channel(standin: StandIn, session: ClientSession, *, timeout: float = 600, graph: str = "") -> WorkplaceChannel:
    settings = WorkplaceSettings(
        access_token=TOKEN, app_secret=SECRET, graph=graph or standin.url, version="v25.0", timeout=timeout
    )
    return WorkplaceChannel(settings, session)


async def fail(sender: WorkplaceChannel) -> DeliveryError:
    [payload] = sender.render(MESSAGE, HERE)
    with pytest.raises(DeliveryError) as caught:
        await sender.deliver(payload, HERE)
    return caught.value


async def test_a_message_reaches_the_person_with_its_token_and_proof(standin: StandIn, session: ClientSession) -> None:
    sender = channel(standin, session)
    [payload] = sender.render(MESSAGE, HERE)
    delivered = await sender.deliver(payload, HERE)
    [seen] = standin.deliveries
    assert seen.body == payload
    assert seen.conversation == "42"
    assert seen.authorization == f"Bearer {TOKEN}"
    assert seen.query == {"appsecret_proof": appsecret_proof(TOKEN, SECRET)}
    assert delivered.channel_message_id == f"m_{seen.id}"


async def test_workplaces_host_without_versions(standin: StandIn, session: ClientSession) -> None:
    sender = WorkplaceChannel(WorkplaceSettings(access_token=TOKEN, graph=f"{standin.url}/", version=""), session)
    [payload] = sender.render(MESSAGE, HERE)
    await sender.deliver(payload, HERE)
    assert standin.deliveries[0].query == {}


@pytest.mark.parametrize(
    ("code", "subcode", "error"),
    [
        (4, 0, RateLimited),
        (17, 0, RateLimited),
        (32, 0, RateLimited),
        (613, 0, RateLimited),
        (80006, 0, RateLimited),
        (1, 0, TemporarilyFailed),
        (2, 0, TemporarilyFailed),
        (1200, 0, TemporarilyFailed),
        (190, 460, TemporarilyFailed),
        (10, 0, TemporarilyFailed),
        (200, 0, TemporarilyFailed),
        (1, 1357046, Ambiguous),
        (551, 0, ContactUnreachable),
        (551, 1545041, ContactUnreachable),
        (200, 1545041, ContactUnreachable),
        (10, 2018108, ContactUnreachable),
        (100, 2018001, ContactUnreachable),
        (10, 2018278, Undeliverable),
        (10, 2534022, Undeliverable),
        (100, 0, Undeliverable),
        (424242, 0, Undeliverable),
    ],
)
async def test_each_refusal_has_its_meaning(
    standin: StandIn, session: ClientSession, code: int, subcode: int, error: type[DeliveryError]
) -> None:
    standin.fail(Fault(status=400, code=code, subcode=subcode))
    failure = await fail(channel(standin, session))
    assert type(failure) is error
    assert failure.code in ("", f"{code}/{subcode}" if subcode else str(code))
    assert failure.code or not isinstance(failure, ContactUnreachable)
    assert (failure.cause is Cause.OUTSIDE_WINDOW) is (subcode in (2018278, 2534022))
    assert str(code) in failure.reason
    assert standin.deliveries == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, RateLimited),
        (500, Ambiguous),
        (502, Ambiguous),
        (408, Ambiguous),
        (302, TemporarilyFailed),
        (401, TemporarilyFailed),
        (404, TemporarilyFailed),
        (413, Undeliverable),
    ],
)
async def test_an_answer_that_is_not_graphs(
    standin: StandIn, session: ClientSession, status: int, error: type[DeliveryError]
) -> None:
    standin.fail(Fault(status=status, body={"message": "from a proxy"}))
    assert type(await fail(channel(standin, session))) is error


async def test_the_time_to_wait_is_the_one_asked_for(standin: StandIn, session: ClientSession) -> None:
    standin.fail(Fault(status=400, code=613, retry_after=7))
    failure = await fail(channel(standin, session))
    assert isinstance(failure, RateLimited)
    assert failure.retry_after == 7


async def test_an_expired_token_says_what_to_do(standin: StandIn, session: ClientSession) -> None:
    standin.fail(Fault(status=401, code=190))
    assert "make a new one" in (await fail(channel(standin, session))).reason


async def test_the_token_does_not_follow_a_redirect(standin: StandIn, session: ClientSession) -> None:
    async with StandIn() as elsewhere:
        standin.fail(Fault(status=307, headers={"Location": f"{elsewhere.url}/v25.0/me/messages"}, body={}))
        assert type(await fail(channel(standin, session))) is TemporarilyFailed
        assert elsewhere.deliveries == []


async def test_without_a_connection_nothing_was_delivered(session: ClientSession) -> None:
    async with StandIn() as gone:
        sender = channel(gone, session)
    assert type(await fail(sender)) is TemporarilyFailed


async def test_a_host_that_is_no_address_is_told(standin: StandIn, session: ClientSession) -> None:
    assert type(await fail(channel(standin, session, graph="http://"))) is TemporarilyFailed


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_broken_connection_leaves_it_open(standin: StandIn, session: ClientSession, drop: str) -> None:
    standin.fail(Fault(drop="after" if drop == "after" else "before"))
    assert type(await fail(channel(standin, session))) is Ambiguous


async def unanswered(standin: StandIn, session: ClientSession) -> DeliveryError:
    """A request that arrives and is not answered in time."""
    standin.fail(Fault(delay_ms=3_600_000))
    failing = asyncio.create_task(fail(channel(standin, session, timeout=1800)))
    await standin.wait_for(1)
    pass_time(2000)
    failure = await failing
    pass_time(3600)
    return failure


async def test_no_answer_in_time_leaves_it_open(standin: StandIn, session: ClientSession) -> None:
    assert type(await unanswered(standin, session)) is Ambiguous
    assert len(standin.deliveries) == 1


async def test_the_next_message_goes_out_after_a_failure(standin: StandIn, session: ClientSession) -> None:
    sender = channel(standin, session)
    standin.fail(Fault(drop="before"))
    await fail(sender)
    [payload] = sender.render(MESSAGE, HERE)
    await sender.deliver(payload, HERE)
    assert len(standin.deliveries) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(status=401, code=190), Fault(status=500, body={"m": "x"}), Fault(drop="before"), None],
)
async def test_neither_secrets_nor_words_are_told(
    standin: StandIn, session: ClientSession, fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if fault is None:
        failure = await unanswered(standin, session)
    else:
        standin.fail(fault)
        failure = await fail(channel(standin, session))
    told = f"{failure!r} {caplog.text}"
    assert all(secret not in told for secret in (TOKEN, SECRET, appsecret_proof(TOKEN, SECRET), "private"))
    assert failure.__cause__ is None
    assert failure.__suppress_context__ or failure.__context__ is None


def test_settings_keep_their_secrets_out_of_their_repr() -> None:
    shown = repr(WorkplaceSettings(access_token=TOKEN, app_secret=SECRET, verify_token="our-word"))
    assert not any(secret in shown for secret in (TOKEN, SECRET, "our-word"))


async def test_a_reply_goes_out_as_the_page_that_the_person_wrote_to(standin: StandIn, session: ClientSession) -> None:
    settings = WorkplaceSettings(
        access_token=TOKEN, app_secret=SECRET, account="7", page_tokens={"8": "token of 8"}, graph=standin.url
    )
    sender = WorkplaceChannel(settings, session)
    for page in ("7", "8"):
        here = replace(HERE, bot=page)
        [payload] = sender.render(MESSAGE, here)
        await sender.deliver(payload, here)
    first, second = await standin.wait_for(2)
    assert [first.authorization, second.authorization] == [f"Bearer {TOKEN}", "Bearer token of 8"]
    assert [settings.send_url(page) for page in ("7", "8")] == [
        f"{standin.url}/v25.0/7/messages",
        f"{standin.url}/v25.0/me/messages",
    ]
    assert second.query["appsecret_proof"] == appsecret_proof("token of 8", SECRET)
