"""People who keep pressing and typing, and a channel that delivers again until it hears 200."""

import asyncio
import random
import time
from collections.abc import Sequence

import aiohttp
import orjson

from tests.crash.acts import activity
from tests.crash.history import NO_ANSWER, History, Request
from tests.runtime.process import ServerProcess

TWICE = 0.15
"""How often the channel delivers an act to two servers at once."""
LOST = 0.05
"""How often it does not hear the answer."""
LATE = 0.05
"""How often it delivers an act once more that was answered long ago."""
AHEAD = 0.4
"""How often somebody acts again before the act before was answered."""
MAX_AT_ONCE = 3
"""Acts of a person on their way at most."""
PAUSE = 0.003
"""Seconds between two acts of a person at least: each has a millisecond of its own."""
MAX_WAIT = 120.0
"""Seconds within which the servers must have answered as they are expected to."""


class Crowd:
    """People who act at the same time, and often again before they were answered: what the channel delivers again comes
    after their next act then. What they do is kept in `history`.
    """

    def __init__(self, servers: Sequence[ServerProcess], people: int, chance: random.Random, history: History) -> None:
        self._servers = servers
        self._chance = chance
        self._history = history
        self.people = [f"user-{number}" for number in range(people)]
        self._heard = asyncio.Condition()
        self._stopping = False

    def finish(self) -> None:
        """Let each person end after the act in hand."""
        self._stopping = True

    async def acknowledged(self, more: int, *, by: int | None = None) -> None:
        """Return once `more` further acts were acknowledged, those `by` one server if it is given."""
        await self._answered(200, more, by)

    async def refused(self, more: int) -> None:
        """Return once `more` further requests were answered 503."""
        await self._answered(503, more, None)

    async def _answered(self, status: int, more: int, by: int | None) -> None:
        requests = self._history.requests
        start = len(requests)

        def enough() -> bool:
            answered = (each for each in requests[start:] if each.status == status and by in {None, each.server})
            return sum(1 for _ in answered) >= more

        async with asyncio.timeout(MAX_WAIT), self._heard:
            await self._heard.wait_for(enough)

    async def run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=30)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session, asyncio.TaskGroup() as group:
            for person in self.people:
                group.create_task(self._person(session, group, person))

    async def _person(self, session: aiohttp.ClientSession, group: asyncio.TaskGroup, person: str) -> None:
        under_way: set[asyncio.Task[None]] = set()
        done = self._history.acts[person]
        while not self._stopping:
            done.append(int(time.time() * 1000))
            act = group.create_task(self._until_taken(session, group, person, len(done) - 1))
            under_way.add(act)
            act.add_done_callback(under_way.discard)
            await asyncio.sleep(PAUSE)
            while under_way and (len(under_way) >= MAX_AT_ONCE or self._chance.random() >= AHEAD):
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        if under_way:
            await asyncio.wait(under_way)

    async def _until_taken(
        self, session: aiohttp.ClientSession, group: asyncio.TaskGroup, person: str, act: int
    ) -> None:
        """Deliver an act again and again until a server took it."""
        while not await self._delivered(session, group, person, act):  # noqa: ASYNC110  # the channel's pause
            await asyncio.sleep(self._chance.uniform(0.02, 0.2))
        self._history.acknowledged[person] += 1
        if self._chance.random() < LATE:
            group.create_task(self._post(session, person, self._chance.randrange(act + 1), self._some(1)[0]))

    async def _delivered(self, session: aiohttp.ClientSession, group: asyncio.TaskGroup, person: str, act: int) -> bool:
        """Deliver an act; tell whether a server took it. Further copies may be under way still."""
        if self._chance.random() < LOST:
            try:
                async with asyncio.timeout(self._chance.uniform(0, 0.03)):
                    await self._post(session, person, act, self._some(1)[0])
            except TimeoutError:
                pass
            return False
        servers = self._some(2 if self._chance.random() < TWICE else 1)
        posts = [group.create_task(self._post(session, person, act, server)) for server in servers]
        for post in asyncio.as_completed(posts):
            if await post:
                return True
        return False

    def _some(self, copies: int) -> list[int]:
        first = self._chance.randrange(len(self._servers))
        return [(first + each) % len(self._servers) for each in range(copies)]

    async def _post(self, session: aiohttp.ClientSession, person: str, act: int, server: int) -> bool:
        clock = asyncio.get_running_loop().time
        began, status = clock(), NO_ANSWER
        sent = activity(person, act, self._history.acts[person][act])
        try:
            url = f"{self._servers[server].url}/api/messages"
            async with session.post(url, data=orjson.dumps(sent)) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            pass
        finally:
            self._history.requests.append(Request(began, clock(), person, act, server, status))
        async with self._heard:
            self._heard.notify_all()
        return status == 200
