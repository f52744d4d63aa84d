"""A channel that the test makes: one entry of the table is all that it takes, from settings and checks to replies."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.channels import CHANNELS
from adapters.port import (
    Answer,
    ChannelEntry,
    Delivered,
    NotFound,
    OpenChannel,
    Opening,
    Profile,
    SetUp,
    TurnHandler,
    WirePayload,
)
from config.load import load_settings
from config.settings import Server, Settings, channels_set_up, why_unusable
from flows.checks import check
from flows.checks.view import Limits
from flows.source.read import read_flow
from messages.addresses import Handle
from messages.channels import KINDS, ChannelKind, Shows
from messages.effects import OutgoingMessage, OutgoingText
from messages.errors import BadSettings
from messages.import_rows import Reason
from messages.inbound import ButtonPressed, ConversationReference, InboundEvent, Sender, TextReceived
from messages.settings import Pattern, Secret
from runtime.app import started
from runtime.channels import BotChannels
from tests.runtime.harness import FLOW, KEY

PAGER = ChannelKind("pager", "Pager", accounts=("pager",), shows=Shows(text=40, buttons=1))


@dataclass(frozen=True, slots=True)
class PagerSettings:
    """`[bots.<bot>.pager]`."""

    token: Secret = field(default_factory=Secret)
    tower: Annotated[str, Pattern(r"(http.*)?", "Write the tower's address")] = ""


class PagerSender:
    name = "pager"

    def __init__(self, settings: PagerSettings, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        parts = [part for part in message.parts if isinstance(part, OutgoingText)]
        buttons = [{"label": one.label, "payload": one.payload} for part in parts for one in part.buttons]
        return [{"to": reference.user, "text": "\n".join(part.text for part in parts), "buttons": buttons}]

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        assert reference.channel == "pager"
        headers = {"Authorization": self._settings.token.reveal()}
        async with self._session.post(f"{self._settings.tower}/page", json=payload, headers=headers) as response:
            return Delivered(await response.text())

    async def close(self) -> None:
        pass


class PagerEndpoint:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    async def receive(self, body: bytes, headers: Mapping[str, str], handler: TurnHandler) -> Answer:
        assert headers
        said = orjson.loads(body)
        if "who" not in said:
            self._opening.skipped("nobody", False)
            return 200, None
        reference = ConversationReference("pager", said["who"], said["who"], bot="tower")
        action = ButtonPressed(said["payload"], form="postback") if "payload" in said else TextReceived(said["text"])
        await handler(InboundEvent(said["id"], reference, Sender(said["who"]), action, server_clock=True))
        return 200, {"ok": True}


class PagerDirectory:
    name = "pager"

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        return Profile(name=f"Pager {reference.user}")

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        return NotFound(Reason.UNKNOWN, handle.key)


def opened(settings: PagerSettings, opening: Opening) -> OpenChannel:
    return OpenChannel(PagerSender(settings, opening.session), PagerEndpoint(opening), PagerDirectory(), looks_up=True)


ENTRY = ChannelEntry(
    kind=PAGER,
    settings=PagerSettings,
    path="/hooks/pager",
    open=opened,
    can_send=lambda settings: bool(settings.token),
    proves=lambda settings: bool(settings.token),
    proof=("token", "a pager's token"),
    unusable=lambda settings, bot, _: None if settings.tower else BadSettings("no tower", place=f"bots.{bot}.pager"),
    set_up=lambda settings, place, _: SetUp("ok", settings.tower) if settings.tower else SetUp("error", place),
    directory_setting="bots.<bot>.pager.tower to an address",
)
TABLE = (*CHANNELS, ENTRY)


class Tower:
    """What the pager's server took."""

    def __init__(self) -> None:
        self.url = ""
        self.pages: list[tuple[str, dict[str, Any]]] = []
        self.arrived = aiohttp.web.Application()
        self.arrived.router.add_post("/page", self._take)

    async def _take(self, request: web.Request) -> web.Response:
        self.pages.append((request.headers["Authorization"], await request.json()))
        return web.Response(text=f"page-{len(self.pages)}")


@pytest.fixture
async def tower() -> AsyncIterator[Tower]:
    tower = Tower()
    async with TestServer(tower.arrived) as server:
        tower.url = str(server.make_url("")).rstrip("/")
        yield tower


def settings_with(tower: str, folder: Path) -> Settings:
    file = folder / "assent.toml"
    file.write_text(f'''
store = "sqlite:///{folder / "bot.db"}"
button_keys = ["{KEY}"]
[server]
port = 0
[bots.demo.pager]
tower = "{tower}"
''')
    return load_settings({"ASSENT_BOTS__DEMO__PAGER__TOKEN": "s3cret"}, file, channels=TABLE)


async def test_a_turn_runs_through_it_from_end_to_end(tower: Tower, tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(FLOW)
    settings = settings_with(tower.url, tmp_path)
    async with (
        started(settings, flow=tmp_path / "flow.yaml", channels=TABLE) as server,
        aiohttp.ClientSession() as http,
    ):

        async def send(**said: str) -> None:
            async with http.post(f"http://127.0.0.1:{server.port}/bots/demo/hooks/pager", json=said) as answer:
                assert answer.status == 200, await answer.text()
            await server.outbox.idle()

        await send(id="1", who="ana", text="hello")
        token, asked = tower.pages[-1]
        assert (token, asked["to"]) == ("s3cret", "ana")
        yes = next(button for button in asked["buttons"] if button["label"] == "Yes please")
        await send(id="2", who="ana", payload=yes["payload"])
        assert len(tower.pages) == 2
        conversation = await server.store.conversation("demo", "pager:ana")
        assert conversation is not None
        (row,) = await server.store.ledger("demo", contact=conversation.contact.id)
        assert (row.change.after, row.change.conversation) == ("opted_in", "pager:ana")
        await send(id="3", who="ana", text="STOP")
        memberships = await server.store.memberships("demo", conversation.contact.id)
        assert set(memberships.values()) == {"opted_out"}
        await server.profiles.idle()
        person = await server.store.person("demo", conversation.contact.id)
        assert person is not None
        assert person.contact.name == "Pager ana"
        await send(id="4")
        async with http.get(f"http://127.0.0.1:{server.port}/metrics") as answer:
            text = await answer.text()
        assert 'assent_events_skipped_total{channel="pager",reason="nobody"} 1.0' in text


def test_its_settings_are_read_checked_and_named_in_errors(tmp_path: Path) -> None:
    file = tmp_path / "assent.toml"
    for text, problem in (
        ("[bots.demo.pager]\ntwer = 'http://t'\n", "Did you mean `bots.demo.pager.tower`"),
        ("[bots.demo.pager]\ntower = 'ftp'\n", "Write the tower's address"),
        ("[bots.demo.pgaer]\n", "Did you mean `bots.demo.pager`"),
    ):
        file.write_text(text)
        with pytest.raises(BadSettings) as refused:
            load_settings({}, file, channels=TABLE)
        assert problem in str(refused.value)
    file.write_text("[bots.demo.pager]\n")
    with pytest.raises(BadSettings, match="unknown setting"):
        load_settings({}, file)


def test_it_counts_where_settings_say_what_a_bot_can_do(tmp_path: Path) -> None:
    settings = settings_with("http://t", tmp_path)
    assert channels_set_up(settings, "demo", TABLE) == {"pager"}
    outside = Settings(server=Server(host="0.0.0.0"))  # it is not listened on
    assert "nor a pager's token" in str(why_unusable(outside, "demo", TABLE))
    assert str(why_unusable(settings_with("", tmp_path), "demo", TABLE)) == "bots.demo.pager: no tower"


async def test_it_is_named_where_nobody_is_looked_up(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        channels = BotChannels(settings_with("http://t", tmp_path), "demo", session, channels=TABLE)
        here = ConversationReference("pager", "ana", "ana")
        assert await channels.chain.profile(here) == Profile(name="Pager ana")
        await channels.close()


def test_a_flow_is_checked_against_what_it_shows() -> None:
    source = read_flow(FLOW, "flow.yaml")
    before = {found.problem for found in check(source)}
    found = {found.problem for found in check(source, limits=Limits((*KINDS, PAGER)))} - before
    assert any("Pager" in problem for problem in found)
