"""A person is erased while a server is at work for them."""

import asyncio
from datetime import timedelta

from messages.errors import TemporarilyFailed
from runtime.tasks.timers import timer_event
from storage.erase import erased_name
from tests.runtime.outbox_house import House
from tests.runtime.scene import Scene


async def asked(house: House) -> None:
    """Return once a reply is under way."""
    async with asyncio.timeout(60):
        await house.screen.asked.wait()


async def test_replies_that_wait_for_another_attempt_are_not_sent(house: House) -> None:
    house.screen.open.clear()
    house.screen.failing["ana"] = [TemporarilyFailed("503")]
    await house.say("ana", "one")
    await house.say("ana", "two")
    await asked(house)
    await house.say("ben", "hello")
    erased = await house.store.erase_contact("b", "c-screen-ana", actor="mia", at=house.time())
    assert erased is not None
    assert erased.replies == 2
    house.screen.open.set()
    await house.rows("ben")
    assert house.screen.shown == [("ben", "hello")]
    assert house.sender.held == 0
    assert await house.store.outbox_depth() == (0, None)


async def test_a_reply_that_is_just_sent_arrives_and_leaves_no_trace(house: House) -> None:
    house.screen.open.clear()
    await house.say("ana", "one", "more of one")
    await asked(house)
    await house.store.erase_contact("b", "c-screen-ana", actor="mia", at=house.time())
    house.screen.open.set()
    assert list(await house.rows("ana")) == []
    assert house.screen.shown == [("ana", "one")]
    assert list(await house.store.deliveries("b", erased_name("c-screen-ana", 1))) == []


async def test_a_timer_that_was_found_due_makes_nobody_known(scene: Scene) -> None:
    await scene.says("slow")
    (entry,) = await scene.journal()
    scene.clock.now += timedelta(seconds=1)
    (due,) = await scene.store.due_timers(scene.clock.now)
    await scene.store.erase_contact("demo", entry.contact, actor="mia", at=scene.clock.now)
    assert (await scene.worker.handle("demo", timer_event(due))).answer is None
    assert scene.said == ["One moment."]
    assert list(await scene.journal()) == []
    assert [talk.contact.id for talk in await scene.store.conversations("demo")] == [entry.contact]


async def test_who_writes_again_is_welcomed_as_a_stranger(scene: Scene) -> None:
    await scene.says("hello")
    (entry,) = await scene.journal()
    await scene.store.erase_contact("demo", entry.contact, actor="mia", at=scene.clock.now)
    said = list(scene.said)
    scene.said.clear()
    await scene.says("hello")
    (new,) = await scene.journal()
    assert new.contact != entry.contact
    assert new.contact_before is None
    assert scene.said == said
