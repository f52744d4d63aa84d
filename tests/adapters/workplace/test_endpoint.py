"""A webhook from the first byte to the answer. Batches of several entries are written from Meta's documentation."""

from dataclasses import replace
from pathlib import Path

import pytest
from multidict import CIMultiDict

from adapters.port import TurnAnswer
from adapters.workplace.endpoint import WorkplaceEndpoint
from adapters.workplace.parse import Refused
from adapters.workplace.settings import WorkplaceSettings, sign_body
from messages.errors import BadPayload, BadSettings, StoreError
from messages.inbound import ConversationStarted, InboundEvent, ReactionChanged, TextReceived, Unhandled
from tests.adapters.workplace.webhooks import batch, body, event, text_event

SECRET = "app-secret"
SETTINGS = WorkplaceSettings(access_token="page-token", app_secret=SECRET, verify_token="our-word")
SAMPLES = Path(__file__).parents[3] / ".." / "shared" / "fixtures" / "messenger"


class Turns:
    """Keeps what it was given; refuses events as told."""

    def __init__(self, failing: dict[str, Exception] | None = None) -> None:
        self.seen: list[InboundEvent] = []
        self.failing = failing or {}

    async def __call__(self, event: InboundEvent) -> TurnAnswer:
        if event.event_id in self.failing:
            raise self.failing[event.event_id]
        self.seen.append(event)
        return TurnAnswer()


def signed(raw: bytes, secret: str = SECRET) -> CIMultiDict[str]:
    return CIMultiDict({"x-hub-signature-256": sign_body(raw, secret)})


async def test_a_signed_webhook_is_handled_in_order_and_answered_200() -> None:
    turns = Turns()
    raw = body(
        {"id": "7", "messaging": [text_event(mid="m_1"), text_event(mid="m_2")]},
        {"id": "8", "messaging": [text_event(mid="m_3")]},
    )
    assert await WorkplaceEndpoint(SETTINGS).receive(raw, signed(raw), turns) == (200, None)
    assert [event.event_id for event in turns.seen] == ["m_1", "m_2", "m_3"]


@pytest.mark.parametrize("headers", [CIMultiDict(), signed(b"{}"), signed(batch(text_event()), "another secret")])
async def test_a_webhook_that_is_not_metas_is_refused_before_it_is_read(headers: CIMultiDict[str]) -> None:
    turns = Turns()
    status, answer = await WorkplaceEndpoint(SETTINGS).receive(batch(text_event()), headers, turns)
    assert status == 401
    assert answer is not None
    assert answer["error"]
    assert turns.seen == []


async def test_a_body_that_can_not_be_read_is_a_400_with_a_reason() -> None:
    for raw in (b"{", b"[]", b"\xff" * 10):
        status, answer = await WorkplaceEndpoint(SETTINGS).receive(raw, signed(raw), Turns())
        assert status == 400
        assert answer is not None
        assert answer["error"]


async def test_one_bad_event_neither_loses_its_neighbours_nor_brings_them_again() -> None:
    heard: list[Refused] = []
    turns = Turns()
    endpoint = WorkplaceEndpoint(SETTINGS, on_refused=heard.append)
    raw = batch(text_event(mid="m_1"), event(sender=None, read={}), text_event(mid="m_2"))
    assert await endpoint.receive(raw, signed(raw), turns) == (200, None)
    assert [event.event_id for event in turns.seen] == ["m_1", "m_2"]
    assert heard == [Refused("entry[0].messaging[1]", "sender.id is missing or unreadable")]


async def test_what_came_to_another_page_is_skipped_and_its_neighbours_go_on() -> None:
    skipped: list[Refused] = []
    turns = Turns()
    endpoint = WorkplaceEndpoint(replace(SETTINGS, pages=frozenset({"7", "9"})), on_skipped=skipped.append)
    raw = body(
        {"id": "8", "messaging": [text_event("STOP", mid="m_1") | {"recipient": {"id": "8"}}]},
        {"id": 7, "messaging": [text_event(mid="m_2"), text_event(mid="m_3") | {"recipient": {"id": "8"}}]},
        {"id": "8", "standby": [text_event(mid="m_4")]},
        {"id": "9", "messaging": [text_event(mid="m_5") | {"recipient": 7}]},
    )
    assert await endpoint.receive(raw, signed(raw), turns) == (200, None)
    assert [(event.event_id, event.reference.bot) for event in turns.seen] == [("m_2", "7"), ("m_5", "9")]
    assert skipped == [
        Refused(place, "another page")
        for place in ("entry[0].messaging[0]", "entry[1].messaging[1]", "entry[2].standby[0]")
    ]


@pytest.mark.parametrize(("pages", "heard"), [({"7"}, ["m_1"]), ({"7", "9"}, []), (None, ["m_1"])])
async def test_a_page_that_can_not_be_read_is_the_only_one_there_is(pages: set[str] | None, heard: list[str]) -> None:
    turns = Turns()
    endpoint = WorkplaceEndpoint(replace(SETTINGS, pages=pages and frozenset(pages)))
    raw = body({"id": [], "messaging": [text_event("STOP", mid="m_1") | {"recipient": "7"}]})
    assert await endpoint.receive(raw, signed(raw), turns) == (200, None)
    assert [event.event_id for event in turns.seen] == heard


async def test_without_any_page_nothing_is_taken() -> None:
    raw = batch(text_event())
    turns = Turns()
    status, _ = await WorkplaceEndpoint(replace(SETTINGS, pages=frozenset())).receive(raw, signed(raw), turns)
    assert (status, turns.seen) == (401, [])


async def test_an_event_that_its_turn_can_not_use_is_passed_over() -> None:
    heard: list[Refused] = []
    turns = Turns({"m_1": BadPayload("unknown bot")})
    raw = batch(text_event(mid="m_1"), text_event(mid="m_2"))
    endpoint = WorkplaceEndpoint(SETTINGS, on_refused=heard.append)
    assert await endpoint.receive(raw, signed(raw), turns) == (200, None)
    assert [event.event_id for event in turns.seen] == ["m_2"]
    assert heard == [Refused("m_1", "unknown bot")]


async def test_a_fault_of_the_store_comes_through_so_that_meta_sends_it_again() -> None:
    turns = Turns({"m_2": StoreError("the disk is full")})
    raw = batch(text_event(mid="m_1"), text_event(mid="m_2"), text_event(mid="m_3"))
    with pytest.raises(StoreError):
        await WorkplaceEndpoint(SETTINGS).receive(raw, signed(raw), turns)
    assert [event.event_id for event in turns.seen] == ["m_1"]


async def test_a_fault_of_the_settings_comes_through_too() -> None:
    raw = batch(text_event(mid="m_1"))
    with pytest.raises(BadSettings):
        await WorkplaceEndpoint(SETTINGS).receive(raw, signed(raw), Turns({"m_1": BadSettings("no key")}))


async def test_without_an_app_secret_only_this_machine_is_heard() -> None:
    raw = batch(text_event())
    open_settings = WorkplaceSettings()
    status, _ = await WorkplaceEndpoint(open_settings).receive(raw, CIMultiDict(), Turns())
    assert status == 401
    status, _ = await WorkplaceEndpoint(open_settings, loopback=True).receive(raw, CIMultiDict(), Turns())
    assert status == 200


async def test_with_an_app_secret_this_machine_has_to_sign_too() -> None:
    raw = batch(text_event())
    status, _ = await WorkplaceEndpoint(SETTINGS, loopback=True).receive(raw, CIMultiDict(), Turns())
    assert status == 401


def test_metas_get_is_answered_with_its_challenge() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "our-word", "hub.challenge": "1158201444"}
    endpoint = WorkplaceEndpoint(SETTINGS)
    assert endpoint.verify(query) == (200, "1158201444")
    assert endpoint.verify(query | {"hub.verify_token": "x"})[0] == 403
    status, answer = endpoint.verify(query | {"hub.challenge": "<b>"})
    assert status == 400
    assert "<" not in answer


def samples() -> list[Path]:
    return sorted(SAMPLES.rglob("*.json"))


async def receive_sample(name: str) -> tuple[int, list[InboundEvent]]:
    found = [path for path in samples() if path.name == name]
    if not found:
        pytest.skip("no third-party samples beside the project")
    raw = found[0].read_bytes()
    turns = Turns()
    status, _ = await WorkplaceEndpoint(SETTINGS).receive(raw, signed(raw), turns)
    return status, turns.seen


async def test_every_third_party_sample_is_answered_without_a_fault() -> None:
    if not samples():
        pytest.skip("no third-party samples beside the project")
    for path in samples():
        status, _ = await receive_sample(path.name)
        assert status in {200, 400}, path.name


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("messaging-message-quickreply.json", TextReceived("quick reply text", form="chip")),
        ("messaging-postback-referral.json", ConversationStarted("ref_data_in_m_dot_me_param")),
        ("messaging-optin-basic.json", ConversationStarted("PASS_THROUGH_PARAM")),
        ("PayloadWithReferral.json", ConversationStarted("USER_DEFINED_REFERRAL_PARAM")),
        ("messaging-message-reply-2.json", TextReceived("hello, world!", form="reply")),
        ("messaging-reaction-1.json", ReactionChanged(added=("sad",))),
        ("messaging-message-isdeleted.json", Unhandled("message_deleted")),
        ("messaging-message-isunsupported.json", Unhandled("message_unsupported")),
        ("messaging-message-edits.json", TextReceived("hello, world!", form="edit")),
        ("messaging-accountlinking-unlinked.json", Unhandled("account_linking")),
        ("PayloadWithPassThreadControl.json", Unhandled("pass_thread_control")),
        ("PayloadWithRequestThreadControl.json", Unhandled("request_thread_control")),
    ],
)
async def test_what_a_third_party_sample_means(name: str, action: object) -> None:
    status, [event] = await receive_sample(name)
    assert (status, event.action) == (200, action)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("messaging-message-media-attachment.json", ["image"]),
        ("messaging-message-sticker.json", ["image"]),
        ("messaging-message-location-attachment.json", ["location"]),
        ("messaging-button-template.json", ["template"]),
        ("messaging-attachment-unsupported.json", ["unsupported_type"]),
    ],
)
async def test_attachments_of_third_party_samples(name: str, kinds: list[str]) -> None:
    _, [event] = await receive_sample(name)
    assert isinstance(event.action, TextReceived)
    assert [attachment.kind for attachment in event.action.attachments] == kinds


@pytest.mark.parametrize(
    "name",
    ["messaging-message-basic-echo.json", "standby-message-basic-echo.json", "permission-granted.wh-1.json"],
)
async def test_third_party_samples_that_make_no_event(name: str) -> None:
    assert await receive_sample(name) == (200, [])


@pytest.mark.parametrize("name", ["FacebookMessages.json", "Activities.json", "sendresponse_result.json"])
async def test_third_party_samples_that_are_no_webhooks(name: str) -> None:
    assert await receive_sample(name) == (400, [])


async def test_a_standby_sample_of_a_third_party() -> None:
    _, events = await receive_sample("PayloadWithStandby.json")
    assert [event.action for event in events] == [TextReceived("text"), Unhandled("standby"), Unhandled("standby")]
    assert len({event.event_id for event in events}) == 3


async def test_numeric_ids_of_a_third_party_sample_keep_their_digits() -> None:
    _, [event] = await receive_sample("messaging-message-quickreply.json")
    assert (event.sender.user, event.reference.bot) == ("987654321432", "1234567890321")
