"""Runs of broadcasts under kills and storms: what the channel got, what people did, and whether the two agree."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import orjson
from pyroaring import BitMap

from audiences.context import Context
from broadcasts.report import verify_run
from flows.source.read import read_flow
from messages.consent import SourceKind
from messages.errors import StaleVersion, StoreError
from messages.pushes import PushState, RunState
from runtime.clock import now
from staff.acting import Staff
from standin.deliveries import Delivery, Fault
from standin.server import StandIn
from storage.port import Store
from storage.push_records import BroadcastRecord, Bucket, PushRow, RunRecord, RunStatus
from tests.runtime.harness import FLOW, KEY, payload, words
from tests.runtime.process import ServerProcess

PEOPLE, SLICE = 60, 6
AT_ONCE = 20
"""Pushes that a server has under way at most."""
MAX_RUNS = 40
BOT = "demo"
PUSHED = FLOW.replace(
    "  sorry:", "".join(f"  tip{n}: {{parts: [{{text: Tip number {n}.}}]}}\n" for n in range(MAX_RUNS)) + "  sorry:", 1
)
PACE = {"ASSENT_PUSH__RATE": "30", "ASSENT_PUSH__FIRST_RATE": "30"}
FRESH = 1.0
"""Seconds that a consent may be old when the request is written."""
SLACK = 1.0
"""Seconds that a server on a busy machine takes to write a request."""
MAX_WAIT = 120.0

STORMS = (
    Fault(next=5, status=429),
    Fault(next=3, status=429, retry_after=1),
    Fault(next=5, status=503),
    Fault(next=2, status=500),
    Fault(next=2, status=502),
    Fault(next=3, drop="after"),
    Fault(next=3, drop="before"),
    Fault(next=10, delay_ms=400),
    Fault(status=404, code="ConversationNotFound"),
    Fault(status=403, code="ConversationBlockedByUser"),
)


@dataclass
class Books:
    """What was seen from outside. Times are of the event loop's clock."""

    got: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By text and person, how often the channel took it."""
    after_stop: dict[tuple[str, str], float] = field(default_factory=dict)
    """By the same, how many seconds after their STOP was answered."""
    stopped: dict[str, float] = field(default_factory=dict)
    """When the server told the channel that it has somebody's STOP."""
    wrong: list[str] = field(default_factory=list)
    kills: int = 0
    doubtful: int = 0
    """Requests that were answered so that nobody can know whether they were taken."""
    lag: float = 0.0
    """How long the event loop kept anybody waiting at most: by so much may a delivery be noted too late."""

    def take(self, delivery: Delivery) -> None:
        text, person = words(delivery), delivery.conversation.removeprefix("a:")
        if not text.startswith("Tip number"):
            return
        self.got[text, person] += 1
        if person in self.stopped:
            self.after_stop[text, person] = asyncio.get_running_loop().time() - self.stopped[person]

    @property
    def too_late(self) -> list[str]:
        """Whom a message reached whose consent was asked after their STOP."""
        bound = FRESH + self.lag + SLACK
        return [
            f"{who}: {text} {late:.1f} s after STOP" for (text, who), late in self.after_stop.items() if late > bound
        ]

    async def measure_lag(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            await asyncio.sleep(0.02)
            self.lag = max(self.lag, clock() - began - 0.02)


class Storm:
    """One run after another, each to people of its own; `servers` are killed and started by whoever calls `blow`."""

    def __init__(
        self,
        store: Store,
        standin: StandIn,
        servers: Sequence[ServerProcess],
        chance: random.Random,
        books: Books,
    ) -> None:
        self._store = store
        self._standin = standin
        self._servers = servers
        self._chance = chance
        self._seen = 0
        self._acts = 0
        self.books = books
        self.http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))

    async def says(self, person: str, **more: object) -> None:
        """Post what a person does until a server took it, as the channel does: to any server."""
        self._acts += 1
        activity = {
            "type": "message", "id": f"act-{self._acts}", "timestamp": now().isoformat(), "channelId": "msteams",
            "serviceUrl": self._standin.url, "from": {"id": f"29:{person}", "name": person},
            "recipient": {"id": "28:demo"}, "conversation": {"id": f"a:{person}", "conversationType": "personal"},
            **more,
        }  # fmt: skip
        async with asyncio.timeout(MAX_WAIT):
            while True:
                server = self._chance.choice(self._servers)
                try:
                    url = f"{server.url}/api/messages"
                    async with self.http.post(url, data=orjson.dumps(activity)) as response:
                        if response.status == 200:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(0.1)

    async def stops(self, person: str) -> None:
        await self.says(person, text="STOP")
        self.books.stopped[person] = asyncio.get_running_loop().time()

    async def joins(self, person: str) -> None:
        await self.says(person, text="pressed", value={"assent": payload("yes", flow=PUSHED)})

    async def begin(self, number: int) -> tuple[str, list[str]]:
        """Have people opt in, a few of them stop again, and a run begin; return its id, and them."""
        people = [f"p{number}-{each}" for each in range(PEOPLE)]
        for start in range(0, PEOPLE, 50):
            await asyncio.gather(*map(self.joins, people[start : start + 50]))
        await asyncio.gather(*map(self.stops, people[:10]))
        known = await self._store.people(BOT, after=self._seen, limit=10_000)
        numbers = BitMap(person.number for person in known)
        self._seen = max(numbers)
        return await self.add_run(number, numbers, SLICE), people

    async def add_run(self, number: int, people: BitMap, size: int) -> str:
        """Begin a run to people, so many of them in one bucket; return its id."""
        info, _ = await self._store.revision(BOT, 1) or (None, "")
        assert info is not None
        due = now()
        buckets = tuple(
            Bucket(due, BitMap(people[start : start + size]).serialize()) for start in range(0, len(people), size)
        )
        content = BroadcastRecord(BOT, f"b{number}", "Tip", "tips", due, "ops", message=f"tip{number}", cap_exempt=True)
        run = RunRecord(
            bot=BOT, id=f"r{number}", broadcast=content.id, occurrence="now:x", family=f"r{number}", content=content,
            created_at=due, created_by="ops", due=due, expires=due + timedelta(hours=1), revision=1,
            digest=info.digest, seed="s", planned=len(people), audience=people.serialize(), buckets=buckets,
        )  # fmt: skip
        await self._store.add_run(run, RunState.RUNNING)
        return run.id

    def fail(self) -> None:
        """Let the channel fail for a moment."""
        fault = self._chance.choice(STORMS)
        self.books.doubtful += fault.next * (fault.status in (500, 502) or bool(fault.drop))
        self._standin.fail(fault)

    async def status(self, run: str) -> RunStatus | None:
        """Look at a run, and whether its sums add up; None while the store is away."""
        try:
            record, status = await self._store.run(BOT, run) or (None, None)
        except StoreError:
            return None
        assert record is not None
        assert status is not None
        if sum(status.counts.values()) > record.planned or min(status.counts.values(), default=0) < 0:
            self.books.wrong.append(f"{run}: planned {record.planned}, counted {status.counts}")
        return status

    async def change(self, run: str, state: RunState, among: RunState) -> None:
        try:
            await self._store.change_run(BOT, run, state, among=[among], at=now(), by="ops")
        except (StaleVersion, StoreError):
            return

    async def moment(self, run: str, people: Sequence[str]) -> None:
        """Return at one of the places between plan and end at which a server may be killed."""
        places = (
            self._any, self._under_way, self._answered, self._closed, self._paused, self._stopping, self._cut,
            self._last, self._storming,
        )  # fmt: skip
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await self._chance.choice(places)(run, people)

    async def _sent(self, more: int) -> None:
        before = self.books.got.total()
        while self.books.got.total() < before + more:  # noqa: ASYNC110  # counted elsewhere
            await asyncio.sleep(0.005)

    async def _any(self, _run: str, _people: Sequence[str]) -> None:
        """Soon after the plan, or between any two steps."""
        await asyncio.sleep(self._chance.random())

    async def _under_way(self, _run: str, _people: Sequence[str]) -> None:
        """A request was taken, and is not answered yet."""
        self._standin.fail(Fault(next=3, delay_ms=500))
        await self._sent(1)

    async def _answered(self, _run: str, _people: Sequence[str]) -> None:
        """The answer was given, and the end may not be stored."""
        await self._sent(self._chance.randint(1, 10))

    async def _closed(self, _run: str, _people: Sequence[str]) -> None:
        """The channel closed the account for a moment."""
        self._standin.fail(Fault(next=5, status=429, retry_after=1))
        await asyncio.sleep(0.3)

    async def _paused(self, run: str, _people: Sequence[str]) -> None:
        """It was paused just now."""
        await self.change(run, RunState.PAUSED, RunState.RUNNING)

    async def _stopping(self, run: str, people: Sequence[str]) -> None:
        """Somebody who waits said STOP."""
        waiting = [each for each in people if not self.books.got[text_of(run), each]]
        if waiting:
            await self.stops(self._chance.choice(waiting))

    async def _cut(self, _run: str, _people: Sequence[str]) -> None:
        """Connections are cut after the message was taken."""
        self.books.doubtful += 3
        self._standin.fail(Fault(next=3, drop="after"))
        await self._sent(2)

    async def _last(self, run: str, _people: Sequence[str]) -> None:
        """The last ones are on their way."""
        while (found := await self.status(run)) is None or sum(found.counts.values()) < PEOPLE - AT_ONCE:  # noqa: ASYNC110  # counted in the store
            await asyncio.sleep(0.02)

    async def _storming(self, _run: str, _people: Sequence[str]) -> None:
        """The channel fails."""
        self.fail()
        await asyncio.sleep(self._chance.uniform(0, 2))

    async def over(self, run: str) -> None:
        """See a run to its end: resume it where a storm had it held, or it was paused."""
        async with asyncio.timeout(MAX_WAIT):
            while True:
                status = await self.status(run)
                if status is not None and status.state is RunState.FINISHED:
                    return
                for state in (RunState.PAUSED, RunState.HELD):
                    if status is not None and status.state is state:
                        await self.change(run, RunState.RUNNING, state)
                await asyncio.sleep(0.1)

    async def judge(self, run: str, people: Sequence[str], stopped_before: Sequence[str]) -> None:
        """Compare what is stored of a run with what was seen from outside."""
        books, text = self.books, text_of(run)
        books.wrong += [f"{who} got {what} {times} times" for (what, who), times in books.got.items() if times > 1]
        books.wrong += [f"{who} stopped, and got {text}" for who in stopped_before if books.got[text, who]]
        rows: dict[str, PushRow] = {}
        for row in await self._store.pushes(BOT, run=run, limit=10_000):
            rows[row.conversation.removeprefix("teams:a:")] = row
        if set(rows) != set(people):
            books.wrong.append(f"{run}: {len(rows)} people have an outcome, of {len(people)}")
        for who, row in rows.items():
            came = books.got[text, who]
            if row.state is PushState.SENT and not came:
                books.wrong.append(f"{run}: {who} is counted as sent, and nothing came")
            if row.state in (PushState.FAILED, PushState.SKIPPED, PushState.DEFERRED, PushState.SENDING) and came:
                books.wrong.append(f"{run}: {who} is {row.state}, and it came")
        unknown = sum(row.state is PushState.UNKNOWN for row in rows.values())
        if unknown > books.kills * AT_ONCE + books.doubtful:
            books.wrong.append(f"{run}: {unknown} are unknown")
        flow = read_flow(PUSHED, "flow.yaml").bot
        context = Context(self._store, BOT, flow, Staff("ops", SourceKind.CLI), now())
        books.wrong += (await verify_run(context, run)).problems


def text_of(run: str) -> str:
    return f"Tip number {run[1:]}."


def server(folder: Path, standin: StandIn, **environment: str) -> ServerProcess:
    folder.mkdir(exist_ok=True)
    return ServerProcess(folder, PUSHED, standin.url, KEY, **{**PACE, **environment})
