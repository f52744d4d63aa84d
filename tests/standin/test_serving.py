"""What a person sees of a delivery, and that the printed commands press the buttons."""

import asyncio
import io
import re
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

import msgspec
import orjson
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from rich.console import Console

from adapters.port import TurnAnswer
from adapters.teams import parse as teams
from adapters.workplace import parse as workplace
from adapters.workplace.endpoint import WorkplaceEndpoint
from adapters.workplace.render import render
from adapters.workplace.settings import WorkplaceSettings
from messages.effects import OutgoingButton, OutgoingCard, OutgoingCarousel, OutgoingMessage, OutgoingText
from messages.errors import BadSettings
from messages.inbound import ButtonPressed, ConversationReference, InboundEvent, Scope
from standin.screen import serve
from standin.server import StandIn

SECRET = "development-secret"
HERE = ConversationReference(channel="workplace", conversation="42", user="42")
MESSAGE = OutgoingMessage(
    id="m_1",
    parts=(
        OutgoingText(
            "Would you like tips?",
            buttons=(OutgoingButton("It's a yes", payload="a1:demo:1:yes::AAAAAAAAAAAAAAAAAAAAAA"),),
        ),
        OutgoingCarousel(
            (
                OutgoingCard(
                    "Sleep",
                    subtitle="Rest better",
                    buttons=(OutgoingButton("More", payload="a1:demo:1:sleep::AAAAAAAAAAAAAAAAAAAAAA"),),
                ),
                OutgoingCard("Move", buttons=(OutgoingButton("Our site", url="https://example.org/"),)),
            )
        ),
    ),
    quick_replies=(OutgoingButton("Later", payload="a1:demo:1:later::AAAAAAAAAAAAAAAAAAAAAA"),),
)
HERO: Mapping[str, Any] = {
    "type": "message",
    "text": "Hello",
    "from": {"id": "28:bot"},
    "recipient": {"id": "29:mara"},
    "attachments": [
        {
            "contentType": "application/vnd.microsoft.card.hero",
            "content": {
                "title": "Sleep",
                "subtitle": "Rest better",
                "images": [{"url": "https://example.org/s.png"}],
                "buttons": [
                    {
                        "type": "messageBack",
                        "title": "Yes",
                        "text": "Yes!",
                        "value": {"payload": "a1:demo:1:yes::AAAAAAAAAAAAAAAAAAAAAA"},
                    },
                    {"type": "openUrl", "title": "Our site", "value": "https://example.org/"},
                    {"type": "imBack", "title": "Help", "value": "help"},
                ],
            },
        },
        {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "body": [{"type": "Container", "items": [{"type": "TextBlock", "text": "Deep inside"}]}],
                "actions": [
                    {
                        "type": "Action.Submit",
                        "title": "Send",
                        "data": {"payload": "a1:demo:1:send::AAAAAAAAAAAAAAAAAAAAAA"},
                    }
                ],
            },
        },
        {"contentType": "image/png", "contentUrl": "https://example.org/lake.png"},
    ],
    "suggestedActions": {"actions": [{"type": "imBack", "title": "Later", "value": "later"}]},
}


class Paper(io.StringIO):
    """Tells when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    def flush(self) -> None:
        self.written.set()


class Screen:
    """What a running stand-in printed."""

    def __init__(self) -> None:
        self.file = Paper()
        self.console = Console(file=self.file, width=100)

    @property
    def text(self) -> str:
        return self.file.getvalue()

    @property
    def commands(self) -> list[str]:
        lines = (re.match(r"\[\d+\] (.*curl .*)", line) for line in self.text.splitlines())
        return [line[1] for line in lines if line]


class Bot:
    """Where the printed commands lead: keeps what their requests held."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, bytes, Mapping[str, str]]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((request.path, await request.read(), request.headers))
        return web.Response()

    @property
    def activities(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body, _ in self.requests]


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    bot, application = Bot(), web.Application()
    application.router.add_route("*", "/{path:.*}", bot.take)
    async with TestServer(application) as server:
        bot.url = str(server.make_url("")).rstrip("/")
        yield bot


async def paste(command: str) -> None:
    """Run a command as somebody who pastes it into a shell."""
    done = await asyncio.create_subprocess_exec("sh", "-c", command, stderr=PIPE)
    _, complaint = await done.communicate()
    assert (done.returncode, complaint) == (0, b"")


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[tuple[Screen, ClientSession]]:
    screen = Screen()
    running = asyncio.create_task(serve(port=0, app_secret=SECRET, console=screen.console, **options))
    try:
        await screen.file.written.wait()
        address = re.search(r"http://127\.0\.0\.1:\d+", screen.text)
        assert address
        async with ClientSession(address[0]) as client:
            yield screen, client
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def send_message(client: ClientSession, to: ConversationReference = HERE) -> None:
    for payload in render(MESSAGE, to):
        async with client.post("/v25.0/me/messages", json=payload) as answer:
            assert answer.status == 200


async def send_activity(client: ClientSession, activity: Mapping[str, Any] = HERO, place: str = "a:1x") -> None:
    async with client.post(f"/v3/conversations/{quote(place, safe='')}/activities", json=activity) as answer:
        assert answer.status == 201


async def test_a_messenger_message_is_drawn_with_cards_side_by_side() -> None:
    async with serving() as (screen, client):
        await send_message(client)
    assert "Would you like tips?" in screen.text
    assert re.search(r"Sleep.*Move", screen.text)
    assert "↗ Our site https://example.org/" in screen.text
    assert "[2] Later" in screen.text


async def test_a_teams_message_is_drawn_with_cards_side_by_side() -> None:
    async with serving() as (screen, client):
        await send_activity(client)
    assert re.search(r"Sleep.*Deep inside", screen.text)
    assert "https://example.org/lake.png" in screen.text
    assert "[4] Later" in screen.text


async def test_the_printed_commands_press_messengers_buttons(bot: Bot) -> None:
    pressed: list[InboundEvent] = []

    async def turn(event: InboundEvent) -> TurnAnswer:
        pressed.append(event)
        return TurnAnswer()

    async with serving(bot_url=bot.url + "/") as (screen, client):
        await send_message(client)
    for command in screen.commands:
        await paste(command)
    endpoint = WorkplaceEndpoint(WorkplaceSettings(app_secret=SECRET))
    for path, raw, headers in bot.requests:
        assert path == "/webhooks/workplace"
        assert await endpoint.receive(raw, headers, turn) == (200, None)
    assert [event.action for event in pressed] == [
        ButtonPressed("a1:demo:1:yes::AAAAAAAAAAAAAAAAAAAAAA", "It's a yes", "postback"),
        ButtonPressed("a1:demo:1:sleep::AAAAAAAAAAAAAAAAAAAAAA", "More", "postback"),
        ButtonPressed("a1:demo:1:later::AAAAAAAAAAAAAAAAAAAAAA", "Later", "quick_reply"),
    ]
    assert {event.sender.user for event in pressed} == {"42"}
    assert len({event.event_id for event in pressed}) == 3


async def test_the_printed_commands_press_teams_buttons(bot: Bot) -> None:
    async with serving(bot_url=bot.url) as (screen, client):
        await send_activity(client)
    for command in screen.commands:
        await paste(command)
    activities = bot.activities
    assert [(activity.get("text"), activity.get("value")) for activity in activities] == [
        ("Yes!", {"payload": "a1:demo:1:yes::AAAAAAAAAAAAAAAAAAAAAA"}),
        ("help", None),
        (None, {"payload": "a1:demo:1:send::AAAAAAAAAAAAAAAAAAAAAA"}),
        ("later", None),
    ]
    first = activities[0]
    assert (first["from"]["id"], first["recipient"]["id"]) == ("29:mara", "28:bot")
    assert first["conversation"] == {"id": "a:1x", "conversationType": "personal"}
    assert first["serviceUrl"].startswith("http://127.0.0.1:")
    assert len({activity["id"] for activity in activities}) == 4


@pytest.mark.parametrize("send", [send_activity, send_message])
async def test_a_command_that_is_run_again_is_another_press(bot: Bot, send: Callable[[ClientSession], Any]) -> None:
    async with serving(bot_url=bot.url) as (screen, client):
        await send(client)
    await paste(screen.commands[0])
    await paste(screen.commands[0])
    one, two = (body for _, body, _ in bot.requests)
    ((first,), (second,)) = (re.findall(rb'"m?id":"(press-[^"]*)"', body) for body in (one, two))
    assert first != second
    assert one.replace(first, second) == two


@pytest.mark.parametrize(
    ("place", "scope"),
    [
        ("19:g@thread.v2", {"conversationType": "groupChat", "isGroup": True}),
        ("19:c@thread.tacv2;messageid=1", {"conversationType": "channel", "isGroup": True}),
        ("19:c@thread.skype;messageid=1", {"conversationType": "channel", "isGroup": True}),
    ],
)
async def test_a_button_in_a_group_is_pressed_in_the_group(bot: Bot, place: str, scope: Mapping[str, Any]) -> None:
    sent = {**HERO, "conversation": {"id": place, "tenantId": "t1"}}
    async with serving(bot_url=bot.url) as (screen, client):
        await send_activity(client, sent, place)
    await paste(screen.commands[0])
    (pressed,) = bot.activities
    assert pressed["conversation"] == {"id": place, "tenantId": "t1", **scope}
    assert pressed["from"]["id"] == "29:mara"
    (event,) = teams.parse(pressed)
    assert event.reference.scope is not Scope.PERSONAL
    assert event.reference.tenant == "t1"


async def test_a_button_in_a_thread_of_messenger_is_pressed_in_the_thread(bot: Bot) -> None:
    group = msgspec.structs.replace(HERE, conversation="t_1", scope=Scope.GROUP)
    async with serving(bot_url=bot.url) as (screen, client):
        await send_message(client, group)
    await paste(screen.commands[0])
    ((_, raw, _),) = bot.requests
    (event,) = workplace.parse(raw).events
    assert (event.reference.conversation, event.reference.scope) == ("t_1", Scope.GROUP)


async def test_the_commands_can_be_left_out() -> None:
    async with serving(press=False) as (screen, client):
        await send_message(client)
    assert "curl" not in screen.text


async def test_a_quiet_one_prints_nothing_but_its_address() -> None:
    async with serving(quiet=True) as (screen, client):
        await send_message(client)
        await send_activity(client)
    assert len(screen.text.splitlines()) == 1


async def test_words_can_neither_style_nor_steer_the_terminal() -> None:
    async with serving() as (screen, client):
        await send_activity(client, {"text": "[bold]x[/bold] \x1b[2J\x07 \u202eabc"})
    assert "[bold]x[/bold] [2J abc" in screen.text
    assert "\x1b" not in screen.text


@pytest.mark.parametrize(
    "activity",
    [
        {},
        {"text": 5, "attachments": "x", "suggestedActions": []},
        {"attachments": [5, {}, {"content": {"buttons": [{"type": "openUrl"}], "images": [{}]}}]},
        {"suggestedActions": {"actions": [None, {}]}},
    ],
)
async def test_an_odd_activity_is_drawn_as_far_as_it_goes(activity: dict[str, Any]) -> None:
    async with serving() as (screen, client):
        await send_activity(client, activity)
    assert "teams → a:1x" in screen.text


async def test_an_address_in_use_is_told_with_a_remedy() -> None:
    async with StandIn() as standin:
        port = int(standin.url.rpartition(":")[2])
        with pytest.raises(BadSettings, match="another --port"):
            await serve(port=port)
