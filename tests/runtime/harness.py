"""A whole bot on loopback: a real server, a real store, the stand-in for the channels."""

import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.teams.settings import Teams
from adapters.workplace.settings import Workplace
from config.settings import Bot, Outbox, Profiles, Push, Settings
from config.settings import Server as ServerSettings
from flows.compile import compile_revision
from flows.model.parts import Card, TextPart
from flows.source.read import read_flow
from messages.inbound import ButtonRef
from messages.settings import Secret
from runtime.app import Server, started
from segment_buttons.payload import LENGTH_OF_OLD, digest_of, sign
from standin.deliveries import Delivery
from standin.server import StandIn

KEY = "a key for the tests alone"
ROOT = Path(__file__).parent.parent.parent
APP_SECRET = "an app secret for the tests"

FLOW = """
assent: "1"
bot: demo
name: Demo
segments:
  tips: {name: Tips, purpose: One short tip every Monday.}
  news: {name: News, purpose: News once a month.}
fields:
  team: {type: text}
welcome: hello
default: sorry
keywords:
  - {is: hello, message: hello}
  - {is: ask, message: ask}
  - {is: slow, message: slow}
messages:
  hello:
    parts:
      - text: One short tip every Monday?
        buttons:
          - {id: "yes", label: Yes please, opt_in: tips, reply: now_in}
          - {id: "no", label: No thanks, opt_out: tips, reply: now_out}
      - carousel:
          - title: News
            subtitle: News once a month.
            buttons:
              - {id: card-yes, label: Send news, opt_in: news, reply: news_in}
              - {id: card-no, label: No news, opt_out: news, reply: news_out}
  now_in: {parts: [{text: "You are in: Tips. Type STOP to leave."}]}
  now_out: {parts: [{text: You are out of Tips.}]}
  news_in: {parts: [{text: "You are in: News. Type STOP to leave."}]}
  news_out: {parts: [{text: You are out of News.}]}
  ask:
    parts:
      - {question: Which team?, field: team}
      - text: "Noted: {{ field.team }}"
  slow:
    parts:
      - text: One moment.
      - wait: 1s
      - text: Here it is.
  sorry: {parts: [{text: I did not understand.}]}
"""


def payload(button: str, revision: int = 1, bot: str = "demo", key: str = KEY, flow: str = FLOW) -> str:
    """A signed payload of the first form, as a message of that revision carried it; `flow` says what was shown."""
    return sign(ButtonRef(bot, revision, button, evidence_in(flow, button)), key.encode())


@cache
def evidence_in(flow: str, button: str) -> str:
    """The digest of the words beside a button of a flow that has no placeholders; '' for a button it does not have."""
    source = read_flow(flow, "flow.yaml")
    placed = compile_revision(source.bot, 1, source.digest).buttons.get(button)
    if placed is None:
        return ""
    above = {TextPart: lambda part: part.text, Card: lambda part: f"{part.title}\n{part.subtitle}"}
    return digest_of(f"{above[type(placed.part)](placed.part)}\n{placed.button.label}", LENGTH_OF_OLD)


@dataclass
class RunningBot:
    """Posts what people do; tells what the channels got."""

    server: Server
    standin: StandIn
    http: aiohttp.ClientSession
    sent: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def activity(self, user: str = "ana", **more: object) -> dict[str, Any]:
        """A Teams activity of a person; every one with an id of its own."""
        self.sent += 1
        return {
            "type": "message",
            "id": f"activity-{self.sent}",
            "timestamp": datetime.now(UTC).isoformat(),
            "channelId": "msteams",
            "serviceUrl": self.standin.url,
            "from": {"id": f"29:{user}", "name": user.title()},
            "recipient": {"id": "28:demo"},
            "conversation": {"id": f"a:{user}", "conversationType": "personal", "tenantId": "t"},
            **more,
        }

    async def teams(self, activity: object) -> tuple[int, Any]:
        """Post an activity as Teams does."""
        return await self.post("/api/messages", orjson.dumps(activity))

    async def says(self, text: str, user: str = "ana") -> tuple[int, Any]:
        return await self.teams(self.activity(user, text=text))

    async def presses(self, pressed: str, user: str = "ana", **more: object) -> tuple[int, Any]:
        """Press a button of Teams, given its payload."""
        return await self.teams(self.activity(user, text="pressed", value={"assent": pressed}, **more))

    async def messenger(
        self, *messaging: dict[str, Any], secret: str = APP_SECRET, page: str = "page"
    ) -> tuple[int, Any]:
        """Post a signed webhook as Meta does."""
        event = {"object": "page", "entry": [{"id": page, "time": 1, "messaging": list(messaging)}]}
        body = orjson.dumps(event)
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return await self.post("/webhooks/workplace", body, {"X-Hub-Signature-256": f"sha256={signature}"})

    async def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Post bytes; return status and JSON."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        async with self.http.post(self.url + path, data=body, headers=headers) as response:
            text = await response.read()
            return response.status, orjson.loads(text) if text else None

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.url + path) as response:
            return response.status, await response.text()

    async def metric(self, name: str) -> float:
        """Return the value of a metric line, 0 when there is none yet."""
        _, text = await self.get("/metrics")
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    async def replies(self, count: int) -> list[str]:
        """Return the texts of all deliveries, once there are `count`."""
        return [words(delivery) for delivery in await self.standin.wait_for(count)]

    async def memberships(self, user: str = "ana", channel: str = "teams") -> dict[str, str]:
        """Return how a person stands, folded from the ledger."""
        key = f"{channel}:a:{user}" if channel == "teams" else f"{channel}:page:{user}"
        conversation = await self.server.store.conversation("demo", key)
        if conversation is None:
            return {}
        rows = await self.server.store.ledger("demo", contact=conversation.contact.id, limit=100_000)
        return {row.change.subject: row.change.after.value for row in rows}


def words(delivery: Delivery) -> str:
    """Return what a person reads of a delivery, in one line."""
    found: list[str] = []

    def walk(value: object, key: str = "") -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, name)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, key)
        elif isinstance(value, str) and key in {"text", "title", "subtitle"}:
            found.append(value)

    walk(delivery.body)
    return " | ".join(dict.fromkeys(found))


@contextlib.asynccontextmanager
async def running_bot(
    folder: Path,
    flow: str = FLOW,
    *,
    outbox: Outbox | None = None,
    push: Push | None = None,
    server: ServerSettings | None = None,
    teams: Teams | None = None,
    refresh_days: int = 0,
    pages: tuple[str, ...] = (),
    store: str = "",
    dev: bool = False,
) -> AsyncIterator[RunningBot]:
    """Serve a flow; its store is `folder/bot.db` if no other is named. Nobody is looked up unless `refresh_days` says
    so.
    """
    file = folder / "flow.yaml"
    file.write_text(flow)
    async with StandIn() as standin, aiohttp.ClientSession() as http:
        settings = Settings(
            store=store or f"sqlite:///{folder / 'bot.db'}",
            store_memory="" if not store.startswith("redis") else str(folder / "bot.memory"),
            server=replace(server or ServerSettings(), port=0),
            outbox=outbox or Outbox(),
            push=push or Push(),
            profiles=Profiles(refresh_days=refresh_days),
            button_keys=(Secret(KEY),),
            connector=standin.url,
            bots={
                "demo": Bot(
                    teams=teams or Teams(),
                    workplace=Workplace(app_secret=Secret(APP_SECRET), access_token=Secret("token"), pages=pages),
                )
            },
        )
        async with started(settings, flow=file, dev=dev) as running:
            running.readiness.every = 0
            yield RunningBot(running, standin, http)
