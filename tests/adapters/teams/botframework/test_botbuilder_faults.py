"""Where botbuilder 4.17.1 fails, and this channel does not: each fault shown on both, side by side.

Two more stand where they belong: fields that are lost (test_activities.py), middleware that is (test_adapter.py).
botbuilder's `CloudAdapter` answers 401 to a PermissionError, and 500 to any other exception.
"""

import asyncio
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import jwt
import orjson
import pytest
from botbuilder.core import CloudAdapterBase, TurnContext
from botbuilder.schema import Activity
from botframework.connector.auth import (
    BotFrameworkAuthenticationFactory,
    ChannelValidation,
    ClaimsIdentity,
    JwtTokenValidation,
    SimpleCredentialProvider,
)
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor
from multidict import CIMultiDict

from adapters.teams.auth import MIN_PAUSE, KeyCache
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from messages.inbound import ConversationReference
from runtime.clock import unix_time
from tests.adapters.teams.activities import SERVICE, Turns, activity
from tests.adapters.teams.services import APP, OTHER_KEY, Clock, Microsoft, jwk, token


@pytest.fixture
def botbuilders_keys(services: Microsoft, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let botbuilder ask the same service for keys; it has a setting for that."""
    monkeypatch.setattr(ChannelValidation, "open_id_metadata_endpoint", services.metadata)


async def botbuilder(bearer: str) -> ClaimsIdentity:
    """What botbuilder makes of a token. In a thread: it blocks, and the service answers from this one."""
    incoming = Activity(type="message", channel_id="msteams", service_url=SERVICE)

    def check() -> ClaimsIdentity:
        credentials = SimpleCredentialProvider(APP, "")
        return asyncio.run(JwtTokenValidation.authenticate_request(incoming, f"Bearer {bearer}", credentials))

    return await asyncio.to_thread(check)


async def ours(session: aiohttp.ClientSession, services: Microsoft, bearer: str) -> int:
    """The status of our answer to the same token."""
    endpoint = TeamsEndpoint(TeamsSettings(app_id=APP, metadata=services.metadata), session, now=unix_time)
    headers = CIMultiDict({"Authorization": f"Bearer {bearer}"})
    status, _ = await endpoint.receive(orjson.dumps(activity()), headers, Turns())
    return status


@pytest.mark.usefixtures("botbuilders_keys")
async def test_a_good_token_is_good_for_both(session: aiohttp.ClientSession, services: Microsoft) -> None:
    assert (await botbuilder(token())).is_authenticated
    assert await ours(session, services, token()) == 200


@pytest.mark.usefixtures("botbuilders_keys")
@pytest.mark.parametrize(
    ("bad", "raised"),
    [
        (token(key_id="k9"), IndexError),
        (token(OTHER_KEY), jwt.InvalidSignatureError),
        (token(exp=time.time() - 3600), jwt.ExpiredSignatureError),
        ("no.j.wt", jwt.DecodeError),
    ],
    ids=["an unknown key", "another's signature", "expired", "no JWT"],
)
async def test_a_bad_token_is_the_senders_fault(
    session: aiohttp.ClientSession, services: Microsoft, bad: str, raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        await botbuilder(bad)
    assert await ours(session, services, bad) == 401


@pytest.mark.usefixtures("botbuilders_keys")
async def test_a_channel_that_the_key_is_not_endorsed_for(session: aiohttp.ClientSession, services: Microsoft) -> None:
    services.keys = [jwk("k1", endorsements=("directline",))]
    with pytest.raises(Exception, match="endorsement") as refused:
        await botbuilder(token())
    assert type(refused.value) is Exception
    assert await ours(session, services, token()) == 401


@pytest.mark.usefixtures("botbuilders_keys")
async def test_a_token_without_an_end_is_refused(session: aiohttp.ClientSession, services: Microsoft) -> None:
    endless = token(exp=None)
    assert (await botbuilder(endless)).is_authenticated
    assert await ours(session, services, endless) == 401


async def test_a_new_key_of_the_service_is_found(session: aiohttp.ClientSession, services: Microsoft) -> None:
    theirs = JwtTokenExtractor.get_open_id_metadata(services.metadata)
    clock = Clock()
    keys = KeyCache(session, metadata=services.metadata, monotonic=clock)
    await asyncio.to_thread(lambda: asyncio.run(theirs.get("k1")))
    await keys.get("k1")
    services.keys.append(jwk("k2", OTHER_KEY))
    clock.seconds += MIN_PAUSE
    with pytest.raises(IndexError):
        await theirs.get("k2")
    assert await keys.get("k2") is not None


async def beside(keys: Any, ran: asyncio.Event | None = None) -> bool:
    """Ask for a key; tell whether other work went on before it came."""
    went_on = False

    async def work() -> None:
        nonlocal went_on
        went_on = True
        if ran is not None:
            ran.set()

    other = asyncio.create_task(work())
    await keys.get("k1")
    before = went_on
    await other
    return before


async def test_other_turns_go_on_while_keys_are_fetched(session: aiohttp.ClientSession, services: Microsoft) -> None:
    services.gate = asyncio.Event()
    theirs = JwtTokenExtractor.get_open_id_metadata(services.metadata)
    blocked = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(beside(theirs))))
    await services.asked.wait()
    services.gate.set()
    assert not await blocked

    services.gate.clear()
    ran = asyncio.Event()
    free = asyncio.create_task(beside(KeyCache(session, metadata=services.metadata), ran))
    await ran.wait()
    services.gate.set()
    assert await free


class EchoOnCloudAdapter(CloudAdapterBase):  # type: ignore[misc]  # botbuilder has no types
    """botbuilder's adapter without its web framework."""

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        raise NotImplementedError

    async def delete_activity(self, context: TurnContext, reference: Any) -> None:
        raise NotImplementedError


async def echo_by_botbuilder(services: Microsoft) -> None:
    """One turn of botbuilder's, with one reply."""
    adapter = EchoOnCloudAdapter(BotFrameworkAuthenticationFactory.create())
    incoming = Activity().deserialize(activity(serviceUrl=services.url, conversation={"id": "c"}))

    async def echo(context: TurnContext) -> None:
        await context.send_activity("hello")

    await adapter.process_activity("", incoming, echo)


async def test_replies_share_connections(session: aiohttp.ClientSession, services: Microsoft) -> None:
    for _ in range(5):
        await echo_by_botbuilder(services)
    assert len(services.calls) == 5
    assert len(services.connections) == 5

    services.connections.clear()
    channel = TeamsChannel(TeamsSettings(), session)
    reference = ConversationReference("teams", "c", "29:ana", "28:bot", services.url)
    for _ in range(5):
        await channel.deliver({"type": "message", "text": "hello"}, reference)
    assert len(services.calls) == 10
    assert len(services.connections) == 1


async def order_of(sending: Awaitable[object], services: Microsoft, *, waits_for_the_thread: bool) -> list[str]:
    """What comes first while the connector takes its time: its answer, or other work for the only thread there is."""
    order: list[str] = []
    arrived, gate = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        arrived.set()
        await gate.wait()
        order.append("answer")

    services.hang = hang
    sent = asyncio.ensure_future(sending)
    await arrived.wait()
    other = asyncio.get_running_loop().run_in_executor(None, order.append, "other work")
    if waits_for_the_thread:
        await other
    gate.set()
    await asyncio.gather(sent, other)
    return order


async def test_a_slow_connector_holds_no_thread(session: aiohttp.ClientSession, services: Microsoft) -> None:
    """It holds one of botbuilder: of asyncio's, of which a machine with two cores has six. So many slow answers, and
    nothing more is sent.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    theirs = echo_by_botbuilder(services)
    assert await order_of(theirs, services, waits_for_the_thread=False) == ["answer", "other work"]

    reference = ConversationReference("teams", "c", "29:ana", "28:bot", services.url)
    sending = TeamsChannel(TeamsSettings(), session).deliver({"type": "message", "text": "hello"}, reference)
    assert await order_of(sending, services, waits_for_the_thread=True) == ["other work", "answer"]
