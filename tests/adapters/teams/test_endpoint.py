"""A request from its bytes to its answer."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from multidict import CIMultiDict

from adapters.teams.activity import speaks_for_nobody
from adapters.teams.endpoint import Answer, Refused, TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from messages.errors import BadPayload, StoreError
from messages.inbound import ButtonPressed, ConversationStarted, Scope, TextReceived, Unhandled
from runtime.clock import unix_time
from tests.adapters.teams.activities import FIXTURES, PAYLOAD, Turns, activity, sample
from tests.adapters.teams.services import APP, Microsoft, token

LOCAL = "http://127.0.0.1:3979/"


@pytest.fixture
def open_door(session: aiohttp.ClientSession) -> TeamsEndpoint:
    """Without an app id, on loopback, everything sent to a stand-in."""
    settings = TeamsSettings(connector_override=LOCAL)
    return TeamsEndpoint(settings, session, now=unix_time, loopback=True)


async def receive(endpoint: TeamsEndpoint, handler: Turns, body: Any, **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return await endpoint.receive(data, CIMultiDict(headers), handler)


async def test_a_message_is_handled_and_answered_200(open_door: TeamsEndpoint) -> None:
    turns = Turns()
    assert await receive(open_door, turns, activity(text="hello")) == (200, None)
    assert [event.action for event in turns.seen] == [TextReceived("hello")]


EXECUTE = activity(
    "invoke",
    name="adaptiveCard/action",
    value={"action": {"type": "Action.Execute", "data": {"assent": PAYLOAD}}, "trigger": "manual"},
)


async def test_an_invoke_is_answered_at_once(open_door: TeamsEndpoint) -> None:
    answer = await receive(open_door, Turns("Yes ✓"), EXECUTE)
    assert answer == (
        200,
        {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Yes ✓"},
    )


async def test_an_invoke_without_an_answer_is_no_error(open_door: TeamsEndpoint) -> None:
    assert await receive(open_door, Turns(), EXECUTE) == (200, {"statusCode": 200})


async def test_a_body_that_is_no_activity_is_a_400_with_a_reason(open_door: TeamsEndpoint) -> None:
    for body in (b"{", b"[]", {}, activity(conversation=None), {**activity(), "from": {}}):
        turns = Turns()
        status, answer = await receive(open_door, turns, body)
        assert status == 400
        assert answer is not None
        assert answer["error"]
        assert turns.seen == []


async def test_an_activity_that_its_turn_can_not_use_is_a_400_and_is_told(session: aiohttp.ClientSession) -> None:
    heard: list[Refused] = []
    settings = TeamsSettings(connector_override=LOCAL)
    endpoint = TeamsEndpoint(settings, session, now=unix_time, loopback=True, on_refused=heard.append)
    status, _ = await receive(endpoint, Turns(failure=BadPayload("unknown bot")), activity())
    assert status == 400
    assert heard == [Refused("unknown bot")]


async def test_a_fault_of_the_store_comes_through_so_that_teams_sends_it_again(open_door: TeamsEndpoint) -> None:
    with pytest.raises(StoreError):
        await receive(open_door, Turns(failure=StoreError("the disk is full")), activity())


async def test_without_an_app_id_only_this_machine_is_heard_and_answered(session: aiohttp.ClientSession) -> None:
    turns = Turns()
    shut = TeamsEndpoint(TeamsSettings(), session, now=unix_time)
    status, _ = await receive(shut, turns, activity(serviceUrl=LOCAL))
    assert status == 401
    local = TeamsEndpoint(TeamsSettings(), session, now=unix_time, loopback=True)
    for elsewhere in ("https://smba.trafficmanager.net/", "http://127.0.0.1.evil.example/", "http://["):
        status, _ = await receive(local, turns, activity(serviceUrl=elsewhere))
        assert status == 400
    assert turns.seen == []
    for here in (LOCAL, "http://localhost:1/", "http://[::1]:1/"):
        assert await receive(local, turns, activity(serviceUrl=here)) == (200, None)
    for nowhere in (7, None, {}, "nowhere"):
        assert await receive(local, turns, activity(serviceUrl=nowhere)) == (200, None)
        assert turns.seen[-1].reference.service_url == ""


@pytest.fixture
def guarded(session: aiohttp.ClientSession, services: Microsoft) -> TeamsEndpoint:
    settings = TeamsSettings(app_id=APP, metadata=services.metadata)
    return TeamsEndpoint(settings, session, now=unix_time, loopback=True)


async def test_with_an_app_id_a_good_token_opens(guarded: TeamsEndpoint) -> None:
    turns = Turns()
    assert await receive(guarded, turns, activity(), authorization=f"Bearer {token()}") == (200, None)
    assert len(turns.seen) == 1


@pytest.mark.parametrize("bearer", ["", "Bearer", "Bearer x", "Basic x", f"Bearer {token(key_id='k9')}"])
async def test_without_a_good_token_nothing_is_read_and_the_reason_is_plain(
    guarded: TeamsEndpoint, bearer: str
) -> None:
    turns = Turns()
    for body in (activity(), b"{"):
        status, answer = await receive(guarded, turns, body, authorization=bearer)
        assert status == 401
        assert answer is not None
        assert answer["error"]
    assert turns.seen == []


async def test_without_keys_the_sender_should_try_again(guarded: TeamsEndpoint, services: Microsoft) -> None:
    services.up = False
    status, _ = await receive(guarded, Turns(), activity(), authorization=f"Bearer {token()}")
    assert status == 503
    await guarded.close()


def third_party() -> list[Path]:
    return [path for path in sorted(FIXTURES.rglob("*")) if path.suffix in {".json", ".transcript"}]


async def test_every_third_party_file_is_answered_without_a_fault(open_door: TeamsEndpoint) -> None:
    """A transcript is a list of activities; each is sent by itself, and the file as a whole, which is none."""
    if not third_party():
        pytest.skip("no third-party samples beside the project")
    for path in third_party():
        raw = path.read_bytes()
        status, _ = await receive(open_door, Turns(), raw)
        assert status in {200, 400, 501}, path.name
        whole = json.loads(raw.decode("utf-8-sig"))
        for at, one in enumerate(whole if isinstance(whole, list) else ()):
            turns = Turns()
            status, answer = await receive(open_door, turns, one)
            complete = all(one.get(name, {}).get("id") for name in ("from", "conversation"))
            assert status in ({200, 501} if complete else {200, 400}), (path.name, at, answer)
            assert len(turns.seen) == (status == 200 and not speaks_for_nobody(one))


async def sent(endpoint: TeamsEndpoint, name: str) -> tuple[int, Turns]:
    raw = sample(name)
    if raw is None:
        pytest.skip("no third-party samples beside the project")
    turns = Turns()
    status, _ = await receive(endpoint, turns, raw)
    return status, turns


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("SampleActivityChannelCreated.json", Unhandled("conversationUpdate channelCreated")),
    ],
)
async def test_third_party_activities(open_door: TeamsEndpoint, name: str, action: object) -> None:
    status, turns = await sent(open_door, name)
    assert status == 200
    assert [event.action for event in turns.seen] == [action]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("SampleActivityInvoke.json", 501),
        ("suggested_action_submit_invoke_activity.json", 501),
        ("cps_suggestedactions_out.json", 200),
        ("cps_typing_in.json", 200),
    ],
)
async def test_third_party_activities_in_which_no_person_speaks_to_us(
    open_door: TeamsEndpoint, name: str, answer: int
) -> None:
    status, turns = await sent(open_door, name)
    assert (status, turns.seen) == (answer, [])


@pytest.mark.parametrize("name", ["SampleTaskModuleMessagePayload.json", "TeamsChannelData.json"])
async def test_third_party_files_that_are_no_activity(open_door: TeamsEndpoint, name: str) -> None:
    status, turns = await sent(open_door, name)
    assert status == 400
    assert turns.seen == []


async def test_a_third_party_transcript_of_the_emulator(open_door: TeamsEndpoint) -> None:
    raw = sample("addItemWithButton.transcript")
    if raw is None:
        pytest.skip("no third-party samples beside the project")
    turns = Turns()
    for one in json.loads(raw.decode("utf-8-sig")):
        await receive(open_door, turns, one)
    by_the_person = [event for event in turns.seen if not isinstance(event.action, Unhandled)]
    assert isinstance(by_the_person[0].action, ConversationStarted)
    assert TextReceived("show tasks") in [event.action for event in by_the_person]
    assert ButtonPressed(payload="", form="submit") in [event.action for event in by_the_person]
    assert {event.reference.scope for event in by_the_person} == {Scope.PERSONAL}
    assert {event.sender.name for event in by_the_person} == {"User"}
    assert len({event.event_id for event in turns.seen}) == len(turns.seen)
