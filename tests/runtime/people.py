"""What tests of profiles and of merging share."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from adapters.port import Directory, NotFound, Profile
from messages.addresses import Handle, HandleKind
from messages.contact import Contact
from messages.import_rows import Reason
from messages.inbound import ConversationReference, InboundEvent, Sender, TextReceived
from runtime.tasks.profiles import Merger, Profiles
from tests.runtime.scene import Scene

WEEK = timedelta(days=7)


class Told:
    """A directory that tells what it was told to tell, once its gate is open."""

    name = "teams"

    def __init__(self, **profiles: Profile) -> None:
        self.profiles = profiles
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[str] = []
        self.was_asked = asyncio.Event()

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        self.asked.append(reference.user)
        self.was_asked.set()
        await self.gate.wait()
        return self.profiles.get(reference.user) or NotFound(Reason.UNKNOWN)

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        del handle
        return NotFound(Reason.UNKNOWN)


def profiles_of(
    scene: Scene, directory: Directory, *, refresh: timedelta | None = WEEK, channel: str = "teams", maximum: int = 100
) -> Profiles:
    """Profiles that hear of the turns of a scene."""
    built = Profiles(
        scene.store,
        {("demo", channel): directory},
        Merger(scene.store, clock=scene.clock, metrics=scene.metrics),
        clock=scene.clock,
        metrics=scene.metrics,
        refresh=refresh,
        monotonic=lambda: scene.clock().timestamp(),
        maximum=maximum,
    )
    scene.took = built.took
    return built


@contextlib.asynccontextmanager
async def at_work(profiles: Profiles) -> AsyncIterator[None]:
    """Let profiles look people up; leaving it is as sudden as a crash."""
    task = asyncio.create_task(profiles.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def contact(scene: Scene, user: str = "ana") -> Contact:
    """Return the contact of an account on Teams."""
    ((number,),) = await scene.store.find_people("demo", [Handle(HandleKind.ACCOUNT, f"teams {user}")])
    (person,) = await scene.store.people_numbered("demo", [number])
    return person.contact


async def writes(scene: Scene, user: str, aad: str, text: str = "hello") -> None:
    """Let a person write whose object id stands in the event."""
    event = scene.event(TextReceived(text), user)
    await scene.worker.handle(
        "demo", InboundEvent(event.event_id, event.reference, Sender(user, aad_object_id=aad), event.action)
    )
