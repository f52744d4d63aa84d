"""Teams' word on who the person of a conversation is, on loopback."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from adapters.port import NotFound, Profile
from adapters.teams.connector import TeamsChannel
from adapters.teams.directory import BOT_BURST, THREAD_BURST, TURN_IT_ON, MicrosoftGraph, TeamsDirectory, member_of
from adapters.teams.settings import TeamsSettings
from messages.addresses import Handle, HandleKind
from messages.errors import RateLimited, TemporarilyFailed
from messages.import_rows import Reason
from messages.inbound import ConversationReference
from standin.deliveries import DIRECTORY, Fault
from standin.people import StandInPerson
from standin.server import StandIn
from tests.adapters.teams.pacing import Watch

ANA = StandInPerson(
    "29:1/ana+b", aad="A-1", given_name="Ana", family_name="Silva", email="ana@example.org", phone="1", country="PT"
)


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        running.people.add(ANA)
        yield running


def at(standin: StandIn, **fields: Any) -> ConversationReference:
    whole = {"conversation": "a:1/2;x", "user": ANA.user, "service_url": standin.url}
    return ConversationReference(channel="teams", **{**whole, **fields})


def directory(
    session: ClientSession, standin: StandIn, watch: Watch | None = None, *, with_graph: bool = False
) -> TeamsDirectory:
    settings = TeamsSettings(
        app_id="app",
        app_password="p",
        tenant="t",
        login=standin.url,
        graph=standin.url,
        service_urls=(standin.url,),
        timeout=60.0,
    )
    watch = watch or Watch()
    channel = TeamsChannel(settings, session, monotonic=watch)
    graph = MicrosoftGraph(settings, session, monotonic=watch, sleep=watch.sleep) if with_graph else None
    return TeamsDirectory(channel, graph, monotonic=watch, sleep=watch.sleep)


async def test_a_member_is_told_with_our_token(session: ClientSession, standin: StandIn) -> None:
    assert await directory(session, standin).profile(at(standin)) == Profile(
        name="Ana Silva", given_name="Ana", family_name="Silva", email="ana@example.org", aad_object_id="A-1"
    )
    (question,) = standin.people.questions
    assert question.path == "/v3/conversations/a:1/2;x/members/29:1/ana+b"
    assert question.authorization == "Bearer standin-token-1"


async def test_graph_adds_what_the_roster_leaves_out(session: ClientSession, standin: StandIn) -> None:
    found = await directory(session, standin, with_graph=True).profile(at(standin))
    assert isinstance(found, Profile)
    assert (found.name, found.phone, found.country) == ("Ana Silva", "1", "PT")


async def test_the_roster_is_enough_when_graph_fails(session: ClientSession, standin: StandIn) -> None:
    asking = directory(session, standin, with_graph=True)
    await asking.profile(at(standin))
    standin.fail(Fault(channel=DIRECTORY, status=200, body={"id": "29:x", "name": "Ana"}))
    standin.people.add(StandInPerson(ANA.user, given_name="Anna"))
    assert await asking.profile(at(standin)) == Profile(name="Ana")
    standin.people.add(ANA)
    standin.fail(Fault(channel=DIRECTORY, status=200, body={"id": "29:x", "name": "Ana", "objectId": "A-1"}))
    standin.fail(Fault(channel=DIRECTORY, status=503))
    assert await asking.profile(at(standin)) == Profile(name="Ana", aad_object_id="A-1")


@pytest.mark.parametrize(
    ("status", "reason"), [(403, Reason.NOT_IN_GROUPS), (404, Reason.UNKNOWN), (400, Reason.UNKNOWN)]
)
async def test_who_can_not_be_told_is_not_found(
    session: ClientSession, standin: StandIn, status: int, reason: Reason
) -> None:
    standin.fail(Fault(channel=DIRECTORY, status=status, code="SomeCode"))
    found = await directory(session, standin).profile(at(standin))
    assert isinstance(found, NotFound)
    assert found.reason is reason
    assert found.detail.endswith(f"Teams answered {status} SomeCode")


async def test_without_a_conversation_nobody_is_asked(session: ClientSession, standin: StandIn) -> None:
    found = await directory(session, standin).profile(at(standin, conversation=""))
    assert isinstance(found, NotFound)
    assert not standin.people.questions


@pytest.mark.parametrize(
    "fault",
    [
        Fault(channel=DIRECTORY, status=500),
        Fault(channel=DIRECTORY, status=502),
        Fault(channel=DIRECTORY, drop="before", next=2),
        Fault(channel=DIRECTORY, status=200, body={"name": "nobody"}),
        Fault(channel=DIRECTORY, status=200, body={"id": ["29:ana"]}),
    ],
    ids=["500", "502", "dropped", "no id", "an id that is none"],
)
async def test_what_is_no_answer_is_worth_another_try(session: ClientSession, standin: StandIn, fault: Fault) -> None:
    standin.fail(fault)
    with pytest.raises(TemporarilyFailed):
        await directory(session, standin).profile(at(standin))


async def test_a_limit_pauses_the_thread(session: ClientSession, standin: StandIn) -> None:
    watch = Watch()
    asking = directory(session, standin, watch)
    standin.fail(Fault(channel=DIRECTORY, status=429, retry_after=12))
    with pytest.raises(RateLimited):
        await asking.profile(at(standin))
    await asking.profile(at(standin, conversation="a:other"))
    assert watch.naps == []
    await asking.profile(at(standin))
    assert watch.naps == [12]


async def test_one_thread_and_one_bot_keep_to_their_rates(session: ClientSession, standin: StandIn) -> None:
    watch = Watch()
    asking = directory(session, standin, watch)
    for number in range(BOT_BURST):
        await asking.profile(at(standin, conversation=f"a:{number}"))
    assert watch.naps == []
    await asking.profile(at(standin, conversation="a:more"))
    assert watch.naps == [pytest.approx(0.1)]
    watch.seconds += 100
    for _ in range(THREAD_BURST + 1):
        await asking.profile(at(standin))
    assert watch.naps[-1] == pytest.approx(1 / 0.95)


async def test_looking_up_is_turned_on_by_a_setting(session: ClientSession, standin: StandIn) -> None:
    email = Handle(HandleKind.EMAIL, "ana@example.org")
    assert await directory(session, standin).look_up(email) == NotFound(Reason.NO_PERMISSION, TURN_IT_ON)
    found = await directory(session, standin, with_graph=True).look_up(email)
    assert isinstance(found, Profile)
    assert found.aad_object_id == "A-1"


@pytest.mark.parametrize(
    ("member", "address"),
    [
        ({"email": "ana@example.org", "userPrincipalName": "a@example.org"}, "ana@example.org"),
        ({"email": None, "userPrincipalName": "a@example.org"}, "a@example.org"),
        ({"userPrincipalName": "ana_example.org#EXT#@tenant.onmicrosoft.com"}, ""),
        ({"email": "not an address"}, ""),
    ],
)
def test_an_address_is_the_members_or_what_they_sign_in_with(member: dict[str, str | None], address: str) -> None:
    assert member_of(orjson.dumps({"id": "29:ana", **member})).email == address


@given(
    st.binary()
    | st.dictionaries(st.sampled_from(["id", "name", "objectId", "email"]), st.text() | st.none()).map(orjson.dumps)
)
def test_any_answer_is_a_profile_or_none(body: bytes) -> None:
    try:
        found = member_of(body)
    except TemporarilyFailed:
        return
    assert all(not value or str(value).isprintable() for value in (found.name, found.email, found.aad_object_id))
