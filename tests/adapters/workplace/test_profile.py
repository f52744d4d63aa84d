"""Graph's word on who people are: Messenger's profiles and a Workplace's members, on loopback."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from adapters.directories import language_of, zone_of
from adapters.port import NotFound, Profile
from adapters.workplace.directory import (
    BURST,
    DEACTIVATED,
    NO_PERMISSION,
    NOT_WORKPLACE,
    WorkplaceDirectory,
    profile_of,
)
from adapters.workplace.settings import WorkplaceSettings, appsecret_proof
from messages.addresses import Handle, HandleKind
from messages.contact import Identity
from messages.errors import RateLimited, TemporarilyFailed
from messages.import_rows import Reason
from messages.inbound import ConversationReference
from standin.deliveries import DIRECTORY, Fault
from standin.people import StandInPerson
from standin.server import StandIn
from tests.adapters.teams.pacing import Watch

HERE = ConversationReference(channel="workplace", conversation="42", user="42")
ANA = StandInPerson(
    "42",
    given_name="Ana",
    family_name="Silva",
    email="ana@example.org",
    phone="+351",
    locale="pt_PT",
    hours=1,
    gender="female",
    picture="https://example.org/ana.jpg",
    external_id="E7",
)
TOKEN, SECRET = "page-token", "app-secret"


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        running.people.add(ANA)
        yield running


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as shared:
        yield shared


def directory(
    session: ClientSession, standin: StandIn, watch: Watch | None = None, *, members: bool = False
) -> WorkplaceDirectory:
    settings = WorkplaceSettings(
        access_token=TOKEN, app_secret=SECRET, graph=standin.url, timeout=60.0, looks_up=members
    )
    watch = watch or Watch()
    return WorkplaceDirectory(settings, session, monotonic=watch, sleep=watch.sleep)


async def test_messenger_tells_a_profile(session: ClientSession, standin: StandIn) -> None:
    assert await directory(session, standin).profile(HERE) == Profile(
        identity=Identity("workplace", "42"),
        name="Ana Silva",
        given_name="Ana",
        family_name="Silva",
        gender="female",
        language="pt-PT",
        time_zone="Etc/GMT-1",
        avatar="https://example.org/ana.jpg",
    )
    (question,) = standin.people.questions
    assert question.path == "/v25.0/42"
    assert question.authorization == f"Bearer {TOKEN}"
    assert question.query["appsecret_proof"] == appsecret_proof(TOKEN, SECRET)
    assert TOKEN not in str(question.query)


async def test_what_the_page_may_not_see_is_asked_for_once(session: ClientSession, standin: StandIn) -> None:
    standin.people.add(StandInPerson("42", given_name="Ana", locale="pt_PT", permitted=False))
    asking = directory(session, standin)
    for _ in range(2):
        found = await asking.profile(HERE)
        assert isinstance(found, Profile)
        assert (found.name, found.language) == ("Ana", "")
    asked = [question.query["fields"] for question in standin.people.questions]
    assert asked == [
        "first_name,last_name,profile_pic,locale,timezone,gender",
        *["first_name,last_name,profile_pic"] * 2,
    ]


async def test_a_member_of_a_workplace_has_an_address(session: ClientSession, standin: StandIn) -> None:
    found = await directory(session, standin, members=True).profile(HERE)
    assert isinstance(found, Profile)
    assert (found.email, found.phone, found.external_id) == ("ana@example.org", "+351", "E7")
    assert found.avatar == "https://example.org/ana.jpg"


@pytest.mark.parametrize("handle", [Handle(HandleKind.EMAIL, "ana@example.org"), Handle(HandleKind.EXTERNAL_ID, "E7")])
async def test_a_member_is_looked_up(session: ClientSession, standin: StandIn, handle: Handle) -> None:
    found = await directory(session, standin, members=True).look_up(handle)
    assert isinstance(found, Profile)
    assert found.identity == Identity("workplace", "42")


@pytest.mark.parametrize(
    "handle", [Handle(HandleKind.EMAIL, "bo@example.org"), Handle(HandleKind.EXTERNAL_ID, "B"),
               Handle(HandleKind.EXTERNAL_ID, "E7,E8"), Handle(HandleKind.AAD, "a")]
)  # fmt: skip
async def test_nobody_is_unknown(session: ClientSession, standin: StandIn, handle: Handle) -> None:
    assert await directory(session, standin, members=True).look_up(handle) == NotFound(Reason.UNKNOWN)


async def test_who_was_deactivated_has_left(session: ClientSession, standin: StandIn) -> None:
    standin.people.add(StandInPerson("42", given_name="Ana", email="ana@example.org", enabled=False))
    found = await directory(session, standin, members=True).look_up(Handle(HandleKind.EMAIL, "ana@example.org"))
    assert found == NotFound(Reason.LEFT, DEACTIVATED)


async def test_messenger_lets_nobody_be_looked_up(session: ClientSession, standin: StandIn) -> None:
    found = await directory(session, standin).look_up(Handle(HandleKind.EMAIL, "ana@example.org"))
    assert found == NotFound(Reason.NO_PERMISSION, NOT_WORKPLACE)
    assert not standin.people.questions


def refusal(code: int, subcode: int = 0) -> dict[str, Any]:
    return {"error": {"message": "private", "type": "OAuthException", "code": code, "error_subcode": subcode}}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (refusal(100, 2018218), NotFound(Reason.UNKNOWN)),
        (refusal(100, 33), NotFound(Reason.UNKNOWN)),
        (refusal(100), NotFound(Reason.UNKNOWN)),
        (refusal(803), NotFound(Reason.UNKNOWN)),
        (refusal(551, 1545041), NotFound(Reason.UNKNOWN)),
        (refusal(10), NotFound(Reason.NO_PERMISSION, NO_PERMISSION)),
        (refusal(100, 2018247), NotFound(Reason.NO_PERMISSION, NO_PERMISSION)),
    ],
)
async def test_a_refusal_says_why(
    session: ClientSession, standin: StandIn, body: dict[str, Any], found: NotFound
) -> None:
    standin.fail(Fault(channel=DIRECTORY, status=400, body=body, next=3))
    assert await directory(session, standin).profile(HERE) == found


@pytest.mark.parametrize(
    "fault",
    [
        Fault(channel=DIRECTORY, status=400, body=refusal(190)),
        Fault(channel=DIRECTORY, status=500, body=refusal(2)),
        Fault(channel=DIRECTORY, status=500, body={}),
        Fault(channel=DIRECTORY, status=404, body={}),
        Fault(channel=DIRECTORY, drop="before", next=2),
        Fault(channel=DIRECTORY, status=200, body={}),
        Fault(channel=DIRECTORY, status=200, body={"id": [1], "first_name": {"a": 1}}),
    ],
    ids=["token", "passing", "500", "not graph", "dropped", "nothing", "of other types"],
)
async def test_what_is_no_answer_is_worth_another_try(
    session: ClientSession, standin: StandIn, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    standin.fail(fault)
    with pytest.raises(TemporarilyFailed) as failed:
        await directory(session, standin).profile(HERE)
    for private in (TOKEN, SECRET, "private"):
        assert private not in f"{failed.value!r} {failed.value.__cause__!r} {caplog.text}"


async def test_a_limit_pauses_all_questions(session: ClientSession, standin: StandIn) -> None:
    watch = Watch()
    asking = directory(session, standin, watch)
    standin.fail(Fault(channel=DIRECTORY, status=400, body=refusal(613), retry_after=9))
    with pytest.raises(RateLimited):
        await asking.profile(HERE)
    await asking.profile(HERE)
    assert watch.naps == [9]


async def test_it_keeps_to_its_rate(session: ClientSession, standin: StandIn) -> None:
    watch = Watch()
    asking = directory(session, standin, watch)
    for _ in range(BURST + 1):
        await asking.profile(HERE)
    assert watch.naps == [pytest.approx(0.2)]


@pytest.mark.parametrize(
    ("hours", "zone"),
    [(2, "Etc/GMT-2"), (-8, "Etc/GMT+8"), (0, "Etc/GMT"), (14, "Etc/GMT-14"), (-12, "Etc/GMT+12"), (3.0, "Etc/GMT-3"),
     (5.5, ""), (15, ""), (-13, ""), ("2", ""), (True, ""), (None, ""), (float("inf"), ""), (float("nan"), "")],
)  # fmt: skip
def test_hours_ahead_of_utc_are_a_zone(hours: object, zone: str) -> None:
    assert zone_of(hours) == zone


@pytest.mark.parametrize(("locale", "language"), [("pt_BR", "pt-BR"), ("en", "en"), ("?", ""), (7, ""), ("a" * 99, "")])
def test_a_locale_is_a_language(locale: object, language: str) -> None:
    assert language_of(locale) == language


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "url", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELD = st.sampled_from(
    ["id", "name", "first_name", "last_name", "email", "primary_phone", "profile_pic", "picture", "locale", "timezone",
     "gender", "external_id", "account_deactivate_time"]
)  # fmt: skip


@given(st.dictionaries(FIELD, JSON))
def test_any_answer_is_a_profile_or_none(person: dict[str, Any]) -> None:
    try:
        found = profile_of(person)
    except TemporarilyFailed:
        return
    if isinstance(found, Profile):
        texts = [getattr(found, name) for name in found.__struct_fields__ if name != "identity"]
        assert all(isinstance(text, str) and text.isprintable() and len(text) <= 2048 for text in texts)
