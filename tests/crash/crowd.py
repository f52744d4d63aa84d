"""People who keep pressing and typing, and a channel that delivers again until it hears 200."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from messages.inbound import ButtonRef
from segment_buttons.payload import sign
from tests.runtime.process import ServerProcess

KEY = "a key for the crash test alone"
FLOW = """
assent: "1"
bot: crash
name: Crash
segments:
  tips: {name: Tips, purpose: One short tip every Monday.}
welcome: ask
default: ask
unsubscribe:
  confirmation: "You are out of everything. Reply {{ contact.name }}. Type START to come back."
  resubscribed: "You may get messages again. Reply {{ contact.name }}."
messages:
  ask:
    parts:
      - text: One short tip every Monday? Reply {{ contact.name }}.
        buttons:
          - {id: "yes", label: "Yes", opt_in: tips, reply: now_in}
          - {id: "no", label: "No", opt_out: tips, reply: now_out}
  now_in: {parts: [{text: "You are in: Tips. Reply {{ contact.name }}. Type STOP to leave."}]}
  now_out: {parts: [{text: "You are out of Tips. Reply {{ contact.name }}."}]}
"""
"""Each reply carries the number of the act that it answers, which the channel tells as the person's name."""

ACTS = ("yes", "no", "yes", "no", "yes", "STOP", "START", "no")
"""What a person does, over and over."""

_PAYLOADS = {name: sign(ButtonRef(bot="crash", revision=1, button=name), KEY.encode()) for name in ("yes", "no")}


@dataclass
class Record:
    """What the people saw of the server."""

    requests: int = 0
    sent_again: int = 0
    acknowledged: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How many of a person's acts were answered 200; they act one after another."""


class Crowd:
    """People who act at the same time, each one after the other."""

    def __init__(self, server: ServerProcess, people: int, chance: random.Random) -> None:
        self._server = server
        self._chance = chance
        self.people = [f"user-{number}" for number in range(people)]
        self.record = Record()
        self._acknowledged = asyncio.Condition()
        self._up = asyncio.Event()
        self._stopping = False

    def server_is_up(self) -> None:
        self._up.set()

    def server_is_down(self) -> None:
        self._up.clear()

    def finish(self) -> None:
        """Let each person end after the act in hand."""
        self._stopping = True

    async def acknowledged(self, more: int) -> None:
        """Return once `more` further acts were acknowledged."""

        def count() -> int:
            return sum(self.record.acknowledged.values())

        async with self._acknowledged:
            until = count() + more
            await self._acknowledged.wait_for(lambda: count() >= until)

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            await asyncio.gather(*(self._person(session, person) for person in self.people))

    async def _person(self, session: aiohttp.ClientSession, person: str) -> None:
        while not self._stopping:
            body = orjson.dumps(activity(person, self.record.acknowledged[person]))
            copies = 2 if self._chance.random() < 0.1 else 1
            while not any(await asyncio.gather(*(self._post(session, body) for _ in range(copies)))):
                self.record.sent_again += 1
                await self._up.wait()
            async with self._acknowledged:
                self.record.acknowledged[person] += 1
                self._acknowledged.notify_all()

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        self.record.requests += 1
        try:
            async with session.post(f"{self._server.url}/api/messages", data=body) as response:
                assert response.status in (200, 503), await response.text()
                return response.status == 200
        except aiohttp.ClientError:
            return False


def activity(person: str, number: int) -> dict[str, Any]:
    """A person's act, as Teams sends it."""
    act = ACTS[number % len(ACTS)]
    pressed = {"value": {"assent": _PAYLOADS[act]}} if act in _PAYLOADS else {}
    return {
        "type": "message",
        "id": str(number),
        "channelId": "msteams",
        "serviceUrl": "http://127.0.0.1:1",
        "from": {"id": f"29:{person}", "name": f"#{number}"},
        "recipient": {"id": "28:crash"},
        "conversation": {"id": person, "conversationType": "personal"},
        "text": act,
        **pressed,
    }
