"""A real server process that is killed, people who keep pressing, and what must hold afterwards."""

import asyncio
import os
import random
import signal
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import orjson

from adapters.standin.server import StandIn
from messages.consent import Membership
from messages.inbound import ButtonRef
from segment_buttons.payload import sign
from storage.open import open_store
from storage.port import Store
from storage.records import DeliveryStatus, OutboxRow

ROOT = Path(__file__).parent.parent.parent
KEY = "a key for the crash test alone"
ROUND = 8
"""Presses after which a person begins again: enough to tell a repeated reply from one out of order."""

MOST_REPEATED = 4
"""Replies of one person that may come again after a crash."""


def flow() -> str:
    """A bot with a round of buttons, in and out of a segment in turn, each with a reply of its own."""
    buttons = "".join(
        f"          - {{id: b{n}, label: Button {n}, {'opt_out' if n % 2 else 'opt_in'}: tips, reply: r{n}}}\n"
        for n in range(ROUND)
    )
    replies = "".join(
        f'  r{n}: {{parts: [{{text: "You are {"out of" if n % 2 else "in"} Tips. Reply #{n}. STOP ends it."}}]}}\n'
        for n in range(ROUND)
    )
    return (
        'assent: "1"\nbot: crash\nname: Crash\nwelcome: ask\ndefault: ask\n'
        "segments:\n  tips: {name: Tips, purpose: One short tip every Monday.}\n"
        "messages:\n  ask:\n    parts:\n      - text: One short tip every Monday?\n        buttons:\n"
        f"{buttons}{replies}"
    )


PRESSES = [sign(ButtonRef(bot="crash", revision=1, button=f"b{n}"), KEY.encode()) for n in range(ROUND)]


class ServerProcess:
    """`assent serve` in a process of its own."""

    def __init__(self, folder: Path, connector: str) -> None:
        self._flow = folder / "crash.yaml"
        self._flow.write_text(flow())
        self._log = (folder / "server.log").open("ab")
        self._environment = {
            **os.environ,
            "ASSENT_STORE": f"sqlite:///{folder / 'crash.db'}",
            "ASSENT_SERVER__PORT": "0",
            "ASSENT_BUTTON_KEYS": KEY,
            "ASSENT_CONNECTOR": connector,
            "ASSENT_LOG__LEVEL": "warning",
        }
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; return once it listens."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli.main",
            "serve",
            "--flow",
            str(self._flow),
            cwd=ROOT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            while not (line := (await self._process.stdout.readline()).decode()).startswith("Serving"):
                assert line, "the server ended instead of listening"
        self.url = line.split()[-1]

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM; it finishes what is in hand."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        await self._process.communicate()
        assert self._process.returncode == 0
        self._log.close()


@dataclass
class Record:
    """What the people saw of the server."""

    sent: int = 0
    acknowledged: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Event ids by person, in order."""
    last: dict[str, int] = field(default_factory=dict)
    """Each person's last acknowledged press."""
    resent: int = 0


class Crowd:
    """People who press *yes* and *no* in turn, and channels that deliver again until they hear 200."""

    def __init__(self, server: ServerProcess, people: int, chance: random.Random) -> None:
        self._server = server
        self._chance = chance
        self._people = [f"user-{number}" for number in range(people)]
        self.record = Record()
        self._acknowledgements = asyncio.Condition()
        self._count = 0
        self._up = asyncio.Event()
        self._stopping = False

    def server_is_up(self) -> None:
        self._up.set()

    def server_is_down(self) -> None:
        self._up.clear()

    def finish(self) -> None:
        """Let each person end after the press in hand."""
        self._stopping = True

    async def acknowledged(self, more: int) -> None:
        """Return once `more` further presses were acknowledged."""
        async with self._acknowledgements:
            until = self._count + more
            await self._acknowledgements.wait_for(lambda: self._count >= until)

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            await asyncio.gather(*(self._person(session, person) for person in self._people))

    async def _person(self, session: aiohttp.ClientSession, person: str) -> None:
        number = 0
        while not self._stopping:
            press = number % ROUND
            number += 1
            event_id = f"{person}-{number}"
            body = self._activity(person, event_id, press)
            copies = 2 if self._chance.random() < 0.1 else 1
            while not any(await asyncio.gather(*(self._post(session, body) for _ in range(copies)))):
                self.record.resent += 1
                await self._up.wait()
            self.record.acknowledged[person].append(event_id)
            self.record.last[person] = press
            async with self._acknowledgements:
                self._count += 1
                self._acknowledgements.notify_all()

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        self.record.sent += 1
        try:
            async with session.post(f"{self._server.url}/api/messages", data=body) as response:
                assert response.status in (200, 503), await response.text()
                return response.status == 200
        except aiohttp.ClientError:
            return False

    @staticmethod
    def _activity(person: str, event_id: str, press: int) -> bytes:
        return orjson.dumps(
            {
                "type": "message",
                "id": event_id,
                "channelId": "msteams",
                "serviceUrl": "http://127.0.0.1:1",
                "from": {"id": f"29:{person}", "name": person},
                "recipient": {"id": "28:crash"},
                "conversation": {"id": person, "conversationType": "personal"},
                "text": f"Button {press}",
                "value": {"assent": PRESSES[press]},
            }
        )


@dataclass(frozen=True)
class Findings:
    """What was wrong at the end; empty lists when every promise held."""

    lost: list[str]
    doubled: list[str]
    ledger: list[str]
    undelivered: list[str]
    out_of_order: list[str]
    wrong_membership: list[str]
    turns: int
    rows: int
    deliveries: int

    def all(self) -> list[str]:
        return [
            *self.lost,
            *self.doubled,
            *self.ledger,
            *self.undelivered,
            *self.out_of_order,
            *self.wrong_membership,
        ]


async def examine(folder: Path, record: Record, standin: StandIn) -> Findings:
    """Read the store that is left and compare it with what the people and the stand-in saw."""
    store = open_store(f"sqlite:///{folder / 'crash.db'}")
    await store.open()
    try:
        return await _examine(store, record, standin)
    finally:
        await store.close()


async def _examine(store: Store, record: Record, standin: StandIn) -> Findings:
    lost, doubled, undelivered, disorder, wrong = [], [], [], [], []
    turns = 0
    for person, events in record.acknowledged.items():
        key = f"teams:{person}"
        journal = await store.journal("crash", key, limit=1_000_000)
        turns += len(journal)
        kept = [entry.event.event_id for entry in journal]
        # The adapter's event id is made of the activity's id and more; each activity's id occurs in it.
        lost += [event for event in events if not any(_names(event, each) for each in kept)]
        doubled += [each for each in set(kept) if kept.count(each) > 1]
        replies = await store.deliveries("crash", key, limit=1_000_000)
        undelivered += [f"{person}: reply {row.sequence} {row.status}" for row in replies if not _delivered(row)]
        disorder += _disorder(person, standin, len(journal))
        summary = await store.conversation("crash", key)
        assert summary is not None
        rows = await store.ledger("crash", contact=summary.contact.id, subject="tips", limit=1_000_000)
        ids = [row.change.event_id for row in rows]
        doubled += [f"ledger row for {each}" for each in set(ids) if ids.count(each) > 1]
        wanted = Membership.OPTED_OUT if record.last[person] % 2 else Membership.OPTED_IN
        if len(journal) == len(events) and rows[-1].change.after is not wanted:
            wrong.append(f"{person} is {rows[-1].change.after}, and pressed {record.last[person]} last")
    report = await store.verify_ledger("crash")
    return Findings(
        lost=lost,
        doubled=doubled,
        ledger=[f"{found.contact} {found.subject}: {found.problem}" for found in report.differences],
        undelivered=undelivered,
        out_of_order=disorder,
        wrong_membership=wrong,
        turns=turns,
        rows=report.rows,
        deliveries=len(standin.deliveries),
    )


def _names(event: str, event_id: str) -> bool:
    return event_id == event or event in event_id.replace("|", " ").replace(":", " ").replace("/", " ").split()


def _delivered(row: OutboxRow) -> bool:
    return row.status is DeliveryStatus.DELIVERED


def _disorder(person: str, standin: StandIn, turns: int) -> list[str]:
    """Replies come in the order of the presses. After a crash the ones whose delivery was not on record yet come again,
    in order, from the first of them on: at least once, and none skipped.
    """
    expected = 0
    for delivery in standin.deliveries:
        if delivery.conversation != person:
            continue
        seen = int(str(delivery.body).split("Reply #", 1)[1][0])
        behind = (expected - seen) % ROUND
        if behind > MOST_REPEATED:
            return [f"{person}: reply {expected} was to come, #{seen} came"]
        expected += 1 - behind
    return [] if expected == turns else [f"{person}: {turns} turns, {expected} replies"]
