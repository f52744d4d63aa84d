"""Where a bot's people are looked up, as its settings say."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from adapters.channels import no_directory
from adapters.port import DirectoryChain, NotFound, Profile
from adapters.teams.settings import Teams
from adapters.workplace.settings import Workplace
from config.settings import Bot, Settings
from messages.addresses import Handle, HandleKind
from messages.contact import Identity
from messages.import_rows import Reason
from messages.inbound import ConversationReference
from runtime.channels import BotChannels
from standin.deliveries import DIRECTORY, Fault
from standin.people import StandInPerson
from standin.server import StandIn
from tests.runtime.people import Told

EMAIL = Handle(HandleKind.EMAIL, "ana@example.org")


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as shared:
        yield shared


def settings(standin: StandIn, *, graph: bool = True, members: bool = True) -> Settings:
    bot = Bot(
        teams=Teams(directory="graph" if graph else "off"),
        workplace=Workplace(directory="members" if members else "off"),
    )
    return Settings(connector=standin.url, bots={"demo": bot})


async def found(session: ClientSession, chosen: Settings) -> Profile | NotFound:
    directories = BotChannels(chosen, "demo", session)
    try:
        return await directories.chain.look_up(EMAIL)
    finally:
        await directories.close()


async def test_one_directory_after_another_is_asked(standin: StandIn, session: ClientSession) -> None:
    standin.people.add(StandInPerson("7", email="ana@example.org", given_name="Ana"))
    for chosen in (settings(standin), settings(standin, graph=False)):
        ana = await found(session, chosen)
        assert isinstance(ana, Profile)
        assert ana.identity == Identity("workplace", "7")
    asked = [question.path for question in standin.people.questions]
    assert asked == [
        "/v1.0/users",
        "/v1.0/directory/deletedItems/microsoft.graph.user",
        *["/v25.0/ana@example.org"] * 2,
    ]


async def test_none_is_asked_unless_one_is_turned_on(standin: StandIn, session: ClientSession) -> None:
    off = settings(standin, graph=False, members=False)
    assert await found(session, off) == NotFound(Reason.NO_PERMISSION, no_directory())
    assert not BotChannels(off, "demo", session).chain.looks_up
    assert BotChannels(settings(standin, members=False), "demo", session).chain.looks_up
    assert not standin.people.questions


async def test_the_most_telling_reason_is_given(standin: StandIn, session: ClientSession) -> None:
    assert await found(session, settings(standin)) == NotFound(Reason.UNKNOWN)
    standin.fail(Fault(channel=DIRECTORY, status=403, code="Authorization_RequestDenied"))
    denied = await found(session, settings(standin))
    assert isinstance(denied, NotFound)
    assert denied.reason is Reason.NO_PERMISSION
    standin.people.add(StandInPerson("29:ana", aad="a", email="ana@example.org", deleted=True))
    left = await found(session, settings(standin, members=False))
    assert isinstance(left, NotFound)
    assert left.reason is Reason.LEFT


async def test_each_channel_tells_of_its_own_people() -> None:
    ana = Profile(name="Ana")
    chain = DirectoryChain({"teams": Told(ana=ana)}, [])
    here = ConversationReference(channel="teams", conversation="a", user="ana")
    assert await chain.profile(here) == ana
    elsewhere = ConversationReference(channel="terminal", conversation="a", user="ana")
    assert await chain.profile(elsewhere) == NotFound(Reason.UNKNOWN, "terminal tells nothing about people")
