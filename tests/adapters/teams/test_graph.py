"""Looking people up in Microsoft Graph: each kind of answer, on loopback."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from adapters.port import NotFound, Profile
from adapters.teams.directory import DELETED, DISABLED, NO_TENANT, MicrosoftGraph, profile_of
from adapters.teams.directory import NO_PERMISSION as GIVE_PERMISSION
from adapters.teams.settings import TeamsSettings
from messages.addresses import Handle, HandleKind, handle_of
from messages.errors import RateLimited, TemporarilyFailed
from messages.import_rows import Reason
from standin.deliveries import DIRECTORY, SIGN_IN, Fault
from standin.people import StandInPerson
from standin.server import StandIn
from tests.adapters.teams.pacing import Watch

ANA = StandInPerson(
    "29:ana",
    aad="A-1",
    given_name="Ana",
    family_name="O'Neil",
    email="Ana.O'Neil@example.org",
    aliases=("ana@old.example",),
    phone="+33 1 23",
    locale="fr_FR",
    country="FR",
    external_id="E7",
)
EMAIL = Handle(HandleKind.EMAIL, "ana.o'neil@example.org")


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        running.people.add(ANA)
        yield running


def graph(session: ClientSession, standin: StandIn, watch: Watch | None = None, **settings: Any) -> MicrosoftGraph:
    whole = {
        "app_id": "app",
        "app_password": "a-secret-word",
        "tenant": "t1",
        "login": standin.url,
        "graph": standin.url,
        "timeout": 2.0,
    }
    watch = watch or Watch()
    return MicrosoftGraph(TeamsSettings(**{**whole, **settings}), session, monotonic=watch, sleep=watch.sleep)


@pytest.mark.parametrize(
    "value", ["ana.o'neil@example.org", "ANA@old.example", "E7"], ids=["address", "another of theirs", "external id"]
)
async def test_somebody_is_found(session: ClientSession, standin: StandIn, value: str) -> None:
    handle = handle_of(value)
    assert isinstance(handle, Handle)
    assert await graph(session, standin).look_up(handle) == Profile(
        name="Ana O'Neil",
        given_name="Ana",
        family_name="O'Neil",
        email="Ana.O'Neil@example.org",
        phone="+33 1 23",
        language="fr-FR",
        country="FR",
        aad_object_id="A-1",
        external_id="E7",
    )
    assert standin.people.questions[-1].authorization == "Bearer standin-token-1"


async def test_an_object_id_is_found_in_any_case(session: ClientSession, standin: StandIn) -> None:
    found = await graph(session, standin).look_up(Handle(HandleKind.AAD, "a-1"))
    assert isinstance(found, Profile)
    assert found.given_name == "Ana"


async def test_an_external_id_of_another_case_is_somebody_else(session: ClientSession, standin: StandIn) -> None:
    found = await graph(session, standin).look_up(Handle(HandleKind.EXTERNAL_ID, "e7"))
    assert found == NotFound(Reason.UNKNOWN)


@pytest.mark.parametrize("handle", [EMAIL, Handle(HandleKind.AAD, "a-1"), Handle(HandleKind.EXTERNAL_ID, "E7")])
@pytest.mark.parametrize("deleted", [False, True], ids=["disabled", "deleted"])
async def test_who_left_is_told_so(session: ClientSession, standin: StandIn, handle: Handle, deleted: bool) -> None:
    standin.people.add(
        StandInPerson("29:ana", aad="A-1", email=ANA.email, external_id="E7", enabled=False, deleted=deleted)
    )
    found = await graph(session, standin).look_up(handle)
    assert found == NotFound(Reason.LEFT, DELETED if deleted else DISABLED)


@pytest.mark.parametrize(
    "handle",
    [Handle(HandleKind.EMAIL, "bo@example.org"), Handle(HandleKind.AAD, "b"), Handle(HandleKind.EXTERNAL_ID, "b")],
)
async def test_nobody_is_unknown(session: ClientSession, standin: StandIn, handle: Handle) -> None:
    assert await graph(session, standin).look_up(handle) == NotFound(Reason.UNKNOWN)


async def test_two_accounts_with_one_address_are_ambiguous(session: ClientSession, standin: StandIn) -> None:
    standin.people.add(StandInPerson("29:twin", aad="A-2", aliases=(ANA.email,)))
    found = await graph(session, standin).look_up(EMAIL)
    assert isinstance(found, NotFound)
    assert found.reason is Reason.AMBIGUOUS


async def test_without_permission_it_says_which_to_give(session: ClientSession, standin: StandIn) -> None:
    standin.fail(Fault(channel=DIRECTORY, status=403, code="Authorization_RequestDenied"))
    assert await graph(session, standin).look_up(EMAIL) == NotFound(Reason.NO_PERMISSION, GIVE_PERMISSION)


async def test_without_a_tenant_nobody_is_asked(session: ClientSession, standin: StandIn) -> None:
    assert await graph(session, standin, tenant="").look_up(EMAIL) == NotFound(Reason.NO_PERMISSION, NO_TENANT)
    assert not standin.people.questions


async def test_a_limit_pauses_all_questions_for_as_long_as_it_says(session: ClientSession, standin: StandIn) -> None:
    watch = Watch()
    asking = graph(session, standin, watch)
    standin.fail(Fault(channel=DIRECTORY, status=429, retry_after=20))
    with pytest.raises(RateLimited) as limited:
        await asking.look_up(EMAIL)
    assert limited.value.retry_after == 20
    assert isinstance(await asking.look_up(EMAIL), Profile)
    assert watch.naps == [20]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(channel=DIRECTORY, status=500),
        Fault(channel=DIRECTORY, status=401, next=2),
        Fault(channel=DIRECTORY, drop="before", next=2),
        Fault(channel=SIGN_IN, status=400, code="invalid_client"),
        Fault(channel=DIRECTORY, status=200, body={"value": "nobody"}),
        Fault(channel=DIRECTORY, status=200, body={"value": [{"id": 7.5}]}),
        Fault(channel=DIRECTORY, status=200, body={"value": [{"id": "x" * 5000}]}),
    ],
    ids=["500", "401", "dropped", "no token", "no list", "no id", "an id without end"],
)
async def test_what_is_no_answer_is_worth_another_try(
    session: ClientSession, standin: StandIn, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    standin.fail(fault)
    with pytest.raises(TemporarilyFailed) as failed:
        await graph(session, standin).look_up(EMAIL)
    for private in ("a-secret-word", "o'neil", "standin-token"):
        assert private not in f"{failed.value!r} {failed.value.__cause__!r}"
        assert private not in caplog.text


async def test_a_refused_question_is_not_repeated(session: ClientSession, standin: StandIn) -> None:
    standin.fail(Fault(channel=DIRECTORY, status=400, code="Request_UnsupportedQuery"))
    found = await graph(session, standin).look_up(EMAIL)
    assert found == NotFound(Reason.UNKNOWN, "Microsoft Graph answered 400 Request_UnsupportedQuery")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELD = st.sampled_from(
    ["id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "mobilePhone", "businessPhones",
     "preferredLanguage", "country", "usageLocation", "employeeId", "accountEnabled"]
)  # fmt: skip


@given(st.dictionaries(FIELD, JSON))
def test_any_user_is_a_profile_or_no_answer(user: dict[str, Any]) -> None:
    try:
        found = profile_of(user)
    except TemporarilyFailed:
        return
    if isinstance(found, Profile):
        for name in found.__struct_fields__:
            value = getattr(found, name)
            assert value is None or (isinstance(value, str) and value.isprintable() and len(value) <= 2048)
